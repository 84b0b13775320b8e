//! What the pages take for a session: the access cookie for its hour, the refresh cookie for as long as the session lives.

use oauth::connected::Look;
use runtime::Answer;
use shared::clock::Seconds;

use crate::world::{ADA, Browser, Call, Known, World};

const HOUR: Seconds = Seconds::minutes(61);

fn is_sign_in(page: &Answer) -> bool {
    page.status == 200 && page.body.contains("name=\"password\"")
}

async fn world() -> (World, Known, Browser) {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    (world, client, browser)
}

#[tokio::test]
async fn somebody_whose_access_cookie_has_expired_is_still_signed_in_on_the_pages() {
    let (world, client, browser) = world().await;
    world.clock.advance(HOUR);
    assert!(!is_sign_in(&world.ask(&browser, &client.request()).await));
    assert!(!world.code(&browser, &client, &[]).await.is_empty());
    assert!(!is_sign_in(&world.call::<Look>(browser.call()).await));
    world.clock.advance(Seconds::days(7));
    assert!(is_sign_in(&world.ask(&browser, &client.request()).await));
}

#[tokio::test]
async fn a_refresh_cookie_that_was_exchanged_shows_no_session_and_ends_none() {
    let (world, client, thief) = world().await;
    let owner = Browser::default();
    world.clock.advance(HOUR);
    let refreshed = world.call::<browser::Refresh>(thief.call()).await;
    assert_eq!(refreshed.status, 204);
    owner.keep(&refreshed);
    world.clock.advance(HOUR);
    assert!(is_sign_in(&world.ask(&thief, &client.request()).await));
    assert!(!is_sign_in(&world.ask(&owner, &client.request()).await));
}

#[tokio::test]
async fn nothing_is_made_for_whoever_signed_out_since_the_page_was_shown() {
    let (world, client, browser) = world().await;
    let page = world.ask(&browser, &client.request()).await;
    assert_eq!(world.call::<browser::EndSessions>(browser.call()).await.status, 204);
    let answer = world.decide(&browser, &page, &[("new", "Tax"), ("action", "make")]).await;
    assert!(is_sign_in(&answer), "{}", answer.body);
    // In again: there is nothing.
    let login = [("login", ADA), ("password", crate::world::PASSWORD)];
    let signed_in = world.call::<oauth::SignIn>(Call::default().form(&login)).await;
    browser.keep(&signed_in);
    let list = world.call::<oauth::mementos::List>(browser.call()).await;
    assert_eq!((list.status, list.body.as_str()), (200, "[]"));
}
