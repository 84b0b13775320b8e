//! `docs/api/account.md#forgot-the-password` and the two sections after it.

use account::{Certificate, ForgotPassword, Register, Reset};
use futures_util::future::join_all;
use runtime::Answer;
use serde_json::json;
use shared::clock::Seconds;
use shared::user::email_proof::EmailProof;

use crate::world::{
    ADA, ADAS_MAIL, Call, PASSWORD, World, account, assert_line, assert_success, assert_unauthorized, body, digest_of,
    json_body,
};

const DEAD: &str = "Token is invalid or has expired.";

async fn certificate(world: &World, token: &str) -> Answer {
    world.call::<Certificate>(Call::empty().query("token", token)).await
}

async fn reset(world: &World, token: &str, password: &str) -> Answer {
    world.call::<Reset>(json_body(json!({"token": token, "newPassword": password}))).await
}

#[track_caller]
fn assert_not_found(answer: &Answer) {
    assert_eq!((answer.status, body(answer)), (404, json!({"title": "Not Found", "status": 404})));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn a_mailed_token_is_looked_at_as_often_as_one_likes_and_sets_a_password_once() {
    let world = World::with_ada().await;
    let kept = world.sign_in(ADA).await;
    let token = world.reset_token(ADAS_MAIL).await;
    assert!(token.len() == 64 && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{token}");
    for _ in 0..3 {
        assert_success(&certificate(&world, &token).await);
    }
    assert_success(&reset(&world, &token, &digest_of("another")).await);
    for answer in [certificate(&world, &token).await, reset(&world, &token, &digest_of("third")).await] {
        assert_line(&answer, 400, DEAD);
    }
    assert!(!world.is_signed_in(&kept.access).await);
    assert_unauthorized(&world.refresh(&kept.refresh).await);
    assert_eq!(world.login(ADA, PASSWORD).await.status, 401);
    assert_eq!(world.login(ADA, "another").await.status, 200);
    let app = "default".parse().expect("an app id");
    let handle = ADAS_MAIL.parse::<shared::user::email::Email>().expect("an address").into();
    let identity = world.ctx.store.identity(&app, &handle, world.clock.now()).await.expect("answers").expect("hers");
    let user = world.ctx.store.user(&app, identity.user).await.expect("answers").expect("a user");
    assert_eq!(user.email_proof, EmailProof::Proven, "who read the mail has the address");
}

#[tokio::test]
async fn a_password_may_come_plain_and_is_then_long_enough() {
    let world = World::with_ada().await;
    let token = world.reset_token(ADAS_MAIL).await;
    for refused in ["1234567", &"x".repeat(129)] {
        assert_line(&reset(&world, &token, refused).await, 400, "Invalid new password.");
    }
    assert_success(&reset(&world, &token, "plain and simple").await);
    assert_eq!(world.login(ADA, "plain and simple").await.status, 200);
}

#[tokio::test]
async fn a_token_lives_a_day_to_the_second() {
    let world = World::with_ada().await;
    let token = world.reset_token(ADAS_MAIL).await;
    world.clock.advance(Seconds(24 * 3600 - 1));
    assert_success(&certificate(&world, &token).await);
    world.clock.advance(Seconds(1));
    assert_line(&certificate(&world, &token).await, 400, DEAD);
    assert_line(&reset(&world, &token, &digest_of("another")).await, 400, DEAD);
}

#[tokio::test]
async fn what_is_no_token_is_dead_and_a_missing_one_is_named() {
    let world = World::with_ada().await;
    let token = world.reset_token(ADAS_MAIL).await;
    for other in ["x", &token[1..], &token.to_uppercase(), &format!("{token}0"), &"0".repeat(64), &"x".repeat(5000)] {
        assert_line(&certificate(&world, other).await, 400, DEAD);
        assert_line(&reset(&world, other, &digest_of("another")).await, 400, DEAD);
    }
    for call in [Call::empty(), Call::empty().query("token", "")] {
        let answer = world.call::<Certificate>(call).await;
        let errors = json!({"Token": ["The Token field is required."]});
        let expected = json!({"title": "One or more validation errors occurred.", "status": 400, "errors": errors});
        assert_eq!((answer.status, body(&answer)), (400, expected));
    }
    assert_success(&certificate(&world, &token).await);
}

#[tokio::test]
async fn a_token_whose_user_is_gone_says_so_even_when_the_address_is_taken_anew() {
    let world = World::with_ada().await;
    let token = world.reset_token(ADAS_MAIL).await;
    let tokens = world.sign_in(ADA).await;
    let (app, bearer) =
        account::tokens::read_access(&world.ctx.at(world.ctx.now()), &tokens.access).await.expect("ours");
    let user = world.ctx.store.user(&app.id, bearer.user).await.expect("answers").expect("a user");
    let deleted = world.ctx.store.delete_user(&app.id, &user, &bearer.session, world.clock.now()).await;
    assert!(deleted.expect("answers"));
    assert_unauthorized(&world.refresh(&tokens.refresh).await);
    for _ in 0..2 {
        assert_not_found(&certificate(&world, &token).await);
        assert_not_found(&reset(&world, &token, &digest_of("another")).await);
        world.call::<account::Register>(json_body(crate::world::account(ADA, ADAS_MAIL))).await;
    }
    world.sign_in(ADA).await;
}

#[tokio::test]
async fn a_second_mail_kills_no_token_and_the_first_that_is_used_kills_the_others() {
    let world = World::with_ada().await;
    let first = world.reset_token(ADAS_MAIL).await;
    world.clock.advance(Seconds(60));
    let second = world.reset_token(ADAS_MAIL).await;
    assert_success(&certificate(&world, &first).await);
    assert_success(&reset(&world, &second, &digest_of("another")).await);
    assert_line(&certificate(&world, &first).await, 400, DEAD);
}

#[tokio::test]
async fn of_ten_resets_at_once_one_succeeds() {
    let world = World::with_ada().await;
    let token = world.reset_token(ADAS_MAIL).await;
    let calls = (0..10).map(|number| {
        let password = digest_of(&format!("password {number}"));
        world.call::<Reset>(json_body(json!({"token": token, "newPassword": password})))
    });
    let answers = join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_line(answer, 400, DEAD);
    }
}

#[tokio::test]
async fn one_mail_a_minute_and_nobody_notices() {
    let world = World::with_ada().await;
    for email in [ADAS_MAIL, "nobody@example.com", "no address"] {
        for _ in 0..3 {
            assert_success(&world.forgot(email).await);
        }
    }
    assert_eq!((world.mails(ADAS_MAIL).len(), world.mails("nobody@example.com").len()), (1, 0));
    world.clock.advance(Seconds(59));
    assert_success(&world.forgot(" ADA@example.com ").await);
    assert_eq!(world.mails(ADAS_MAIL).len(), 1);
    world.clock.advance(Seconds(1));
    assert_success(&world.forgot(ADAS_MAIL).await);
    assert_eq!(world.mails(ADAS_MAIL).len(), 2);
}

#[tokio::test]
async fn strangers_whose_mails_are_held_back_do_not_have_the_owner_at_home_wait() {
    let world = World::configured(&[("MAIL_BUDGET_DOMAIN", "1")]).await;
    let registered = world.call::<Register>(json_body(account(ADA, ADAS_MAIL))).await;
    assert_eq!(registered.status, 200, "{}", registered.body);
    for minute in 0..10 {
        for stranger in 0..3 {
            let call = json_body(json!({"email": ADAS_MAIL})).from(&format!("198.51.100.{}", minute * 3 + stranger));
            assert_success(&world.call::<ForgotPassword>(call).await);
        }
        let before = world.mails(ADAS_MAIL).len();
        if minute > 0 && minute % 2 == 0 {
            assert_success(&world.forgot(ADAS_MAIL).await);
            assert_eq!(world.mails(ADAS_MAIL).len(), before + 1, "minute {minute}");
            assert_success(&world.forgot(ADAS_MAIL).await);
            assert_eq!(world.mails(ADAS_MAIL).len(), before + 1, "one mail a minute");
        }
        world.clock.advance(Seconds(60));
    }
}

#[tokio::test]
async fn known_and_unknown_addresses_cost_the_same() {
    let world = World::with_ada().await;
    let mut calls = Vec::new();
    // Each from an address of its own: a source whose quota is not full takes one write more, for whomever it asks.
    for (email, source) in [(ADAS_MAIL, "192.0.2.1"), ("nobody@example.com", "198.51.100.1")] {
        let mut of_one = Vec::new();
        for _ in 0..2 {
            let call = json_body(json!({"email": email})).from(source);
            let (answer, made) = world.calls_of::<ForgotPassword>(call).await;
            assert_success(&answer);
            of_one.push(made);
        }
        calls.push(of_one);
    }
    assert_eq!(calls[0], calls[1]);
}

#[tokio::test]
async fn the_mail_speaks_the_readers_language_and_says_a_day() {
    let world = World::with_ada().await;
    for (language, words) in [("en", "within 24 hours"), ("zh-CN", "24 小时内")] {
        let call = json_body(json!({"email": ADAS_MAIL})).header("accept-language", language);
        assert_success(&world.call::<ForgotPassword>(call).await);
        let text = world.mails(ADAS_MAIL).pop().expect("a mail").text.expect("a text part");
        assert!(text.contains(words), "{text}");
        world.clock.advance(Seconds(60));
    }
}

#[tokio::test]
async fn a_store_that_is_slow_on_each_call_mails_the_link_or_does_with_a_plain_retry() {
    let world = World::with_ada().await;
    let forgot = || world.call::<ForgotPassword>(json_body(json!({"email": ADAS_MAIL})));
    world.dynamodb.set_latency(std::time::Duration::from_millis(850));
    let answer = forgot().await;
    world.dynamodb.set_latency(std::time::Duration::ZERO);
    if answer.status == 503 {
        assert_success(&forgot().await);
    } else {
        assert_success(&answer);
    }
    assert_eq!(world.mails(ADAS_MAIL).len(), 1);
}
