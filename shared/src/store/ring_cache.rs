//! The key ring in memory.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::clock::{Seconds, Timestamp};
use crate::token::ring::KeyRing;

/// How long a function uses the ring without looking. `token::ring::LEAD` must stay longer.
pub(super) const FRESH: Seconds = Seconds::minutes(5);

/// The opened ring, and when it was read.
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
