use app::{Login, Register};
use serde_json::json;
use shared::clock::Seconds;

use crate::world::{World, refusal};

#[tokio::test]
async fn the_hundred_and_first_request_waits_and_a_client_that_waits_as_told_gets_through() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let wrong = || app.body(json!({}));
    for left in (0..100).rev() {
        let answer = world.call::<Login>(wrong()).await;
        assert_eq!((answer.status, answer.header("x-ratelimit-remaining")), (400, Some(left.to_string().as_str())));
    }
    let answer = world.call::<Login>(wrong()).await;
    assert_eq!(refusal(&answer), (429, "请求过于频繁,请稍后再试".to_owned()));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    let wait: i64 = answer.header("retry-after").expect("a wait").parse().expect("seconds");
    world.clock.advance(Seconds(wait - 1));
    assert_eq!(world.call::<Login>(wrong()).await.status, 429);
    world.clock.advance(Seconds(1));
    assert_eq!(world.call::<Login>(wrong()).await.status, 400);
}

#[tokio::test]
async fn a_client_that_keeps_hammering_costs_no_write_while_it_is_remembered() {
    let world = World::new().await;
    let app = world.app("demo").await;
    for _ in 0..101 {
        world.call::<Login>(app.body(json!({}))).await;
    }
    world.dynamodb.reset_calls();
    let answer = world.call::<Login>(app.body(json!({}))).await;
    assert_eq!((answer.status, world.dynamodb.calls().values().sum::<usize>()), (429, 0));
}

#[tokio::test]
async fn the_limit_counts_an_address_over_all_routes_and_processes_and_no_other_address() {
    let world = World::new().await;
    let app = world.app("demo").await;
    for _ in 0..100 {
        world.call::<Login>(app.body(json!({}))).await;
    }
    let register = json!({"email": "ada@example.com", "password": "secret123"});
    assert_eq!(world.call::<Register>(app.body(register.clone())).await.status, 429);
    let elsewhere = app.body(register).from("192.0.2.2");
    assert_eq!(world.call::<Register>(elsewhere).await.status, 200);
}

#[tokio::test]
async fn a_refused_request_changes_nothing() {
    let world = World::new().await;
    let app = world.app("demo").await;
    for _ in 0..100 {
        world.call::<Login>(app.body(json!({}))).await;
    }
    let register = json!({"email": "ada@example.com", "password": "secret123"});
    assert_eq!(world.call::<Register>(app.body(register.clone())).await.status, 429);
    let again = app.body(register).from("192.0.2.2");
    assert_eq!(world.call::<Register>(again).await.status, 200, "the address was still free");
}
