//! The page to delete the account on, as a template.

use askama::Template;
use runtime::{Moment, Reason};
use shared::id::UserId;
use shared::store::StoreError;
use web::Frame;
use web::words::{self, Words};

use super::PATH;
use crate::reader::{Person, Proof, Reader};
use crate::view::Page;

/// The page.
#[derive(Debug, Template)]
#[template(path = "delete.html")]
pub struct DeletePage {
    frame: Frame,
    state: DeleteState,
}

#[derive(Debug)]
enum DeleteState {
    /// Delete it?
    Ask {
        /// Whose account it is. The form names them.
        user: UserId,
        /// What the account is called.
        called: String,
        proof: Proof,
        /// The way to the sign-in page and back.
        sign_in: String,
        /// Whether they may prove it by a passkey, too.
        by_passkey: bool,
        problem: Option<DeleteProblem>,
    },
    /// It is gone.
    Gone,
}

/// Why the account stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DeleteProblem {
    /// The password is wrong.
    Wrong,
    /// There were too many tries.
    Resting,
    /// The passkey is not believed, for a reason that the log alone is told.
    NotProven(Reason),
    /// Somebody else signed in meanwhile.
    OtherUser,
}

impl DeleteProblem {
    /// One of each, for the test that holds `docs/api/pages.md` against the code.
    pub(super) const EACH: &'static [Self] =
        runtime::one_of_each!(DeleteProblem: Wrong, Resting, NotProven(Reason::PasskeyRefused), OtherUser);

    pub(super) const fn row(self) -> (u16, Words, Reason) {
        match self {
            Self::Wrong => (400, ["密码不正确", "The password is wrong."], Reason::WrongPassword),
            Self::Resting => (429, words::on_page::TOO_MANY_REQUESTS, Reason::CoolingDown),
            Self::NotProven(why) => (
                400,
                [
                    "无法用此通行密钥确认，账号未删除",
                    "This passkey does not prove that it is you. Nothing was deleted.",
                ],
                why,
            ),
            Self::OtherUser => (
                409,
                [
                    "您已用另一个账号登录，未作任何更改",
                    "You have signed in to another account meanwhile. Nothing was deleted.",
                ],
                Reason::StaleForm,
            ),
        }
    }
}

impl DeletePage {
    pub(super) async fn ask(at: &Moment, reader: &Reader, person: &Person) -> Result<Self, StoreError> {
        let (passkeys, proof) =
            tokio::try_join!(at.store.passkeys(&reader.app.id, &person.user), person.proof(at, reader))?;
        let state = DeleteState::Ask {
            user: person.user.id,
            called: person.called(),
            proof,
            sign_in: reader.way_to_sign_in(PATH),
            by_passkey: at.config.passkeys.is_some() && !passkeys.is_empty(),
            problem: None,
        };
        Ok(Self { frame: reader.frame.clone().or_found_at(PATH), state })
    }

    /// The same after a form that deleted nothing.
    pub(super) fn again(mut self, why: DeleteProblem) -> Self {
        if let DeleteState::Ask { problem, .. } = &mut self.state {
            *problem = Some(why);
        }
        self
    }

    pub(super) fn gone(reader: &Reader) -> Self {
        Self { frame: reader.frame.clone(), state: DeleteState::Gone }
    }

    const fn problem(&self) -> Option<DeleteProblem> {
        match self.state {
            DeleteState::Ask { problem, .. } => problem,
            DeleteState::Gone => None,
        }
    }

    fn says(&self, of_passkey: bool) -> Option<&'static str> {
        let problem = self.problem().filter(|problem| matches!(problem, DeleteProblem::NotProven(_)) == of_passkey)?;
        Some(words::say(problem.row().1, self.frame.language))
    }

    const fn by_passkey(&self) -> bool {
        matches!(self.state, DeleteState::Ask { by_passkey: true, .. })
    }

    /// What is wrong with the password.
    fn of_password(&self) -> Option<&'static str> {
        self.says(false)
    }

    /// What is wrong with the passkey.
    fn of_passkey(&self) -> Option<&'static str> {
        self.says(true)
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
