//! The modules of the OpenID Foundation's conformance suite, by their names: the plans Config OP, Basic OP, Form Post OP and
//! RP-Initiated Logout OP, with static clients.
//!
//! Each test does what the module's public description says that it does. What is for a person to look at there, as a page
//! that has to be shown, is the page that is looked for here.

use oauth::authorize::Decide;
use oauth::userinfo::UserInfo;
use oauth::{Introspect, Jwks, Metadata, Token};
use serde_json::{Value, json};
use shared::oauth::id_token::Hint;

use super::suite::{AFTER, Ended, LOGIN, Mode, Suite, claims, code, part};
use crate::world::{CHALLENGE, Call, VERIFIER, body, refusal, text};

/// Each module in a plan, with the response mode of the plan.
macro_rules! plans {
    ($($module:ident),* $(,)?) => {
        mod basic_op {
            use super::Mode;
            $(#[tokio::test] async fn $module() { super::$module(Mode::Query).await; })*
        }
        mod form_post_op {
            use super::Mode;
            $(#[tokio::test] async fn $module() { super::$module(Mode::FormPost).await; })*
        }
    };
}

plans! {
    oidcc_server,
    oidcc_response_type_missing,
    oidcc_idtoken_signature,
    oidcc_idtoken_unsigned,
    oidcc_userinfo_get,
    oidcc_userinfo_post_header,
    oidcc_userinfo_post_body,
    oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
    oidcc_scope_profile,
    oidcc_scope_email,
    oidcc_scope_address,
    oidcc_scope_phone,
    oidcc_scope_all,
    oidcc_ensure_other_scope_order_succeeds,
    oidcc_display_page,
    oidcc_display_popup,
    oidcc_prompt_login,
    oidcc_prompt_none_not_logged_in,
    oidcc_prompt_none_logged_in,
    oidcc_max_age_1,
    oidcc_max_age_10000,
    oidcc_ensure_request_with_unknown_parameter_succeeds,
    oidcc_id_token_hint,
    oidcc_login_hint,
    oidcc_ui_locales,
    oidcc_claims_locales,
    oidcc_ensure_request_with_acr_values_succeeds,
    oidcc_codereuse,
    oidcc_codereuse_30seconds,
    oidcc_ensure_registered_redirect_uri,
    oidcc_ensure_post_request_succeeds,
    oidcc_server_client_secret_post,
    oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
    oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
    oidcc_claims_essential,
    oidcc_ensure_request_object_with_redirect_uri,
    oidcc_refresh_token,
    oidcc_ensure_request_with_valid_pkce_succeeds,
}

/// What every flow of the suite looks at in an ID token (Core §3.1.3.7).
async fn check_id_token(suite: &Suite, tokens: &Value, nonce: Option<&str>) {
    let (token, said) = (text(tokens, "id_token"), claims(tokens));
    let now = suite.ctx.now();
    assert_eq!((&said["iss"], &said["aud"]), (&json!("https://auth.example"), &json!(suite.client.id)));
    assert_eq!((said["iat"].as_i64(), said["exp"].as_i64()), (Some(now.unix()), Some(now.unix() + 3600)));
    assert_eq!(said.get("nonce").and_then(Value::as_str), nonce);
    assert!(said["auth_time"].as_i64().is_some_and(|at| at <= now.unix()), "{said}");
    assert!(said["sub"].as_str().is_some_and(|sub| !sub.is_empty() && sub.is_ascii() && sub.len() < 256));
    let header = part(token, 0);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("JWT")));
    let keys = body(&suite.call::<Jwks>(Call::empty()).await);
    let key = keys["keys"].as_array().expect("keys").iter().find(|key| key["kid"] == header["kid"]).expect("its key");
    assert_eq!((&key["kty"], &key["use"]), (&json!("RSA"), &json!("sig")));
    let at = suite.ctx.at(now);
    let hint = Hint::read(token, |issuer| at.config.app_of(issuer), at.ring().await.expect("a ring"));
    assert_eq!(hint.expect("our signature").client.as_str(), suite.client.id);
}

