use std::collections::BTreeSet;
use std::sync::Arc;

use shared::clock::Seconds;
use shared::limit::{Counted, Counts, Quota, Subject};

use crate::world::{NOW, World};

const QUOTA: Quota = Quota { limit: 100, window: Seconds(900) };

#[tokio::test]
async fn requests_are_counted_per_client_and_window() {
    let world = World::new();
    let (ada, bob) = (Subject::new("app", "192.0.2.1"), Subject::new("app", "192.0.2.2"));
    let count = |subject: Subject, at| {
        let store = world.store.clone();
        async move { store.count_request(&subject, QUOTA, at).await.expect("counts").client }
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
        tokio::spawn(
            async move { world.store.count_request(&subject, QUOTA, NOW).await.expect("counts").client.current },
        )
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

#[tokio::test]
async fn the_networks_of_a_48_are_counted_apart_and_together_by_one_write() {
    let world = World::new();
    let count = async |address: &str, after| {
        let subject = Subject::new("app", address);
        world.store.count_request(&subject, QUOTA, NOW.plus(Seconds(after))).await.expect("counts")
    };
    let counts = |client: (u32, u32), wide: (u32, u32)| {
        let counted = |(current, previous)| Counted { current, previous };
        Counts { client: counted(client), wide: Some(counted(wide)) }
    };
    assert_eq!(count("2001:db8:0:1::1", 0).await, counts((1, 0), (1, 0)));
    assert_eq!(count("2001:db8:0:2::1", 0).await, counts((1, 0), (2, 0)));
    assert_eq!(count("2001:db8:0:1::2", 0).await, counts((2, 0), (3, 0)));
    assert_eq!(count("2001:db8:1:1::1", 0).await, counts((1, 0), (1, 0)));
    assert_eq!(count("2001:db8:0:1::1", 900).await, counts((1, 2), (1, 3)));
    assert_eq!(world.faults.calls()["UpdateItem"], 5);
    let subject = Subject::new("app", "2001:db8:0:1::1");
    world.store.uncount_request(&subject, QUOTA, NOW.plus(Seconds(900))).await.expect("uncounts");
    assert_eq!(count("2001:db8:0:1::1", 900).await, counts((1, 2), (1, 3)), "taken back from both");
}

#[tokio::test]
async fn a_48_whose_networks_come_and_go_does_not_grow_its_item() {
    let world = World::new();
    for visit in 0..400 {
        let subject = Subject::new("app", &format!("2001:db8:0:{visit:x}::1"));
        world.store.count_request(&subject, QUOTA, NOW.plus(Seconds(visit * 300))).await.expect("counts");
    }
    let cleanups = world.faults.calls()["UpdateItem"] - 400;
    assert!((20..=100).contains(&cleanups), "{cleanups} writes to forget old windows");
}
