//! The page of the authenticator app, as a template.

use askama::Template;
use runtime::{Moment, Reason};
use shared::factor::recovery::{RecoveryCode, RecoveryCodes};
use shared::id::UserId;
use shared::secret::Secret;
use shared::service::factor_setup::Offer;
use shared::store::StoreError;
use web::Frame;
use web::words::{self, Words};

use super::{PATH, enrolling};
use crate::reader::{Person, Reader};
use crate::view::Page;

/// The page.
#[derive(Debug, Template)]
#[template(path = "authenticator.html")]
pub struct AuthenticatorPage {
    frame: Frame,
    /// Whose page it is. The form names them, so that it changes nothing for somebody who signed in meanwhile.
    user: UserId,
    state: AuthenticatorState,
    problem: Option<AuthenticatorProblem>,
}

#[derive(Debug)]
enum AuthenticatorState {
    /// There is none: scan this.
    Offer(Offer),
    /// It was set up just now, and these are shown once.
    Codes(Vec<Secret<String>>),
    /// There is one.
    On,
    /// The sign-in was too long ago.
    SignIn(String),
    /// The app offers none.
    Off,
}

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuthenticatorProblem {
    /// The code does not come from the secret.
    WrongOtp,
}

impl AuthenticatorProblem {
    /// One of each, for the test that holds `docs/api/pages.md` against the code.
    pub(super) const EACH: &'static [Self] = runtime::one_of_each!(AuthenticatorProblem: WrongOtp);

    pub(super) const fn row(self) -> (u16, Words, Reason) {
        match self {
            Self::WrongOtp => (400, words::WRONG_OTP, Reason::WrongOtp),
        }
    }
}

impl AuthenticatorPage {
    fn new(reader: &Reader, person: &Person, state: AuthenticatorState) -> Self {
        Self { frame: reader.frame.clone(), user: person.user.id, state, problem: None }
    }

    pub(super) async fn ask(at: &Moment, reader: &Reader, person: &Person) -> Result<Self, StoreError> {
        let state = if !person.is_fresh_by_all_factors(at) {
            AuthenticatorState::SignIn(reader.way_to_sign_in(PATH))
        } else if person.user.second_factor {
            AuthenticatorState::On
        } else if reader.app.policy.second_factor.is_offered() {
            let session = person.session.id.to_string();
            AuthenticatorState::Offer(at.offer_factor(enrolling(reader, person, &session)).await?)
        } else {
            AuthenticatorState::Off
        };
        Ok(Self::new(reader, person, state))
    }

    /// The same of user and session as they are by now.
    pub(super) async fn refreshed(at: &Moment, reader: &Reader, person: &Person) -> Result<Self, StoreError> {
        let found = reader.person(at).await?;
        Self::ask(at, reader, found.as_ref().unwrap_or(person)).await
    }

    pub(super) fn again(reader: &Reader, person: &Person, offer: Offer, problem: AuthenticatorProblem) -> Self {
        Self { problem: Some(problem), ..Self::new(reader, person, AuthenticatorState::Offer(offer)) }
    }

    pub(super) fn set_up(reader: &Reader, person: &Person, codes: &RecoveryCodes) -> Self {
        Self::new(reader, person, AuthenticatorState::Codes(codes.codes.iter().map(RecoveryCode::shown).collect()))
    }

    fn says(&self) -> Option<&'static str> {
        self.problem.map(|problem| words::say(problem.row().1, self.frame.language))
    }
}

impl Page for AuthenticatorPage {
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
