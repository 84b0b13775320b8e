//! Ceilings on what Latchet sends: they bound what pumping and mischief can cost, and who pays for it.
//!
//! A message is charged first to those who are behind it: the network that asked, and the address that it goes to. Only if
//! they have some of their quota left, it is charged to what others pay from, too: the block of numbers or mail domain, the app, the
//! deployment. So a source that asks for too much uses up what is its own, an app what is its own, and the deployment's budget bounds
//! what a day can cost (docs/sms.md).
//!
//! Somebody who asks from a place where they came in before pays from quotas that no stranger can use up: one of their own, and a reserve
//! of app and deployment. Each quota refills one by one: none is zero for a day.

use crate::clock::{Seconds, Timestamp};
use crate::id::AppId;
use crate::network::{Breadth, Source};
use crate::refill::{Refill, Reserve};
use crate::user::email::Email;
use crate::user::phone::Phone;

/// The length of a budget's day, which begins at midnight UTC.
pub const DAY: Seconds = Seconds::days(1);

/// How many messages may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// For one source, in an hour.
    pub source: u32,
    /// To the numbers of one prefix, or the addresses of one domain, by one app in a day. All apps together may send
    /// [`OF_ALL_APPS`] times as many.
    pub prefix: u32,
    /// By one app in a day.
    pub app: u32,
    /// By the deployment in a day.
    pub deployment: u32,
    /// How many of an app's codes may go to a prefix, beyond those that were used, until it is cut off for the app. A code that is used
    /// makes up for [`VERIFIED_IS_WORTH`] that are not, and one more may go in each [`BREAKER_OPENS`].
    pub breaker: Option<u32>,
}

/// A prefix whose codes are used one time in five stays open, however many it is sent.
pub const VERIFIED_IS_WORTH: i32 = 4;

/// How long a prefix that is cut off waits for the next code.
pub const BREAKER_OPENS: Seconds = Seconds::minutes(30);

/// How many times what one app may send to a prefix all apps together may.
const OF_ALL_APPS: u32 = 5;

/// How many times what an IPv6 /64 is sent its /48 is.
const OF_A_WIDE_SOURCE: u32 = 4;

/// How many mails one address is sent; and again as many that are asked for from where its owner came in before.
const MAILS_TO_ONE: Refill = Refill { burst: 5, every: Seconds::minutes(30) };

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Text messages.
    Sms,
    /// Mail to users.
    Mail,
    /// Mail to those who sign up. Anybody can sign up with addresses of others: what that uses up, nobody who forgot a
    /// password misses.
    MailToNew,
    /// Mail that tells users what happened to their account.
    MailToTold,
    /// Mail to addresses that nobody registered. It goes to nobody, so it has no ceiling but that of its source and address, which
    /// are those of mail to users: neither the answer nor its time tells the two apart, whatever was used up.
    MailToNobody,
}

impl Channel {
    /// The name, in keys and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Mail => "mail",
            Self::MailToNew => "new",
            Self::MailToTold => "told",
            Self::MailToNobody => "nobody",
        }
    }
}

/// To whom a mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTo {
    /// To a user who forgot the password.
    User,
    /// To a user who has not proven the address.
    New,
    /// To a user who is told what happened to their account.
    Told,
    /// To nobody, in place of the user that an address does not have.
    Nobody,
}

/// Whose budget.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A network that requests come from.
    Source(Source),
    /// One mail address of an app.
    Address(AppId, Email),
    /// A network from which somebody comes in by a phone that was proven there.
    KnownSource(Source),
    /// One mail address of an app, for its owner at a place that is known.
    KnownAddress(AppId, Email),
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
            Self::Source(_) => "source",
            Self::Address(..) => "address",
            Self::KnownSource(_) => "known_source",
            Self::KnownAddress(..) => "known_address",
            Self::Prefix(_) => "prefix",
            Self::App(_) => "app",
            Self::Deployment => "deployment",
        }
    }
}

/// One message, charged to one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// In which book.
    pub channel: Channel,
    /// To whom.
    pub scope: Scope,
    /// How much there is.
    pub limit: Limit,
}

/// How much a scope has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A quota that refills.
    Refill(Refill),
    /// A quota that refills, and is full with each day. It takes one write, whatever is left of it.
    Daily(Daily),
}

/// What a scope has in a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Daily {
    /// The most; `None` for what is only counted.
    pub cap: Option<Refill>,
    /// The most for one app of them.
    pub of_app: Option<OfApp>,
}

/// What one app has of a budget that all share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfApp {
    /// Which.
    pub app: AppId,
    /// The most.
    pub cap: Refill,
    /// The most that may be open: sent and not used.
    pub breaker: Option<Refill>,
}

