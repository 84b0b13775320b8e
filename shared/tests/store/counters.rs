use std::collections::BTreeSet;
use std::sync::Arc;

use shared::clock::Seconds;
use shared::limit::{Counted, Quota, Subject};
use shared::user::identity::{Handle, Login};
use shared::user::lockout::{Brake, WINDOW};

use crate::world::{NOW, World, app, email};

fn login(handle: &Handle) -> Login {
    Login::Handle(handle.clone())
}

const QUOTA: Quota = Quota { limit: 100, window: Seconds(900) };

#[tokio::test]
async fn requests_are_counted_per_client_and_window() {
    let world = World::new();
    let (ada, bob) = (Subject::new("app", "192.0.2.1"), Subject::new("app", "192.0.2.2"));
    let count = |subject: Subject, at| {
        let store = world.store.clone();
        async move { store.count_request(&subject, QUOTA, at).await.expect("counts") }
    };
    assert_eq!(count(ada.clone(), NOW).await, Counted { current: 1, previous: 0 });
    assert_eq!(count(ada.clone(), NOW).await, Counted { current: 2, previous: 0 });
    assert_eq!(count(bob, NOW).await, Counted { current: 1, previous: 0 });
    assert_eq!(count(Subject::new("browser", "192.0.2.1"), NOW).await, Counted { current: 1, previous: 0 });
    assert_eq!(count(ada.clone(), NOW.plus(Seconds(900))).await, Counted { current: 1, previous: 2 });
    assert_eq!(count(ada, NOW.plus(Seconds(2700))).await, Counted { current: 1, previous: 0 });
}

#[tokio::test]
async fn of_sixty_requests_at_once_no_two_get_the_same_count() {
    let world = Arc::new(World::new());
    let racers = (0..60).map(|_| {
        let world = world.clone();
        let subject = Subject::new("app", "192.0.2.1");
        tokio::spawn(async move { world.store.count_request(&subject, QUOTA, NOW).await.expect("counts").current })
    });
    let mut counts = BTreeSet::new();
    for racer in racers.collect::<Vec<_>>() {
        counts.insert(racer.await.expect("no panic"));
    }
    assert_eq!(counts, (1..=60).collect());
}

#[tokio::test]
async fn a_client_that_comes_and_goes_for_years_does_not_grow_its_item() {
    let world = World::new();
    let subject = Subject::new("app", "192.0.2.1");
    for visit in 0..40 {
        world.store.count_request(&subject, QUOTA, NOW.plus(Seconds(visit * 5 * 900))).await.expect("counts");
    }
    let cleanups = world.faults.calls()["UpdateItem"] - 40;
    assert!((5..=14).contains(&cleanups), "{cleanups} writes to forget old windows");
}

/// Both kinds of handle: one that somebody has, one that nobody has.
async fn failing(known: bool) -> (World, Handle) {
    let world = World::new();
    if known {
        world.register("ada@example.com").await.expect("registers");
    }
    (world, Handle::Email(email("ada@example.com")))
}

#[tokio::test]
async fn the_failure_after_the_cap_rests_the_handle_until_the_window_ends() {
    for known in [true, false] {
        let (world, handle) = failing(known).await;
        let fail = |at| {
            let (store, handle) = (world.store.clone(), handle.clone());
            async move { store.note_failure(&app("demo"), &login(&handle), known, 3, at).await.expect("counts") }
        };
        for _ in 0..3 {
            assert_eq!(fail(NOW).await, Brake::Open);
        }
        assert_eq!(fail(NOW).await, Brake::Resting(WINDOW));
        // Trying on does not make it longer.
        assert_eq!(fail(NOW.plus(Seconds(100))).await, Brake::Resting(Seconds(200)));
        assert_eq!(fail(NOW.plus(WINDOW)).await, Brake::Open);
    }
}

#[tokio::test]
async fn counting_a_failure_makes_the_same_calls_for_a_handle_that_nobody_has() {
    let mut calls = Vec::new();
    for known in [true, false] {
        let (world, handle) = failing(known).await;
        world.store.ring(NOW).await.expect("a ring");
        world.faults.reset_calls();
        for _ in 0..5 {
            world.store.note_failure(&app("demo"), &login(&handle), known, 3, NOW).await.expect("counts");
        }
        calls.push(world.faults.calls());
    }
    assert_eq!(calls[0], calls[1]);
}

#[tokio::test]
async fn of_fifty_failures_at_once_no_more_than_the_cap_are_free() {
    for known in [true, false] {
        let (world, handle) = failing(known).await;
        let world = Arc::new(world);
        let racers = (0..50).map(|_| {
            let (world, handle) = (world.clone(), handle.clone());
            tokio::spawn(async move { world.store.note_failure(&app("demo"), &login(&handle), known, 5, NOW).await })
        });
        let mut open = 0;
        for racer in racers.collect::<Vec<_>>() {
            open += usize::from(racer.await.expect("no panic").expect("counts") == Brake::Open);
        }
        assert_eq!(open, 5, "known: {known}");
    }
}

#[tokio::test]
async fn a_failure_never_makes_an_identity_of_a_handle_that_was_just_deleted() {
    let world = World::new();
    let handle = Handle::Email(email("ada@example.com"));
    let brake = world.store.note_failure(&app("demo"), &login(&handle), true, 3, NOW).await.expect("answers");
    assert_eq!(brake, Brake::Open);
    assert!(world.identity("ada@example.com").await.is_none());
}

#[tokio::test]
async fn a_success_forgets_the_failures() {
    let (world, handle) = failing(true).await;
    for _ in 0..3 {
        world.store.note_failure(&app("demo"), &login(&handle), true, 3, NOW).await.expect("counts");
    }
    assert!(!world.identity("ada@example.com").await.expect("an identity").failures.is_clear());
    world.store.clear_failures(&app("demo"), &handle, NOW).await.expect("clears");
    assert!(world.identity("ada@example.com").await.expect("an identity").failures.is_clear());
}
