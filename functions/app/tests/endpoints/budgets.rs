//! The ceiling on the bill.

use std::sync::Arc;

use app::{ForgotPassword, SendCode};
use serde_json::json;
use shared::clock::Seconds;

use crate::world::{Credentials, World};

const ELSEWHERE: &str = "13987654321";

fn number(of_prefix: usize) -> String {
    format!("1381234{of_prefix:04}")
}

/// Pumps the numbers of one prefix, some at once, each from an address of its own. All are told the same.
async fn pump(world: &Arc<World>, app: &Credentials, numbers: std::ops::Range<usize>) {
    let numbers: Vec<_> = numbers.collect();
    for batch in numbers.chunks(8) {
        let calls = batch.iter().map(|number| {
            let call = app.body(json!({"phone": self::number(*number)}));
            (world.clone(), call.from(&format!("10.0.{}.{}", number / 250, number % 250)))
        });
        let racers: Vec<_> =
            calls.map(|(world, call)| tokio::spawn(async move { world.call::<SendCode>(call).await })).collect();
        for racer in racers {
            let answer = racer.await.expect("no panic");
            assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"message":"验证码已发送"}"#));
        }
    }
}

fn sent(world: &World) -> usize {
    world.outbox.messages().len()
}

#[tokio::test]
async fn a_pumped_prefix_is_sent_its_budget_and_a_number_elsewhere_still_gets_its_code() {
    let world = Arc::new(World::configured(&[("SMS_BUDGET_PREFIX", "20"), ("SMS_BUDGET_APP", "25")]).await);
    let app = world.app("demo").await;
    pump(&world, &app, 1..300).await;
    assert_eq!(sent(&world), 20);
    world.enter(&app, ELSEWHERE).await;
    world.clock.advance(Seconds::days(1));
    world.enter(&app, &number(1)).await;
}

#[tokio::test]
async fn codes_that_nobody_uses_close_their_prefix_and_codes_that_are_used_keep_it_open() {
    let world = Arc::new(World::configured(&[("SMS_BREAKER", "10"), ("SMS_BUDGET_PREFIX", "40")]).await);
    let app = world.app("demo").await;
    for phone in 1..=15 {
        world.enter(&app, &number(phone)).await;
    }
    pump(&world, &app, 100..200).await;
    // Credit is not saved up: the last code that was used made up for at most the next three.
    assert!((15 + 10..=15 + 13).contains(&sent(&world)), "{}", sent(&world));
    world.enter(&app, ELSEWHERE).await;
}

#[tokio::test]
async fn an_apps_budget_stops_that_app_and_the_deployments_stops_all() {
    let world = Arc::new(World::configured(&[("SMS_BUDGET_APP", "3"), ("SMS_BUDGET_DAY", "5")]).await);
    let (ours, theirs) = (world.app("demo").await, world.app("demo-2").await);
    for phone in ["13811110001", "13822220001", "13833330001", "13844440001"] {
        assert_eq!(world.send_code(&ours, phone).await.status, 200);
    }
    assert_eq!(sent(&world), 3);
    for phone in ["13811110001", "13822220001", "13833330001"] {
        assert_eq!(world.send_code(&theirs, phone).await.status, 200);
    }
    assert_eq!(sent(&world), 5);
}

#[tokio::test]
async fn a_message_that_is_held_back_leaves_the_same_record_as_one_that_is_sent() {
    let world = World::configured(&[("SMS_BUDGET_PREFIX", "1")]).await;
    let app = world.app("demo").await;
    let mut seen = Vec::new();
    for phone in [number(1), number(2)] {
        world.dynamodb.reset_calls();
        assert_eq!(world.send_code(&app, &phone).await.status, 200);
        let calls = world.dynamodb.calls();
        let (again, login) = (world.send_code(&app, &phone).await, world.phone_login(&app, &phone, "x").await);
        seen.push((calls, again.body, login.body));
    }
    // The first request of a process also reads the app and notes the use of its secret.
    for operation in ["GetItem", "UpdateItem"] {
        *seen[0].0.get_mut(operation).expect("calls") -= 1;
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(sent(&world), 1);
}

#[tokio::test]
async fn an_address_gets_five_mails_in_an_hour_and_is_told_nothing_else() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, "ada@example.com", "secret123").await;
    let forgot = || world.call::<ForgotPassword>(app.body(json!({"email": "ada@example.com"})));
    for _ in 0..7 {
        assert_eq!(forgot().await.body, r#"{"message":"重置邮件已发送"}"#);
    }
    assert_eq!(sent(&world), 5);
    for _ in 0..7 {
        world.clock.advance(Seconds::hours(1));
        forgot().await;
    }
    assert_eq!(sent(&world), 10);
}

#[tokio::test]
async fn addresses_that_nobody_has_use_up_no_budget_of_those_that_somebody_has() {
    let world = World::configured(&[("MAIL_BUDGET_DAY", "3")]).await;
    let app = world.app("demo").await;
    world.register(&app, "ada@example.com", "secret123").await;
    for stranger in 0..6 {
        let body = json!({"email": format!("nobody-{stranger}@example.com")});
        assert_eq!(world.call::<ForgotPassword>(app.body(body)).await.status, 200);
    }
    assert_eq!(world.call::<ForgotPassword>(app.body(json!({"email": "ada@example.com"}))).await.status, 200);
    assert_eq!(sent(&world), 1);
}
