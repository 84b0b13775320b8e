//! Sign in by phone and code, where the app allows it.

use runtime::Moment;
use shared::app::App;
use shared::code::digits::Code;
use shared::secret::Secret;
use shared::service::new_place::Visit;
use shared::service::phone::{NotEntered as Refused, Proven};
use shared::service::second_factor::NotPassed;
use shared::session::Transport;
use shared::session::attempt::Attempt;
use shared::store::{NotProven, NotSpent, StoreError};
use shared::user::identity::Handle;
use shared::user::phone::Phone;

use super::page::{PhonePage, SentTo, SignInProblem};
use super::{SignInVisitor, SignedIn};
use crate::pages::PageError;

/// `phone`, `code`
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) phone: String,
    /// `None`: not six digits.
    pub(super) code: Option<Code>,
    /// The code as it was typed, which tells this form from one that was filled in otherwise.
    pub(super) proof: Secret<String>,
}

/// Why a code lets nobody in.
#[derive(Debug)]
pub(super) enum NotEntered {
    /// It is not six digits.
    NoDigits,
    /// It proves nothing.
    NotProven(NotProven),
}

impl NotEntered {
    /// What the page says of it.
    pub(super) fn problem(self) -> Result<SignInProblem, StoreError> {
        match self {
            Self::NoDigits => Ok(SignInProblem::NotACode),
            Self::NotProven(NotProven::Wrong) => Ok(SignInProblem::WrongCode),
            Self::NotProven(NotProven::NoCode | NotProven::Expired) => Ok(SignInProblem::DeadCode),
            Self::NotProven(NotProven::Store(error)) => Err(error),
        }
    }
}

impl From<NotProven> for NotEntered {
    fn from(error: NotProven) -> Self {
        Self::NotProven(error)
    }
}

/// The number, if this app's page texts to it.
pub(super) fn admit(typed: &str, app: &App) -> Option<Phone> {
    Phone::read_typed(typed).ok().filter(|_| app.policy.sms.sign_in_page)?.admitted(&app.policy.sms.countries)
}

impl Typed {
    /// Counts the try and compares. A text that is not six digits does not count.
    pub(super) async fn prove(&self, at: &Moment, caller: &SignInVisitor) -> Result<Proven, NotEntered> {
        let code = self.code.as_ref().ok_or(NotEntered::NoDigits)?;
        // For a phone that is sent no codes, none is on record.
        let phone = admit(&self.phone, &caller.app).ok_or(NotProven::NoCode)?;
        Ok(at.prove_phone(&caller.app.id, phone, caller.device.address(), Some(code)).await?)
    }

    /// Spends the code for a session.
    pub(super) async fn enter(
        self,
        at: &Moment,
        caller: &SignInVisitor,
        proven: Result<Proven, NotEntered>,
    ) -> Result<SignedIn, PageError> {
        let attempt = caller.showing.attempt(at, &caller.app.id, self.proof.expose()).await?;
        let proven = match proven {
            Ok(proven) => proven,
            Err(why) => return self.again(at, caller, attempt.as_ref(), why.problem()?).await,
        };
        if proven.wants_second_factor(&caller.app, at.now) {
            let has_one = proven.has_second_factor();
            return match at.ticket_by_phone(&caller.app.id, proven, attempt.as_ref()).await {
                Ok(ticket) => caller.second_factor(at, &ticket, has_one, attempt.as_ref()).await,
                Err(NotSpent::Gone | NotSpent::PhoneTaken | NotSpent::FactorUsed) => {
                    self.again(at, caller, attempt.as_ref(), SignInProblem::DeadCode).await
                }
                Err(NotSpent::Store(error)) => Err(error.into()),
            };
        }
        let opener = at.opener(&caller.app, Transport::Browser, &caller.device).await?.once(attempt.as_ref());
        let open = |user, epoch, methods| opener.by(methods).pair(user, epoch);
        let visit = Visit { app: &caller.app, device: &caller.device, language: caller.frame.language };
        match at.enter_by_phone(visit, proven, None, open).await {
            Ok(entered) => Ok(caller.signed_in(at, &entered.given).await),
            Err(Refused::NotPassed(NotPassed::Store(error)) | Refused::NotSpent(NotSpent::Store(error))) => {
                Err(error.into())
            }
            // The account was given a second factor, or the phone an account, in this moment.
            Err(Refused::NotPassed(_) | Refused::NotSpent(_)) => {
                self.again(at, caller, attempt.as_ref(), SignInProblem::DeadCode).await
            }
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
        if let (SignInProblem::DeadCode, Some(phone)) = (problem, admit(&self.phone, &caller.app))
            && let Some(signed_in) = caller.opened_for(at, attempt, &Handle::Phone(phone)).await?
        {
            return Ok(signed_in);
        }
        let page = caller.code_page(at, SentTo::Phone(self.phone)).after(problem);
        Ok(SignedIn::No(Box::new(PhonePage::Code(page))))
    }
}
