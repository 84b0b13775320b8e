use std::sync::Arc;

use local::faults::{Fault, On, Times};
use shared::budget::{Bill, Budgets, Channel, Charge, DAY, MailTo, Scope, VERIFIED_IS_WORTH};
use shared::clock::{Seconds, Timestamp};
use shared::id::AppId;
use shared::network::Source;
use shared::refill::Reserve;
use shared::store::Refund;
use shared::user::phone::Phone;

use crate::world::{NOW, World, app, email};

const BUDGETS: Budgets = Budgets { source: 10, prefix: 10, app: 15, deployment: 20, breaker: None };
const PLENTY: Budgets = Budgets { source: 20, prefix: 2000, app: 2000, deployment: 5000, breaker: None };

const ATTACKER: &str = "203.0.113.66";

fn phone(number: &str) -> Phone {
    number.parse().expect("E.164")
}

/// What is charged that all apps share.
fn text(app: &AppId, number: &str) -> Vec<Charge> {
    BUDGETS.text_message(app, &phone(number), Vec::new()).shared
}

/// Charges all at once; `None` if there was room, or else the scope that had none.
async fn charge(world: &World, charges: &[Charge], at: Timestamp) -> Option<&'static str> {
    let outcome = world.store.charge(charges, at).await.expect("answers");
    if outcome.refused.is_some() {
        world.store.refund(&outcome.taken, Refund::Held, at).await.expect("refunds");
    }
    outcome.refused.map(|charge| charge.scope.name())
}

/// As a message is charged: those who are behind it first.
async fn pay(world: &World, bill: &Bill, at: Timestamp) -> Option<&'static str> {
    if let Some(refused) = charge(world, &bill.own, at).await {
        return Some(refused);
    }
    let refused = charge(world, &bill.shared, at).await;
    if refused.is_some() {
        world.store.refund(&bill.own, Refund::Held, at).await.expect("refunds");
    }
    refused
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
        tokio::spawn(async move {
            let prefix = &text(&app("demo"), "+8613812345678")[..1];
            world.store.charge(prefix, NOW).await.expect("answers").taken.len()
        })
    });
    let mut spent = 0;
    for racer in racers.collect::<Vec<_>>() {
        spent += racer.await.expect("no panic");
    }
    assert_eq!(spent, 10);
}

#[tokio::test]
async fn of_fifty_requests_of_one_source_at_once_exactly_its_quota_is_let_through() {
    let world = Arc::new(World::new());
    let racers = (0..50).map(|_| {
        let world = world.clone();
        tokio::spawn(async move {
            let own = BUDGETS.text_message(&app("demo"), &phone("+8613812345678"), Source::of(ATTACKER)).own;
            world.store.charge(&own, NOW).await.expect("answers").taken.len()
        })
    });
    let mut taken = 0;
    for racer in racers.collect::<Vec<_>>() {
        taken += racer.await.expect("no panic");
    }
    assert_eq!(taken, 10);
}

#[tokio::test]
async fn somebody_who_is_refused_by_one_scope_gets_the_others_back() {
    let world = World::new();
    for block in 0..15 {
        assert_eq!(charge(&world, &text(&app("demo"), &format!("+86138{block:04}0001")), NOW).await, None);
    }
    assert_eq!(charge(&world, &text(&app("demo"), "+8613999990001"), NOW).await, Some("app"));
    assert_eq!(sent(&world, Scope::Prefix("+861399999".to_owned())).await, (0, 1));
    assert_eq!(sent(&world, Scope::App(app("demo"))).await, (15, 0));
    assert_eq!(sent(&world, Scope::Deployment).await, (15, 1));
    for number in 0..5 {
        assert_eq!(charge(&world, &text(&app("demo-2"), &format!("+861399999000{number}")), NOW).await, None);
    }
    assert_eq!(charge(&world, &text(&app("demo-2"), "+8613999990006"), NOW).await, Some("deployment"));
}

#[tokio::test]
async fn an_app_that_pumps_a_prefix_closes_it_for_itself_alone() {
    let world = World::new();
    let budgets = Budgets { prefix: 8, app: 1000, deployment: 1000, breaker: Some(5), ..PLENTY };
    let text = |id: &str| budgets.text_message(&app(id), &phone("+8613812345678"), Vec::new()).shared;
    for _ in 0..5 {
        assert_eq!(charge(&world, &text("pumped"), NOW).await, None);
    }
    assert_eq!(charge(&world, &text("pumped"), NOW).await, Some("prefix"));
    for other in ["a", "b", "c"] {
        assert_eq!(charge(&world, &text(other), NOW).await, None, "{other}");
    }
    let used = world.store.used(Channel::Sms, &Scope::Prefix("+861381234".to_owned()), NOW).await.expect("answers");
    assert_eq!((used.sent, used.open, used.held), (8, 5, 0));
}

