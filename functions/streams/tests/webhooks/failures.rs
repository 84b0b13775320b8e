//! Receivers that fail, and what is between us and them.

use local::faults::{Fault, On, Times};
use runtime::Consumer as _;
use serde_json::json;
use shared::clock::Seconds;
use shared::webhook::delivery::{Parcel, Stage};
use shared::webhook::endpoint::{Endpoint, FAILING, Off};

use crate::scene::{DEAD_LETTERS, NOW, Reply, Scene};

/// An app with an endpoint, and a message to it in the queue.
async fn scene() -> (Scene, Endpoint) {
    let mut scene = Scene::new().await;
    let (endpoint, _) = scene.endpoint("shop").await;
    scene.sign_up("shop", "ada@example.com").await;
    scene.follow().await;
    (scene, endpoint)
}

#[tokio::test]
async fn a_receiver_that_failed_gets_the_same_message_again_and_not_before_its_time() {
    let (scene, endpoint) = scene().await;
    scene.receiver.replies([Reply::Status(500)]);
    scene.deliver().await;
    let first = scene.receiver.received();
    let waiting = scene.only_delivery(&endpoint).await;
    assert_eq!((waiting.stage, waiting.tries), (Stage::Waiting, 1));
    assert_eq!(waiting.answer.as_deref(), Some("it answered with status 500"));
    let pause = waiting.due.expect("a time").since(NOW);
    assert!((4..=5).contains(&pause.0) && scene.hidden() <= pause, "{pause}");
    assert_eq!(scene.again(&endpoint).await.failing_since, Some(NOW));
    // The queue brings it back early: it waits on.
    assert_eq!(scene.deliver_after(Seconds(pause.0 - 1)).await, []);
    assert_eq!(scene.hidden(), Seconds(1));
    let second = scene.deliver_after(Seconds(1)).await;
    assert_eq!((second[0].id(), &second[0].body), (first[0].id(), &first[0].body));
    assert_ne!(second[0].headers["webhook-timestamp"], first[0].headers["webhook-timestamp"]);
    assert_eq!(scene.only_delivery(&endpoint).await.stage, Stage::Delivered);
    assert_eq!((scene.again(&endpoint).await.failing_since, scene.queued().len()), (None, 0));
}

#[tokio::test]
async fn whatever_goes_wrong_on_the_way_is_a_failed_try_and_no_redirect_is_followed() {
    let (scene, endpoint) = scene().await;
    for (reply, said) in [
        (Reply::Redirect("http://169.254.169.254/latest/meta-data"), "it answered with status 307"),
        (Reply::Hangs, "it cannot be reached"),
        (Reply::Status(404), "it answered with status 404"),
    ] {
        scene.receiver.replies([reply]);
        assert_eq!(scene.deliver_after(Seconds::hours(3)).await.len(), 1, "{said}");
        let delivery = scene.only_delivery(&endpoint).await;
        assert_eq!((delivery.stage, delivery.answer.as_deref()), (Stage::Waiting, Some(said)));
    }
}

#[tokio::test]
async fn after_a_day_it_is_a_dead_letter_and_an_operator_can_send_it_again() {
    let (mut scene, endpoint) = scene().await;
    scene.receiver.replies(vec![Reply::Status(503); 8]);
    let mut wait = Seconds(0);
    let mut tries = 0;
    loop {
        let received = scene.deliver_after(wait).await;
        tries += received.len();
        let delivery = scene.only_delivery(&endpoint).await;
        let Some(due) = delivery.due else { break };
        wait = due.since(scene.clock.now());
    }
    assert_eq!(tries, 8);
    let passed = scene.clock.now().since(NOW);
    assert!(passed > Seconds::hours(20) && passed <= Seconds::hours(24), "{passed}");
    let dead = scene.only_delivery(&endpoint).await;
    assert_eq!((dead.stage, dead.tries), (Stage::Dead, 8));
    let letters: Vec<Parcel> = scene.sqs.bodies(DEAD_LETTERS).iter().map(|body| read(body)).collect();
    assert_eq!((letters, scene.queued().len()), (vec![dead.parcel.clone()], 0));
    assert_eq!(scene.deliver_after(Seconds::days(1)).await, [], "it is not tried any more");

    assert!(scene.store.replay(&dead.parcel, scene.clock.now()).await.expect("answers"));
    scene.follow().await;
    let received = scene.deliver_after(Seconds(0)).await;
    assert_eq!(received[0].id(), dead.message);
    let replayed = scene.only_delivery(&endpoint).await;
    assert_eq!((replayed.stage, replayed.tries, replayed.parcel.round), (Stage::Delivered, 1, 2));
}

fn read(body: &str) -> Parcel {
    serde_json::from_str(body).expect("a parcel")
}

