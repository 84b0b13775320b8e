//! A person forgot the password: a link is mailed that sets a new one.

use crate::app::App;
use crate::budget::Spending;
use crate::clock::Seconds;
use crate::code::reset::ResetLink;
use crate::language::Language;
use crate::notify::email::{NotSent, Recipient};
use crate::notify::letter;
use crate::service::Moment;
use crate::service::notice::Notice;
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
        let ResetMail { app, email, language, lifetime } = mail;
        let handle = Handle::Email(email.clone());
        let (link, token) = ResetLink::issue(&app.id, handle, owner, lifetime, &self.random, self.now);
        let charges = self.config.mail_budgets.mail(&app.id, email, owner.is_some());
        let ((), spending) = tokio::try_join!(self.store.put_reset_link(&link), self.store.spend(&charges, self.now))?;
        if let Spending::Suppress(charge) = spending {
            self.report(&Notice::Suppressed { app: &app.id, charge: &charge });
            return Ok(());
        }
        let letter = letter::reset(app, &app.reset_url(&self.config.reset_page(), token), lifetime, language);
        let recipient = owner.map_or(Recipient::Nobody, |_| Recipient::Person(email));
        match self.mailer().send(recipient, letter).await {
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
