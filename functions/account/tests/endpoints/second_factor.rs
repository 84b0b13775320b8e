//! Log-in of users with a second factor: `docs/api/account.md#log-in`.

use account::Login;
use rig::Authenticator;
use runtime::Answer;
use serde_json::json;
use shared::clock::Seconds;

use crate::world::{ADA, ADAS_MAIL, PASSWORD, World, assert_unauthorized, digest_of, json_body, tokens};

async fn world() -> (World, Authenticator) {
    let world = World::with_ada().await;
    let held = world.set_up_factor("default", ADAS_MAIL).await;
    (world, held)
}

async fn login(world: &World, username: &str, password: &str, name: &str, otp: &str) -> Answer {
    let form = json!({"username": username, "password": digest_of(password), name: otp});
    world.call::<Login>(json_body(form)).await
}

fn refused(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body.as_str())
}

/// Both handles of the user have the factor, and the field is read in any case, as the others are.
#[tokio::test]
async fn the_right_password_asks_for_the_code_by_either_handle() {
    for (username, name) in [(ADA, "otp"), (ADAS_MAIL, "OTP")] {
        let (world, held) = world().await;
        let asked = world.login(username, PASSWORD).await;
        assert_eq!(refused(&asked), (401, "One-time code required."));
        let wrong = held.wrong_code(world.clock.now());
        assert_eq!(refused(&login(&world, username, PASSWORD, name, &wrong).await), (401, "Invalid one-time code."));
        let code = held.code(world.clock.now());
        let answer = login(&world, username, PASSWORD, name, &code).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        tokens(&answer);
        assert_eq!(refused(&login(&world, username, PASSWORD, name, &code).await), (401, "Invalid one-time code."));
    }
}

#[tokio::test]
async fn a_wrong_password_is_answered_as_it_was_whatever_code_comes_with_it() {
    let (world, held) = world().await;
    for otp in ["", "000000", &held.code(world.clock.now())] {
        let answer = login(&world, ADA, "violet-tractor-18", "otp", otp).await;
        assert_eq!(refused(&answer), (401, "Invalid username or password."));
    }
}

/// Somebody who is signed in has shown both factors.
#[tokio::test]
async fn changing_the_password_leaves_the_factor() {
    let (world, held) = world().await;
    let code = held.code(world.clock.now());
    let kept = tokens(&login(&world, ADA, PASSWORD, "otp", &code).await);
    let body = json!({"oldPassword": digest_of(PASSWORD), "newPassword": digest_of("another")});
    let change = json_body(body).header("authorization", &format!("Bearer {}", kept.access));
    assert_eq!(world.call::<account::ChangePassword>(change).await.status, 200);
    assert_eq!(refused(&world.login(ADA, "another").await), (401, "One-time code required."));
}

#[tokio::test]
async fn recovery_codes_and_a_reset_by_mail_are_as_in_the_other_dialects() {
    let (world, held) = world().await;
    let token = world.reset_token(ADAS_MAIL).await;
    let form = json!({"token": token, "newPassword": digest_of("another")});
    let reset = world.call::<account::Reset>(json_body(form)).await;
    assert!(reset.status == 200 && !reset.body.to_lowercase().contains("token"), "{}", reset.body);
    assert_eq!(refused(&world.login(ADA, "another").await), (401, "One-time code required."));
    let by_code = |code: String| {
        let world = &world;
        async move { login(world, ADA, "another", "otp", &code).await }
    };
    assert_eq!(by_code(held.recovery[0].clone()).await.status, 200);
    assert_eq!(refused(&by_code(held.recovery[0].clone()).await), (401, "Invalid one-time code."));
}

#[tokio::test]
async fn an_app_that_wants_two_factors_neither_logs_in_nor_refreshes_by_one_after_the_grace() {
    let world = World::with_ada().await;
    world.want_two_factors("default", Seconds::days(2)).await;
    world.clock.advance(Seconds(2 * 86_400 - 1));
    let kept = world.sign_in(ADA).await;
    world.clock.advance(Seconds(1));
    let unset = (401, "Set up a second factor in the browser first.");
    assert_eq!(refused(&world.login(ADA, PASSWORD).await), unset);
    assert_eq!(refused(&world.login(ADA, "violet-tractor-18").await), (401, "Invalid username or password."));
    assert_unauthorized(&world.refresh(&kept.refresh).await);
    let held = world.set_up_factor("default", ADAS_MAIL).await;
    let both = tokens(&login(&world, ADA, PASSWORD, "otp", &held.code(world.clock.now())).await);
    assert_eq!(world.refresh(&both.refresh).await.status, 200);
}
