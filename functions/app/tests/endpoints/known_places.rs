//! Users who ask from where they came in before are sent their mail or text while strangers use up all that strangers can.

use std::time::Duration;

use app::{ForgotPassword, Register, SendCode};
use serde_json::json;
use shared::clock::Seconds;

use crate::world::{Credentials, World};

const ADA: &str = "ada@example.com";
const OWNERS: &str = "13812340001";

/// Where everybody here registers and comes in.
const HOME: &str = "192.0.2.1";

async fn forgot(world: &World, app: &Credentials, email: &str, source: &str) {
    let answer = world.call::<ForgotPassword>(app.body(json!({"email": email})).from(source)).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"message":"重置邮件已发送"}"#));
}

async fn ask(world: &World, app: &Credentials, phone: &str, source: &str) -> u16 {
    world.call::<SendCode>(app.body(json!({"phone": phone})).from(source)).await.status
}

#[tokio::test]
async fn the_owner_at_home_is_mailed_all_day_while_strangers_use_up_address_domain_app_and_deployment() {
    let variables = [("MAIL_BUDGET_DOMAIN", "6"), ("MAIL_BUDGET_APP", "8"), ("MAIL_BUDGET_DAY", "9")];
    let world = World::configured(&variables).await;
    let app = world.app("demo").await;
    let others: Vec<_> = (0..4).map(|number| format!("user{number}@example.org")).collect();
    for email in others.iter().map(String::as_str).chain([ADA]) {
        world.register(&app, email, "secret123").await;
    }
    for hour in 0..24 {
        for stranger in 0..6 {
            let source = format!("198.51.100.{stranger}");
            forgot(&world, &app, ADA, &source).await;
            forgot(&world, &app, &others[stranger % 4], &source).await;
        }
        let before = world.mails(ADA).len();
        forgot(&world, &app, ADA, "203.0.113.1").await;
        assert_eq!(world.mails(ADA).len(), before, "hour {hour}: strangers have used it up");
        forgot(&world, &app, ADA, HOME).await;
        assert_eq!(world.mails(ADA).len(), before + 1, "hour {hour}");
        world.clock.advance(Seconds::hours(1));
    }
}

#[tokio::test]
async fn the_owner_at_home_is_texted_all_day_while_strangers_pump_the_block_the_app_and_the_deployment() {
    let variables =
        [("SMS_BREAKER", "3"), ("SMS_BUDGET_PREFIX", "4"), ("SMS_BUDGET_APP", "6"), ("SMS_BUDGET_DAY", "7")];
    let world = World::configured(&variables).await;
    let app = world.app("demo").await;
    world.enter(&app, OWNERS).await;
    for hour in 0..24 {
        world.clock.advance(Seconds(60));
        for stranger in 0..8 {
            let source = format!("198.51.{stranger}.1");
            ask(&world, &app, &format!("1381234{:04}", 100 + hour * 8 + stranger), &source).await;
            ask(&world, &app, &format!("139876{:05}", 10_000 * stranger + hour), &source).await;
        }
        ask(&world, &app, OWNERS, "198.51.100.1").await;
        world.clock.advance(Seconds(60));
        let sent = world.texts("13812349999").len();
        ask(&world, &app, "13812349999", "203.0.113.1").await;
        assert_eq!(world.texts("13812349999").len(), sent, "hour {hour}: strangers have used it up");
        world.enter(&app, OWNERS).await;
        world.clock.advance(Seconds(3480));
    }
}

#[tokio::test]
async fn an_owner_is_mailed_and_texted_while_the_rest_of_their_48_is_used_up() {
    let subnet = |number: u32| format!("2001:db8:1:{number:x}::1");
    let world = World::configured(&[("MAIL_BUDGET_SOURCE", "2"), ("SMS_BUDGET_SOURCE", "2")]).await;
    let app = world.app("demo").await;
    let account = json!({"email": ADA, "password": "secret123"});
    assert_eq!(world.call::<Register>(app.body(account).from(&subnet(1))).await.status, 200);
    assert_eq!(ask(&world, &app, OWNERS, &subnet(1)).await, 200);
    let login = json!({"phone": OWNERS, "code": world.code(OWNERS)});
    assert_eq!(world.call::<app::Login>(app.body(login).from(&subnet(1))).await.status, 200);
    world.clock.advance(Seconds::hours(1));
    for number in 2..8 {
        for again in 0..2 {
            forgot(&world, &app, &format!("made-up-{number}-{again}@example.com"), &subnet(number)).await;
            ask(&world, &app, &format!("1379{number}{again}20001"), &subnet(number)).await;
        }
    }
    let texts = world.texts(OWNERS).len();
    forgot(&world, &app, ADA, &subnet(9)).await;
    assert_eq!(world.mails(ADA).len(), 0, "the /48 has used it up");
    forgot(&world, &app, ADA, &subnet(1)).await;
    assert_eq!(ask(&world, &app, OWNERS, &subnet(1)).await, 200);
    assert_eq!((world.mails(ADA).len(), world.texts(OWNERS).len()), (1, texts + 1));
}

