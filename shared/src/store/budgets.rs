//! Budgets: `spend`, `refund`, `note_verified`, `used`, `reset_budget`.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use crate::budget::{Channel, Charge, DAY, Scope, Spending, Used, VERIFIED_IS_WORTH, day_of};
use crate::clock::Timestamp;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Reader, number, time};
use crate::store::keys::Key;
use crate::user::phone::Phone;

impl Store {
    /// Charges a message to its scopes, one after the other. Each cap is a condition of the write that counts, so it
    /// is exact however many come at once.
    ///
    /// Once a scope has no room, the scopes after it only note that something was held back, with a write like the
    /// one that counts, and those before it get theirs back. A write whose answer was lost may count twice: a budget
    /// is at worst used up early.
    ///
    /// # Errors
    /// [`StoreError`]: nothing may then be sent.
    pub async fn spend(&self, charges: &[Charge], now: Timestamp) -> Result<Spending, StoreError> {
        let mut refusing: Option<usize> = None;
        for (position, charge) in charges.iter().enumerate() {
            let key = self.budget_key(charge.channel, &charge.scope, now).await?;
            if refusing.is_some() {
                self.send_update(count(self.update(&key), now, "ADD held :one")).await?.ok();
            } else if self.send_update(charged(self.update(&key), charge, now)).await?.is_err() {
                refusing = Some(position);
            }
        }
        let Some(position) = refusing else { return Ok(Spending::Send) };
        self.refund(&charges[..position], now).await?;
        Ok(Spending::Suppress(charges[position].clone()))
    }

    /// Gives back what a message was charged that was certainly not sent.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn refund(&self, charges: &[Charge], now: Timestamp) -> Result<(), StoreError> {
        for charge in charges {
            let key = self.budget_key(charge.channel, &charge.scope, now).await?;
            let refund = self
                .update(&key)
                .update_expression(format!("ADD {}", counters(charge)))
                .condition_expression("sent > :nothing")
                .expression_attribute_values(":one", number(-1))
                .expression_attribute_values(":nothing", number(0));
            self.send_update(named(refund, charge, now)).await?.ok();
        }
        Ok(())
    }

    /// Notes that a code was used: its prefix is worth texting to.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn note_verified(&self, phone: &Phone, now: Timestamp) -> Result<(), StoreError> {
        let key = self.budget_key(Channel::Sms, &Scope::Prefix(phone.prefix().to_owned()), now).await?;
        let note = self
            .update(&key)
            .update_expression("ADD #open :worth")
            .condition_expression("#open > :nothing")
            .expression_attribute_names("#open", "open")
            .expression_attribute_values(":worth", number(-VERIFIED_IS_WORTH))
            .expression_attribute_values(":nothing", number(0));
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
        Ok(Used {
            sent: item.maybe_number("sent")?.unwrap_or_default(),
            open: item.maybe_number("open")?.unwrap_or_default(),
            held: item.maybe_number("held")?.unwrap_or_default(),
        })
    }

    /// Gives a scope its whole budget for today again.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn reset_budget(&self, channel: Channel, scope: &Scope, now: Timestamp) -> Result<(), StoreError> {
        let key = self.budget_key(channel, scope, now).await?;
        self.remove(&key).await
    }

    /// Only an address needs the key ring: it does not stand in a key in clear.
    async fn budget_key(&self, channel: Channel, scope: &Scope, now: Timestamp) -> Result<Key, StoreError> {
        let whose = match scope {
            Scope::Address(app, email) => {
                format!("{app}#{}", self.ring(now).await?.blind("email", app, email.as_str()))
            }
            Scope::Prefix(prefix) => prefix.clone(),
            Scope::App(app) => app.to_string(),
            Scope::Deployment => "all".to_owned(),
        };
        Ok(Key::budget(channel, scope, &whose, day_of(now)))
    }
}

/// What a message adds to.
const fn counters(charge: &Charge) -> &'static str {
    match (charge.hourly, charge.breaker) {
        (None, None) => "sent :one",
        (Some(_), None) => "sent :one, #hour :one",
        (None, Some(_)) => "sent :one, #open :one",
        (Some(_), Some(_)) => "sent :one, #hour :one, #open :one",
    }
}

/// Counts a message, if there is room.
fn charged(update: UpdateItemFluentBuilder, charge: &Charge, now: Timestamp) -> UpdateItemFluentBuilder {
    let mut conditions = vec!["(attribute_not_exists(sent) OR sent < :cap)"];
    let mut update = count(update, now, &format!("ADD {}", counters(charge)))
        .expression_attribute_values(":cap", number(charge.cap));
    if let Some(hourly) = charge.hourly {
        conditions.push("(attribute_not_exists(#hour) OR #hour < :hourly)");
        update = update.expression_attribute_values(":hourly", number(hourly));
    }
    if let Some(breaker) = charge.breaker {
        conditions.push("(attribute_not_exists(#open) OR #open < :breaker)");
        update = update.expression_attribute_values(":breaker", number(breaker));
    }
    named(update.condition_expression(conditions.join(" AND ")), charge, now)
}

/// An update that counts one, in an item that is gone when its day is over.
fn count(update: UpdateItemFluentBuilder, now: Timestamp, what: &str) -> UpdateItemFluentBuilder {
    update
        .update_expression(format!("{what} SET #ttl = :ttl"))
        .expression_attribute_names("#ttl", "ttl")
        .expression_attribute_values(":one", number(1))
        .expression_attribute_values(":ttl", time(now.plus(DAY).plus(DAY)))
}

/// Names what `counters` and the conditions call `#hour` and `#open`.
fn named(update: UpdateItemFluentBuilder, charge: &Charge, now: Timestamp) -> UpdateItemFluentBuilder {
    let update = match charge.hourly {
        Some(_) => update.expression_attribute_names("#hour", format!("h{}", now.unix().rem_euclid(DAY.0) / 3600)),
        None => update,
    };
    match charge.breaker {
        Some(_) => update.expression_attribute_names("#open", "open"),
        None => update,
    }
}
