use serde_json::Value;
use shared::clock::Seconds;
use shared::factor::sealed::SealedTotp;
use shared::id::UserId;
use shared::secret::Secret;
use shared::store::{DepartingUser, DepartingWebhook, Import, Imported, NotAdded, NotImported};
use shared::user::User;
use shared::user::email_proof::EmailProof;
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;
use shared::webhook::endpoint::{Endpoint, EndpointId, MOST, Off};
use shared::webhook::event::Events;
use shared::webhook::secret::{SealedSecret, WebhookSecret};

use crate::world::{NOW, World, app, email};

/// A user with a hash, a second factor and a proven address.
async fn ada(world: &World) -> UserId {
    let id = world.store.number_of(&app("demo"), "7", NOW).await.expect("answers");
    let ring = world.store.ring(NOW).await.expect("a ring");
    let secret = Secret::new(b"a secret of twenty b".to_vec());
    let user = User {
        id,
        name: "Ada".to_owned(),
        email: Some(email("ada@example.com")),
        email_proof: EmailProof::Proven,
        username: Some("Ada_1815".parse().expect("a username")),
        phone: Some("+8613800138000".parse().expect("E.164")),
        ..User::new(&world.random, NOW)
    };
    let totp = Some(SealedTotp::seal(&secret, &app("demo"), id, &ring, &world.random));
    let password = Some(PasswordHash::from_phc("first".to_owned()));
    let import = Import { user, origin: "7".to_owned(), password, totp };
    world.store.import(&app("demo"), &import, NOW).await.expect("imports");
    id
}

async fn departing(world: &World, id: UserId) -> DepartingUser {
    world.store.departing_user(&app("demo"), id, NOW).await.expect("answers").expect("a user")
}

/// Each handle knows of the second factor that came with its user, so that the password alone is not enough.
async fn assert_asks_for_a_code(world: &World) {
    let handles = [
        Handle::Email(email("ada@example.com")),
        Handle::Username("Ada_1815".parse().expect("a username")),
        Handle::Phone("+8613800138000".parse().expect("E.164")),
    ];
    for handle in handles {
        let identity = world.store.identity(&app("demo"), &handle, NOW).await.expect("answers").expect("an identity");
        assert!(identity.second_factor, "{handle:?}");
    }
}

#[tokio::test]
async fn who_leaves_one_deployment_arrives_in_another_and_leaves_it_the_same() {
    let (here, there) = (World::new(), World::new());
    let id = ada(&here).await;
    let left = departing(&here, id).await;
    assert_eq!(left.password.as_deref(), Some("first"));
    assert!(left.totp.is_some() && !left.user.to_string().contains("totp"), "the seal of one ring stays with it");
    assert_eq!(there.store.arrive(&app("demo"), &left, NOW).await.expect("arrives"), Imported::Now);
    assert_eq!(departing(&there, id).await, left);
    for world in [&here, &there] {
        let identity = world.identity("ada@example.com").await.expect("an identity");
        assert_eq!((identity.user, identity.proven), (id, true));
        assert_asks_for_a_code(world).await;
        assert_eq!(identity.password, Some(PasswordHash::from_phc("first".to_owned())));
        assert_eq!(identity.others.len(), 2);
    }
    assert_eq!(
        here.store.user(&app("demo"), id).await.expect("answers"),
        there.store.user(&app("demo"), id).await.expect("answers")
    );
}

#[tokio::test]
async fn a_second_arrival_changes_nothing_and_brings_what_is_missing() {
    let (here, there) = (World::new(), World::new());
    let id = ada(&here).await;
    let mut left = departing(&here, id).await;
    there.store.arrive(&app("demo"), &left, NOW).await.expect("arrives");
    let user = there.store.user(&app("demo"), id).await.expect("answers").expect("a user");
    there.store.end_all_sessions(&app("demo"), &user, NOW).await.expect("moves on");
    left.belongings.push(("X#of a later release".to_owned(), serde_json::json!({"a": {"S": "b"}})));
    assert_eq!(there.store.arrive(&app("demo"), &left, NOW).await.expect("is here"), Imported::Before);
    let again = departing(&there, id).await;
    assert_eq!(again.belongings, left.belongings);
    assert_ne!(again.user, left.user, "the epoch that the user has moved on to stays");
}

#[tokio::test]
async fn somebody_elses_handle_or_number_is_not_taken() {
    let (here, there) = (World::new(), World::new());
    let id = ada(&here).await;
    let left = departing(&here, id).await;
    there.register("ada@example.com").await.expect("registers");
    let refused = there.store.arrive(&app("demo"), &left, NOW).await;
    assert!(matches!(refused, Err(NotImported::HandleTaken(_))), "{refused:?}");
    assert!(there.store.departing_user(&app("demo"), id, NOW).await.expect("answers").is_none());
}

#[tokio::test]
async fn a_line_that_no_export_wrote_is_refused() {
    let world = World::new();
    let left = departing(&world, ada(&world).await).await;
    for broken in [
        DepartingUser { id: "0".to_owned(), ..left.clone() },
        DepartingUser { user: Value::Null, ..left.clone() },
        DepartingUser { totp: Some("!".to_owned()), ..left.clone() },
    ] {
        let refused = world.store.arrive(&app("demo"), &broken, NOW).await;
        assert!(matches!(refused, Err(NotImported::Store(_))), "{refused:?}");
    }
}

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
        DepartingWebhook { webhook: serde_json::json!({"url": {"S": "file:///etc/passwd"}}), ..left.clone() },
        DepartingWebhook { secret: "whsec_".to_owned(), ..left.clone() },
        DepartingWebhook { former: Some(String::new()), ..left.clone() },
    ] {
        let refused = there.store.arrive_webhook(&demo, &broken, NOW).await;
        assert!(matches!(refused, Err(NotAdded::Store(_))), "{refused:?}");
    }
    let another = || DepartingWebhook { id: EndpointId::draw(&here.random).to_string(), ..left.clone() };
    for _ in 0..MOST {
        there.store.arrive_webhook(&demo, &another(), NOW).await.expect("arrives");
    }
    assert!(matches!(there.store.arrive_webhook(&demo, &another(), NOW).await, Err(NotAdded::TooMany)));
}
