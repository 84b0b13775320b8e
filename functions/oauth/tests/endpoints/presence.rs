//! What the pages take for a session: the access cookie for its hour, the refresh cookie for as long as the session lives.

use oauth::account_page::ShowApps;
use oauth::authorize::Ask;
use runtime::{Answer, query};
use shared::clock::Seconds;
use shared::session::device::Device;
use shared::session::{Opening, Session, Transport};
use shared::user::identity::Handle;

use crate::world::{ADA, Browser, Call, Known, PASSWORD, World, hidden};

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
    assert!(!is_sign_in(&world.call::<ShowApps>(browser.call()).await));
    world.clock.advance(Seconds::days(7));
    assert!(is_sign_in(&world.ask(&browser, &client.request()).await));
}

#[tokio::test]
async fn a_client_is_connected_for_the_first_time_within_a_day_of_the_sign_in_only() {
    let (world, client, browser) = world().await;
    world.clock.advance(Seconds(24 * 3600 - 1));
    let page = world.ask(&browser, &client.request()).await;
    assert!(!is_sign_in(&page));
    world.clock.advance(Seconds(1));
    assert!(is_sign_in(&world.ask(&browser, &client.request()).await));
    // The page was shown in time.
    let granted = world.decide(&browser, &page, &[("action", "authorize")]).await;
    assert_eq!(granted.status, 303, "{}", granted.body);
    // What was connected before needs no new sign-in.
    world.clock.advance(Seconds::days(2));
    assert!(!is_sign_in(&world.ask(&browser, &client.request()).await));
    let other = world.client().await;
    assert!(is_sign_in(&world.ask(&browser, &other.request()).await));
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
async fn nothing_is_made_for_a_user_who_signed_out_since_the_page_was_shown() {
    let (world, client, browser) = world().await;
    let page = world.ask(&browser, &client.request()).await;
    assert_eq!(world.call::<browser::EndSessions>(browser.call()).await.status, 204);
    let answer = world.decide(&browser, &page, &[("new", "Tax"), ("action", "make")]).await;
    assert!(is_sign_in(&answer), "{}", answer.body);
    // In again: there is nothing.
    let login = [("login", ADA), ("password", PASSWORD)];
    let signed_in = world.call::<oauth::SignIn>(Call::empty().form(&login)).await;
    browser.keep(&signed_in);
    let list = world.call::<oauth::mementos::List>(browser.call()).await;
    assert_eq!((list.status, list.body.as_str()), (200, "[]"));
}

#[tokio::test]
async fn a_thief_whose_refresh_cookie_was_exchanged_since_decides_nothing_with_the_form() {
    let (world, client, thief) = world().await;
    world.clock.advance(HOUR);
    let page = world.ask(&thief, &client.request()).await;
    assert!(!is_sign_in(&page));
    // The owner comes back, twice: the first successor is in use.
    let owner = Browser::default();
    owner.keep(&world.call::<browser::Refresh>(thief.call()).await);
    owner.keep(&world.call::<browser::Refresh>(owner.call()).await);
    assert!(is_sign_in(&world.decide(&thief, &page, &[("action", "authorize")]).await));
    let list = world.call::<oauth::grants::List>(owner.call()).await;
    assert_eq!((list.status, list.body.as_str()), (200, "[]"));
}

#[tokio::test]
async fn a_refresh_token_of_another_api_in_the_cookie_shows_no_session() {
    let (world, client, _) = world().await;
    let (random, now) = (&world.ctx.random, world.ctx.now());
    let app = "default".parse().expect("an app id");
    let handle = Handle::Email(ADA.parse().expect("an address"));
    let ada = world.ctx.store.identity(&app, &handle, now).await.expect("answers").expect("Ada");
    let ring = world.ctx.store.ring(now).await.expect("a ring");
    for (transport, shows) in [(Transport::Account, false), (Transport::App, false), (Transport::Browser, true)] {
        let session = Session::open(ada.user, ada.epoch, transport, Device::default(), random, now);
        let (opening, refresh) = Opening::refreshable(session, random);
        world.ctx.store.open_session(&app, &opening).await.expect("opened");
        let token = refresh.write(&app, &ring);
        let call = Call::empty().cookie("refresh_token", token.expose()).raw_query(&query(&client.request()));
        assert_eq!(!is_sign_in(&world.call::<Ask>(call).await), shows, "{transport:?}");
    }
}

/// `docs/decisions/0376-of-several-cookies-the-one-that-is-good.md`
#[tokio::test]
async fn of_two_sessions_that_the_cookies_name_the_live_one_is_asked_whichever_comes_first() {
    let (world, client, ended) = world().await;
    let alive = Browser::default();
    alive.keep(&world.call::<oauth::SignIn>(Call::empty().form(&[("login", ADA), ("password", PASSWORD)])).await);
    assert_eq!(world.call::<browser::Logout>(ended.call()).await.status, 204);
    assert!(is_sign_in(&world.ask(&ended, &client.request()).await));
    for (case, pair) in [("ended first", [&ended, &alive]), ("ended last", [&alive, &ended])] {
        for names in [["access_token"; 2], ["refresh_token"; 2], ["access_token", "refresh_token"]] {
            let call = names.into_iter().zip(pair).fold(Call::empty(), |call, (name, browser)| {
                call.cookie(name, &browser.cookie(name).expect("a cookie"))
            });
            let page = world.call::<Ask>(call.raw_query(&query(&client.request()))).await;
            assert!(page.body.contains("value=\"authorize\""), "{case}, {names:?}: {}", page.body);
        }
    }
}

/// Otherwise the next page would show the other one.
#[tokio::test]
async fn a_sign_out_ends_every_session_that_the_cookies_name() {
    let (world, client, one) = world().await;
    let other = Browser::default();
    other.keep(&world.call::<oauth::SignIn>(Call::empty().form(&[("login", ADA), ("password", PASSWORD)])).await);
    let both = || {
        [&one, &other].into_iter().fold(Call::empty(), |call, browser| {
            call.cookie("refresh_token", &browser.cookie("refresh_token").expect("a cookie"))
        })
    };
    let question = world.call::<oauth::logout::Ask>(both()).await;
    let hidden = hidden(&question.body);
    let mut form: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.push(("action", "sign-out"));
    assert_eq!(world.call::<oauth::logout::SignOut>(both().form(&form)).await.status, 200);
    for browser in [&one, &other] {
        assert!(is_sign_in(&world.ask(browser, &client.request()).await));
    }
}
