//! `cargo ops client list`: every client.

use anyhow::Result;

use super::describe;
use crate::deployment::OperatorContext;
use crate::out::say;

pub(super) async fn run(context: &OperatorContext, json: bool) -> Result<()> {
    let now = context.clock.now();
    for id in context.store.clients().await? {
        let Some(client) = context.store.client(&id).await? else { continue };
        if json {
            say!("{}", describe(&client))?;
            continue;
        }
        let kind = match (client.public, client.policy.has_keys()) {
            (true, _) => "public",
            (false, true) => "confidential, by its keys",
            (false, false) => "confidential",
        };
        let disabled = if client.disabled { "  disabled" } else { "" };
        say!("{}  {:?}  of {}  {kind}{disabled}", client.id, client.name, client.app)?;
        for uri in &client.redirect_uris {
            say!("  to {}", uri.as_str())?;
        }
        for secret in &client.secrets {
            say!("  secret {}  {}", secret.id, crate::app::age(secret, now))?;
        }
    }
    Ok(())
}
