//! Every row of the table in `docs/api/oauth.md#authorize`, and the decision.

use oauth::authorize::{Ask, Decide};
use oauth::{SignIn, Token};
use runtime::query;
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::oauth::client::Client;
use shared::session::Transport;

use crate::mementos::create;
use crate::world::{
    ADA, Browser, CALLBACK, CHALLENGE, Call, PASSWORD, World, body, brought_back, hidden, is_for_pages_elsewhere, text,
};

#[tokio::test]
async fn a_wrong_client_or_address_is_a_page_and_never_a_redirect() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let disabled = world.register(|client| Client { disabled: true, ..client }).await;
    let with = |id: &str, uri: &str| {
        query(&[("client_id", id), ("redirect_uri", uri), ("response_type", "code"), ("state", "xyz")])
    };
    let good = with(&client.id, CALLBACK);
    for request in [
        String::new(),
        with("", CALLBACK),
        with("unknown", CALLBACK),
        with("<script>", CALLBACK),
        with(&disabled.id, CALLBACK),
        with(&client.id, ""),
        with(&client.id, "https://evil.example/cb"),
        with(&client.id, "https://client.example/cb/"),
        with(&client.id, "https://client.example/cb?x"),
        with(&client.id, "https://client.example/cb#x"),
        format!("{good}&client_id={}", client.id),
        format!("{good}&redirect_uri={CALLBACK}"),
        format!("{good}&redirect%5Furi=https://evil.example"),
    ] {
        let answer = world.call::<Ask>(browser.call().raw_query(&request)).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{request}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(!answer.body.contains("<script"), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_else_is_wrong_goes_back_to_the_client_with_state_and_issuer() {
    let world = World::new().await;
    let client = world.client().await;
    let start = query(&[("client_id", &client.id), ("redirect_uri", CALLBACK)]);
    for (rest, error, state) in [
        ("state=s", "invalid_request", Some("s")),
        ("state=s&response_type=token", "unsupported_response_type", Some("s")),
        ("state=s&response_type=", "invalid_request", Some("s")),
        ("response_type=code", "invalid_request", None),
        ("response_type=code&state=", "invalid_request", None),
        ("response_type=code&state=s&state=t", "invalid_request", None),
        ("response_type=code&state=s&scope=a&scope=b", "invalid_request", Some("s")),
        ("response_type=code&state=s&ui_locales=en&ui_locales=en", "invalid_request", Some("s")),
        ("response_type=code&state=s&response_mode=query&response_mode=query", "invalid_request", Some("s")),
        ("response_type=code&response_type=code&state=s", "invalid_request", Some("s")),
        ("response_type=code&state=s&response_mode=fragment", "invalid_request", Some("s")),
        ("response_type=code&state=s&code_challenge=x&code_challenge_method=S256", "invalid_request", Some("s")),
        ("response_type=code&state=s&code_challenge_method=S256", "invalid_request", Some("s")),
        ("response_type=code&state=s&authorization_details=x", "invalid_authorization_details", Some("s")),
    ] {
        let answer = world.call::<Ask>(Call::empty().raw_query(&format!("{start}&{rest}"))).await;
        assert_eq!(answer.status, 302, "{rest}");
        assert!(answer.header("location").expect("one").starts_with("https://client.example/cb?"), "{rest}");
        let back = brought_back(&answer);
        assert_eq!((back.one("error"), back.one("state")), (Ok(Some(error)), Ok(state)), "{rest}");
        assert_eq!((back.one("iss"), back.one("code")), (Ok(Some("https://auth.example")), Ok(None)));
    }
}

#[tokio::test]
async fn a_parameter_that_we_do_not_use_may_come_twice_and_hold_anything() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let start = query(&client.request());
    for rest in ["target=https://a.example&target=https://b.example", "utm=%ff", "=&=", "audience=a&audience=a"] {
        let guest = world.call::<Ask>(Call::empty().raw_query(&format!("{start}&{rest}"))).await;
        assert_eq!((guest.status, guest.header("location")), (200, None), "{rest}");
        let page = world.call::<Ask>(browser.call().raw_query(&format!("{rest}&{start}"))).await;
        assert_eq!((page.status, page.header("location")), (200, None), "{rest}");
    }
}

#[tokio::test]
async fn a_challenge_stands_for_the_state_and_none_comes_back_then() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let mut request = client.request();
    request.retain(|(name, _)| *name != "state");
    let refused = world.ask(&browser, &request).await;
    assert_eq!(brought_back(&refused).one("error"), Ok(Some("invalid_request")));
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let page = world.ask(&browser, &request).await;
    assert_eq!(page.status, 200);
    let back = brought_back(&world.decide(&browser, &page, &[("action", "authorize")]).await);
    assert_eq!((back.one("state"), back.one("error")), (Ok(None), Ok(None)));
    assert!(back.one("code").expect("one").is_some());
}

