//! Signing out: `docs/api/oidc.md#sign-out`.

use local::faults::Death;
use oauth::authorize::Ask as Authorize;
use oauth::logout::{Ask, SignOut};
use oauth::userinfo::UserInfo;
use oauth::{Introspect, Token};
use runtime::{Answer, query};
use serde_json::Value;
use shared::oauth::client::Client;
use shared::oauth::openid::Settings;

use super::suite::{AFTER, Ended, Mode, Suite, claims, code};
use crate::world::{Browser, Call, Known, body, hidden, refusal, text};

async fn leave(suite: &Suite, browser: &Browser, parameters: &[(&str, &str)]) -> Answer {
    suite.call::<Ask>(browser.call().raw_query(&query(parameters))).await
}

async fn choose(suite: &Suite, page: &Answer, action: &str) -> Answer {
    let fields = hidden(&page.body);
    let mut form: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.push(("action", action));
    suite.call::<SignOut>(suite.browser.call().form(&form)).await
}

async fn is_alive(suite: &Suite, client: &Known, tokens: &Value) -> bool {
    let seen = suite.call::<Introspect>(client.form(&[("token", text(tokens, "access_token"))])).await;
    body(&seen)["active"] == true
}

async fn tokens_of(suite: &Suite, client: &Known, scope: &str) -> Value {
    let mut request = client.request();
    request.push(("scope", scope));
    let back = suite.visit(&request).await;
    body(&suite.call::<Token>(client.exchange(code(&back))).await)
}

#[tokio::test]
async fn every_token_of_the_session_dies_and_those_of_other_sessions_live() {
    let suite = Suite::new(Mode::Query).await;
    let elsewhere = suite.tokens(&[]).await;
    suite.wait(2);
    let first = suite.tokens(&[("prompt", "login")]).await;
    assert_ne!(claims(&first)["sid"], claims(&elsewhere)["sid"]);
    let plain = tokens_of(&suite, &suite.second, "profile").await;
    assert_eq!(suite.refresh(&suite.client, &first).await.status, 200);

    let asked = [("id_token_hint", text(&first, "id_token")), ("post_logout_redirect_uri", AFTER)];
    let answer = leave(&suite, &suite.browser, &asked).await;
    assert_eq!((answer.status, answer.cookies.len()), (302, 2), "{}", answer.body);
    suite.browser.keep(&answer);
    assert!(!is_alive(&suite, &suite.client, &first).await);
    assert!(!is_alive(&suite, &suite.second, &plain).await, "also what was given without an ID token");
    assert_eq!(refusal(&suite.refresh(&suite.second, &plain).await), (400, "invalid_grant".to_owned()));
    let told = suite.call::<UserInfo<false>>(Call::empty().bearer(text(&first, "access_token"))).await;
    assert_eq!(told.status, 401);
    assert!(is_alive(&suite, &suite.client, &elsewhere).await);
    // The access token of the browser itself has not expired.
    assert_eq!(suite.silent_error(&[]).await.as_deref(), Some("login_required"));
}

