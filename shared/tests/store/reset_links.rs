use std::sync::Arc;

use local::faults::{Fault, On, Times};
use shared::clock::Seconds;
use shared::code::email::EmailChallenge;
use shared::code::reset::{LiveLink, ResetLink};
use shared::id::{ClientId, GrantId, UserId};
use shared::oauth::grant::Ticket;
use shared::oauth::scope::Scope;
use shared::passkey::Passkey;
use shared::session::Bearer;
use shared::store::{Consent, NotGranted, NotRedeemed, PasskeyNotAdded, Redemption, Registration};
use shared::token::opaque::OpaqueToken;
use shared::user::identity::Handle;
use shared::user::lockout::Place;
use shared::user::password::PasswordHash;
use shared::user::phone::Phone;

use crate::passkeys;
use crate::world::{LIFETIME, NOW, World, app, email, session};

const ADA: &str = "ada@example.com";
const HOME: &str = "192.0.2.1";
const AWAY: &str = "203.0.113.66";

async fn issue(world: &World) -> OpaqueToken {
    let identity = world.identity(ADA).await;
    let (link, token) =
        ResetLink::issue(&app("demo"), Handle::Email(email(ADA)), identity.as_ref(), LIFETIME, &world.random, NOW);
    world.store.put_reset_link(&link).await.expect("writes");
    token
}

async fn live(world: &World, token: &OpaqueToken) -> Option<LiveLink> {
    world.store.reset_link(token).await.expect("answers")?.live(&app("demo"), NOW)
}

async fn redeem(world: &World, link: &LiveLink, password: &str) -> Result<(), NotRedeemed> {
    let hash = PasswordHash::from_phc(password.to_owned());
    world
        .store
        .redeem_reset_link(&app("demo"), &Redemption { link, password: &hash, source: HOME, now: NOW }, &world.nonce())
        .await
}

#[tokio::test]
async fn a_link_sets_the_password_and_ends_every_session() {
    let world = World::new();
    let ada = world.register(ADA).await.expect("registers");
    let link = live(&world, &issue(&world).await).await.expect("alive");
    redeem(&world, &link, "second").await.expect("redeems");
    assert_eq!(
        world.identity(ADA).await.expect("an identity").password,
        Some(PasswordHash::from_phc("second".to_owned()))
    );
    assert!(!world.is_signed_in(session(&ada), NOW).await);
}

#[tokio::test]
async fn a_login_that_read_the_old_password_while_the_reset_ran_gets_a_dead_session() {
    let world = World::new();
    world.register(ADA).await.expect("registers");
    let read_before = world.identity(ADA).await.expect("an identity");
    let link = live(&world, &issue(&world).await).await.expect("alive");
    redeem(&world, &link, "second").await.expect("redeems");
    let session = shared::session::Session::open(
        read_before.user,
        read_before.epoch,
        shared::session::Transport::App,
        shared::session::device::Device::default(),
        &world.random,
        NOW,
    );
    world.store.open_session(&app("demo"), &session.clone().into()).await.expect("opens");
    assert!(!world.is_signed_in(&session, NOW).await);
}

#[tokio::test]
async fn a_spent_link_is_gone() {
    let world = World::new();
    world.register(ADA).await.expect("registers");
    let token = issue(&world).await;
    let link = live(&world, &token).await.expect("alive");
    redeem(&world, &link, "second").await.expect("redeems");
    assert!(live(&world, &token).await.is_none());
    assert!(matches!(redeem(&world, &link, "third").await, Err(NotRedeemed::Dead)));
    assert_eq!(
        world.identity(ADA).await.expect("an identity").password,
        Some(PasswordHash::from_phc("second".to_owned()))
    );
}

#[tokio::test]
async fn a_reset_kills_the_links_that_were_mailed_before_it() {
    let world = World::new();
    world.register(ADA).await.expect("registers");
    let (first, second) = (issue(&world).await, issue(&world).await);
    let (first, second) = (live(&world, &first).await.expect("alive"), live(&world, &second).await.expect("alive"));
    redeem(&world, &second, "second").await.expect("redeems");
    assert!(matches!(redeem(&world, &first, "third").await, Err(NotRedeemed::Dead)));
    assert_eq!(
        world.identity(ADA).await.expect("an identity").password,
        Some(PasswordHash::from_phc("second".to_owned()))
    );
}

