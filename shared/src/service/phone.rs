//! Sign-in by phone: a code is texted, and spent for a session.

use crate::app::App;
use crate::clock::Timestamp;
use crate::code::digits::Code;
use crate::code::sms::{CodeRecord, LIFETIME, NotNow, Purpose};
use crate::factor::otp::Otp;
use crate::factor::ticket::Ticket;
use crate::id::{AppId, Epoch, UserId};
use crate::language::Language;
use crate::notify::sms::NotTexted;
use crate::notify::text_message::TextMessage;
use crate::refill::Reserve;
use crate::service::Moment;
use crate::service::new_place::Visit;
use crate::service::payment::{Advance, Payment};
use crate::service::second_factor::NotPassed;
use crate::session::Opening;
use crate::session::attempt::{Attempt, FormDigest};
use crate::session::method::{Method, Methods};
use crate::store::{
    Arrival, Nonce, NotIssued, NotProven, NotSpent, Registration, SmsGuess, SmsIssue, SmsProof, StoreError, Withdrawal,
};
use crate::user::User;
use crate::user::identity::{Handle, Identity, Login};
use crate::user::lockout::Whereabouts;
use crate::user::phone::Phone;

/// To whom a code is texted.
#[derive(Clone, Copy, Debug)]
pub struct TextTo<'a> {
    /// The phone.
    pub phone: &'a Phone,
    /// The network address that asks for it.
    pub source: &'a str,
    /// In which language.
    pub language: Language,
    /// What it is for.
    pub purpose: Purpose<'a>,
}

/// What is known of a phone that a code is asked for, and what those who ask have paid for it.
#[derive(Debug)]
pub struct AskedPhone {
    record: CodeRecord,
    advance: Advance,
}

/// What became of a message that was answered as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivered {
    Sent,
    /// A budget had no room.
    Held,
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

impl From<NotIssued> for NotCoded {
    fn from(error: NotIssued) -> Self {
        match error {
            NotIssued::NotNow(wait) => Self::NotNow(wait),
            NotIssued::Store(error) => Self::Store(error),
        }
    }
}

/// Somebody gave the right code, and may have an account.
#[derive(Debug)]
pub struct Proven {
    phone: Phone,
    proof: SmsProof,
    identity: Option<Identity>,
}

/// Why somebody with the right code of a phone is not let in.
#[derive(Debug, thiserror::Error)]
pub enum NotEntered {
    /// The code was spent, or could not be.
    #[error(transparent)]
    NotSpent(#[from] NotSpent),
    /// One factor is not enough.
    #[error(transparent)]
    NotPassed(#[from] NotPassed),
}

impl From<StoreError> for NotEntered {
    fn from(error: StoreError) -> Self {
        Self::NotSpent(error.into())
    }
}

impl Proven {
    /// Whether the phone's account has a second factor.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.identity.as_ref().is_some_and(|identity| identity.second_factor)
    }

    /// Whether the phone is not enough: its account has a second factor, or `app` wants one by now.
    #[must_use]
    pub fn wants_second_factor(&self, app: &App, now: Timestamp) -> bool {
        let wants = |known: &Identity| known.second_factor || app.policy.second_factor.wants_two(known.created, now);
        self.identity.as_ref().is_some_and(|known| !known.disabled && wants(known))
    }
}

/// Somebody who is signed in.
#[derive(Debug)]
pub struct Entered<T> {
    /// Who.
    pub user: UserId,
    /// The phone that was proven.
    pub phone: Phone,
    /// Whether the code made the account.
    pub is_new: bool,
    /// What the session gives them.
    pub given: T,
}

impl Moment {
    /// What is on record for a phone, while those who ask pay for a code to it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn ask_code(&self, app: &AppId, to: TextTo<'_>) -> Result<AskedPhone, StoreError> {
        let bill = self.config.sms_budgets.text_message(app, to.phone, self.config.sources(to.source));
        let (record, advance) =
            tokio::join!(self.store.sms_record(app, to.phone, self.now), Box::pin(self.pay_ahead(bill)));
        Ok(AskedPhone { record: record?, advance: advance? })
    }

