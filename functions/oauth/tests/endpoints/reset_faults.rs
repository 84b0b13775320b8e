//! The pages for a forgotten password while DynamoDB or SES misbehaves.

use std::time::Duration;

use local::faults::{Fault, On, Times};
use oauth::forgot::Mail;
use oauth::reset::{Set, ShowReset};
use runtime::{Answer, Ctx, Endpoint};

use crate::faults::{OPERATIONS, unavailable};
use crate::reset::NEW;
use crate::world::{ADA, Call, PASSWORD, World};

/// Calls, and calls again as somebody would who was told to.
async fn retried<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call) -> Answer {
    let first = world.call::<E>(call.clone()).await;
    if unavailable(&first) { world.call::<E>(call).await } else { first }
}

fn address(email: &str) -> Call {
    Call::empty().form(&[("email", email)])
}

fn password(token: &str) -> Call {
    Call::empty().form(&[("token", token), ("password", NEW)])
}

#[tokio::test]
async fn a_fault_that_passes_costs_a_retry_at_most_and_never_a_second_mail() {
    for fault in Fault::each() {
        for operation in OPERATIONS {
            let case = format!("{fault:?} of {operation}");
            let world = World::new().await;
            world.sign_up(ADA).await;
            let once = || {
                world.dynamodb.heal();
                world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            };
            once();
            assert_eq!(retried::<Mail>(&world, address(ADA)).await.status, 200, "{case}");
            let links = world.links();
            assert_eq!(links.len(), 1, "{case}");
            once();
            let shown = retried::<ShowReset>(&world, Call::empty().query("token", &links[0])).await;
            assert_eq!(shown.status, 200, "{case}: {}", shown.body);
            once();
            let set = retried::<Set>(&world, password(&links[0])).await;
            assert_eq!(set.status, 200, "{case}: {}", set.body);
            world.dynamodb.heal();
            assert!(world.opens(NEW).await && !world.opens(PASSWORD).await, "{case}");
        }
    }
}

#[tokio::test]
async fn a_store_that_stays_down_is_a_503_and_one_password_opens_afterwards() {
    for fault in Fault::each() {
        let world = World::new().await;
        world.sign_up(ADA).await;
        let token = world.reset_token("default").await;
        let fault = if let Fault::Slow(_) = fault { Fault::Slow(Duration::from_secs(30)) } else { fault };
        world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
        let answers = tokio::join!(
            world.call::<Mail>(address(ADA)),
            world.call::<ShowReset>(Call::empty().query("token", &token)),
            world.call::<Set>(password(&token)),
        );
        for answer in [answers.0, answers.1, answers.2] {
            assert!(unavailable(&answer), "{fault:?}: {} {}", answer.status, answer.body);
        }
        world.dynamodb.heal();
        assert!(world.links().is_empty(), "{fault:?}: told to come back, and mailed");
        assert_ne!(world.opens(NEW).await, world.opens(PASSWORD).await, "{fault:?}");
    }
}

#[tokio::test]
async fn nobody_is_told_that_a_mail_is_on_its_way_which_ses_did_not_take() {
    let world = World::new().await;
    let email = "throttle@example.com";
    world.sign_up(email).await;
    for _ in 0..2 {
        let answer = world.call::<Mail>(address(email)).await;
        assert!(unavailable(&answer), "{} {}", answer.status, answer.body);
    }
}
