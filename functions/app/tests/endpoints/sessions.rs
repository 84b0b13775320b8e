use app::{DeleteAccount, ResetPassword};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use shared::app::Policy;
use shared::clock::Seconds;
use shared::token::Algorithm;

use crate::world::{World, body, refusal};

const ADA: &str = "ada@example.com";

fn invalid_token() -> (u16, String) {
    (401, "Invalid token".to_owned())
}

#[tokio::test]
async fn a_token_lives_seven_days_to_the_second() {
    for (age, alive) in [(7 * 86_400 - 1, true), (7 * 86_400, false)] {
        let world = World::new().await;
        let app = world.app("demo").await;
        let token = world.register(&app, ADA, "secret123").await;
        world.clock.advance(Seconds(age));
        let answer = world.call::<DeleteAccount>(app.delete(&token)).await;
        assert_eq!(answer.status == 200, alive, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_token_says_how_its_user_signed_in() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let of_register = world.register(&app, ADA, "secret123").await;
    let of_login = body(&world.login(&app, ADA, "secret123").await)["token"].as_str().expect("a token").to_owned();
    let of_phone = world.enter(&app, "13800138000").await["token"].as_str().expect("a token").to_owned();
    for (token, amr) in [(of_register, "pwd"), (of_login, "pwd"), (of_phone, "sms")] {
        let claims = token.split('.').nth(1).expect("three parts");
        let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON");
        assert_eq!(claims["amr"], json!([amr]));
    }
}

#[tokio::test]
async fn a_reset_link_dies_after_its_hour() {
    for (age, alive) in [(3599, true), (3600, false)] {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.register(&app, ADA, "secret123").await;
        let token = world.reset_token(&app, ADA).await;
        world.clock.advance(Seconds(age));
        let reset = app.body(json!({"token": token, "newPassword": "secret456"}));
        let answer = world.call::<ResetPassword>(reset).await;
        assert_eq!(answer.status == 200, alive, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_reset_ends_every_session_and_a_new_login_starts_one() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let first = world.register(&app, ADA, "secret123").await;
    let second = body(&world.login(&app, ADA, "secret123").await)["token"].as_str().expect("a token").to_owned();
    let token = world.reset_token(&app, ADA).await;
    let reset = app.body(json!({"token": token, "newPassword": "secret456"}));
    assert_eq!(world.call::<ResetPassword>(reset).await.status, 200);
    for old in [first, second] {
        assert_eq!(refusal(&world.call::<DeleteAccount>(app.delete(&old)).await), invalid_token());
    }
    let new = body(&world.login(&app, ADA, "secret456").await)["token"].as_str().expect("a token").to_owned();
    assert_eq!(world.call::<DeleteAccount>(app.delete(&new)).await.status, 200);
}

#[tokio::test]
async fn an_app_may_choose_any_algorithm_and_its_tokens_then_name_their_key() {
    let world = World::new().await;
    for algorithm in [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let policy = Policy { algorithm, ..Policy::default() };
        let app = world.app_with(&algorithm.name().to_ascii_lowercase(), policy).await;
        let token = world.register(&app, ADA, "secret123").await;
        assert_eq!(world.call::<DeleteAccount>(app.delete(&token)).await.status, 200, "{algorithm}");
    }
}

#[tokio::test]
async fn a_token_of_an_app_is_nothing_in_another_even_for_the_same_address() {
    let world = World::new().await;
    let (ours, theirs) = (world.app("demo").await, world.app("demo-2").await);
    let token = world.register(&ours, ADA, "secret123").await;
    world.register(&theirs, ADA, "secret123").await;
    assert_eq!(refusal(&world.call::<DeleteAccount>(theirs.delete(&token)).await), invalid_token());
    assert_eq!(world.call::<DeleteAccount>(ours.delete(&token)).await.status, 200);
}

#[tokio::test]
async fn a_reset_link_of_an_app_is_nothing_in_another_and_stays_good_in_its_own() {
    let world = World::new().await;
    let (ours, theirs) = (world.app("demo").await, world.app("demo-2").await);
    world.register(&ours, ADA, "secret123").await;
    world.register(&theirs, ADA, "secret123").await;
    let token = world.reset_token(&ours, ADA).await;
    let reset = json!({"token": token, "newPassword": "secret456"});
    let refused = world.call::<ResetPassword>(theirs.body(reset.clone())).await;
    assert_eq!(refusal(&refused), (400, "重置链接无效或已过期".to_owned()));
    assert_eq!(world.call::<ResetPassword>(ours.body(reset)).await.status, 200);
}
