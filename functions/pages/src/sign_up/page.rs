//! The page to make an account on, as a template.

use askama::Template;
use runtime::Reason;
use shared::secret::Secret;
use shared::user::new_password::NotANewPassword;
use web::Frame;
use web::words::{self, Words};

use super::Joiner;
use crate::view::Page;

/// The page.
#[derive(Debug, Template)]
#[template(path = "sign-up.html")]
pub struct SignUpPage {
    frame: Frame,
    is_open: bool,
    /// The client that waits.
    client: Option<String>,
    to: String,
    app: String,
    /// Which showing of the form it is.
    form: Secret<String>,
    sign_in: String,
    typed: Typed,
    problems: Problems,
}

/// What was typed, without the password.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) email: String,
    pub(super) name: String,
}

/// What is wrong with each field.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Problems {
    pub(super) name: Option<SignUpProblem>,
    pub(super) email: Option<SignUpProblem>,
    pub(super) password: Option<SignUpProblem>,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignUpProblem {
    /// It is empty.
    Missing,
    /// It is not an e-mail address.
    NotAnEmail,
    /// Somebody has signed up with it.
    Taken,
    /// It is not plain text.
    NotText,
    /// It is too long.
    TooLong,
    /// The password is too short.
    PasswordTooShort,
    /// The password is too long.
    PasswordTooLong,
    /// The password is known from a breach.
    Breached,
}

impl SignUpProblem {
    /// One of each, for the test that holds `docs/api/pages.md` against the code.
    pub(super) const EACH: &'static [Self] = runtime::one_of_each!(SignUpProblem:
        Missing,
        NotAnEmail,
        Taken,
        NotText,
        TooLong,
        PasswordTooShort,
        PasswordTooLong,
        Breached,
    );

    pub(super) const fn row(self) -> (Words, Reason) {
        match self {
            Self::Missing => (words::MISSING, Reason::InvalidFields),
            Self::NotAnEmail => (words::NOT_AN_EMAIL, Reason::InvalidEmail),
            Self::Taken => (
                ["该邮箱已注册，请直接登录", "This e-mail address is registered already. Sign in instead."],
                Reason::EmailTaken,
            ),
            Self::NotText => (words::NOT_TEXT, Reason::InvalidFields),
            Self::TooLong => (words::TOO_LONG, Reason::InvalidFields),
            Self::PasswordTooShort => (words::PASSWORD_TOO_SHORT, Reason::PasswordLength),
            Self::PasswordTooLong => (words::PASSWORD_TOO_LONG, Reason::PasswordLength),
            Self::Breached => (words::on_page::BREACHED_PASSWORD, Reason::BreachedPassword),
        }
    }
}

impl From<NotANewPassword> for SignUpProblem {
    fn from(error: NotANewPassword) -> Self {
        match error {
            NotANewPassword::TooShort => Self::PasswordTooShort,
            NotANewPassword::TooLong => Self::PasswordTooLong,
        }
    }
}

impl Problems {
    fn first(self) -> Option<SignUpProblem> {
        self.name.or(self.email).or(self.password)
    }
}

impl SignUpPage {
    pub(super) fn ask(caller: &Joiner) -> Self {
        Self::again(caller, Typed::default(), Problems::default())
    }

    /// The page after a form that made no account.
    pub(super) fn again(caller: &Joiner, typed: Typed, problems: Problems) -> Self {
        Self {
            frame: caller.frame.clone().or_found_at(&web::way_back::with_to(super::PATH, caller.onward.query())),
            is_open: caller.is_open(),
            client: caller.client.clone(),
            to: caller.onward.query().to_owned(),
            app: caller.app.id.to_string(),
            form: caller.showing.field(),
            sign_in: caller.sign_in(),
            typed,
            problems,
        }
    }

    fn says(&self, problem: Option<SignUpProblem>) -> Option<&'static str> {
        problem.map(|problem| words::say(problem.row().0, self.frame.language))
    }

    fn of_name(&self) -> Option<&'static str> {
        self.says(self.problems.name)
    }

    fn of_email(&self) -> Option<&'static str> {
        self.says(self.problems.email)
    }

    fn of_password(&self) -> Option<&'static str> {
        self.says(self.problems.password)
    }
}

impl Page for SignUpPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn status(&self) -> u16 {
        if !self.is_open {
            404
        } else if self.problems.first().is_some() {
            400
        } else {
            200
        }
    }

    fn reason(&self) -> Option<Reason> {
        if self.is_open { self.problems.first().map(|problem| problem.row().1) } else { Some(Reason::NotFound) }
    }
}
