//! RFC 6749 §3.1 and §4.1: the authorization endpoint, where no row of the table in `docs/api/oauth.md#authorize` says it already.

use oauth::authorize::{Ask, Decide};
use oauth::{MailCode, SendCode, SignIn, Token};
use runtime::{Answer, Ctx, Endpoint, query};
use shared::oauth::client::Client;
use shared::oauth::scope::Scope;

use crate::world::{ADA, Browser, CALLBACK, Call, OURS, World, body, brought_back, hidden};

#[tokio::test]
async fn section_3_1_a_parameter_that_nobody_knows_is_ignored_before_and_after_the_decision() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let mut request = client.request();
    request.extend([("prompt", "none"), ("nonce", "n"), ("target", "https://api.example"), ("x\u{e9}[]", "<b>")]);
    let page = world.ask(&browser, &request).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("api.example"), "it is not carried along: {}", page.body);
    let answer = world.decide(&browser, &page, &[("nonce", "n"), ("action", "authorize")]).await;
    let names: Vec<_> = ["code", "state", "iss"].iter().map(|name| brought_back(&answer).one(name).is_ok()).collect();
    assert_eq!((answer.status, names), (303, vec![true; 3]));
    assert_eq!(brought_back(&answer).one("nonce"), Ok(None));
}

#[tokio::test]
async fn section_3_3_a_scope_that_nobody_knows_is_ignored_and_the_answer_says_what_was_granted() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let client = world.register(|client| Client { default_scope: Scope::read("profile drive.read"), ..client }).await;
    for (asked, granted) in [
        ("profile admin", "profile"),
        ("email drive.read drive.write", "drive.read email"),
        ("admin", "drive.read profile"),
        ("\u{e9} \"profile\" profile", "profile"),
    ] {
        let mut request = client.request();
        request.push(("scope", asked));
        let code = world.consent(&browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned();
        let tokens = world.call::<Token>(client.exchange(&code)).await;
        assert_eq!(body(&tokens)["scope"], granted, "{asked}");
    }
}

/// §4.1.2.1, with the 303 of RFC 9700 §4.12.
#[tokio::test]
async fn section_4_1_2_1_a_bad_request_that_is_posted_goes_back_by_303_with_state_and_issuer() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("code_challenge", "x", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("authorization_details", "x", "invalid_authorization_details"),
    ] {
        let mut form: Vec<_> = hidden(&page.body).into_iter().filter(|(known, _)| known != name).collect();
        form.extend([(name.to_owned(), value.to_owned()), ("action".to_owned(), "authorize".to_owned())]);
        let pairs: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = world.call::<Decide>(browser.call().form(&pairs)).await;
        assert_eq!(answer.status, 303, "{name}={value}");
        assert!(answer.header("location").is_some_and(|place| place.starts_with(CALLBACK)), "{name}={value}");
        let back = brought_back(&answer);
        assert_eq!((back.one("error"), back.one("code")), (Ok(Some(error)), Ok(None)), "{name}={value}");
        assert_eq!((back.one("state"), back.one("iss")), (Ok(Some("xyz")), Ok(Some(OURS))), "{name}={value}");
    }
}

/// What a client's developers read, in the characters that §4.1.2.1 and §5.2 leave for it.
pub(crate) fn is_a_description(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[tokio::test]
async fn section_4_1_2_1_every_error_is_described_in_the_characters_that_are_allowed_for_it() {
    let world = World::new().await;
    let client = world.client().await;
    let start = query(&[("client_id", &client.id), ("redirect_uri", CALLBACK)]);
    for rest in [
        "state=s",
        "state=s&response_type=token",
        "state=s&response_type=code&response_mode=fragment",
        "response_type=code",
        "response_type=code&state=%22%5c%c3%a9&scope=a&scope=b",
        "response_type=code&state=s&code_challenge=%22",
        "response_type=code&state=s&code_challenge_method=S256",
        "response_type=code&state=s&code_challenge=%22&code_challenge_method=S256",
        "response_type=code&state=s&authorization_details=%22",
        "response_type=code&state=s&authorization_details=%5b%7b%7d%5d",
        "response_type=code&state=s&authorization_details=%5b%7b%22type%22:%22memento%22,%22x%22:1%7d%5d",
    ] {
        let answer = world.call::<Ask>(Call::empty().raw_query(&format!("{start}&{rest}"))).await;
        let back = brought_back(&answer);
        let described = back.one("error_description").expect("one").is_some_and(is_a_description);
        assert!(described, "{rest}: {:?}", answer.header("location"));
    }
}

async fn too_large<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call) -> Answer {
    let answer = world.call::<E>(call).await;
    assert_eq!(answer.status, 413, "{}: {}", E::ROUTE.name, answer.body);
    answer
}

#[tokio::test]
async fn a_form_that_is_too_large_is_a_page_that_says_so_and_opens_nothing() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    let padding = "x".repeat(64 * 1024);
    let mut form: Vec<_> = hidden(&page.body);
    form.extend([("action".to_owned(), "authorize".to_owned()), ("q".to_owned(), padding.clone())]);
    let pairs: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let wide = |name| Call::empty().form(&[(name, padding.as_str())]);
    for answer in [
        too_large::<Decide>(&world, browser.call().form(&pairs)).await,
        too_large::<SignIn>(&world, wide("login")).await,
        too_large::<SignIn>(&world, wide("phone")).await,
        too_large::<SendCode>(&world, wide("phone")).await,
        too_large::<SignIn>(&world, wide("email")).await,
        too_large::<MailCode>(&world, wide("email")).await,
    ] {
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(answer.body.contains("The body is too large."), "{}", answer.body);
        assert_eq!((answer.cookies.len(), answer.header("location")), (0, None));
    }
    let apps = world.call::<oauth::grants::List>(browser.call()).await;
    assert_eq!(apps.body, "[]", "nothing was granted");
}

#[tokio::test]
async fn section_3_1_2_5_no_code_reaches_a_site_that_is_linked_from_the_page() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    for (action, parameter) in [("authorize", "code"), ("cancel", "error")] {
        let answer = world.decide(&browser, &page, &[("action", action)]).await;
        assert!(matches!(brought_back(&answer).one(parameter), Ok(Some(_))), "{action}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{action}");
        assert_eq!((answer.header("cache-control"), answer.body.as_str()), (Some("no-store"), ""), "{action}");
    }
    let nobody = world.ask(&Browser::default(), &client.request()).await;
    assert_eq!(nobody.header("cache-control"), Some("no-store"));
}
