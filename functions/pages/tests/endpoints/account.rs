//! The page of who I am, and signing out.

use oauth::ShowSignIn;
use pages::{ShowAccount, SignOut};
use runtime::Form;

use crate::world::{ADA, Browser, Call, PASSWORD, World, next};

/// What the sign-in page was given as `to`.
fn to(location: &str) -> String {
    let query = location.split_once('?').expect("a query").1;
    Form::read(query.as_bytes()).one("to").expect("once").expect("a way back").to_owned()
}

#[tokio::test]
async fn somebody_who_is_signed_in_sees_who_they_are() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowAccount>(browser.call()).await;
    assert!(page.status == 200 && page.body.contains(ADA), "{}", page.body);
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'")));
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_signs_in_and_comes_back() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let away = world.call::<ShowAccount>(Call::empty()).await;
    assert_eq!(away.status, 303);
    let to = to(next(&away).1);
    let page = world.call::<ShowSignIn>(Call::empty().query("to", &to)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let form = [("login", ADA), ("password", PASSWORD), ("to", &to)];
    let back = world.call::<oauth::SignIn>(Call::empty().form(&form)).await;
    assert_eq!(next(&back), (303, "/account"));
}

#[tokio::test]
async fn a_sign_out_ends_the_session_that_the_browser_has() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let stolen = Browser::default();
    stolen.keep(&world.sign_in(ADA, PASSWORD).await.1);
    let stays = world.sessions(&stolen).await.len();
    let before = browser.call();
    let answer = world.call::<SignOut>(browser.call()).await;
    browser.keep(&answer);
    assert_eq!(answer.status, 303);
    assert_eq!(browser.cookie("access_token"), None);
    assert_eq!(world.call::<ShowAccount>(before).await.status, 303, "the session is dead, not only forgotten");
    assert_eq!(world.sessions(&stolen).await.len(), stays - 1);
    assert_eq!(world.call::<SignOut>(browser.call()).await.status, 303, "a second time does no harm");
}

#[tokio::test]
async fn a_page_of_another_site_signs_nobody_out() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let answer = world.call::<SignOut>(browser.call().header("origin", "https://evil.example")).await;
    assert_eq!(answer.status, 403);
    assert_eq!(world.call::<ShowAccount>(browser.call()).await.status, 200);
}