#[tokio::test]
async fn all_apps_together_send_a_prefix_five_times_what_one_may() {
    let world = World::new();
    let budgets = Budgets { prefix: 2, app: 1000, deployment: 1000, ..PLENTY };
    let mut sent = 0;
    for id in 0..8 {
        for _ in 0..3 {
            let charges = budgets.text_message(&app(&format!("a{id}")), &phone("+8613812345678"), Vec::new()).shared;
            sent += u32::from(charge(&world, &charges, NOW).await.is_none());
        }
    }
    assert_eq!(sent, 10);
}

#[tokio::test]
async fn a_refund_gives_a_message_back_and_never_more() {
    let world = World::new();
    let bill = BUDGETS.text_message(&app("demo"), &phone("+8613812345678"), Source::of(ATTACKER));
    assert_eq!(pay(&world, &bill, NOW).await, None);
    for _ in 0..3 {
        for charges in [&bill.own, &bill.shared] {
            world.store.refund(charges, Refund::Unsent, NOW).await.expect("refunds");
        }
    }
    assert_eq!(sent(&world, Scope::Deployment).await, (0, 0));
    for _ in 0..10 {
        assert_eq!(charge(&world, &bill.own, NOW).await, None);
    }
    assert_eq!(charge(&world, &bill.own, NOW).await, Some("source"));
}

#[tokio::test]
async fn a_refund_that_may_have_been_carried_out_is_not_repeated_and_one_that_was_refused_is() {
    for (fault, left) in [
        (Fault::AnswerLost, 1),
        (Fault::AnswerGarbled, 1),
        (Fault::Drop, 2),
        (Fault::Throttle, 1),
        (Fault::Conflict, 1),
    ] {
        let world = World::new();
        let charges = &text(&app("demo"), "+8613812345678")[2..];
        for _ in 0..2 {
            assert_eq!(charge(&world, charges, NOW).await, None);
        }
        world.faults.inject(fault.clone(), On::operation("UpdateItem"), Times::Once);
        let _ = world.store.refund(charges, Refund::Unsent, NOW).await;
        assert_eq!(sent(&world, Scope::Deployment).await.0, left, "{fault:?}");
    }
}

#[tokio::test]
async fn a_quota_costs_a_process_one_write_whether_full_or_taken_of_and_an_empty_one_no_second() {
    let world = World::new();
    let own = BUDGETS.text_message(&app("demo"), &phone("+8613812345678"), Source::of(ATTACKER)).own;
    let writes = || world.faults.calls().get("UpdateItem").copied().unwrap_or_default();
    let (mut expected, elsewhere) = (0, world.another_store());
    for _ in 0..9 {
        assert_eq!(world.store.charge(&own, NOW).await.expect("answers").taken.len(), 1);
        expected += 1;
        assert_eq!(writes(), expected);
    }
    assert_eq!(elsewhere.charge(&own, NOW).await.expect("answers").taken.len(), 1, "the tenth");
    expected += 2;
    for store in [&*world.store, &world.another_store()] {
        assert!(store.charge(&own, NOW).await.expect("answers").refused.is_some());
        expected += 1;
    }
    assert_eq!(writes(), expected);
    // What a process remembers decides nothing: the quota refilled, or was given back, meanwhile.
    let rested = NOW.plus(Seconds::hours(1));
    for _ in 0..10 {
        assert_eq!(elsewhere.charge(&own, rested).await.expect("answers").taken.len(), 1);
    }
    world.store.reset_budget(Channel::Sms, &own[0].scope, rested).await.expect("resets");
    assert_eq!(elsewhere.charge(&own, rested).await.expect("answers").taken.len(), 1);
    assert_eq!(world.store.charge(&own, rested).await.expect("answers").taken.len(), 1);
}

