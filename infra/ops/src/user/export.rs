//! `cargo ops user export`: all that is stored of one user, for the person who asks for it. What opens something is left out:
//! hashes, tokens, the secret of an authenticator app.

use anyhow::Result;
use serde_json::{Value, json};
use shared::audit::Act;
use shared::clock::Timestamp;
use shared::oauth::grant::Grant;
use shared::oauth::memento::{Memento, MementoId};

use super::{Who, describe, describe_session, factors};
use crate::deployment::OperatorContext;
use crate::out::say;

/// How many mementos are read at once.
const PAGE: usize = 100;

/// It is JSON with `--json` and without: a person's data is a file. With it, the file is one line.
pub(super) async fn run(context: &OperatorContext, who: &Who, json: bool) -> Result<()> {
    let (user, app) = (who.user(context).await?, &who.app);
    let (store, now) = (&context.store, context.clock.now());
    store.note_act(Act::UserExported, Some(app), Some(user.id), &[], now).await?;
    let sessions = store.sessions(app, &user, now).await?;
    let factors = factors::described(context, who, &user).await?;
    let grants = store.grants(app, user.id).await?;
    let mut mementos: Vec<Memento> = Vec::new();
    loop {
        let after = mementos.last().map(|memento| memento.id.clone());
        let (page, more) = store.mementos(app, user.id, after.as_ref(), PAGE).await?;
        mementos.extend(page);
        if !more {
            break;
        }
    }
    let mut all = describe(&user);
    all["app"] = app.as_str().into();
    all["sessions"] = sessions.iter().map(describe_session).collect();
    all["factors"] = factors.into();
    all["connected_apps"] = grants.iter().map(describe_grant).collect();
    all["mementos"] = mementos.iter().map(describe_memento).collect();
    if json {
        say!("{all}")?;
    } else {
        say!("{all:#}")?;
    }
    Ok(())
}

fn describe_grant(grant: &Grant) -> Value {
    json!({
        "client": grant.client.as_str(),
        "scope": grant.scope.to_string(),
        "resources": grant.servers,
        "mementos": grant.mementos.iter().map(MementoId::as_str).collect::<Vec<_>>(),
        "created": grant.created.unix(),
        "used": grant.used.map(Timestamp::unix),
    })
}

fn describe_memento(memento: &Memento) -> Value {
    json!({
        "id": memento.id.as_str(),
        "name": memento.name.as_str(),
        "documents": memento.documents,
        "folders": memento.folders,
        "created": memento.created.unix(),
        "modified": memento.modified.unix(),
    })
}
