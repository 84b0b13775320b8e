//! A user gets another e-mail address or phone, which counts once the code that was sent there was typed; and undoes it.

use crate::budget::MailTo;
use crate::clock::Seconds;
use crate::code::digits::Code;
use crate::code::new_email::{LIFETIME, NewEmail};
use crate::code::sms::Purpose;
use crate::code::undo::{self, UndoLink};
use crate::language::Language;
use crate::notify::email::{NotSent, Recipient};
use crate::notify::letter::{self, Event, Undoable};
use crate::service::Moment;
use crate::service::confirmation::{Confirmed, Owner};
use crate::service::notice::{Notice, UnfinishedStep};
use crate::service::payment::Payment;
use crate::service::phone::{NotCoded, TextTo};
use crate::service::tell::News;
use crate::session::attempt::FormDigest;
use crate::session::device::Device;
use crate::store::{
    Asker, HandleNotChanged, NewEmailNotProven, NoNewEmailCode, Nonce, NotProven, NotUndone, SmsGuess, StoreError,
    Undoing, Withdrawal,
};
use crate::token::opaque::OpaqueToken;
use crate::user::User;
use crate::user::email::Email;
use crate::user::phone::Phone;

/// Why no code is mailed to a new address.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// The session's last code was mailed less than a minute ago.
    #[error("the session waits for {0} s")]
    Cooling(Seconds),
    /// The session has ended, or its user moved on.
    #[error("the session is dead")]
    Dead,
    /// SES did not answer, or is too busy.
    #[error("SES is unavailable: {0}")]
    Unsent(NotSent),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NoNewEmailCode> for NotAsked {
    fn from(error: NoNewEmailCode) -> Self {
        match error {
            NoNewEmailCode::Cooling(wait) => Self::Cooling(wait),
            NoNewEmailCode::Dead => Self::Dead,
            NoNewEmailCode::Store(error) => Self::Store(error),
        }
    }
}

/// Why a new address or phone does not count.
#[derive(Debug, thiserror::Error)]
pub enum NotMoved {
    /// The code differs.
    #[error("the code differs")]
    Wrong,
    /// No code is alive: it is too old, was used, or its tries are used up.
    #[error("no live code is on record")]
    Dead,
    /// Somebody in this app has the address. Only its owner, who read the code, is told.
    #[error("the address is taken")]
    Taken,
    /// The address was changed too often within the last days.
    #[error("no change for {0} s")]
    TooOften(Seconds),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NewEmailNotProven> for NotMoved {
    fn from(error: NewEmailNotProven) -> Self {
        match error {
            NewEmailNotProven::Dead => Self::Dead,
            NewEmailNotProven::Wrong => Self::Wrong,
            NewEmailNotProven::Store(error) => Self::Store(error),
        }
    }
}

impl From<NotProven> for NotMoved {
    fn from(error: NotProven) -> Self {
        match error {
            NotProven::NoCode | NotProven::Expired => Self::Dead,
            NotProven::Wrong => Self::Wrong,
            NotProven::Store(error) => Self::Store(error),
        }
    }
}

impl From<HandleNotChanged> for NotMoved {
    fn from(error: HandleNotChanged) -> Self {
        match error {
            HandleNotChanged::Taken => Self::Taken,
            HandleNotChanged::Dead => Self::Dead,
            HandleNotChanged::TooOften(wait) => Self::TooOften(wait),
            HandleNotChanged::Store(error) => Self::Store(error),
        }
    }
}

impl Moment {
    /// Mails a code to an address that the user wants. No account is looked up: an address that somebody has is written to like
    /// any other, so neither the answer nor its time tells. A budget that is used up holds the mail back with the same answer, and
    /// then the code that was mailed last is the one on record.
    ///
    /// # Errors
    /// [`NotAsked`]
    pub async fn ask_new_email(&self, owner: Owner<'_>, _: &Confirmed, email: &Email) -> Result<(), NotAsked> {
        let (new, code) = (new_email(owner, email), Code::draw(&self.random));
        let wish = FormDigest::of_wish(new.session, email.as_str(), new.app, self.ring().await?);
        let nonce = Nonce::of_form(&wish, &self.random);
        let sources = self.config.sources(owner.device.address());
        let own = self.pay_own(self.config.mail_budgets.mail(&owner.app.id, email, MailTo::New, sources));
        let put = Box::pin(self.store.put_new_email_code(new, &code, &nonce, self.now));
        let (former, paid) = self.beside(own, put).await?;
        let late = || Err(NotAsked::Unsent(NotSent::Unknown("no time was left".to_owned())));
        let mailed = match paid {
            Ok(payment) => {
                let mailed = Box::pin(self.mail_new_email(owner, email, &code, payment));
                self.in_time(mailed).await.unwrap_or_else(late)
            }
            Err(error) => Err(error.into()),
        };
        let (answer, withdrawal) = match mailed {
            Ok(true) => return Ok(()),
            Ok(false) => (Ok(()), Withdrawal::Held),
            // It may have arrived.
            Err(error @ NotAsked::Unsent(NotSent::Unknown(_))) => (Err(error), Withdrawal::Unknown),
            Err(error) => (Err(error), Withdrawal::Unsent),
        };
        if let Err(error) = self.store.withdraw_new_email_code(new, former.as_ref(), withdrawal, &nonce).await {
            self.report(&Notice::Unfinished { step: UnfinishedStep::WithdrawNewEmailCode, cause: &error });
        }
        answer
    }

