use std::collections::BTreeSet;
use std::sync::Arc;

use shared::clock::Seconds;
use shared::limit::{Counted, Quota, Subject};

use crate::world::{NOW, World};

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
