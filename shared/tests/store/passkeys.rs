//! Passkeys: counted, each credential once in an app, and gone with their user.

use local::authenticator::Authenticator;
use local::faults::{Fault, On, Times};
use shared::clock::{Seconds, Timestamp};
use shared::id::Epoch;
use shared::passkey::authentication::Authenticated;
use shared::passkey::challenge::{Binding, Challenge, Holder, LIFETIME, Purpose};
use shared::passkey::cose::PublicKey;
use shared::passkey::{CredentialId, Passkey, PasskeyId};
use shared::session::device::Device;
use shared::session::{Bearer, Opening, Session, Transport};
use shared::store::{PasskeyNotAdded, PasskeyNotUsed, UsedPasskey};
use shared::user::User;
use shared::user::lockout::Place;

use crate::world::{NOW, World, app, session};

pub(crate) fn passkey(sign_count: u32) -> Passkey {
    let authenticator = Authenticator::new("auth.example", "https://auth.example").expect("a key");
    Passkey {
        credential: CredentialId::new(authenticator.id.clone()).expect("an id"),
        name: "Telephone".parse().expect("a name"),
        key: PublicKey::read(&authenticator.cose()).expect("a key"),
        sign_count,
        backup_eligible: true,
        backed_up: false,
        transports: vec!["internal".parse().expect("a name")],
        created: NOW,
        epoch: Epoch::default(),
        used: None,
        places: Vec::new(),
    }
}

async fn challenge(world: &World, now: Timestamp) -> Challenge {
    let ring = world.store.ring(now).await.expect("a ring");
    let (app, session) = (app("demo"), shared::id::SessionId::draw(&world.random));
    let binding = Binding { app: &app, purpose: Purpose::Registration, holder: Holder::Session(&session) };
    let issued = binding.issue("https://auth.example", &ring, &world.random, now);
    binding.recognise(&issued, "https://auth.example", &ring, now).expect("ours")
}

const fn used<'a>(id: &'a PasskeyId, said: &'a Authenticated) -> UsedPasskey<'a> {
    UsedPasskey { id, said, counted: 3, places: None }
}

async fn ada(world: &World) -> User {
    world.register("ada@example.com").await.expect("registers").user
}

pub(crate) async fn add(world: &World, user: &User, passkey: &Passkey) -> Result<(), PasskeyNotAdded> {
    let challenge = challenge(world, NOW).await;
    world.store.add_passkey(&app("demo"), user.id, passkey, &challenge, NOW).await
}

fn opening(world: &World, user: &User) -> Opening {
    Session::open(user.id, user.epoch, Transport::Browser, Device::default(), &world.random, NOW).into()
}

const fn said(sign_count: u32) -> Authenticated {
    Authenticated { user_verified: true, sign_count, backed_up: true }
}

#[tokio::test]
async fn a_passkey_comes_back_as_it_was_added_and_a_use_is_noted() {
    let world = World::new();
    let ada = ada(&world).await;
    let (passkey, demo) = (passkey(3), app("demo"));
    add(&world, &ada, &passkey).await.expect("adds");
    let id = passkey.credential.id();
    assert_eq!(world.store.passkeys(&demo, &ada).await.expect("answers"), std::slice::from_ref(&passkey));
    let (opened, later) = (opening(&world, &ada), NOW.plus(Seconds(9)));
    let spent = challenge(&world, NOW).await;
    world.store.open_session_by_passkey(&demo, &opened, used(&id, &said(4)), &spent, later).await.expect("opens");
    let noted = Passkey { sign_count: 4, backed_up: true, used: Some(later), ..passkey };
    assert_eq!(world.store.passkey(&demo, ada.id, &id).await.expect("answers"), Some(noted));
    let bearer = Bearer { user: ada.id, session: opened.session.id };
    assert!(world.store.standing(&demo, &bearer, Transport::Browser, later).await.is_ok());
}