#[tokio::test]
async fn a_budget_that_is_used_up_refills_by_one_an_hour_and_is_full_at_midnight_and_when_the_operator_says_so() {
    let world = World::new();
    let charges = text(&app("demo"), "+8613812345678");
    for _ in 0..10 {
        assert_eq!(charge(&world, &charges, NOW).await, None);
    }
    assert_eq!(charge(&world, &charges, NOW).await, Some("prefix"));
    for hour in 1..=3 {
        let at = NOW.plus(Seconds::hours(hour));
        assert_eq!(charge(&world, &charges, at.minus(Seconds(1))).await, Some("prefix"), "{hour}");
        assert_eq!(charge(&world, &charges, at).await, None, "{hour}");
        assert_eq!(charge(&world, &charges, at).await, Some("prefix"), "{hour}: it was one");
    }
    let midnight = Timestamp::from_unix((NOW.unix() / DAY.0 + 1) * DAY.0);
    for _ in 0..10 {
        assert_eq!(charge(&world, &charges, midnight).await, None);
    }
    assert_eq!(charge(&world, &charges, midnight).await, Some("prefix"));
    world.store.reset_budget(Channel::Sms, &charges[0].scope, midnight).await.expect("resets");
    assert_eq!(charge(&world, &charges, midnight).await, None);
}

#[tokio::test]
async fn a_large_budget_refills_by_a_quarter_in_a_day_for_every_kind_of_mail() {
    for to in [MailTo::User, MailTo::New, MailTo::Told] {
        let world = World::new();
        let budgets = Budgets { prefix: 192, app: 192, deployment: 192, ..PLENTY };
        let day = Timestamp::from_unix(NOW.unix() / DAY.0 * DAY.0);
        let mut sent = 0;
        for minute in (0..24 * 60).step_by(10) {
            let at = day.plus(Seconds::minutes(minute));
            loop {
                let bill = budgets.mail(&app("demo"), &email("ada@gmail.com"), to, Vec::new());
                if charge(&world, &bill.shared, at).await.is_some() {
                    break;
                }
                sent += 1;
            }
        }
        assert_eq!(sent, 192 + 47, "{to:?}");
    }
}

#[tokio::test]
async fn a_prefix_that_was_pumped_opens_again_by_one_code_in_half_an_hour() {
    let world = World::new();
    let budgets = Budgets { prefix: 1000, app: 1000, deployment: 1000, breaker: Some(50), ..PLENTY };
    let charges = budgets.text_message(&app("demo"), &phone("+8613812345678"), Vec::new()).shared;
    for _ in 0..50 {
        assert_eq!(charge(&world, &charges, NOW).await, None);
    }
    for half_hour in 1..=6 {
        let at = NOW.plus(Seconds::minutes(30 * half_hour));
        assert_eq!(charge(&world, &charges, at.minus(Seconds(1))).await, Some("prefix"), "{half_hour}");
        assert_eq!(charge(&world, &charges, at).await, None, "{half_hour}");
        assert_eq!(charge(&world, &charges, at).await, Some("prefix"), "{half_hour}");
    }
}

#[tokio::test]
async fn what_strangers_use_up_is_left_for_known_places_and_bounded_for_them_too() {
    let world = World::new();
    let budgets = Budgets { source: 100, prefix: 4, app: 8, deployment: 16, breaker: Some(4) };
    let bill = |id: &str, number: u32| {
        budgets.text_message(&app(id), &phone(&format!("+8613812{number:06}")), Source::of(ATTACKER))
    };
    for id in ["demo", "demo-2"] {
        for number in 0..20 {
            let _ = charge(&world, &bill(id, number * 10_000).shared, NOW).await;
        }
        assert!(charge(&world, &bill(id, 990_000).shared, NOW).await.is_some(), "{id}");
    }
    let mut sent = Vec::new();
    for (hour, id) in [(1, "demo"), (2, "demo-2")] {
        let known = bill(id, 1).at_known_place.into_iter().map(|charge| charge.with_reserve(Reserve::Whole));
        let known: Vec<_> = known.collect();
        let mut taken = 0;
        while charge(&world, &known, NOW).await.is_none() {
            taken += 1;
        }
        sent.push(taken);
        assert_eq!(charge(&world, &known, NOW.plus(Seconds::hours(hour))).await, None, "it refills");
    }
    assert_eq!(sent, [10, 0], "the reserve of the app, and the one of the deployment, which the first took");
}

#[tokio::test]
async fn a_code_that_is_used_makes_up_for_four_of_its_app_that_are_not() {
    let world = World::new();
    let budgets = Budgets { prefix: 100, app: 100, deployment: 100, breaker: Some(8), ..PLENTY };
    let charges = budgets.text_message(&app("demo"), &phone("+8613812345678"), Vec::new()).shared;
    for _ in 0..8 {
        assert_eq!(charge(&world, &charges, NOW).await, None);
    }
    world.store.note_verified(&app("demo-2"), &phone("+8613812340001"), NOW).await.expect("notes");
    assert_eq!(charge(&world, &charges, NOW).await, Some("prefix"));
    world.store.note_verified(&app("demo"), &phone("+8613812340001"), NOW).await.expect("notes");
    for _ in 0..VERIFIED_IS_WORTH {
        assert_eq!(charge(&world, &charges, NOW).await, None);
    }
    assert_eq!(charge(&world, &charges, NOW).await, Some("prefix"));
}

