//! Ceilings on what Latchet sends: they bound what pumping and mischief can cost.
//!
//! A message is charged to each of its scopes, the narrowest first, and sent only if all of them have room today. So a
//! block of numbers that is pumped uses up its own budget and nobody else's, and the deployment's budget times the
//! price of a message is the most that a day can cost (docs/sms.md).

use crate::clock::{Seconds, Timestamp};
use crate::id::AppId;
use crate::user::email::Email;
use crate::user::phone::Phone;

/// The length of a budget's day, which begins at midnight UTC.
pub const DAY: Seconds = Seconds::days(1);

/// How many messages may be sent in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// To the numbers of one prefix, or the addresses of one domain.
    pub prefix: u32,
    /// By one app.
    pub app: u32,
    /// By the deployment.
    pub deployment: u32,
    /// How many codes may go to a prefix, beyond those that were used, until it is cut off. A code that is used makes
    /// up for [`VERIFIED_IS_WORTH`] that are not.
    pub breaker: Option<u32>,
}

/// A prefix whose codes are used one time in five stays open, however many it is sent.
pub const VERIFIED_IS_WORTH: i32 = 4;

/// How many mails one address is sent in an hour, and in a day.
const MAILS_TO_ONE: (u32, u32) = (5, 10);

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Text messages.
    Sms,
    /// Mail.
    Mail,
    /// Mail to addresses that nobody registered. It goes to nobody and is charged like the other, so that neither the
    /// answer nor its time tells them apart, to budgets of its own, so that it uses up nobody's.
    MailToNobody,
}

impl Channel {
    /// The name, in keys and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Mail => "mail",
            Self::MailToNobody => "nobody",
        }
    }
}

/// Whose budget.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One mail address of an app.
    Address(AppId, Email),
    /// A block of ten thousand numbers, or a mail domain.
    Prefix(String),
    /// An app.
    App(AppId),
    /// The deployment.
    Deployment,
}

impl Scope {
    /// The name, in keys and in the log.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Address(..) => "address",
            Self::Prefix(_) => "prefix",
            Self::App(_) => "app",
            Self::Deployment => "deployment",
        }
    }
}

/// One message, charged to one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// By what.
    pub channel: Channel,
    /// To whom.
    pub scope: Scope,
    /// The most in a day.
    pub cap: u32,
    /// The most in an hour.
    pub hourly: Option<u32>,
    /// The most that may be open: sent and not used.
    pub breaker: Option<u32>,
}

impl Budgets {
    /// What a code for `phone` is charged to.
    #[must_use]
    pub fn text_message(&self, app: &AppId, phone: &Phone) -> Vec<Charge> {
        let mut charges = self.scopes(Channel::Sms, phone.prefix(), app);
        charges[0].breaker = self.breaker;
        charges.into()
    }

    /// What a mail to `email` is charged to.
    #[must_use]
    pub fn mail(&self, app: &AppId, email: &Email, known: bool) -> Vec<Charge> {
        let channel = if known { Channel::Mail } else { Channel::MailToNobody };
        let (hourly, cap) = MAILS_TO_ONE;
        let scope = Scope::Address(app.clone(), email.clone());
        let one = Charge { channel, scope, cap, hourly: Some(hourly), breaker: None };
        std::iter::once(one).chain(self.scopes(channel, email.domain(), app)).collect()
    }

    fn scopes(&self, channel: Channel, prefix: &str, app: &AppId) -> [Charge; 3] {
        let charge = |scope, cap| Charge { channel, scope, cap, hourly: None, breaker: None };
        [
            charge(Scope::Prefix(prefix.to_owned()), self.prefix),
            charge(Scope::App(app.clone()), self.app),
            charge(Scope::Deployment, self.deployment),
        ]
    }
}

/// The number of the day that `now` lies in.
#[must_use]
pub const fn day_of(now: Timestamp) -> i64 {
    now.unix().div_euclid(DAY.0)
}

/// What became of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spending {
    /// Every scope had room: send.
    Send,
    /// This scope had none: do not send, and let nobody notice.
    Suppress(Charge),
}

/// What a scope has used up today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Messages that were sent.
    pub sent: u32,
    /// Of a prefix: codes that were sent and not used, less what the used ones make up for.
    pub open: i64,
    /// Messages that another scope held back.
    pub held: u32,
}

#[cfg(test)]
mod tests {
    use super::{Budgets, Channel, Scope};

    const BUDGETS: Budgets = Budgets { prefix: 1, app: 2, deployment: 3, breaker: Some(4) };

    #[test]
    fn a_text_message_is_charged_to_its_prefix_first_and_only_there_to_the_breaker() {
        let (app, phone) = ("demo".parse().expect("an app id"), "+8613812345678".parse().expect("E.164"));
        let charges = BUDGETS.text_message(&app, &phone);
        assert_eq!(charges[0].scope, Scope::Prefix("+861381234".to_owned()));
        let caps: Vec<_> = charges.iter().map(|charge| (charge.scope.name(), charge.cap, charge.breaker)).collect();
        assert_eq!(caps, [("prefix", 1, Some(4)), ("app", 2, None), ("deployment", 3, None)]);
    }

    #[test]
    fn mail_to_nobody_has_the_same_charges_in_a_book_of_its_own() {
        let (app, email) = ("demo".parse().expect("an app id"), "ada@example.com".parse().expect("an address"));
        let (known, unknown) = (BUDGETS.mail(&app, &email, true), BUDGETS.mail(&app, &email, false));
        assert_eq!(known[1].scope, Scope::Prefix("example.com".to_owned()));
        assert_eq!(known.len(), unknown.len());
        for (known, unknown) in known.iter().zip(&unknown) {
            assert_eq!((&known.scope, known.cap, known.hourly), (&unknown.scope, unknown.cap, unknown.hourly));
            assert_eq!((known.channel, unknown.channel), (Channel::Mail, Channel::MailToNobody));
        }
    }
}
