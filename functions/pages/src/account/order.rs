//! What the forms of the page do, by the verbs of the Browser API's account.

use runtime::{Cause, Gate, Moment, Pass};
use shared::app::App;
use shared::code::digits::Code;
use shared::code::sms::NotNow;
use shared::notify::sms::NotTexted;
use shared::service::confirmation::{Confirmed, NotConfirmed, Owner};
use shared::service::new_address::{NotAsked, NotMoved};
use shared::service::phone::NotCoded;
use shared::service::recovery::NotMailed;
use shared::service::verify_email::AskedBy;
use shared::store::{EmailNotProven, HandleNotChanged, StoreError};
use shared::user::User;
use shared::user::email::Email;
use shared::user::identity::Handle;
use shared::user::phone::Phone;
use shared::user::profile::{Name, NotAName, ProfileChange};
use shared::user::username::Username;
use web::PageError;

use super::change::ChangeForm;
use super::edit::What;
use super::problem::AccountProblem;

/// What a form came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is changed.
    Done,
    /// A code is on its way, and is typed next.
    CodeSent,
}

/// Why nothing was changed.
#[derive(Debug)]
pub(super) enum NotDone {
    /// The page says why.
    ToCorrect(AccountProblem),
    /// The session has ended.
    Ended,
    /// The whole request is refused.
    Refused(PageError),
}

type Done = Result<Outcome, NotDone>;

/// What a form asks for, once its fields can be read.
#[derive(Debug)]
enum Order<'a> {
    Wish(Wish),
    Step(Step<'a>),
}

/// What wants a recent sign-in, or the password.
#[derive(Debug)]
enum Wish {
    Username(Username),
    Email(Email),
    Phone(Phone),
}

