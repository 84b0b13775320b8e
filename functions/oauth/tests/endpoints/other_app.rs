//! Users of another app than the one that the pages are bound to: they sign in on the way to a client of their app.

use browser::{EndSessions, ListSessions, Logout, Refresh};
use oauth::SignIn;
use oauth::account_page::{ChangeApps, ShowApps};
use oauth::grants::List;
use oauth::me::Me;
use runtime::query;
use serde_json::json;
use shared::app::App;
use shared::clock::Seconds;
use shared::id::AppId;
use shared::oauth::client::Client;
use shared::store::AppConflict;

use crate::world::{ADA, Browser, Call, Known, PASSWORD, World, body, hidden, text};

fn shop() -> AppId {
    "shop".parse().expect("an app id")
}

/// A deployment with an app, a client of it, and a browser in which its Ada signed in on the way to the client. The default app has
/// an Ada, too.
async fn signed_in() -> (World, Known, Browser) {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let app = App::of_default_id(shop(), &world.ctx.random, world.ctx.now());
    world.ctx.store.create_app(&app).await.expect("made");
    world.make_user(&shop(), ADA).await;
    let client = world.register(|client| Client { app: shop(), ..client }).await;
    let browser = sign_in(&world, &client).await;
    (world, client, browser)
}

async fn sign_in(world: &World, client: &Known) -> Browser {
    let to = query(&client.request());
    let form = [("login", ADA), ("password", PASSWORD), ("to", to.as_str())];
    let answer = world.call::<SignIn>(Call::empty().form(&form)).await;
    assert_eq!((answer.status, answer.cookies.len()), (303, 2), "{}", answer.body);
    let browser = Browser::default();
    browser.keep(&answer);
    browser
}

/// Whether the browser is shown the consent page, and not the one to sign in on.
async fn may_decide(world: &World, client: &Known, browser: &Browser) -> bool {
    world.ask(browser, &client.request()).await.body.contains("value=\"authorize\"")
}

#[tokio::test]
async fn signing_out_ends_the_session_also_of_a_copied_cookie() {
    for after in [Seconds(0), Seconds::hours(2)] {
        let (world, client, browser) = signed_in().await;
        let copied = browser.call();
        world.clock.advance(after);
        assert!(may_decide(&world, &client, &browser).await, "{after}");
        assert_eq!(world.call::<Logout>(copied.clone()).await.status, 204);
        assert!(!may_decide(&world, &client, &browser).await, "{after}");
        assert_eq!(world.call::<Refresh>(copied).await.status, 401, "{after}");
    }
}

#[tokio::test]
async fn a_session_is_refreshed_listed_and_ended_as_those_of_the_bound_app_are() {
    let (world, client, browser) = signed_in().await;
    let other = sign_in(&world, &client).await;
    for _ in 0..3 {
        world.clock.advance(Seconds::hours(2));
        let refreshed = world.call::<Refresh>(browser.call()).await;
        assert_eq!(refreshed.status, 204);
        browser.keep(&refreshed);
    }
    let listed = world.call::<ListSessions>(browser.call()).await;
    assert_eq!((listed.status, body(&listed).as_array().map(Vec::len)), (200, Some(2)), "{}", listed.body);
    let me = world.call::<Me<false>>(browser.call()).await;
    assert_eq!((me.status, body(&me)["email"].as_str()), (200, Some(ADA)));
    assert_eq!(world.call::<EndSessions>(browser.call()).await.status, 204);
    for browser in [&browser, &other] {
        assert!(!may_decide(&world, &client, browser).await);
    }
}

#[tokio::test]
async fn a_client_that_was_let_in_is_seen_and_disconnected() {
    let (world, client, browser) = signed_in().await;
    let tokens = world.tokens(&browser, &client, &[]).await;
    let grants = world.call::<List>(browser.call()).await;
    assert_eq!(body(&grants)[0]["client_id"], json!(client.id), "{}", grants.body);
    let page = world.call::<ShowApps>(browser.call().query("client", &client.id)).await;
    let hidden = hidden(&page.body);
    let pairs: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let form = [pairs.as_slice(), &[("action", "disconnect")]].concat();
    assert_eq!(world.call::<ChangeApps>(browser.call().form(&form)).await.status, 303);
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await, json!({"active": false}));
}

#[tokio::test]
async fn a_cookie_that_names_another_app_than_its_token_opens_nothing() {
    let (world, _, browser) = signed_in().await;
    let refresh = browser.cookie("refresh_token").expect("a cookie");
    let (named, bare) = refresh.split_once('.').expect("names its app");
    assert_eq!(named, "shop");
    for forged in [bare.to_owned(), format!("default.{bare}"), format!("nobody.{bare}"), format!(".{bare}")] {
        let call = Call::empty().cookie("refresh_token", &forged);
        assert_eq!(world.call::<Refresh>(call).await.status, 401, "{forged}");
    }
    // The app's id is no secret, and says nothing without a token of the app.
    let ours = world.sign_up("lin@example.com").await.cookie("refresh_token").expect("a cookie");
    let call = Call::empty().cookie("refresh_token", &format!("shop.{ours}"));
    assert_eq!(world.call::<Refresh>(call).await.status, 401);
    assert_eq!(world.call::<Refresh>(browser.call()).await.status, 204);
}

#[tokio::test]
async fn nobody_of_an_app_that_is_disabled_has_a_session() {
    let (world, client, browser) = signed_in().await;
    let disable = |app| Ok::<_, AppConflict>(App { disabled: true, ..app });
    world.ctx.store.change_app(&shop(), disable).await.expect("changed");
    world.clock.advance(Seconds(61));
    assert_eq!(world.call::<ListSessions>(browser.call()).await.status, 401);
    assert!(!may_decide(&world, &client, &browser).await);
}
