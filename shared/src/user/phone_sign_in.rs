//! Sign-in by phone: a code by text message, and what it opens. One order of work for every dialect.

use crate::app::App;
use crate::budget::{Budgets, Charge, Spending};
use crate::clock::Timestamp;
use crate::code::digits::Code;
use crate::code::sms::{LIFETIME, NotNow, SmsRecord};
use crate::id::{AppId, Epoch, UserId};
use crate::language::Language;
use crate::notify::sms::{NotTexted, Texter};
use crate::notify::text_message::TextMessage;
use crate::random::Random;
use crate::session::Opening;
use crate::store::{
    Arrival, Nonce, NotIssued, NotProven, NotSpent, Registration, SmsIssue, SmsProof, Store, StoreError, Withdrawal,
};
use crate::user::User;
use crate::user::identity::{Handle, Identity};
use crate::user::phone::Phone;

/// Somebody who wants to come in by phone.
///
/// Nobody is looked up, so the answer cannot tell who is registered. A budget that is used up holds the message back
/// after the same writes and with the same answer: whoever pumps messages does not learn when they stopped.
#[derive(Debug)]
pub struct PhoneCode<'a> {
    /// Where the code is kept and the message is charged.
    pub store: &'a Store,
    /// What sends.
    pub texter: &'a Texter,
    /// For the code.
    pub random: &'a Random,
    /// What messages may be sent.
    pub budgets: &'a Budgets,
    /// In which app.
    pub app: &'a App,
    /// To which phone.
    pub phone: &'a Phone,
    /// In which language to write to it.
    pub language: Language,
    /// When.
    pub now: Timestamp,
}

/// What became of a code that is on record. Nobody is to notice the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Texted {
    /// SNS has it.
    Sent,
    /// A budget is used up.
    HeldBack(Charge),
}

/// Why nobody was sent a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCoded {
    /// The phone has to wait.
    #[error("the phone has to wait")]
    NotNow(NotNow),
    /// SNS did not take the message; nobody has to wait for the next.
    #[error(transparent)]
    Texted(#[from] NotTexted),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PhoneCode<'_> {
    /// Puts a code on record, where `seen` is what is there, and texts it.
    ///
    /// # Errors
    /// [`NotCoded`]
    pub async fn text(&self, seen: SmsRecord) -> Result<Texted, NotCoded> {
        let code = Code::draw(self.random);
        let nonce = Nonce::draw(self.random);
        let issue = SmsIssue { app: &self.app.id, phone: self.phone, nonce, now: self.now };
        // One conditional write: the cooldown, the counts and the new code cannot disagree.
        let before = self.store.put_sms_code(&issue, &code, seen).await?;
        let failure = match self.deliver(TextMessage::code(self.app, code, LIFETIME, self.language)).await {
            Ok(texted) => return Ok(texted),
            Err(failure) => failure,
        };
        let withdrawal = match failure {
            NotCoded::Texted(NotTexted::Unknown(_)) => Withdrawal::Unknown,
            _ => Withdrawal::Unsent,
        };
        // The failure is the answer, whether or not the cooldown could be given back.
        let _ = self.store.withdraw_sms_code(&issue, &before, withdrawal).await;
        Err(failure)
    }

    /// Sends the message, if every budget has room for it.
    async fn deliver(&self, message: TextMessage) -> Result<Texted, NotCoded> {
        let charges = self.budgets.text_message(&self.app.id, self.phone);
        if let Spending::Suppress(charge) = self.store.spend(&charges, self.now).await? {
            return Ok(Texted::HeldBack(charge));
        }
        let Err(failure) = self.texter.send(self.app, self.phone, message).await else { return Ok(Texted::Sent) };
        if !matches!(failure, NotTexted::Unknown(_)) {
            // Not sent is not paid. A refund that fails leaves a budget that is used up early.
            let _ = self.store.refund(&charges, self.now).await;
        }
        Err(failure.into())
    }
}