#[tokio::test]
async fn a_passkey_knows_where_it_was_added_and_used() {
    let world = World::new();
    let (ada, demo) = (ada(&world).await, app("demo"));
    let ring = world.store.ring(NOW).await.expect("a ring");
    let [home, away] = ["192.0.2.1", "203.0.113.1"].map(|address| Place::of(address, &demo, &ring));
    let passkey = Passkey { places: vec![home.clone()], ..passkey(0) };
    add(&world, &ada, &passkey).await.expect("adds");
    let (id, places) = (passkey.credential.id(), [away, home]);
    let known = async || world.store.passkey(&demo, ada.id, &id).await.expect("answers").expect("one").places;
    assert_eq!(known().await, passkey.places);
    for (written, expected) in [(None, &*passkey.places), (Some(&places[..]), &places[..])] {
        let spent = challenge(&world, NOW).await;
        let said = said(0);
        let used = UsedPasskey { id: &id, said: &said, counted: 0, places: written };
        world.store.open_session_by_passkey(&demo, &opening(&world, &ada), used, &spent, NOW).await.expect("opens");
        assert_eq!(known().await, expected);
    }
}

#[tokio::test]
async fn a_challenge_is_spent_once_until_it_is_too_old_to_be_answered() {
    let world = World::new();
    let ada = ada(&world).await;
    let spent = challenge(&world, NOW).await;
    let demo = app("demo");
    world.store.add_passkey(&demo, ada.id, &passkey(0), &spent, NOW).await.expect("adds");
    let late = spent.expires.minus(Seconds(1));
    let again = world.store.add_passkey(&demo, ada.id, &passkey(0), &spent, late).await;
    assert!(matches!(again, Err(PasskeyNotAdded::Spent)), "{again:?}");
    assert_eq!(spent.expires, NOW.plus(LIFETIME));
    assert_eq!(world.store.passkeys(&demo, &ada).await.expect("answers").len(), 1);
}

#[tokio::test]
async fn nothing_is_spent_by_what_is_refused() {
    let world = World::new();
    let ada = ada(&world).await;
    let (first, demo) = (passkey(7), app("demo"));
    add(&world, &ada, &first).await.expect("adds");
    let id = first.credential.id();
    let kept = challenge(&world, NOW).await;
    let open = |count| {
        let (opened, said, kept) = (opening(&world, &ada), said(count), &kept);
        let (store, demo, id) = (&world.store, &demo, &id);
        async move { store.open_session_by_passkey(demo, &opened, used(id, &said), kept, NOW).await }
    };
    for count in [7, 6, 0] {
        assert!(matches!(open(count).await, Err(PasskeyNotUsed::CountedBack)), "{count}");
    }
    let taken = world.store.add_passkey(&demo, ada.id, &first, &kept, NOW).await;
    assert!(matches!(taken, Err(PasskeyNotAdded::Registered)), "{taken:?}");
    open(8).await.expect("opens");
    assert!(matches!(open(9).await, Err(PasskeyNotUsed::Spent)));
}

#[tokio::test]
async fn an_answer_that_got_lost_is_success_all_the_same() {
    let world = World::new();
    let ada = ada(&world).await;
    world.faults.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Once);
    add(&world, &ada, &passkey(0)).await.expect("adds");
    assert_eq!(world.store.passkeys(&app("demo"), &ada).await.expect("answers").len(), 1);
}

#[tokio::test]
async fn a_ceremony_whose_answers_are_all_lost_is_undone_and_a_plain_retry_succeeds() {
    let (world, demo) = (World::new(), app("demo"));
    let (ada, passkey) = (ada(&world).await, passkey(3));
    let id = passkey.credential.id();
    let lose_answers = || world.faults.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
    let spent = challenge(&world, NOW).await;
    lose_answers();
    let lost = world.store.add_passkey(&demo, ada.id, &passkey, &spent, NOW).await;
    world.faults.heal();
    assert!(matches!(lost, Err(PasskeyNotAdded::Store(_))), "{lost:?}");
    assert_eq!(world.store.passkeys(&demo, &ada).await.expect("answers").len(), 0);
    world.store.add_passkey(&demo, ada.id, &passkey, &spent, NOW).await.expect("adds");

    let (opened, spent, said) = (opening(&world, &ada), challenge(&world, NOW).await, said(4));
    lose_answers();
    let lost = world.store.open_session_by_passkey(&demo, &opened, used(&id, &said), &spent, NOW).await;
    world.faults.heal();
    assert!(matches!(lost, Err(PasskeyNotUsed::Store(_))), "{lost:?}");
    let bearer = Bearer { user: ada.id, session: opened.session.id.clone() };
    let standing = world.store.standing(&demo, &bearer, Transport::Browser, NOW).await;
    assert!(standing.is_err(), "nobody was given it");
    let again = opening(&world, &ada);
    world.store.open_session_by_passkey(&demo, &again, used(&id, &said), &spent, NOW).await.expect("opens");
    let twice = world.store.open_session_by_passkey(&demo, &again, used(&id, &said), &spent, NOW).await;
    assert!(matches!(twice, Err(PasskeyNotUsed::Spent)), "{twice:?}");
}