#[tokio::test]
async fn a_link_past_its_hour_is_dead_to_the_write_too() {
    let world = World::new();
    world.register(ADA).await.expect("registers");
    let link = live(&world, &issue(&world).await).await.expect("alive");
    let hash = PasswordHash::from_phc("late".to_owned());
    let late = |at| {
        let (world, link, hash) = (&world, &link, &hash);
        async move {
            let redemption = Redemption { link, password: hash, source: HOME, now: at };
            world.store.redeem_reset_link(&app("demo"), &redemption, &world.nonce()).await
        }
    };
    assert!(matches!(late(NOW.plus(LIFETIME)).await, Err(NotRedeemed::Dead)));
    late(NOW.plus(LIFETIME).minus(Seconds(1))).await.expect("a second before");
}

#[tokio::test]
async fn a_link_of_a_deleted_user_opens_nothing_even_after_the_address_registered_anew() {
    let world = World::new();
    let ada = world.register(ADA).await.expect("registers");
    let link = live(&world, &issue(&world).await).await.expect("alive");
    assert!(world.store.delete_user(&app("demo"), &ada.user, &session(&ada).id, NOW).await.expect("deletes"));
    assert!(matches!(redeem(&world, &link, "second").await, Err(NotRedeemed::NoUser)));
    world.register(ADA).await.expect("registers again");
    assert!(matches!(redeem(&world, &link, "second").await, Err(NotRedeemed::NoUser)));
}

