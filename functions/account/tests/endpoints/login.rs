//! `docs/api/account.md#log-in`.

use account::Login;
use serde_json::json;
use shared::clock::Seconds;

use crate::world::{ADA, ADAS_MAIL, PASSWORD, World, assert_line, assert_success, digest_of, json_body, tokens};

const WRONG: &str = "Invalid username or password.";
const RESTING: (u16, &str) = (403, r#"{"message":"Too many login attempts. Try 5 minutes later !"}"#);

#[tokio::test]
async fn a_username_in_any_case_or_the_address_opens_a_session_for_an_hour() {
    let world = World::with_ada().await;
    for username in [ADA, "ada_1815", " ADA_1815 ", ADAS_MAIL, "ADA@example.com"] {
        let tokens = tokens(&world.login(username, PASSWORD).await);
        assert_eq!(tokens.expires, "2027-01-15T09:00:00Z", "{username}");
        assert!(world.is_signed_in(&tokens.access).await);
    }
    let tokens = world.sign_in(ADA).await;
    world.clock.advance(Seconds::minutes(60));
    assert!(!world.is_signed_in(&tokens.access).await);
}

#[tokio::test]
async fn only_the_digest_in_lower_case_is_the_password() {
    let world = World::with_ada().await;
    let digest = digest_of(PASSWORD);
    for password in [PASSWORD, &digest.to_uppercase(), &digest_of(&digest), &digest[1..], &format!(" {digest}")] {
        world.clock.advance(Seconds::minutes(5));
        let answer = world.call::<Login>(json_body(json!({"username": ADA, "password": password}))).await;
        assert_line(&answer, 401, WRONG);
    }
}

#[tokio::test]
async fn five_failures_close_a_username_for_five_minutes_known_or_not_and_no_longer() {
    let world = World::with_ada().await;
    for username in [ADA, "nobody", ADAS_MAIL, "nobody@example.com", "not-a-username", "@", "é", &"x".repeat(1000)] {
        let world = &world;
        let failed = |password: &'static str| async move { world.login(username, password).await };
        for _ in 0..5 {
            assert_line(&failed("wrong").await, 401, WRONG);
        }
        // Trying on does not make it longer.
        for _ in 0..3 {
            for password in ["wrong", PASSWORD] {
                world.clock.advance(Seconds(49));
                let answer = failed(password).await;
                assert_eq!((answer.status, answer.body.as_str()), RESTING, "{username}");
            }
        }
        world.clock.advance(Seconds(6));
        let known = username == ADA || username == ADAS_MAIL;
        assert_eq!(failed(PASSWORD).await.status, if known { 200 } else { 401 }, "{username}");
    }
}

#[tokio::test]
async fn a_success_resets_the_count_and_another_username_has_its_own() {
    let world = World::with_ada().await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_line(&world.login(ADA, "wrong").await, 401, WRONG);
        }
        world.sign_in(ADA).await;
    }
    for _ in 0..6 {
        world.login("somebody", "wrong").await;
    }
    world.sign_in(ADA).await;
}

#[tokio::test]
async fn a_refused_login_makes_the_same_calls_for_a_username_that_nobody_has() {
    let mut calls = Vec::new();
    for username in [ADA, "nobody"] {
        let world = World::with_ada().await;
        world.dynamodb.reset_calls();
        for _ in 0..7 {
            world.login(username, "wrong").await;
        }
        calls.push(world.dynamodb.calls());
    }
    assert_eq!(calls[0], calls[1]);
}

#[tokio::test]
async fn who_never_chose_a_username_signs_in_by_the_address() {
    let world = World::with_ada().await;
    assert_success(
        &world.call::<account::Register>(json_body(crate::world::account("grace", "grace@example.com"))).await,
    );
    let (by_name, by_mail) = (world.sign_in("grace").await, world.sign_in("grace@example.com").await);
    assert_ne!(by_name, by_mail);
}