#[tokio::test]
async fn ui_locales_go_before_accept_language_through_sign_in_and_consent() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let mut request = client.request();
    request.push(("ui_locales", "fr-CA en-GB zh"));
    let asked = |browser: &Browser| browser.call().raw_query(&query(&request)).header("accept-language", "zh-CN");
    let guest = world.call::<Ask>(asked(&Browser::default())).await;
    assert_eq!(guest.header("content-language"), Some("en"));
    assert!(guest.body.contains("ui_locales"), "the way on keeps it: {}", guest.body);
    let consent = world.call::<Ask>(asked(&browser)).await;
    assert_eq!(consent.header("content-language"), Some("en"));
    assert!(consent.body.contains("name=\"ui_locales\" value=\"fr-CA en-GB zh\""), "{}", consent.body);
    request.last_mut().expect("one").1 = "fr";
    let other = world.call::<Ask>(Call::empty().raw_query(&query(&request)).header("accept-language", "en")).await;
    assert_eq!(other.header("content-language"), Some("en"), "none of them is ours");
}

#[tokio::test]
async fn a_plain_challenge_is_refused_with_its_method_and_without() {
    let world = World::new().await;
    let client = world.client().await;
    for method in [Some("plain"), None, Some("s256"), Some("S512")] {
        let mut request = client.request();
        request.push(("code_challenge", CHALLENGE));
        request.extend(method.map(|method| ("code_challenge_method", method)));
        let answer = world.ask(&Browser::default(), &request).await;
        assert_eq!(answer.status, 302);
        assert_eq!(brought_back(&answer).one("error"), Ok(Some("invalid_request")), "{method:?}");
    }
}

#[tokio::test]
async fn a_public_client_must_bring_a_challenge_and_may_listen_on_any_port() {
    let world = World::new().await;
    let uris = vec!["http://127.0.0.1:9997/cb".parse().expect("one")];
    let client = world.register(|client| Client { public: true, redirect_uris: uris, ..client }).await;
    let answer = world.ask(&Browser::default(), &client.request()).await;
    assert_eq!(brought_back(&answer).one("error"), Ok(Some("invalid_request")));
    let mut request = client.request();
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    request[1].1 = "http://127.0.0.1:50123/cb";
    assert_eq!(world.ask(&Browser::default(), &request).await.status, 200);
    request[1].1 = "http://127.0.0.1:50123/cb2";
    assert_eq!(world.ask(&Browser::default(), &request).await.status, 400);
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first() {
    let world = World::new().await;
    let client = world.client().await;
    let page = world.ask(&Browser::default(), &client.request()).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("action=\"/api/v1/auth/oauth2/signin\""), "{}", page.body);
    assert!(page.body.contains("type=\"password\"") && page.body.contains("Reader"), "{}", page.body);
    let browser = world.sign_up(ADA).await;
    world.clock.advance(Seconds::days(8));
    let page = world.ask(&browser, &client.request()).await;
    assert!(page.body.contains("action=\"/api/v1/auth/oauth2/signin\""), "the session has ended: {}", page.body);
}

#[tokio::test]
async fn the_page_says_who_asks_and_takes_it_for_hostile_text() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let client = world
        .register(|client| Client {
            name: "<script>alert(\"1\")</script>".to_owned(),
            description: "</main><img src=x onerror=alert(1)>".to_owned(),
            landing_page: Some("https://client.example/?a=1&b=2".to_owned()),
            logo: Some("https://cdn.example/logo.png".to_owned()),
            ..client
        })
        .await;
    let page = world.ask(&browser, &client.request()).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<script") && !page.body.contains("<img src=x"), "{}", page.body);
    assert!(page.body.contains("&#60;script&#62;"), "{}", page.body);
    assert!(page.body.contains("src=\"https://cdn.example/logo.png\""), "{}", page.body);
    assert!(page.body.contains(ADA) && page.body.contains("client.example"), "{}", page.body);
    let policy = page.header("content-security-policy").expect("one");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("script-src"), "{policy}");
    assert!(policy.ends_with("; img-src 'self' data: https://cdn.example"), "{policy}");
    assert!(!policy.contains("form-action"), "browsers hold all redirects that follow a form to it: {policy}");
    let opener = page.header("cross-origin-opener-policy");
    assert_eq!(opener, Some("unsafe-none"), "a client's window that opened this one is not cut off");
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(!is_for_pages_elsewhere(&page));
}

