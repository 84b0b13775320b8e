//! The ceiling on the bill.

use std::sync::Arc;
use std::time::Duration;

use app::{ForgotPassword, Login, SendCode};
use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::clock::Seconds;
use shared::code::sms::COOLDOWN;

use crate::world::{Call, Credentials, World, refusal};

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
    let variables = [("SMS_BREAKER", "10"), ("SMS_BUDGET_PREFIX", "40"), ("SMS_BUDGET_SOURCE", "100")];
    let world = Arc::new(World::configured(&variables).await);
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
    for (number, source) in [(number(1), "192.0.2.1"), (number(2), "198.51.100.1")] {
        let ask = || app.body(json!({"phone": number})).from(source);
        let sent = world.call::<SendCode>(ask()).await;
        let again = world.call::<SendCode>(ask()).await;
        let login = world.phone_login(&app, &number, "123456").await;
        seen.push([sent, again, login].map(|answer| (answer.status, answer.body)));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(sent(&world), 1);
}

/// Asks for a code to [`ELSEWHERE`], which is answered as if it were sent.
async fn ask_again(world: &World, app: &Credentials) {
    world.clock.advance(COOLDOWN);
    let answer = world.send_code(app, ELSEWHERE).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"message":"验证码已发送"}"#));
}

#[tokio::test]
async fn a_code_that_lives_stays_good_when_a_budget_holds_the_next_one_back() {
    for variables in [("SMS_BUDGET_SOURCE", "1"), ("SMS_BUDGET_PREFIX", "1"), ("SMS_BUDGET_APP", "1")] {
        let world = World::configured(&[variables]).await;
        let app = world.app("demo").await;
        ask_again(&world, &app).await;
        let code = world.code(ELSEWHERE);
        for _ in 0..2 {
            ask_again(&world, &app).await;
        }
        assert_eq!(sent(&world), 1, "{variables:?}");
        let entered = world.phone_login(&app, ELSEWHERE, &code).await;
        assert_eq!(entered.status, 200, "{variables:?}: {}", entered.body);
    }
}

#[tokio::test]
async fn a_source_that_cannot_pay_puts_no_code_on_record_and_has_nobody_wait() {
    let world = World::configured(&[("SMS_BUDGET_SOURCE", "1")]).await;
    let app = world.app("demo").await;
    assert_eq!(world.send_code(&app, &number(1)).await.status, 200);
    for _ in 0..2 {
        assert_eq!(world.send_code(&app, ELSEWHERE).await.status, 200);
    }
    assert_eq!(refusal(&world.phone_login(&app, ELSEWHERE, "123456").await), (400, "请先获取验证码".to_owned()));
    // Its owner, who asks from elsewhere, gets one at once.
    let own = world.call::<SendCode>(app.body(json!({"phone": ELSEWHERE})).from("198.51.100.1")).await;
    assert_eq!((own.status, sent(&world)), (200, 2));
}

#[tokio::test]
async fn a_code_that_was_good_is_tried_by_its_asker_after_the_next_one_was_held_back() {
    let world = World::configured(&[("SMS_BUDGET_APP", "1")]).await;
    let app = world.app("demo").await;
    ask_again(&world, &app).await;
    let code = world.code(ELSEWHERE);
    world.clock.advance(COOLDOWN);
    // One stranger asks, and another uses up the strangers' tries.
    let stranger = |body| world.call::<Login>(app.body(body).from("198.51.100.66"));
    let asked = world.call::<SendCode>(app.body(json!({"phone": ELSEWHERE})).from("203.0.113.66")).await;
    assert_eq!((asked.status, sent(&world)), (200, 1));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..6 {
        assert_eq!(stranger(json!({"phone": ELSEWHERE, "code": wrong})).await.status, 400);
    }
    assert_eq!(world.phone_login(&app, ELSEWHERE, &code).await.status, 200);
}

fn forgot(app: &Credentials, email: &str, source: &str) -> Call {
    app.body(json!({"email": email})).from(source)
}

#[tokio::test]
async fn an_address_gets_five_mails_at_once_then_one_in_half_an_hour_and_is_told_nothing_else() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, "ada@example.com", "secret123").await;
    let ask = || world.call::<ForgotPassword>(forgot(&app, "ada@example.com", "192.0.2.1"));
    for _ in 0..7 {
        assert_eq!(ask().await.body, r#"{"message":"重置邮件已发送"}"#);
    }
    assert_eq!(sent(&world), 5);
    for half_hour in 1..=48 {
        world.clock.advance(Seconds::minutes(30));
        ask().await;
        assert_eq!(sent(&world), 5 + half_hour, "a day without any mail would lock the owner out");
    }
}

