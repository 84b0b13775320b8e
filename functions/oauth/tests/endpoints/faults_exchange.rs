//! A code is the one thing of a client's that it cannot ask for again: what no client was answered, spends none.

use local::faults::{Fault, On, Times};
use oauth::Token;
use serde_json::json;

use crate::faults::{each, lasting, unavailable};
use crate::world::{ADA, Browser, Known, World, body, refusal, text};

async fn asked(world: &World) -> (Known, Browser) {
    (world.client().await, world.sign_up(ADA).await)
}

#[tokio::test]
async fn a_fault_that_passes_keeps_no_client_from_exchanging_its_code() {
    each(async |case| {
        let (client, browser) = asked(&case.world).await;
        let code = case.world.code(&browser, &client, &[]).await;
        let tokens = body(&case.call::<Token>(client.exchange(&code), 200).await);
        let seen = case.world.introspect(&client, text(&tokens, "access_token")).await;
        assert_eq!(seen["active"], true, "{case}");
        assert_eq!(case.world.refresh(&client, &tokens).await.status, 200, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_code_outlives_an_outage_of_everything_or_of_the_reads_or_the_limiter_alone() {
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::Conflict, Fault::Garbage] {
        for on in [On::any(), On::operation("GetItem"), On::operation("UpdateItem")] {
            let world = World::new().await;
            let (client, browser) = asked(&world).await;
            let code = world.code(&browser, &client, &[]).await;
            world.dynamodb.inject(fault.clone(), on.clone(), Times::Forever);
            for _ in 0..2 {
                let answer = world.call::<Token>(client.exchange(&code)).await;
                assert!(unavailable(&answer), "{fault:?} {on:?}: {} {}", answer.status, answer.body);
            }
            world.dynamodb.heal();
            let answer = world.call::<Token>(client.exchange(&code)).await;
            assert_eq!(answer.status, 200, "{fault:?} {on:?}: {}", answer.body);
            let seen = world.introspect(&client, text(&body(&answer), "access_token")).await;
            assert_eq!(seen["active"], true, "{fault:?} {on:?}");
        }
    }
}

/// Then nobody knows what was written: the code may be spent, and nothing may be alive that nobody was given.
#[tokio::test]
async fn an_outage_that_loses_every_answer_gives_one_client_tokens_or_none() {
    for fault in [Fault::AnswerLost, Fault::Slow(std::time::Duration::ZERO)].map(lasting) {
        let world = World::new().await;
        let (client, browser) = asked(&world).await;
        let code = world.code(&browser, &client, &[]).await;
        world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
        let answer = world.call::<Token>(client.exchange(&code)).await;
        assert!(unavailable(&answer), "{fault:?}: {} {}", answer.status, answer.body);
        world.dynamodb.heal();
        let answer = world.call::<Token>(client.exchange(&code)).await;
        if answer.status == 200 {
            let seen = world.introspect(&client, text(&body(&answer), "access_token")).await;
            assert_eq!(seen["active"], true, "{fault:?}");
        } else {
            assert_eq!(refusal(&answer), (400, "invalid_grant".to_owned()), "{fault:?}");
        }
        // Another code of the same client is as good as ever.
        let tokens = world.tokens(&browser, &client, &[]).await;
        assert_ne!(world.introspect(&client, text(&tokens, "access_token")).await, json!({"active": false}));
    }
}
