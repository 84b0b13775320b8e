//! Budgets: `charge`, `refund`, `note_verified`, `used`, `reset_budget`.

use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use futures_util::future::join_all;

use crate::budget::{
    BREAKER_OPENS, Channel, Charge, DAY, Daily, Limit, Scope, Used, VERIFIED_IS_WORTH, breaker, day_of,
};
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::refill::Refill;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Reader, number, time};
use crate::store::keys::Key;
use crate::user::phone::Phone;

/// When what one app has is full again, in an item that all apps share: what the attribute's name begins with.
const FULL_OF: &str = "full ";
/// The same of its open codes.
const CLOSED_BY: &str = "closed ";

/// How often a refund is tried.
const REFUND_TRIES: u32 = 3;
/// The pause between two tries.
const REFUND_PAUSE: Duration = Duration::from_millis(25);
/// What DynamoDB answers to a write that it did not carry out.
const NOT_DONE: [&str; 4] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
];

/// What became of charges.
#[derive(Debug, Default)]
pub struct Charged {
    /// Those that had room, and have it no more.
    pub taken: Vec<Charge>,
    /// The first that had none.
    pub refused: Option<Charge>,
}

/// Why a charge is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refund {
    /// The message was certainly not sent.
    Unsent,
    /// Another scope had no room for it.
    Held,
    /// Nothing was taken of a budget of a day, and nothing is given back: a write that takes as long as one that does.
    Nothing,
}

impl Store {
    /// Charges a message to scopes, all at once. Each cap is a condition of the write that counts, so it is exact however
    /// many come at the same moment. If one has no room, [`Store::refund`] gives the others theirs back.
    ///
    /// A write whose answer was lost may count twice: a budget is at worst used up early.
    ///
    /// # Errors
    /// [`StoreError`]: nothing may then be sent. What was charged is given back, as far as the store lets us.
    pub async fn charge(&self, charges: &[Charge], now: Timestamp) -> Result<Charged, StoreError> {
        let answers = join_all(charges.iter().map(|charge| self.take(charge, now))).await;
        let (mut outcome, mut failed) = (Charged::default(), None);
        for (charge, answer) in charges.iter().zip(answers) {
            match answer {
                Ok(true) => outcome.taken.push(charge.clone()),
                Ok(false) => outcome.refused = outcome.refused.or_else(|| Some(charge.clone())),
                Err(error) => failed = Some(error),
            }
        }
        let Some(error) = failed else { return Ok(outcome) };
        let _ = self.refund(&outcome.taken, Refund::Unsent, now).await;
        Err(error)
    }

    async fn take(&self, charge: &Charge, now: Timestamp) -> Result<bool, StoreError> {
        let key = self.budget_key(charge.channel, &charge.scope, now).await?;
        match &charge.limit {
            Limit::Refill(refill) => self.take_of_refill(key, *refill, now).await,
            Limit::Daily(daily) => Ok(self.send_update(counted(self.update(&key), daily, now)).await?.is_ok()),
        }
    }

    /// Gives back what a message was charged that was not sent.
    ///
    /// # Errors
    /// [`StoreError`]: a budget is used up early.
    pub async fn refund(&self, charges: &[Charge], why: Refund, now: Timestamp) -> Result<(), StoreError> {
        let refunds = charges.iter().map(|charge| async move {
            let update = self.update(&self.budget_key(charge.channel, &charge.scope, now).await?);
            let refund = match &charge.limit {
                Limit::Refill(refill) => update
                    .update_expression("ADD full_at :back")
                    .condition_expression("full_at > :now")
                    .expression_attribute_values(":back", number(-refill.every.0))
                    .expression_attribute_values(":now", time(now)),
                Limit::Daily(daily) => given_back(update, daily, why),
            };
            self.send_refund(refund).await
        });
        join_all(refunds).await.into_iter().collect()
    }

    /// A refund that may have been carried out is not repeated, as the SDK would: given back twice, it lets somebody past a cap. One
    /// that DynamoDB refused in so many words is.
    async fn send_refund(&self, refund: UpdateItemInputBuilder) -> Result<(), StoreError> {
        let mut tries_left = REFUND_TRIES;
        loop {
            tries_left -= 1;
            let Err(error) = Box::pin(self.db.update_once(refund.clone())).await else { return Ok(()) };
            match error.as_service_error().and_then(ProvideErrorMetadata::code) {
                // There is nothing to give back any more.
                Some("ConditionalCheckFailedException") => return Ok(()),
                Some(code) if tries_left > 0 && NOT_DONE.contains(&code) => {}
                _ => return Err(StoreError::unavailable("UpdateItem", &error)),
            }
            tokio::time::sleep(REFUND_PAUSE).await;
        }
    }

