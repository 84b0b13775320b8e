//! The secrets that apps and OAuth clients prove themselves with.

use crate::app::credential::{AppSecret, HasSecrets, StoredSecret};
use crate::cache::Cache;
use crate::clock::Timestamp;
use crate::service::Moment;

impl Moment {
    /// Whether `presented` is one of the living secrets of `record`, which is among `known`. Once a day and secret, the use is
    /// noted.
    pub(super) async fn has_secret<T: HasSecrets>(
        &self,
        known: &Cache<T::Id, T>,
        record: &T,
        presented: &AppSecret,
    ) -> bool {
        let Some(used) = record.matching_secret(presented, self.now) else { return false };
        if used.use_is_news(self.now) && first_use(known, record.id(), used, self.now).await {
            // That it could not be noted is no reason to refuse.
            let _ = self.store.note_secret_use(record.owner(), used, self.now).await;
        }
        true
    }
}

/// Whether this is the first use of `secret` that this process notes. Until the record is read again, it still says that the use
/// is news.
async fn first_use<T: HasSecrets>(known: &Cache<T::Id, T>, id: &T::Id, secret: &StoredSecret, now: Timestamp) -> bool {
    let noted = |known: &T| {
        let mut record = known.clone();
        let first = record.note_use(secret, now)?;
        Some((record, first))
    };
    known.revise(id, noted).await.unwrap_or(false)
}
