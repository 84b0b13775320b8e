//! The page for a new password, in each of its states.

use askama::Template;
use runtime::{Answer, Caller, Ctx, Endpoint, Moment, Output, Reason, Request, Security};
use serde_json::{Value, json};
use shared::language::Language;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::user::new_password::NotANewPassword;
use web::Setting;
use web::words::{self, say};

use crate::pages::{PageError, Pages};

/// The browser on the reset page.
#[derive(Clone, Debug)]
pub struct ResetVisitor {
    /// The language to speak.
    pub language: Language,
    /// From where.
    pub device: Device,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for ResetVisitor {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        if request.method() != "GET" && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        Ok(Self { language: web::language(at, None, request), device: request.device() })
    }

    fn app(&self) -> Option<&str> {
        None
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "reset-password.html")]
pub struct ResetPage {
    language: Language,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Type one.
    Ask { token: Secret<String>, problem: Option<PasswordProblem> },
    /// It is set.
    Done,
    /// The link is unknown, expired or used.
    Dead,
}

/// Why the new password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PasswordProblem {
    TooShort,
    TooLong,
    Breached,
}

impl From<NotANewPassword> for PasswordProblem {
    fn from(error: NotANewPassword) -> Self {
        match error {
            NotANewPassword::TooShort => Self::TooShort,
            NotANewPassword::TooLong => Self::TooLong,
        }
    }
}

impl PasswordProblem {
    fn says(self, language: Language) -> &'static str {
        match self {
            Self::TooShort => say(words::PASSWORD_TOO_SHORT, language),
            Self::TooLong => language.say("最多 128 个字符", "At most 128 characters."),
            Self::Breached => say(words::BREACHED_PASSWORD, language),
        }
    }
}

impl PasswordProblem {
    /// Why the page asks again, for the log.
    const fn reason(self) -> Reason {
        match self {
            Self::TooShort | Self::TooLong => Reason::PasswordLength,
            Self::Breached => Reason::BreachedPassword,
        }
    }
}

impl ResetPage {
    pub(super) const fn ask(language: Language, token: Secret<String>) -> Self {
        Self { language, state: State::Ask { token, problem: None } }
    }

    pub(super) const fn again(language: Language, token: Secret<String>, problem: PasswordProblem) -> Self {
        Self { language, state: State::Ask { token, problem: Some(problem) } }
    }

    pub(super) const fn done(language: Language) -> Self {
        Self { language, state: State::Done }
    }

    pub(super) const fn dead(language: Language) -> Self {
        Self { language, state: State::Dead }
    }

    /// What is wrong with the password.
    fn problem(&self) -> Option<&'static str> {
        match &self.state {
            State::Ask { problem, .. } => problem.map(|problem| problem.says(self.language)),
            State::Done | State::Dead => None,
        }
    }
}

impl Output for ResetPage {
    const OTHERWISE: &'static [u16] = &[400];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        match &self.state {
            State::Ask { problem, .. } => problem.map(PasswordProblem::reason),
            State::Done => None,
            State::Dead => Some(Reason::DeadLink),
        }
    }

    fn answer(self) -> Answer {
        let status = match &self.state {
            State::Ask { problem: None, .. } | State::Done => 200,
            State::Ask { problem: Some(_), .. } | State::Dead => 400,
        };
        web::show(status, self.language, &self, Setting::Ours)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
