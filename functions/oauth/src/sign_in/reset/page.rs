//! The page, in all its states.

use askama::Template;
use runtime::{Answer, Caller, Ctx, Endpoint, Moment, Output, Reason, Request, Security};
use serde_json::{Value, json};
use shared::language::Language;
use shared::secret::Secret;
use shared::user::new_password::NotANewPassword;
use web::Setting;
use web::words::{self, say};

use crate::pages::{PageError, Pages};

/// Somebody with a link, or with none.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// The language to speak.
    pub language: Language,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for Visitor {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        if request.method() != "GET" && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        Ok(Self { language: web::language(at, None, request) })
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
    Ask { token: Secret<String>, setback: Option<Setback> },
    /// It is set.
    Done,
    /// The link is no good, or no longer.
    Dead,
}

/// Why the password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setback {
    TooShort,
    TooLong,
    Breached,
}

impl From<NotANewPassword> for Setback {
    fn from(error: NotANewPassword) -> Self {
        match error {
            NotANewPassword::TooShort => Self::TooShort,
            NotANewPassword::TooLong => Self::TooLong,
        }
    }
}

impl Setback {
    fn says(self, language: Language) -> &'static str {
        match self {
            Self::TooShort => say(words::PASSWORD_TOO_SHORT, language),
            Self::TooLong => language.say("最多 128 个字符", "At most 128 characters."),
            Self::Breached => say(words::BREACHED_PASSWORD, language),
        }
    }
}

impl Setback {
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
        Self { language, state: State::Ask { token, setback: None } }
    }

    pub(super) const fn again(language: Language, token: Secret<String>, setback: Setback) -> Self {
        Self { language, state: State::Ask { token, setback: Some(setback) } }
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
            State::Ask { setback, .. } => setback.map(|setback| setback.says(self.language)),
            State::Done | State::Dead => None,
        }
    }
}

impl Output for ResetPage {
    const OTHERWISE: &'static [u16] = &[400];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        match &self.state {
            State::Ask { setback, .. } => setback.map(Setback::reason),
            State::Done => None,
            State::Dead => Some(Reason::DeadLink),
        }
    }

    fn answer(self) -> Answer {
        let status = match &self.state {
            State::Ask { setback: None, .. } | State::Done => 200,
            State::Ask { setback: Some(_), .. } | State::Dead => 400,
        };
        web::show(status, self.language, &self, Setting::Ours)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
