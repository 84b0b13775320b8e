//! `docs/api/browser.md#account`, as a front end and a client of the Account API call it.

use serde_json::{Value, json};
use tests::{Answer, FrontEnd, Method, PASSWORD, Stack, send, unique_email};

const ACCOUNT: &str = "/api/v1/account/";

async fn patch(tab: &FrontEnd, changes: &Value) -> Answer {
    tab.send(tab.request(Method::PATCH, ACCOUNT).json(changes)).await
}

async fn account(tab: &FrontEnd) -> Value {
    tab.send(tab.request(Method::GET, ACCOUNT)).await.json()
}

#[tokio::test]
async fn somebody_changes_name_address_and_password_and_leaves() {
    let stack = Stack::shared();
    let tab = stack.front_end();
    let email = tab.new_user().await;
    let code = stack.outbox().mailed_code_for(&email).await;
    assert_eq!(tab.verify_email(&code).await.status, 200);
    assert_eq!(patch(&tab, &json!({"name": "Ada", "locale": "en"})).await.json(), account(&tab).await);
    let new = unique_email();
    assert_eq!(tab.post(&format!("{ACCOUNT}email/"), &json!({ "email": new })).await.status, 204);
    let code = stack.outbox().mailed_code_for(&new).await;
    let confirm = json!({"email": new, "verification_code": code});
    assert_eq!(tab.post(&format!("{ACCOUNT}email/confirm/"), &confirm).await.status, 200);
    let told = stack.outbox().latest_to(&email).await;
    assert!(told.link().contains("/account/undo-email?token="), "{}", told.link());
    let passwords = json!({"new_password": "violet-tractor-8", "password": PASSWORD});
    assert_eq!(tab.post(&format!("{ACCOUNT}password/"), &passwords).await.status, 204);
    assert_eq!(account(&tab).await["email"], new);
    let gone = tab.send(tab.request(Method::DELETE, ACCOUNT).json(&json!({"password": "violet-tractor-8"}))).await;
    gone.assert_cleared_cookies();
    assert_eq!(stack.front_end().sign_in(&new, "violet-tractor-8").await.status, 401);
}

#[tokio::test]
async fn a_token_of_the_account_api_opens_the_account_and_one_of_the_app_api_does_not() {
    let stack = Stack::shared();
    let client = stack.hashing_client();
    let (username, email) = client.new_user(PASSWORD).await;
    let pair = client.signed_in(&username, PASSWORD).await;
    let shown = send(stack.client().request(Method::GET, ACCOUNT).bearer_auth(&pair.access)).await.json();
    assert_eq!((&shown["username"], &shown["email"]), (&json!(username), &json!(email)));
    let named = stack.client().request(Method::PATCH, ACCOUNT).bearer_auth(&pair.access).json(&json!({"name": "Lin"}));
    assert_eq!(send(named).await.json()["name"], "Lin");
    send(stack.client().request(Method::GET, ACCOUNT).bearer_auth(&pair.refresh))
        .await
        .assert_refused(401, "invalid_token");
    let other_kind = stack.default_app().new_user().await.token;
    send(stack.client().request(Method::GET, ACCOUNT).bearer_auth(other_kind))
        .await
        .assert_refused(401, "invalid_token");
    let left = stack.client().request(Method::DELETE, ACCOUNT).bearer_auth(&pair.access);
    assert_eq!(send(left).await.status, 204);
    client.login(&username, PASSWORD).await.assert_line(401, "Invalid username or password.");
}
