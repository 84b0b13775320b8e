//! Sign in by login and password.

use runtime::Moment;
use shared::factor::ticket::Ticket;
use shared::secret::Secret;
use shared::service::second_factor::NotPassed;
use shared::service::sign_in::{Attempt, NotRecognised};
use shared::session::Transport;
use shared::session::method::Method;
use shared::store::ReservedTry;
use shared::user::identity::{Identity, Login};
use shared::user::lockout::FREE_FAILURES;
use shared::user::password::CanonicalPassword;

use super::page::SignInProblem;
use super::{SignInVisitor, SignedIn, set_up};
use crate::pages::PageError;

/// `login`, `password`
#[derive(Debug)]
pub(super) struct Typed {
    /// What stands in the field when the page is shown again.
    written: String,
    login: Login,
    password: CanonicalPassword,
}

impl Typed {
    pub(super) fn new(login: String, password: &Secret<String>) -> Self {
        Self { login: Login::read(&login), written: login, password: CanonicalPassword::from_plain(password) }
    }

    /// What is tried.
    pub(super) fn attempt<'a>(&'a self, caller: &'a SignInVisitor) -> Attempt<'a> {
        Attempt {
            app: &caller.app.id,
            login: &self.login,
            password: &self.password,
            source: caller.device.address(),
            free_failures: FREE_FAILURES,
        }
    }

    /// Checks the password and opens a session.
    pub(super) async fn enter(
        self,
        at: &Moment,
        caller: &SignInVisitor,
        reserved: ReservedTry,
    ) -> Result<SignedIn, PageError> {
        let (app, again) = (&caller.app, |problem| SignedIn::No(caller.page().again(&self.written, problem).into()));
        let recognised = match at.recognise(self.attempt(caller), reserved).await {
            Ok(recognised) => recognised,
            Err(NotRecognised::Wrong(why)) => return Ok(again(SignInProblem::WrongLogin(why))),
            Err(NotRecognised::Resting(wait)) => return Ok(again(SignInProblem::Resting(wait))),
            Err(NotRecognised::Store(error)) => return Err(error.into()),
        };
        let Identity { user, epoch, .. } = recognised.identity;
        let entrant = match at.pass(app, recognised, None).await {
            Ok(entrant) => entrant,
            Err(NotPassed::Store(error)) => return Err(error.into()),
            Err(why) => {
                let login = self.login.clone();
                let ticket = Ticket::issue(user, epoch, login, Method::Password.into(), &at.random, at.now);
                return match why {
                    NotPassed::NotSetUp => set_up::offer(at, caller, &ticket).await,
                    _ => Ok(SignedIn::Factor(Box::new(caller.factor_page(at, &ticket).await?))),
                };
            }
        };
        let opener = at.opener(app, Transport::Browser, &caller.device).await?;
        let (opening, pair) = opener.by(entrant.methods()).pair(user, epoch)?;
        match at.let_in(app, &entrant, &opening, caller.frame.language).await {
            Ok(()) => Ok(caller.signed_in(at, &pair).await),
            Err(NotPassed::Store(error)) => Err(error.into()),
            // Only a one-time code is refused here, and none was shown.
            Err(_) => Ok(again(SignInProblem::DeadTicket)),
        }
    }
}
