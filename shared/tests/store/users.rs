use shared::clock::Seconds;
use shared::session::device::Device;
use shared::session::{Bearer, Session, Transport};
use shared::store::{NotRegistered, NotStanding, Registration};
use shared::token::InvalidToken;

use crate::world::{NOW, World, app, email, session};

#[tokio::test]
async fn a_registered_user_is_found_by_handle_and_signed_in() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    let identity = world.identity("ada@example.com").await.expect("an identity");
    assert_eq!(identity.user, ada.user.id);
    assert_eq!(world.store.user(&app("demo"), ada.user.id).await.expect("answers"), Some(ada.user.clone()));
    assert!(world.is_signed_in(session(&ada), NOW).await);
}

#[tokio::test]
async fn a_taken_handle_is_refused_and_changes_nothing() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    let second = world.registration("ada@example.com");
    let refused = world.store.register(&app("demo"), &second, &world.nonce(), NOW).await;
    assert!(matches!(refused, Err(NotRegistered::HandleTaken(_))), "{refused:?}");
    assert_eq!(world.identity("ada@example.com").await.expect("an identity").user, ada.user.id);
    assert_eq!(world.store.user(&app("demo"), second.user.id).await.expect("answers"), None);
    assert!(!world.is_signed_in(session(&second), NOW).await);
}

#[tokio::test]
async fn the_same_handle_in_two_apps_is_two_users() {
    let world = World::new();
    world.register("ada@example.com").await.expect("registers");
    let other = world.registration("ada@example.com");
    world.store.register(&app("demo-2"), &other, &world.nonce(), NOW).await.expect("registers in the other app");
    assert_ne!(world.identity("ada@example.com").await.expect("an identity").user, other.user.id);
}

#[tokio::test]
async fn a_drawn_number_that_belongs_to_somebody_registers_nobody() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    let mut bob = world.registration("bob@example.com");
    bob.user.id = ada.user.id;
    let refused = world.store.register(&app("demo"), &bob, &world.nonce(), NOW).await;
    assert!(matches!(refused, Err(NotRegistered::Store(_))), "{refused:?}");
    assert!(world.identity("bob@example.com").await.is_none());
    assert_eq!(world.store.user(&app("demo"), ada.user.id).await.expect("answers"), Some(ada.user));
}

#[tokio::test]
async fn of_fifty_registrations_at_once_one_succeeds() {
    let world = std::sync::Arc::new(World::new());
    let racers = (0..50).map(|_| {
        let world = world.clone();
        tokio::spawn(async move { world.register("ada@example.com").await })
    });
    let (mut won, mut taken) = (0, 0);
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.expect("no panic") {
            Ok(_) => won += 1,
            Err(NotRegistered::HandleTaken(_)) => taken += 1,
            Err(NotRegistered::Store(error)) => panic!("{error}"),
        }
    }
    assert_eq!((won, taken), (1, 49));
}

#[tokio::test]
async fn a_session_is_refused_after_its_end_although_the_item_is_still_there() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    assert!(world.is_signed_in(session(&ada), NOW.plus(Seconds(7 * 86_400 - 1))).await);
    assert!(!world.is_signed_in(session(&ada), NOW.plus(Seconds::days(7))).await);
}

#[tokio::test]
async fn a_session_means_nothing_in_another_app() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    let bearer = Bearer { user: ada.user.id, session: session(&ada).id.clone() };
    let standing = world.store.standing(&app("demo-2"), &bearer, Transport::App, NOW).await;
    assert_eq!(standing, Err(NotStanding::Invalid(InvalidToken::NoUser)));
}

#[tokio::test]
async fn a_deleted_user_leaves_no_session_and_the_handle_is_free() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    let mut others = Vec::new();
    for _ in 0..30 {
        let session = Session::open(ada.user.id, ada.user.epoch, Transport::App, Device::default(), &world.random, NOW);
        world.store.open_session(&app("demo"), &session.clone().into()).await.expect("opens");
        others.push(session);
    }
    assert!(world.store.delete_user(&app("demo"), &ada.user, &session(&ada).id, NOW).await.expect("deletes"));
    for session in others.iter().chain([session(&ada)]) {
        assert!(!world.is_signed_in(session, NOW).await);
    }
    assert!(world.identity("ada@example.com").await.is_none());
    let again = world.register("ada@example.com").await.expect("registers again");
    assert_ne!(again.user.id, ada.user.id);
}

#[tokio::test]
async fn a_user_is_deleted_once() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    let demo = app("demo");
    let delete = || world.store.delete_user(&demo, &ada.user, &session(&ada).id, NOW);
    assert!(delete().await.expect("answers"));
    assert!(!delete().await.expect("answers"));
}

#[tokio::test]
async fn deleting_a_user_spares_a_handle_that_has_passed_to_somebody_else() {
    let world = World::new();
    let mut ada = world.register("ada@example.com").await.expect("registers");
    world.register("bob@example.com").await.expect("registers");
    ada.user.email = Some(email("bob@example.com"));
    assert!(world.store.delete_user(&app("demo"), &ada.user, &session(&ada).id, NOW).await.expect("deletes"));
    assert!(world.identity("bob@example.com").await.is_some() && world.identity("ada@example.com").await.is_none());
}

#[tokio::test]
async fn a_token_that_lets_nobody_in_is_refused_for_the_reason_that_holds() {
    let world = World::new();
    let demo = app("demo");
    let standing = async |registration: &Registration, transport, at| {
        let session = session(registration);
        let bearer = Bearer { user: session.user, session: session.id.clone() };
        match world.store.standing(&demo, &bearer, transport, at).await {
            Ok(_) => None,
            Err(NotStanding::Invalid(why)) => Some(why),
            Err(NotStanding::Store(error)) => panic!("the store does not answer: {error}"),
        }
    };
    let [ada, bob, eve, joe] = ["ada@example.com", "bob@example.com", "eve@example.com", "joe@example.com"];
    let ada = world.register(ada).await.expect("registers");
    assert_eq!(standing(&ada, Transport::App, NOW).await, None);
    assert_eq!(standing(&ada, Transport::Browser, NOW).await, Some(InvalidToken::WrongAudience));
    let end = NOW.plus(Seconds::days(7));
    assert_eq!(standing(&ada, Transport::App, end).await, Some(InvalidToken::Expired));
    let bearer = Bearer { user: ada.user.id, session: session(&ada).id.clone() };
    assert!(world.store.end_session(&demo, &bearer, Transport::App).await.expect("answers"));
    assert_eq!(standing(&ada, Transport::App, NOW).await, Some(InvalidToken::SessionEnded));

    let bob = world.register(bob).await.expect("registers");
    assert!(world.store.end_all_sessions(&demo, &bob.user, NOW).await.expect("answers"));
    assert_eq!(standing(&bob, Transport::App, NOW).await, Some(InvalidToken::AllSessionsEnded));

    let eve = world.register(eve).await.expect("registers");
    world.store.set_disabled(&demo, &eve.user, true, NOW).await.expect("answers");
    assert_eq!(standing(&eve, Transport::App, NOW).await, Some(InvalidToken::UserDisabled));

    let joe = world.register(joe).await.expect("registers");
    assert!(world.store.delete_user(&demo, &joe.user, &session(&joe).id, NOW).await.expect("deletes"));
    assert_eq!(standing(&joe, Transport::App, NOW).await, Some(InvalidToken::NoUser));
}