    /// Puts a code on record, where what was `asked` is what is there, and texts it.
    ///
    /// No account is looked up, so the answer cannot tell who is registered. A source without quota is answered the same, and no code is
    /// put on record: the one that was texted last stays good. A budget that others pay from, too, holds the message back after the same
    /// writes, so that nobody learns when it was used up, and then the code that was good is good again.
    ///
    /// # Errors
    /// [`NotCoded`]
    pub async fn text_code(&self, app: &App, to: TextTo<'_>, asked: AskedPhone) -> Result<(), NotCoded> {
        let TextTo { phone, source, language, purpose } = to;
        let AskedPhone { record, advance } = asked;
        let whereabouts = Whereabouts::of(source, &app.id, self.ring().await?);
        let payment = self.claim(advance);
        let is_known = record.knows(&whereabouts.place);
        let payment = if is_known { payment.at_known_place(Reserve::Whole) } else { payment };
        if let Err(wait) = record.may_issue(&whereabouts, self.now) {
            // Before others pay: who hammers a phone that has to wait touches nothing of theirs.
            self.refund(&payment).await;
            return Err(NotCoded::NotNow(wait));
        }
        if !payment.is_good() {
            self.give_back_if_held(&app.id, &payment).await;
            return Ok(());
        }
        let code = Code::draw(&self.random);
        let nonce = self.mark_of_issue(&app.id, phone, purpose).await?;
        let issue = SmsIssue { app: &app.id, phone, source, purpose, nonce, now: self.now };
        // One conditional write: the cooldown, the counts and the new code cannot disagree.
        let put = Box::pin(self.store.put_sms_code(&issue, &code, record));
        let (before, paid) = self.beside(self.pay_shared(payment), put).await?;
        let message = TextMessage::code(app, code, LIFETIME, language);
        let late = || Err(NotTexted::Unknown("no time was left".to_owned()).into());
        let delivered = match paid {
            Ok(payment) => self.in_time(self.deliver(app, phone, message, payment)).await.unwrap_or_else(late),
            Err(error) => Err(error.into()),
        };
        let (answer, withdrawal) = match delivered {
            Ok(Delivered::Sent) => return Ok(()),
            Ok(Delivered::Held) => (Ok(()), Withdrawal::Held),
            Err(failure @ NotCoded::Texted(NotTexted::Unknown(_))) => (Err(failure), Withdrawal::Unknown),
            Err(failure) => (Err(failure), Withdrawal::Unsent),
        };
        // The answer is the same, whether or not this could be done.
        let _ = self.store.withdraw_sms_code(&issue, &before, withdrawal).await;
        answer
    }

    /// The mark of a request that puts a code on record. That of somebody who wants the phone says whose it is, for a form that is sent twice.
    async fn mark_of_issue(&self, app: &AppId, phone: &Phone, purpose: Purpose<'_>) -> Result<Nonce, StoreError> {
        Ok(match purpose {
            Purpose::SignIn => Nonce::draw(&self.random),
            Purpose::NewPhone { session, .. } => {
                let wish = FormDigest::of_wish(session, phone.as_e164(), app, self.ring().await?);
                Nonce::of_form(&wish, &self.random)
            }
        })
    }

    /// Sends the message, if every budget had room for it.
    async fn deliver(
        &self,
        app: &App,
        phone: &Phone,
        message: TextMessage,
        payment: Payment,
    ) -> Result<Delivered, NotCoded> {
        if !payment.is_good() {
            self.give_back_if_held(&app.id, &payment).await;
            return Ok(Delivered::Held);
        }
        let Err(failure) = self.texter().send(app, phone, message).await else { return Ok(Delivered::Sent) };
        if !matches!(failure, NotTexted::Unknown(_)) {
            // Not sent is not paid.
            self.refund(&payment).await;
        }
        Err(failure.into())
    }

    /// Counts the try and compares, and looks up the account of the phone beside it. What is not six digits is as wrong as
    /// another code, and no try: it was mistyped.
    ///
    /// # Errors
    /// [`NotProven`]
    pub async fn prove_phone(
        &self,
        app: &AppId,
        phone: Phone,
        source: &str,
        code: Option<&Code>,
    ) -> Result<Proven, NotProven> {
        let guess = SmsGuess { app, phone: &phone, source, purpose: Purpose::SignIn, now: self.now };
        let Some(code) = code else {
            self.store.sms_code_to_try(&guess).await?;
            return Err(NotProven::Wrong);
        };
        let handle = Handle::Phone(phone.clone());
        let (proof, identity) =
            tokio::join!(self.store.guess_sms_code(&guess, code), self.store.identity(app, &handle, self.now));
        Ok(Proven { proof: proof?, identity: identity?, phone })
    }