#[tokio::test]
async fn addresses_that_nobody_has_use_up_no_budget_of_those_that_somebody_has() {
    let world = World::configured(&[("MAIL_BUDGET_DAY", "3"), ("MAIL_BUDGET_SOURCE", "100")]).await;
    let app = world.app("demo").await;
    world.register(&app, "ada@example.com", "secret123").await;
    for stranger in 0..6 {
        let body = json!({"email": format!("nobody-{stranger}@example.com")});
        assert_eq!(world.call::<ForgotPassword>(app.body(body)).await.status, 200);
    }
    assert_eq!(world.call::<ForgotPassword>(app.body(json!({"email": "ada@example.com"}))).await.status, 200);
    assert_eq!(sent(&world), 1);
}

#[tokio::test]
async fn a_source_uses_up_its_own_mail_and_nobody_elses() {
    let world = World::configured(&[("MAIL_BUDGET_SOURCE", "4")]).await;
    let app = world.app("demo").await;
    let neighbours = ["ada", "bob", "cy", "dee", "eve", "fay"].map(|name| format!("{name}@example.com"));
    for neighbour in &neighbours {
        world.register(&app, neighbour, "secret123").await;
    }
    for neighbour in &neighbours {
        let answer = world.call::<ForgotPassword>(forgot(&app, neighbour, "203.0.113.66")).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"message":"重置邮件已发送"}"#));
    }
    assert_eq!(sent(&world), 4);
    world.call::<ForgotPassword>(forgot(&app, &neighbours[5], "198.51.100.1")).await;
    assert_eq!(sent(&world), 5);
    world.clock.advance(Seconds::minutes(15));
    world.call::<ForgotPassword>(forgot(&app, &neighbours[4], "203.0.113.66")).await;
    assert_eq!(sent(&world), 6, "it refills");
}

#[tokio::test]
async fn a_source_uses_up_its_own_texts_and_those_that_many_share_have_no_such_quota() {
    let world = World::configured(&[("SMS_BUDGET_SOURCE", "2"), ("SHARED_SOURCES", "198.51.100.0/24")]).await;
    let app = world.app("demo").await;
    for (source, phones, expected) in [("203.0.113.66", 1, 2), ("192.0.2.7", 2, 4), ("198.51.100.9", 3, 8)] {
        for block in 0..4 {
            let call = app.body(json!({"phone": format!("138{phones}{block}120001")})).from(source);
            let answer = world.call::<SendCode>(call).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"message":"验证码已发送"}"#));
        }
        assert_eq!(sent(&world), expected, "{source}");
    }
}

#[tokio::test]
async fn an_app_that_is_pumped_closes_a_prefix_for_itself_alone() {
    let world = Arc::new(World::configured(&[("SMS_BREAKER", "5")]).await);
    let (pumped, other) = (world.app("pumped").await, world.app("other").await);
    pump(&world, &pumped, 1..60).await;
    assert_eq!(sent(&world), 5);
    world.enter(&other, &number(99)).await;
}

/// What a request for a reset mail costs, and how long it takes in units of a slow service's latency.
async fn told(world: &World, app: &Credentials, email: &str, source: &str) -> (u16, String, usize, u128) {
    const LATENCY: Duration = Duration::from_millis(300);
    world.ses.reset_calls();
    for proxy in [&world.dynamodb, &world.ses] {
        proxy.set_latency(LATENCY);
    }
    let started = tokio::time::Instant::now();
    let answer = world.call::<ForgotPassword>(forgot(app, email, source)).await;
    let waited = started.elapsed().as_millis() / LATENCY.as_millis();
    for proxy in [&world.dynamodb, &world.ses] {
        proxy.set_latency(Duration::ZERO);
    }
    let letters = world.ses.calls().values().sum();
    (answer.status, answer.body, letters, waited)
}

#[tokio::test]
async fn a_used_up_budget_tells_no_known_address_from_an_unknown_one() {
    for variables in [[("MAIL_BUDGET_APP", "1")], [("MAIL_BUDGET_DAY", "1")], [("MAIL_BUDGET_DOMAIN", "1")]] {
        let world = World::configured(&variables).await;
        let app = world.app("demo").await;
        for known in ["ada@example.com", "bob@example.com"] {
            world.register(&app, known, "secret123").await;
        }
        let first = told(&world, &app, "ada@example.com", "198.51.100.1").await;
        for number in 0..3 {
            told(&world, &app, &format!("made-up-{number}@example.com"), "198.51.100.2").await;
        }
        let known = told(&world, &app, "bob@example.com", "198.51.100.3").await;
        let unknown = told(&world, &app, "nobody@example.com", "198.51.100.4").await;
        assert_eq!((&first, &known), (&known, &unknown), "{variables:?}");
        assert_eq!(sent(&world), 1, "{variables:?}: bob's was held back");
    }
}

