//! What the functions do with the tables, and what their roles in `template.yaml` allow: the one is the other.

use std::collections::BTreeSet;
use std::path::Path;

use app::{DeleteAccount, ForgotPassword, Login, Me, Register, ResetPassword};
use local::faults::{Access, Fault, On, Times};
use local::rights;
use runtime::Context as _;
use serde_json::json;
use shared::config::Config;

use crate::portal::{guide, page};
use crate::world::{Credentials, World};

const PHONE: &str = "13812345678";
const REFUSED_PHONE: &str = "13812340000";

/// Every access is allowed, and every right is for an access.
fn assert_exactly(bin: &str, touched: &BTreeSet<Access>, config: &Config) {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    assert_eq!(rights::complaints(&template, bin, touched, &config.variables_used()), [""; 0]);
}

async fn world() -> (World, Credentials) {
    let world = World::new().await;
    let app = world.app("demo").await;
    (world, app)
}

fn assert_of_an_endpoint(bin: &str, world: &World) {
    // A process notes, with its first request, when the app's secret was last used.
    let noted = Access { action: "UpdateItem".to_owned(), table: "core".to_owned(), partition: "A#demo".to_owned() };
    let first = rights::of_the_first_request("demo").into_iter().chain([noted]);
    assert_exactly(bin, &world.dynamodb.touched().into_iter().chain(first).collect(), &world.ctx.config);
}

#[tokio::test]
async fn register_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    world.forget();
    world.register(&app, "ada@example.com", "secret123").await;
    let again = json!({"email": "ada@example.com", "password": "secret123"});
    assert_eq!(world.call::<Register>(app.body(again)).await.status, 400);
    // Nobody knows what becomes of the transaction: what it made is taken back.
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Exactly(3));
    let lost = json!({"email": "grace@example.com", "password": "secret123"});
    assert_eq!(world.call::<Register>(app.body(lost)).await.status, 503);
    assert_of_an_endpoint("app-register", &world);
}

#[tokio::test]
async fn login_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    world.register(&app, "ada@example.com", "secret123").await;
    world.send_code(&app, PHONE).await;
    world.register(&app, "grace@example.com", "secret123").await;
    let held = world.set_up_factor("demo", "grace@example.com").await;
    world.forget();
    let wrong = [("ada@example.com", "wrong-one"), ("nobody@example.com", "wrong-one")];
    // After so many within seconds, the sessions are looked at.
    for (email, password) in wrong.into_iter().chain([("ada@example.com", "secret123"); 12]) {
        world.login(&app, email, password).await;
    }
    // From a new place, of which the user is told.
    let elsewhere = app.body(json!({"email": "ada@example.com", "password": "secret123"})).from("203.0.113.66");
    assert_eq!(world.call::<Login>(elsewhere).await.status, 200);
    world.phone_login(&app, PHONE, "x").await;
    assert_eq!(world.phone_login(&app, PHONE, &world.code(PHONE)).await.status, 200);
    // With a second factor, while nobody knows what becomes of the transaction.
    let otp = held.code(world.clock.now());
    let with_factor = json!({"email": "grace@example.com", "password": "secret123", "otp": otp});
    world.dynamodb.inject(Fault::InternalError, On::operation("TransactWriteItems"), Times::Forever);
    assert_eq!(world.call::<Login>(app.body(with_factor)).await.status, 503);
    assert_of_an_endpoint("app-login", &world);
}

#[tokio::test]
async fn send_code_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    world.forget();
    for (phone, status) in [(PHONE, 200), (PHONE, 400), (REFUSED_PHONE, 500)] {
        assert_eq!(world.send_code(&app, phone).await.status, status);
    }
    assert_of_an_endpoint("app-send-code", &world);
}

#[tokio::test]
async fn forgot_password_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    world.register(&app, "ada@example.com", "secret123").await;
    world.forget();
    for email in ["ada@example.com", "nobody@example.com"] {
        assert_eq!(world.call::<ForgotPassword>(app.body(json!({"email": email}))).await.status, 200);
    }
    assert_of_an_endpoint("app-forgot-password", &world);
}

#[tokio::test]
async fn reset_password_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    world.register(&app, "ada@example.com", "secret123").await;
    // What a client was let have before the address was proven goes.
    world.let_a_client_in(&app.id, "ada@example.com").await;
    let token = world.reset_token(&app, "ada@example.com").await;
    world.forget();
    for status in [200, 400] {
        let body = json!({"token": token, "newPassword": "secret124"});
        assert_eq!(world.call::<ResetPassword>(app.body(body)).await.status, status);
    }
    assert_of_an_endpoint("app-reset-password", &world);
}

#[tokio::test]
async fn me_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    let by_email = world.register(&app, "ada@example.com", "secret123").await;
    let by_phone = world.enter(&app, PHONE).await["token"].as_str().expect("a token").to_owned();
    world.forget();
    for token in [by_email, by_phone] {
        assert_eq!(world.call::<Me>(app.get(&token)).await.status, 200);
    }
    assert_of_an_endpoint("app-me", &world);
}

#[tokio::test]
async fn delete_account_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    let by_email = world.register(&app, "ada@example.com", "secret123").await;
    world.login(&app, "ada@example.com", "secret123").await;
    let by_phone = world.enter(&app, PHONE).await["token"].as_str().expect("a token").to_owned();
    world.forget();
    for token in [by_email, by_phone] {
        assert_eq!(world.call::<DeleteAccount>(app.delete(&token)).await.status, 200);
    }
    assert_of_an_endpoint("app-delete-account", &world);
}

#[tokio::test]
async fn the_portal_has_the_rights_that_it_uses() {
    let (world, _) = world().await;
    world.forget();
    let portal = world.portal();
    assert_eq!((page(&portal).await.status, guide(&portal).await.status), (200, 200));
    assert_exactly("app-portal", &world.dynamodb.touched(), portal.config().expect("its configuration"));
}
