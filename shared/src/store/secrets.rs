//! Secrets, in the items of those who have them: `note_secret_use`.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::app::credential::{SecretOwner, StoredSecret};
use crate::clock::Timestamp;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Reader, Writer, bytes, time};
use crate::store::keys::Key;

impl Store {
    /// Notes that a secret was used. Of many requests that note the same day, one writes.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn note_secret_use(
        &self,
        owner: SecretOwner<'_>,
        secret: &StoredSecret,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let item = match owner {
            SecretOwner::App(app) => Key::app(app),
            SecretOwner::Client(client) => Key::client(client),
        };
        let update = self
            .update(&item)
            .update_expression("SET secrets.#id.used = :now")
            .condition_expression(
                "attribute_exists(secrets.#id) AND (attribute_not_exists(secrets.#id.used) OR secrets.#id.used < :now)",
            )
            .expression_attribute_names("#id", &secret.id)
            .expression_attribute_values(":now", time(now));
        // A failed condition: somebody else noted it, or the secret is gone. Both are fine.
        self.send_update(update).await.map(drop)
    }
}

pub(super) fn write_secrets(secrets: &[StoredSecret]) -> AttributeValue {
    let secrets = secrets.iter().map(|secret| {
        let map = Writer::default()
            .with("digest", bytes(secret.digest))
            .with("created", time(secret.created))
            .maybe("expires", secret.expires.map(time))
            .maybe("used", secret.last_used.map(time));
        (secret.id.clone(), map.into_map())
    });
    AttributeValue::M(secrets.collect())
}

/// The oldest first.
pub(super) fn read_secrets(item: &Reader<'_>) -> Result<Vec<StoredSecret>, StoreError> {
    let secrets = item.entries("secrets")?.into_iter().map(|(id, secret)| {
        Ok(StoredSecret {
            id: id.to_owned(),
            digest: secret.bytes("digest")?.try_into().map_err(|_| secret.corrupt("digest"))?,
            created: secret.time("created")?,
            expires: secret.maybe_time("expires")?,
            last_used: secret.maybe_time("used")?,
        })
    });
    let mut secrets = secrets.collect::<Result<Vec<_>, StoreError>>()?;
    secrets.sort_by_key(|secret| secret.created);
    Ok(secrets)
}
