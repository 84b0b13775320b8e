use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970 by this machine's clock, which the service under test shares.
#[expect(clippy::disallowed_methods, reason = "a test from outside has no clock to inject")]
#[must_use]
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs()
}
