use std::sync::Arc;

use shared::clock::Seconds;
use shared::code::reset::{LiveLink, ResetLink};
use shared::store::NotRedeemed;
use shared::token::opaque::OpaqueToken;
use shared::user::identity::Handle;
use shared::user::password::PasswordHash;

use crate::world::{LIFETIME, NOW, World, app, email, session};

const ADA: &str = "ada@example.com";

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
    world.store.redeem_reset_link(&app("demo"), link, &hash, &world.nonce(), NOW).await
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
        async move { world.store.redeem_reset_link(&app("demo"), link, hash, &world.nonce(), at).await }
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
