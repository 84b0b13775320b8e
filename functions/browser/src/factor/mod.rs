//! The caller's second factor: `docs/api/browser.md#second-factor`.

mod begin;
mod confirm;
mod owner;
mod recovery_codes;
mod remove;
mod show;

pub use begin::Begin;
pub use confirm::{Confirm, FirstCode, Shown};
pub use owner::FactorOwner;
pub use recovery_codes::Renew;
pub use remove::Remove;
pub use show::{FactorState, Look};

use runtime::Moment;
use serde_json::{Value, json};
use shared::service::factor_setup::Enrolling;
use shared::session::recent::RecentSignIn;

use crate::wire::BrowserError;

const PATH: &str = "/api/v1/account/totp";
const FUNCTION: &str = "browser-factors";

/// A session that was left open, or stolen, must not change what guards the account.
fn recent(at: &Moment, owner: &FactorOwner) -> Result<RecentSignIn, BrowserError> {
    RecentSignIn::of_all_factors(&owner.session, &owner.user, at.now).ok_or(BrowserError::Unconfirmed)
}

/// The caller as somebody who sets up a factor, known by their session.
fn enrolling<'a>(owner: &'a FactorOwner, session: &'a str) -> Enrolling<'a> {
    Enrolling {
        app: &owner.visitor.app,
        user: &owner.user,
        by: session.as_bytes(),
        session: Some(&owner.session),
        attempt: None,
    }
}

fn codes_schema() -> Value {
    json!({"type": "array", "items": {"type": "string", "pattern": "^[0-9a-z]{5}-[0-9a-z]{5}$"}})
}
