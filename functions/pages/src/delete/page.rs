//! The page to delete the account on, as a template.

use askama::Template;
use runtime::{Moment, Reason};
use shared::id::UserId;
use web::Frame;
use web::words::{self, Words};

use super::PATH;
use crate::reader::{Person, Reader};
use crate::view::Page;

/// The page.
#[derive(Debug, Template)]
#[template(path = "delete.html")]
pub struct DeletePage {
    frame: Frame,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Delete it?
    Ask {
        /// Whose account it is. The form names them.
        user: UserId,
        /// What the account is called.
        called: String,
        proof: Proof,
        problem: Option<Problem>,
    },
    /// It is gone.
    Gone,
}

/// How somebody proves that it is them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// By the password.
    Password,
    /// They have just signed in.
    Fresh,
    /// They have no password: they sign in once more.
    SignIn(String),
}

/// Why the account stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The password is wrong.
    Wrong,
    /// There were too many tries.
    Resting,
    /// Somebody else signed in meanwhile.
    OtherUser,
}

impl Problem {
    const fn row(self) -> (u16, Words, Reason) {
        match self {
            Self::Wrong => (400, ["密码不正确", "The password is wrong."], Reason::WrongPassword),
            Self::Resting => (429, words::TOO_MANY_REQUESTS, Reason::CoolingDown),
            Self::OtherUser => (
                409,
                [
                    "您已用另一个账号登录,未作任何更改",
                    "You have signed in to another account meanwhile. Nothing was deleted.",
                ],
                Reason::StaleForm,
            ),
        }
    }
}

impl DeletePage {
    pub(super) fn ask(at: &Moment, reader: &Reader, person: &Person) -> Self {
        let state = State::Ask {
            user: person.user.id,
            called: person.called(),
            proof: Proof::of(at, reader, person),
            problem: None,
        };
        Self { frame: reader.frame.clone().or_found_at(PATH), state }
    }

    pub(super) fn again(at: &Moment, reader: &Reader, person: &Person, why: Problem) -> Self {
        let mut page = Self::ask(at, reader, person);
        if let State::Ask { problem, .. } = &mut page.state {
            *problem = Some(why);
        }
        page
    }

    pub(super) fn gone(reader: &Reader) -> Self {
        Self { frame: reader.frame.clone(), state: State::Gone }
    }

    const fn problem(&self) -> Option<Problem> {
        match self.state {
            State::Ask { problem, .. } => problem,
            State::Gone => None,
        }
    }

    fn says(&self) -> Option<&'static str> {
        self.problem().map(|problem| words::say(problem.row().1, self.frame.language))
    }
}

impl Proof {
    /// What is asked of somebody.
    pub(super) fn of(at: &Moment, reader: &Reader, person: &Person) -> Self {
        if person.login().is_some() {
            return Self::Password;
        }
        if person.is_fresh(at) { Self::Fresh } else { Self::SignIn(reader.way_to_sign_in(PATH)) }
    }
}

impl Page for DeletePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn status(&self) -> u16 {
        self.problem().map_or(200, |problem| problem.row().0)
    }

    fn reason(&self) -> Option<Reason> {
        self.problem().map(|problem| problem.row().2)
    }
}
