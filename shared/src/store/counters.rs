//! Counters: `count_request`, `note_failure`, `clear_failures`.

use aws_sdk_dynamodb::types::ReturnValue;

use crate::clock::{Seconds, Timestamp};
use crate::id::AppId;
use crate::limit::{Counted, Quota, Subject};
use crate::store::client::{Found, Store};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, number, time};
use crate::store::keys::Key;
use crate::user::identity::{Handle, Login};
use crate::user::lockout::{self, Brake, Failures};

/// What the windows' attributes begin with.
const WINDOW: &str = "c_";

/// A client that comes back after years has at most so many old windows in its item, plus the two that count.
const STALE_WINDOWS: usize = 4;

impl Store {
    /// Counts a request and tells how many there were, in one write and without a read.
    ///
    /// # Errors
    /// [`StoreError`]: the request must then be refused.
    pub async fn count_request(&self, subject: &Subject, quota: Quota, now: Timestamp) -> Result<Counted, StoreError> {
        let window = quota.window_of(now);
        let key = Key::requests(subject, &*self.ring(now).await?);
        let count = self
            .update(&key)
            .update_expression("ADD #now :one SET #ttl = :ttl REMOVE #old")
            .expression_attribute_names("#now", window_name(window))
            .expression_attribute_names("#old", window_name(window - 2))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":ttl", time(quota.window_end(now).plus(quota.window)))
            .return_values(ReturnValue::AllNew);
        let Ok(counts) = self.send_update(count).await? else { return Ok(Counted::default()) };
        let of = |window| {
            let count = counts.get(&window_name(window)).and_then(|count| count.as_n().ok()?.parse().ok());
            count.unwrap_or_default()
        };
        let counted = Counted { current: of(window), previous: of(window - 1) };
        self.forget_old_windows(&key, &counts, window).await?;
        Ok(counted)
    }

    /// Windows that nobody removed in their turn, because the client stayed away: they must not pile up.
    async fn forget_old_windows(&self, key: &Key, counts: &Attributes, window: i64) -> Result<(), StoreError> {
        let counting = [window_name(window), window_name(window - 1)];
        let stale: Vec<_> = counts.keys().filter(|name| name.starts_with(WINDOW) && !counting.contains(name)).collect();
        if stale.len() < STALE_WINDOWS {
            return Ok(());
        }
        let mut forget = self.update(key);
        for (position, name) in stale.iter().enumerate() {
            forget = forget.expression_attribute_names(format!("#{position}"), name.as_str());
        }
        let names: Vec<_> = (0..stale.len()).map(|position| format!("#{position}")).collect();
        self.send_update(forget.update_expression(format!("REMOVE {}", names.join(", ")))).await.map(drop)
    }

    /// Counts a wrong password for `login`, and says whether that was one too many for a dialect that allows `cap`.
    ///
    /// A handle that somebody has is counted in its identity, which every login reads anyway; one that nobody has in
    /// the rate table. The writes are the same, in number and order, so that the time tells nothing.
    ///
    /// # Errors
    /// [`StoreError`]: the login must then be refused.
    pub async fn note_failure(
        &self,
        app: &AppId,
        login: &Login,
        known: bool,
        cap: u32,
        now: Timestamp,
    ) -> Result<Brake, StoreError> {
        let ring = self.ring(now).await?;
        let (key, exists) = match login.handle().filter(|_| known) {
            Some(handle) => (Key::identity(app, handle, &ring), "attribute_exists(pk) AND "),
            None => (Key::failures(app, login, &ring), ""),
        };
        let window_began_after = now.minus(lockout::WINDOW);
        let mut first = self
            .update(&key)
            .condition_expression(format!("{exists}(attribute_not_exists(failing_since) OR failing_since <= :stale)"))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":stale", time(window_began_after));
        first = if known {
            first.update_expression("SET failures = :one, failing_since = :now")
        } else {
            first
                .update_expression("SET failures = :one, failing_since = :now, #ttl = :ttl")
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":ttl", time(now.plus(lockout::WINDOW).plus(Seconds::hours(1))))
        };
        if self.send_update(first).await?.is_ok() {
            return Ok(Brake::Open);
        }
        let another = self
            .update(&key)
            .update_expression("ADD failures :one")
            .condition_expression("failing_since > :stale AND failures < :cap")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":stale", time(window_began_after))
            .expression_attribute_values(":cap", number(cap));
        match self.send_update(another).await? {
            Ok(_) | Err(Found(None)) => Ok(Brake::Open),
            Err(Found(Some(item))) => Ok(read_failures(&Reader::new("failures", &item))?.brake(cap, now)),
        }
    }

    /// Forgets the wrong passwords of a handle whose right one was just given.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn clear_failures(&self, app: &AppId, handle: &Handle, now: Timestamp) -> Result<(), StoreError> {
        let ring = self.ring(now).await?;
        let clear = self
            .update(&Key::identity(app, handle, &ring))
            .update_expression("REMOVE failures, failing_since")
            .condition_expression("attribute_exists(pk)");
        self.send_update(clear).await.map(drop)
    }
}

/// The failures that an identity or a counter holds.
pub(super) fn read_failures(item: &Reader<'_>) -> Result<Failures, StoreError> {
    Ok(Failures { count: item.maybe_number("failures")?.unwrap_or_default(), since: item.maybe_time("failing_since")? })
}

fn window_name(window: i64) -> String {
    format!("{WINDOW}{window}")
}