async fn oidcc_server(mode: Mode) {
    let suite = Suite::new(mode).await;
    let back = suite.visit(&suite.request(&[])).await;
    assert_eq!((back.one("state"), back.one("iss")), (Ok(Some("xyz")), Ok(Some("https://auth.example"))));
    let call = Call::empty().form(&[
        ("grant_type", "authorization_code"),
        ("code", code(&back)),
        ("redirect_uri", &suite.client.redirect_uri),
    ]);
    let answer = suite.call::<Token>(call.header("authorization", &basic(&suite))).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{}", answer.body);
    let tokens = body(&answer);
    assert_eq!((&tokens["token_type"], &tokens["scope"]), (&json!("Bearer"), &json!("openid")));
    check_id_token(&suite, &tokens, Some("n-0S6_WzA2Mj")).await;
}

fn basic(suite: &Suite) -> String {
    use base64::Engine as _;
    let secret = suite.client.secret.as_deref().expect("a confidential client");
    let pair = format!("{}:{secret}", suite.client.id);
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

async fn oidcc_response_type_missing(mode: Mode) {
    let suite = Suite::new(mode).await;
    let Ended::Back(back) = suite.ask(&suite.request(&[("response_type", "")])).await else { panic!("not back") };
    assert_eq!((back.one("error"), back.one("state")), (Ok(Some("invalid_request")), Ok(Some("xyz"))));
}

async fn oidcc_idtoken_signature(mode: Mode) {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[]).await;
    check_id_token(&suite, &tokens, Some("n-0S6_WzA2Mj")).await;
}

/// Unsigned ID tokens are not offered: the suite skips the module where the metadata do not list `none`.
async fn oidcc_idtoken_unsigned(mode: Mode) {
    let suite = Suite::new(mode).await;
    let metadata = body(&suite.call::<Metadata>(Call::empty()).await);
    assert_eq!(metadata["id_token_signing_alg_values_supported"], json!(["RS256", "ES256", "EdDSA"]));
}

async fn oidcc_userinfo_get(mode: Mode) {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[]).await;
    let told = suite.userinfo(&tokens).await;
    assert_eq!(told, json!({"sub": claims(&tokens)["sub"]}));
}

async fn oidcc_userinfo_post_header(mode: Mode) {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[]).await;
    let call = Call::empty().bearer(text(&tokens, "access_token")).form(&[]);
    let answer = suite.call::<UserInfo<true>>(call).await;
    assert_eq!((answer.status, body(&answer)), (200, json!({"sub": claims(&tokens)["sub"]})));
}

async fn oidcc_userinfo_post_body(mode: Mode) {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[]).await;
    let call = Call::empty().form(&[("access_token", text(&tokens, "access_token"))]);
    let answer = suite.call::<UserInfo<true>>(call).await;
    assert_eq!((answer.status, body(&answer)), (200, json!({"sub": claims(&tokens)["sub"]})));
}

async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(mode: Mode) {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[("nonce", "")]).await;
    check_id_token(&suite, &tokens, None).await;
}

/// The names of the claims that userinfo tells for a scope, beside `sub`.
async fn told_for(mode: Mode, scope: &str) -> Vec<String> {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[("scope", scope)]).await;
    let told = suite.userinfo(&tokens).await;
    let members = told.as_object().expect("an object").keys();
    members.filter(|name| *name != "sub").cloned().collect()
}

async fn oidcc_scope_profile(mode: Mode) {
    assert_eq!(told_for(mode, "openid profile").await, ["locale", "name", "preferred_username", "updated_at"]);
}

async fn oidcc_scope_email(mode: Mode) {
    assert_eq!(told_for(mode, "openid email").await, ["email", "email_verified"]);
}

/// We keep no addresses and do not list the scope, so that the suite skips the module. It is passed over all the same.
async fn oidcc_scope_address(mode: Mode) {
    assert_eq!(told_for(mode, "openid address").await, [""; 0]);
}

async fn oidcc_scope_phone(mode: Mode) {
    assert_eq!(told_for(mode, "openid phone").await, ["phone_number", "phone_number_verified"]);
}

async fn oidcc_scope_all(mode: Mode) {
    let profile = ["locale", "name", "preferred_username", "updated_at"];
    let mut all = [&profile[..], &["email", "email_verified", "phone_number", "phone_number_verified"]].concat();
    all.sort_unstable();
    assert_eq!(told_for(mode, "openid profile email address phone").await, all);
}

async fn oidcc_ensure_other_scope_order_succeeds(mode: Mode) {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[("scope", "email openid")]).await;
    check_id_token(&suite, &tokens, Some("n-0S6_WzA2Mj")).await;
}

async fn oidcc_display_page(mode: Mode) {
    let suite = Suite::new(mode).await;
    check_id_token(&suite, &suite.tokens(&[("display", "page")]).await, Some("n-0S6_WzA2Mj")).await;
}

