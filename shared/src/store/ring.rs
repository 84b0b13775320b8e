//! The key ring: `ring`, `sealed_ring`, `replace_ring`.

use std::sync::Arc;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::store::client::{Store, service_error};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, bytes, number, text, time};
use crate::store::keys::{Key, Table};
use crate::store::ring_cache::{BACK_OFF, FRESH};
use crate::token::ring::{KeyError, KeyRing, SealedGeneration, SealedPair, SealedRing};

/// Why a ring was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum RingConflict {
    /// Somebody else replaced it in the meantime: read it again.
    #[error("the key ring was changed in the meantime")]
    Changed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The key ring: from memory, from the store, or made now because this deployment has none yet.
    ///
    /// While the store is down, a ring that was read before stays in use, and the store is asked every few seconds only.
    ///
    /// # Errors
    /// [`StoreError`] when there is none to fall back on.
    pub async fn ring(&self, now: Timestamp) -> Result<Arc<KeyRing>, StoreError> {
        let mut cached = self.ring.0.lock().await;
        if let Some((ring, next_look)) = cached.as_ref()
            && now < *next_look
        {
            return Ok(ring.clone());
        }
        match (self.sealed_ring(now).await, cached.as_mut()) {
            (Ok(sealed), _) => {
                let ring = Arc::new(sealed.open(self.kek.clone()).map_err(KeyError::from)?);
                *cached = Some((ring.clone(), now.plus(FRESH)));
                Ok(ring)
            }
            (Err(StoreError::Unavailable { .. }), Some((ring, next_look))) => {
                *next_look = now.plus(BACK_OFF);
                Ok(ring.clone())
            }
            (Err(error), _) => Err(error),
        }
    }

    /// The ring as it is stored, if there is one: for those who look at a deployment whose key they do not have.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn stored_ring(&self) -> Result<Option<SealedRing>, StoreError> {
        self.get(&Key::ring()).await?.as_ref().map(read_ring).transpose()
    }

    /// The ring as it is stored, made now if there is none. However many functions make one at once, one wins and
    /// all use it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sealed_ring(&self, now: Timestamp) -> Result<SealedRing, StoreError> {
        if let Some(stored) = self.stored_ring().await? {
            return Ok(stored);
        }
        let made = SealedRing::create(&self.kek, &self.random, now)?;
        let put = self
            .db
            .put_item()
            .table_name(self.table(Table::Core))
            .set_item(Some(self.by_author(write_ring(&made))))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match put.send_by(&self.db).await {
            Ok(_) => Ok(made),
            Err(SdkError::ServiceError(refused)) => match refused.into_err() {
                // Another was first, or we were and the answer got lost: what is stored is the ring.
                PutItemError::ConditionalCheckFailedException(failed) => {
                    read_ring(&failed.item.ok_or(Reader::new("key ring", &Attributes::new()).corrupt("version"))?)
                }
                other => Err(service_error("PutItem", &other)),
            },
            Err(error) => Err(StoreError::unavailable("PutItem", &error)),
        }
    }

    /// Replaces the version that `ring` was made from.
    ///
    /// # Errors
    /// [`RingConflict::Changed`] when another operator was faster.
    pub async fn replace_ring(&self, ring: &SealedRing) -> Result<(), RingConflict> {
        let put = self
            .db
            .put_item()
            .table_name(self.table(Table::Core))
            .set_item(Some(self.by_author(write_ring(ring))))
            .condition_expression("version = :before")
            .expression_attribute_values(":before", number(ring.version - 1));
        match put.send_by(&self.db).await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Err(RingConflict::Changed)
            }
            Err(error) => Err(StoreError::unavailable("PutItem", &error).into()),
        }
    }
}

/// The attributes of the three pairs, in the order of `SealedGeneration::pairs`.
const PAIRS: [(&str, &str); 3] = [("rs256", "rs256_public"), ("es256", "es256_public"), ("eddsa", "eddsa_public")];

fn write_ring(ring: &SealedRing) -> Attributes {
    let generations = ring.generations.iter().map(|generation| {
        let map = Writer::default()
            .with("id", text(&generation.id))
            .with("from", time(generation.from))
            .with("hs256", bytes(generation.hs256.as_slice()));
        let with_pairs = PAIRS.iter().zip(&generation.pairs).fold(map, |map, ((private, public), pair)| {
            map.with(private, bytes(pair.private.as_slice())).with(public, bytes(pair.public.as_slice()))
        });
        with_pairs.into_map()
    });
    Writer::at(&Key::ring())
        .with("version", number(ring.version))
        .with("root", bytes(ring.root.as_slice()))
        .with("generations", AttributeValue::L(generations.collect()))
        .done()
}

fn read_ring(attributes: &Attributes) -> Result<SealedRing, StoreError> {
    let item = Reader::new("key ring", attributes);
    let generations = item.list("generations")?.into_iter().map(|generation| {
        let pair = |(private, public): (&'static str, &'static str)| {
            Ok::<_, StoreError>(SealedPair {
                private: generation.bytes(private)?.to_vec(),
                public: generation.bytes(public)?.to_vec(),
            })
        };
        let [rsa, ecdsa, ed25519] = PAIRS;
        Ok(SealedGeneration {
            id: generation.text("id")?.to_owned(),
            from: generation.time("from")?,
            hs256: generation.bytes("hs256")?.to_vec(),
            pairs: [pair(rsa)?, pair(ecdsa)?, pair(ed25519)?],
        })
    });
    Ok(SealedRing {
        version: item.number("version")?,
        root: item.bytes("root")?.to_vec(),
        generations: generations.collect::<Result<_, StoreError>>()?,
    })
}
