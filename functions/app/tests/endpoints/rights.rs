//! What the functions do with the tables, and what their roles in `template.yaml` allow: the one is the other.

use std::collections::BTreeSet;
use std::path::Path;

use app::{DeleteAccount, ForgotPassword, Register, ResetPassword};
use local::faults::Access;
use local::template::{Parameters, Right, Template, compare};
use serde_json::json;

use crate::portal::page;
use crate::world::{Credentials, World};

const PHONE: &str = "13812345678";
const REFUSED_PHONE: &str = "13812340000";

fn rights() -> Vec<Right> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let given = [("PublicUrl", "https://auth.example"), ("MailFrom", "auth@example.com")];
    let parameters: Parameters = given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Template::read(&path, &parameters).expect("a template").rights
}

/// What the first request of a deployment's first process does besides: makes the ring and notes the secret's use.
fn of_the_first_request() -> impl Iterator<Item = Access> {
    let core = |action: &str, partition: &str| Access {
        action: action.to_owned(),
        table: "core".to_owned(),
        partition: partition.to_owned(),
    };
    [core("GetItem", "KEYS"), core("PutItem", "KEYS"), core("GetItem", "A#demo"), core("UpdateItem", "A#demo")]
        .into_iter()
}

fn assert_exactly(bin: &str, touched: &BTreeSet<Access>) {
    assert_eq!(compare(bin, &rights(), touched), Ok(()));
}

async fn world() -> (World, Credentials) {
    let world = World::new().await;
    let app = world.app("demo").await;
    (world, app)
}

fn assert_of_an_endpoint(bin: &str, world: &World) {
    assert_exactly(bin, &world.dynamodb.touched().into_iter().chain(of_the_first_request()).collect());
}

#[tokio::test]
async fn register_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    let _ = world.dynamodb.touched();
    world.register(&app, "ada@example.com", "secret123").await;
    let again = json!({"email": "ada@example.com", "password": "secret123"});
    assert_eq!(world.call::<Register>(app.body(again)).await.status, 400);
    assert_of_an_endpoint("app-register", &world);
}

#[tokio::test]
async fn login_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    world.register(&app, "ada@example.com", "secret123").await;
    world.send_code(&app, PHONE).await;
    let _ = world.dynamodb.touched();
    for (email, password) in
        [("ada@example.com", "wrong-one"), ("nobody@example.com", "wrong-one"), ("ada@example.com", "secret123")]
    {
        world.login(&app, email, password).await;
    }
    world.phone_login(&app, PHONE, "x").await;
    assert_eq!(world.phone_login(&app, PHONE, &world.code(PHONE)).await.status, 200);
    assert_of_an_endpoint("app-login", &world);
}

#[tokio::test]
async fn send_code_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    let _ = world.dynamodb.touched();
    for (phone, status) in [(PHONE, 200), (PHONE, 400), (REFUSED_PHONE, 500)] {
        assert_eq!(world.send_code(&app, phone).await.status, status);
    }
    assert_of_an_endpoint("app-send-code", &world);
}

#[tokio::test]
async fn forgot_password_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    world.register(&app, "ada@example.com", "secret123").await;
    let _ = world.dynamodb.touched();
    for email in ["ada@example.com", "nobody@example.com"] {
        assert_eq!(world.call::<ForgotPassword>(app.body(json!({"email": email}))).await.status, 200);
    }
    assert_of_an_endpoint("app-forgot-password", &world);
}

#[tokio::test]
async fn reset_password_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    world.register(&app, "ada@example.com", "secret123").await;
    let token = world.reset_token(&app, "ada@example.com").await;
    let _ = world.dynamodb.touched();
    for status in [200, 400] {
        let body = json!({"token": token, "newPassword": "secret124"});
        assert_eq!(world.call::<ResetPassword>(app.body(body)).await.status, status);
    }
    assert_of_an_endpoint("app-reset-password", &world);
}

#[tokio::test]
async fn delete_account_has_the_rights_that_it_uses() {
    let (world, app) = world().await;
    let by_email = world.register(&app, "ada@example.com", "secret123").await;
    world.login(&app, "ada@example.com", "secret123").await;
    let by_phone = world.enter(&app, PHONE).await["token"].as_str().expect("a token").to_owned();
    let _ = world.dynamodb.touched();
    for token in [by_email, by_phone] {
        assert_eq!(world.call::<DeleteAccount>(app.delete(&token)).await.status, 200);
    }
    assert_of_an_endpoint("app-delete-account", &world);
}

#[tokio::test]
async fn the_portal_has_the_rights_that_it_uses() {
    let (world, _) = world().await;
    let _ = world.dynamodb.touched();
    assert_eq!(page(&world.lobby()).await.status, 200);
    assert_exactly("app-portal", &world.dynamodb.touched());
}
