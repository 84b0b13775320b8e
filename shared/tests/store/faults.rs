//! What the verbs do while DynamoDB misbehaves: once, and every time.

use std::time::Duration;

use local::faults::{Fault, On, Times};
use shared::clock::Seconds;
use shared::code::reset::ResetLink;
use shared::limit::{Quota, Subject};
use shared::session::{Bearer, Transport};
use shared::store::{NotRegistered, Redemption, StoreError};
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;

use crate::world::{LIFETIME, NOW, World, app, email, session};

/// Faults that end by themselves; the answer is lost only where the work was done.
fn faults() -> [Fault; 6] {
    [
        Fault::Throttle,
        Fault::InternalError,
        Fault::Drop,
        Fault::AnswerLost,
        Fault::Garbage,
        Fault::Slow(Duration::from_millis(1200)),
    ]
}

#[tokio::test]
async fn a_registration_survives_any_single_fault_and_registers_one_user() {
    for fault in faults() {
        let world = World::new();
        world.store.ring(NOW).await.expect("a ring");
        world.faults.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Once);
        let ada = world.register("ada@example.com").await;
        let ada = ada.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(world.identity("ada@example.com").await.expect("an identity").user, ada.user.id, "{fault:?}");
        assert!(world.is_signed_in(session(&ada), NOW).await, "{fault:?}");
    }
}

#[tokio::test]
async fn a_registration_that_meets_another_transaction_is_tried_again() {
    let world = World::new();
    world.store.ring(NOW).await.expect("a ring");
    world.faults.inject(Fault::Conflict, On::operation("TransactWriteItems"), Times::Exactly(3));
    world.register("ada@example.com").await.expect("registers");
}

#[tokio::test]
async fn a_redemption_survives_any_single_fault_and_is_no_false_dead_link() {
    for fault in faults().into_iter().chain([Fault::Conflict]) {
        let world = World::new();
        world.register("ada@example.com").await.expect("registers");
        let identity = world.identity("ada@example.com").await;
        let handle = Handle::Email(email("ada@example.com"));
        let (link, _) = ResetLink::issue(&app("demo"), handle, identity.as_ref(), LIFETIME, &world.random, NOW);
        world.store.put_reset_link(&link).await.expect("writes");
        let link = link.live(&app("demo"), NOW).expect("alive");
        world.faults.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Once);
        let hash = PasswordHash::from_phc("second".to_owned());
        let redemption = Redemption { link: &link, password: &hash, source: "192.0.2.1", now: NOW };
        let redeemed = world.store.redeem_reset_link(&app("demo"), &redemption, &world.nonce()).await;
        redeemed.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(world.identity("ada@example.com").await.expect("an identity").epoch.0, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_deletion_survives_a_lost_answer() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    world.faults.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Once);
    assert!(world.store.delete_user(&app("demo"), &ada.user, &session(&ada).id, NOW).await.expect("deletes"));
}

#[tokio::test]
async fn a_store_that_stays_down_is_unavailable_and_registers_nobody() {
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::Garbage, Fault::Conflict] {
        let world = World::new();
        world.store.ring(NOW).await.expect("a ring");
        world.faults.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Forever);
        let refused = world.register("ada@example.com").await;
        assert!(matches!(refused, Err(NotRegistered::Store(StoreError::Unavailable { .. }))), "{fault:?}: {refused:?}");
        world.faults.heal();
        if fault != Fault::Garbage {
            assert!(world.identity("ada@example.com").await.is_none(), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn a_limiter_that_cannot_count_says_so() {
    let world = World::new();
    world.faults.inject(Fault::Throttle, On::operation("UpdateItem"), Times::Forever);
    let quota = Quota { limit: 100, window: Seconds(900) };
    let counted = world.store.count_request(&Subject::new("app", "192.0.2.1"), quota, NOW).await;
    assert!(matches!(counted, Err(StoreError::Unavailable { .. })), "{counted:?}");
}

#[tokio::test]
async fn a_ring_that_was_read_before_stays_in_use_while_the_store_is_down() {
    let world = World::new();
    world.store.ring(NOW).await.expect("a ring");
    world.faults.inject(Fault::Drop, On::operation("GetItem"), Times::Forever);
    world.store.ring(NOW.plus(Seconds::hours(1))).await.expect("the ring from before");
    let cold = world.another_store().ring(NOW).await;
    assert!(matches!(cold, Err(StoreError::Unavailable { .. })), "{:?}", cold.map(drop));
}

/// DynamoDB refuses a single write while a transaction holds its item. The SDK repeats none of these by itself.
#[tokio::test]
async fn a_single_write_that_meets_a_transaction_is_tried_again() {
    let world = World::new();
    let (ada, demo) = (world.register("ada@example.com").await.expect("registers"), app("demo"));
    let opened = session(&ada).clone();
    for operation in ["PutItem", "DeleteItem", "UpdateItem"] {
        world.faults.inject(Fault::Conflict, On::operation(operation), Times::Once);
    }
    world.store.open_session(&demo, &opened.clone().into()).await.expect("opens");
    assert!(world.store.clear_tries(&demo, &Handle::Email(email("ada@example.com")), NOW).await.is_ok());
    let bearer = Bearer { user: opened.user, session: opened.id.clone() };
    assert!(world.store.end_session(&demo, &bearer, Transport::App).await.expect("ends"));
    assert_eq!(world.faults.pending(), 0);
    assert!(!world.is_signed_in(&opened, NOW).await);
}
