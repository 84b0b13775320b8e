//! An operator's command waits for a store that is busy. Hours of work should not end with one call that failed.

use std::time::Duration;

use shared::random::Random;
use shared::store::StoreError;

use crate::deployment::OperatorContext;

/// How often a call is tried if no option says it. With the pauses it takes some half a minute.
pub(crate) const TRIES: u8 = 8;

/// The pause before the second try. It doubles, and a random half of it spreads the calls that failed at once.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Runs `work` until it succeeds, at most `tries` times. An error that is not `passing` ends it at once.
///
/// Work that is done twice must have the effect of work that is done once: nobody knows whether a call without an answer was carried out.
pub(crate) async fn patiently<T, E>(
    tries: u8,
    random: &Random,
    passing: impl Fn(&E) -> bool,
    work: impl AsyncFn() -> Result<T, E>,
) -> Result<T, E> {
    let (mut left, mut pause) = (tries, FIRST_PAUSE);
    loop {
        left = left.saturating_sub(1);
        // Boxed: the futures of the store's verbs are large.
        match Box::pin(work()).await {
            Err(error) if left > 0 && passing(&error) => {}
            settled => return settled,
        }
        let [jitter] = random.bytes();
        tokio::time::sleep(pause / 2 + pause * u32::from(jitter) / 512).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// A call of the store. It is tried again while the store is busy.
pub(crate) async fn store_call<T>(
    context: &OperatorContext,
    work: impl AsyncFn() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    patiently(TRIES, &context.random, StoreError::is_passing, work).await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use shared::random::Random;

    use super::{TRIES, patiently};

    /// What comes of work that fails the first `fails` times with `error`, and how often it was tried. The clock is moved.
    async fn tried(fails: u8, error: &'static str) -> (Result<(), &'static str>, u8) {
        let count = Cell::new(0);
        let work = async || {
            count.set(count.get() + 1);
            if count.get() > fails { Ok(()) } else { Err(error) }
        };
        let came = patiently(TRIES, &Random::system(), |error| *error == "busy", work).await;
        (came, count.get())
    }

    #[tokio::test(start_paused = true)]
    async fn work_is_tried_until_the_store_is_not_busy_or_the_tries_run_out() {
        assert_eq!(tried(0, "busy").await, (Ok(()), 1));
        assert_eq!(tried(TRIES - 1, "busy").await, (Ok(()), TRIES));
        assert_eq!(tried(TRIES, "busy").await, (Err("busy"), TRIES));
        assert_eq!(tried(1, "a mistake").await, (Err("a mistake"), 1));
    }
}
