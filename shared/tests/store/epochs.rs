//! Moving on: every session ends at once, and what was proven stays.

use std::time::Duration;

use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::code::reset::ResetLink;
use shared::session::device::Device;
use shared::session::{Bearer, Opening, Session, Transport};
use shared::store::{NotChanged, NotRotated, NotStanding, Redemption, Registration};
use shared::token::InvalidToken;
use shared::user::User;
use shared::user::email_proof::EmailProof;
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;

use crate::world::{LIFETIME, NOW, World, app, email, session};

/// Somebody with a username and an address.
async fn register_with_username(world: &World) -> Registration {
    let mut registration = world.registration("ada@example.com");
    registration.user.username = Some("Ada_1815".parse().expect("a username"));
    world.store.register(&app("demo"), &registration, &world.nonce(), NOW).await.expect("registers");
    registration
}

async fn handles(world: &World, user: &User) -> Vec<(Option<PasswordHash>, u64)> {
    let mut found = Vec::new();
    for handle in user.handles() {
        let identity = world.store.identity(&app("demo"), &handle, NOW).await.expect("answers").expect("an identity");
        found.push((identity.password, identity.epoch.0));
    }
    found
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_the_user_and_nobody_elses() {
    let world = World::new();
    let (ada, bob) =
        (register_with_username(&world).await, world.register("bob@example.com").await.expect("registers"));
    let browser = Session::open(ada.user.id, ada.user.epoch, Transport::Browser, Device::default(), &world.random, NOW);
    let (opening, token) = Opening::refreshable(browser, &world.random);
    world.store.open_session(&app("demo"), &opening).await.expect("opens");
    assert!(world.store.end_all_sessions(&app("demo"), &ada.user, NOW).await.expect("answers"));
    assert!(!world.is_signed_in(session(&ada), NOW).await);
    let refused = world.store.rotate_session(&app("demo"), &token, Transport::Browser, &world.nonce(), NOW).await;
    assert!(matches!(refused, Err(NotRotated::Dead(_))), "{refused:?}");
    assert!(world.is_signed_in(session(&bob), NOW).await);
    // The password is as it was, and what it opens from now on is alive.
    let first = Some(PasswordHash::from_phc("first".to_owned()));
    assert_eq!(handles(&world, &ada.user).await, [(first.clone(), 1), (first, 1)]);
}

#[tokio::test]
async fn signing_out_everywhere_twice_at_once_succeeds_twice() {
    let world = World::new();
    let ada = register_with_username(&world).await;
    let demo = app("demo");
    let end = || world.store.end_all_sessions(&demo, &ada.user, NOW);
    let (one, other) = tokio::join!(end(), end());
    assert!(one.expect("answers") && other.expect("answers"));
    assert!(!world.is_signed_in(session(&ada), NOW).await);
}

/// A change of the password or of a handle keeps the session that asks, which may be a thief's.
#[tokio::test]
async fn signing_out_everywhere_also_ends_the_session_that_a_change_in_this_moment_has_kept() {
    let world = World::new();
    let (ada, demo) = (register_with_username(&world).await, app("demo"));
    let second = PasswordHash::from_phc("second".to_owned());
    world.store.change_password(&demo, &ada.user, &session(&ada).id, &second, NOW).await.expect("changes");
    assert!(world.is_signed_in(session(&ada), NOW).await);
    assert!(world.store.end_all_sessions(&demo, &ada.user, NOW).await.expect("answers"));
    assert!(!world.is_signed_in(session(&ada), NOW).await);
    assert!(world.store.delete_user_as_operator(&demo, &ada.user, NOW).await.expect("removes"));
    assert!(!world.store.end_all_sessions(&demo, &ada.user, NOW).await.expect("answers"));
}

/// The user is read before a transaction that moves them on and keeps the session, and the session after it.
#[tokio::test]
async fn a_session_that_a_change_of_the_password_keeps_stands_in_every_moment_of_that_change() {
    let world = World::new();
    let (ada, demo) = (register_with_username(&world).await, app("demo"));
    let opened = Session::open(ada.user.id, ada.user.epoch, Transport::Browser, Device::default(), &world.random, NOW);
    let (opening, token) = Opening::refreshable(opened.clone(), &world.random);
    world.store.open_session(&demo, &opening).await.expect("opens");
    let stored = |table: &str, name: &str| {
        let items = world.raw("Scan", &json!({"TableName": table}));
        let items = items["Items"].as_array().expect("items").clone();
        let found = items.into_iter().find(|item| item["sk"]["S"].as_str().is_some_and(|sk| sk.contains(name)));
        Fault::Answer(json!({"Item": found.expect("an item")}).to_string())
    };
    let (old_user, old_session) = (stored("core", "USER"), stored("live", &opened.id.to_string()));
    let second = PasswordHash::from_phc("second".to_owned());
    world.store.change_password(&demo, &ada.user, &opened.id, &second, NOW).await.expect("changes");
    let bearer = Bearer { user: ada.user.id, session: opened.id.clone() };

    world.faults.inject(old_user.clone(), On::operation("GetItem"), Times::Once);
    let (user, _) = world.store.standing_session(&demo, &bearer, Transport::Browser, NOW).await.expect("stands");
    assert_eq!(user.epoch.0, 1);
    world.faults.inject(Fault::Slow(Duration::ZERO), On::operation("GetItem"), Times::Once);
    world.faults.inject(old_session, On::operation("GetItem"), Times::Once);
    let (_, session) = world.store.standing_session(&demo, &bearer, Transport::Browser, NOW).await.expect("stands");
    assert_eq!((session.epoch.0, world.faults.pending()), (1, 0));

    world.faults.inject(old_user.clone(), On::operation("GetItem"), Times::Once);
    let rotated = world.store.rotate_session(&demo, &token, Transport::Browser, &world.nonce(), NOW).await;
    assert_eq!(rotated.expect("refreshes").1.epoch.0, 1);

    // A session that was not kept is refused, with either order of the reads.
    assert!(world.store.end_all_sessions(&demo, &ada.user, NOW).await.expect("answers"));
    let refused = world.store.standing_session(&demo, &bearer, Transport::Browser, NOW).await;
    assert!(matches!(refused, Err(NotStanding::Invalid(InvalidToken::AllSessionsEnded))), "{refused:?}");
    world.faults.inject(old_user, On::operation("GetItem"), Times::Once);
    let refused = world.store.standing_session(&demo, &bearer, Transport::Browser, NOW).await;
    assert!(matches!(refused, Err(NotStanding::Invalid(InvalidToken::AllSessionsEnded))), "{refused:?}");
}

/// An operator copied the user's item from a restored table, and left the table of sessions.
#[tokio::test]
async fn a_session_of_a_later_epoch_than_its_user_has_is_refused() {
    let world = World::new();
    let (ada, demo) = (register_with_username(&world).await, app("demo"));
    let opened = Session::open(ada.user.id, ada.user.epoch, Transport::Browser, Device::default(), &world.random, NOW);
    let (opening, token) = Opening::refreshable(opened.clone(), &world.random);
    world.store.open_session(&demo, &opening).await.expect("opens");
    let items = world.raw("Scan", &json!({"TableName": "core"}));
    let before = items["Items"].as_array().expect("items").iter().find(|item| item["sk"]["S"] == "USER").cloned();
    let second = PasswordHash::from_phc("second".to_owned());
    world.store.change_password(&demo, &ada.user, &opened.id, &second, NOW).await.expect("changes");
    world.raw("PutItem", &json!({"TableName": "core", "Item": before.expect("Ada")}));

    let bearer = Bearer { user: ada.user.id, session: opened.id.clone() };
    let refused = world.store.standing_session(&demo, &bearer, Transport::Browser, NOW).await;
    assert!(matches!(refused, Err(NotStanding::Invalid(_))), "{refused:?}");
    let refused = world.store.rotate_session(&demo, &token, Transport::Browser, &world.nonce(), NOW).await;
    assert!(matches!(refused, Err(NotRotated::Dead(_))), "{refused:?}");
}

#[tokio::test]
async fn a_reset_sets_the_password_of_every_handle_and_proves_the_address() {
    let world = World::new();
    let ada = register_with_username(&world).await;
    let identity = world.identity("ada@example.com").await.expect("an identity");
    assert_eq!(identity.others, ada.user.handles().into_iter().take(1).collect::<Vec<_>>());
    let handle = Handle::Email(email("ada@example.com"));
    let (link, token) = ResetLink::issue(&app("demo"), handle, Some(&identity), LIFETIME, &world.random, NOW);
    world.store.put_reset_link(&link).await.expect("writes");
    let link = world.store.reset_link(&token).await.expect("answers").expect("a link");
    let link = link.live(&app("demo"), NOW).expect("alive");
    let second = PasswordHash::from_phc("second".to_owned());
    let redemption = Redemption { link: &link, password: &second, source: "192.0.2.1", now: NOW };
    world.store.redeem_reset_link(&app("demo"), &redemption, &world.nonce()).await.expect("redeems");
    assert_eq!(handles(&world, &ada.user).await, [(Some(second.clone()), 1), (Some(second), 1)]);
    let user = world.store.user(&app("demo"), ada.user.id).await.expect("answers").expect("a user");
    assert_eq!(user.email_proof, EmailProof::Proven);
}

#[tokio::test]
async fn a_changed_password_keeps_the_session_that_asked_and_no_other() {
    let world = World::new();
    let ada = register_with_username(&world).await;
    let other = Session::open(ada.user.id, ada.user.epoch, Transport::App, Device::default(), &world.random, NOW);
    world.store.open_session(&app("demo"), &other.clone().into()).await.expect("opens");
    let second = PasswordHash::from_phc("second".to_owned());
    let demo = app("demo");
    let change = || world.store.change_password(&demo, &ada.user, &session(&ada).id, &second, NOW);
    world.faults.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Once);
    change().await.expect("changes, and knows its own work");
    assert_eq!(handles(&world, &ada.user).await, [(Some(second.clone()), 1), (Some(second.clone()), 1)]);
    assert!(world.is_signed_in(session(&ada), NOW).await && !world.is_signed_in(&other, NOW).await);
    assert!(matches!(change().await, Err(NotChanged::Moved)), "as of an epoch that is over");
}