#[tokio::test]
async fn an_address_is_sent_five_mails_at_once_and_then_one_in_half_an_hour_all_day() {
    let world = World::new();
    let bill = PLENTY.mail(&app("demo"), &email("ada@example.com"), MailTo::User, Vec::new());
    let mut sent = Vec::new();
    for minute in (0..24 * 60).step_by(10) {
        let at = NOW.plus(Seconds::minutes(minute));
        for _ in 0..2 {
            if pay(&world, &bill, at).await.is_none() {
                sent.push(minute);
            }
        }
    }
    assert_eq!(sent[..6], [0, 0, 10, 10, 20, 30]);
    assert!(sent[5..].windows(2).all(|pair| pair[1] - pair[0] == 30), "{sent:?}");
    assert_eq!(sent.len(), 5 + 47);
}

#[tokio::test]
async fn two_thousand_made_up_addresses_from_one_source_hold_back_nobody_elses_mail() {
    let world = World::new();
    let demo = app("demo");
    let mut sent = 0;
    for number in 0..2000_u32 {
        // Over half an hour, as the rate limit has it.
        let at = NOW.plus(Seconds(i64::from(number)));
        let made_up = email(&format!("made.up.{number}@gmail.com"));
        let bill = PLENTY.mail(&demo, &made_up, MailTo::New, Source::of(ATTACKER));
        sent += u32::from(pay(&world, &bill, at).await.is_none());
    }
    assert_eq!(sent, 20 + 11, "its own quota, and what came again meanwhile");
    for (id, to) in [("demo", MailTo::New), ("demo", MailTo::User), ("demo-2", MailTo::New), ("demo-2", MailTo::User)] {
        let bill = PLENTY.mail(&app(id), &email("grace@gmail.com"), to, Source::of("198.51.100.7"));
        assert_eq!(pay(&world, &bill, NOW).await, None, "{id} {to:?}");
    }
    let own_recovery = PLENTY.mail(&demo, &email("mallory@gmail.com"), MailTo::User, Source::of(ATTACKER));
    assert_eq!(pay(&world, &own_recovery, NOW).await, None, "sign-ups of an office cost nobody there a reset");
}

#[tokio::test]
async fn a_48_has_four_times_what_each_of_its_64s_has() {
    let world = World::new();
    let mut sent = 0;
    for subnet in 0..10 {
        for _ in 0..20 {
            let sources = Source::of(&format!("2001:db8:1:{subnet:x}::1"));
            let number = phone(&format!("+861380000{sent:04}"));
            let bill = BUDGETS.text_message(&app("demo"), &number, sources);
            sent += u32::from(charge(&world, &bill.own, NOW).await.is_none());
        }
    }
    assert_eq!(sent, 40);
    let elsewhere = BUDGETS.text_message(&app("demo"), &phone("+8613800000001"), Source::of("2001:db8:2::1"));
    assert_eq!(charge(&world, &elsewhere.own, NOW).await, None);
}

#[tokio::test]
async fn ten_thousand_numbers_of_one_prefix_are_sent_its_budget_and_a_number_elsewhere_its_code() {
    let world = Arc::new(World::new());
    let budgets = Budgets { source: 10, prefix: 100, app: 1000, deployment: 2000, breaker: Some(50) };
    let charges = move |number: String| budgets.text_message(&app("demo"), &phone(&number), Vec::new()).shared;
    let pumpers = (0..8).map(|first| {
        let world = world.clone();
        tokio::spawn(async move {
            let mut sent = 0;
            for number in (first..10_000).step_by(8) {
                // The prefix decides, and to ask it alone takes a third of the time.
                let prefix = &charges(format!("+861381234{number:04}"))[..1];
                sent += usize::from(charge(&world, prefix, NOW).await.is_none());
            }
            sent
        })
    });
    let mut sent = 0;
    for pumper in pumpers.collect::<Vec<_>>() {
        sent += pumper.await.expect("no panic");
    }
    assert_eq!(sent, 50);
    assert_eq!(charge(&world, &charges("+8613812345678".to_owned()), NOW).await, Some("prefix"));
    assert_eq!(charge(&world, &charges("+8613987654321".to_owned()), NOW).await, None);
}