impl From<NotIssued> for NotCoded {
    fn from(error: NotIssued) -> Self {
        match error {
            NotIssued::NotNow(wait) => Self::NotNow(wait),
            NotIssued::Store(error) => Self::Store(error),
        }
    }
}

/// Somebody who says that they have a code.
#[derive(Debug)]
pub struct PhoneSignIn<'a> {
    /// Where it is looked up and spent.
    pub store: &'a Store,
    /// For a user who is new.
    pub random: &'a Random,
    /// In which app.
    pub app: &'a AppId,
    /// When.
    pub now: Timestamp,
}

/// Somebody gave the right code, and may be known.
#[derive(Debug)]
pub struct Proven {
    phone: Phone,
    proof: SmsProof,
    identity: Option<Identity>,
}

/// Somebody who is in.
#[derive(Debug)]
pub struct Entered<T> {
    /// Who.
    pub user: UserId,
    /// The phone that was proven.
    pub phone: Phone,
    /// Whether the code made the user.
    pub is_new: bool,
    /// What the session gives them.
    pub given: T,
}

impl PhoneSignIn<'_> {
    /// Counts the try and compares, and looks up whose the phone is beside it.
    ///
    /// # Errors
    /// [`NotProven`]
    pub async fn prove(&self, phone: Phone, code: &Code) -> Result<Proven, NotProven> {
        let handle = Handle::Phone(phone.clone());
        let (proof, identity) = tokio::join!(
            self.store.guess_sms_code(self.app, &phone, code, self.now),
            self.store.identity(self.app, &handle, self.now)
        );
        Ok(Proven { proof: proof?, identity: identity?, phone })
    }

    /// Spends the code for what `open` gives: a session for a known phone, or for a user whom an unknown one makes.
    ///
    /// # Errors
    /// [`NotSpent`]
    pub async fn enter<T>(
        &self,
        proven: Proven,
        open: impl Fn(UserId, Epoch) -> Result<(Opening, T), StoreError>,
    ) -> Result<Entered<T>, NotSpent> {
        let Proven { phone, proof, identity } = proven;
        let known = match identity {
            Some(identity) => identity,
            None => match self.join(&phone, &proof, &open).await {
                // Somebody registered the phone since it was looked up.
                Err(NotSpent::PhoneTaken) => {
                    let handle = Handle::Phone(phone.clone());
                    self.store.identity(self.app, &handle, self.now).await?.ok_or(NotSpent::Gone)?
                }
                joined => return joined,
            },
        };
        // Signed first: a key that cannot be used spends no code.
        let (opening, given) = open(known.user, known.epoch)?;
        self.spend(&proof, Arrival::Known(&opening)).await?;
        Ok(Entered { user: known.user, phone, is_new: false, given })
    }

    async fn join<T>(
        &self,
        phone: &Phone,
        proof: &SmsProof,
        open: impl Fn(UserId, Epoch) -> Result<(Opening, T), StoreError>,
    ) -> Result<Entered<T>, NotSpent> {
        let user = User { phone: Some(phone.clone()), ..User::new(self.random, self.now) };
        let (opening, given) = open(user.id, user.epoch)?;
        let entered = Entered { user: user.id, phone: phone.clone(), is_new: true, given };
        let registration = Registration { user, password: None, challenge: None, opening: Some(opening) };
        self.spend(proof, Arrival::New(&registration)).await?;
        Ok(entered)
    }

    async fn spend(&self, proof: &SmsProof, arrival: Arrival<'_>) -> Result<(), NotSpent> {
        let nonce = Nonce::draw(self.random);
        // That the code was used is for the prefix's breaker; that it could not be noted is no reason to refuse.
        let (spent, _) = tokio::join!(
            self.store.spend_sms_code(self.app, proof, arrival, &nonce, self.now),
            self.store.note_verified(proof.phone(), self.now),
        );
        spent
    }
}