#[tokio::test]
async fn the_page_speaks_both_languages() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    for (language, button) in [("zh-CN", ">授权<"), ("en", ">Authorize<")] {
        let call = browser.call().raw_query(&query(&client.request())).header("accept-language", language);
        let page = world.call::<Ask>(call).await;
        assert!(page.body.contains(button), "{}", page.body);
        assert_eq!(page.header("content-language"), Some(&language[..2]));
    }
}

#[tokio::test]
async fn authorize_sends_a_code_back_and_the_state_to_the_letter() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let uris = vec!["https://client.example/cb?shop=1".parse().expect("one")];
    let client = world.register(|client| Client { redirect_uris: uris, ..client }).await;
    for state in ["xyz", "a b+c%20&d=e#f", "{\"a\":\"\u{4f60}\u{1f600}\"}", "'\"<>\\", "\t"] {
        let mut request = client.request();
        request[3].1 = state;
        let page = world.ask(&browser, &request).await;
        let answer = world.decide(&browser, &page, &[("action", "authorize")]).await;
        assert_eq!(answer.status, 303);
        assert!(answer.header("location").expect("one").starts_with("https://client.example/cb?shop=1&code="));
        let back = brought_back(&answer);
        assert_eq!((back.one("state"), back.one("error")), (Ok(Some(state)), Ok(None)));
        assert_eq!(back.one("iss"), Ok(Some("https://auth.example")));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    }
}

#[tokio::test]
async fn cancel_says_access_denied_and_grants_nothing() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    let answer = world.decide(&browser, &page, &[("action", "cancel")]).await;
    let back = brought_back(&answer);
    assert_eq!((answer.status, back.one("error")), (303, Ok(Some("access_denied"))));
    assert_eq!((back.one("state"), back.one("iss")), (Ok(Some("xyz")), Ok(Some("https://auth.example"))));
    assert_eq!(back.one("code"), Ok(None));
    let grants = world.call::<oauth::grants::List>(browser.call()).await;
    assert_eq!(grants.body, "[]");
}

#[tokio::test]
async fn a_decision_without_the_sessions_own_ticket_is_forbidden() {
    let world = World::new().await;
    let (client, ada, bob) = (world.client().await, world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let other = world.client().await;
    let (of_bob, of_other) = (world.ask(&bob, &client.request()).await, world.ask(&ada, &other.request()).await);
    let ticket = |page: &str| hidden(page).into_iter().find(|(name, _)| name == "ticket").expect("a ticket").1;
    let page = world.ask(&ada, &client.request()).await;
    let without: Vec<_> = hidden(&page.body).into_iter().filter(|(name, _)| name != "ticket").collect();
    for forged in [String::new(), "0..x".to_owned(), ticket(&of_bob.body), ticket(&of_other.body)] {
        for action in ["authorize", "cancel", "make", "search"] {
            let mut form: Vec<_> = without.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            form.extend([("ticket", forged.as_str()), ("action", action), ("new", "x")]);
            let answer = world.call::<Decide>(ada.call().form(&form)).await;
            assert_eq!((answer.status, answer.header("location")), (403, None), "{forged} {action}");
        }
    }
    // Who is signed in no more is asked to sign in, and is given nothing.
    let nobody = world.decide(&Browser::default(), &page, &[("action", "authorize")]).await;
    assert!(nobody.status == 200 && nobody.body.contains("type=\"password\""), "{}", nobody.body);
    let pairs: Vec<_> = hidden(&page.body);
    let form: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let foreign = ada.call().form(&[form.as_slice(), &[("action", "authorize")]].concat());
    for origin in ["https://evil.example", "null"] {
        let answer = world.call::<Decide>(foreign.clone().header("origin", origin)).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    assert_eq!(world.call::<Decide>(foreign.header("origin", "https://auth.example")).await.status, 303);
}

#[tokio::test]
async fn a_decision_of_a_session_that_ended_meanwhile_asks_to_sign_in() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    assert_eq!(world.call::<browser::EndSessions>(browser.call()).await.status, 204);
    let answer = world.decide(&browser, &page, &[("action", "authorize")]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("type=\"password\""), "{}", answer.body);
}

#[tokio::test]
async fn a_form_that_was_tampered_with_sends_a_browser_nowhere_new() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    let mut form = hidden(&page.body);
    form.iter_mut().find(|(name, _)| name == "redirect_uri").expect("one").1 = "https://evil.example/".to_owned();
    let mut pairs: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.push(("action", "authorize"));
    let answer = world.call::<Decide>(browser.call().form(&pairs)).await;
    assert_eq!((answer.status, answer.header("location")), (400, None));
}

