//! A core table that was copied to another account, as docs/operations.md starts again there: it opens with its secret, and
//! with no other.

use serde_json::json;
use shared::store::StoreError;
use shared::token::ring::KeyRing;

use crate::world::{NOW, World, session};

/// Another deployment, whose core table has what the first one's has. Sessions and counters are not taken over.
fn moved(from: &World) -> World {
    let to = World::new();
    let found = from.raw("Scan", &json!({"TableName": "core"}));
    let items = found["Items"].as_array().expect("items");
    assert!(!items.is_empty() && found["LastEvaluatedKey"].is_null());
    for item in items {
        to.raw("PutItem", &json!({"TableName": "core", "Item": item}));
    }
    to
}

#[tokio::test]
async fn users_are_found_where_the_table_went_with_its_secret_and_all_are_signed_out() {
    let old = World::new();
    let ada = old.register("ada@example.com").await.expect("registers");
    assert!(old.is_signed_in(session(&ada), NOW).await);
    let new = moved(&old);
    assert_eq!(new.identity("ada@example.com").await.expect("an identity").user, ada.user.id);
    assert!(!new.is_signed_in(session(&ada), NOW).await);
    let (before, after) = (old.store.ring(NOW).await.expect("a ring"), new.store.ring(NOW).await.expect("a ring"));
    let kids = |ring: &KeyRing| ring.public_keys(NOW).map(|key| key.kid).collect::<Vec<_>>();
    assert_eq!(kids(&after), kids(&before));
}

#[tokio::test]
async fn with_another_secret_the_table_opens_for_nobody_and_nothing_in_it_is_replaced() {
    let old = World::new();
    old.register("ada@example.com").await.expect("registers");
    let new = moved(&old);
    let opened = new.store_with_kek("the secret that the new deployment drew").ring(NOW).await;
    assert!(matches!(opened, Err(StoreError::Keys(_))), "{opened:?}");
    assert!(new.identity("ada@example.com").await.is_some(), "the ring that was there was replaced");
}
