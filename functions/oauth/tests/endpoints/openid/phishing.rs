//! The class `phr`, of a sign-in that a page elsewhere cannot have asked for.

use local::authenticator::Authenticator;
use oauth::authorize::Ask;
use oauth::{SignIn, Token};
use runtime::Answer;
use serde_json::{Value, json};

use super::suite::{Ended, Mode, Suite, claims, code};
use crate::passkey;
use crate::world::{body, hidden};

const ESSENTIAL: [(&str, &str); 1] = [("claims", r#"{"id_token":{"acr":{"essential":true,"value":"phr"}}}"#)];

/// A user who signed in by password, agreed, and has a passkey.
async fn suite() -> (Suite, Authenticator) {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    let registered = passkey::add(&suite, &suite.browser).await;
    (suite, registered)
}

/// Signs in on the page by the passkey, and goes on from there.
async fn by_passkey(suite: &Suite, registered: &Authenticator, asked: &[(&str, &str)]) -> Value {
    let Ended::SignIn(page) = suite.ask(&suite.request(asked)).await else { panic!("no page to sign in on") };
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    let answer = passkey::sign_in(suite, &suite.browser, registered, &to).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    suite.browser.keep(&answer);
    let (_, query) = answer.header("location").expect("on").split_once('?').expect("the request");
    let ended = suite.ended(suite.call::<Ask>(suite.browser.call().raw_query(query)).await);
    let Ended::Back(back) = ended else { panic!("not back: {ended:?}") };
    body(&suite.call::<Token>(suite.client.exchange(code(&back))).await)
}

#[tokio::test]
async fn a_passkey_whose_authenticator_verified_its_user_is_of_the_class_phr() {
    let (suite, registered) = suite().await;
    assert_eq!(claims(&suite.tokens(&[]).await)["acr"], "1");
    let tokens = by_passkey(&suite, &registered, &[("acr_values", "phr")]).await;
    let said = claims(&tokens);
    assert_eq!((&said["acr"], &said["amr"]), (&json!("phr"), &json!(["hwk", "user", "mfa"])));
    let refreshed = body(&suite.refresh(&suite.client, &tokens).await);
    assert_eq!(claims(&refreshed)["acr"], "phr");
    assert_eq!(claims(&suite.tokens(&ESSENTIAL).await)["acr"], "phr", "nobody is asked again");
}

/// Somebody who is asked to sign in again, and is let in by a password all the same or not at all, should know what for.
#[tokio::test]
async fn the_page_says_that_a_passkey_is_asked_for() {
    let (suite, _) = suite().await;
    let asks = |page: &Answer| page.body.contains("This app asks you to sign in with a passkey.");
    for asked in [&[("acr_values", "phr")][..], &ESSENTIAL] {
        let Ended::SignIn(page) = suite.ask(&suite.request(asked)).await else { panic!("no page") };
        assert!(asks(&page), "{}", page.body);
        let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
        let form = [("login", "ada"), ("password", "wrong"), ("to", to.as_str())];
        let again = suite.call::<SignIn>(suite.browser.call().form(&form)).await;
        assert!(again.status == 401 && asks(&again), "{}", again.body);
    }
    for asked in [[("acr_values", "2 phr"), ("prompt", "login")], [("prompt", "login"), ("max_age", "0")]] {
        let Ended::SignIn(page) = suite.ask(&suite.request(&asked)).await else { panic!("no page") };
        assert!(!asks(&page), "{}", page.body);
    }
}

#[tokio::test]
async fn a_passkey_whose_authenticator_verified_nobody_is_one_factor() {
    let (suite, mut registered) = suite().await;
    registered.flags &= !0x04;
    let said = claims(&by_passkey(&suite, &registered, &[("acr_values", "phr")]).await);
    assert_eq!((&said["acr"], &said["amr"]), (&json!("1"), &json!(["hwk"])));
}

/// A client compares what it is told with what it asked for (OpenID Connect Core §5.5.1.1).
#[tokio::test]
async fn a_client_that_asked_for_two_factors_is_told_that_a_passkey_is_two() {
    let (suite, registered) = suite().await;
    let two = [("acr_values", "2")];
    assert_eq!(claims(&by_passkey(&suite, &registered, &two).await)["acr"], "2");
    let essential = [("claims", r#"{"id_token":{"acr":{"essential":true,"values":["1","2"]}}}"#)];
    assert_eq!(claims(&suite.tokens(&essential).await)["acr"], "2");
    assert_eq!(claims(&suite.tokens(&[("acr_values", "2 phr")]).await)["acr"], "phr");
    assert_eq!(claims(&suite.tokens(&[]).await)["acr"], "phr");
}

#[tokio::test]
async fn somebody_whose_passkey_is_not_at_hand_goes_on_unless_it_is_essential() {
    let (suite, _) = suite().await;
    let Ended::SignIn(page) = suite.ask(&suite.request(&[("acr_values", "phr")])).await else { panic!("no page") };
    let Ended::Back(back) = suite.sign_in(&page).await else { panic!("asked again") };
    let tokens = body(&suite.call::<Token>(suite.client.exchange(code(&back))).await);
    assert_eq!(claims(&tokens)["acr"], "1");
    let Ended::SignIn(page) = suite.ask(&suite.request(&ESSENTIAL)).await else { panic!("no page") };
    assert!(matches!(suite.sign_in(&page).await, Ended::SignIn(_)));
    assert_eq!(suite.silent_error(&ESSENTIAL).await.as_deref(), Some("login_required"));
}