    /// Notes that a code was used: its prefix is worth texting to.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn note_verified(&self, app: &AppId, phone: &Phone, now: Timestamp) -> Result<(), StoreError> {
        let key = self.budget_key(Channel::Sms, &Scope::Prefix(phone.prefix().to_owned()), now).await?;
        let note = self
            .update(&key)
            .update_expression("ADD #closed :worth")
            .condition_expression("#closed > :now")
            .expression_attribute_names("#closed", format!("{CLOSED_BY}{app}"))
            .expression_attribute_values(":worth", number(-i64::from(VERIFIED_IS_WORTH) * BREAKER_OPENS.0))
            .expression_attribute_values(":now", time(now));
        // A failed condition: nothing is open, or the code was sent yesterday. Credit is not saved up.
        self.send_update(note).await.map(drop)
    }

    /// What a scope has used up today.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn used(&self, channel: Channel, scope: &Scope, now: Timestamp) -> Result<Used, StoreError> {
        let Some(found) = self.get(&self.budget_key(channel, scope, now).await?).await? else {
            return Ok(Used::default());
        };
        let item = Reader::new("budget", &found);
        let closed = found.iter().filter(|(name, _)| name.starts_with(CLOSED_BY));
        let closed_until = closed.filter_map(|(_, until)| until.as_n().ok()?.parse().ok()).max();
        let open = breaker(0).taken(closed_until.map(Timestamp::from_unix), now);
        Ok(Used {
            sent: item.maybe_number("sent")?.unwrap_or_default(),
            open: i64::from(open),
            held: item.maybe_number("held")?.unwrap_or_default(),
        })
    }

    /// Gives a scope its whole budget again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn reset_budget(&self, channel: Channel, scope: &Scope, now: Timestamp) -> Result<(), StoreError> {
        let key = self.budget_key(channel, scope, now).await?;
        self.remove(&key).await
    }

    /// Only what must not stand in a key in clear needs the key ring: an address of mail, and one of the network.
    async fn budget_key(&self, channel: Channel, scope: &Scope, now: Timestamp) -> Result<Key, StoreError> {
        let (whose, day) = match scope {
            Scope::Source(source) => (self.ring(now).await?.blind_client(&source.network), None),
            Scope::Address(app, email) => {
                (format!("{app}#{}", self.ring(now).await?.blind("email", app, email.as_str())), None)
            }
            Scope::KnownSource(source) => (self.ring(now).await?.blind_client(&source.network), Some(day_of(now))),
            Scope::KnownAddress(app, email) => {
                let blinded = self.ring(now).await?.blind("email", app, email.as_str());
                (format!("{app}#{blinded}"), Some(day_of(now)))
            }
            Scope::Prefix(prefix) => (prefix.clone(), Some(day_of(now))),
            Scope::App(app) => (app.to_string(), Some(day_of(now))),
            Scope::Deployment => ("all".to_owned(), Some(day_of(now))),
        };
        Ok(Key::budget(channel, scope, &whose, day))
    }
}

/// Counts a message, if there is room, in an item that is gone when its day is over. Each quota is the moment when it is full again,
/// which is the first message's at the earliest. So one write does, and what was not taken of a quota in the meantime is there later on
/// the same day. The names are short: an app's busiest writes carry them.
fn counted(update: UpdateItemInputBuilder, daily: &Daily, now: Timestamp) -> UpdateItemInputBuilder {
    let mut sets = vec!["#t = :t".to_owned()];
    let mut conditions = Vec::new();
    let mut update = update
        .expression_attribute_names("#t", "ttl")
        .expression_attribute_values(":o", number(1))
        .expression_attribute_values(":t", time(now.plus(DAY).plus(DAY)));
    let quotas = quotas_of(daily);
    if !quotas.is_empty() {
        update = update.expression_attribute_values(":n", time(now));
    }
    for (position, InDay { path, name, quota }) in quotas.into_iter().enumerate() {
        let [every, last] = [":e", ":l"].map(|value| format!("{value}{position}"));
        sets.push(format!("{path} = if_not_exists({path}, :n) + {every}"));
        // What is not there is not greater than anything.
        conditions.push(format!("NOT {path} > {last}"));
        update = named(update, path, name)
            .expression_attribute_values(every, number(quota.every.0))
            .expression_attribute_values(last, time(quota.last(now)));
    }
    let update = update.update_expression(format!("SET {} ADD sent :o", sets.join(", ")));
    if conditions.is_empty() { update } else { update.condition_expression(conditions.join(" AND ")) }
}

/// A quota in an item of a day.
struct InDay {
    /// What it is in an expression.
    path: &'static str,
    /// The attribute, if it is another.
    name: Option<String>,
    quota: Refill,
}

fn quotas_of(daily: &Daily) -> Vec<InDay> {
    let of_all = daily.cap.map(|quota| InDay { path: "full_at", name: None, quota });
    let of_app = daily.of_app.as_ref();
    let cap = of_app.map(|of| InDay { path: "#a", name: Some(format!("{FULL_OF}{}", of.app)), quota: of.cap });
    let breaker = of_app
        .and_then(|of| Some(InDay { path: "#b", name: Some(format!("{CLOSED_BY}{}", of.app)), quota: of.breaker? }));
    [of_all, cap, breaker].into_iter().flatten().collect()
}

fn named(update: UpdateItemInputBuilder, path: &str, name: Option<String>) -> UpdateItemInputBuilder {
    match name {
        Some(name) => update.expression_attribute_names(path, name),
        None => update,
    }
}

/// The opposite of [`counted`].
fn given_back(update: UpdateItemInputBuilder, daily: &Daily, why: Refund) -> UpdateItemInputBuilder {
    let mut adds = vec!["sent :back".to_owned()];
    let condition = if why == Refund::Nothing { "sent < :nothing" } else { "sent > :nothing" };
    let mut update = update
        .condition_expression(condition)
        .expression_attribute_values(":back", number(-1))
        .expression_attribute_values(":nothing", number(0));
    if why == Refund::Held {
        adds.push("held :one".to_owned());
        update = update.expression_attribute_values(":one", number(1));
    }
    for (position, InDay { path, name, quota }) in quotas_of(daily).into_iter().enumerate() {
        let earlier = format!(":e{position}");
        adds.push(format!("{path} {earlier}"));
        update = named(update, path, name).expression_attribute_values(earlier, number(-quota.every.0));
    }
    update.update_expression(format!("ADD {}", adds.join(", ")))
}
