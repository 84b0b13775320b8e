//! A person forgot the password: a link is mailed that sets a new one.

use crate::app::App;
use crate::budget::MailTo;
use crate::clock::Seconds;
use crate::code::reset::ResetLink;
use crate::language::Language;
use crate::notify::email::{NotSent, Recipient};
use crate::notify::letter;
use crate::refill::Reserve;
use crate::service::Moment;
use crate::service::notice::Notice;
use crate::service::payment::{Advance, Payment};
use crate::store::{Held, Minute, Nonce, StoreError};
use crate::token::opaque::OpaqueToken;
use crate::user::email::Email;
use crate::user::identity::{Handle, Identity};
use crate::user::lockout::Place;

/// A mail with a reset link.
///
/// For an address without an account, the same is read, written and sent, to SES's mailbox simulator: neither the answer
/// nor its time nor a failure tells who is registered.
#[derive(Clone, Copy, Debug)]
pub struct ResetMail<'a> {
    /// In which app.
    pub app: &'a App,
    /// The address.
    pub email: &'a Email,
    /// The network address that asks for it.
    pub source: &'a str,
    /// In which language to write to it.
    pub language: Language,
    /// How long the link is good.
    pub lifetime: Seconds,
}

/// Why there is no mail that the caller is to know of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMailed {
    /// SES did not answer, or is too busy.
    #[error("SES is unavailable: {0}")]
    Unsent(NotSent),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose an address is that a link is asked for, and what those who ask have paid for it.
#[derive(Debug)]
pub struct AskedReset {
    owner: Option<Identity>,
    advance: Advance,
}

/// Why a mail is not begun.
enum NotBegun {
    /// The last one is less than a minute old.
    Cooling,
    Store(StoreError),
}

impl From<StoreError> for NotBegun {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Moment {
    /// The account of an address, if there is one, while those who ask pay for a mail to it: whether or not there is one, they have
    /// the same quotas.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn ask_reset(&self, mail: ResetMail<'_>) -> Result<AskedReset, StoreError> {
        let ResetMail { app, email, source, .. } = mail;
        let bill = self.config.mail_budgets.mail(&app.id, email, MailTo::User, self.config.sources(source));
        let handle = Handle::Email(email.clone());
        let (owner, advance) =
            tokio::join!(self.store.identity(&app.id, &handle, self.now), Box::pin(self.pay_ahead(bill)));
        Ok(AskedReset { owner: owner?, advance: advance? })
    }

    /// Mails a link as [`Moment::mail_reset`] does, unless one was mailed to the address less than
    /// [`crate::code::reset::COOLDOWN`] ago: where the dialect has an address wait.
    ///
    /// # Errors
    /// [`NotMailed`]
    pub async fn mail_reset_once_a_minute(&self, mail: ResetMail<'_>, asked: AskedReset) -> Result<(), NotMailed> {
        let nonce = Nonce::draw(&self.random);
        let mailed = self.mail_reset_in_time(mail, asked, Some(&nonce)).await;
        if mailed.is_err() {
            // A client that is told to come back soon must not be told "sent" then. If this fails, the address waits its minute.
            let _ = self.store.end_reset_cooldown(&mail.app.id, mail.email, &nonce, self.now).await;
        }
        mailed
    }

    /// Mails a link to the owner of the address. A budget that is used up holds the mail back, and nobody is to notice.
    ///
    /// # Errors
    /// [`NotMailed`]
    pub async fn mail_reset(&self, mail: ResetMail<'_>, asked: AskedReset) -> Result<(), NotMailed> {
        self.mail_reset_in_time(mail, asked, None).await
    }

    async fn mail_reset_in_time(
        &self,
        mail: ResetMail<'_>,
        asked: AskedReset,
        minute: Option<&Nonce>,
    ) -> Result<(), NotMailed> {
        let late = || Err(NotMailed::Unsent(NotSent::Unknown("no time was left".to_owned())));
        // Boxed: it waits for a few calls at once, and each is a future of kilobytes.
        self.in_time(Box::pin(self.write_and_mail(mail, asked, minute))).await.unwrap_or_else(late)
    }