#[tokio::test]
async fn the_budgets_of_a_known_place_are_bounded_too() {
    let world = World::configured(&[("MAIL_BUDGET_APP", "1")]).await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    for _ in 0..12 {
        forgot(&world, &app, ADA, HOME).await;
    }
    assert_eq!(world.mails(ADA).len(), 5);
    let others: Vec<_> = (0..12).map(|number| format!("user{number}@example.com")).collect();
    for other in &others {
        world.register(&app, other, "secret123").await;
        forgot(&world, &app, other, HOME).await;
    }
    let sent: usize = others.iter().map(|other| world.mails(other).len()).sum();
    assert_eq!(sent, 1, "the app's one, and half of the reserve: none of them has proven the address");
}

#[tokio::test]
async fn a_code_that_is_used_at_home_opens_no_prefix_for_strangers() {
    let world = World::configured(&[("SMS_BREAKER", "3"), ("SMS_BUDGET_SOURCE", "100")]).await;
    let app = world.app("demo").await;
    world.enter(&app, OWNERS).await;
    for number in 0..8 {
        ask(&world, &app, &format!("1381234{:04}", 100 + number), &format!("198.51.{number}.1")).await;
    }
    let pumped =
        |world: &World| (100..200).map(|number| world.texts(&format!("1381234{number:04}")).len()).sum::<usize>();
    let before = pumped(&world);
    for _ in 0..4 {
        world.clock.advance(Seconds(60));
        world.enter(&app, OWNERS).await;
    }
    for number in 8..16 {
        ask(&world, &app, &format!("1381234{:04}", 100 + number), &format!("198.51.{number}.1")).await;
    }
    assert_eq!(pumped(&world), before);
}

#[tokio::test]
async fn a_text_that_a_budget_holds_back_leaves_the_code_that_the_owner_was_sent() {
    let world = World::configured(&[("SMS_BUDGET_PREFIX", "1")]).await;
    let app = world.app("demo").await;
    assert_eq!(ask(&world, &app, OWNERS, HOME).await, 200);
    let code = world.code(OWNERS);
    world.clock.advance(Seconds(60));
    assert_eq!(ask(&world, &app, OWNERS, "198.51.100.1").await, 200);
    assert_eq!(world.texts(OWNERS).len(), 1);
    assert_eq!(world.phone_login(&app, OWNERS, &code).await.status, 200);
}

/// What a request for a reset mail costs in mails and in calls of the store, and how long it takes in units of a slow service's latency.
async fn told(world: &World, app: &Credentials, email: &str, source: &str) -> (usize, usize, u128) {
    const LATENCY: Duration = Duration::from_millis(300);
    world.ses.reset_calls();
    world.dynamodb.reset_calls();
    for proxy in [&world.dynamodb, &world.ses] {
        proxy.set_latency(LATENCY);
    }
    let started = tokio::time::Instant::now();
    forgot(world, app, email, source).await;
    let waited = started.elapsed().as_millis() / LATENCY.as_millis();
    for proxy in [&world.dynamodb, &world.ses] {
        proxy.set_latency(Duration::ZERO);
    }
    (world.ses.calls().values().sum(), world.dynamodb.calls().values().sum(), waited)
}

#[tokio::test]
async fn at_home_and_elsewhere_a_used_up_address_tells_no_known_one_from_one_that_nobody_has() {
    for variables in [[("MAIL_BUDGET_DOMAIN", "2000")], [("MAIL_BUDGET_APP", "1")]] {
        let world = World::configured(&variables).await;
        let app = world.app("demo").await;
        world.register(&app, ADA, "secret123").await;
        for number in 0..6 {
            for email in [ADA, "nobody@example.com"] {
                forgot(&world, &app, email, &format!("198.51.100.{number}")).await;
            }
        }
        for place in ["192.0.2", "203.0.113"] {
            // Each from an address of its own of that network, and often enough to use up what a known place has, too.
            for number in 0..8 {
                let sources = [10, 11].map(|first| format!("{place}.{}", 2 * number + first));
                if number % 7 > 0 {
                    forgot(&world, &app, ADA, &sources[0]).await;
                    forgot(&world, &app, "nobody@example.com", &sources[1]).await;
                    continue;
                }
                let known = told(&world, &app, ADA, &sources[0]).await;
                let unknown = told(&world, &app, "nobody@example.com", &sources[1]).await;
                assert_eq!((known.0, known.2), (unknown.0, unknown.2), "{variables:?} {place} {number}");
                // At home other budgets are asked, beside the rest. Elsewhere a user's mail is charged as one to nobody.
                if place == "203.0.113" {
                    assert_eq!(known.1, unknown.1, "{variables:?} {place} {number}");
                }
            }
        }
    }
}
