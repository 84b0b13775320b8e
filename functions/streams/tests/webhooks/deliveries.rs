//! What arrives, for whom, and how often.

use std::collections::BTreeSet;
use std::path::Path;

use local::faults::{Access, Death};
use local::rights;
use serde_json::json;
use shared::clock::Seconds;
use shared::store::written;
use shared::webhook::delivery::{Delivery, Parcel, Stage};
use shared::webhook::event::Message;
use shared::webhook::secret::{BOTH_SIGN, SealedSecret, WebhookSecret};

use crate::scene::{NOW, Scene, app};

#[tokio::test]
async fn an_event_arrives_signed_and_names_nobody() {
    let mut scene = Scene::new().await;
    let (endpoint, secret) = scene.endpoint("shop").await;
    let user = scene.sign_up("shop", "ada@example.com").await;
    scene.follow().await;
    assert!(scene.deliver().await);
    let received = scene.receiver.received();
    let [message] = received.as_slice() else { panic!("{received:?}") };
    let body = message.json();
    let data = json!({"app": "shop", "handles": "email", "user": user.to_string(), "who": "operator"});
    assert_eq!((&body["type"], &body["data"]), (&json!("user.created"), &data));
    assert_eq!(message.headers["webhook-timestamp"], NOW.unix().to_string());
    assert_eq!(message.headers["webhook-signature"], secret.sign(message.id(), NOW, &message.body));
    assert_eq!(message.headers["content-type"], "application/json");
    let delivery = scene.only_delivery(&endpoint).await;
    assert_eq!((delivery.stage, delivery.answer.as_deref()), (Stage::Delivered, Some("it answered with status 200")));
    assert_eq!((delivery.message.as_str(), delivery.tries), (message.id(), 1));
    assert_eq!(scene.queued(), [""; 0]);
    assert!(!format!("{delivery:?} {message:?}").contains("ada@example.com"));
}

#[tokio::test]
async fn a_change_that_is_delivered_twice_is_one_message() {
    let mut scene = Scene::new().await;
    let (endpoint, _) = scene.endpoint("shop").await;
    scene.sign_up("shop", "ada@example.com").await;
    let others = scene.write_trail().await;
    assert!(!others.is_empty());
    assert!(others.iter().all(|record| written(record) == Ok(None)), "a local run hands over all of live's stream");
    let entries = scene.records("audit");
    assert!(entries.iter().all(|record| written(record).is_ok_and(|entry| entry.is_some())));
    for _ in 0..2 {
        assert!(scene.hand_over(&entries).await);
    }
    let written = scene.records("live");
    for _ in 0..2 {
        assert!(scene.hand_over(&written).await);
    }
    assert_eq!(scene.queued().len(), 2, "the queue may have it twice");
    while scene.deliver().await {}
    let ids: BTreeSet<_> = scene.receiver.received().iter().map(|message| message.id().to_owned()).collect();
    assert_eq!(ids.len(), 1, "the receiver knows it by its id");
    assert_eq!(scene.only_delivery(&endpoint).await.stage, Stage::Delivered);
    assert!(scene.hand_over(&entries).await && scene.hand_over(&written).await);
    while scene.deliver().await {}
    assert_eq!(scene.receiver.received(), [], "and once it was taken, it is not sent again");
}

#[tokio::test]
async fn an_app_is_told_of_its_own_users_only() {
    let mut scene = Scene::new().await;
    let (ours, _) = scene.endpoint("shop").await;
    let (theirs, _) = scene.endpoint("other").await;
    scene.sign_up("shop", "ada@example.com").await;
    scene.follow().await;
    assert_eq!((scene.deliveries(&ours).await.len(), scene.deliveries(&theirs).await.len()), (1, 0));
    // A parcel that names another app's endpoint, or another's secret, is of no delivery.
    let delivery = scene.only_delivery(&ours).await;
    for parcel in [
        Parcel { app: app("other"), ..delivery.parcel.clone() },
        Parcel { endpoint: theirs.id.clone(), ..delivery.parcel.clone() },
        Parcel { app: app("other"), endpoint: theirs.id.clone(), ..delivery.parcel.clone() },
    ] {
        assert_eq!(scene.deliver.deliver(&parcel).await.expect("answers"), streams::Next::Done, "{parcel:?}");
    }
    assert_eq!(scene.receiver.received(), []);
}

