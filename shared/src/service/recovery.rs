//! A person forgot the password: a link is mailed that sets a new one.

use crate::app::App;
use crate::budget::MailTo;
use crate::clock::Seconds;
use crate::code::reset::ResetLink;
use crate::language::Language;
use crate::notify::email::{NotSent, Recipient};
use crate::notify::letter;
use crate::service::Moment;
use crate::service::notice::Notice;
use crate::service::payment::Payment;
use crate::store::{Nonce, StoreError};
use crate::user::email::Email;
use crate::user::identity::{Handle, Identity};

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

impl Moment {
    /// The account of an address, if there is one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn owner_of(&self, app: &App, email: &Email) -> Result<Option<Identity>, StoreError> {
        self.store.identity(&app.id, &Handle::Email(email.clone()), self.now).await
    }

    /// Mails a link as [`Moment::mail_reset`] does, unless one was mailed to the address less than
    /// [`crate::code::reset::COOLDOWN`] ago: where the dialect has an address wait.
    ///
    /// # Errors
    /// [`NotMailed`]
    pub async fn mail_reset_once_a_minute(
        &self,
        mail: ResetMail<'_>,
        owner: Option<&Identity>,
    ) -> Result<(), NotMailed> {
        let (app, nonce) = (&mail.app.id, Nonce::draw(&self.random));
        let mailed = match self.store.begin_reset_cooldown(app, mail.email, &nonce, self.now).await {
            Ok(true) => self.mail_reset(mail, owner).await,
            Ok(false) => return Ok(()),
            Err(error) => Err(error.into()),
        };
        if mailed.is_err() {
            // A client that is told to come back soon must not be told "sent" then. If this fails, the address waits its minute.
            let _ = self.store.end_reset_cooldown(app, mail.email, &nonce, self.now).await;
        }
        mailed
    }

    /// Mails a link to the owner of the address. A budget that is used up holds the mail back, and nobody is to notice.
    ///
    /// # Errors
    /// [`NotMailed`]
    pub async fn mail_reset(&self, mail: ResetMail<'_>, owner: Option<&Identity>) -> Result<(), NotMailed> {
        let late = || Err(NotMailed::Unsent(NotSent::Unknown("no time was left".to_owned())));
        // Boxed: it waits for a few calls at once, and each is a future of kilobytes.
        self.in_time(Box::pin(self.pay_and_mail(mail, owner))).await.unwrap_or_else(late)
    }

    async fn pay_and_mail(&self, mail: ResetMail<'_>, owner: Option<&Identity>) -> Result<(), NotMailed> {
        let ResetMail { app, email, source, .. } = mail;
        let to = if owner.is_some() { MailTo::User } else { MailTo::Nobody };
        let bill = self.config.mail_budgets.mail(&app.id, email, to, self.config.sources(source));
        let payment = self.pay_own(bill).await?;
        if payment.is_good() {
            return self.write_and_mail(mail, owner, payment).await;
        }
        // The source and the address of a user have the quotas that those of nobody have: that it goes to no one tells nothing.
        self.give_back_if_held(&app.id, &payment).await;
        Ok(())
    }

    /// A user's mail that is held back goes to the simulator, as nobody's does: the answer takes the same time.
    async fn write_and_mail(
        &self,
        mail: ResetMail<'_>,
        owner: Option<&Identity>,
        payment: Payment,
    ) -> Result<(), NotMailed> {
        let ResetMail { app, email, language, lifetime, .. } = mail;
        let handle = Handle::Email(email.clone());
        let (link, token) = ResetLink::issue(&app.id, handle, owner, lifetime, &self.random, self.now);
        let ((), payment) = tokio::try_join!(self.store.put_reset_link(&link), self.pay_shared(payment))?;
        let letter = letter::reset(app, &app.reset_url(&self.config.reset_page(), token), lifetime, language);
        let recipient = match owner {
            Some(_) if payment.is_good() => Recipient::Person(email),
            _ => Recipient::Nobody,
        };
        let (sent, ()) = tokio::join!(self.mailer().send(recipient, letter), self.give_back_if_held(&app.id, &payment));
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
