//! Sign in by a code to a mail address, where the app allows it.

use runtime::Moment;
use shared::app::App;
use shared::code::digits::Code;
use shared::secret::Secret;
use shared::service::mailed_code::ProvenOwner;
use shared::service::new_place::Visit;
use shared::session::Transport;
use shared::session::attempt::Attempt;
use shared::store::{NotProven, NotSpent};
use shared::user::email::Email;

use super::page::{PhonePage, SentTo, SignInProblem};
use super::phone::NotEntered;
use super::{SignInVisitor, SignedIn};
use crate::pages::PageError;

/// `email`, `code`
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) email: String,
    /// `None`: not six digits.
    pub(super) code: Option<Code>,
    /// The code as it was typed, which tells this form from one that was filled in otherwise.
    pub(super) proof: Secret<String>,
}

/// The address, if this app's page mails codes.
pub(super) fn admit(typed: &str, app: &App) -> Option<Email> {
    typed.parse().ok().filter(|_| app.policy.email_code_sign_in)
}

impl Typed {
    /// Counts the try and compares. A text that is not six digits does not count.
    pub(super) async fn prove(&self, at: &Moment, caller: &SignInVisitor) -> Result<ProvenOwner, NotEntered> {
        let code = self.code.as_ref().ok_or(NotEntered::NoDigits)?;
        // For an address that is mailed no codes, none is on record.
        let email = admit(&self.email, &caller.app).ok_or(NotProven::NoCode)?;
        Ok(at.prove_mailbox(&caller.app.id, &email, caller.device.address(), code).await?)
    }

    /// Spends the code for a session, or for the page of the second factor.
    pub(super) async fn enter(
        self,
        at: &Moment,
        caller: &SignInVisitor,
        proven: Result<ProvenOwner, NotEntered>,
    ) -> Result<SignedIn, PageError> {
        let attempt = caller.showing.attempt(at, &caller.app.id, self.proof.expose()).await?;
        let owner = match proven {
            Ok(owner) => owner,
            Err(why) => return self.again(at, caller, attempt.as_ref(), why.problem()?).await,
        };
        let visit = Visit { app: &caller.app, device: &caller.device, language: caller.frame.language };
        if owner.wants_second_factor(&caller.app, at.now) {
            let has_one = owner.has_second_factor();
            return match at.ticket_by_mailbox(visit, &owner, attempt.as_ref()).await {
                Ok(ticket) => caller.second_factor(at, &ticket, has_one, attempt.as_ref()).await,
                Err(NotSpent::Store(error)) => Err(error.into()),
                Err(_) => self.again(at, caller, attempt.as_ref(), SignInProblem::DeadCode).await,
            };
        }
        let opener = at.opener(&caller.app, Transport::Browser, &caller.device).await?.once(attempt.as_ref());
        let open = |user, epoch, methods| opener.by(methods).pair(user, epoch);
        match at.enter_by_mailbox(visit, &owner, open).await {
            Ok(pair) => Ok(caller.signed_in(at, &pair).await),
            Err(NotSpent::Store(error)) => Err(error.into()),
            Err(_) => self.again(at, caller, attempt.as_ref(), SignInProblem::DeadCode).await,
        }
    }

    /// The page once more, unless the code was used by this very form a moment ago.
    async fn again(
        self,
        at: &Moment,
        caller: &SignInVisitor,
        attempt: Option<&Attempt>,
        problem: SignInProblem,
    ) -> Result<SignedIn, PageError> {
        if let (SignInProblem::DeadCode, Some(email)) = (problem, admit(&self.email, &caller.app))
            && let Some(signed_in) = caller.opened_for(at, attempt, &email.into()).await?
        {
            return Ok(signed_in);
        }
        let page = caller.code_page(at, SentTo::Email(self.email)).after(problem);
        Ok(SignedIn::No(Box::new(PhonePage::Code(page))))
    }
}
