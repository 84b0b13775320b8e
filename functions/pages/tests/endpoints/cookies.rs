//! Several cookies of one name: `docs/decisions/0376-of-several-cookies-the-one-that-is-good.md`.

use browser::Logout;
use pages::delete::ShowDelete;
use shared::session::device::Device;
use shared::session::{Opening, Session, Transport};
use shared::user::identity::Handle;

use crate::world::{ADA, Call, PASSWORD, World};

#[tokio::test]
async fn of_two_sessions_that_the_cookies_name_the_live_one_is_shown_its_page_whichever_comes_first() {
    let world = World::new().await;
    let (ended, (alive, _)) = (world.sign_up(ADA).await, world.sign_in(ADA, PASSWORD).await);
    assert_eq!(world.call::<Logout>(ended.call()).await.status, 204);
    assert_eq!(world.call::<ShowDelete>(ended.call()).await.status, 303);
    for (case, pair) in [("ended first", [&ended, &alive]), ("ended last", [&alive, &ended])] {
        for names in [["access_token"; 2], ["refresh_token"; 2], ["access_token", "refresh_token"]] {
            let call = names.into_iter().zip(pair).fold(Call::empty(), |call, (name, browser)| {
                call.cookie(name, &browser.cookie(name).expect("a cookie"))
            });
            let page = world.call::<ShowDelete>(call).await;
            assert_eq!(page.status, 200, "{case}, {names:?}");
        }
    }
}

/// A look is two reads. Without a limit, a request would have as many made as it has cookies.
#[tokio::test]
async fn of_two_hundred_sessions_that_the_cookies_name_four_are_looked_up_from_the_last_on() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    assert_eq!(world.call::<ShowDelete>(browser.call()).await.status, 200);
    let (store, random, now) = (&world.ctx.store, &world.ctx.random, world.clock.now());
    let (id, handle) = ("default".parse().expect("an app id"), Handle::Email(ADA.parse().expect("an address")));
    let ada = store.identity(&id, &handle, now).await.expect("answers").expect("Ada");
    let ring = store.ring(now).await.expect("a ring");
    // Tokens of ours, of sessions that are not there.
    let dead = (0..200).map(|_| {
        let session = Session::open(ada.user, ada.epoch, Transport::Browser, Device::default(), random, now);
        Opening::refreshable(session, random).1.write(&id, &ring)
    });
    let call = dead.fold(Call::empty(), |call, token| call.cookie("refresh_token", token.expose()));
    world.dynamodb.reset_calls();
    let refused = world.call::<ShowDelete>(call.clone()).await;
    // Four looks, and one more at what is taken for the visitor's session if none is alive.
    assert_eq!((refused.status, world.dynamodb.calls()["GetItem"]), (303, 10));
    let alive = browser.cookie("refresh_token").expect("a cookie");
    assert_eq!(world.call::<ShowDelete>(call.cookie("refresh_token", &alive)).await.status, 200);
}