#[tokio::test]
async fn a_page_that_was_overtaken_by_another_decision_asks_again() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let memento = create(&world, &browser, "Tax").await;
    let tick = ("m", text(&memento, "id"));
    let (one, other) = (world.ask(&browser, &client.request()).await, world.ask(&browser, &client.request()).await);
    assert_eq!(world.decide(&browser, &one, &[("action", "authorize")]).await.status, 303);
    let again = world.decide(&browser, &other, &[tick, ("action", "authorize")]).await;
    assert_eq!(again.status, 200);
    assert!(again.body.contains("Please confirm again"), "{}", again.body);
    assert_eq!(world.decide(&browser, &again, &[tick, ("action", "authorize")]).await.status, 303);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_one_decision_and_both_answers_lead_on() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let memento = create(&world, &browser, "Tax").await;
    let page = world.ask(&browser, &client.request()).await;
    let filled = [("m", text(&memento, "id")), ("action", "authorize")];
    let answers = tokio::join!(world.decide(&browser, &page, &filled), world.decide(&browser, &page, &filled));
    for answer in [answers.0, answers.1] {
        assert_eq!(answer.status, 303, "{}", answer.body);
        let code = brought_back(&answer).one("code").expect("one").expect("a code").to_owned();
        let tokens = body(&world.call::<Token>(client.exchange(&code)).await);
        let seen = world.introspect(&client, text(&tokens, "access_token")).await;
        assert_eq!(seen["mementos"], json!([memento["id"]]));
    }
}

#[tokio::test]
async fn the_consent_page_says_how_long_access_lasts() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    let (idle, age) = (Transport::Oauth.idle(), Transport::Oauth.absolute());
    assert_eq!((idle, age), (Seconds::days(30), Seconds::days(365)), "what the page says");
    assert!(page.body.contains("ends after 30 days without use, and after a year at the latest"), "{}", page.body);
}

#[tokio::test]
async fn somebody_else_can_sign_in_instead() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    let answer = world.decide(&browser, &page, &[("action", "switch")]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("type=\"password\""), "{}", answer.body);
}

#[tokio::test]
async fn a_client_of_another_app_asks_that_apps_users_only() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let now = world.ctx.now();
    let shop = shared::app::App::of_default_id("shop".parse().expect("an id"), &world.ctx.random, now);
    world.ctx.store.create_app(&shop).await.expect("made");
    let client = world.register(|client| Client { app: "shop".parse().expect("an id"), ..client }).await;
    let page = world.ask(&browser, &client.request()).await;
    assert!(page.body.contains("type=\"password\""), "a session of another app is none");
}

#[tokio::test]
async fn what_was_ticked_comes_back_when_the_session_ended_meanwhile() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let [tax, work] = [create(&world, &browser, "Tax").await, create(&world, &browser, "Work").await];
    // The client may see the one; its user takes that back, and ticks the other.
    world.consent(&browser, &client.request(), &[text(&tax, "id")]).await;
    let page = world.ask(&browser, &client.request()).await;
    let other = world.sign_up("bob@example.com").await;
    world.call::<browser::Logout>(browser.call().header("origin", rig::OURS)).await;
    for ended in [&browser, &Browser::default()] {
        for ticked in [vec![("m", text(&work, "id"))], Vec::new()] {
            let typed = [("new", "Trip 2027"), ("action", "authorize")];
            let filled: Vec<_> = ticked.iter().copied().chain(typed).collect();
            let asked = world.decide(ended, &page, &filled).await;
            assert!(asked.status == 200 && asked.body.contains("type=\"password\""), "{}", asked.body);
            let to = hidden(&asked.body).into_iter().find(|(name, _)| name == "to").expect("a way back").1;
            let form = [("login", ADA), ("password", PASSWORD), ("to", to.as_str())];
            let signed_in = world.call::<SignIn>(Call::empty().form(&form)).await;
            let back = Browser::default();
            back.keep(&signed_in);
            let location = signed_in.header("location").expect("a way back");
            let query = location.split_once('?').expect("the request").1;
            let again = world.call::<Ask>(back.call().raw_query(query)).await;
            let is_ticked =
                |memento: &Value| again.body.contains(&format!("value=\"{}\" checked", text(memento, "id")));
            assert_eq!((is_ticked(&work), is_ticked(&tax)), (!ticked.is_empty(), false), "{}", again.body);
            assert!(again.body.contains("name=\"new\" value=\"Trip 2027\""), "{}", again.body);
            // Another's mementos are none of Bob's.
            let of_bob = world.call::<Ask>(other.call().raw_query(query)).await;
            assert!(!of_bob.body.contains(" checked"), "{}", of_bob.body);
        }
    }
}
