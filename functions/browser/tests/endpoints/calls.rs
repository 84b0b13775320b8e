//! What a request costs: calls to DynamoDB, and how many of them wait for another.

use browser::account::{AskNewEmail, Change, ConfirmNewEmail};
use browser::passkeys::{Authenticate, AuthenticationOptions};
use browser::{Logout, Refresh, SignIn, SignUp, VerifyEmail};
use runtime::{Ctx, Endpoint};
use serde_json::json;

use crate::passkeys::{add, answer_call, challenged};
use crate::world::{ADA, Browser, Call, PASSWORD, World, account};

async fn costs<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call, status: u16, expected: &[(&str, usize)]) {
    world.dynamodb.reset_calls();
    let answer = world.call::<E>(call).await;
    assert_eq!(answer.status, status, "{}", answer.body);
    let calls: Vec<_> = world.dynamodb.calls().into_iter().filter(|(_, count)| *count > 0).collect();
    let expected: Vec<_> = expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    assert_eq!(calls, expected, "{}", E::ROUTE.name);
}

#[tokio::test]
async fn each_operation_makes_the_calls_it_needs_and_no_other() {
    let world = World::new().await;
    // From another source: a quota that is not full takes one write more.
    let warm = Browser::default();
    warm.keep(&world.call::<SignUp>(account("warm@example.com").from("198.51.100.1")).await);
    // One update counts the request, five charge the mail to its budgets, and one notes that it left.
    costs::<SignUp>(&world, account(ADA), 201, &[("TransactWriteItems", 1), ("UpdateItem", 7)]).await;
    let browser = world.sign_in(ADA).await;
    costs::<Refresh>(&world, browser.call(), 204, &[("GetItem", 1), ("UpdateItem", 2)]).await;
    let code = browser.call().text(&json!({"verification_code": world.code(ADA)}).to_string());
    costs::<VerifyEmail>(&world, code, 200, &[("GetItem", 2), ("UpdateItem", 2)]).await;
    let sign_in = Call::body(json!({"login": ADA, "password": PASSWORD}));
    // The first sign-in after the proof copies it to the identity; from then on nobody looks at the user.
    costs::<SignIn>(&world, sign_in.clone(), 204, &[("GetItem", 1), ("PutItem", 1), ("UpdateItem", 3)]).await;
    costs::<SignIn>(&world, sign_in, 204, &[("PutItem", 1), ("UpdateItem", 2)]).await;
    costs::<Logout>(&world, warm.call(), 204, &[("DeleteItem", 1), ("UpdateItem", 1)]).await;
}

#[tokio::test]
async fn the_account_costs_two_reads_and_a_new_address_one_transaction() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let code = browser.call().text(&json!({"verification_code": world.code(ADA)}).to_string());
    assert_eq!(world.call::<VerifyEmail>(code).await.status, 200);
    let name = browser.call().json(&json!({"name": "Ada Lovelace"}));
    costs::<Change>(&world, name, 200, &[("GetItem", 2), ("UpdateItem", 2)]).await;
    let new = "countess@example.com";
    // From another source: a quota that is not full takes one write more.
    let ask = browser.call().json(&json!({"email": new})).from("198.51.100.1");
    // One update counts the request, one puts the code on record, five charge the mail to its budgets.
    costs::<AskNewEmail>(&world, ask, 204, &[("GetItem", 2), ("UpdateItem", 7)]).await;
    let confirm = browser.call().json(&json!({"email": new, "verification_code": world.code(new)}));
    // Beside session and user: the changes that can be undone, and the password that the new identity gets.
    let calls = [("GetItem", 4), ("TransactWriteItems", 1), ("UpdateItem", 2)];
    costs::<ConfirmNewEmail>(&world, confirm, 200, &calls).await;
}

async fn depth<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call, status: u16) -> u128 {
    let (answer, depth) = world.depth_of::<E>(call).await;
    assert_eq!(answer.status, status, "{}", answer.body);
    depth
}

#[tokio::test]
async fn refresh_verify_and_logout_wait_for_one_round_trip_and_sign_in_for_two() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let code = browser.call().text(&json!({"verification_code": world.code(ADA)}).to_string());
    assert_eq!(depth::<VerifyEmail>(&world, code, 200).await, 1);
    assert_eq!(depth::<Refresh>(&world, browser.call(), 204).await, 1);
    assert_eq!(depth::<Logout>(&world, browser.call(), 204).await, 1);
    world.sign_in(ADA).await;
    let sign_in = Call::body(json!({"login": ADA, "password": PASSWORD}));
    assert_eq!(depth::<SignIn>(&world, sign_in, 204).await, 2);
}

#[tokio::test]
async fn a_sign_up_waits_for_three_round_trips() {
    let world = World::new().await;
    world.sign_up("warm@example.com").await;
    // What its source and address pay; the account, and what others pay from; that the mail left.
    assert_eq!(depth::<SignUp>(&world, account(ADA).from("198.51.100.1"), 201).await, 3);
    assert_eq!(world.mails(ADA).len(), 1);
}

#[tokio::test]
async fn a_challenge_costs_nothing_and_a_sign_in_by_passkey_two_round_trips() {
    let world = World::new().await;
    let registered = add(&world, &world.sign_up(ADA).await).await;
    let browser = Browser::default();
    // The request is counted.
    costs::<AuthenticationOptions>(&world, browser.call(), 200, &[("UpdateItem", 1)]).await;
    let authenticator = challenged(&world, &browser, &registered).await;
    let expected = [("GetItem", 2), ("TransactWriteItems", 1), ("UpdateItem", 1)];
    costs::<Authenticate>(&world, answer_call(&browser, &authenticator), 204, &expected).await;
    let authenticator = challenged(&world, &browser, &registered).await;
    assert_eq!(depth::<Authenticate>(&world, answer_call(&browser, &authenticator), 204).await, 2);
}
