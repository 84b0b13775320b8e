//! So many requests per 15 minutes and address over the whole App API. Each test has a stack and so a counter of its own.

use serde_json::json;
use tests::routes::{self, DOCS, FORGOT_PASSWORD, HEALTH, PORTAL, REGISTER};
use tests::{Answer, Method, Options, Stack, send, unique_email, unix_now};

const LIMIT: u32 = 5;
const REFUSED: &str = "请求过于频繁,请稍后再试";
const COUNTERS: [&str; 3] = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];

fn limited_stack() -> Stack {
    Stack::start(&Options { rate_limit: LIMIT, ..Options::default() })
}

#[track_caller]
fn assert_counted(answer: &Answer, remaining: u64) {
    assert_eq!(answer.number("x-ratelimit-limit"), u64::from(LIMIT), "{answer:?}");
    assert_eq!(answer.number("x-ratelimit-remaining"), remaining, "{answer:?}");
    let (now, reset) = (unix_now(), answer.number("x-ratelimit-reset"));
    assert!((now..=now + 900).contains(&reset), "now {now}: {answer:?}");
}

#[track_caller]
fn assert_refused(answer: &Answer) {
    answer.assert_error(429, REFUSED);
    assert_counted(answer, 0);
}

#[tokio::test]
async fn all_routes_share_one_counter_and_errors_count() {
    let stack = limited_stack();
    let app = stack.demo();
    let email = unique_email();

    let answer = app.register(&email, "123456").await;
    let (_, token) = answer.assert_signed_in("注册成功", &email);
    assert_counted(&answer, 4);
    let answer = app.login(&email, "wrong-one").await;
    answer.assert_error(401, "邮箱或密码错误");
    assert_counted(&answer, 3);
    let answer = app.claiming("", "").forgot_password(&email).await;
    answer.assert_error(401, "Missing app credentials");
    assert_counted(&answer, 2);
    let answer = stack.demo_2().reset_password("no-such-token", "123456").await;
    answer.assert_error(400, "重置链接无效或已过期");
    assert_counted(&answer, 1);
    let answer = app.delete_account("no-such-token").await;
    answer.assert_error(401, "Invalid token");
    assert_counted(&answer, 0);

    assert_refused(&app.delete_account(&token).await);
    for (method, path) in routes::secured() {
        for app in [app.clone(), app.claiming("", ""), stack.demo_2()] {
            println!("{method} {path} as {:?}", app.credentials().id);
            assert_refused(&send(app.request(method.clone(), path).body("not json")).await);
        }
    }
}

#[tokio::test]
async fn a_refused_request_changes_nothing_and_mails_nobody() {
    let stack = limited_stack();
    let app = stack.demo();
    let user = app.new_user().await;
    while app.login(&user.email, &user.password).await.number("x-ratelimit-remaining") > 0 {}
    let before = stack.dynamodb().core_items().await.len();

    assert_refused(&app.register(&unique_email(), "123456").await);
    assert_refused(&app.forgot_password(&user.email).await);
    assert_refused(&app.delete_account(&user.token).await);

    assert_eq!(stack.dynamodb().core_items().await.len(), before);
    assert_eq!(stack.outbox().mails_to(&user.email).await, []);
}

#[tokio::test]
async fn no_header_of_the_client_makes_it_another_address() {
    let stack = limited_stack();
    let forge = |name: &str, value: &str| {
        let request = stack.demo().request(Method::POST, FORGOT_PASSWORD).header(name, value);
        send(request.json(&json!({"email": "nobody@example.com"})))
    };
    for (spent, remaining) in (0..LIMIT).zip((0..u64::from(LIMIT)).rev()) {
        let answer = forge("x-forwarded-for", &format!("203.0.113.{spent}")).await;
        answer.assert_message("重置邮件已发送");
        assert_counted(&answer, remaining);
    }
    for (name, value) in [
        ("x-forwarded-for", "203.0.113.77"),
        ("x-forwarded-for", "203.0.113.78, 127.0.0.1"),
        ("forwarded", "for=203.0.113.79"),
        ("x-real-ip", "203.0.113.80"),
        ("x-client-ip", "203.0.113.81"),
        ("true-client-ip", "203.0.113.82"),
        ("cf-connecting-ip", "203.0.113.83"),
        ("via", "1.1 203.0.113.84"),
        ("host", "other.example"),
        ("user-agent", "another"),
    ] {
        println!("{name}: {value}");
        assert_refused(&forge(name, value).await);
    }
}

#[tokio::test]
async fn preflights_health_and_the_portal_are_not_counted_and_always_answered() {
    let stack = limited_stack();
    let ask_for_free = async |method: Method, path: &str, status: u16| {
        let request = stack.client().request(method, path).header("origin", "https://front-end.example");
        let answer = send(request.header("access-control-request-method", "POST")).await;
        assert_eq!(answer.status, status, "{path}");
        for counter in COUNTERS {
            assert_eq!(answer.header(counter), None, "{path}");
        }
    };
    for _ in 0..=LIMIT {
        for path in [HEALTH, PORTAL, DOCS] {
            ask_for_free(Method::GET, path, 200).await;
        }
        ask_for_free(Method::OPTIONS, REGISTER, 204).await;
    }

    for remaining in (0..u64::from(LIMIT)).rev() {
        assert_counted(&stack.demo().forgot_password(&unique_email()).await, remaining);
    }
    assert_refused(&stack.demo().forgot_password(&unique_email()).await);

    ask_for_free(Method::GET, HEALTH, 200).await;
    ask_for_free(Method::OPTIONS, REGISTER, 204).await;
}
