//! The page of the password, the sessions and the trail, as a template.

use askama::Template;
use runtime::{Moment, Reason};
use shared::id::{SessionId, UserId};
use shared::session::Session;
use shared::store::StoreError;
use web::words::{self, Words};
use web::{Frame, when};

use super::PATH;
use super::activity::Happened;
use crate::reader::{Person, Proof, Reader};
use crate::view::Page;

/// The page.
#[derive(Debug, Template)]
#[template(path = "security.html")]
pub struct SecurityPage {
    pub(super) frame: Frame,
    /// Whose page it is. The form names them, so that it changes nothing for somebody who signed in meanwhile.
    pub(super) user: UserId,
    /// What a password manager keeps the new password under; `None`: the user has nothing that a password goes with.
    pub(super) login: Option<String>,
    /// What a new password takes: the current one or, of a user who has none, a recent sign-in.
    pub(super) proof: Proof,
    /// The way to the sign-in page and back.
    pub(super) sign_in: String,
    pub(super) sessions: Vec<SessionRow>,
    /// What was done to the account, the newest first.
    pub(super) activity: Vec<Happened>,
    pub(super) done: Option<Done>,
    pub(super) problem: Option<PasswordProblem>,
}

/// Where somebody is signed in.
#[derive(Debug)]
pub(super) struct SessionRow {
    pub(super) id: SessionId,
    pub(super) is_own: bool,
    pub(super) device: Option<String>,
    pub(super) place: String,
    pub(super) used: String,
}

/// What the page says was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// The password was changed.
    Password,
    /// One session was ended.
    Session,
    /// All but this one were.
    Others,
    /// Nothing, because somebody else signed in meanwhile.
    Nothing,
}

impl Done {
    const ALL: [Self; 4] = [Self::Password, Self::Session, Self::Others, Self::Nothing];

    /// Its name in the page's address.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Session => "session",
            Self::Others => "others",
            Self::Nothing => "nothing",
        }
    }

    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.name() == name)
    }

    const fn says(self) -> Words {
        match self {
            Self::Password => [
                "密码已更新，其他设备已退出登录",
                "Your password has been changed, and you were signed out on all other devices.",
            ],
            Self::Session => ["该设备已退出登录", "You were signed out on that device."],
            Self::Others => ["其他设备均已退出登录", "You were signed out on all other devices."],
            Self::Nothing => [
                "您已用另一个账号登录，未作任何更改",
                "You have signed in to another account meanwhile. Nothing was changed.",
            ],
        }
    }
}

/// Why the password was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PasswordProblem {
    /// The current one is wrong.
    Wrong,
    /// There were too many tries.
    Resting,
    /// The new one is too short.
    TooShort,
    /// The new one is too long.
    TooLong,
    /// The new one is known from a breach.
    Breached,
}

impl PasswordProblem {
    /// One of each, for the test that holds `docs/api/pages.md` against the code.
    pub(super) const EACH: &'static [Self] =
        runtime::one_of_each!(PasswordProblem: Wrong, Resting, TooShort, TooLong, Breached);

    pub(super) const fn row(self) -> (u16, Words, Reason) {
        match self {
            Self::Wrong => (400, ["当前密码不正确", "This is not your current password."], Reason::WrongOldPassword),
            Self::Resting => (429, words::on_page::TOO_MANY_REQUESTS, Reason::CoolingDown),
            Self::TooShort => (400, words::PASSWORD_TOO_SHORT, Reason::PasswordLength),
            Self::TooLong => (400, words::PASSWORD_TOO_LONG, Reason::PasswordLength),
            Self::Breached => (400, words::on_page::BREACHED_PASSWORD, Reason::BreachedPassword),
        }
    }
}

impl SecurityPage {
    /// The page of somebody who is signed in.
    pub(super) async fn of(at: &Moment, reader: &Reader, person: &Person) -> Result<Self, StoreError> {
        let (app, user) = (&reader.app.id, &person.user);
        let (sessions, trail, proof) = tokio::try_join!(
            at.store.sessions(app, user, at.now),
            at.own_trail(app, user.id, Happened::SHOWN),
            person.proof(at, reader)
        )?;
        let row = |session: Session| SessionRow {
            is_own: session.id == person.session.id,
            device: session.device.name(),
            place: session.device.address().to_owned(),
            used: when::minute(session.used, reader.frame.language),
            id: session.id,
        };
        Ok(Self {
            frame: reader.frame.clone().or_found_at(PATH),
            user: person.user.id,
            login: person.password_handle().map(|handle| handle.value().to_owned()),
            proof,
            sign_in: reader.way_to_sign_in(PATH),
            sessions: sessions.into_iter().map(row).collect(),
            activity: trail.iter().filter_map(|entry| Happened::read(entry, reader.frame.language)).collect(),
            done: None,
            problem: None,
        })
    }

    const fn done(&self) -> Option<&'static str> {
        match self.done {
            Some(done) => Some(words::say(done.says(), self.frame.language)),
            None => None,
        }
    }

    /// Whether what was done is what was asked for.
    fn is_good(&self) -> bool {
        self.done.is_some_and(|done| done != Done::Nothing)
    }

    /// What is wrong with the current password.
    fn of_current(&self) -> Option<&'static str> {
        let problem =
            self.problem.filter(|problem| matches!(problem, PasswordProblem::Wrong | PasswordProblem::Resting))?;
        Some(words::say(problem.row().1, self.frame.language))
    }

    /// What is wrong with the new one.
    fn of_new(&self) -> Option<&'static str> {
        let problem =
            self.problem.filter(|problem| !matches!(problem, PasswordProblem::Wrong | PasswordProblem::Resting))?;
        Some(words::say(problem.row().1, self.frame.language))
    }
}

impl Page for SecurityPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn status(&self) -> u16 {
        self.problem.map_or(200, |problem| problem.row().0)
    }

    fn reason(&self) -> Option<Reason> {
        self.problem.map(|problem| problem.row().2)
    }
}
