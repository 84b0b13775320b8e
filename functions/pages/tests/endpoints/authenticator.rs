//! The pages of the second factor: `docs/api/pages.md#second-factor`.

use pages::ShowAccount;
use pages::security::authenticator::{Change, ShowAuthenticator};
use pages::security::{passkeys, recovery_codes};
use rig::Authenticator;
use runtime::Answer;
use shared::app::App;
use shared::app::second_factor::SecondFactorPolicy;
use shared::clock::Seconds;
use shared::store::AppConflict;

use crate::world::{ADA, Browser, PASSWORD, World};

/// The app that was shown the secret of the page.
pub(crate) fn held(page: &Answer) -> Authenticator {
    let (_, secret) = page.body.split_once("<p><code>").expect("a secret");
    Authenticator::of(secret.split('<').next().expect("its end"))
}

fn codes(page: &Answer) -> usize {
    page.body.matches("<li><code>").count()
}

/// Whether a password alone opens a session.
async fn is_let_in(world: &World) -> bool {
    world.sign_in(ADA, PASSWORD).await.1.status == 303
}

async fn set_up(world: &World, browser: &Browser) -> Authenticator {
    let page = world.call::<ShowAuthenticator>(browser.call()).await;
    let held = held(&page);
    let code = held.code(world.clock.now());
    let done = world.fill::<Change>(browser, &page, &[("otp", &code)]).await;
    assert_eq!((done.status, codes(&done)), (200, 10), "{}", done.body);
    held
}

#[tokio::test]
async fn an_authenticator_app_is_set_up_and_taken_away() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowAuthenticator>(browser.call()).await;
    assert!(page.body.contains("<svg"), "{}", page.body);
    let wrong = held(&page).wrong_code(world.clock.now());
    let again = world.fill::<Change>(&browser, &page, &[("otp", &wrong)]).await;
    assert_eq!((again.status, codes(&again)), (400, 0));
    assert!(is_let_in(&world).await);
    set_up(&world, &browser).await;
    assert!(!is_let_in(&world).await);
    let page = world.call::<ShowAuthenticator>(browser.call()).await;
    assert!(!page.body.contains("<svg"), "the secret is not shown again: {}", page.body);
    let removed = world.fill::<Change>(&browser, &page, &[]).await;
    assert!(removed.status == 200 && removed.body.contains("<svg"), "{}", removed.body);
    assert!(is_let_in(&world).await);
}

#[tokio::test]
async fn new_recovery_codes_are_shown_once() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let without = world.call::<recovery_codes::ShowRecoveryCodes>(browser.call()).await;
    assert_eq!((without.status, codes(&without)), (200, 0));
    set_up(&world, &browser).await;
    let page = world.call::<recovery_codes::ShowRecoveryCodes>(browser.call()).await;
    assert_eq!(codes(&page), 0);
    let renewed = world.fill::<recovery_codes::Renew>(&browser, &page, &[]).await;
    assert_eq!((renewed.status, codes(&renewed)), (200, 10));
}

#[tokio::test]
async fn the_pages_want_a_sign_in_of_the_last_ten_minutes() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowAuthenticator>(browser.call()).await;
    let held = held(&page);
    world.clock.advance(Seconds(600));
    let code = held.code(world.clock.now());
    let late = world.fill::<Change>(&browser, &page, &[("otp", &code)]).await;
    assert_eq!(codes(&late), 0);
    let asked = world.call::<ShowAuthenticator>(browser.call()).await;
    assert!(!asked.body.contains("<svg") && asked.body.contains("/account/sign-in"), "{}", asked.body);
    assert!(is_let_in(&world).await, "nothing was set up");
}

#[tokio::test]
async fn a_form_of_somebody_else_changes_nothing() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let page = world.call::<ShowAuthenticator>(ada.call()).await;
    let code = held(&page).code(world.clock.now());
    let answer = world.fill::<Change>(&bob, &page, &[("otp", &code)]).await;
    assert_eq!(codes(&answer), 0);
    set_up(&world, &ada).await;
    let page = world.call::<ShowAuthenticator>(ada.call()).await;
    world.fill::<Change>(&bob, &page, &[]).await;
    assert!(!is_let_in(&world).await);
}

/// A thief who knows the password signed in a minute before the factor was set up.
#[tokio::test]
async fn a_session_of_the_password_alone_changes_nothing_of_an_account_with_two_factors() {
    let world = World::new().await;
    let (owner, thief) = (world.sign_up(ADA).await, world.sign_in(ADA, PASSWORD).await.0);
    set_up(&world, &owner).await;
    let page = world.call::<ShowAuthenticator>(owner.call()).await;
    world.fill::<Change>(&thief, &page, &[]).await;
    assert!(!is_let_in(&world).await, "the factor is still there");
    for page in [
        world.call::<ShowAuthenticator>(thief.call()).await,
        world.call::<recovery_codes::ShowRecoveryCodes>(thief.call()).await,
        world.call::<passkeys::ShowPasskeys>(thief.call()).await,
    ] {
        assert!(page.body.contains("/account/sign-in"), "{}", page.body);
    }
    let codes_page = world.call::<recovery_codes::ShowRecoveryCodes>(owner.call()).await;
    let renewed = world.fill::<recovery_codes::Renew>(&thief, &codes_page, &[]).await;
    assert_eq!(codes(&renewed), 0);
    let shown = world.call::<passkeys::ShowPasskeys>(owner.call()).await;
    let (_, rest) = shown.body.split_once("name=\"user\" value=\"").expect("a form with its user");
    let user = rest.split('"').next().expect("its end");
    let options = |browser: &Browser| browser.call().form(&[("user", user)]);
    assert_ne!(world.call::<passkeys::Options>(options(&thief)).await.status, 200);
    assert_eq!(world.call::<passkeys::Options>(options(&owner)).await.status, 200);
}

