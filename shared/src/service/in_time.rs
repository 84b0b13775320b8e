//! Steps that follow a write which its request cannot undo by failing.
//!
//! A request is answered by a deadline, whatever its work has come to. Work that is dropped there is neither finished nor given
//! back. So steps that follow such a write have less time than the request, and what is left after it is for giving back.

use std::time::Duration;

use crate::service::Moment;

/// By when such steps have to have ended, after the request came. The request itself has a second more, which is enough for one
/// write to a slow store.
pub const STEPS_END: Duration = Duration::from_millis(3200);

impl Moment {
    /// What `steps` come to; `None` if that is not known in time.
    pub(super) async fn in_time<T>(&self, steps: impl Future<Output = T>) -> Option<T> {
        let left = STEPS_END.saturating_sub(self.began.elapsed());
        tokio::time::timeout(left, steps).await.ok()
    }
}
