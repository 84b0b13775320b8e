//! Endpoints of an app's webhooks leave one deployment and arrive in another.

use serde_json::json;
use shared::clock::Seconds;
use shared::store::{DepartingWebhook, NotImported};
use shared::webhook::endpoint::{Endpoint, EndpointId, MOST, Off};
use shared::webhook::event::Events;
use shared::webhook::secret::{SealedSecret, WebhookSecret};

use crate::world::{NOW, World, app};

/// An endpoint that fails, is turned off and was given another secret.
async fn endpoint(world: &World) -> (Endpoint, [WebhookSecret; 2]) {
    let (demo, id, ring) = (app("demo"), EndpointId::draw(&world.random), world.store.ring(NOW).await.expect("a ring"));
    let secrets = [0; 2].map(|_| WebhookSecret::draw(&world.random));
    let [secret, former] = secrets.each_ref().map(|one| SealedSecret::seal(one, &demo, &id, &ring, &world.random));
    let endpoint = Endpoint {
        app: demo,
        id,
        url: "https://shop.example/hooks".parse().expect("a URL"),
        events: Events::usual(),
        secret,
        former: Some((former, NOW.plus(Seconds(60)))),
        off: Some(Off::Failing),
        failing_since: Some(NOW),
        created: NOW,
        arrived: None,
    };
    world.store.add_webhook(&endpoint).await.expect("added");
    (endpoint, secrets)
}

async fn departing_webhook(world: &World) -> DepartingWebhook {
    world.store.departing_webhooks(&app("demo"), NOW).await.expect("answers").remove(0)
}

#[tokio::test]
async fn an_endpoint_arrives_with_its_secrets_and_leaves_the_same() {
    let (here, there, demo, later) = (World::new(), World::new(), app("demo"), NOW.plus(Seconds(30)));
    let (endpoint, secrets) = endpoint(&here).await;
    let left = departing_webhook(&here).await;
    assert!(!format!("{left:?}").contains("whsec_"));
    // A run that was stopped is given again.
    for _ in 0..2 {
        there.store.arrive_webhook(&demo, &left, later).await.expect("arrives");
    }
    assert_eq!(departing_webhook(&there).await, left);
    let came = there.store.webhook(&demo, &endpoint.id).await.expect("answers").expect("an endpoint");
    let ring = there.store.ring(NOW).await.expect("a ring");
    let opened = came.secrets(NOW).map(|secret| secret.open(&demo, &came.id, &ring).expect("opens").reveal());
    assert_eq!(opened.collect::<Vec<_>>(), secrets.map(|secret| secret.reveal()));
    let (secret, former) = (came.secret.clone(), came.former.clone());
    assert_ne!(secret, endpoint.secret, "it is sealed by another ring");
    assert_eq!(came, Endpoint { secret, former, failing_since: None, arrived: Some(later), ..endpoint });
}

#[tokio::test]
async fn an_app_is_given_no_more_endpoints_than_it_may_have_and_none_that_cannot_be_read() {
    let (here, there, demo) = (World::new(), World::new(), app("demo"));
    endpoint(&here).await;
    let left = departing_webhook(&here).await;
    for broken in [
        DepartingWebhook { id: "../".to_owned(), ..left.clone() },
        DepartingWebhook { webhook: json!({"url": {"S": "file:///etc/passwd"}}), ..left.clone() },
        DepartingWebhook { secret: "whsec_".to_owned(), ..left.clone() },
        DepartingWebhook { former: Some(String::new()), ..left.clone() },
    ] {
        let refused = there.store.arrive_webhook(&demo, &broken, NOW).await;
        assert!(matches!(refused, Err(NotImported::Unfit(_))), "{refused:?}");
    }
    let another = || DepartingWebhook { id: EndpointId::draw(&here.random).to_string(), ..left.clone() };
    for _ in 0..MOST {
        there.store.arrive_webhook(&demo, &another(), NOW).await.expect("arrives");
    }
    assert!(matches!(there.store.arrive_webhook(&demo, &another(), NOW).await, Err(NotImported::TooManyEndpoints)));
}
