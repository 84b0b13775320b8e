//! Users are told by mail what happened to their account: a new password, a sign-in from a new place, a client that was let in.
//!
//! A user whose mailbox or password is in other hands learns of it here. It is best effort: nothing waits for it that the user asked for,
//! and no failure of it is one of the request's.

use crate::app::App;
use crate::budget::MailTo;
use crate::language::Language;
use crate::notify::email::Recipient;
use crate::notify::letter::{self, Event};
use crate::service::Moment;
use crate::service::notice::{Notice, UnfinishedStep};
use crate::session::device::Device;
use crate::user::email::Email;
use crate::user::identity::Handle;

/// Something to tell a user of.
#[derive(Clone, Copy, Debug)]
pub struct News<'a> {
    /// In which app.
    pub app: &'a App,
    /// What.
    pub event: Event<'a>,
    /// By whom: where they did it, and with what.
    pub device: &'a Device,
    /// In which language to write.
    pub language: Language,
}

impl Moment {
    /// Tells the user of `handles`, if an e-mail address is among them, that a link from a mail is used. That mail was charged:
    /// nothing more is.
    pub(super) async fn tell_of_link(&self, news: News<'_>, handles: &[Handle]) {
        if let Some(email) = address(handles) {
            self.tell_in_time(Box::pin(self.write_to(news, email))).await;
        }
    }

    /// The same of what somebody may do as often as they like: budgets of its own hold it back.
    pub async fn tell(&self, news: News<'_>, handles: &[Handle]) {
        if let Some(email) = address(handles) {
            self.tell_in_time(Box::pin(self.pay_and_write_to(news, email))).await;
        }
    }

    async fn pay_and_write_to(&self, news: News<'_>, email: &Email) {
        let app = &news.app.id;
        let bill = self.config.mail_budgets.mail(app, email, MailTo::Told, Vec::new());
        let paid = match self.pay_own(bill).await {
            Ok(payment) => self.pay_shared(payment).await,
            Err(error) => Err(error),
        };
        match paid {
            Ok(payment) if payment.is_good() => self.write_to(news, email).await,
            Ok(payment) => self.give_back_if_held(app, &payment).await,
            Err(error) => self.report(&Notice::Unfinished { step: UnfinishedStep::Tell, cause: &error }),
        }
    }

    async fn write_to(&self, news: News<'_>, email: &Email) {
        let News { app, event, device, language } = news;
        let letter = letter::told(app, event, self.now, device, language);
        if let Err(cause) = self.mailer().send(Recipient::Person(email), letter).await {
            self.report(&Notice::Unmailed { app: &app.id, cause: &cause });
        }
    }

    async fn tell_in_time(&self, told: impl Future<Output = ()>) {
        if self.in_time(told).await.is_none() {
            self.report(&Notice::Unfinished { step: UnfinishedStep::Tell, cause: &"no time was left" });
        }
    }
}

fn address(handles: &[Handle]) -> Option<&Email> {
    handles.iter().find_map(|handle| if let Handle::Email(email) = handle { Some(email) } else { None })
}
