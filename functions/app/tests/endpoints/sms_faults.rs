//! What a caller sees while SNS or DynamoDB misbehaves between a phone and its code.

use std::time::Duration;

use app::SendCode;
use local::faults::{Fault, On, Times};
use serde_json::json;

use crate::world::{Credentials, World, refusal};

const PHONE: &str = "13812345678";

fn unavailable() -> (u16, String) {
    (503, "服务暂时不可用,请稍后重试".to_owned())
}

#[tokio::test]
async fn a_number_that_sns_refuses_spends_neither_the_cooldown_nor_a_budget() {
    let world = World::configured(&[("SMS_BUDGET_PREFIX", "1")]).await;
    let app = world.app("demo").await;
    for _ in 0..12 {
        let answer = world.send_code(&app, "13812340000").await;
        assert_eq!(refusal(&answer), (500, "验证码发送失败,请稍后重试".to_owned()));
    }
    let login = world.phone_login(&app, "13812340000", "123456").await;
    assert_eq!(refusal(&login), (400, "请先获取验证码".to_owned()));
    world.send_code(&app, "13812340001").await;
    assert_eq!(world.texts("13812340001").len(), 1);
}

#[tokio::test]
async fn what_sns_refused_once_in_so_many_words_is_sent_after_all() {
    for fault in [Fault::Throttle, Fault::InternalError] {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.sns.inject(fault.clone(), On::any(), Times::Once);
        assert_eq!((world.send_code(&app, PHONE).await.status, world.texts(PHONE).len()), (200, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn an_sns_that_stays_down_is_a_503_and_a_plain_retry_succeeds_without_waiting() {
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::AnswerLost, Fault::Garbage] {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.sns.inject(fault.clone(), On::any(), Times::Forever);
        let answer = world.send_code(&app, PHONE).await;
        assert_eq!(refusal(&answer), unavailable(), "{fault:?}");
        assert!(answer.header("retry-after").is_some());
        assert!(world.texts(PHONE).len() <= 1, "{fault:?} texted twice");
        world.sns.heal();
        world.enter(&app, PHONE).await;
    }
}

#[tokio::test]
async fn a_code_that_arrived_although_sns_did_not_answer_is_good() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.sns.inject(Fault::AnswerLost, On::any(), Times::Once);
    assert_eq!(refusal(&world.send_code(&app, PHONE).await), unavailable());
    assert_eq!(world.phone_login(&app, PHONE, &world.code(PHONE)).await.status, 200);
}

#[tokio::test]
async fn a_single_fault_of_the_store_is_a_success_or_a_503_after_which_a_plain_retry_succeeds() {
    for fault in
        [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::Conflict, Fault::AnswerLost, Fault::Garbage]
    {
        for operation in ["GetItem", "UpdateItem", "TransactWriteItems"] {
            let world = World::new().await;
            let app = world.app("demo").await;
            world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            if refusal(&world.send_code(&app, PHONE).await) == unavailable() {
                assert_eq!(world.send_code(&app, PHONE).await.status, 200, "{fault:?} of {operation}");
            }
            world.dynamodb.heal();
            world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            let mut entered = world.phone_login(&app, PHONE, &world.code(PHONE)).await;
            if refusal(&entered) == unavailable() {
                entered = world.phone_login(&app, PHONE, &world.code(PHONE)).await;
            }
            assert_eq!(entered.status, 200, "{fault:?} of {operation}: {}", entered.body);
        }
    }
}

#[tokio::test]
async fn a_code_whose_spending_was_answered_to_nobody_lets_in_by_a_plain_retry_and_then_no_more() {
    for fault in [Fault::AnswerLost, Fault::AnswerGarbled, Fault::Slow(Duration::from_secs(30))] {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.send_code(&app, PHONE).await;
        let code = world.code(PHONE);
        world.dynamodb.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Forever);
        assert_eq!(refusal(&world.phone_login(&app, PHONE, &code).await), unavailable(), "{fault:?}");
        world.dynamodb.heal();
        let entered = world.phone_login(&app, PHONE, &code).await;
        assert_eq!(entered.status, 200, "{fault:?}: {}", entered.body);
        let again = world.phone_login(&app, PHONE, &code).await;
        assert_eq!(refusal(&again), (400, "请先获取验证码".to_owned()), "{fault:?}: once is once");
    }
}

#[tokio::test]
async fn a_store_that_stays_down_sends_nothing_and_lets_nobody_in() {
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::Garbage] {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.send_code(&app, PHONE).await;
        world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
        assert_eq!(refusal(&world.send_code(&app, "13912345678").await), unavailable(), "{fault:?}");
        assert_eq!(refusal(&world.phone_login(&app, PHONE, &world.code(PHONE)).await), unavailable(), "{fault:?}");
        assert_eq!(world.outbox.messages().len(), 1, "{fault:?}");
    }
}

/// Below the second that an attempt of the SDK's may take, so that each call succeeds.
const SLOW: Duration = Duration::from_millis(850);

/// Has the process read what it remembers. Another source asks: a quota that is not full takes a call more.
async fn warm(world: &World, app: &Credentials) {
    let call = app.body(json!({"phone": "13912345678"})).from("198.51.100.1");
    assert_eq!(world.call::<SendCode>(call).await.status, 200);
}

#[tokio::test]
async fn a_store_that_is_slow_on_each_call_texts_the_code_all_the_same() {
    let world = World::new().await;
    let app = world.app("demo").await;
    warm(&world, &app).await;
    world.dynamodb.set_latency(SLOW);
    let answer = world.send_code(&app, PHONE).await;
    world.dynamodb.set_latency(Duration::ZERO);
    assert_eq!((answer.status, world.texts(PHONE).len()), (200, 1), "{}", answer.body);
}

#[tokio::test]
async fn a_request_that_has_no_time_left_for_sns_has_nobody_wait_and_a_code_that_arrived_is_good() {
    let world = World::new().await;
    let app = world.app("demo").await;
    warm(&world, &app).await;
    world.dynamodb.set_latency(SLOW);
    world.sns.inject(Fault::Slow(Duration::from_millis(1900)), On::any(), Times::Forever);
    let answer = world.send_code(&app, PHONE).await;
    world.dynamodb.set_latency(Duration::ZERO);
    world.sns.heal();
    assert_eq!(refusal(&answer), unavailable());
    assert_eq!(world.phone_login(&app, PHONE, &world.code(PHONE)).await.status, 200);
    assert_eq!(world.send_code(&app, PHONE).await.status, 200, "the cooldown was given back");
}