#[tokio::test]
async fn a_code_that_is_exchanged_after_the_sign_out_gives_nothing() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[]).await;
    let back = suite.visit(&suite.request(&[])).await;
    leave(&suite, &suite.browser, &[("id_token_hint", text(&tokens, "id_token"))]).await;
    let refused = suite.call::<Token>(suite.client.exchange(code(&back))).await;
    assert_eq!(refusal(&refused), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn without_the_sessions_own_token_the_user_is_asked_and_may_stay() {
    let suite = Suite::new(Mode::Query).await;
    let old = suite.tokens(&[]).await;
    suite.wait(2);
    let tokens = suite.tokens(&[("prompt", "login")]).await;
    for asked in [
        vec![("client_id", suite.client.id.as_str()), ("post_logout_redirect_uri", AFTER), ("state", "s")],
        vec![("id_token_hint", text(&old, "id_token")), ("post_logout_redirect_uri", AFTER), ("state", "s")],
    ] {
        let page = leave(&suite, &suite.browser, &asked).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Reader") && page.body.contains("Ada Lovelace"), "{}", page.body);
        let stayed = choose(&suite, &page, "stay").await;
        assert_eq!((stayed.status, stayed.cookies.len()), (200, 0), "{}", stayed.body);
        assert!(is_alive(&suite, &suite.client, &tokens).await);
    }
    let asked = [("client_id", suite.client.id.as_str()), ("post_logout_redirect_uri", AFTER), ("state", "s")];
    let page = leave(&suite, &suite.browser, &asked).await;
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(!policy.contains("form-action"), "the form ends at the client: {policy}");
    let left = choose(&suite, &page, "sign-out").await;
    assert_eq!((left.status, left.header("location")), (303, Some(&*format!("{AFTER}?state=s"))));
    assert!(!is_alive(&suite, &suite.client, &tokens).await);
}

#[tokio::test]
async fn the_choice_is_made_on_our_page_in_this_session_and_by_post() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[]).await;
    let page = leave(&suite, &suite.browser, &[]).await;
    let fields = hidden(&page.body);
    let mut form: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.push(("action", "sign-out"));
    let foreign = suite.browser.call().form(&form).header("origin", "https://evil.example");
    assert_eq!(suite.call::<SignOut>(foreign).await.status, 403);
    for without in [vec![("action", "sign-out")], vec![("action", "sign-out"), ("ticket", "1..2")]] {
        assert_eq!(suite.call::<SignOut>(suite.browser.call().form(&without)).await.status, 403);
    }
    // The ticket of another session of the same user.
    suite.wait(2);
    suite.visit(&suite.request(&[("prompt", "login")])).await;
    assert_eq!(suite.call::<SignOut>(suite.browser.call().form(&form)).await.status, 403);
    assert!(is_alive(&suite, &suite.client, &tokens).await);
}

#[tokio::test]
async fn a_clients_posted_request_goes_on_by_get_where_our_cookies_come_along() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[]).await;
    let asked = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", AFTER)];
    let posted = Call::empty().form(&asked).header("origin", "https://client.example");
    let answer = suite.call::<SignOut>(posted).await;
    let location = answer.header("location").expect("on").to_owned();
    assert_eq!((answer.status, answer.cookies.len()), (303, 0));
    let query = location.strip_prefix("/api/v1/auth/oauth2/logout?").expect("the same by GET");
    let answer = suite.call::<Ask>(suite.browser.call().raw_query(query)).await;
    assert_eq!(answer.header("location"), Some(AFTER));
}

#[tokio::test]
async fn a_request_that_contradicts_itself_is_a_page_and_ends_nothing() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[]).await;
    let hint = text(&tokens, "id_token");
    let without = suite.register(|client| Client { openid: Settings::default(), ..client }).await;
    let access = suite.browser.cookie("access_token").expect("a cookie");
    for asked in [
        vec![("id_token_hint", hint), ("client_id", &suite.second.id)],
        vec![("id_token_hint", hint), ("id_token_hint", hint)],
        vec![("id_token_hint", text(&tokens, "access_token"))],
        vec![("id_token_hint", &access)],
        vec![("client_id", "nobody")],
        vec![("post_logout_redirect_uri", AFTER)],
        vec![("client_id", &without.id), ("post_logout_redirect_uri", AFTER)],
        vec![("client_id", &without.id), ("post_logout_redirect_uri", "https://client.example/cb")],
    ] {
        let answer = leave(&suite, &suite.browser, &asked).await;
        assert_eq!((answer.status, answer.header("location")), (400, None), "{asked:?}");
        assert_eq!(answer.cookies, [""; 0]);
    }
    assert!(is_alive(&suite, &suite.client, &tokens).await);
}