/// How many codes may be open of a prefix that closes at `most`.
#[must_use]
pub const fn breaker(most: u32) -> Refill {
    Refill { burst: most, every: BREAKER_OPENS }
}

/// What a message is charged to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Those who are behind it: they are asked first.
    pub own: Vec<Charge>,
    /// What others pay from, too.
    pub shared: Vec<Charge>,
    /// What is asked in place of all that for somebody at a known place, without the reserve.
    pub at_known_place: Vec<Charge>,
}

impl Charge {
    /// The same, where `reserve` may be taken, too: of what many pay from.
    #[must_use]
    pub fn with_reserve(self, reserve: Reserve) -> Self {
        let limit = match (&self.scope, self.limit) {
            (Scope::App(_) | Scope::Deployment, Limit::Daily(daily)) => {
                Limit::Daily(Daily { cap: daily.cap.map(|cap| cap.with_reserve(reserve)), ..daily })
            }
            (_, limit) => limit,
        };
        Self { limit, ..self }
    }

    /// Whether it is what a client at one address pays from, and nobody else.
    #[must_use]
    pub fn is_of_one_client(&self) -> bool {
        matches!(&self.scope, Scope::Source(Source { breadth: Breadth::Narrow, .. }))
    }
}

impl Budgets {
    /// What a code for `phone` is charged to, if one of `sources` asks for it.
    #[must_use]
    pub fn text_message(&self, app: &AppId, phone: &Phone, sources: Vec<Source>) -> Bill {
        let narrow = sources.iter().find(|source| source.breadth == Breadth::Narrow).cloned();
        let of_source = narrow.map(|source| Charge {
            channel: Channel::Sms,
            scope: Scope::KnownSource(source),
            limit: daily(Refill::hourly(self.source)),
        });
        let at_known_place = of_source.into_iter().chain(self.of_app_and_deployment(Channel::Sms, app)).collect();
        let own = self.sources(Channel::Sms, sources).collect();
        Bill { own, shared: self.shared(Channel::Sms, phone.prefix(), app), at_known_place }
    }

    /// What a mail to `email` is charged to.
    #[must_use]
    pub fn mail(&self, app: &AppId, email: &Email, to: MailTo, sources: Vec<Source>) -> Bill {
        let channel = match to {
            MailTo::User | MailTo::Nobody => Channel::Mail,
            MailTo::New => Channel::MailToNew,
            MailTo::Told => Channel::MailToTold,
        };
        let address = Scope::Address(app.clone(), email.clone());
        let address = Charge { channel, scope: address, limit: Limit::Refill(MAILS_TO_ONE) };
        let known = Scope::KnownAddress(app.clone(), email.clone());
        let known = Charge { channel, scope: known, limit: daily(MAILS_TO_ONE) };
        let own = self.sources(channel, sources).chain([address]).collect();
        let shared = self.shared(channel, email.domain(), app);
        let shared = if to == MailTo::Nobody { to_nobody(shared) } else { shared };
        let at_known_place = std::iter::once(known).chain(self.of_app_and_deployment(channel, app)).collect();
        Bill { own, shared, at_known_place }
    }

    fn sources(&self, channel: Channel, sources: Vec<Source>) -> impl Iterator<Item = Charge> + use<> {
        let quota = Refill::hourly(self.source);
        sources.into_iter().map(move |source| {
            let quota = match source.breadth {
                Breadth::Narrow => quota,
                Breadth::Wide => quota.times(OF_A_WIDE_SOURCE),
            };
            Charge { channel, scope: Scope::Source(source), limit: Limit::Refill(quota) }
        })
    }

    fn shared(&self, channel: Channel, prefix: &str, app: &AppId) -> Vec<Charge> {
        let of_app = OfApp { app: app.clone(), cap: Refill::of_a_day(self.prefix), breaker: self.breaker.map(breaker) };
        let of_all = Refill::of_a_day(self.prefix.saturating_mul(OF_ALL_APPS));
        let of_prefix = Limit::Daily(Daily { cap: Some(of_all), of_app: Some(of_app) });
        let of_prefix = Charge { channel, scope: Scope::Prefix(prefix.to_owned()), limit: of_prefix };
        std::iter::once(of_prefix).chain(self.of_app_and_deployment(channel, app)).collect()
    }

    fn of_app_and_deployment(&self, channel: Channel, app: &AppId) -> [Charge; 2] {
        [(Scope::App(app.clone()), self.app), (Scope::Deployment, self.deployment)].map(|(scope, cap)| Charge {
            channel,
            scope,
            limit: daily(Refill::of_a_day(cap)),
        })
    }
}

const fn daily(quota: Refill) -> Limit {
    Limit::Daily(Daily { cap: Some(quota), of_app: None })
}