#[tokio::test]
async fn a_session_that_has_ended_changes_no_password() {
    let world = World::new();
    let ada = register_with_username(&world).await;
    assert!(
        world
            .store
            .end_listed_session(&app("demo"), ada.user.id, &session(&ada).id, &world.nonce(), NOW)
            .await
            .expect("ends")
    );
    let second = PasswordHash::from_phc("second".to_owned());
    let refused = world.store.change_password(&app("demo"), &ada.user, &session(&ada).id, &second, NOW).await;
    assert!(matches!(refused, Err(NotChanged::Moved)), "{refused:?}");
    assert_eq!(handles(&world, &ada.user).await.first().map(|(_, epoch)| *epoch), Some(0));
}

#[tokio::test]
async fn a_taken_username_is_told_from_a_taken_address_and_leaves_nothing_behind() {
    let world = World::new();
    register_with_username(&world).await;
    let mut other = world.registration("other@example.com");
    other.user.username = Some("ADA_1815".parse().expect("a username"));
    let refused = world.store.register(&app("demo"), &other, &world.nonce(), NOW).await;
    assert!(matches!(&refused, Err(shared::store::NotRegistered::HandleTaken(Handle::Username(_)))), "{refused:?}");
    assert!(world.identity("other@example.com").await.is_none());
    let mut other = world.registration("ada@example.com");
    other.user.username = Some("grace".parse().expect("a username"));
    let refused = world.store.register(&app("demo"), &other, &world.nonce(), NOW).await;
    assert!(matches!(&refused, Err(shared::store::NotRegistered::HandleTaken(Handle::Email(_)))), "{refused:?}");
}