    /// Spends the code for what `open` gives: a session of the phone's account, or of one that is made now. An account with a
    /// second factor takes `otp` beside it; without it the code stays unspent. A user who has an address and had never come in from
    /// there is told.
    ///
    /// # Errors
    /// [`NotEntered`]
    pub async fn enter_by_phone<T>(
        &self,
        visit: Visit<'_>,
        proven: Proven,
        otp: Option<&Otp>,
        open: impl Fn(UserId, Epoch, Methods) -> Result<(Opening, T), StoreError>,
    ) -> Result<Entered<T>, NotEntered> {
        let (Proven { phone, proof, identity }, app) = (proven, visit.app);
        let by_phone = Methods::from(Method::Sms);
        let known = match identity {
            Some(identity) => identity,
            None => {
                match self.join_by_phone(&app.id, &phone, &proof, |user, epoch| open(user, epoch, by_phone)).await {
                    // Somebody registered the phone since it was looked up.
                    Err(NotSpent::PhoneTaken) => {
                        let handle = Handle::Phone(phone.clone());
                        self.store.identity(&app.id, &handle, self.now).await?.ok_or(NotSpent::Gone)?
                    }
                    joined => return Ok(joined?),
                }
            }
        };
        if known.disabled {
            return Err(NotSpent::Gone.into());
        }
        if !known.second_factor {
            if app.policy.second_factor.wants_two(known.created, self.now) {
                return Err(NotPassed::NotSetUp.into());
            }
            // Signed first: a key that cannot be used spends no code.
            let (opening, given) = open(known.user, known.epoch, by_phone)?;
            Box::pin(self.spend_code(&app.id, &proof, Arrival::Known(&opening))).await?;
            self.tell_of_new_place(visit, &known.others, proof.sighting(), None).await;
            return Ok(Entered { user: known.user, phone, is_new: false, given });
        }
        let spending = self.compare(&app.id, known.user, otp).await?;
        let (opening, given) = open(known.user, known.epoch, by_phone.and(Method::Otp))?;
        Box::pin(self.spend_code(&app.id, &proof, Arrival::Twice(&opening, &spending))).await?;
        self.tell_of_new_place(visit, &known.others, proof.sighting(), None).await;
        Ok(Entered { user: known.user, phone, is_new: false, given })
    }

    /// Spends the code of a phone that has an account for a ticket to the page of the second factor.
    ///
    /// # Errors
    /// [`NotSpent`]
    pub async fn ticket_by_phone(
        &self,
        app: &AppId,
        proven: Proven,
        attempt: Option<&Attempt>,
    ) -> Result<Ticket, NotSpent> {
        let Proven { phone, proof, identity } = proven;
        let Identity { user, epoch, .. } = identity.ok_or(NotSpent::Gone)?;
        let (nonce, random) = self.marks_of_ticket(app, user, attempt).await?;
        Box::pin(self.spend_code_as(app, &proof, Arrival::Asked, &nonce)).await?;
        let login = Login::Handle(phone.into());
        Ok(Ticket::issue(user, epoch, login, Method::Sms.into(), &random, self.now))
    }

    async fn join_by_phone<T>(
        &self,
        app: &AppId,
        phone: &Phone,
        proof: &SmsProof,
        open: impl Fn(UserId, Epoch) -> Result<(Opening, T), StoreError>,
    ) -> Result<Entered<T>, NotSpent> {
        let user = User { phone: Some(phone.clone()), ..self.new_user() };
        let (opening, given) = open(user.id, user.epoch)?;
        let entered = Entered { user: user.id, phone: phone.clone(), is_new: true, given };
        // No password goes with a phone, so no place is asked for.
        let source = String::new();
        let registration = Registration { user, password: None, challenge: None, opening: Some(opening), source };
        Box::pin(self.spend_code(app, proof, Arrival::New(&registration))).await?;
        Ok(entered)
    }

    async fn spend_code(&self, app: &AppId, proof: &SmsProof, arrival: Arrival<'_>) -> Result<(), NotSpent> {
        self.spend_code_as(app, proof, arrival, &Nonce::draw(&self.random)).await
    }

    async fn spend_code_as(
        &self,
        app: &AppId,
        proof: &SmsProof,
        arrival: Arrival<'_>,
        nonce: &Nonce,
    ) -> Result<(), NotSpent> {
        // That the code was used is for the prefix's breaker; that it could not be noted is no reason to refuse.
        let (spent, _) = tokio::join!(
            self.store.spend_sms_code(app, proof, arrival, nonce, self.now),
            self.note_verified(app, proof),
        );
        spent
    }

    /// Notes that a code was used, where it was charged to its prefix.
    pub(super) async fn note_verified(&self, app: &AppId, proof: &SmsProof) -> Result<(), StoreError> {
        if proof.was_asked_at_home() {
            return Ok(());
        }
        self.store.note_verified(app, proof.phone(), self.now).await
    }
}
