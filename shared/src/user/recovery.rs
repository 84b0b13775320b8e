//! A forgotten password: the mail with the link that lets its user back in.

use crate::app::App;
use crate::budget::{Budgets, Charge, Spending};
use crate::clock::{Seconds, Timestamp};
use crate::code::reset::ResetLink;
use crate::language::Language;
use crate::notify::email::{Mailer, NotSent, Recipient};
use crate::notify::letter;
use crate::random::Random;
use crate::store::{Nonce, Store, StoreError};
use crate::user::email::Email;
use crate::user::identity::{Handle, Identity};

/// Somebody who says that they forgot the password that goes with an address.
///
/// For an address that nobody has, the same is read, written and sent, to SES's mailbox simulator: neither the answer
/// nor its time nor a failure tells who is registered.
#[derive(Debug)]
pub struct Recovery<'a> {
    /// Where the link is kept and the mail is charged.
    pub store: &'a Store,
    /// What sends.
    pub mailer: &'a Mailer,
    /// For the link's token.
    pub random: &'a Random,
    /// What mails may be sent.
    pub budgets: &'a Budgets,
    /// In which app.
    pub app: &'a App,
    /// The page that the link opens where the app has none of its own.
    pub page: &'a str,
    /// The address.
    pub email: &'a Email,
    /// In which language to write to it.
    pub language: Language,
    /// How long the link is good.
    pub lifetime: Seconds,
    /// When.
    pub now: Timestamp,
}

/// Why there may be no mail.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMailed {
    /// A budget is used up. Nobody is to notice.
    #[error("the budget of {} is used up", .0.scope.name())]
    Suppressed(Charge),
    /// SES refuses the letter or the address, and would refuse it again. Nobody is to notice: one address that SES refuses
    /// would otherwise tell that it is registered.
    #[error(transparent)]
    Refused(NotSent),
    /// SES did not answer, or is too busy.
    #[error("SES is unavailable: {0}")]
    Unsent(NotSent),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Recovery<'_> {
    /// Mails a link as [`Recovery::mail`] does, unless one was mailed to the address less than
    /// [`crate::code::reset::COOLDOWN`] ago: where the dialect has an address wait.
    ///
    /// # Errors
    /// [`NotMailed`]
    pub async fn mail_once_a_minute(&self, owner: Option<&Identity>) -> Result<(), NotMailed> {
        let (app, nonce) = (&self.app.id, Nonce::draw(self.random));
        let mailed = match self.store.begin_reset_cooldown(app, self.email, &nonce, self.now).await {
            Ok(true) => self.mail(owner).await,
            Ok(false) => return Ok(()),
            Err(error) => Err(error.into()),
        };
        if let Err(NotMailed::Unsent(_) | NotMailed::Store(_)) = &mailed {
            // Whoever is told to come back soon is not to be told "sent" then. If this fails, the address waits its minute.
            let _ = self.store.end_reset_cooldown(app, self.email, &nonce, self.now).await;
        }
        mailed
    }

    /// Mails a link to whoever the address belongs to.
    ///
    /// # Errors
    /// [`NotMailed`]
    pub async fn mail(&self, owner: Option<&Identity>) -> Result<(), NotMailed> {
        let handle = Handle::Email(self.email.clone());
        let (link, token) = ResetLink::issue(&self.app.id, handle, owner, self.lifetime, self.random, self.now);
        let charges = self.budgets.mail(&self.app.id, self.email, owner.is_some());
        let ((), spending) = tokio::try_join!(self.store.put_reset_link(&link), self.store.spend(&charges, self.now))?;
        if let Spending::Suppress(charge) = spending {
            return Err(NotMailed::Suppressed(charge));
        }
        let url = self.app.reset_url(self.page, token);
        let letter = letter::reset(self.app, &url, self.lifetime, self.language);
        let recipient = owner.map_or(Recipient::Nobody, |_| Recipient::Person(self.email));
        self.mailer.send(recipient, letter).await.map_err(|error| match error {
            NotSent::Refused(_) => NotMailed::Refused(error),
            NotSent::Unavailable(_) => NotMailed::Unsent(error),
        })
    }
}
