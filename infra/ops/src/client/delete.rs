//! `cargo ops client delete`: deletes a client. Its grants and tokens open nothing afterwards.

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
        "{id}, {:?} of {}, would be deleted. That cannot be undone: its users would have to connect another client. Add --yes, or \
         refuse it for a while with cargo ops client disable",
        client.name,
        client.app
    );
    let deleted = context.store.delete_client(id, context.clock.now()).await;
    deleted.with_context(|| format!("{id} was not deleted: give the command again"))?.with_context(|| missing(id))?;
    if json {
        say!("{}", json!({"id": id.as_str(), "deleted": true}))?;
    } else {
        say!("{id} is deleted: within a minute it and its tokens are refused. No other client gets the id")?;
    }
    Ok(())
}
