use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use local::faults::{Fault, On, Times};
use shared::clock::Seconds;
use shared::random::Random;
use shared::secret::Secret;
use shared::store::{RingConflict, StoreError};
use shared::token::ring::{KeyError, SealedRing};
use shared::token::seal::{CannotOpen, Kek};

use crate::world::{NOW, World, app};

#[tokio::test(flavor = "multi_thread", worker_threads = 6)]
async fn however_many_processes_start_at_once_they_use_one_ring() {
    let world = World::new();
    // Every one of them finds no ring before the first has written its own.
    world.faults.set_latency(Duration::from_millis(200));
    let starters = (0..6).map(|_| {
        let store = world.another_store();
        tokio::spawn(async move { store.ring(NOW).await.expect("a ring").blind("email", &app("demo"), "x") })
    });
    let mut seen = BTreeSet::new();
    for starter in starters.collect::<Vec<_>>() {
        seen.insert(starter.await.expect("no panic"));
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(world.faults.calls()["PutItem"] >= 6, "nobody raced");
    assert_eq!(world.store.sealed_ring(NOW).await.expect("a ring").version, 1);
}

#[tokio::test]
async fn a_ring_sealed_under_another_kek_is_an_error_and_not_a_new_ring() {
    let world = World::new();
    world.store.ring(NOW).await.expect("a ring");
    let stranger = world.store_with_kek("another deployment's secret");
    assert_eq!(stranger.ring(NOW).await.map(drop), Err(StoreError::Keys(KeyError::CannotOpen(CannotOpen))));
}

#[tokio::test]
async fn a_rotated_ring_is_met_within_five_minutes() {
    let world = World::new();
    let kek = Kek::new(&Secret::new("the test deployment's secret".to_owned()));
    let before = world.store.ring(NOW).await.expect("a ring");
    let sealed = world.store.sealed_ring(NOW).await.expect("a ring");
    let rotated = sealed.rotate(&kek, &Random::system(), NOW).expect("rotates");
    world.store.replace_ring(&rotated).await.expect("replaces");
    let cached = world.store.ring(NOW.plus(Seconds(299))).await.expect("a ring");
    assert!(Arc::ptr_eq(&before, &cached));
    let met = world.store.ring(NOW.plus(Seconds(300))).await.expect("a ring");
    assert!(!Arc::ptr_eq(&before, &met));
}

#[tokio::test]
async fn while_the_store_is_down_the_ring_is_looked_for_every_few_seconds_only() {
    let world = World::new();
    let ring = world.store.ring(NOW).await.expect("a ring");
    world.faults.inject(Fault::InternalError, On::operation("GetItem"), Times::Forever);
    let asked = |world: &World| world.faults.calls().get("GetItem").copied().unwrap_or_default();
    let before = asked(&world);
    let mut known = Vec::new();
    for second in 300..306 {
        let cached = world.store.ring(NOW.plus(Seconds(second))).await.expect("known");
        assert!(Arc::ptr_eq(&ring, &cached));
        known.push(asked(&world) - before);
    }
    assert!(known[0] > 0 && known[..5].iter().all(|calls| *calls == known[0]), "{known:?}");
    assert!(known[5] > known[4], "{known:?}");
}

#[tokio::test]
async fn of_two_operators_who_rotate_one_is_told_to_look_again() {
    let world = World::new();
    let kek = Kek::new(&Secret::new("the test deployment's secret".to_owned()));
    let sealed = world.store.sealed_ring(NOW).await.expect("a ring");
    let rotate = |sealed: SealedRing| sealed.rotate(&kek, &Random::system(), NOW).expect("rotates");
    let (mine, theirs) = (rotate(sealed.clone()), rotate(sealed));
    world.store.replace_ring(&theirs).await.expect("replaces");
    assert!(matches!(world.store.replace_ring(&mine).await, Err(RingConflict::Changed)));
    assert_eq!(world.store.sealed_ring(NOW).await.expect("a ring"), theirs);
}

#[tokio::test]
async fn who_only_looks_makes_no_ring() {
    let world = World::new();
    let stranger = world.store_with_kek("no key at all");
    assert_eq!(stranger.stored_ring().await, Ok(None));
    assert_eq!(stranger.stored_ring().await, Ok(None), "it was not made by looking");
    let made = world.store.sealed_ring(NOW).await.expect("a ring");
    assert_eq!(stranger.stored_ring().await, Ok(Some(made)));
}