#[tokio::test]
async fn a_hint_that_has_expired_signs_its_session_out() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[]).await;
    suite.wait(3601);
    let answer = leave(&suite, &suite.browser, &[("id_token_hint", text(&tokens, "id_token"))]).await;
    assert!(answer.body.contains("You are signed out"), "{}", answer.body);
    assert_eq!(refusal(&suite.refresh(&suite.client, &tokens).await), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn more_sessions_than_one_page_of_them_are_ended() {
    let suite = Suite::new(Mode::Query).await;
    let mut all = Vec::new();
    for _ in 0..30 {
        all.push(suite.tokens(&[]).await);
    }
    leave(&suite, &suite.browser, &[("id_token_hint", text(&all[0], "id_token"))]).await;
    for tokens in &all {
        assert!(!is_alive(&suite, &suite.client, tokens).await);
    }
}

#[tokio::test]
async fn who_is_cut_off_half_way_is_signed_out_by_the_next_try() {
    for death in Death::each() {
        let suite = Suite::new(Mode::Query).await;
        let tokens = [suite.tokens(&[]).await, suite.tokens(&[]).await];
        let hint = [("id_token_hint", text(&tokens[0], "id_token"))];
        let lived = suite.dynamodb.kill(death, leave(&suite, &suite.browser, &hint)).await;
        assert_eq!(leave(&suite, &suite.browser, &hint).await.status, 200, "{death:?}");
        for tokens in &tokens {
            assert!(!is_alive(&suite, &suite.client, tokens).await, "{death:?}");
        }
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn who_would_stay_and_is_signed_out_by_now_is_told_so() {
    let suite = Suite::new(Mode::Query).await;
    suite.tokens(&[]).await;
    let page = leave(&suite, &suite.browser, &[("client_id", &suite.client.id)]).await;
    suite.browser.keep(&choose(&suite, &page, "sign-out").await);
    for _ in 0..2 {
        let told = choose(&suite, &page, "stay").await;
        let says = ["You are signed out", "您已退出登录"].iter().any(|words| told.body.contains(words));
        assert!(told.status == 200 && says, "{}", told.body);
    }
}

/// However the two meet: a code is exchanged while its session is signed out.
#[tokio::test]
async fn a_code_and_a_sign_out_at_once_leave_nothing_alive() {
    for _ in 0..20 {
        let suite = Suite::new(Mode::Query).await;
        let tokens = suite.tokens(&[]).await;
        let back = suite.visit(&suite.request(&[])).await;
        let hint = [("id_token_hint", text(&tokens, "id_token"))];
        let (exchanged, left, refreshed) = tokio::join!(
            suite.call::<Token>(suite.client.exchange(code(&back))),
            leave(&suite, &suite.browser, &hint),
            suite.refresh(&suite.client, &tokens),
        );
        assert_eq!(left.status, 200, "{}", left.body);
        for answer in [exchanged, refreshed] {
            if answer.status == 200 {
                assert!(!is_alive(&suite, &suite.client, &body(&answer)).await);
                assert_eq!(suite.refresh(&suite.client, &body(&answer)).await.status, 400);
            }
        }
    }
}

#[tokio::test]
async fn the_cookies_of_another_apps_session_are_left_alone() {
    let suite = Suite::new(Mode::Query).await;
    suite.visit(&suite.request(&[])).await;
    let app = suite.make_app("shop").await.id;
    let openid = Settings { post_logout_redirect_uris: vec![AFTER.parse().expect("one")], ..Settings::default() };
    let client = suite.register(|client| Client { app, openid, ..client }).await;
    let asked = [("client_id", client.id.as_str()), ("post_logout_redirect_uri", AFTER)];
    let answer = leave(&suite, &suite.browser, &asked).await;
    assert_eq!((answer.status, answer.cookies.len()), (302, 0));
    let ours = suite.call::<Authorize>(suite.browser.call().raw_query(&query(&suite.request(&[])))).await;
    assert!(matches!(suite.ended(ours), Ended::Back(_)), "still signed in");
}