    async fn write_and_mail(
        &self,
        mail: ResetMail<'_>,
        AskedReset { owner, advance }: AskedReset,
        minute: Option<&Nonce>,
    ) -> Result<(), NotMailed> {
        let ResetMail { app, email, lifetime, .. } = mail;
        let payment = self.claim(advance);
        if payment.is_stopped_by_client() {
            self.give_back_if_held(&app.id, &payment).await;
            return Ok(());
        }
        let at_known_place = self.is_at_known_place(mail, owner.as_ref()).await?;
        let payment = match &owner {
            Some(owner) if at_known_place => payment.at_known_place(reserve_of(owner)),
            Some(_) => payment.masked(),
            None => payment.masked().for_nobody(),
        };
        let minute = minute.map(|nonce| Minute { nonce, at_known_place, is_held: payment.is_masked() });
        let handle = Handle::Email(email.clone());
        let (link, token) = ResetLink::issue(&app.id, handle, owner.as_ref(), lifetime, &self.random, self.now);
        let write = async {
            // A link that nobody is mailed opens nothing for anybody.
            let (begun, put) = tokio::join!(self.begin_minute(mail, minute), self.store.put_reset_link(&link));
            begun.and(put.map_err(NotBegun::from))
        };
        match self.beside(self.pay_shared(payment), Box::pin(write)).await {
            Ok(((), paid)) => {
                let paid = paid?;
                let sent = self.send_link(mail, owner.is_some(), token, &paid);
                let (sent, ()) = tokio::join!(sent, self.end_minute_if_held(mail, minute, &paid));
                sent
            }
            Err(NotBegun::Cooling) => Ok(()),
            Err(NotBegun::Store(error)) => Err(error.into()),
        }
    }

    /// Whether the owner of the address came in before from where the mail is asked for.
    async fn is_at_known_place(&self, mail: ResetMail<'_>, owner: Option<&Identity>) -> Result<bool, StoreError> {
        let place = Place::of(mail.source, &mail.app.id, self.ring().await?);
        Ok(owner.is_some_and(|owner| owner.tries.knows(&place)))
    }

    async fn begin_minute(&self, mail: ResetMail<'_>, minute: Option<Minute<'_>>) -> Result<(), NotBegun> {
        let Some(minute) = minute else { return Ok(()) };
        let begun = self.store.begin_reset_cooldown(&mail.app.id, mail.email, minute, self.now).await?;
        if begun { Ok(()) } else { Err(NotBegun::Cooling) }
    }

    /// Nobody waits for a mail that was not sent. Strangers do where a budget of others held it back: nobody's mail is held back by
    /// one, and the two must not be told apart. If it cannot be noted, the owner waits for the rest of the minute.
    async fn end_minute_if_held(&self, mail: ResetMail<'_>, minute: Option<Minute<'_>>, payment: &Payment) {
        let Some(Minute { nonce, .. }) = minute.filter(|minute| !payment.is_good() && !minute.is_held) else { return };
        let _ = self.store.note_reset_held(&mail.app.id, mail.email, nonce, Held::ByOthers, self.now).await;
    }

    /// A user's mail that is held back goes to the simulator, as nobody's does: the answer takes the same time.
    async fn send_link(
        &self,
        mail: ResetMail<'_>,
        is_known: bool,
        token: OpaqueToken,
        payment: &Payment,
    ) -> Result<(), NotMailed> {
        let ResetMail { app, email, language, lifetime, .. } = mail;
        let letter = letter::reset(app, &app.reset_url(&self.config.reset_page(), token), lifetime, language);
        let recipient = if is_known && payment.is_good() { Recipient::Person(email) } else { Recipient::Nobody };
        let (sent, ()) = tokio::join!(self.mailer().send(recipient, letter), self.give_back_if_held(&app.id, payment));
        match sent {
            Ok(()) => Ok(()),
            // Nobody is to notice: one address that SES refuses would otherwise tell that it is registered.
            Err(refusal @ NotSent::Refused(_)) => {
                self.report(&Notice::Unmailed { app: &app.id, cause: &refusal });
                Ok(())
            }
            Err(error @ (NotSent::Busy(_) | NotSent::Unknown(_))) => Err(NotMailed::Unsent(error)),
        }
    }
}

/// What an address's owner may take of what is kept for known places. Anybody can sign up with a made-up address, and be at home where
/// they did: they leave half of it to those who have proven theirs.
pub(super) const fn reserve_of(owner: &Identity) -> Reserve {
    if owner.proven { Reserve::Whole } else { Reserve::Half }
}