#[tokio::test]
async fn once_the_app_wants_two_factors_a_session_of_one_is_shown_no_page_of_the_account() {
    let world = World::new().await;
    let (one, two) = (world.sign_up("bob@example.com").await, world.sign_up(ADA).await);
    set_up(&world, &two).await;
    world.want_two_factors("default", Seconds::days(1)).await;
    world.clock.advance(Seconds(86_399));
    for browser in [&one, &two] {
        assert_eq!(world.call::<ShowAccount>(browser.call()).await.status, 200);
    }
    world.clock.advance(Seconds(1));
    let away = world.call::<ShowAccount>(one.call()).await;
    assert_eq!(away.status, 303, "{}", away.body);
    assert!(away.header("location").is_some_and(|to| to.starts_with("/account/sign-in")), "{:?}", away.headers);
    assert_eq!(world.call::<ShowAccount>(two.call()).await.status, 200);
}

/// Also by the form that was shown a minute before.
#[tokio::test]
async fn where_the_app_offers_none_nothing_is_set_up_and_who_has_one_is_asked_and_may_take_it_away() {
    let world = World::new().await;
    let (bob, ada) = (world.sign_up("bob@example.com").await, world.sign_up(ADA).await);
    set_up(&world, &ada).await;
    let before = world.call::<ShowAuthenticator>(bob.call()).await;
    let id = "default".parse().expect("an app id");
    let change = |mut app: App| {
        app.policy.second_factor = SecondFactorPolicy::Off;
        Ok::<_, AppConflict>(app)
    };
    world.ctx.store.change_app(&id, change).await.expect("changed");
    world.clock.advance(Seconds(61));
    let code = held(&before).code(world.clock.now());
    let refused = world.fill::<Change>(&bob, &before, &[("otp", &code)]).await;
    assert!(codes(&refused) == 0 && !refused.body.contains("<svg"), "{}", refused.body);
    assert!(!is_let_in(&world).await, "Ada is asked for the code");
    let page = world.call::<ShowAuthenticator>(ada.call()).await;
    let removed = world.fill::<Change>(&ada, &page, &[]).await;
    assert!(removed.status == 200 && !removed.body.contains("<svg"), "{}", removed.body);
    assert!(is_let_in(&world).await);
}

/// The codes that a page shows.
fn shown(page: &Answer) -> Vec<&str> {
    page.body.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next()).collect()
}

#[tokio::test]
async fn a_set_up_that_is_sent_twice_shows_the_same_recovery_codes_twice() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowAuthenticator>(browser.call()).await;
    let code = held(&page).code(world.clock.now());
    let filled = [("otp", code.as_str())];
    let twice =
        tokio::join!(world.fill::<Change>(&browser, &page, &filled), world.fill::<Change>(&browser, &page, &filled));
    assert_eq!((shown(&twice.0).len(), shown(&twice.0)), (10, shown(&twice.1)), "{}", twice.1.body);
    let told = world.mails(ADA).into_iter().filter_map(|mail| mail.subject);
    assert_eq!(told.filter(|subject| subject.starts_with("Second factor")).count(), 1);
    // With another code it is another form, and the codes stay where they are.
    let other = world.fill::<Change>(&browser, &page, &[("otp", "000000")]).await;
    assert_eq!(codes(&other), 0);
}

#[tokio::test]
async fn new_recovery_codes_that_are_asked_for_twice_are_the_same_until_one_is_used() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    set_up(&world, &browser).await;
    let page = world.call::<recovery_codes::ShowRecoveryCodes>(browser.call()).await;
    let renew = || world.fill::<recovery_codes::Renew>(&browser, &page, &[]);
    let twice = tokio::join!(renew(), renew());
    assert_eq!((shown(&twice.0).len(), shown(&twice.0)), (10, shown(&twice.1)), "{}", twice.1.body);
    let first = shown(&twice.0)[0];
    let sign_in = async |code: &str| {
        let (other, page) = world.sign_in(ADA, PASSWORD).await;
        world.fill::<oauth::SignIn>(&other, &page, &[("otp", code)]).await.status
    };
    assert_eq!(sign_in(first).await, 303);
    let late = renew().await;
    assert_eq!(codes(&late), 0, "{}", late.body);
    assert_eq!(sign_in(first).await, 401, "a code that was used stays used");
    // The page as it is shown now has another form.
    let page = world.call::<recovery_codes::ShowRecoveryCodes>(browser.call()).await;
    let renewed = world.fill::<recovery_codes::Renew>(&browser, &page, &[]).await;
    assert!(codes(&renewed) == 10 && shown(&renewed) != shown(&twice.0), "{}", renewed.body);
}