#[tokio::test]
async fn an_endpoint_has_only_what_it_asked_for_and_an_app_without_one_costs_a_look() {
    let mut scene = Scene::new().await;
    scene.sign_up("shop", "ada@example.com").await;
    let _ = scene.write_trail().await;
    let entries = scene.records("audit");
    scene.tables.reset_calls();
    for _ in 0..3 {
        assert!(scene.hand_over(&entries).await);
    }
    assert_eq!(scene.tables.calls().into_iter().collect::<Vec<_>>(), [("Query".to_owned(), 1)]);
    assert_eq!(scene.queues.calls().len(), 0);
}

#[tokio::test]
async fn for_a_day_after_a_rotation_both_secrets_sign() {
    let scene = Scene::new().await;
    let (endpoint, former) = scene.endpoint("shop").await;
    let ring = scene.store.ring(NOW).await.expect("a ring");
    let secret = WebhookSecret::draw(&scene.random);
    let sealed = SealedSecret::seal(&secret, &endpoint.app, &endpoint.id, &ring, &scene.random);
    assert!(scene.store.rotate_webhook(&endpoint, &sealed, NOW.plus(BOTH_SIGN)).await.expect("answers"));
    for (mark, after, both) in [("one", BOTH_SIGN.0 - 1, true), ("two", 1, false)] {
        scene.clock.advance(Seconds(after));
        let now = scene.clock.now();
        let message = Message::test(&endpoint.app, mark, now);
        let delivery = Delivery::new(&message, &endpoint.id, now);
        assert!(scene.store.add_delivery(&delivery).await.expect("answers"));
        scene.deliver.deliver(&delivery.parcel).await.expect("delivers");
        let received = scene.receiver.received();
        let sign = |by: &WebhookSecret| by.sign(received[0].id(), now, &received[0].body);
        let expected = if both { format!("{} {}", sign(&secret), sign(&former)) } else { sign(&secret) };
        assert_eq!(received[0].headers["webhook-signature"], expected, "{mark}");
    }
}

#[tokio::test]
async fn wherever_a_process_is_killed_the_message_arrives_with_one_id() {
    for death in Death::each() {
        let mut scene = Scene::new().await;
        let (endpoint, _) = scene.endpoint("shop").await;
        scene.sign_up("shop", "ada@example.com").await;
        let _ = scene.write_trail().await;
        let entries = scene.records("audit");
        let noted = scene.tables.kill(death, scene.hand_over(&entries)).await;
        assert!(scene.hand_over(&entries).await);
        let written = scene.records("live");
        let sent = scene.queues.kill(death, scene.hand_over(&written)).await;
        assert!(scene.hand_over(&written).await);
        let delivered = scene.tables.kill(death, scene.deliver()).await;
        scene.sqs.reveal();
        while scene.deliver().await {}
        let ids: BTreeSet<_> = scene.receiver.received().iter().map(|message| message.id().to_owned()).collect();
        assert_eq!(ids.len(), 1, "{death:?}");
        assert_eq!(scene.only_delivery(&endpoint).await.stage, Stage::Delivered, "{death:?}");
        assert_eq!(scene.queued(), [""; 0], "{death:?}");
        if noted.is_some() && sent.is_some() && delivered.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn each_role_allows_what_its_function_does_and_nothing_else() {
    let mut scene = Scene::new().await;
    let (endpoint, _) = scene.endpoint("shop").await;
    scene.sign_up("shop", "ada@example.com").await;
    let _ = scene.tables.touched();
    scene.follow().await;
    assert_rights("webhooks", &scene.tables.touched(), &["CORE_TABLE", "LIVE_TABLE", "WEBHOOK_QUEUE"]);
    scene.receiver.replies([crate::scene::Reply::Status(500)]);
    scene.deliver().await;
    scene.deliver_after(Seconds(5)).await;
    assert_eq!(scene.only_delivery(&endpoint).await.stage, Stage::Delivered);
    let read = ["CORE_TABLE", "KEY_RING_KEK", "LIVE_TABLE", "PUBLIC_URL", "WEBHOOK_DEAD_LETTERS", "WEBHOOK_QUEUE"];
    assert_rights("deliver", &scene.tables.touched(), &read);
}

fn assert_rights(function: &str, touched: &BTreeSet<Access>, variables: &[&'static str]) {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let variables = variables.iter().copied().collect();
    assert_eq!(rights::complaints(&template, function, touched, &variables), [""; 0]);
}
