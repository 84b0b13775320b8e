//! A code of OpenID Connect is exchanged in a transaction: what no client was answered spends none of these either.

use local::faults::{Death, Fault, On, Times};
use oauth::Token;
use oauth::userinfo::UserInfo;

use crate::faults::{each, unavailable};
use crate::world::{ADA, Browser, Call, Known, World, body, refusal, text};

async fn code(world: &World, browser: &Browser, client: &Known) -> String {
    let mut request = client.request();
    request.push(("scope", "openid"));
    world.consent(browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned()
}

async fn is_told(world: &World, answer: &runtime::Answer) -> bool {
    let tokens = body(answer);
    assert!(tokens["id_token"].is_string(), "{tokens}");
    let call = Call::empty().bearer(text(&tokens, "access_token"));
    world.call::<UserInfo<false>>(call).await.status == 200
}

#[tokio::test]
async fn a_fault_that_passes_keeps_no_client_from_its_id_token() {
    each(async |case| {
        let (client, browser) = (case.world.client().await, case.world.sign_up(ADA).await);
        let code = code(&case.world, &browser, &client).await;
        let answer = case.call::<Token>(client.exchange(&code), 200).await;
        assert!(is_told(&case.world, &answer).await, "{case}");
    })
    .await;
}

#[tokio::test]
async fn a_code_outlives_an_outage() {
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::Conflict, Fault::Garbage] {
        for on in
            [On::any(), On::operation("GetItem"), On::operation("UpdateItem"), On::operation("TransactWriteItems")]
        {
            let world = World::new().await;
            let (client, browser) = (world.client().await, world.sign_up(ADA).await);
            let code = code(&world, &browser, &client).await;
            world.dynamodb.inject(fault.clone(), on.clone(), Times::Forever);
            let answer = world.call::<Token>(client.exchange(&code)).await;
            assert!(unavailable(&answer), "{fault:?} {on:?}: {} {}", answer.status, answer.body);
            world.dynamodb.heal();
            let answer = world.call::<Token>(client.exchange(&code)).await;
            assert_eq!(answer.status, 200, "{fault:?} {on:?}: {}", answer.body);
            assert!(is_told(&world, &answer).await, "{fault:?} {on:?}");
        }
    }
}

#[tokio::test]
async fn a_client_whose_function_is_killed_has_tokens_or_none() {
    for death in Death::each() {
        let world = World::new().await;
        let (client, browser) = (world.client().await, world.sign_up(ADA).await);
        let first = code(&world, &browser, &client).await;
        let lived = world.dynamodb.kill(death, world.call::<Token>(client.exchange(&first))).await;
        let again = world.call::<Token>(client.exchange(&first)).await;
        match again.status {
            200 => assert!(is_told(&world, &again).await, "{death:?}"),
            _ => assert_eq!(refusal(&again), (400, "invalid_grant".to_owned()), "{death:?}"),
        }
        if lived.is_some() {
            return;
        }
    }
}
