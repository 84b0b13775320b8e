//! What a request costs: calls to AWS, and how many of them wait for another.

use std::time::Duration;

use app::{DeleteAccount, ForgotPassword, Login, Me, Register, ResetPassword, SendCode};
use serde_json::json;

use crate::world::{Call, Credentials, World};

const ADA: &str = "ada@example.com";

/// A deployment that is warm, as all but the first request find it.
async fn warm() -> (World, Credentials) {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, "warm@example.com", "secret123").await;
    (world, app)
}

fn calls(world: &World) -> Vec<(String, usize)> {
    let calls = world.dynamodb.calls().into_iter().chain(world.ses.calls()).chain(world.sns.calls());
    calls.filter(|(_, count)| *count > 0).collect()
}

fn listed(expected: &[(&str, usize)]) -> Vec<(String, usize)> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

async fn costs<E: runtime::Endpoint<Ctx = runtime::Ctx>>(world: &World, call: Call, expected: &[(&str, usize)]) {
    world.dynamodb.reset_calls();
    world.ses.reset_calls();
    world.sns.reset_calls();
    let answer = world.call::<E>(call).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(calls(world), listed(expected), "{}", E::ROUTE.name);
}

#[tokio::test]
async fn each_operation_makes_the_calls_it_needs_and_no_other() {
    let (world, app) = warm().await;
    let account = json!({"email": ADA, "password": "secret123"});
    costs::<Register>(&world, app.body(account.clone()), &[("TransactWriteItems", 1), ("UpdateItem", 1)]).await;
    // The try, with whose the address is, and the request; the session.
    costs::<Login>(&world, app.body(account), &[("PutItem", 1), ("UpdateItem", 2)]).await;
    let forgot = app.body(json!({"email": ADA}));
    // One update counts the request, five charge the mail: to its source and its address, then to what others pay from, too.
    let with_mail = &[("GetItem", 1), ("PutItem", 1), ("UpdateItem", 6), ("SendEmail", 1)];
    costs::<ForgotPassword>(&world, forgot, with_mail).await;
    let nobody = app.body(json!({"email": "nobody@example.com"})).from("198.51.100.1");
    costs::<ForgotPassword>(&world, nobody, with_mail).await;
    let token = world.reset_token(&app, ADA).await;
    let reset = app.body(json!({"token": token, "newPassword": "secret456"}));
    // The mail tells that it was done.
    let reset_calls = &[("GetItem", 1), ("TransactWriteItems", 1), ("UpdateItem", 1), ("SendEmail", 1)];
    costs::<ResetPassword>(&world, reset, reset_calls).await;
    let token = world.register(&app, "bob@example.com", "secret123").await;
    costs::<Me>(&world, app.get(&token), &[("GetItem", 2), ("UpdateItem", 1)]).await;
    // The other sessions, and what the user owns.
    let delete = &[("GetItem", 2), ("Query", 2), ("TransactWriteItems", 1), ("UpdateItem", 1)];
    costs::<DeleteAccount>(&world, app.delete(&token), delete).await;
}

#[tokio::test]
async fn a_code_and_a_phone_make_the_calls_they_need_and_no_other() {
    let (world, app) = warm().await;
    let phone = "13812345678";
    // The record; the request, the code, its source and three budgets.
    let send = &[("GetItem", 1), ("UpdateItem", 6), ("Publish", 1)];
    costs::<SendCode>(&world, app.body(json!({"phone": phone})), send).await;
    // Whose the phone is; the request, the try and the prefix; the code with all that it opens.
    let login = &[("GetItem", 1), ("TransactWriteItems", 1), ("UpdateItem", 3)];
    let code = world.code(phone);
    costs::<Login>(&world, app.body(json!({"phone": phone, "code": code})), login).await;
}

#[tokio::test]
async fn a_mail_or_a_text_waits_for_two_round_trips() {
    let (world, app) = warm().await;
    world.register(&app, ADA, "secret123").await;
    // Whose the address is, and what its source and it pay; the link, and what others pay from.
    assert_eq!(depth::<ForgotPassword>(&world, app.body(json!({"email": ADA}))).await, 2);
    let nobody = app.body(json!({"email": "nobody@example.com"})).from("198.51.100.1");
    assert_eq!(depth::<ForgotPassword>(&world, nobody).await, 2);
    // The record, and what its source pays; the code, and what others pay from.
    assert_eq!(depth::<SendCode>(&world, app.body(json!({"phone": "13812345678"}))).await, 2);
    // The process knows by now that the source's quota is not full.
    assert_eq!(depth::<SendCode>(&world, app.body(json!({"phone": "13987654321"}))).await, 2);
}

#[tokio::test]
async fn a_phone_waits_for_two_round_trips() {
    let (world, app) = warm().await;
    world.send_code(&app, "13812345678").await;
    let body = json!({"phone": "13812345678", "code": world.code("13812345678")});
    assert_eq!(depth::<Login>(&world, app.body(body)).await, 2);
}

/// How many calls wait for another: what an injected latency adds, in units of that latency. Rounded, and with a
/// latency far above the work, it counts round trips; it asserts no speed.
async fn depth<E: runtime::Endpoint<Ctx = runtime::Ctx>>(world: &World, call: Call) -> u128 {
    const LATENCY: Duration = Duration::from_millis(400);
    world.dynamodb.set_latency(LATENCY);
    let started = tokio::time::Instant::now();
    let answer = world.call::<E>(call).await;
    let elapsed = started.elapsed();
    world.dynamodb.set_latency(Duration::ZERO);
    assert_eq!(answer.status, 200, "{}", answer.body);
    elapsed.as_millis() / LATENCY.as_millis()
}

#[tokio::test]
async fn register_login_and_reset_wait_for_two_round_trips() {
    let (world, app) = warm().await;
    let account = json!({"email": ADA, "password": "secret123"});
    assert_eq!(depth::<Register>(&world, app.body(account.clone())).await, 2);
    assert_eq!(depth::<Login>(&world, app.body(account)).await, 2);
    let token = world.reset_token(&app, ADA).await;
    let reset = app.body(json!({"token": token, "newPassword": "secret456"}));
    assert_eq!(depth::<ResetPassword>(&world, reset).await, 2);
}
