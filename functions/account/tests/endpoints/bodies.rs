//! Content types, names in any case, and the forms of refusals.

use account::{ChangePassword, ForgotPassword, Login, Register, Reset};
use runtime::{Answer, Ctx, Endpoint};
use serde_json::{Value, json};

use crate::world::{ADA, Call, PASSWORD, World, body, digest_of, json_body, tokens};

fn login() -> String {
    json!({"username": ADA, "password": digest_of(PASSWORD)}).to_string()
}

#[track_caller]
fn assert_problem(answer: &Answer, status: u16, problem: &Value) {
    assert_eq!((answer.status, &body(answer)), (status, problem));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

fn invalid(errors: &Value) -> Value {
    json!({"title": "One or more validation errors occurred.", "status": 400, "errors": errors})
}

#[tokio::test]
async fn three_kinds_of_json_are_read_and_others_are_415() {
    let world = World::with_ada().await;
    for content_type in ["application/json", "text/json; charset=utf-8", "application/vnd.x+json;charset=gbk"] {
        let call = Call::empty().text(&login()).header("content-type", content_type);
        tokens(&world.call::<Login>(call).await);
    }
    let unsupported = json!({"title": "Unsupported Media Type", "status": 415});
    for content_type in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let call = Call::empty().text(&login()).header("content-type", content_type);
        assert_problem(&world.call::<Login>(call).await, 415, &unsupported);
    }
    assert_problem(&world.call::<Login>(Call::empty().text(&login())).await, 415, &unsupported);
}

#[tokio::test]
async fn names_match_in_any_case_and_unknown_ones_are_ignored() {
    let world = World::with_ada().await;
    for (username, password) in [("Username", "Password"), ("USERNAME", "pAsSwOrD"), ("userName", "passWord")] {
        let call = json_body(json!({username: ADA, password: digest_of(PASSWORD), "remember": {"me": [true]}}));
        tokens(&world.call::<Login>(call).await);
    }
    let twice = format!(r#"{{"username":"{ADA}","Username":"{ADA}","password":"{}"}}"#, digest_of(PASSWORD));
    let call = Call::empty().text(&twice).header("content-type", "application/json");
    assert_problem(&world.call::<Login>(call).await, 400, &invalid(&json!({"$": ["The body must be a JSON object."]})));
}

#[tokio::test]
async fn what_is_missing_is_named_member_by_member() {
    async fn lacks<E: Endpoint<Ctx = Ctx>>(world: &World, token: &str, names: &[&str]) {
        let required = |name: &&str| ((*name).to_owned(), json!([format!("The {name} field is required.")]));
        let errors: serde_json::Map<_, _> = names.iter().map(required).collect();
        let with = |value: Value| names.iter().map(|name| ((*name).to_owned(), value.clone())).collect::<Value>();
        for given in [json!({}), with(Value::Null), with("".into()), with("  ".into())] {
            let call = json_body(given).header("authorization", &format!("Bearer {token}"));
            assert_problem(&world.call::<E>(call).await, 400, &invalid(&Value::Object(errors.clone())));
        }
    }
    let world = World::with_ada().await;
    let token = world.sign_in(ADA).await.access;
    lacks::<Login>(&world, &token, &["Username", "Password"]).await;
    lacks::<Register>(&world, &token, &["Username", "Password", "Email"]).await;
    lacks::<ChangePassword>(&world, &token, &["OldPassword", "NewPassword"]).await;
    lacks::<ForgotPassword>(&world, &token, &["Email"]).await;
    lacks::<Reset>(&world, &token, &["Token", "NewPassword"]).await;
    let wrong_type = json_body(json!({"username": 1, "password": digest_of(PASSWORD)}));
    let errors = json!({"Username": ["The Username field must be a string."]});
    assert_problem(&world.call::<Login>(wrong_type).await, 400, &invalid(&errors));
}

#[tokio::test]
async fn what_is_no_object_is_malformed_and_a_long_body_is_413() {
    let world = World::with_ada().await;
    for text in ["", "[]", "null", "{", "\u{0}"] {
        let call = Call::empty().text(text).header("content-type", "application/json");
        let malformed = invalid(&json!({"$": ["The body must be a JSON object."]}));
        assert_problem(&world.call::<Login>(call).await, 400, &malformed);
    }
    let long = json_body(json!({"username": "x".repeat(70_000), "password": "x"}));
    crate::world::assert_line(&world.call::<Login>(long).await, 413, "The body is too large.");
}

#[tokio::test]
async fn a_bare_string_is_a_json_string_where_json_is_asked_for() {
    let world = World::with_ada().await;
    let wrong = || json_body(json!({"username": "nobody", "password": "x"}));
    let answer = world.call::<Login>(wrong().header("accept", "application/json")).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, r#""Invalid username or password.""#));
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    for accept in ["*/*", "text/plain", "text/html"] {
        let answer = world.call::<Login>(wrong().header("accept", accept)).await;
        crate::world::assert_line(&answer, 401, "Invalid username or password.");
    }
}

#[tokio::test]
async fn listed_origins_may_read_the_answers_without_cookies() {
    let world = World::configured(&[("ACCOUNT_ORIGINS", "https://shop.example")]).await;
    for (origin, allowed) in
        [("https://shop.example", true), (rig::OURS, true), ("https://evil.example", false), ("null", false)]
    {
        let call = json_body(json!({"username": "nobody", "password": "x"})).header("origin", origin);
        let answer = world.call::<Login>(call).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed.then_some(origin));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}
