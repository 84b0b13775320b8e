//! What an app proves itself with.

use std::hash::Hash;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;

use crate::clock::{Seconds, Timestamp};
use crate::hex::hex;
use crate::id::{AppId, ClientId};
use crate::random::Random;
use crate::secret::Secret;

/// The secret of an app, or of a client of it, as its bearer sends it: `ls_` and 64 hex digits when we made it. Any text
/// may be presented.
#[derive(Debug)]
pub struct AppSecret(Secret<String>);

impl AppSecret {
    /// Draws a new secret.
    #[must_use]
    pub fn draw(random: &Random) -> Self {
        // The prefix lets secret scanners find one that was committed.
        Self(Secret::new(format!("ls_{}", hex(&random.bytes::<32>()))))
    }

    /// What somebody presented.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(Secret::new(text.to_owned()))
    }

    /// The SHA-256, which is what is stored: 256 random bits need neither salt nor stretching.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let digest = digest::digest(&digest::SHA256, self.0.expose().as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        bytes
    }

    /// The text, for the one answer that shows it.
    #[must_use]
    pub fn reveal(self) -> String {
        self.0.reveal()
    }
}

/// A secret at rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSecret {
    /// Names the secret to its operator.
    pub id: String,
    /// SHA-256 of the secret.
    pub digest: [u8; 32],
    /// When it was made.
    pub created: Timestamp,
    /// Dead from here on.
    pub expires: Option<Timestamp>,
    /// When it was last used, to the day.
    pub last_used: Option<Timestamp>,
}

impl StoredSecret {
    /// How exactly the last use is known. A finer step would put a write into every request.
    const USE_STEP: Seconds = Seconds::days(1);

    /// What to keep of a new secret.
    #[must_use]
    pub fn new(secret: &AppSecret, random: &Random, now: Timestamp) -> Self {
        let id = hex(&random.bytes::<4>());
        Self { id, digest: secret.digest(), created: now, expires: None, last_used: None }
    }

    /// Whether it may be used at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }

    /// Whether this is the secret with `digest`; takes the same time for any.
    #[must_use]
    pub fn is(&self, digest: &[u8; 32]) -> bool {
        verify_slices_are_equal(&self.digest, digest).is_ok()
    }

    /// Whether a use at `now` is worth writing down.
    #[must_use]
    pub fn use_is_news(&self, now: Timestamp) -> bool {
        self.last_used.is_none_or(|last| now >= last.plus(Self::USE_STEP))
    }
}

/// The owner has as many secrets as it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are {0} secrets; let one expire first")]
pub struct TooManySecrets(pub usize);

/// Whose a secret is.
#[derive(Clone, Copy, Debug)]
pub enum SecretOwner<'a> {
    /// An app's.
    App(&'a AppId),
    /// An OAuth client's.
    Client(&'a ClientId),
}

/// A record that has secrets: an app's, or an OAuth client's.
pub trait HasSecrets: Clone {
    /// Its id.
    type Id: Clone + Eq + Hash;

    /// The most secrets that may be alive at once.
    const MOST_SECRETS: usize;

    /// Its id.
    fn id(&self) -> &Self::Id;

    /// The same, for the store.
    fn owner(&self) -> SecretOwner<'_>;

    /// A disabled one's secrets are refused like wrong ones.
    fn is_disabled(&self) -> bool;

    /// Its secrets.
    fn secrets(&self) -> &[StoredSecret];

    /// Its secrets, to be changed.
    fn secrets_mut(&mut self) -> &mut Vec<StoredSecret>;

    /// The stored secret that `presented` is, if it is alive and its owner is not disabled.
    ///
    /// Every secret is compared, in constant time, whether an earlier one matched or not.
    fn matching_secret(&self, presented: &AppSecret, now: Timestamp) -> Option<&StoredSecret> {
        let digest = presented.digest();
        let matching = self.secrets().iter().filter(|stored| stored.is(&digest)).fold(None, |_, stored| Some(stored));
        matching.filter(|stored| stored.is_live(now) && !self.is_disabled())
    }

    /// Adds a secret, letting every other one expire at `others_until`, and drops the ones that have expired.
    ///
    /// # Errors
    /// [`TooManySecrets`] when [`HasSecrets::MOST_SECRETS`] others are still alive.
    fn rotate_secret(
        mut self,
        new: StoredSecret,
        others_until: Timestamp,
        now: Timestamp,
    ) -> Result<Self, TooManySecrets> {
        let secrets = self.secrets_mut();
        secrets.retain(|stored| stored.is_live(now));
        for stored in &mut *secrets {
            stored.expires = Some(stored.expires.map_or(others_until, |expires| expires.min(others_until)));
        }
        secrets.retain(|stored| stored.is_live(now));
        if secrets.len() >= Self::MOST_SECRETS {
            return Err(TooManySecrets(secrets.len()));
        }
        secrets.push(new);
        Ok(self)
    }

    /// Notes that `used` is in use, and says whether that is news; `None` if it is not among its secrets.
    fn note_use(&mut self, used: &StoredSecret, now: Timestamp) -> Option<bool> {
        let stored = self.secrets_mut().iter_mut().find(|stored| stored.id == used.id)?;
        let first = stored.use_is_news(now);
        stored.last_used = Some(now);
        Some(first)
    }
}

/// An app's API key, `lk_<app>_<32 hex>`: it names an app to clients that can send nothing but an `Authorization`
/// header. It is not a secret and authorizes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    app: AppId,
    text: String,
}

impl ApiKey {
    /// Draws a key for `app`.
    #[must_use]
    pub fn draw(app: &AppId, random: &Random) -> Self {
        Self { text: format!("lk_{app}_{}", hex(&random.bytes::<16>())), app: app.clone() }
    }

    /// The app that the key claims to name; its own record says whether it is right.
    #[must_use]
    pub const fn app(&self) -> &AppId {
        &self.app
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for ApiKey {
    type Err = NotAnApiKey;

    fn from_str(text: &str) -> Result<Self, NotAnApiKey> {
        let (app, tail) = text.strip_prefix("lk_").and_then(|rest| rest.rsplit_once('_')).ok_or(NotAnApiKey)?;
        let is_tail = tail.len() == 32 && tail.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let app = app.parse().map_err(|_| NotAnApiKey)?;
        is_tail.then(|| Self { app, text: text.to_owned() }).ok_or(NotAnApiKey)
    }
}

/// The text is not an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct NotAnApiKey;

#[cfg(test)]
mod tests {
    use super::{ApiKey, AppSecret, StoredSecret};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::AppId;
    use crate::random::Random;

    #[test]
    fn an_api_key_names_its_app_even_with_underscores_in_the_id() {
        let app: AppId = "my_app".parse().expect("an app id");
        let key = ApiKey::draw(&app, &Random::system());
        let read: ApiKey = key.as_str().parse().expect("an API key");
        assert_eq!((read.app(), &read), (&app, &key));
        for text in ["", "lk_", "lk_demo", "lk_demo_", "lk_demo_xyz", "sk_demo_00000000000000000000000000000000"] {
            assert!(text.parse::<ApiKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_use_is_written_down_once_a_day() {
        let random = Random::system();
        let now = Timestamp::from_unix(1_800_000_000);
        let mut stored = StoredSecret::new(&AppSecret::draw(&random), &random, now);
        assert!(stored.use_is_news(now));
        stored.last_used = Some(now);
        assert!(!stored.use_is_news(now.plus(Seconds(86_399))));
        assert!(stored.use_is_news(now.plus(Seconds::days(1))));
    }
}