#[tokio::test]
async fn a_message_of_a_round_before_counts_for_nothing() {
    let (mut scene, endpoint) = scene().await;
    scene.receiver.replies([Reply::Status(500)]);
    scene.deliver().await;
    let waiting = scene.only_delivery(&endpoint).await;
    assert!(scene.store.replay(&waiting.parcel, scene.clock.now()).await.expect("answers"));
    scene.follow().await;
    assert_eq!(scene.queued().len(), 2);
    assert_eq!(scene.deliver_after(Seconds::hours(1)).await.len(), 2, "the failed one, and the replay alone");
    assert_eq!((scene.only_delivery(&endpoint).await.stage, scene.queued().len()), (Stage::Delivered, 0));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_turned_off_at_once() {
    let (mut scene, endpoint) = scene().await;
    scene.receiver.replies([Reply::Status(410)]);
    scene.deliver().await;
    assert_eq!(scene.again(&endpoint).await.off, Some(Off::Gone));
    assert_eq!((scene.only_delivery(&endpoint).await.stage, scene.sqs.bodies(DEAD_LETTERS).len()), (Stage::Dead, 0));
    // What the function knows of endpoints is a minute old at most.
    scene.clock.advance(Seconds(60));
    scene.sign_up("shop", "bob@example.com").await;
    scene.follow().await;
    assert_eq!(scene.deliveries(&endpoint).await.len(), 1, "nothing more is written down for it");
}

#[tokio::test]
async fn an_endpoint_that_fails_for_five_days_is_turned_off() {
    for (after, off) in [(Seconds(FAILING.0 - 1), None), (FAILING, Some(Off::Failing))] {
        let (scene, endpoint) = scene().await;
        scene.store.begin_failing(&endpoint.app, &endpoint.id, NOW, None).await.expect("noted");
        scene.clock.advance(after);
        // Its day begins when it is first looked at in the test: the delivery itself is fresh.
        let fresh = scene.only_delivery(&endpoint).await.parcel;
        assert!(scene.store.replay(&fresh, scene.clock.now()).await.expect("answers"));
        let parcel = Parcel { round: 2, ..fresh };
        scene.receiver.replies([Reply::Status(500)]);
        scene.deliver.deliver(&parcel).await.expect("answers");
        assert_eq!(scene.again(&endpoint).await.off, off);
        let stage = if off.is_some() { Stage::Dead } else { Stage::Waiting };
        assert_eq!(scene.only_delivery(&endpoint).await.stage, stage);
    }
}

#[tokio::test]
async fn an_endpoint_that_was_removed_or_turned_off_meanwhile_gets_nothing() {
    for removed in [true, false] {
        let (scene, endpoint) = scene().await;
        if removed {
            assert!(scene.store.remove_webhook(&endpoint.app, &endpoint.id).await.expect("removed"));
        } else {
            assert!(scene.store.switch_webhook(&endpoint.app, &endpoint.id, false).await.expect("turned off"));
        }
        scene.deliver().await;
        assert_eq!(scene.receiver.received(), []);
        let delivery = scene.only_delivery(&endpoint).await;
        assert_eq!((delivery.stage, delivery.tries, scene.queued().len()), (Stage::Dead, 0, 0));
    }
}

#[tokio::test]
async fn a_store_or_queue_that_fails_loses_nothing() {
    for fault in Fault::each() {
        let mut scene = Scene::new().await;
        let (endpoint, _) = scene.endpoint("shop").await;
        scene.sign_up("shop", "ada@example.com").await;
        let _ = scene.write_trail().await;
        let entries = scene.records("audit");
        scene.tables.inject(fault.clone(), On::operation("PutItem"), Times::Forever);
        let _ = scene.hand_over(&entries).await;
        scene.tables.heal();
        assert!(scene.hand_over(&entries).await, "{fault:?}");
        let written = scene.records("live");
        scene.queues.inject(fault.clone(), On::any(), Times::Forever);
        let _ = scene.hand_over(&written).await;
        scene.queues.heal();
        assert!(scene.hand_over(&written).await, "{fault:?}");
        scene.tables.inject(fault.clone(), On::operation("UpdateItem"), Times::Forever);
        scene.deliver().await;
        scene.tables.heal();
        scene.sqs.reveal();
        while scene.deliver().await {}
        let received = scene.receiver.received();
        assert!(!received.is_empty() && received.iter().all(|one| one.id() == received[0].id()), "{fault:?}");
        assert_eq!((scene.only_delivery(&endpoint).await.stage, scene.queued().len()), (Stage::Delivered, 0));
    }
}

#[tokio::test]
async fn what_is_no_parcel_is_passed_over_and_holds_nobody_up() {
    let (scene, endpoint) = scene().await;
    let event = scene.sqs.event("WebhookQueue").expect("a message");
    let good = &event["Records"][0];
    let bad = json!({"messageId": "x", "receiptHandle": "x", "body": "{\"app\":\"../../etc\"}"});
    let refused = scene.deliver.take(&json!({"Records": [bad, good]}).to_string()).await.expect("it always answers");
    assert_eq!(json!(refused), json!({"batchItemFailures": []}));
    assert_eq!(scene.only_delivery(&endpoint).await.stage, Stage::Delivered);
    let nothing = scene.deliver.take("[]").await.expect("it always answers");
    assert_eq!(json!(nothing), json!({"batchItemFailures": []}));
}
