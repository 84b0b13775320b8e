//! What somebody sees on the sign-in page while SNS misbehaves.

use std::time::Duration;

use local::faults::{Fault, On, Times};
use runtime::Answer;

use crate::phone::PHONE;
use crate::world::World;

fn not_texted(answer: &Answer) -> bool {
    answer.status == 503 && answer.header("retry-after").is_some() && answer.cookies.is_empty()
}

async fn signs_in(world: &World) -> bool {
    let code = world.codes().pop().expect("a text message");
    let answer = world.enter_code(PHONE, &code, "").await;
    (answer.status, answer.cookies.len()) == (303, 2)
}

#[tokio::test]
async fn what_sns_refused_once_in_so_many_words_is_sent_after_all() {
    for fault in [Fault::Throttle, Fault::InternalError] {
        let world = World::new().await.with_phones().await;
        world.sns.inject(fault.clone(), On::any(), Times::Once);
        assert_eq!((world.send_code(PHONE, "").await.status, world.codes().len()), (200, 1), "{fault:?}");
        assert!(signs_in(&world).await, "{fault:?}");
    }
}

#[tokio::test]
async fn an_sns_that_stays_down_is_a_503_and_a_plain_retry_succeeds_without_waiting() {
    let slow = Fault::Slow(Duration::from_secs(30));
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::AnswerLost, Fault::Garbage, slow] {
        let world = World::new().await.with_phones().await;
        world.sns.inject(fault.clone(), On::any(), Times::Forever);
        let answer = world.send_code(PHONE, "").await;
        assert!(not_texted(&answer), "{fault:?}: {} {}", answer.status, answer.body);
        let sent = world.codes().len();
        assert!(sent <= 1, "{fault:?} texted twice");
        world.sns.heal();
        assert_eq!(world.send_code(PHONE, "").await.status, 200, "{fault:?}");
        assert_eq!(world.codes().len(), sent + 1, "{fault:?}");
        assert!(signs_in(&world).await, "{fault:?}");
    }
}

#[tokio::test]
async fn a_code_that_arrived_although_sns_did_not_answer_is_good() {
    let world = World::new().await.with_phones().await;
    world.sns.inject(Fault::AnswerLost, On::any(), Times::Once);
    let answer = world.send_code(PHONE, "").await;
    assert!(not_texted(&answer), "{} {}", answer.status, answer.body);
    assert_eq!(world.codes().len(), 1);
    assert!(signs_in(&world).await);
}