async fn oidcc_display_popup(mode: Mode) {
    let suite = Suite::new(mode).await;
    check_id_token(&suite, &suite.tokens(&[("display", "popup")]).await, Some("n-0S6_WzA2Mj")).await;
}

async fn oidcc_prompt_login(mode: Mode) {
    let suite = Suite::new(mode).await;
    let first = claims(&suite.tokens(&[]).await);
    suite.wait(2);
    let ended = suite.ask(&suite.request(&[("prompt", "login")])).await;
    assert!(matches!(ended, Ended::SignIn(_)), "somebody who is signed in signs in again: {ended:?}");
    let second = claims(&suite.tokens(&[("prompt", "login")]).await);
    assert_eq!(first["sub"], second["sub"]);
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "{second}");
}

async fn oidcc_prompt_none_not_logged_in(mode: Mode) {
    let suite = Suite::new(mode).await;
    assert_eq!(suite.silent_error(&[]).await.as_deref(), Some("login_required"));
}

async fn oidcc_prompt_none_logged_in(mode: Mode) {
    let suite = Suite::new(mode).await;
    let first = claims(&suite.tokens(&[]).await);
    suite.wait(2);
    let Ended::Back(back) = suite.ask(&suite.request(&[("prompt", "none")])).await else { panic!("a page") };
    let second = claims(&body(&suite.call::<Token>(suite.client.exchange(code(&back))).await));
    assert_eq!((&first["sub"], &first["auth_time"]), (&second["sub"], &second["auth_time"]));
}

async fn oidcc_max_age_1(mode: Mode) {
    let suite = Suite::new(mode).await;
    let first = claims(&suite.tokens(&[]).await);
    suite.wait(1);
    let ended = suite.ask(&suite.request(&[("max_age", "1")])).await;
    assert!(matches!(ended, Ended::SignIn(_)), "the session is too old: {ended:?}");
    let second = claims(&suite.tokens(&[("max_age", "1")]).await);
    assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "{second}");
}

async fn oidcc_max_age_10000(mode: Mode) {
    let suite = Suite::new(mode).await;
    let first = claims(&suite.tokens(&[]).await);
    suite.wait(2);
    let Ended::Back(back) = suite.ask(&suite.request(&[("max_age", "10000")])).await else { panic!("a page") };
    let second = claims(&body(&suite.call::<Token>(suite.client.exchange(code(&back))).await));
    assert_eq!(first["auth_time"], second["auth_time"]);
}

async fn oidcc_ensure_request_with_unknown_parameter_succeeds(mode: Mode) {
    let suite = Suite::new(mode).await;
    check_id_token(&suite, &suite.tokens(&[("extra", "foobar")]).await, Some("n-0S6_WzA2Mj")).await;
}

async fn oidcc_id_token_hint(mode: Mode) {
    let suite = Suite::new(mode).await;
    let first = suite.tokens(&[]).await;
    let hint = text(&first, "id_token");
    assert_eq!(suite.silent_error(&[("id_token_hint", hint)]).await, None);
    let second = claims(&suite.tokens(&[("prompt", "none"), ("id_token_hint", hint)]).await);
    assert_eq!(claims(&first)["sub"], second["sub"]);
}

async fn oidcc_login_hint(mode: Mode) {
    let suite = Suite::new(mode).await;
    let Ended::SignIn(page) = suite.ask(&suite.request(&[("login_hint", LOGIN)])).await else { panic!("no sign-in") };
    assert!(page.body.contains(&format!("name=\"login\" value=\"{LOGIN}\"")), "{}", page.body);
    check_id_token(&suite, &suite.tokens(&[("login_hint", "buffy@client.example")]).await, Some("n-0S6_WzA2Mj")).await;
}

async fn oidcc_ui_locales(mode: Mode) {
    let suite = Suite::new(mode).await;
    let Ended::SignIn(page) = suite.ask(&suite.request(&[("ui_locales", "zh-CN en")])).await else { panic!("no page") };
    assert!(page.body.contains("<html lang=\"zh"), "{}", page.body);
    check_id_token(&suite, &suite.tokens(&[("ui_locales", "se")]).await, Some("n-0S6_WzA2Mj")).await;
}

async fn oidcc_claims_locales(mode: Mode) {
    let suite = Suite::new(mode).await;
    check_id_token(&suite, &suite.tokens(&[("claims_locales", "se")]).await, Some("n-0S6_WzA2Mj")).await;
}