    /// Whether the code that the session waits for was asked for this very address: the form was sent twice.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn has_asked_for_email(&self, owner: Owner<'_>, email: &Email) -> Result<bool, StoreError> {
        self.store.is_new_email_asked(new_email(owner, email), self.now).await
    }

    /// Whether the code that the phone waits for was asked by this very session, to make the phone its user's.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn has_asked_for_phone(&self, owner: Owner<'_>, phone: &Phone) -> Result<bool, StoreError> {
        self.store.is_new_phone_asked(&owner.app.id, phone, &owner.session.id, self.now).await
    }

    /// Whether the mail left; `false`: a budget or SES refused it.
    async fn mail_new_email(
        &self,
        owner: Owner<'_>,
        email: &Email,
        code: &Code,
        payment: Payment,
    ) -> Result<bool, NotAsked> {
        let Owner { app, language, .. } = owner;
        let payment = self.pay_shared(payment).await?;
        if !payment.is_good() {
            self.give_back_if_held(&app.id, &payment).await;
            return Ok(false);
        }
        let letter = letter::new_email(app, code, LIFETIME, language);
        match self.mailer().send(Recipient::Person(email), letter).await {
            Ok(()) => Ok(true),
            Err(refusal @ NotSent::Refused(_)) => {
                self.report(&Notice::Unmailed { app: &app.id, cause: &refusal });
                Ok(false)
            }
            Err(error) => Err(NotAsked::Unsent(error)),
        }
    }

    /// Counts a try of the code, compares it, and makes the address the user's. The session that asks stays, the others end. The former
    /// address, if it was proven, is mailed a link that undoes the change.
    ///
    /// A user who has the address already is told that it is done: the answer of the request that did it may have been lost.
    ///
    /// # Errors
    /// [`NotMoved`]
    pub async fn move_to_email(&self, owner: Owner<'_>, email: &Email, code: &Code) -> Result<(), NotMoved> {
        let Owner { app, user, .. } = owner;
        let is_proven = user.email_proof.is_proven();
        if user.email.as_ref() == Some(email) {
            return if is_proven { Ok(()) } else { Err(NotMoved::Dead) };
        }
        let new = new_email(owner, email);
        let proof = self.store.try_new_email_code(new, code, self.now).await?;
        // An address that was never proven may be a stranger's, who must not be given the account.
        let former = user.email.as_ref().filter(|_| is_proven);
        let undo = former.map(|former| UndoLink::issue(&app.id, user.id, former, &self.random, self.now));
        let (link, token) = undo.unzip();
        let nonce = Nonce::draw(&self.random);
        let moved = self.store.change_email(new, &proof, link.as_ref(), &nonce, self.now).await;
        if let (Some(former), Some(token)) = (former, token)
            && self.is_moved(&moved, self.store.undo_link(&token, self.now), Option::is_some).await
        {
            self.tell_former_address(owner, former, token).await;
        }
        moved?;
        Ok(())
    }

    /// Whether the change was made. Where the answer of the store got lost, it is looked for what the change leaves: a retry is told that
    /// it is done, and would tell nobody.
    async fn is_moved<T>(
        &self,
        moved: &Result<(), HandleNotChanged>,
        look: impl Future<Output = Result<T, StoreError>>,
        is_there: impl FnOnce(&T) -> bool,
    ) -> bool {
        match moved {
            Ok(()) => true,
            Err(HandleNotChanged::Store(_)) => {
                let looked = Box::pin(self.in_time(look)).await;
                looked.and_then(Result::ok).is_some_and(|found| is_there(&found))
            }
            Err(_) => false,
        }
    }

    /// The mail is charged to nobody: each change was paid for with the mail that had its code, and a budget that somebody used up
    /// must not keep the owner from hearing of it.
    async fn tell_former_address(&self, owner: Owner<'_>, former: &Email, token: OpaqueToken) {
        let Owner { app, device, language, .. } = owner;
        let link = format!("{}{UNDO_PAGE}?token={}", self.config.public_url, token.reveal());
        let letter = letter::email_changed(
            app,
            Undoable { when: self.now, device, link: &link, lifetime: undo::LIFETIME },
            language,
        );
        let step = UnfinishedStep::TellFormerAddress;
        match self.in_time(Box::pin(self.mailer().send(Recipient::Person(former), letter))).await {
            Some(Ok(())) => {}
            Some(Err(cause)) => self.report(&Notice::Unmailed { app: &app.id, cause: &cause }),
            None => self.report(&Notice::Unfinished { step, cause: &"no time was left" }),
        }
    }

    /// Texts a code to a phone that the user wants, as [`Moment::text_code`] does: nobody is looked up.
    ///
    /// # Errors
    /// [`NotCoded`]
    pub async fn ask_new_phone(&self, owner: Owner<'_>, _: &Confirmed, phone: &Phone) -> Result<(), NotCoded> {
        let Owner { app, user, session, device, language } = owner;
        let purpose = Purpose::NewPhone { user: user.id, session: &session.id };
        let to = TextTo { phone, source: device.address(), language, purpose };
        let asked = self.ask_code(&app.id, to).await?;
        self.text_code(app, to, asked).await
    }

    /// Counts a try of the code, compares it, and makes the phone the user's. The session that asks stays, the others end. The user is
    /// told by mail.
    ///
    /// # Errors
    /// [`NotMoved`]
    pub async fn move_to_phone(&self, owner: Owner<'_>, phone: &Phone, code: &Code) -> Result<(), NotMoved> {
        let Owner { app, user, session, device, language } = owner;
        if user.phone.as_ref() == Some(phone) {
            return Ok(());
        }
        let purpose = Purpose::NewPhone { user: user.id, session: &session.id };
        let guess = SmsGuess { app: &app.id, phone, source: device.address(), purpose, now: self.now };
        let proof = self.store.guess_sms_code(&guess, code).await?;
        let nonce = Nonce::draw(&self.random);
        // That the code was used is for the prefix's breaker; that it could not be noted is no reason to refuse.
        let (moved, _) = tokio::join!(
            self.store.change_phone(&app.id, Asker { user, session: &session.id }, &proof, &nonce, self.now),
            self.note_verified(&app.id, &proof),
        );
        let has_it = |found: &Option<User>| found.as_ref().is_some_and(|user| user.phone.as_ref() == Some(phone));
        if self.is_moved(&moved, self.store.user(&app.id, user.id), has_it).await {
            self.tell(News { app, event: Event::PhoneChanged, device, language }, &user.handles()).await;
        }
        moved?;
        Ok(())
    }

    /// What the link in the mail to a former address is now.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn undo_link(&self, token: &OpaqueToken) -> Result<Option<Undoing>, StoreError> {
        self.store.undo_link(token, self.now).await
    }

    /// Gives a user the former address back, and ends every session. The address that the user had until then is told.
    ///
    /// # Errors
    /// [`NotUndone`]
    pub async fn undo_email_change(
        &self,
        link: &UndoLink,
        device: &Device,
        language: Language,
    ) -> Result<(), NotUndone> {
        if let Some(lost) = self.store.undo_email_change(link, &Nonce::draw(&self.random), self.now).await? {
            self.tell_lost_address(link, &lost, device, language).await;
        }
        Ok(())
    }

    /// The mail is charged to nobody: the change was paid for, and can be undone once.
    async fn tell_lost_address(&self, link: &UndoLink, lost: &Email, device: &Device, language: Language) {
        let Ok(Some(app)) = self.enabled_app(&link.app).await else { return };
        let letter = letter::email_restored(&app, self.now, device, language);
        match self.in_time(Box::pin(self.mailer().send(Recipient::Person(lost), letter))).await {
            Some(Ok(())) => {}
            Some(Err(cause)) => self.report(&Notice::Unmailed { app: &app.id, cause: &cause }),
            None => self.report(&Notice::Unfinished { step: UnfinishedStep::Tell, cause: &"no time was left" }),
        }
    }
}

/// The page of the link that undoes a change of the address.
pub const UNDO_PAGE: &str = "/account/undo-email";

fn new_email<'a>(owner: Owner<'a>, email: &'a Email) -> NewEmail<'a> {
    NewEmail { app: &owner.app.id, user: owner.user, session: &owner.session.id, email }
}
