//! What somebody sees on the sign-in page while SES misbehaves.

use std::time::Duration;

use local::faults::{Fault, On, Times};
use runtime::Answer;

use crate::world::{ADA, World};

fn not_mailed(answer: &Answer) -> bool {
    answer.status == 503 && answer.header("retry-after").is_some() && answer.cookies.is_empty()
}

async fn world() -> World {
    let world = World::new().await.with_mailed_codes().await;
    world.sign_up_proven(ADA).await;
    world
}

async fn signs_in(world: &World) -> bool {
    let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
    (answer.status, answer.cookies.len()) == (303, 2)
}

#[tokio::test]
async fn an_ses_that_stays_down_is_a_503_and_a_plain_retry_succeeds_without_waiting() {
    let slow = Fault::Slow(Duration::from_secs(30));
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::AnswerLost, Fault::Garbage, slow] {
        let world = world().await;
        world.ses.inject(fault.clone(), On::any(), Times::Forever);
        let answer = world.mail_code(ADA, "").await;
        assert!(not_mailed(&answer), "{fault:?}: {} {}", answer.status, answer.body);
        let sent = world.mailed_codes(ADA).len();
        assert!(sent <= 1, "{fault:?} mailed twice");
        world.ses.heal();
        assert_eq!(world.mail_code(ADA, "").await.status, 200, "{fault:?}");
        assert_eq!(world.mailed_codes(ADA).len(), sent + 1, "{fault:?}");
        assert!(signs_in(&world).await, "{fault:?}");
    }
}

#[tokio::test]
async fn an_ses_that_is_down_tells_nobody_who_has_an_account() {
    for fault in [Fault::Throttle, Fault::Drop] {
        let world = world().await;
        world.ses.inject(fault.clone(), On::any(), Times::Forever);
        let [known, unknown] = [world.mail_code(ADA, "").await, world.mail_code("nobody@example.com", "").await];
        assert_eq!((known.status, &known.body), (unknown.status, &unknown.body), "{fault:?}");
    }
}

#[tokio::test]
async fn a_code_that_arrived_although_ses_did_not_answer_is_good() {
    let world = world().await;
    world.ses.inject(Fault::AnswerLost, On::any(), Times::Once);
    let answer = world.mail_code(ADA, "").await;
    assert!(not_mailed(&answer), "{} {}", answer.status, answer.body);
    assert_eq!(world.mailed_codes(ADA).len(), 1);
    assert!(signs_in(&world).await);
}

/// The session is opened by the write whose answer gets lost, each time that it is tried.
#[tokio::test]
async fn a_sign_in_that_is_answered_to_nobody_leaves_the_code_good_for_the_next_try() {
    for fault in [Fault::AnswerLost, Fault::AnswerGarbled] {
        let world = world().await;
        world.mail_code(ADA, "").await;
        world.dynamodb.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Forever);
        let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
        assert!(not_mailed(&answer), "{fault:?}: {} {}", answer.status, answer.body);
        world.dynamodb.heal();
        assert!(signs_in(&world).await, "{fault:?}");
        assert!(!signs_in(&world).await, "{fault:?}: once");
    }
}
