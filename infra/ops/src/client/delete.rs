//! `cargo ops client delete`: removes a client, and with it all that its grants and tokens open.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use shared::id::ClientId;

use super::{found, missing};
use crate::deployment::OperatorContext;
use crate::out::say;

pub(super) async fn run(context: &OperatorContext, id: &ClientId, yes: bool, json: bool) -> Result<()> {
    let client = found(context, id).await?;
    ensure!(
        yes,
        "{id}, {:?} of {}, would be removed, which cannot be undone: its users would have to connect another client. Add --yes, or \
         refuse it for a while with cargo ops client disable",
        client.name,
        client.app
    );
    let deleted = context.store.delete_client(id, context.clock.now()).await;
    deleted.with_context(|| format!("{id} was not removed: give the command again"))?.with_context(|| missing(id))?;
    if json {
        say!("{}", json!({"id": id.as_str(), "deleted": true}))?;
    } else {
        say!("{id} is removed: within a minute it is refused, and so are its tokens. No other client gets the id")?;
    }
    Ok(())
}
