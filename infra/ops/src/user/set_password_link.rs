//! `cargo ops user set-password-link`: a link that sets a password, for the operator to hand over.

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::json;
use shared::clock::Seconds;
use shared::code::reset::ResetLink;
use shared::user::identity::Handle;

use super::Who;
use crate::deployment::OperatorContext;
use crate::out::say;

/// For whom, and for how long.
#[derive(Args, Debug)]
pub(super) struct Options {
    #[command(flatten)]
    who: Who,
    /// How long the link is good
    #[arg(long, value_name = "HOURS", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=72))]
    hours: u8,
    /// Where the deployment is reached, as its parameter `PublicUrl` says; the local run's where it is absent
    #[arg(long, value_name = "URL", env = "PUBLIC_URL")]
    public_url: Option<String>,
}

pub(super) async fn run(
    context: &OperatorContext,
    options: &Options,
    local_url: Option<String>,
    json: bool,
) -> Result<()> {
    let Options { who, hours, public_url } = options;
    let url = public_url.clone().or(local_url);
    let url = url.context("say where the deployment is reached: --public-url, as its parameter PublicUrl has it")?;
    let app = context.store.app(&who.app).await?.with_context(|| format!("there is no app {}", who.app))?;
    let (user, now) = (who.user(context).await?, context.clock.now());
    let handle = user.handles().into_iter().find(Handle::takes_password);
    let handle = handle.with_context(|| {
        format!("{} signs in by phone alone: a password would have no address or username beside it", user.id)
    })?;
    let identity = context.store.identity(&who.app, &handle, now).await?;
    let identity = identity.context("the user is gone by now")?;
    let lifetime = Seconds::hours(i64::from(*hours));
    let (link, token) = ResetLink::issue(&who.app, handle, Some(&identity), lifetime, &context.random, now);
    let expires = link.expires;
    // Written first: a link that was shown has to open something.
    context.store.put_reset_link(&link.handed_over()).await?;
    let page = format!("{}/account/reset-password", url.trim_end_matches('/'));
    let link = app.reset_url(&page, token);
    if json {
        say!("{}", json!({"id": user.id.to_string(), "link": link, "expires": expires.unix()}))?;
    } else {
        say!("{link}")?;
        say!("It works once, within {hours} hours. A new password ends every session of {}.", user.id)?;
    }
    Ok(())
}
