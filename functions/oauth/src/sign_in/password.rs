//! Sign in by login and password.

use runtime::Moment;
use shared::factor::ticket::Ticket;
use shared::secret::Secret;
use shared::service::second_factor::NotPassed;
use shared::service::sign_in::{Attempt, CameIn, NotRecognised};
use shared::session::Transport;
use shared::session::method::Method;
use shared::store::ReservedTry;
use shared::user::identity::{Identity, Login};
use shared::user::lockout::FREE_FAILURES;
use shared::user::password::CanonicalPassword;
use web::Showing;

use super::page::SignInProblem;
use super::{SignInVisitor, SignedIn};
use crate::pages::PageError;

/// `login`, `password`
#[derive(Debug)]
pub(super) struct Typed {
    /// What stands in the field when the page is shown again.
    written: String,
    login: Login,
    password: CanonicalPassword,
    /// The password as it was typed, which tells this form from one that was filled in otherwise.
    proof: Secret<String>,
}

impl Typed {
    pub(super) fn new(login: String, password: Secret<String>) -> Self {
        let canonical = CanonicalPassword::from_plain(&password);
        Self { login: Login::read(&login), written: login, password: canonical, proof: password }
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
        let (app, again) = (&caller.app, |problem| SignedIn::No(caller.page(at).again(&self.written, problem).into()));
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
                // The password is not used up, so a form that is sent twice is given two tickets.
                return caller.second_factor(at, &ticket, !matches!(why, NotPassed::NotSetUp), None).await;
            }
        };
        let attempt = caller.showing.attempt(at, &app.id, self.proof.expose()).await?;
        let opener = at.opener(app, Transport::Browser, &caller.device).await?.once(attempt.as_ref());
        let renewed = attempt.is_some().then(|| Showing::renewed(at));
        match at.let_in_by_form(&entrant, opener, caller.frame.language).await {
            Ok(CameIn::Now(pair)) => Ok(caller.signed_in(at, &pair).await.keeping(renewed)),
            Ok(CameIn::Before(pair)) => Ok(caller.signed_in_before(at, &pair).keeping(renewed)),
            Err(NotPassed::Store(error)) => Err(error.into()),
            // Only a one-time code is refused here, and none was shown.
            Err(_) => Ok(again(SignInProblem::DeadTicket)),
        }
    }
}