/// The charges of mail to a user, for mail to nobody instead: it is counted in a book of its own, and nothing there refuses it.
#[must_use]
pub fn to_nobody(charges: Vec<Charge>) -> Vec<Charge> {
    let counted_only = |limit| match limit {
        Limit::Daily(_) => Limit::Daily(Daily::default()),
        refill @ Limit::Refill(_) => refill,
    };
    let to_nobody =
        |Charge { scope, limit, .. }| Charge { channel: Channel::MailToNobody, scope, limit: counted_only(limit) };
    charges.into_iter().map(to_nobody).collect()
}

/// The number of the day that `now` lies in.
#[must_use]
pub const fn day_of(now: Timestamp) -> i64 {
    now.unix().div_euclid(DAY.0)
}

/// What a scope has used up today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Messages that were sent.
    pub sent: u32,
    /// Of a prefix: codes that were sent and not used, less what the used ones make up for, of the app that has most of them.
    pub open: i64,
    /// Messages that another scope held back.
    pub held: u32,
}

#[cfg(test)]
mod tests {
    use super::{Bill, Budgets, Channel, Daily, Limit, MailTo, Scope};
    use crate::network::Source;
    use crate::refill::Reserve;

    const BUDGETS: Budgets = Budgets { source: 20, prefix: 1, app: 2, deployment: 3, breaker: Some(4) };

    fn mail(to: MailTo) -> Bill {
        let (app, email) = ("demo".parse().expect("an app id"), "ada@example.com".parse().expect("an address"));
        BUDGETS.mail(&app, &email, to, Source::of("2001:db8::1"))
    }

    fn daily_of(charge: &super::Charge) -> Daily {
        let Limit::Daily(daily) = &charge.limit else { panic!("is daily") };
        daily.clone()
    }

    fn names(charges: &[super::Charge]) -> Vec<&'static str> {
        charges.iter().map(|charge| charge.scope.name()).collect()
    }

    #[test]
    fn a_text_message_is_charged_to_its_source_first_and_to_each_app_by_itself() {
        let (app, phone) = ("demo".parse().expect("an app id"), "+8613812345678".parse().expect("E.164"));
        let bill = BUDGETS.text_message(&app, &phone, Source::of("192.0.2.1"));
        assert_eq!((names(&bill.own), names(&bill.shared)), (vec!["source"], vec!["prefix", "app", "deployment"]));
        assert_eq!(bill.shared[0].scope, Scope::Prefix("+861381234".to_owned()));
        let [prefix, app_wide, deployment] = [0, 1, 2].map(|position| daily_of(&bill.shared[position]));
        assert_eq!(
            [&prefix, &app_wide, &deployment].map(|daily| daily.cap.map(|cap| cap.burst)),
            [Some(5), Some(2), Some(3)]
        );
        let of_app = prefix.of_app.expect("the app's part");
        assert_eq!((of_app.app, of_app.cap.burst, of_app.breaker), (app, 1, Some(super::breaker(4))));
    }

    #[test]
    fn at_a_known_place_nothing_is_asked_that_strangers_use_up() {
        let (app, phone) = ("demo".parse().expect("an app id"), "+8613812345678".parse().expect("E.164"));
        let text = BUDGETS.text_message(&app, &phone, Source::of("2001:db8::1"));
        assert_eq!(names(&text.at_known_place), ["known_source", "app", "deployment"]);
        assert_eq!(names(&mail(MailTo::User).at_known_place), ["known_address", "app", "deployment"]);
        for (common, known) in text.shared.iter().zip(text.at_known_place).skip(1) {
            let [common, known] = [common, &known.with_reserve(Reserve::Whole)].map(|charge| daily_of(charge).cap);
            assert_eq!(common.map(|common| common.with_reserve(Reserve::Whole)), known);
        }
    }

    #[test]
    fn mail_to_nobody_is_refused_where_mail_to_a_user_is_and_by_nothing_else() {
        let (user, nobody) = (mail(MailTo::User), mail(MailTo::Nobody));
        assert_eq!(user.own, nobody.own);
        assert_eq!(names(&user.own), ["source", "source", "address"]);
        assert_eq!(names(&user.shared), names(&nobody.shared));
        for charge in nobody.shared {
            assert_eq!((charge.channel, daily_of(&charge)), (Channel::MailToNobody, Daily::default()));
        }
    }

    #[test]
    fn those_who_sign_up_use_up_nothing_of_those_who_forgot_their_password() {
        let (user, new) = (mail(MailTo::User), mail(MailTo::New));
        let both = user.own.iter().chain(&user.shared).zip(new.own.iter().chain(&new.shared));
        for (user, new) in both {
            assert_eq!((user.channel, new.channel), (Channel::Mail, Channel::MailToNew));
            assert_eq!((&user.scope, &user.limit), (&new.scope, &new.limit));
        }
    }
}
