//! Whose pages may call: CORS, and what a foreign page may not do with our cookies.

use browser::{EndSessions, ListSessions, Logout, Refresh, SignIn, SignUp, VerifyEmail};
use runtime::{Answer, Ctx, Endpoint};
use serde_json::json;

use crate::world::{ADA, Call, OURS, PASSWORD, World, account, refusal};

const SHOP: &str = "https://shop.example";
const EVIL: &str = "https://evil.example";

async fn world() -> World {
    World::configured(&[("BROWSER_ORIGINS", "https://shop.example,http://localhost:5173")]).await
}

async fn refused<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call) {
    for origin in [EVIL, "null", "https://auth.example.evil.example", "https://AUTH.example", "http://auth.example", ""]
    {
        let answer = world.call::<E>(call.clone().header("origin", origin)).await;
        assert_eq!(refusal(&answer), (403, "foreign_origin".to_owned()), "{} {origin}", E::ROUTE.name);
        assert!(answer.cookies.is_empty());
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    for site in ["cross-site", "same-site"] {
        for call in [call.clone(), call.clone().header("origin", "null"), call.clone().header("origin", "")] {
            let answer = world.call::<E>(call.header("sec-fetch-site", site)).await;
            assert_eq!(answer.status, 403, "{} {site}", E::ROUTE.name);
        }
    }
    // Neither says anything: the referrer does, where there is one.
    for referrer in
        ["https://evil.example/", "https://evil.example", "https://auth.example.evil.example/sign-in", "about:blank"]
    {
        let answer = world.call::<E>(call.clone().header("referer", referrer)).await;
        assert_eq!(answer.status, 403, "{} {referrer}", E::ROUTE.name);
    }
    let answer = world.call::<E>(call.header("origin", EVIL).header("sec-fetch-site", "same-origin")).await;
    assert_eq!(answer.status, 403, "{}: a real origin decides", E::ROUTE.name);
}

#[tokio::test]
async fn a_foreign_page_with_our_cookies_changes_nothing() {
    let world = world().await;
    let browser = world.sign_up(ADA).await;
    refused::<Refresh>(&world, browser.call()).await;
    refused::<Logout>(&world, browser.call()).await;
    refused::<EndSessions>(&world, browser.call()).await;
    refused::<VerifyEmail>(&world, browser.call().text(&json!({"verification_code": world.code(ADA)}).to_string()))
        .await;
    // Without cookies, too: it would sign the browser in as the attacker.
    refused::<SignIn>(&world, Call::body(json!({"login": ADA, "password": PASSWORD}))).await;
    refused::<SignUp>(&world, account("bob@example.com")).await;
    assert_eq!(world.refresh(&browser).await.status, 204, "and nothing changed");
}

#[tokio::test]
async fn our_pages_and_programs_may() {
    let world = world().await;
    let browser = world.sign_up(ADA).await;
    for headers in [
        vec![("origin", OURS)],
        vec![("origin", SHOP), ("sec-fetch-site", "cross-site")],
        vec![("origin", "http://localhost:5173")],
        // By a policy or an add-on, some browsers withhold the origin.
        vec![("origin", "null"), ("sec-fetch-site", "same-origin")],
        vec![("origin", ""), ("sec-fetch-site", "same-origin")],
        vec![("origin", ""), ("referer", "https://auth.example/account")],
        // Somebody sent the form again by the browser's own button.
        vec![("origin", "null"), ("sec-fetch-site", "none")],
        vec![("referer", "")],
        vec![("sec-fetch-site", ""), ("referer", "https://auth.example/account")],
        vec![("origin", "null"), ("referer", "https://auth.example/api/v1/auth/oauth2/signin?to=x")],
        vec![("referer", "https://auth.example/")],
        vec![("sec-fetch-site", "same-origin")],
        vec![("sec-fetch-site", "none")],
        vec![],
    ] {
        let call = headers.iter().fold(browser.call(), |call, (name, value)| call.header(name, value));
        let answer = world.call::<Refresh>(call).await;
        assert_eq!(answer.status, 204, "{headers:?}");
    }
}

/// A foreign page's form comes without our `Lax` cookies, and the browser keeps what its answer sets.
#[tokio::test]
async fn a_foreign_page_without_our_cookies_clears_none() {
    let world = world().await;
    for (name, value) in [("origin", EVIL), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let left = world.call::<Logout>(Call::empty().header(name, value)).await;
        assert_eq!((left.status, left.cookies.len()), (204, 0));
        let refused = world.call::<Refresh>(Call::empty().header(name, value)).await;
        assert_eq!((refused.status, refused.cookies.len()), (401, 0));
    }
}

fn cors(answer: &Answer) -> (Option<&str>, Option<&str>) {
    (answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials"))
}

#[tokio::test]
async fn listed_origins_may_read_the_answers_with_credentials_and_no_other_may() {
    let world = world().await;
    let browser = world.sign_up(ADA).await;
    let from = |origin: &str| browser.call().header("origin", origin);
    for origin in [SHOP, OURS] {
        assert_eq!(cors(&world.call::<ListSessions>(from(origin)).await), (Some(origin), Some("true")));
    }
    for origin in [EVIL, "null"] {
        let answer = world.call::<ListSessions>(from(origin)).await;
        assert_eq!(cors(&answer), (None, None));
        assert_eq!(answer.header("vary"), Some("origin"));
    }
}
