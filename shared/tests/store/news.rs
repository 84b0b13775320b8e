//! What users are told of that the audit trail says.

use futures_util::future::join_all;
use local::faults::{Fault, On, Times};

use crate::world::{NOW, World};

#[tokio::test]
async fn of_an_entry_that_is_delivered_again_nobody_is_told_twice() {
    let world = World::new();
    let claim = async |entry: &str| world.store.claim_news(entry, &world.nonce(), NOW).await.expect("answers");
    assert!(claim("e1").await);
    assert!(!claim("e1").await);
    assert!(claim("e2").await, "another entry is another mail");
}

#[tokio::test]
async fn of_fifty_that_read_one_entry_at_once_one_tells_of_it() {
    let world = World::new();
    let claims = (0..50).map(|_| async { world.store.claim_news("e1", &world.nonce(), NOW).await.expect("answers") });
    assert_eq!(join_all(claims).await.into_iter().filter(|had| *had).count(), 1);
}

#[tokio::test]
async fn a_claim_whose_answer_got_lost_is_its_callers_own() {
    let world = World::new();
    world.faults.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Once);
    assert!(world.store.claim_news("e1", &world.nonce(), NOW).await.expect("answers"));
    assert!(!world.store.claim_news("e1", &world.nonce(), NOW).await.expect("answers"));
}