async fn oidcc_ensure_request_with_acr_values_succeeds(mode: Mode) {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[("acr_values", "1 2")]).await;
    assert_eq!(claims(&tokens)["acr"], "1");
}

async fn oidcc_codereuse(mode: Mode) {
    reuse_after(mode, 0).await;
}

async fn oidcc_codereuse_30seconds(mode: Mode) {
    reuse_after(mode, 30).await;
}

async fn reuse_after(mode: Mode, seconds: i64) {
    let suite = Suite::new(mode).await;
    let back = suite.visit(&suite.request(&[])).await;
    let tokens = body(&suite.call::<Token>(suite.client.exchange(code(&back))).await);
    suite.wait(seconds);
    let again = suite.call::<Token>(suite.client.exchange(code(&back))).await;
    assert_eq!(refusal(&again), (400, "invalid_grant".to_owned()));
    let call = Call::empty().bearer(text(&tokens, "access_token"));
    assert_eq!(suite.call::<UserInfo<false>>(call).await.status, 401, "the first token is revoked (RFC 6749 §4.1.2)");
}

async fn oidcc_ensure_registered_redirect_uri(mode: Mode) {
    let suite = Suite::new(mode).await;
    let ended = suite.ask(&suite.request(&[("redirect_uri", "https://client.example/other")])).await;
    assert!(matches!(&ended, Ended::Refused(page) if page.status == 400), "{ended:?}");
}

async fn oidcc_ensure_post_request_succeeds(mode: Mode) {
    let suite = Suite::new(mode).await;
    let posted = Call::empty().form(&suite.request(&[])).header("origin", "https://client.example");
    let answer = suite.call::<Decide>(posted).await;
    let location = answer.header("location").expect("the same by GET").to_owned();
    assert_eq!(answer.status, 303);
    let (path, query) = location.split_once('?').expect("a query");
    assert_eq!(path, "/api/v1/auth/oauth2/authorize");
    let form = runtime::Form::read(query.as_bytes());
    let request: Vec<_> = suite.request(&[]).iter().map(|(name, _)| (*name, form.one(name).expect("one"))).collect();
    assert_eq!(request, suite.request(&[]).into_iter().map(|(name, value)| (name, Some(value))).collect::<Vec<_>>());
}

async fn oidcc_server_client_secret_post(mode: Mode) {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[]).await;
    check_id_token(&suite, &tokens, Some("n-0S6_WzA2Mj")).await;
}

async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(mode: Mode) {
    let suite = Suite::new(mode).await;
    let Ended::Back(back) = suite.ask(&suite.request(&[("request", "e30.e30.")])).await else { panic!("not back") };
    assert_eq!((back.one("error"), back.one("state")), (Ok(Some("request_not_supported")), Ok(Some("xyz"))));
    // The suite puts everything but what OAuth requires into the object: `state` and the nonce are in there alone.
    let alone = suite.request(&[("request", "e30.e30."), ("state", ""), ("nonce", "")]);
    let Ended::Back(back) = suite.ask(&alone).await else { panic!("not back") };
    assert_eq!((back.one("error"), back.one("state")), (Ok(Some("request_not_supported")), Ok(None)));
    let metadata = body(&suite.call::<Metadata>(Call::empty()).await);
    assert_eq!(metadata["request_parameter_supported"], false);
}

async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(mode: Mode) {
    let suite = Suite::new(mode).await;
    let uri = [("request_uri", "https://client.example/request")];
    let Ended::Back(back) = suite.ask(&suite.request(&uri)).await else { panic!("not back") };
    assert_eq!((back.one("error"), back.one("state")), (Ok(Some("request_uri_not_supported")), Ok(Some("xyz"))));
}

