//! What a caller sees while DynamoDB or SES misbehaves: once, and every time.

use std::time::Duration;

use app::{DeleteAccount, ForgotPassword, Login, Register, ResetPassword};
use local::faults::{Fault, On, Times};
use runtime::Answer;
use serde_json::json;

use crate::world::{Credentials, World, refusal};

const ADA: &str = "ada@example.com";

async fn warm() -> (World, Credentials) {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, "warm@example.com", "secret123").await;
    (world, app)
}

fn unavailable(answer: &Answer) -> bool {
    refusal(answer) == (503, "服务暂时不可用,请稍后重试".to_owned()) && answer.header("retry-after").is_some()
}

#[tokio::test]
async fn a_single_fault_of_any_call_is_a_success_or_a_503_after_which_a_plain_retry_succeeds() {
    for fault in Fault::each() {
        for operation in ["GetItem", "PutItem", "UpdateItem", "TransactWriteItems", "Query"] {
            let (world, app) = warm().await;
            let once = || {
                world.dynamodb.heal();
                world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            };
            let account = json!({"email": ADA, "password": "secret123"});
            once();
            let registered = retried::<Register>(&world, || app.body(account.clone())).await;
            assert_eq!(registered.status, 200, "register, {fault:?} of {operation}: {}", registered.body);
            once();
            let signed_in = retried::<Login>(&world, || app.body(account.clone())).await;
            assert_eq!(signed_in.status, 200, "login, {fault:?} of {operation}: {}", signed_in.body);
            world.dynamodb.heal();
            let token = world.reset_token(&app, ADA).await;
            once();
            let reset = json!({"token": token, "newPassword": "secret456"});
            let reset = retried::<ResetPassword>(&world, || app.body(reset.clone())).await;
            assert_eq!(reset.status, 200, "reset, {fault:?} of {operation}: {}", reset.body);
            world.dynamodb.heal();
            let answer = world.login(&app, ADA, "secret456").await;
            let token = crate::world::body(&answer)["token"].as_str().expect("a token").to_owned();
            once();
            let deleted = retried::<DeleteAccount>(&world, || app.delete(&token)).await;
            assert_eq!(deleted.status, 200, "delete, {fault:?} of {operation}: {}", deleted.body);
            world.dynamodb.heal();
        }
    }
}

#[tokio::test]
async fn a_password_that_was_set_and_answered_to_nobody_is_set_by_a_plain_retry_and_the_link_works_once() {
    for fault in [Fault::AnswerLost, Fault::AnswerGarbled, Fault::Slow(Duration::from_secs(30))] {
        let (world, app) = warm().await;
        let token = world.reset_token(&app, "warm@example.com").await;
        let reset = || app.body(json!({"token": token, "newPassword": "secret456"}));
        world.dynamodb.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Forever);
        let first = world.call::<ResetPassword>(reset()).await;
        assert!(unavailable(&first), "{fault:?}: {} {}", first.status, first.body);
        world.dynamodb.heal();
        let second = world.call::<ResetPassword>(reset()).await;
        assert_eq!(second.status, 200, "{fault:?}: {}", second.body);
        let third = world.call::<ResetPassword>(reset()).await;
        assert_eq!(refusal(&third), (400, "重置链接无效或已过期".to_owned()), "{fault:?}");
        assert_eq!(world.login(&app, "warm@example.com", "secret456").await.status, 200, "{fault:?}");
    }
}

#[tokio::test]
async fn a_deletion_whose_answers_get_lost_is_told_as_done() {
    let (world, app) = warm().await;
    let token = world.register(&app, ADA, "secret123").await;
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
    let deleted = world.call::<DeleteAccount>(app.delete(&token)).await;
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    world.dynamodb.heal();
    world.register(&app, ADA, "secret123").await;
}

#[tokio::test]
async fn an_account_that_was_made_and_answered_to_nobody_is_made_by_a_plain_retry() {
    for fault in [Fault::AnswerLost, Fault::AnswerGarbled, Fault::Slow(Duration::from_secs(30))] {
        let (world, app) = warm().await;
        let account = || app.body(json!({"email": ADA, "password": "secret123"}));
        world.dynamodb.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Forever);
        let first = world.call::<Register>(account()).await;
        assert!(unavailable(&first), "{fault:?}: {} {}", first.status, first.body);
        world.dynamodb.heal();
        let second = world.call::<Register>(account()).await;
        assert_eq!(second.status, 200, "{fault:?}: {}", second.body);
        assert_eq!(world.login(&app, ADA, "secret123").await.status, 200, "{fault:?}");
    }
}

async fn retried<E: runtime::Endpoint<Ctx = runtime::Ctx>>(
    world: &World,
    call: impl Fn() -> crate::world::Call,
) -> Answer {
    let first = world.call::<E>(call()).await;
    if unavailable(&first) { world.call::<E>(call()).await } else { first }
}

#[tokio::test]
async fn a_store_that_stays_down_is_a_503_for_every_route_and_never_a_success() {
    for fault in Fault::each() {
        let (world, app) = warm().await;
        let token = world.register(&app, ADA, "secret123").await;
        let fault = if let Fault::Slow(_) = fault { Fault::Slow(Duration::from_secs(30)) } else { fault };
        world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
        let new = json!({"email": "new@example.com", "password": "secret123"});
        let answers = tokio::join!(
            world.call::<Register>(app.body(new)),
            world.login(&app, ADA, "secret123"),
            world.call::<ForgotPassword>(app.body(json!({"email": ADA}))),
            world.call::<ResetPassword>(app.body(json!({"token": "0".repeat(64), "newPassword": "secret456"}))),
            world.call::<DeleteAccount>(app.delete(&token)),
        );
        for answer in [answers.0, answers.1, answers.2, answers.3, answers.4] {
            assert!(unavailable(&answer), "{fault:?}: {} {}", answer.status, answer.body);
            assert_eq!(answer.header("x-ratelimit-limit"), Some("100"));
        }
        world.dynamodb.heal();
        assert_eq!(world.login(&app, ADA, "secret123").await.status, 200, "{fault:?} changed something");
    }
}

#[tokio::test]
async fn mail_that_fails_is_a_503_for_known_and_unknown_addresses_alike_and_is_never_sent_twice() {
    for fault in
        [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::AnswerLost, Fault::Garbage, Fault::AnswerGarbled]
    {
        for address in ["warm@example.com", "nobody@example.com"] {
            let (world, app) = warm().await;
            world.ses.inject(fault.clone(), On::any(), Times::Forever);
            let answer = world.call::<ForgotPassword>(app.body(json!({"email": address}))).await;
            assert!(unavailable(&answer), "{fault:?}: {} {}", answer.status, answer.body);
            assert!(world.mails(address).len() <= 1, "{fault:?} mailed twice");
            world.ses.heal();
            let again = world.call::<ForgotPassword>(app.body(json!({"email": address}))).await;
            assert_eq!(again.status, 200, "{fault:?}: {}", again.body);
        }
    }
}

#[tokio::test]
async fn mail_that_ses_refused_once_in_so_many_words_is_sent_after_all() {
    for fault in [Fault::Throttle, Fault::InternalError] {
        let (world, app) = warm().await;
        world.ses.inject(fault.clone(), On::any(), Times::Once);
        let answer = world.call::<ForgotPassword>(app.body(json!({"email": "warm@example.com"}))).await;
        assert_eq!((answer.status, world.mails("warm@example.com").len()), (200, 1), "{fault:?}");
    }
}
