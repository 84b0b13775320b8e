//! What OpenID Connect adds to a request: `docs/api/oidc.md#authorize`.

use oauth::authorize::{Ask, Decide};
use oauth::{SignIn, Token, grants};
use runtime::{Answer, query};
use serde_json::json;
use shared::oauth::client::Client;
use shared::oauth::openid::Settings;

use super::suite::{Ended, LOGIN, Mode, Suite, claims, code};
use crate::world::{Call, PASSWORD, World, body, brought_back, hidden, text};

#[tokio::test]
async fn consent_is_asked_for_once_and_again_for_anything_new() {
    let suite = Suite::new(Mode::Query).await;
    let Ended::SignIn(page) = suite.ask(&suite.request(&[])).await else { panic!("nobody is signed in") };
    let Ended::Consent(page) = suite.sign_in(&page).await else { panic!("nothing is granted") };
    suite.agree(&page).await;
    let ended = suite.ask(&suite.request(&[])).await;
    assert!(matches!(ended, Ended::Back(_)), "all of it is granted: {ended:?}");
    for (more, why) in [
        (("scope", "openid email"), "another scope"),
        (("claims", r#"{"userinfo":{"email":null}}"#), "a claim of another scope"),
        (("authorization_details", r#"[{"type":"memento","identifier":"x"}]"#), "a memento"),
        (("prompt", "consent"), "the client wants it"),
        (("prompt", "select_account"), "the user may take another account"),
    ] {
        let ended = suite.ask(&suite.request(&[more])).await;
        assert!(matches!(ended, Ended::Consent(_)), "{why}: {ended:?}");
    }
    assert!(matches!(suite.ask(&suite.request(&[("scope", "profile")])).await, Ended::Consent(_)), "plain OAuth asks");
}

#[tokio::test]
async fn a_first_partys_plain_request_asks_once_too() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    let openid = Settings { first_party: true, ..Settings::default() };
    let client = suite.register(|client| Client { openid, ..client }).await;
    assert!(matches!(suite.ask(&client.request()).await, Ended::Consent(_)), "nothing is granted yet");
    suite.visit(&client.request()).await;
    assert!(matches!(suite.ask(&client.request()).await, Ended::Back(_)));
}

#[tokio::test]
async fn a_request_that_shows_no_page_says_which_one_is_missing() {
    let suite = Suite::new(Mode::Query).await;
    assert_eq!(suite.silent_error(&[]).await.as_deref(), Some("login_required"));
    suite.visit(&suite.request(&[])).await;
    assert_eq!(suite.silent_error(&[]).await, None);
    assert_eq!(suite.silent_error(&[("scope", "openid phone")]).await.as_deref(), Some("consent_required"));
    suite.wait(100);
    assert_eq!(suite.silent_error(&[("max_age", "100")]).await.as_deref(), Some("login_required"));
    assert_eq!(suite.silent_error(&[("max_age", "101")]).await, None);
    let other = r#"{"id_token":{"sub":{"value":"1"}}}"#;
    assert_eq!(suite.silent_error(&[("claims", other)]).await.as_deref(), Some("login_required"));
    let client = suite.browser.call().path("client_id", &suite.client.id);
    suite.call::<grants::Disconnect>(client).await;
    assert_eq!(suite.silent_error(&[]).await.as_deref(), Some("consent_required"));
}

#[tokio::test]
async fn a_hint_of_somebody_else_asks_for_that_one_to_sign_in() {
    let suite = Suite::new(Mode::Query).await;
    let hint = suite.tokens(&[]).await;
    let hint = text(&hint, "id_token");
    let bob = suite.sign_up("bob@example.com").await;
    let request = suite.request(&[("id_token_hint", hint)]);
    let answer = suite.call::<Ask>(bob.call().raw_query(&query(&request))).await;
    assert!(matches!(suite.ended(answer), Ended::SignIn(_)), "it is another user's");
    // A hint that is long expired still names its user.
    suite.wait(3 * 3600);
    assert!(matches!(suite.ask(&request).await, Ended::Back(_)));
    for wrong in ["x", &hint[1..], &suite.browser.cookie("access_token").expect("a cookie")] {
        let Ended::Back(back) = suite.ask(&suite.request(&[("id_token_hint", wrong)])).await else { panic!("a page") };
        assert_eq!(back.one("error"), Ok(Some("invalid_request")), "{wrong}");
    }
}

#[tokio::test]
async fn a_sign_in_fulfils_what_asked_for_it_and_the_request_goes_on() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    for more in [[("prompt", "login")], [("max_age", "0")], [("prompt", "login select_account")]] {
        let Ended::SignIn(page) = suite.ask(&suite.request(&more)).await else { panic!("{more:?}") };
        let ended = suite.sign_in(&page).await;
        assert!(matches!(ended, Ended::Back(_)), "{more:?}: {ended:?}");
    }
    let Ended::SignIn(page) = suite.ask(&suite.request(&[("prompt", "login consent")])).await else {
        panic!("no page")
    };
    assert!(matches!(suite.sign_in(&page).await, Ended::Consent(_)), "the other prompt is left");
}

/// Browsers hold a redirect that follows a form to the form's policy, and the way back may follow the sign-in at once.
#[tokio::test]
async fn the_sign_in_page_lets_its_form_end_at_the_client() {
    let suite = Suite::new(Mode::Query).await;
    let Ended::SignIn(page) = suite.ask(&suite.request(&[])).await else { panic!("nobody is signed in") };
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(!policy.contains("form-action"), "{policy}");
    let form = [("login", LOGIN), ("password", "wrong"), ("to", &query(&suite.request(&[])))];
    let again = suite.call::<SignIn>(Call::empty().form(&form)).await;
    assert!(!again.header("content-security-policy").expect("a policy").contains("form-action"));
}

#[tokio::test]
async fn a_posted_answer_sends_itself_and_names_no_secret_in_an_address() {
    let suite = Suite::new(Mode::FormPost).await;
    let Ended::SignIn(page) = suite.ask(&suite.request(&[])).await else { panic!("nobody is signed in") };
    let Ended::Consent(page) = suite.sign_in(&page).await else { panic!("nothing is granted") };
    let answer = suite.decide(&suite.browser, &page, &[("action", "cancel")]).await;
    assert_eq!((answer.status, answer.header("location")), (200, None));
    let policy = answer.header("content-security-policy").expect("a policy").to_owned();
    assert!(policy.contains("script-src 'sha256-") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let Ended::Back(back) = suite.ended(answer) else { panic!("not back") };
    assert_eq!((back.one("error"), back.one("state")), (Ok(Some("access_denied")), Ok(Some("xyz"))));
    // What is wrong with the request comes back the same way.
    let Ended::Back(back) = suite.ask(&suite.request(&[("max_age", "soon")])).await else { panic!("not back") };
    assert_eq!((back.one("error"), back.one("iss")), (Ok(Some("invalid_request")), Ok(Some("https://auth.example"))));
    assert!(code(&suite.visit(&suite.request(&[])).await).len() > 100);
}

#[tokio::test]
async fn what_we_do_not_take_is_refused_by_its_own_error_with_and_without_the_scope() {
    let suite = Suite::new(Mode::Query).await;
    for (name, error) in [
        ("request", "request_not_supported"),
        ("request_uri", "request_uri_not_supported"),
        ("registration", "registration_not_supported"),
    ] {
        for scope in ["openid", "profile"] {
            let request = suite.request(&[("scope", scope), (name, "x")]);
            let Ended::Back(back) = suite.ask(&request).await else { panic!("not back") };
            assert_eq!(back.one("error"), Ok(Some(error)), "{scope}");
        }
        // A parameter without a value is as good as none (RFC 6749 §3.1).
        let query = format!("{}&{name}=", runtime::query(&suite.request(&[])));
        let answer = suite.call::<Ask>(suite.browser.call().raw_query(&query)).await;
        assert!(matches!(suite.ended(answer), Ended::SignIn(_)), "{name}");
    }
}

#[tokio::test]
async fn the_consent_page_says_in_words_what_each_scope_gives() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    let all = "openid profile email phone offline_access";
    for (language, words) in [
        ("en", ["that you are signed in", "your username", "is verified", "your phone number", "while you are away"]),
        ("zh", ["您已登录", "用户名", "是否已验证", "手机号", "离开后"]),
    ] {
        let Ended::Consent(page) = suite.ask(&suite.request(&[("scope", all), ("ui_locales", language)])).await else {
            panic!("no page")
        };
        for word in words {
            assert!(page.body.contains(word), "{word}: {}", page.body);
        }
    }
    let named = [("claims", r#"{"id_token":{"phone_number":null}}"#)];
    let Ended::Consent(page) = suite.ask(&suite.request(&named)).await else { panic!("no page") };
    assert!(page.body.contains("your phone number"), "a claim by name is said as its scope is");
}

#[tokio::test]
async fn a_client_that_asks_for_a_sign_in_alone_is_not_said_to_read_mementos_and_its_user_may_tick_some() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    for (scope, is_wanted) in [("openid email", false), ("openid mementos", true), ("email", true)] {
        let asked = [("scope", scope), ("prompt", "consent"), ("ui_locales", "en")];
        let Ended::Consent(page) = suite.ask(&suite.request(&asked)).await else { panic!("no page") };
        assert_eq!(page.body.contains("read the mementos that you tick below"), is_wanted, "{scope}: {}", page.body);
        assert_eq!(page.body.contains("Let it see mementos, too"), !is_wanted, "{scope}");
        assert!(page.body.contains("Mementos it may see"), "{scope}: they are there to tick");
    }
}

/// A decision has a button and a ticket. What has neither is a client's request, and changes nothing.
#[tokio::test]
async fn a_posted_request_is_no_decision() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    let request = suite.request(&[("scope", "openid email")]);
    let foreign = suite.browser.call().form(&request).header("origin", "https://client.example");
    let answer = suite.call::<Decide>(foreign).await;
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").is_some_and(|place| place.starts_with("/api/v1/auth/oauth2/authorize?")));
    for missing in
        [vec![("action", "authorize")], vec![("ticket", "x")], vec![("ticket", "x"), ("action", "authorize")]]
    {
        let form = suite.browser.call().form(&[request.as_slice(), missing.as_slice()].concat());
        assert_eq!(suite.call::<Decide>(form.clone()).await.status, 403, "{missing:?}");
        let foreign = form.header("origin", "https://client.example");
        assert_eq!(suite.call::<Decide>(foreign).await.status, 403, "{missing:?}");
    }
}

/// Plain OAuth had these parameters passed over, and has them still.
#[tokio::test]
async fn without_the_scope_the_parameters_of_openid_connect_mean_nothing() {
    let world = World::new().await;
    let client = world.client().await;
    let browser = world.sign_up("bob@example.com").await;
    let mut request = client.request();
    request.extend([("prompt", "none"), ("max_age", "x"), ("claims", "{"), ("nonce", "a"), ("nonce", "b")]);
    let page = world.ask(&browser, &request).await;
    assert_eq!(page.status, 200);
    let answer = world.decide(&browser, &page, &[("action", "authorize")]).await;
    assert!(brought_back(&answer).one("code").expect("one").is_some());
    assert!(hidden(&page.body).iter().all(|(name, _)| name != "nonce"));
}

#[tokio::test]
async fn an_essential_acr_that_nobody_can_have_is_told_to_the_client() {
    let suite = Suite::new(Mode::Query).await;
    for unknown in ["3", "phrh"] {
        let asked = format!(r#"{{"id_token":{{"acr":{{"essential":true,"values":["{unknown}"]}}}}}}"#);
        let Ended::Back(back) = suite.ask(&suite.request(&[("claims", &asked)])).await else { panic!("not back") };
        assert_eq!(back.one("error"), Ok(Some("unmet_authentication_requirements")));
    }
    // Whether somebody has a passkey is known once they signed in.
    let asked = [("claims", r#"{"id_token":{"acr":{"essential":true,"values":["phr"]}}}"#)];
    let back = suite.visit(&suite.request(&asked)).await;
    assert_eq!(back.one("error"), Ok(Some("unmet_authentication_requirements")));
    let fulfilled = [("claims", r#"{"id_token":{"acr":{"essential":true,"values":["1","2"]}}}"#)];
    assert_eq!(claims(&suite.tokens(&fulfilled).await)["acr"], json!("1"));
}

/// The session is from before the factor. A user without one is not asked for what they do not have.
#[tokio::test]
async fn two_factors_are_asked_of_a_user_who_has_them_and_demanded_of_nobody_else() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    let wanted = [("acr_values", "2")];
    let needed = [("claims", r#"{"id_token":{"acr":{"essential":true,"value":"2"}}}"#)];
    assert_eq!(claims(&suite.tokens(&wanted).await)["acr"], json!("1"));
    let Ended::Back(back) = suite.ask(&suite.request(&needed)).await else { panic!("not back") };
    assert_eq!(back.one("error"), Ok(Some("unmet_authentication_requirements")));
    suite.set_up_factor("default", LOGIN).await;
    for asked in [wanted, needed] {
        assert!(matches!(suite.ask(&suite.request(&asked)).await, Ended::SignIn(_)), "{asked:?}");
        assert_eq!(suite.silent_error(&asked).await.as_deref(), Some("login_required"), "{asked:?}");
    }
    assert!(matches!(suite.ask(&suite.request(&[])).await, Ended::Back(_)), "nothing is asked");
}

/// Whatever the session in the browser says. What comes back says that there were two.
#[tokio::test]
async fn a_sign_in_that_a_client_asks_for_takes_both_factors_of_a_user_who_has_two() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    let held = suite.set_up_factor("default", LOGIN).await;
    for (asked, otp) in [("acr_values", "2"), ("max_age", "0"), ("prompt", "login")].into_iter().zip(&held.recovery) {
        let Ended::SignIn(page) = suite.ask(&suite.request(&[asked])).await else { panic!("{asked:?}: no page") };
        let field = |page: &Answer, wanted: &str| {
            let found = hidden(&page.body).into_iter().find(|(name, _)| name == wanted);
            found.unwrap_or_else(|| panic!("{asked:?}: no {wanted}: {}", page.body)).1
        };
        let to = field(&page, "to");
        let form = [("login", LOGIN), ("password", PASSWORD), ("to", to.as_str())];
        let page = suite.call::<SignIn>(suite.browser.call().form(&form)).await;
        assert!(page.status == 200 && page.body.contains("name=\"otp\""), "{asked:?}: {}", page.body);
        assert!(page.cookies.iter().all(|line| !line.starts_with("access_token=")), "{asked:?}");
        suite.browser.keep(&page);
        let form = [("ticket", field(&page, "ticket")), ("to", field(&page, "to")), ("otp", otp.clone())];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        let answer = suite.call::<SignIn>(suite.browser.call().form(&form)).await;
        assert_eq!(answer.status, 303, "{asked:?}: {}", answer.body);
        suite.browser.keep(&answer);
        let (_, query) = answer.header("location").expect("on").split_once('?').expect("the request");
        let answer = suite.call::<Ask>(suite.browser.call().raw_query(query)).await;
        let Ended::Back(back) = suite.ended(answer) else { panic!("{asked:?}: not back") };
        let tokens = body(&suite.call::<Token>(suite.client.exchange(code(&back))).await);
        let said = claims(&tokens);
        assert_eq!((&said["acr"], &said["amr"]), (&json!("2"), &json!(["pwd", "otp", "mfa"])), "{asked:?}");
    }
}
