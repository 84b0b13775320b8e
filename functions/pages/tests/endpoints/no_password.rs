//! The pages of somebody who has an e-mail address and no password: they came by a code to their phone.

use oauth::{SendCode, SignIn};
use pages::delete::{Delete, ShowDelete};
use pages::security::{Change, ShowSecurity};
use pages::{ChangeAccount, ShowAccount};
use runtime::Answer;
use shared::app::sms::SmsPolicy;
use shared::app::{App, Policy};
use shared::clock::Seconds;

use crate::world::{ADA, Browser, Call, World, next};

const PHONE: &str = "13800138000";
const TEXTED: &str = "+8613800138000";
const NEW: &str = "quiet-harbour-58";

/// Somebody who signed in by their phone a moment ago, and has given an e-mail address since.
async fn without_password() -> (World, Browser) {
    let world = World::new().await;
    let id = "default".parse().expect("an app id");
    let sms = SmsPolicy { sign_in_page: true, ..SmsPolicy::default() };
    let change = |app: App| Ok::<_, shared::store::AppConflict>(App { policy: Policy { sms, ..app.policy }, ..app });
    world.ctx.store.change_app(&id, change).await.expect("changed");
    // What processes remember of an app is a minute old at most.
    world.clock.advance(Seconds(61));
    let browser = sign_in_by_phone(&world).await;
    let page = world.call::<ShowAccount>(browser.call().query("edit", "email")).await;
    let asked = world.fill::<ChangeAccount>(&browser, &page, &[("email", ADA), ("action", "email")]).await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    let filled = [("email", ADA), ("code", &world.code(ADA)), ("action", "email")];
    let moved = world.fill::<ChangeAccount>(&browser, &page, &filled).await;
    assert_eq!(next(&moved), (303, "/account?done=email"), "{}", moved.body);
    (world, browser)
}

async fn sign_in_by_phone(world: &World) -> Browser {
    let browser = Browser::default();
    assert_eq!(world.call::<SendCode>(Call::empty().form(&[("phone", PHONE), ("to", "")])).await.status, 200);
    let form = [("phone", PHONE), ("code", &world.texted(TEXTED)), ("to", "")];
    let answer = world.call::<SignIn>(Call::empty().form(&form)).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    browser.keep(&answer);
    browser
}

#[track_caller]
fn assert_asks_for_a_sign_in(page: &Answer) {
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!page.body.contains("type=\"password\""), "{}", page.body);
    assert!(page.body.contains("Sign in again first") && page.body.contains("/account/sign-in?to="), "{}", page.body);
}

#[tokio::test]
async fn who_has_no_password_deletes_the_account_after_a_recent_sign_in_alone() {
    let (world, browser) = without_password().await;
    let page = world.call::<ShowDelete>(browser.call()).await;
    assert!(page.status == 200 && !page.body.contains("type=\"password\""), "{}", page.body);
    world.clock.advance(Seconds::minutes(11));
    assert_asks_for_a_sign_in(&world.call::<ShowDelete>(browser.call()).await);
    // As often as they like: no try of a password is counted.
    for _ in 0..12 {
        assert_asks_for_a_sign_in(&world.fill::<Delete>(&browser, &page, &[("password", "")]).await);
    }
    let browser = sign_in_by_phone(&world).await;
    let page = world.call::<ShowDelete>(browser.call()).await;
    let answer = world.fill::<Delete>(&browser, &page, &[]).await;
    assert!(answer.status == 200 && answer.body.contains("Your account has been deleted"), "{}", answer.body);
}

#[tokio::test]
async fn who_has_no_password_signs_in_again_to_change_an_address() {
    let (world, browser) = without_password().await;
    world.clock.advance(Seconds::minutes(11));
    for what in ["phone", "email", "username"] {
        assert_asks_for_a_sign_in(&world.call::<ShowAccount>(browser.call().query("edit", what)).await);
    }
    let page = world.call::<ShowAccount>(browser.call().query("edit", "name")).await;
    assert!(page.body.contains("name=\"name\""), "a name wants nothing: {}", page.body);
}

#[tokio::test]
async fn who_has_no_password_sets_one_after_a_recent_sign_in() {
    let (world, browser) = without_password().await;
    let page = world.call::<ShowSecurity>(browser.call()).await;
    assert!(page.body.contains("Set a password") && !page.body.contains("name=\"current\""), "{}", page.body);
    let short = world.fill::<Change>(&browser, &page, &[("password", "short"), ("action", "password")]).await;
    assert!(short.status == 400 && short.body.contains("At least 8 characters"), "{}", short.body);
    // Twice, as somebody does who clicks twice.
    for _ in 0..2 {
        let answer = world.fill::<Change>(&browser, &page, &[("password", NEW), ("action", "password")]).await;
        assert_eq!(next(&answer), (303, "/account/security?done=password"), "{}", answer.body);
    }
    assert_eq!(world.sign_in(ADA, NEW).await.1.status, 303);
    let page = world.call::<ShowSecurity>(browser.call()).await;
    assert!(page.body.contains("Change your password") && page.body.contains("name=\"current\""), "{}", page.body);
    let other = world.fill::<Change>(&browser, &page, &[("password", "another-one-77"), ("action", "password")]).await;
    assert_eq!(other.status, 400, "the current one is asked for now: {}", other.body);
    let page = world.call::<ShowDelete>(browser.call()).await;
    assert!(page.body.contains("name=\"password\""), "{}", page.body);
}

#[tokio::test]
async fn who_has_no_password_and_signed_in_long_ago_sets_none() {
    let (world, browser) = without_password().await;
    let page = world.call::<ShowSecurity>(browser.call()).await;
    world.clock.advance(Seconds::minutes(11));
    let late = world.call::<ShowSecurity>(browser.call()).await;
    assert!(late.body.contains("Set a password"), "{}", late.body);
    assert_asks_for_a_sign_in(&late);
    let filled = [("password", NEW), ("current", NEW), ("action", "password")];
    assert_asks_for_a_sign_in(&world.fill::<Change>(&browser, &page, &filled).await);
    assert_eq!(world.sign_in(ADA, NEW).await.1.status, 401);
}
