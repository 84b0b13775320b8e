//! What a caller sees while DynamoDB or SES misbehaves: once, and every time.

use std::time::Duration;

use account::{Certificate, ChangePassword, ForgotPassword, Login, Refresh, Register, Reset};
use local::faults::{Fault, On, Times};
use runtime::{Answer, Ctx, Endpoint};
use serde_json::json;

use crate::world::{ADA, ADAS_MAIL, Call, PASSWORD, World, account, bearer, digest_of, json_body, tokens};

fn unavailable(answer: &Answer) -> bool {
    answer.body == "The service is not available. Try again soon."
        && (answer.status, answer.header("retry-after")) == (503, Some("2"))
}

fn login(password: &str) -> Call {
    json_body(json!({"username": ADA, "password": digest_of(password)}))
}

fn change(token: &str, old: &str, new: &str) -> Call {
    json_body(json!({"oldPassword": digest_of(old), "newPassword": digest_of(new)}))
        .header("authorization", &format!("Bearer {token}"))
}

fn reset(token: &str, password: &str) -> Call {
    json_body(json!({"token": token, "newPassword": digest_of(password)}))
}

/// One fault, then a success, at once or after a plain retry.
async fn succeeds<E: Endpoint<Ctx = Ctx>>(world: &World, fault: &Fault, operation: &'static str, call: Call) -> Answer {
    world.dynamodb.heal();
    world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
    let first = world.call::<E>(call.clone()).await;
    let answer = if unavailable(&first) { world.call::<E>(call).await } else { first };
    assert_eq!(answer.status, 200, "{}, {fault:?} of {operation}: {}", E::ROUTE.name, answer.body);
    world.dynamodb.heal();
    answer
}

#[tokio::test]
async fn a_single_fault_of_any_call_is_a_success_or_a_503_after_which_a_plain_retry_succeeds() {
    for fault in Fault::each() {
        for operation in ["GetItem", "PutItem", "UpdateItem", "TransactWriteItems"] {
            let world = World::new().await;
            let (world, fault) = (&world, &fault);
            succeeds::<Register>(world, fault, operation, json_body(account(ADA, ADAS_MAIL))).await;
            let kept = tokens(&succeeds::<Login>(world, fault, operation, login(PASSWORD)).await);
            let kept = tokens(&succeeds::<Refresh>(world, fault, operation, bearer(&kept.refresh)).await);
            succeeds::<ChangePassword>(world, fault, operation, change(&kept.access, PASSWORD, "another")).await;
            assert!(world.is_signed_in(&kept.access).await, "{fault:?} of {operation}");
            assert_eq!(world.login(ADA, "another").await.status, 200, "{fault:?} of {operation}");
            let told = world.mails(ADAS_MAIL).len();
            succeeds::<ForgotPassword>(world, fault, operation, json_body(json!({"email": ADAS_MAIL}))).await;
            assert_eq!(world.mails(ADAS_MAIL).len(), told + 1, "{fault:?} of {operation}");
            world.clock.advance(shared::clock::Seconds(60));
            let token = world.reset_token(ADAS_MAIL).await;
            succeeds::<Certificate>(world, fault, operation, Call::empty().query("token", &token)).await;
            succeeds::<Reset>(world, fault, operation, reset(&token, "third")).await;
            assert_eq!(world.login(ADA, "third").await.status, 200, "{fault:?} of {operation}");
        }
    }
}

#[tokio::test]
async fn a_store_that_stays_down_is_a_503_for_every_route_but_logout_and_never_a_success() {
    for fault in Fault::each() {
        let world = World::with_ada().await;
        let kept = world.sign_in(ADA).await;
        let token = world.reset_token(ADAS_MAIL).await;
        world.clock.advance(shared::clock::Seconds(60));
        let fault = if let Fault::Slow(_) = fault { Fault::Slow(Duration::from_secs(30)) } else { fault };
        world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
        let answers = tokio::join!(
            world.call::<Register>(json_body(account("grace", "grace@example.com"))),
            world.call::<Login>(login(PASSWORD)),
            world.call::<ChangePassword>(change(&kept.access, PASSWORD, "another")),
            world.call::<Refresh>(bearer(&kept.refresh)),
            world.call::<ForgotPassword>(json_body(json!({"email": ADAS_MAIL}))),
            world.call::<Certificate>(Call::empty().query("token", &token)),
            world.call::<Reset>(reset(&token, "another")),
        );
        for answer in [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5, answers.6] {
            assert!(unavailable(&answer), "{fault:?}: {} {}", answer.status, answer.body);
        }
        world.dynamodb.heal();
        assert_eq!(world.login(ADA, PASSWORD).await.status, 200, "{fault:?} changed something");
        tokens(&world.refresh(&kept.refresh).await);
    }
}

#[tokio::test]
async fn mail_that_fails_is_a_503_for_known_and_unknown_addresses_alike_and_nobody_waits_for_the_next() {
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::AnswerLost, Fault::Garbage] {
        for address in [ADAS_MAIL, "nobody@example.com"] {
            let world = World::with_ada().await;
            world.ses.inject(fault.clone(), On::any(), Times::Forever);
            let answer = world.forgot(address).await;
            assert!(unavailable(&answer), "{fault:?}: {} {}", answer.status, answer.body);
            let sent = world.mails(address).len();
            assert!(sent <= 1, "{fault:?} mailed twice");
            world.ses.heal();
            assert_eq!(world.forgot(address).await.status, 200);
            assert_eq!(world.mails(address).len(), sent + usize::from(address == ADAS_MAIL), "{fault:?}");
        }
    }
}
