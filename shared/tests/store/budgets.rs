use std::sync::Arc;

use shared::budget::{Budgets, Channel, Charge, DAY, Scope, Spending, VERIFIED_IS_WORTH};
use shared::clock::{Seconds, Timestamp};
use shared::id::AppId;
use shared::user::phone::Phone;

use crate::world::{NOW, World, app, email};

const BUDGETS: Budgets = Budgets { prefix: 10, app: 15, deployment: 20, breaker: None };

fn phone(number: &str) -> Phone {
    number.parse().expect("E.164")
}

fn text(app: &AppId, number: &str) -> Vec<Charge> {
    BUDGETS.text_message(app, &phone(number))
}

async fn spend(world: &World, charges: &[Charge], at: Timestamp) -> Option<&'static str> {
    match world.store.spend(charges, at).await.expect("answers") {
        Spending::Send => None,
        Spending::Suppress(charge) => Some(charge.scope.name()),
    }
}

async fn sent(world: &World, scope: Scope) -> (u32, u32) {
    let used = world.store.used(Channel::Sms, &scope, NOW).await.expect("answers");
    (used.sent, used.held)
}

#[tokio::test]
async fn of_a_hundred_charges_at_once_exactly_the_budget_is_spent() {
    let world = Arc::new(World::new());
    let racers = (0..100).map(|_| {
        let world = world.clone();
        tokio::spawn(async move { spend(&world, &text(&app("demo"), "+8613812345678"), NOW).await })
    });
    let mut spent = 0;
    for racer in racers.collect::<Vec<_>>() {
        spent += usize::from(racer.await.expect("no panic").is_none());
    }
    assert_eq!(spent, 10);
}

#[tokio::test]
async fn somebody_who_is_refused_by_a_wider_scope_gets_the_narrower_ones_back() {
    let world = World::new();
    for block in 0..15 {
        assert_eq!(spend(&world, &text(&app("demo"), &format!("+86138{block:04}0001")), NOW).await, None);
    }
    assert_eq!(spend(&world, &text(&app("demo"), "+8613999990001"), NOW).await, Some("app"));
    assert_eq!(sent(&world, Scope::Prefix("+861399999".to_owned())).await, (0, 0));
    assert_eq!(sent(&world, Scope::App(app("demo"))).await, (15, 0));
    assert_eq!(sent(&world, Scope::Deployment).await, (15, 1));
    for number in 0..5 {
        assert_eq!(spend(&world, &text(&app("demo-2"), &format!("+861399999000{number}")), NOW).await, None);
    }
    assert_eq!(spend(&world, &text(&app("demo-2"), "+8613999990006"), NOW).await, Some("deployment"));
}

#[tokio::test]
async fn a_refund_gives_a_message_back_and_never_more() {
    let world = World::new();
    let charges = text(&app("demo"), "+8613812345678");
    assert_eq!(spend(&world, &charges, NOW).await, None);
    for _ in 0..3 {
        world.store.refund(&charges, NOW).await.expect("refunds");
    }
    assert_eq!(sent(&world, Scope::Deployment).await, (0, 0));
}

#[tokio::test]
async fn a_budget_begins_anew_at_midnight_and_when_the_operator_says_so() {
    let world = World::new();
    let charges = text(&app("demo"), "+8613812345678");
    for _ in 0..10 {
        assert_eq!(spend(&world, &charges, NOW).await, None);
    }
    assert_eq!(spend(&world, &charges, NOW).await, Some("prefix"));
    let midnight = Timestamp::from_unix((NOW.unix() / DAY.0 + 1) * DAY.0);
    assert_eq!(spend(&world, &charges, midnight.minus(Seconds(1))).await, Some("prefix"));
    assert_eq!(spend(&world, &charges, midnight).await, None);
    world.store.reset_budget(Channel::Sms, &charges[0].scope, NOW).await.expect("resets");
    assert_eq!(spend(&world, &charges, NOW).await, None);
}

#[tokio::test]
async fn a_code_that_is_used_makes_up_for_four_that_are_not() {
    let world = World::new();
    let budgets = Budgets { prefix: 100, app: 100, deployment: 100, breaker: Some(8) };
    let charges = budgets.text_message(&app("demo"), &phone("+8613812345678"));
    for _ in 0..8 {
        assert_eq!(spend(&world, &charges, NOW).await, None);
    }
    assert_eq!(spend(&world, &charges, NOW).await, Some("prefix"));
    world.store.note_verified(&phone("+8613812340001"), NOW).await.expect("notes");
    for _ in 0..VERIFIED_IS_WORTH {
        assert_eq!(spend(&world, &charges, NOW).await, None);
    }
    assert_eq!(spend(&world, &charges, NOW).await, Some("prefix"));
}

#[tokio::test]
async fn an_address_has_an_hour_and_a_day() {
    let world = World::new();
    let budgets = Budgets { prefix: 100, app: 100, deployment: 100, breaker: None };
    let charges = budgets.mail(&app("demo"), &email("ada@example.com"), true);
    let day = Timestamp::from_unix(NOW.unix() / DAY.0 * DAY.0);
    for (hour, room) in [(0, 5), (1, 5), (2, 0)] {
        let at = day.plus(Seconds::hours(hour));
        for _ in 0..room {
            assert_eq!(spend(&world, &charges, at).await, None, "hour {hour}");
        }
        assert_eq!(spend(&world, &charges, at).await, Some("address"), "hour {hour}");
    }
}

#[tokio::test]
async fn ten_thousand_numbers_of_one_prefix_are_sent_its_budget_and_a_number_elsewhere_its_code() {
    let world = Arc::new(World::new());
    let budgets = Budgets { prefix: 100, app: 1000, deployment: 2000, breaker: Some(50) };
    let charges = move |number: String| budgets.text_message(&app("demo"), &phone(&number));
    let pumpers = (0..8).map(|first| {
        let world = world.clone();
        tokio::spawn(async move {
            let mut sent = 0;
            for number in (first..10_000).step_by(8) {
                // The prefix decides, and to ask it alone takes a third of the time.
                let prefix = &charges(format!("+861381234{number:04}"))[..1];
                sent += usize::from(spend(&world, prefix, NOW).await.is_none());
            }
            sent
        })
    });
    let mut sent = 0;
    for pumper in pumpers.collect::<Vec<_>>() {
        sent += pumper.await.expect("no panic");
    }
    assert_eq!(sent, 50);
    assert_eq!(spend(&world, &charges("+8613812345678".to_owned()), NOW).await, Some("prefix"));
    assert_eq!(spend(&world, &charges("+8613987654321".to_owned()), NOW).await, None);
}
