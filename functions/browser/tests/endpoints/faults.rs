//! What a caller sees while DynamoDB misbehaves: once, and every time.

use std::time::Duration;

use browser::{EndSessions, ListSessions, Logout, Refresh, SignIn, SignUp, VerifyEmail};
use local::faults::{Fault, On, Times};
use runtime::{Answer, Ctx, Endpoint};
use serde_json::json;

use crate::world::{ADA, Browser, Call, PASSWORD, World, account, refusal};

fn unavailable(answer: &Answer) -> bool {
    answer.status == 503
        && refusal(answer).1 == "unavailable"
        && answer.header("retry-after").is_some()
        && answer.cookies.is_empty()
}

/// Calls, and calls again as a client would that was told to.
async fn retried<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call) -> Answer {
    let first = world.call::<E>(call.clone()).await;
    if unavailable(&first) { world.call::<E>(call).await } else { first }
}

fn code(world: &World, browser: &Browser) -> Call {
    browser.call().text(&json!({"verification_code": world.code(ADA)}).to_string())
}

#[tokio::test]
async fn a_single_fault_of_any_call_is_a_success_or_a_503_after_which_a_plain_retry_succeeds() {
    for fault in Fault::each() {
        for operation in ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "Query"] {
            let world = World::new().await;
            let case = format!("{fault:?} of {operation}");
            let once = || {
                world.dynamodb.heal();
                world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            };
            // The ring and the app are read by the first request of a process, which this is not about.
            world.sign_up("warm@example.com").await;
            once();
            let browser = Browser::default();
            let signed_up = retried::<SignUp>(&world, account(ADA)).await;
            assert_eq!(signed_up.status, 201, "sign-up, {case}: {}", signed_up.body);
            browser.keep(&signed_up);
            world.dynamodb.heal();
            if world.mails(ADA).is_empty() {
                // What charges the mail failed: the next sign-in sends it.
                world.sign_in(ADA).await;
            }
            once();
            let refreshed = retried::<Refresh>(&world, browser.call()).await;
            assert_eq!(refreshed.status, 204, "refresh, {case}: {}", refreshed.body);
            browser.keep(&refreshed);
            once();
            let verified = retried::<VerifyEmail>(&world, code(&world, &browser)).await;
            assert_eq!(verified.status, 200, "verify, {case}: {}", verified.body);
            once();
            let listed = retried::<ListSessions>(&world, browser.call()).await;
            assert_eq!(listed.status, 200, "list, {case}: {}", listed.body);
            once();
            let sign_in = Call::body(json!({"login": ADA, "password": PASSWORD}));
            let signed_in = retried::<SignIn>(&world, sign_in).await;
            assert_eq!(signed_in.status, 204, "sign-in, {case}: {}", signed_in.body);
            once();
            let left = retried::<Logout>(&world, browser.call()).await;
            assert_eq!(left.status, 204, "logout, {case}: {}", left.body);
        }
    }
}

#[tokio::test]
async fn a_store_that_stays_down_is_a_503_for_every_operation_and_nobody_is_signed_out() {
    for fault in Fault::each() {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        // When only the answers are lost, somebody who leaves has left.
        let leaver = world.sign_up("leaver@example.com").await;
        let fault = if let Fault::Slow(_) = fault { Fault::Slow(Duration::from_secs(30)) } else { fault };
        world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
        let answers = tokio::join!(
            world.call::<SignUp>(account("new@example.com")),
            world.call::<SignIn>(Call::body(json!({"login": ADA, "password": PASSWORD}))),
            world.call::<VerifyEmail>(code(&world, &browser)),
            world.call::<Refresh>(browser.call()),
            world.call::<Logout>(leaver.call()),
            world.call::<ListSessions>(browser.call()),
            world.call::<EndSessions>(leaver.call()),
        );
        let answers = [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5, answers.6];
        for (at, answer) in answers.iter().enumerate() {
            assert!(unavailable(answer), "{fault:?}, {at}: {} {}", answer.status, answer.body);
        }
        world.dynamodb.heal();
        assert_eq!(world.refresh(&browser).await.status, 204, "{fault:?}");
        assert_eq!(world.call::<ListSessions>(browser.call()).await.status, 200, "{fault:?}");
    }
}