#[tokio::test]
async fn of_fifty_redemptions_at_once_one_sets_its_password() {
    let world = Arc::new(World::new());
    world.register(ADA).await.expect("registers");
    let link = Arc::new(live(&world, &issue(&world).await).await.expect("alive"));
    let racers = (0..50).map(|number| {
        let (world, link) = (world.clone(), link.clone());
        tokio::spawn(async move { redeem(&world, &link, &format!("password {number}")).await.map(|()| number) })
    });
    let mut winners = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.expect("no panic") {
            Ok(number) => winners.push(number),
            Err(NotRedeemed::Dead) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let [winner] = winners[..] else { panic!("{winners:?} all won") };
    let identity = world.identity(ADA).await.expect("an identity");
    let password = PasswordHash::from_phc(format!("password {winner}"));
    assert_eq!((identity.password, identity.epoch.0), (Some(password), 1));
}

/// Somebody registers the address of another, and adds a phone and a passkey.
async fn planted(world: &World) -> Registration {
    let mut registration = world.registration(ADA);
    registration.user.phone = Some(phone());
    AWAY.clone_into(&mut registration.source);
    world.store.register(&app("demo"), &registration, &world.nonce(), NOW).await.expect("registers");
    passkeys::add(world, &registration.user, &passkeys::passkey(0)).await.expect("adds");
    registration
}

fn phone() -> Phone {
    "+8613800138000".parse().expect("E.164")
}

async fn ways_in(world: &World, user: UserId) -> (bool, bool, usize) {
    let demo = app("demo");
    let user = world.store.user(&demo, user).await.expect("answers").expect("Ada");
    let by_phone = world.store.identity(&demo, &Handle::Phone(phone()), NOW).await.expect("answers").is_some();
    (user.phone.is_some(), by_phone, world.store.passkeys(&demo, &user).await.expect("answers").len())
}

#[tokio::test]
async fn a_reset_that_proves_an_address_for_the_first_time_takes_the_phone_and_the_passkeys_away() {
    let world = World::new();
    let ada = planted(&world).await.user;
    let link = live(&world, &issue(&world).await).await.expect("alive");
    assert_eq!(ways_in(&world, ada.id).await, (true, true, 1));
    redeem(&world, &link, "second").await.expect("redeems");
    assert_eq!(ways_in(&world, ada.id).await, (false, false, 0));
    let identity = world.identity(ADA).await.expect("an identity");
    assert_eq!((identity.others, identity.tries.places.len()), (Vec::new(), 1), "the stranger's place is forgotten");

    // The owner adds their own, and resets the password once more.
    let ada = world.store.user(&app("demo"), ada.id).await.expect("answers").expect("Ada");
    let own = Passkey { epoch: ada.epoch, ..passkeys::passkey(0) };
    passkeys::add(&world, &ada, &own).await.expect("adds");
    let link = live(&world, &issue(&world).await).await.expect("alive");
    redeem(&world, &link, "third").await.expect("redeems");
    assert_eq!(ways_in(&world, ada.id).await, (false, false, 1));
}

#[tokio::test]
async fn a_passkey_that_comes_while_the_reset_runs_is_not_added() {
    let world = World::new();
    let ada = planted(&world).await.user;
    let link = live(&world, &issue(&world).await).await.expect("alive");
    redeem(&world, &link, "second").await.expect("redeems");
    // The request read the user before.
    let refused = passkeys::add(&world, &ada, &passkeys::passkey(0)).await;
    assert!(matches!(refused, Err(PasskeyNotAdded::Changed)), "{refused:?}");
    assert_eq!(ways_in(&world, ada.id).await.2, 0);
}

#[tokio::test]
async fn the_phone_that_a_reset_took_away_is_anybodys() {
    let world = World::new();
    planted(&world).await;
    let link = live(&world, &issue(&world).await).await.expect("alive");
    redeem(&world, &link, "second").await.expect("redeems");
    let mut other = world.registration("grace@example.com");
    other.user.phone = Some(phone());
    world.store.register(&app("demo"), &other, &world.nonce(), NOW).await.expect("registers");
}

#[tokio::test]
async fn an_account_whose_address_is_proven_loses_nothing_by_a_reset() {
    for proven_before_the_mail in [true, false] {
        let world = World::new();
        let ada = planted(&world).await.user;
        let prove = async || {
            let demo = app("demo");
            assert!(world.store.prove_by_word(&demo, &ada, &email(ADA), NOW).await.expect("proves"));
        };
        if proven_before_the_mail {
            prove().await;
        }
        let token = issue(&world).await;
        if !proven_before_the_mail {
            prove().await;
        }
        let link = live(&world, &token).await.expect("alive");
        redeem(&world, &link, "second").await.expect("redeems");
        assert_eq!(ways_in(&world, ada.id).await, (true, true, 1), "proven before the mail: {proven_before_the_mail}");
    }
}

/// The proof by a code stands in the user's item as the try that was right.
#[tokio::test]
async fn an_account_whose_address_was_proven_by_its_code_loses_nothing_by_a_reset() {
    let world = World::new();
    let (mut registration, ring) = (world.registration(ADA), world.store.ring(NOW).await.expect("a ring"));
    registration.user.phone = Some(phone());
    let (challenge, code, _) = EmailChallenge::issue(&app("demo"), registration.user.id, &ring, &world.random, NOW);
    registration.challenge = Some(challenge);
    world.store.register(&app("demo"), &registration, &world.nonce(), NOW).await.expect("registers");
    let ada = registration.user;
    passkeys::add(&world, &ada, &passkeys::passkey(0)).await.expect("adds");
    world.store.prove_email_by_code(&app("demo"), ada.id, &code, NOW).await.expect("proves");
    let link = live(&world, &issue(&world).await).await.expect("alive");
    redeem(&world, &link, "second").await.expect("redeems");
    assert_eq!(ways_in(&world, ada.id).await, (true, true, 1));
}

/// Lets a client in on behalf of the user who registered.
async fn let_a_client_in(world: &World, registration: &Registration) -> Result<GrantId, NotGranted> {
    let bearer = Bearer { user: registration.user.id, session: session(registration).id.clone() };
    let consent = Consent {
        bearer: &bearer,
        ticket: &Ticket { epoch: registration.user.epoch, grant: None, signed_in: None },
        client: &ClientId::draw(&world.random),
        scope: &Scope::read("profile"),
        servers: &[],
        mementos: &[],
        new: GrantId::draw(&world.random),
    };
    world.store.consent(&app("demo"), &consent, NOW).await
}

#[tokio::test]
async fn a_reset_that_proves_an_address_for_the_first_time_takes_back_what_clients_were_let_have() {
    let world = World::new();
    let stranger = planted(&world).await;
    for _ in 0..2 {
        let_a_client_in(&world, &stranger).await.expect("granted");
    }
    let grants = async || world.store.grants(&app("demo"), stranger.user.id).await.expect("answers").len();
    let link = live(&world, &issue(&world).await).await.expect("alive");
    assert_eq!(grants().await, 2);
    redeem(&world, &link, "second").await.expect("redeems");
    assert_eq!((grants().await, ways_in(&world, stranger.user.id).await), (0, (false, false, 0)));
    assert!(let_a_client_in(&world, &stranger).await.is_err(), "the stranger's session is dead");
}

#[tokio::test]
async fn a_reset_of_an_account_whose_address_is_proven_leaves_what_clients_were_let_have() {
    let world = World::new();
    let ada = planted(&world).await;
    let_a_client_in(&world, &ada).await.expect("granted");
    assert!(world.store.prove_by_word(&app("demo"), &ada.user, &email(ADA), NOW).await.expect("proves"));
    let link = live(&world, &issue(&world).await).await.expect("alive");
    redeem(&world, &link, "second").await.expect("redeems");
    assert_eq!(world.store.grants(&app("demo"), ada.user.id).await.expect("answers").len(), 1);
}

#[tokio::test]
async fn no_client_is_let_in_beside_the_reset_that_proves_an_address_for_the_first_time() {
    let world = Arc::new(World::new());
    let stranger = Arc::new(planted(&world).await);
    let link = live(&world, &issue(&world).await).await.expect("alive");
    let racers: Vec<_> = (0..8)
        .map(|_| {
            let (world, stranger) = (world.clone(), stranger.clone());
            tokio::spawn(async move { let_a_client_in(&world, &stranger).await.is_ok() })
        })
        .collect();
    // The stranger's clients may keep it from being spent, and then the owner comes back.
    let mut redeemed = redeem(&world, &link, "second").await;
    for racer in racers {
        racer.await.expect("no panic");
    }
    if matches!(redeemed, Err(NotRedeemed::Store(_))) {
        redeemed = redeem(&world, &link, "second").await;
    }
    redeemed.expect("redeems");
    assert_eq!(world.store.grants(&app("demo"), stranger.user.id).await.expect("answers").len(), 0);
}

#[tokio::test]
async fn a_link_that_an_operator_hands_over_takes_nothing_away() {
    let world = World::new();
    let ada = planted(&world).await.user;
    let link = LiveLink { by_hand: true, ..live(&world, &issue(&world).await).await.expect("alive") };
    redeem(&world, &link, "second").await.expect("redeems");
    assert_eq!(ways_in(&world, ada.id).await, (true, true, 1));
}

#[tokio::test]
async fn a_reset_whose_answers_are_lost_takes_the_same_away_and_can_be_repeated() {
    for times in [Times::Once, Times::Forever] {
        let world = World::new();
        let ada = planted(&world).await.user;
        let token = issue(&world).await;
        let link = live(&world, &token).await.expect("alive");
        world.faults.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), times);
        let redeemed = redeem(&world, &link, "second").await;
        world.faults.heal();
        if redeemed.is_err() {
            let again = live(&world, &token).await.expect("alive again");
            redeem(&world, &again, "third").await.expect("redeems");
        }
        assert_eq!(ways_in(&world, ada.id).await, (false, false, 0));
    }
}

#[tokio::test]
async fn the_place_where_a_link_is_redeemed_is_known_from_then_on() {
    let world = World::new();
    let ada = world.register(ADA).await.expect("registers").user;
    assert!(world.store.prove_by_word(&app("demo"), &ada, &email(ADA), NOW).await.expect("proves"));
    let link = live(&world, &issue(&world).await).await.expect("alive");
    redeem(&world, &link, "second").await.expect("redeems");
    let ring = world.store.ring(NOW).await.expect("a ring");
    let tries = world.identity(ADA).await.expect("an identity").tries;
    assert!(tries.knows(&Place::of(HOME, &app("demo"), &ring)));
    assert!(!tries.knows(&Place::of(AWAY, &app("demo"), &ring)));
}
