//! Counters: `count_request`, `uncount_request`.

use aws_sdk_dynamodb::types::ReturnValue;

use crate::clock::Timestamp;
use crate::limit::{Counted, Counts, Quota, Subject};
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, number, time};
use crate::store::keys::Key;

/// What the windows' attributes begin with.
const WINDOW: &str = "c_";

/// What separates a window from the part of a /48 that it counts.
const PART: char = '.';

/// So many windows are removed by one write: its expression has a longest length.
const MOST_FORGOTTEN: usize = 100;

/// A client that comes back after years has at most so many old windows in its item, plus the two that count.
const STALE_WINDOWS: usize = 4;

impl Store {
    /// Counts a request and tells how many there were, in one write and without a read.
    ///
    /// # Errors
    /// [`StoreError`]: the request must then be refused.
    pub async fn count_request(&self, subject: &Subject, quota: Quota, now: Timestamp) -> Result<Counts, StoreError> {
        let window = quota.window_of(now);
        let key = Key::requests(subject, &*self.ring(now).await?);
        let count = match subject.part {
            None => self.update(&key).update_expression("ADD #now :one SET #ttl = :ttl REMOVE #old"),
            Some(part) => self
                .update(&key)
                .update_expression("ADD #now :one, #part :one SET #ttl = :ttl REMOVE #old, #old_part")
                .expression_attribute_names("#part", part_name(window, part))
                .expression_attribute_names("#old_part", part_name(window - 2, part)),
        };
        let count = count
            .expression_attribute_names("#now", window_name(window))
            .expression_attribute_names("#old", window_name(window - 2))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":ttl", time(quota.window_end(now).plus(quota.window)))
            .return_values(ReturnValue::AllNew);
        let Ok(counts) = self.send_update(count).await? else {
            return Ok(Counts { client: Counted::default(), wide: None });
        };
        let of = |name: &dyn Fn(i64) -> String| {
            let of = |window| counts.get(&name(window)).and_then(|count| count.as_n().ok()?.parse().ok());
            Counted { current: of(window).unwrap_or_default(), previous: of(window - 1).unwrap_or_default() }
        };
        let whole = of(&window_name);
        let counted = match subject.part {
            None => Counts { client: whole, wide: None },
            Some(part) => Counts { client: of(&|window| part_name(window, part)), wide: Some(whole) },
        };
        self.forget_old_windows(&key, &counts, window).await?;
        Ok(counted)
    }

    /// Takes back the count of a request that turned out not to be one of those that are limited.
    ///
    /// # Errors
    /// [`StoreError`]: it stays counted.
    pub async fn uncount_request(&self, subject: &Subject, quota: Quota, now: Timestamp) -> Result<(), StoreError> {
        let window = quota.window_of(now);
        let uncount = self.update(&Key::requests(subject, &*self.ring(now).await?));
        let uncount = match subject.part {
            None => uncount.update_expression("ADD #now :less").condition_expression("#now > :none"),
            Some(part) => uncount
                .update_expression("ADD #now :less, #part :less")
                .condition_expression("#now > :none AND #part > :none")
                .expression_attribute_names("#part", part_name(window, part)),
        };
        let uncount = uncount
            .expression_attribute_names("#now", window_name(window))
            .expression_attribute_values(":less", number(-1))
            .expression_attribute_values(":none", number(0));
        self.send_update(uncount).await.map(drop)
    }

    /// Windows that nobody removed in their turn, because the client stayed away: they must not pile up.
    async fn forget_old_windows(&self, key: &Key, counts: &Attributes, window: i64) -> Result<(), StoreError> {
        let counting = [window_name(window), window_name(window - 1)];
        let of_window = |name: &str| name.split_once(PART).map_or(name, |(window, _)| window).to_owned();
        let is_stale = |name: &&String| name.starts_with(WINDOW) && !counting.contains(&of_window(name));
        let stale: Vec<_> = counts.keys().filter(is_stale).take(MOST_FORGOTTEN).collect();
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
}

fn window_name(window: i64) -> String {
    format!("{WINDOW}{window}")
}

fn part_name(window: i64, part: u8) -> String {
    format!("{WINDOW}{window}{PART}{part}")
}
