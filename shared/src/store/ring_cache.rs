//! The key ring in memory.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::clock::{Seconds, Timestamp};
use crate::token::ring::KeyRing;

/// How long a function uses the ring without looking. `token::ring::LEAD` must stay longer.
pub(super) const FRESH: Seconds = Seconds::minutes(5);

/// How long a ring that could not be read again is used before the next look. Without the pause every call of every
/// request would wait for a store that is down, until its tries run out.
pub(super) const BACK_OFF: Seconds = Seconds(5);

/// The opened ring, and from when on the store is asked again.
#[derive(Debug, Default)]
pub(super) struct RingCache(pub(super) Mutex<Option<(Arc<KeyRing>, Timestamp)>>);

#[cfg(test)]
mod tests {
    use super::FRESH;

    #[test]
    fn a_new_key_is_known_everywhere_before_it_signs() {
        assert!(crate::token::ring::LEAD > FRESH);
    }
}