#[tokio::test]
async fn a_credential_is_one_users_of_an_app_until_it_is_removed() {
    let world = World::new();
    let ada = ada(&world).await;
    let lin = world.register("lin@example.com").await.expect("registers").user;
    let (passkey, demo) = (passkey(0), app("demo"));
    add(&world, &ada, &passkey).await.expect("adds");
    assert!(matches!(add(&world, &lin, &passkey).await, Err(PasskeyNotAdded::Registered)));
    let id = passkey.credential.id();
    assert!(!world.store.remove_passkey(&demo, lin.id, &id).await.expect("answers"));
    assert!(world.store.remove_passkey(&demo, ada.id, &id).await.expect("answers"));
    assert!(!world.store.remove_passkey(&demo, ada.id, &id).await.expect("answers"));
    add(&world, &lin, &passkey).await.expect("adds");
}

#[tokio::test]
async fn a_user_who_is_deleted_takes_the_passkeys_along() {
    let world = World::new();
    let registration = world.register("ada@example.com").await.expect("registers");
    let lin = world.register("lin@example.com").await.expect("registers").user;
    let (passkey, demo) = (passkey(0), app("demo"));
    add(&world, &registration.user, &passkey).await.expect("adds");
    let asking = &session(&registration).id;
    assert!(world.store.delete_user(&demo, &registration.user, asking, NOW).await.expect("deletes"));
    assert_eq!(world.store.passkeys(&demo, &registration.user).await.expect("answers"), []);
    assert!(matches!(add(&world, &registration.user, &passkey).await, Err(PasskeyNotAdded::Changed)));
    // The lock on the credential went, too.
    add(&world, &lin, &passkey).await.expect("adds");
}

#[tokio::test]
async fn passkeys_leave_with_their_user_and_come_back() {
    let (here, there) = (World::new(), World::new());
    let ada = ada(&here).await;
    let (passkey, demo) = (passkey(5), app("demo"));
    add(&here, &ada, &passkey).await.expect("adds");
    let departed = here.store.departing_user(&demo, ada.id, NOW).await.expect("answers").expect("somebody");
    there.store.arrive(&demo, &departed, NOW).await.expect("arrives");
    assert_eq!(there.store.passkeys(&demo, &ada).await.expect("answers"), std::slice::from_ref(&passkey));
    let lin = there.register("lin@example.com").await.expect("registers").user;
    assert!(matches!(add(&there, &lin, &passkey).await, Err(PasskeyNotAdded::Registered)));
}

/// A password was changed, or all sessions were ended, while a thief's answer was on its way.
#[tokio::test]
async fn a_user_who_has_moved_on_is_given_no_passkey() {
    let world = World::new();
    let (ada, demo) = (ada(&world).await, app("demo"));
    let own = Passkey { epoch: ada.epoch, ..passkey(0) };
    assert!(world.store.end_all_sessions(&demo, &ada, NOW).await.expect("answers"));
    let refused = add(&world, &ada, &own).await;
    assert!(matches!(refused, Err(PasskeyNotAdded::Changed)), "{refused:?}");
    let ada = world.store.user(&demo, ada.id).await.expect("answers").expect("a user");
    assert!(world.store.passkeys(&demo, &ada).await.expect("answers").is_empty());
    add(&world, &ada, &Passkey { epoch: ada.epoch, ..own }).await.expect("adds");
}
