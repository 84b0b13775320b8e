//! `docs/api/browser.md#sign-in`.

use browser::{ListSessions, Refresh, SignIn, SignUp, VerifyEmail};
use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::clock::Seconds;

use crate::world::{ADA, Call, PASSWORD, World, body, refusal};

fn attempt(login: &str, password: &str) -> Call {
    Call::body(json!({"login": login, "password": password}))
}

#[tokio::test]
async fn signing_in_is_exactly_204_with_two_cookies() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let answer = world.call::<SignIn>(attempt("ADA@example.com ", PASSWORD)).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.cookies.len()), (204, "", 2));
    assert_eq!(answer.header("content-type"), None);
    assert!(answer.cookies[0].starts_with("access_token=") && answer.cookies[1].starts_with("refresh_token="));
}

#[tokio::test]
async fn signing_in_or_up_ends_the_session_that_the_browser_had_and_failing_to_does_not() {
    let world = World::new().await;
    world.sign_up("lin@example.com").await;
    let first = world.sign_up(ADA).await;
    let (of_ada, elsewhere) = (first.call(), world.sign_in(ADA).await);
    let wrong = json!({"login": ADA, "password": "not the password"}).to_string();
    assert_eq!(world.call::<SignIn>(first.call().text(&wrong)).await.status, 401);
    assert_eq!(world.call::<ListSessions>(of_ada.clone()).await.status, 200);
    // As somebody else, and as the same.
    for login in ["lin@example.com", ADA] {
        let had = first.call();
        let right = json!({"login": login, "password": PASSWORD}).to_string();
        let answer = world.call::<SignIn>(had.clone().text(&right)).await;
        assert_eq!(answer.status, 204);
        first.keep(&answer);
        assert_eq!(world.call::<ListSessions>(had.clone()).await.status, 401, "{login}");
        assert_eq!(world.call::<Refresh>(had).await.status, 401, "{login}");
        assert_eq!(world.call::<ListSessions>(first.call()).await.status, 200, "{login}");
    }
    let had = first.call();
    let new = json!({"email": "grace@example.com", "password": PASSWORD}).to_string();
    assert_eq!(world.call::<SignUp>(had.clone().text(&new)).await.status, 201);
    assert_eq!(world.call::<ListSessions>(had).await.status, 401);
    assert_eq!(world.call::<ListSessions>(elsewhere.call()).await.status, 200, "only this browser's");
}

#[tokio::test]
async fn a_sign_in_that_is_not_answered_with_success_leaves_the_session_that_the_browser_had() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let right = json!({"login": ADA, "password": PASSWORD}).to_string();
    world.dynamodb.inject(Fault::InternalError, On::operation("PutItem"), Times::Forever);
    assert_eq!(world.call::<SignIn>(browser.call().text(&right)).await.status, 503);
    world.dynamodb.heal();
    assert_eq!(world.call::<ListSessions>(browser.call()).await.status, 200);
    // And one whose former session cannot be ended has succeeded all the same.
    world.dynamodb.inject(Fault::InternalError, On::operation("DeleteItem"), Times::Forever);
    assert_eq!(world.call::<SignIn>(browser.call().text(&right)).await.status, 204);
}

#[tokio::test]
async fn an_unknown_login_and_a_wrong_password_are_told_alike() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let wrong = world.call::<SignIn>(attempt(ADA, "not the password")).await;
    for login in ["nobody@example.com", "nobody", "not a login at all", "@", "é"] {
        let unknown = world.call::<SignIn>(attempt(login, PASSWORD)).await;
        assert_eq!((unknown.status, &unknown.body), (401, &wrong.body), "{login}");
    }
    assert_eq!(refusal(&wrong), (401, "invalid_credentials".to_owned()));
    // The digest that the Account API's clients send opens nothing as a password.
    let digest = "a".repeat(64);
    assert_eq!(world.call::<SignIn>(attempt(ADA, &digest)).await.status, 401);
}

#[tokio::test]
async fn a_missing_field_is_named_and_email_is_no_login() {
    let world = World::new().await;
    let answer = world.call::<SignIn>(Call::body(json!({"email": ADA, "password": PASSWORD}))).await;
    assert_eq!(refusal(&answer), (400, "invalid_fields".to_owned()));
    assert_eq!(body(&answer)["errors"], json!({"login": ["请填写此项"]}));
}

#[tokio::test]
async fn a_code_is_mailed_again_when_it_is_dead_and_at_most_once_a_minute() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 1, "the first one lives");
    let token = browser.cookie("access_token").expect("a cookie");
    let wrong = if world.code(ADA) == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let guess =
            Call::body(json!({ "verification_code": wrong })).header("authorization", &format!("Bearer {token}"));
        assert_eq!(world.call::<VerifyEmail>(guess).await.status, 400);
    }
    world.clock.advance(Seconds(59));
    world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 1, "the sign-up's mail counts");
    world.clock.advance(Seconds(1));
    world.sign_in(ADA).await;
    world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 2);
    world.clock.advance(Seconds::days(1));
    world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 3, "the day is over");
}

#[tokio::test]
async fn nobody_who_is_verified_is_mailed_again() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let code = browser.call().text(&json!({"verification_code": world.code(ADA)}).to_string());
    assert_eq!(world.call::<VerifyEmail>(code).await.status, 200);
    world.clock.advance(Seconds::days(2));
    world.sign_in(ADA).await;
    world.sign_in(ADA).await;
    assert_eq!(world.mails(ADA).len(), 1);
}

#[tokio::test]
async fn ten_wrong_passwords_close_the_login_for_five_minutes_known_or_not() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    for login in [ADA, "nobody@example.com"] {
        for _ in 0..10 {
            assert_eq!(world.call::<SignIn>(attempt(login, "not the password")).await.status, 401);
        }
        let resting = world.call::<SignIn>(attempt(login, PASSWORD)).await;
        assert_eq!(refusal(&resting), (429, "too_many_requests".to_owned()), "{login}");
        assert!(resting.header("retry-after").is_some());
    }
    world.clock.advance(Seconds::minutes(5));
    world.sign_in(ADA).await;
}
