//! When a client's refresh tokens are replaced: `docs/api/oauth.md#refresh-tokens`.

use futures_util::future::join_all;
use local::faults::{Fault, On, Times};
use oauth::Token;
use runtime::Answer;
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::oauth::client::{Client, ClientPolicy};
use shared::session::refresh::Rotation;

use crate::world::{ADA, Known, World, body, refusal, text};

async fn connected_by(rotation: Rotation, variables: &[(&str, &str)]) -> (World, Known, Value) {
    let world = World::configured(variables).await;
    let client = world.register(|client| Client { policy: ClientPolicy { rotation, ..client.policy }, ..client }).await;
    let browser = world.sign_up(ADA).await;
    let tokens = world.tokens(&browser, &client, &[]).await;
    (world, client, tokens)
}

async fn connected(rotation: Rotation) -> (World, Known, Value) {
    connected_by(rotation, &[]).await
}

#[track_caller]
fn given(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    body(answer)
}

#[tokio::test]
async fn two_agents_with_one_store_of_tokens_both_go_on_by_until_used() {
    let (world, client, first) = connected(Rotation::UntilUsed).await;
    let second = given(&world.refresh(&client, &first).await);
    world.clock.advance(Seconds::days(3));
    let again = given(&world.refresh(&client, &first).await);
    assert_eq!(again["refresh_token"], second["refresh_token"]);
    let third = given(&world.refresh(&client, &second).await);
    assert_ne!(third["refresh_token"], second["refresh_token"]);
    let reused = world.refresh(&client, &first).await;
    assert_eq!(refusal(&reused), (400, "invalid_grant".to_owned()), "its successor was presented");
    assert_eq!(world.introspect(&client, text(&third, "access_token")).await, json!({"active": false}));
}

#[tokio::test]
async fn a_token_that_is_not_replaced_comes_with_every_answer() {
    let (world, client, first) = connected(Rotation::Off).await;
    for _ in 0..3 {
        world.clock.advance(Seconds::days(20));
        let next = given(&world.refresh(&client, &first).await);
        assert_eq!(next["refresh_token"], first["refresh_token"]);
        assert_eq!(world.introspect(&client, text(&next, "access_token")).await["active"], true);
    }
}

#[tokio::test]
async fn many_refreshes_at_once_are_given_one_token_by_each_rotation() {
    for rotation in Rotation::EACH {
        let (world, client, first) = connected(rotation).await;
        world.dynamodb.set_latency(std::time::Duration::from_millis(50));
        let answers = join_all((0..10).map(|_| world.refresh(&client, &first))).await;
        world.dynamodb.set_latency(std::time::Duration::ZERO);
        let mut tokens: Vec<_> =
            answers.iter().map(|answer| text(&given(answer), "refresh_token").to_owned()).collect();
        tokens.dedup();
        assert_eq!(tokens.len(), 1, "{rotation}");
        world.clock.advance(Seconds(120));
        given(&world.refresh(&client, &body(&answers[7])).await);
    }
}

#[tokio::test]
async fn a_refresh_that_is_not_answered_with_200_costs_no_session_by_any_rotation() {
    for rotation in Rotation::EACH {
        // Too much is asked for, hours later and twice.
        let (world, client, tokens) = connected(rotation).await;
        for _ in 0..2 {
            let asked = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
            let wide = client.form(&[&asked[..], &[("scope", "email mementos profile")]].concat());
            assert_eq!(refusal(&world.call::<Token>(wide).await), (400, "invalid_scope".to_owned()), "{rotation}");
            world.clock.advance(Seconds::hours(5));
        }
        let next = given(&world.refresh(&client, &tokens).await);
        given(&world.refresh(&client, &next).await);

        // The limiter refuses.
        let (world, client, tokens) = connected_by(rotation, &[("RATE_LIMIT_CLIENT", "2")]).await;
        let next = given(&world.refresh(&client, &tokens).await);
        assert_eq!(world.refresh(&client, &next).await.status, 429, "{rotation}");
        world.clock.advance(Seconds::hours(5));
        given(&world.refresh(&client, &next).await);
        world.clock.advance(Seconds::hours(5));

        // The store is out for an hour.
        for fault in [Fault::InternalError, Fault::AnswerLost, Fault::Drop] {
            let (world, client, tokens) = connected(rotation).await;
            world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
            for _ in 0..2 {
                assert_eq!(world.refresh(&client, &tokens).await.status, 503, "{rotation}, {fault:?}");
                world.clock.advance(Seconds::minutes(30));
            }
            world.dynamodb.heal();
            let next = given(&world.refresh(&client, &tokens).await);
            given(&world.refresh(&client, &next).await);
        }

        // It carries one write out, says nothing, and is out for an hour: nothing can be undone in that time.
        let (world, client, tokens) = connected(rotation).await;
        world.dynamodb.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Exactly(2));
        world.dynamodb.inject(Fault::Drop, On::any(), Times::Forever);
        for _ in 0..2 {
            assert_eq!(world.refresh(&client, &tokens).await.status, 503, "{rotation}");
            world.clock.advance(Seconds::minutes(30));
        }
        world.dynamodb.heal();
        let next = given(&world.refresh(&client, &tokens).await);
        given(&world.refresh(&client, &next).await);
    }
}
