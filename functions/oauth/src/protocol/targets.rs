//! `resource` (RFC 8707): where a client's tokens are for.

use runtime::{Form, Moment};
use shared::app::App;
use shared::app::resource::{ResourceServer, Target, UnknownTarget};
use shared::token::jwt;

/// RFC 8707 §2's error.
pub(crate) const ERROR: &str = "invalid_target";

/// What is wrong, for the client's developers.
pub(crate) const UNKNOWN: &str = "The resource is not registered or was not authorized, or the request must name one.";

/// The resource servers among these audiences. Our own resource API is not one of them.
pub(crate) fn servers(at: &Moment, app: &App, audiences: &[String]) -> Vec<String> {
    let ours = jwt::resource(&at.config.issuer(&app.id));
    audiences.iter().filter(|audience| **audience != ours).cloned().collect()
}

/// Everything that an authorization request asks for by `resource`, each once.
pub(crate) fn asked<'a>(form: &Form, ours: &str, app: &'a App) -> Result<Vec<Target<'a>>, UnknownTarget> {
    let mut targets = Vec::new();
    for presented in form.all("resource").filter(|value| !value.is_empty()) {
        let target = Target::named(presented, ours, &app.policy.resources)?;
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    if targets.len() <= ResourceServer::MOST_ASKED { Ok(targets) } else { Err(UnknownTarget) }
}
