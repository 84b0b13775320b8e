//! The page for a new password, in each of its states.

use askama::Template;
use runtime::{Answer, Caller, Ctx, Endpoint, Moment, Output, Reason, Request, Security};
use serde_json::{Value, json};
use shared::app::App;
use shared::code::reset::LiveLink;
use shared::secret::Secret;
use shared::session::attempt::Mark;
use shared::session::device::Device;
use shared::user::new_password::NotANewPassword;
use web::way_back::ACCOUNT;
use web::words::{self, say};
use web::{FormError, Frame, Setting, WayBack};

use crate::pages::{PageError, Pages};

/// The browser on the reset page.
#[derive(Clone, Debug)]
pub struct ResetVisitor {
    /// What surrounds the page.
    pub frame: Frame,
    /// From where.
    pub device: Device,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Pages>> Caller<E> for ResetVisitor {
    const SECURITY: &'static [Security] = &[];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, PageError> {
        if !request.is_a_look() && !web::is_ours(at, request) {
            return Err(PageError::ForeignOrigin);
        }
        Ok(Self { frame: Frame::of(at, None, request), device: request.device() })
    }

    fn app(&self) -> Option<&str> {
        None
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "reset-password.html")]
pub struct ResetPage {
    frame: Frame,
    state: ResetState,
}

#[derive(Debug)]
enum ResetState {
    /// Type one.
    Ask {
        token: Secret<String>,
        /// Which showing of the form it is.
        form: Secret<String>,
        /// What a password manager keeps the new password under.
        login: String,
        problem: Option<PasswordProblem>,
    },
    /// It is set.
    Done {
        /// Where one signs in with it.
        sign_in: String,
    },
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
    /// One of each, for the test that holds `docs/api/pages.md` against the code.
    pub(super) const EACH: &'static [Self] = runtime::one_of_each!(PasswordProblem: TooShort, TooLong, Breached);

    /// As the page shows it.
    pub(super) const fn error(self) -> FormError {
        let (says, reason) = match self {
            Self::TooShort => (words::PASSWORD_TOO_SHORT, Reason::PasswordLength),
            Self::TooLong => (words::PASSWORD_TOO_LONG, Reason::PasswordLength),
            Self::Breached => (words::on_page::BREACHED_PASSWORD, Reason::BreachedPassword),
        };
        FormError { status: 400, says, reason }
    }
}

/// The name that the link's user signs in by.
fn login(link: &LiveLink) -> String {
    link.handles
        .iter()
        .find(|handle| handle.takes_password())
        .map(|handle| handle.value().to_owned())
        .unwrap_or_default()
}

impl ResetPage {
    pub(super) fn ask(frame: Frame, link: &LiveLink, (token, form): (Secret<String>, Mark)) -> Self {
        Self { frame, state: ResetState::Ask { token, form: form.write(), login: login(link), problem: None } }
    }

    pub(super) fn again(
        frame: Frame,
        link: &LiveLink,
        (token, form): (Secret<String>, Mark),
        problem: PasswordProblem,
    ) -> Self {
        Self { frame, state: ResetState::Ask { token, form: form.write(), login: login(link), problem: Some(problem) } }
    }

    pub(super) fn done(frame: Frame, app: &App) -> Self {
        Self { frame, state: ResetState::Done { sign_in: WayBack::to(ACCOUNT).of(&app.id).sign_in() } }
    }

    pub(super) fn dead(frame: Frame) -> Self {
        Self { frame, state: ResetState::Dead }
    }

    const fn is_asking(&self) -> bool {
        matches!(self.state, ResetState::Ask { .. })
    }

    /// What is wrong with the password.
    fn problem(&self) -> Option<&'static str> {
        match &self.state {
            ResetState::Ask { problem, .. } => problem.map(|problem| say(problem.error().says, self.frame.language)),
            ResetState::Done { .. } | ResetState::Dead => None,
        }
    }
}

impl Output for ResetPage {
    const OTHERWISE: &'static [u16] = &[400];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        match &self.state {
            ResetState::Ask { problem, .. } => problem.map(|problem| problem.error().reason),
            ResetState::Done { .. } => None,
            ResetState::Dead => Some(Reason::DeadLink),
        }
    }

    fn answer(self) -> Answer {
        let status = match &self.state {
            ResetState::Ask { problem: None, .. } | ResetState::Done { .. } => 200,
            ResetState::Ask { problem: Some(_), .. } | ResetState::Dead => 400,
        };
        web::show(status, &self.frame, &self, Setting::Ours)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
