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
        step: UnfinishedStep,
        /// Why.
        cause: &'a dyn Display,
    },
}

/// A step that failed and that the answer does not depend on. `docs/operations.md` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnfinishedStep {
    /// A browser has a new session, and the one before was not ended.
    EndFormerSession,
    /// The last use of a grant.
    NoteGrantUse,
    /// The first use of a client that registered itself.
    NoteClientUse,
    /// The wrong tries before a sign-in, or the hash that was to be replaced.
    ForgetTries,
    /// The code of a mail that was not sent.
    WithdrawNewEmailCode,
    /// The mail that lets the former owner of an address undo the change.
    TellFormerAddress,
    /// The mail about a change of the account.
    Tell,
    /// The request of the user's own to verify their address, at a sign-in.
    AskToVerify,
    /// The verification mail of a registration.
    MailVerification,
    /// The link of a verification mail.
    WriteVerification,
    /// That a verification mail was sent.
    NoteVerificationMailed,
    /// The challenge of a verification mail that was not sent.
    WithdrawVerification,
}

impl UnfinishedStep {
    /// What the log says. An operator's queries use the words, so they stay.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::EndFormerSession => "the session that a browser had before was not ended",
            Self::NoteGrantUse => "the use of a grant was not noted",
            Self::NoteClientUse => "the use of a client was not noted",
            Self::ForgetTries => "tries before a sign-in were not forgotten",
            Self::WithdrawNewEmailCode => "a code for a new address that was not mailed is still on record",
            Self::TellFormerAddress => "the former address was not told of the change",
            Self::Tell => "a user was not told what happened to their account",
            Self::AskToVerify => "nobody was asked to verify the address",
            Self::MailVerification => "a verification mail was not sent",
            Self::WriteVerification => "a verification mail was not written",
            Self::NoteVerificationMailed => "a mail that was sent may be sent again",
            Self::WithdrawVerification => "a challenge that was not mailed is still on record",
        }
    }
}
