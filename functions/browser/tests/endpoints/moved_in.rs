//! A user who was moved here with another product's hash.

use browser::SignIn;
use serde_json::json;
use shared::store::Renewal;
use shared::user::User;
use shared::user::email_proof::EmailProof;
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;

use crate::world::{ADA, Call, PASSWORD, World, refusal};

/// By Python's `bcrypt`, of `violet-tractor-17`.
const BCRYPT: &str = "$2b$04$5E5orQWkpurXondzwUbtPeIK9UG8ArronIrGREOJGtmq5Sz6YUYXW";

async fn with_ada() -> World {
    let world = World::new().await;
    let user = User {
        email: Some(ADA.parse().expect("an address")),
        email_proof: EmailProof::Proven,
        username: Some("ada_1815".parse().expect("a username")),
        ..User::new(&world.ctx.random, world.clock.now())
    };
    world.move_in("default", user, BCRYPT).await;
    world
}

async fn stored(world: &World, handle: &Handle) -> PasswordHash {
    let app = "default".parse().expect("an app id");
    let identity = world.ctx.store.identity(&app, handle, world.clock.now()).await.expect("answers");
    identity.expect("an identity").password.expect("a password")
}

fn typed(login: &str, password: &str) -> Call {
    Call::body(json!({"login": login, "password": password}))
}

#[tokio::test]
async fn the_first_sign_in_makes_the_hash_ours_for_each_handle() {
    let world = with_ada().await;
    let (email, username) =
        (Handle::Email(ADA.parse().expect("an address")), Handle::Username("ada_1815".parse().expect("a username")));
    assert!(stored(&world, &email).await.is_foreign() && stored(&world, &username).await.is_foreign());
    let wrong = world.call::<SignIn>(typed(ADA, "violet-tractor-18")).await;
    assert_eq!(refusal(&wrong).0, 401);
    assert!(stored(&world, &email).await.is_foreign(), "a wrong password replaces nothing");

    world.sign_in(ADA).await;
    assert!(!stored(&world, &email).await.is_foreign());
    assert!(stored(&world, &email).await == stored(&world, &username).await);
}

#[tokio::test]
async fn the_first_sign_in_costs_one_write_more_for_each_handle_and_the_next_none() {
    let world = with_ada().await;
    let app = "default".parse().expect("an app id");
    let email = Handle::Email(ADA.parse().expect("an address"));
    let foreign = stored(&world, &email).await;
    world.sign_in(ADA).await;
    let ours = stored(&world, &email).await;
    let (answer, later) = world.calls_of::<SignIn>(typed(ADA, PASSWORD)).await;
    assert_eq!(answer.status, 204);

    // The same user at the same place, whose hash is foreign again.
    let username = Handle::Username("ada_1815".parse().expect("a username"));
    let renewal = Renewal { old: &ours, new: &foreign, now: world.clock.now() };
    world.ctx.store.replace_hash(&app, [&email, &username].into_iter(), &renewal).await.expect("replaces");
    let (answer, first) = world.calls_of::<SignIn>(typed(ADA, PASSWORD)).await;
    assert_eq!(answer.status, 204);
    let updates = |calls: &[(String, usize)]| {
        calls.iter().find(|(operation, _)| operation == "UpdateItem").map_or(0, |(_, count)| *count)
    };
    assert_eq!(updates(&first), updates(&later) + 2, "{first:?} {later:?}");
}

#[tokio::test]
async fn a_wrong_password_makes_the_same_calls_for_a_foreign_hash_as_for_ours() {
    let world = with_ada().await;
    // The first request reads the app and the keys.
    world.call::<SignIn>(typed("nobody@example.com", PASSWORD)).await;
    let (answer, foreign) = world.calls_of::<SignIn>(typed(ADA, "violet-tractor-18")).await;
    assert_eq!(answer.status, 401);
    world.sign_in(ADA).await;
    let (answer, ours) = world.calls_of::<SignIn>(typed(ADA, "violet-tractor-18")).await;
    assert_eq!((answer.status, foreign), (401, ours));
}
