use app::{Login, Register};
use rig::unanswered_captcha;
use serde_json::json;
use shared::app::apis::{Api, Apis};
use shared::app::{App, Policy};
use shared::clock::Seconds;
use shared::store::AppConflict;

use crate::world::{Credentials, World, refusal};

async fn is_known(world: &World, app: &Credentials) -> bool {
    let answer = world.call::<Login>(app.body(json!({}))).await;
    if answer.status != 400 {
        assert_eq!(refusal(&answer), (401, "Invalid app credentials".to_owned()));
    }
    answer.status == 400
}

#[tokio::test]
async fn a_disabled_app_is_refused_within_a_minute() {
    let world = World::new().await;
    let app = world.app("demo").await;
    assert!(is_known(&world, &app).await);
    let disable = |app| Ok::<_, AppConflict>(App { disabled: true, ..app });
    world.ctx.store.change_app(&"demo".parse().expect("an app id"), disable).await.expect("disables");
    world.clock.advance(Seconds(60));
    assert!(!is_known(&world, &app).await);
}

#[tokio::test]
async fn wrong_secrets_and_unknown_apps_get_one_answer() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let other = world.app("demo-2").await;
    for (id, secret) in
        [("demo", "wrong"), ("nobody", &app.secret), ("demo", &other.secret), ("DEMO", &app.secret), ("a#b", "x")]
    {
        assert!(!is_known(&world, &Credentials { id: id.to_owned(), secret: secret.to_owned() }).await, "{id}");
    }
    assert!(is_known(&world, &app).await);
}

#[tokio::test]
async fn the_first_use_of_a_secret_is_noted_once_a_day() {
    let world = World::new().await;
    let app = world.app("demo").await;
    for _ in 0..3 {
        assert!(is_known(&world, &app).await);
    }
    // Each request counts itself; one noted the use.
    assert_eq!(world.dynamodb.calls().get("UpdateItem"), Some(&4));
    let record = world.ctx.store.app(&"demo".parse().expect("an app id")).await.expect("answers").expect("an app");
    assert_eq!(record.secrets[0].last_used, Some(crate::world::START));
}

#[tokio::test]
async fn an_app_with_an_allow_list_is_read_by_its_own_origins_only() {
    let world = World::new().await;
    let policy = Policy { origins: vec!["https://app.example".to_owned()], ..Policy::default() };
    let app = world.app_with("demo", policy).await;
    let from = |origin: &str| world.call::<Login>(app.body(json!({})).header("origin", origin));
    let allowed = from("https://app.example").await;
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example"));
    let foreign = from("https://evil.example").await;
    assert_eq!((foreign.header("access-control-allow-origin"), foreign.header("vary")), (None, Some("origin")));
}

#[tokio::test]
async fn a_known_app_is_served_while_the_store_cannot_look_it_up_again() {
    let world = World::new().await;
    let app = world.app("demo").await;
    assert!(is_known(&world, &app).await);
    world.clock.advance(Seconds(61));
    world.dynamodb.inject(
        local::faults::Fault::Throttle,
        local::faults::On::operation("GetItem"),
        local::faults::Times::Forever,
    );
    assert!(is_known(&world, &app).await);
}

#[tokio::test]
async fn an_app_with_a_captcha_has_it_asked_here_too_unless_its_owner_spared_this_api() {
    let world = World::new().await;
    for (id, spared, refused) in [("guarded", &[][..], true), ("spared", &[Api::App][..], false)] {
        let app = world.app_with(id, unanswered_captcha(id, spared)).await;
        let account = json!({"email": "ada@example.com", "password": "secret123"});
        let answers =
            [world.call::<Register>(app.body(account.clone())).await, world.call::<Login>(app.body(account)).await];
        for answer in answers {
            if refused {
                assert_eq!(refusal(&answer), (400, "人机验证未通过".to_owned()));
            } else {
                assert_eq!(answer.status, 200, "{}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn an_app_that_this_api_does_not_serve_is_unknown_here() {
    let world = World::new().await;
    let policy = Policy { apis: Apis::of([Api::Browser, Api::Account]), ..Policy::default() };
    let app = world.app_with("shop", policy).await;
    assert!(!is_known(&world, &app).await);
}
