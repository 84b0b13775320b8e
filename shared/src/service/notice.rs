//! What an operator should know and no caller needs to.

use std::fmt::Display;

use crate::budget::Charge;
use crate::id::{AppId, SessionId};
use crate::notify::email::NotSent;
use crate::outbound::Outage;

/// Where notices go.
pub type Reporter = fn(&Notice<'_>);

/// Something that happened beside the answer.
#[derive(Clone, Copy)]
pub enum Notice<'a> {
    /// A refresh token or code came back whose successor was in use, and its session was ended for it.
    Reused {
        /// In which app.
        app: &'a AppId,
        /// The session.
        session: &'a SessionId,
    },
    /// A message was not sent because a budget is used up.
    Suppressed {
        /// Of which app.
        app: &'a AppId,
        /// The budget.
        charge: &'a Charge,
    },
    /// A mail was not sent though the request was answered as if it had been.
    Unmailed {
        /// Of which app.
        app: &'a AppId,
        /// What SES said.
        cause: &'a NotSent,
    },
    /// A request went on without a captcha, as its app has it while the provider is down.
    CaptchaUnverified {
        /// Of which app.
        app: &'a AppId,
        /// What the provider did.
        outage: Outage,
    },
    /// A password was taken that only our own list of breached ones was asked about.
    BreachUnanswered {
        /// Of which app.
        app: &'a AppId,
        /// What the service did.
        outage: Outage,
    },
    /// A user of the app's old pool signed in with the right password and was not moved here.
    NotMoved {
        /// Of which app.
        app: &'a AppId,
        /// Why.
        why: &'static str,
    },
    /// A step failed that the answer does not depend on.
    Unfinished {
        /// Which.
        step: &'static str,
        /// Why.
        cause: &'a dyn Display,
    },
}
