use shared::clock::Seconds;

use crate::world::{World, refusal};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn ten_wrong_passwords_rest_an_address_for_five_minutes_known_or_not() {
    for known in [true, false] {
        let world = World::new().await;
        let app = world.app("demo").await;
        if known {
            world.register(&app, ADA, "secret123").await;
        }
        for _ in 0..10 {
            let answer = world.login(&app, ADA, "wrong").await;
            assert_eq!(refusal(&answer), (401, "邮箱或密码错误".to_owned()));
        }
        for password in ["wrong", "secret123"] {
            let answer = world.login(&app, ADA, password).await;
            assert_eq!(refusal(&answer), (429, "请求过于频繁,请稍后再试".to_owned()), "known: {known}");
            assert_eq!(answer.header("retry-after"), Some("300"));
        }
        world.clock.advance(Seconds(300));
        let expected = if known { 200 } else { 401 };
        assert_eq!(world.login(&app, ADA, "secret123").await.status, expected);
    }
}

#[tokio::test]
async fn a_success_clears_the_count() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    for _ in 0..3 {
        for _ in 0..9 {
            assert_eq!(world.login(&app, ADA, "wrong").await.status, 401);
        }
        assert_eq!(world.login(&app, ADA, "secret123").await.status, 200);
    }
}

#[tokio::test]
async fn a_reset_ends_the_rest() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    for _ in 0..11 {
        world.login(&app, ADA, "wrong").await;
    }
    let token = world.reset_token(&app, ADA).await;
    let reset = app.body(serde_json::json!({"token": token, "newPassword": "secret456"}));
    assert_eq!(world.call::<app::ResetPassword>(reset).await.status, 200);
    assert_eq!(world.login(&app, ADA, "secret456").await.status, 200);
}

#[tokio::test]
async fn a_refused_login_makes_the_same_calls_for_an_address_that_nobody_has() {
    let mut calls = Vec::new();
    for known in [true, false] {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.register(&app, if known { ADA } else { "bob@example.com" }, "secret123").await;
        world.dynamodb.reset_calls();
        for _ in 0..12 {
            world.login(&app, ADA, "wrong").await;
        }
        calls.push(world.dynamodb.calls());
    }
    assert_eq!(calls[0], calls[1]);
}