/// What the session is enough for.
#[derive(Debug)]
enum Step<'a> {
    /// The user has what they ask for.
    Nothing,
    Name(Name),
    MoveToEmail(Email, &'a Code),
    MoveToPhone(Phone, &'a Code),
    AskProof,
    Prove(&'a Code),
}

impl From<AccountProblem> for NotDone {
    fn from(problem: AccountProblem) -> Self {
        Self::ToCorrect(problem)
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<NotConfirmed> for NotDone {
    fn from(error: NotConfirmed) -> Self {
        match error {
            NotConfirmed::Missing => AccountProblem::NoPassword.into(),
            NotConfirmed::Wrong(_) => AccountProblem::WrongPassword.into(),
            NotConfirmed::Resting(_) => AccountProblem::Resting.into(),
            NotConfirmed::Store(error) => error.into(),
        }
    }
}

impl From<HandleNotChanged> for NotDone {
    fn from(error: HandleNotChanged) -> Self {
        match error {
            HandleNotChanged::Taken => AccountProblem::UsernameTaken.into(),
            HandleNotChanged::Dead => Self::Ended,
            HandleNotChanged::TooOften(_) => AccountProblem::TooOften.into(),
            HandleNotChanged::Store(error) => error.into(),
        }
    }
}

impl From<NotAsked> for NotDone {
    fn from(error: NotAsked) -> Self {
        match error {
            NotAsked::Cooling(_) => AccountProblem::SentJustNow.into(),
            NotAsked::Dead => Self::Ended,
            NotAsked::Unsent(failure) => Self::Refused(PageError::Unavailable(Cause::Mail(NotMailed::Unsent(failure)))),
            NotAsked::Store(error) => error.into(),
        }
    }
}

impl From<NotCoded> for NotDone {
    fn from(error: NotCoded) -> Self {
        match error {
            NotCoded::NotNow(NotNow::Cooling) => AccountProblem::SentJustNow.into(),
            NotCoded::NotNow(NotNow::Resting(_)) => AccountProblem::TooOften.into(),
            NotCoded::Texted(NotTexted::Refused(_)) => AccountProblem::NotAPhone.into(),
            NotCoded::Texted(failure) => Self::Refused(PageError::Unavailable(Cause::Sms(failure))),
            NotCoded::Store(error) => error.into(),
        }
    }
}

impl NotDone {
    /// `taken`: that somebody else has what the user would move to.
    fn not_moved(error: NotMoved, taken: AccountProblem) -> Self {
        match error {
            NotMoved::Wrong => AccountProblem::WrongCode.into(),
            NotMoved::Dead => AccountProblem::DeadCode.into(),
            NotMoved::Taken => taken.into(),
            NotMoved::TooOften(_) => AccountProblem::TooOften.into(),
            NotMoved::Store(error) => error.into(),
        }
    }
}

impl From<EmailNotProven> for NotDone {
    fn from(error: EmailNotProven) -> Self {
        match error {
            EmailNotProven::Wrong => AccountProblem::WrongCode.into(),
            EmailNotProven::Dead => AccountProblem::DeadCode.into(),
            EmailNotProven::NoUser => Self::Ended,
            EmailNotProven::Store(error) => error.into(),
        }
    }
}

impl From<NotAName> for AccountProblem {
    fn from(error: NotAName) -> Self {
        match error {
            NotAName::TooLong => Self::TooLong,
            NotAName::NotText => Self::NotText,
        }
    }
}

impl ChangeForm {
    /// Does what the form asks for. What cannot be read costs no try of the password or of the code.
    pub(super) async fn carry_out(
        &self,
        at: &Moment,
        owner: Owner<'_>,
        gate: Gate<'_>,
    ) -> Result<(Pass, Done), PageError> {
        let wish = match self.order(owner) {
            Ok(Order::Wish(wish)) => wish,
            Ok(Order::Step(step)) => {
                let pass = gate.pass().await?;
                return Ok((pass, step.carry_out(at, owner).await));
            }
            Err(problem) => return Ok((gate.pass().await?, Err(problem.into()))),
        };
        let confirming = match at.begin_confirmation(owner, self.password.as_ref()).await {
            Ok(confirming) => confirming,
            Err(error) => return Ok((gate.pass().await?, Err(error.into()))),
        };
        let pass = gate.pass().await?;
        Ok(match at.confirm(confirming).await {
            Ok(confirmed) => (pass, wish.carry_out(at, owner, &confirmed).await),
            Err(error) => (pass, Err(error.into())),
        })
    }

    /// Reads the fields.
    fn order(&self, owner: Owner<'_>) -> Result<Order<'_>, AccountProblem> {
        let Owner { app, user, .. } = owner;
        let code = match &self.code {
            Some(Ok(code)) => Some(code),
            Some(Err(problem)) => return Err(*problem),
            None => None,
        };
        if self.typed.is_empty() && matches!(self.what, What::Username | What::Email | What::Phone) {
            return Err(AccountProblem::Missing);
        }
        Ok(match (self.what, code) {
            (What::Name, _) => Order::Step(Step::Name(Name::read(&self.typed)?)),
            (What::Username, _) => {
                let username: Username = self.typed.parse().map_err(|_| AccountProblem::NotAUsername)?;
                let is_there = user.username.as_ref().is_some_and(|now| now.as_typed() == username.as_typed());
                if is_there { Order::Step(Step::Nothing) } else { Order::Wish(Wish::Username(username)) }
            }
            (What::Email, Some(code)) => Order::Step(Step::MoveToEmail(self.email()?, code)),
            (What::Email, None) => {
                let email = self.email()?;
                if user.email.as_ref() == Some(&email) {
                    return Err(AccountProblem::Present);
                }
                Order::Wish(Wish::Email(email))
            }
            (What::Phone, Some(code)) => Order::Step(Step::MoveToPhone(self.phone(app)?, code)),
            (What::Phone, None) => {
                let phone = self.phone(app)?;
                if user.phone.as_ref() == Some(&phone) {
                    return Err(AccountProblem::Present);
                }
                Order::Wish(Wish::Phone(phone))
            }
            (What::Proof, _) if user.email_proof.is_proven() => Order::Step(Step::Nothing),
            (What::Proof, Some(code)) => Order::Step(Step::Prove(code)),
            (What::Proof, None) => Order::Step(Step::AskProof),
        })
    }

    fn email(&self) -> Result<Email, AccountProblem> {
        self.typed.parse().map_err(|_| AccountProblem::NotAnEmail)
    }

    fn phone(&self, app: &App) -> Result<Phone, AccountProblem> {
        let typed = Phone::read_typed(&self.typed).map_err(|_| AccountProblem::NotAPhone)?;
        typed.admitted(&app.policy.sms.countries).ok_or(AccountProblem::NotAPhone)
    }
}

impl Wish {
    async fn carry_out(&self, at: &Moment, owner: Owner<'_>, confirmed: &Confirmed) -> Done {
        match self {
            Self::Username(username) => match at.change_username(owner, confirmed, username).await {
                Ok(()) => Ok(Outcome::Done),
                Err(error) => {
                    unless_done(at, owner, error.into(), |user| user.username.as_ref() == Some(username)).await
                }
            },
            // A form that is sent twice finds that its own code is on its way.
            Self::Email(email) => match at.ask_new_email(owner, confirmed, email).await {
                Err(NotAsked::Cooling(_)) if at.has_asked_for_email(owner, email).await? => Ok(Outcome::CodeSent),
                asked => asked.map(|()| Outcome::CodeSent).map_err(NotDone::from),
            },
            Self::Phone(phone) => match at.ask_new_phone(owner, confirmed, phone).await {
                Err(NotCoded::NotNow(NotNow::Cooling)) if at.has_asked_for_phone(owner, phone).await? => {
                    Ok(Outcome::CodeSent)
                }
                asked => asked.map(|()| Outcome::CodeSent).map_err(NotDone::from),
            },
        }
    }
}

impl Step<'_> {
    async fn carry_out(&self, at: &Moment, owner: Owner<'_>) -> Done {
        let done: Result<(), NotDone> = match self {
            Self::Nothing => Ok(()),
            Self::Name(name) => {
                let change = ProfileChange { name: Some(name.clone()), ..ProfileChange::default() };
                if at.change_profile(owner, &change).await? { Ok(()) } else { Err(NotDone::Ended) }
            }
            Self::AskProof => return ask_again(at, owner).await,
            Self::MoveToEmail(email, code) => {
                let moved = at.move_to_email(owner, email, code).await;
                moved.map_err(|error| NotDone::not_moved(error, AccountProblem::EmailTaken))
            }
            Self::MoveToPhone(phone, code) => {
                let moved = at.move_to_phone(owner, phone, code).await;
                moved.map_err(|error| NotDone::not_moved(error, AccountProblem::PhoneTaken))
            }
            Self::Prove(code) => {
                at.prove_email_by_code(&owner.app.id, owner.user.id, code).await.map_err(NotDone::from)
            }
        };
        match done {
            Ok(()) => Ok(Outcome::Done),
            Err(error) => unless_done(at, owner, error, |user| self.is_done_for(user)).await,
        }
    }

    fn is_done_for(&self, user: &User) -> bool {
        match self {
            Self::MoveToEmail(email, _) => user.email.as_ref() == Some(email) && user.email_proof.is_proven(),
            Self::MoveToPhone(phone, _) => user.phone.as_ref() == Some(phone),
            Self::Prove(_) => user.email_proof.is_proven(),
            Self::Nothing | Self::Name(_) | Self::AskProof => false,
        }
    }
}

/// A form that was sent twice at once: the second finds the code used, the handle taken or the user moved on, by the first.
async fn unless_done(at: &Moment, owner: Owner<'_>, why: NotDone, is_done: impl Fn(&User) -> bool) -> Done {
    let may_be_done = matches!(
        why,
        NotDone::Ended
            | NotDone::ToCorrect(
                AccountProblem::DeadCode
                    | AccountProblem::UsernameTaken
                    | AccountProblem::EmailTaken
                    | AccountProblem::PhoneTaken
            )
    );
    if !may_be_done {
        return Err(why);
    }
    let user = at.store.user(&owner.app.id, owner.user.id).await?;
    if user.is_some_and(|user| is_done(&user)) { Ok(Outcome::Done) } else { Err(why) }
}

/// Mails the code of the sign-up once more, if none is alive. The answer is the same where one is.
async fn ask_again(at: &Moment, owner: Owner<'_>) -> Done {
    let Owner { app, user, device, language, .. } = owner;
    let Some(email) = user.email.clone() else { return Ok(Outcome::Done) };
    if let Some(identity) = at.store.identity(&app.id, &Handle::Email(email), at.now).await? {
        let page = format!("{}{}", at.config.public_url, web::way_back::VERIFY_EMAIL);
        at.ask_again_if_due(app, &identity, AskedBy { device, language, page: &page }).await;
    }
    Ok(Outcome::CodeSent)
}
