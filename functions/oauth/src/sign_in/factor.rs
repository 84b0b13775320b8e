//! The second factor, on a page of its own.

use runtime::Moment;
use shared::factor::otp::Otp;
use shared::factor::ticket::Ticket;
use shared::id::UserId;
use shared::secret::Secret;
use shared::service::second_factor::NotPassed;
use shared::service::sign_in::NotRecognised;
use shared::session::Transport;
use shared::session::attempt::Attempt;
use shared::store::{PasswordTry, ReservedTry, StoreError};
use shared::user::identity::Identity;
use shared::user::lockout::FREE_FAILURES;

use super::page::SignInProblem;
use super::{SignInVisitor, SignedIn, set_up};
use crate::pages::PageError;

/// `ticket`, `otp`, and `setup` where the factor is set up on the way
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) ticket: Secret<String>,
    pub(super) setup: Option<Secret<String>>,
    pub(super) otp: Option<Otp>,
    /// The code as it was typed, which tells this form from one that was filled in otherwise.
    pub(super) proof: Secret<String>,
}

impl Typed {
    /// The ticket, if it is good, and the try that is counted for its user before the code is compared.
    pub(super) async fn reserve(
        &self,
        at: &Moment,
        caller: &SignInVisitor,
    ) -> Result<Option<(Ticket, ReservedTry)>, StoreError> {
        let Some(ticket) = caller.ticket(at, &self.ticket).await? else { return Ok(None) };
        let reserved = at.store.reserve_try(&tried(at, caller, &ticket)).await?;
        Ok(Some((ticket, reserved)))
    }

    /// Compares the code and opens a session.
    pub(super) async fn enter(
        self,
        at: &Moment,
        caller: &SignInVisitor,
        reserved: Option<(Ticket, ReservedTry)>,
    ) -> Result<SignedIn, PageError> {
        let from_the_start = |problem| Ok(SignedIn::No(caller.page(at).again("", problem).into()));
        let Some((ticket, reserved)) = reserved else { return from_the_start(SignInProblem::DeadTicket) };
        let tried = tried(at, caller, &ticket);
        let recognised = match at.recognise_by_ticket(tried, reserved, ticket.clone()).await {
            Ok(recognised) => recognised,
            Err(NotRecognised::Wrong(_)) => return from_the_start(SignInProblem::DeadTicket),
            Err(NotRecognised::Resting(wait)) => return from_the_start(SignInProblem::Resting(wait)),
            Err(NotRecognised::Store(error)) => return Err(error.into()),
        };
        let Identity { user, epoch, second_factor, .. } = recognised.identity;
        let attempt = caller.factor_attempt(at, &ticket, self.proof.expose()).await?;
        if let Some(setup) = self.setup.as_ref().filter(|_| !second_factor) {
            let shown = set_up::ShownSetUp { ticket: &ticket, text: &self.ticket, setup, attempt: attempt.as_ref() };
            return set_up::confirm(at, caller, recognised, shown, self.otp.as_ref()).await;
        }
        let entrant = match at.pass(&caller.app, recognised, self.otp.as_ref()).await {
            Ok(entrant) => entrant,
            Err(refused) => return self.refuse(at, caller, user, attempt.as_ref(), refused).await,
        };
        let opener = at.opener(&caller.app, Transport::Browser, &caller.device).await?.once(attempt.as_ref());
        let (opening, pair) = opener.by(entrant.methods()).pair(user, epoch)?;
        match at.let_in(&caller.app, &entrant, &opening, caller.frame.language).await {
            Ok(()) => Ok(caller.signed_in(at, &pair).await),
            Err(refused) => self.refuse(at, caller, user, attempt.as_ref(), refused).await,
        }
    }

    /// The page once more, unless the code was used by this very form a moment ago.
    async fn refuse(
        self,
        at: &Moment,
        caller: &SignInVisitor,
        user: UserId,
        attempt: Option<&Attempt>,
        refused: NotPassed,
    ) -> Result<SignedIn, PageError> {
        let is_used = matches!(refused, NotPassed::Wrong | NotPassed::TicketUsed);
        if let Some(attempt) = attempt.filter(|_| is_used)
            && let Some(pair) = at.opened_by(&caller.app, attempt, user).await?
        {
            return Ok(match (self.setup, at.codes_of_setup(&caller.app.id, user, attempt).await?) {
                (Some(_), Some(codes)) => caller.codes_page(at, &codes, &pair),
                _ => caller.signed_in_before(at, &pair),
            });
        }
        let again = |problem| SignedIn::Factor(Box::new(caller.factor_page_again(self.ticket).after(problem)));
        match refused {
            NotPassed::Required => Ok(again(SignInProblem::NoOtp)),
            NotPassed::Wrong => Ok(again(SignInProblem::WrongOtp)),
            NotPassed::TicketUsed | NotPassed::NotSetUp => {
                Ok(SignedIn::No(caller.page(at).again("", SignInProblem::DeadTicket).into()))
            }
            NotPassed::Store(error) => Err(error.into()),
        }
    }
}

fn tried<'a>(at: &Moment, caller: &'a SignInVisitor, ticket: &'a Ticket) -> PasswordTry<'a> {
    PasswordTry {
        app: &caller.app.id,
        login: &ticket.login,
        source: caller.device.address(),
        cap: FREE_FAILURES,
        now: at.now,
    }
}