#[tokio::test]
async fn a_used_up_source_or_address_tells_no_known_address_from_an_unknown_one() {
    let world = World::configured(&[("MAIL_BUDGET_SOURCE", "2")]).await;
    let app = world.app("demo").await;
    for known in ["ada@example.com", "bob@example.com"] {
        world.register(&app, known, "secret123").await;
    }
    for number in 0..2 {
        told(&world, &app, &format!("made-up-{number}@example.com"), "192.0.2.1").await;
    }
    let known = told(&world, &app, "ada@example.com", "192.0.2.1").await;
    assert_eq!(known, told(&world, &app, "nobody@example.com", "192.0.2.1").await);
    for number in 0..5 {
        for email in ["bob@example.com", "nobody@example.com"] {
            told(&world, &app, email, &format!("198.51.100.{number}")).await;
        }
    }
    let known = told(&world, &app, "bob@example.com", "203.0.113.1").await;
    assert_eq!(known, told(&world, &app, "nobody@example.com", "203.0.113.2").await);
    assert_eq!(sent(&world), 5, "bob's five");
}

#[tokio::test]
async fn a_client_pays_for_each_mail_that_is_held_back_until_it_is_told_so_for_every_address_alike() {
    let source = ("MAIL_BUDGET_SOURCE", "2");
    // The app's one mail is used up, or the five of each address are.
    for variables in [vec![source, ("MAIL_BUDGET_APP", "1")], vec![source]] {
        let world = World::configured(&variables).await;
        let app = world.app("demo").await;
        let [ada, bob, nobody] = ["ada", "bob", "nobody"].map(|name| format!("{name}@example.com"));
        for known in [&ada, &bob] {
            world.register(&app, known, "secret123").await;
        }
        for number in 0..5 {
            for (position, email) in [&ada, &bob, &nobody].into_iter().enumerate() {
                world.call::<ForgotPassword>(forgot(&app, email, &format!("198.51.{number}.{position}"))).await;
            }
        }
        for letters in [1, 1, 0] {
            let known = told(&world, &app, &bob, "203.0.113.1").await;
            let unknown = told(&world, &app, &nobody, "203.0.113.2").await;
            assert_eq!((&known, known.2), (&unknown, letters), "{variables:?}");
        }
    }
}

#[tokio::test]
async fn a_request_that_the_limiter_refuses_gives_back_what_its_source_paid_and_asks_nobody_else() {
    let world = World::configured(&[("SMS_BUDGET_SOURCE", "2")]).await;
    let app = world.app("demo").await;
    assert_eq!(world.send_code(&app, "13811120001").await.status, 200);
    for _ in 1..100 {
        assert_eq!(world.call::<SendCode>(app.body(json!({}))).await.status, 400);
    }
    world.dynamodb.reset_calls();
    assert_eq!(world.send_code(&app, "13811120002").await.status, 429);
    // The request, what its source pays and gets back; and the record.
    let calls = world.dynamodb.calls();
    assert_eq!((calls.get("UpdateItem"), calls.get("GetItem")), (Some(&3), Some(&1)));
    // Half of the quota's half hour: what was not given back would be missing now.
    world.clock.advance(Seconds::minutes(15));
    assert_eq!(world.send_code(&app, "13811120003").await.status, 200);
    assert_eq!(sent(&world), 2);
}

#[tokio::test]
async fn a_phone_that_has_to_wait_costs_its_source_nothing_and_asks_nobody_else() {
    let world = World::configured(&[("SMS_BUDGET_SOURCE", "2")]).await;
    let app = world.app("demo").await;
    assert_eq!(world.send_code(&app, "13811120001").await.status, 200);
    for _ in 0..3 {
        world.dynamodb.reset_calls();
        assert_eq!(world.send_code(&app, "13811120001").await.status, 400);
        assert_eq!(world.dynamodb.calls().get("UpdateItem"), Some(&3));
    }
    assert_eq!(world.send_code(&app, "13811120002").await.status, 200);
    assert_eq!(sent(&world), 2);
}

#[tokio::test]
async fn a_store_that_fails_between_source_and_code_gives_the_source_back_what_it_paid() {
    let world = World::configured(&[("SMS_BUDGET_SOURCE", "2")]).await;
    let app = world.app("demo").await;
    assert_eq!(world.send_code(&app, "13811120001").await.status, 200);
    for _ in 0..3 {
        world.dynamodb.inject(Fault::InternalError, On::operation("GetItem"), Times::Forever);
        assert_eq!(world.send_code(&app, "13811120002").await.status, 503);
        world.dynamodb.heal();
    }
    assert_eq!(world.send_code(&app, "13811120002").await.status, 200);
    assert_eq!(sent(&world), 2);
}