async fn oidcc_claims_essential(mode: Mode) {
    let suite = Suite::new(mode).await;
    let tokens = suite.tokens(&[("claims", r#"{"userinfo":{"name":{"essential":true}}}"#)]).await;
    assert_eq!(suite.userinfo(&tokens).await["name"], "Ada Lovelace");
}

/// The address outside of the request object is not registered: a page says so, and nothing of the object is read.
async fn oidcc_ensure_request_object_with_redirect_uri(mode: Mode) {
    let suite = Suite::new(mode).await;
    let elsewhere = [("request", "e30.e30."), ("redirect_uri", "https://client.example/cb/invalid"), ("state", "")];
    let ended = suite.ask(&suite.request(&elsewhere)).await;
    assert!(matches!(&ended, Ended::Refused(page) if page.status == 400), "{ended:?}");
}

async fn oidcc_refresh_token(mode: Mode) {
    let suite = Suite::new(mode).await;
    let first = suite.tokens(&[("scope", "openid offline_access"), ("prompt", "consent")]).await;
    suite.wait(60);
    let answer = suite.refresh(&suite.client, &first).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let second = body(&answer);
    let (before, after) = (claims(&first), claims(&second));
    for same in ["iss", "sub", "aud", "azp", "auth_time", "sid"] {
        assert_eq!(before[same], after[same], "{same}");
    }
    assert!(after["iat"].as_i64() > before["iat"].as_i64(), "{after}");
    check_id_token(&suite, &second, None).await;
    // The suite repeats the scope.
    let token = text(&second, "refresh_token");
    let again = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", "openid offline_access")];
    let answer = suite.call::<Token>(suite.client.form(&again)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let second = body(&answer);
    // A refresh token of one client is worth nothing to another.
    let refused = suite.refresh(&suite.second, &second).await;
    assert_eq!(refusal(&refused), (400, "invalid_grant".to_owned()));
    let seen = suite.call::<Introspect>(suite.client.form(&[("token", text(&second, "access_token"))])).await;
    assert_eq!(body(&seen)["active"], true);
}

async fn oidcc_ensure_request_with_valid_pkce_succeeds(mode: Mode) {
    let suite = Suite::new(mode).await;
    let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let back = suite.visit(&suite.request(&pkce)).await;
    let form = [("code", code(&back)), ("redirect_uri", &suite.client.redirect_uri), ("code_verifier", VERIFIER)];
    assert_eq!(suite.call::<Token>(suite.client.form(&form)).await.status, 200);
}

mod config_op {
    use oauth::{Jwks, Metadata};
    use serde_json::json;

    use super::{Mode, Suite};
    use crate::world::{Call, body, text};

    #[tokio::test]
    async fn oidcc_discovery_endpoint_verification() {
        let suite = Suite::new(Mode::Query).await;
        let metadata = body(&suite.call::<Metadata<true>>(Call::empty()).await);
        assert_eq!(metadata["issuer"], "https://auth.example");
        for endpoint in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
            assert!(text(&metadata, endpoint).starts_with("https://auth.example/"), "{endpoint}");
        }
        for (list, known) in [
            ("response_types_supported", "code"),
            ("subject_types_supported", "public"),
            ("id_token_signing_alg_values_supported", "RS256"),
            ("scopes_supported", "openid"),
            ("claims_supported", "sub"),
        ] {
            assert!(metadata[list].as_array().is_some_and(|list| list.contains(&json!(known))), "{list}");
        }
        let keys = body(&suite.call::<Jwks>(Call::empty()).await);
        let mut ids: Vec<_> = keys["keys"].as_array().expect("keys").iter().map(|key| text(key, "kid")).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "each key has an id of its own");
        assert!(
            keys["keys"].as_array().expect("keys").iter().all(|key| key.get("d").is_none() && key.get("p").is_none())
        );
    }
}

mod rp_initiated_logout_op {
    use oauth::{Metadata, logout};
    use serde_json::Value;

    use super::{AFTER, Mode, Suite};
    use crate::world::{Browser, Call, body, text};

    /// What the suite does before each of them.
    async fn signed_in() -> (Suite, Value) {
        let suite = Suite::new(Mode::Query).await;
        let tokens = suite.tokens(&[]).await;
        (suite, tokens)
    }

    async fn leave(suite: &Suite, parameters: &[(&str, &str)]) -> runtime::Answer {
        let answer = suite.call::<logout::Ask>(suite.browser.call().raw_query(&runtime::query(parameters))).await;
        suite.browser.keep(&answer);
        answer
    }

    /// Whether the next request that shows no page finds nobody signed in.
    async fn is_out(suite: &Suite) -> bool {
        suite.silent_error(&[]).await.as_deref() == Some("login_required")
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
        let suite = Suite::new(Mode::Query).await;
        let metadata = body(&suite.call::<Metadata<true>>(Call::empty()).await);
        assert_eq!(metadata["end_session_endpoint"], "https://auth.example/api/v1/auth/oauth2/logout");
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout() {
        let (suite, tokens) = signed_in().await;
        let hint = text(&tokens, "id_token");
        // As long as the suite's own.
        let state = "x".repeat(128);
        let asked = [("id_token_hint", hint), ("post_logout_redirect_uri", AFTER), ("state", &state)];
        let answer = leave(&suite, &asked).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some(&*format!("{AFTER}?state={state}"))));
        assert!(is_out(&suite).await);
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
        let (suite, tokens) = signed_in().await;
        let hint = text(&tokens, "id_token");
        let asked = [("id_token_hint", hint), ("post_logout_redirect_uri", "https://client.example/other")];
        let answer = leave(&suite, &asked).await;
        assert_eq!((answer.status, answer.header("location")), (400, None));
        assert!(!is_out(&suite).await);
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
        let (suite, tokens) = signed_in().await;
        let uri = format!("{AFTER}?foo=bar");
        let asked = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", &uri)];
        let answer = leave(&suite, &asked).await;
        assert_eq!((answer.status, answer.header("location")), (400, None));
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
        use base64::Engine as _;
        let (suite, tokens) = signed_in().await;
        let none = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let unsigned = format!("{none}.{}.", text(&tokens, "id_token").split('.').nth(1).expect("claims"));
        let answer = leave(&suite, &[("id_token_hint", &unsigned), ("post_logout_redirect_uri", AFTER)]).await;
        assert_eq!((answer.status, answer.header("location")), (400, None));
        assert!(!is_out(&suite).await);
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
        let (suite, tokens) = signed_in().await;
        // One with a signature of other keys.
        let other = signed_in().await.1;
        let (head, _) = text(&tokens, "id_token").rsplit_once('.').expect("a signature");
        let (_, signature) = text(&other, "id_token").rsplit_once('.').expect("a signature");
        let forged = format!("{head}.{signature}");
        for hint in [forged.as_str(), text(&other, "id_token"), "not a token"] {
            let answer = leave(&suite, &[("id_token_hint", hint), ("post_logout_redirect_uri", AFTER)]).await;
            assert_eq!((answer.status, answer.header("location")), (400, None));
        }
        assert!(!is_out(&suite).await);
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_no_id_token_hint() {
        let (suite, _) = signed_in().await;
        let asked = [("post_logout_redirect_uri", AFTER), ("client_id", &suite.client.id), ("state", "abc")];
        let answer = leave(&suite, &asked).await;
        assert_eq!((answer.status, answer.header("location")), (200, None));
        assert!(answer.body.contains("value=\"sign-out\""), "the user is asked: {}", answer.body);
        assert!(!is_out(&suite).await);
        // As the suite sends it: nothing says whose address it is, so a page says that it cannot be used.
        let answer = leave(&suite, &[("post_logout_redirect_uri", AFTER), ("state", "abc")]).await;
        assert_eq!((answer.status, answer.header("location")), (400, None));
        assert!(!is_out(&suite).await);
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_no_params() {
        let (suite, _) = signed_in().await;
        let answer = leave(&suite, &[]).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("value=\"sign-out\""), "{}", answer.body);
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_only_state() {
        let (suite, _) = signed_in().await;
        let answer = leave(&suite, &[("state", "abc")]).await;
        assert_eq!((answer.status, answer.header("location")), (200, None));
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
        let (suite, tokens) = signed_in().await;
        let answer = leave(&suite, &[("id_token_hint", text(&tokens, "id_token"))]).await;
        assert_eq!((answer.status, answer.header("location")), (200, None));
        assert!(answer.body.contains("You are signed out"), "{}", answer.body);
        assert!(is_out(&suite).await);
    }

    #[tokio::test]
    async fn oidcc_rp_initiated_logout_no_state() {
        let (suite, tokens) = signed_in().await;
        let asked = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", AFTER)];
        let answer = leave(&suite, &asked).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some(AFTER)));
    }

    /// A browser that another machine of the same user is not.
    #[tokio::test]
    async fn a_browser_that_shows_no_session_is_sent_on_and_ends_none() {
        let (suite, tokens) = signed_in().await;
        let asked = [("id_token_hint", text(&tokens, "id_token")), ("post_logout_redirect_uri", AFTER)];
        let stranger = Browser::default();
        let answer = suite.call::<logout::Ask>(stranger.call().raw_query(&runtime::query(&asked))).await;
        assert_eq!((answer.status, answer.header("location")), (302, Some(AFTER)));
        assert!(!is_out(&suite).await);
    }
}
