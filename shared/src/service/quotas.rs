//! What one address may do only so often: type wrong codes of devices, and register clients.

use crate::clock::Seconds;
use crate::limit::{Quota, Subject};
use crate::oauth::device::{DeviceRequest, UserCode};
use crate::service::Moment;
use crate::store::StoreError;

/// How many wrong codes one address may type. A code has 34 bits and is shown for ten minutes: so a guess succeeds once in
/// hundreds of millions.
const WRONG_CODES: Quota = Quota { limit: 5, window: Seconds(60) };

/// What wrong codes are counted under.
const DEVICE: &str = "device";

/// How many clients one address may register where everybody may. Each is an item that nobody may ever use.
const REGISTRATIONS: Quota = Quota { limit: 20, window: Seconds::hours(1) };

/// What registrations are counted under.
const REGISTER: &str = "register";

/// Why something was not done for an address.
#[derive(Debug, thiserror::Error)]
pub enum NotInQuota {
    /// It was done as often as it may be.
    #[error("the address has to wait {0} s")]
    TooOften(Seconds),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Moment {
    /// The device whose code somebody at `address` typed. A wrong code is counted.
    ///
    /// # Errors
    /// [`NotInQuota`]
    pub async fn device_of(&self, code: &UserCode, address: &str) -> Result<Option<DeviceRequest>, NotInQuota> {
        let subject = Subject::new(DEVICE, address);
        // Counted before it is looked up, or many at once would be more tries than the limit has.
        self.count(&subject, WRONG_CODES).await?;
        let asked = self.store.device_request(code, self.now).await?;
        if asked.is_some() {
            self.store.uncount_request(&subject, WRONG_CODES, self.now).await?;
        }
        Ok(asked)
    }

    /// Counts a client that somebody at `address` registers without having been invited.
    ///
    /// # Errors
    /// [`NotInQuota`]
    pub async fn count_registration(&self, address: &str) -> Result<(), NotInQuota> {
        self.count(&Subject::new(REGISTER, address), REGISTRATIONS).await
    }

    async fn count(&self, subject: &Subject, quota: Quota) -> Result<(), NotInQuota> {
        let counted = self.store.count_request(subject, quota, self.now).await?;
        quota.judge_all(counted, self.now).retry_after.map_or(Ok(()), |wait| Err(NotInQuota::TooOften(wait)))
    }
}
