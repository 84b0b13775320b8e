//! The exchanges, clause by clause: `docs/api/oauth.md#token`.

use local::faults::{Fault, On, Times};
use oauth::Token;
use oauth::grants::Choose;
use oauth::mementos::ShowMemento;
use serde_json::{Value, json};
use shared::app::App;
use shared::clock::Seconds;
use shared::oauth::client::Client;
use shared::oauth::code::LIFETIME;
use shared::store::AppConflict;

use crate::mementos::create;
use crate::world::{
    ADA, Browser, CALLBACK, CHALLENGE, Call, Known, VERIFIER, World, body, is_for_pages_elsewhere, refusal, text,
};

async fn world() -> (World, Known, Browser) {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    (world, client, browser)
}

async fn proven_code(world: &World, client: &Known, browser: &Browser) -> String {
    let mut request = client.request();
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    world.consent(browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned()
}

#[tokio::test]
async fn a_code_gives_the_documented_answer_in_a_form_and_in_json_with_a_grant_type_and_without() {
    let (world, client, browser) = world().await;
    for grant_type in [None, Some("authorization_code")] {
        for as_json in [false, true] {
            let code = world.code(&browser, &client, &[]).await;
            let mut pairs = vec![("code", code.as_str()), ("redirect_uri", CALLBACK), ("extra", "ignored")];
            pairs.extend(grant_type.map(|grant| ("grant_type", grant)));
            let call = if as_json {
                let credentials =
                    [("client_id", client.id.as_str()), ("client_secret", client.secret.as_deref().unwrap())];
                let members: serde_json::Map<_, _> =
                    pairs.iter().chain(&credentials).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                Call::empty().json(&Value::Object(members))
            } else {
                client.form(&pairs)
            };
            let answer = world.call::<Token>(call).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let mut given = body(&answer);
            for token in ["access_token", "refresh_token"] {
                assert!(given.as_object_mut().unwrap().remove(token).is_some(), "{token}");
            }
            assert_eq!(given, json!({"token_type": "Bearer", "expires_in": 3600, "scope": "mementos profile"}));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            assert_eq!(answer.header("pragma"), Some("no-cache"));
            assert!(!is_for_pages_elsewhere(&answer));
        }
    }
}

#[tokio::test]
async fn the_access_token_has_the_shape_of_rfc_9068() {
    let (world, client, browser) = world().await;
    let tokens = world.tokens(&browser, &client, &[]).await;
    let parts: Vec<_> = text(&tokens, "access_token").split('.').take(2).map(decode).collect();
    let [head, claims] = parts.as_slice() else { panic!("a JWT") };
    assert_eq!((&head["typ"], &head["alg"]), (&"at+jwt".into(), &"ES256".into()));
    let now = world.ctx.now().unix();
    assert_eq!((&claims["iss"], &claims["aud"]), (&"https://auth.example".into(), &"https://auth.example/api".into()));
    assert_eq!((&claims["iat"], &claims["exp"]), (&now.into(), &(now + 3600).into()));
    assert_eq!((&claims["client_id"], &claims["scope"]), (&client.id.as_str().into(), &"mementos profile".into()));
    assert!(claims["sub"].is_string() && claims["jti"].is_string(), "{claims}");
}

fn decode(part: &str) -> Value {
    // base64url, by hand: the test must not share the code that it tests.
    let value = |byte: u8| {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".iter().position(|known| *known == byte)
    };
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in part.bytes() {
        bits = bits << 6 | u32::try_from(value(byte).expect("base64url")).expect("small");
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("a byte"));
        }
    }
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn each_missing_parameter_is_an_invalid_request() {
    let (world, client, browser) = world().await;
    let code = world.code(&browser, &client, &[]).await;
    for pairs in [
        vec![],
        vec![("redirect_uri", CALLBACK)],
        vec![("grant_type", "authorization_code"), ("redirect_uri", CALLBACK)],
        vec![("code", code.as_str())],
        vec![("code", code.as_str()), ("redirect_uri", "")],
        vec![("code", ""), ("redirect_uri", CALLBACK)],
        vec![("grant_type", "refresh_token")],
        vec![("code", code.as_str()), ("code", code.as_str()), ("redirect_uri", CALLBACK)],
    ] {
        let answer = world.call::<Token>(client.form(&pairs)).await;
        assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()), "{pairs:?}");
    }
    for grant in ["password", "implicit", "x"] {
        let answer = world.call::<Token>(client.form(&[("grant_type", grant), ("code", &code)])).await;
        assert_eq!(refusal(&answer), (400, "unsupported_grant_type".to_owned()), "{grant}");
    }
    for body in ["{", "[]", r#"{"code":1}"#, r#"{"code":"a","code":"b"}"#] {
        let call = Call::empty().raw_form(body).header("content-type", "application/json");
        assert_eq!(refusal(&world.call::<Token>(call).await), (400, "invalid_request".to_owned()), "{body}");
    }
    assert_eq!(world.call::<Token>(client.exchange(&code)).await.status, 200, "none of that spent the code");
}

#[tokio::test]
async fn a_code_is_good_for_its_client_and_address_only_and_what_fails_does_not_spend_it() {
    let (world, client, browser) = world().await;
    let other = world.client().await;
    let code = world.code(&browser, &client, &[]).await;
    for call in [
        other.exchange(&code),
        client.form(&[("code", &code), ("redirect_uri", "https://client.example/cb/")]),
        client.form(&[("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)]),
        client.exchange("x"),
        client.exchange(&format!("{code}A")),
    ] {
        assert_eq!(refusal(&world.call::<Token>(call).await), (400, "invalid_grant".to_owned()));
    }
    assert_eq!(world.call::<Token>(client.exchange(&code)).await.status, 200);
}

#[tokio::test]
async fn a_code_lives_ten_minutes() {
    let (world, client, browser) = world().await;
    let (one, other) = (world.code(&browser, &client, &[]).await, world.code(&browser, &client, &[]).await);
    world.clock.advance(Seconds(599));
    assert_eq!(world.call::<Token>(client.exchange(&one)).await.status, 200);
    world.clock.advance(Seconds(1));
    assert_eq!(refusal(&world.call::<Token>(client.exchange(&other)).await), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_second_exchange_is_refused_and_revokes_what_the_first_one_gave() {
    let (world, client, browser) = world().await;
    let code = world.code(&browser, &client, &[]).await;
    let tokens = body(&world.call::<Token>(client.exchange(&code)).await);
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await["active"], true);
    assert_eq!(refusal(&world.call::<Token>(client.exchange(&code)).await), (400, "invalid_grant".to_owned()));
    for token in ["access_token", "refresh_token"] {
        assert_eq!(world.introspect(&client, text(&tokens, token)).await, json!({"active": false}));
    }
    assert_eq!(refusal(&world.refresh(&client, &tokens).await), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_challenge_wants_its_verifier() {
    let (world, client, browser) = world().await;
    let code = proven_code(&world, &client, &browser).await;
    let exchange = |verifier: &str| {
        client.form(&[("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", verifier)])
    };
    for wrong in ["", CHALLENGE, "x", &VERIFIER.to_lowercase()] {
        assert_eq!(refusal(&world.call::<Token>(exchange(wrong)).await), (400, "invalid_grant".to_owned()), "{wrong}");
    }
    assert_eq!(world.call::<Token>(exchange(VERIFIER)).await.status, 200);
}

#[tokio::test]
async fn a_public_client_is_its_id_and_its_verifier() {
    let (world, _, browser) = world().await;
    let client = world.register(|client| Client { public: true, ..client }).await;
    let code = proven_code(&world, &client, &browser).await;
    let pairs = [("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let secret = [("client_id", client.id.as_str()), ("client_secret", "anything")];
    let answer = world.call::<Token>(Call::empty().form(&[secret.as_slice(), &pairs].concat())).await;
    assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()));
    let answer = world.call::<Token>(client.form(&pairs)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(world.refresh(&client, &body(&answer)).await.status, 200);
}

#[tokio::test]
async fn a_refresh_rotates_and_an_old_token_revokes_all() {
    let (world, client, browser) = world().await;
    let first = world.tokens(&browser, &client, &[]).await;
    let second = body(&world.refresh(&client, &first).await);
    assert_ne!(text(&first, "refresh_token"), text(&second, "refresh_token"));
    assert_eq!(second["scope"], "mementos profile");
    let again = body(&world.refresh(&client, &first).await);
    assert_eq!(text(&again, "refresh_token"), text(&second, "refresh_token"), "a lost answer is given again");
    world.clock.advance(Seconds(61));
    assert_eq!(refusal(&world.refresh(&client, &first).await), (400, "invalid_grant".to_owned()));
    assert_eq!(refusal(&world.refresh(&client, &second).await), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn another_clients_refresh_token_is_refused_and_unharmed() {
    let (world, client, browser) = world().await;
    let other = world.client().await;
    let tokens = world.tokens(&browser, &client, &[]).await;
    assert_eq!(refusal(&world.refresh(&other, &tokens).await), (400, "invalid_grant".to_owned()));
    world.clock.advance(Seconds(120));
    assert_eq!(world.refresh(&client, &tokens).await.status, 200);
}

#[tokio::test]
async fn a_scope_may_only_shrink() {
    let (world, client, browser) = world().await;
    let tokens = world.tokens(&browser, &client, &[]).await;
    let refresh = |scope: &str| {
        client.form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&tokens, "refresh_token")),
            ("scope", scope),
        ])
    };
    for wider in ["profile email", "email", "admin", "\u{e9}"] {
        assert_eq!(refusal(&world.call::<Token>(refresh(wider)).await), (400, "invalid_scope".to_owned()), "{wider}");
    }
    world.clock.advance(Seconds(120));
    let narrower = world.call::<Token>(refresh("profile")).await;
    assert_eq!(body(&narrower)["scope"], "profile", "the refusals left the token good");
    // What nobody knows was passed over when the user was asked, and is again.
    let said_again = world.call::<Token>(refresh("openid profile offline_access \"")).await;
    assert_eq!(body(&said_again)["scope"], "profile");
    let whole = body(&world.refresh(&client, &body(&narrower)).await);
    assert_eq!(whole["scope"], "mementos profile", "RFC 6749 §6: the grant is as wide as it was");
}

#[tokio::test]
async fn a_token_of_a_refused_request_is_as_good_as_before() {
    let world = World::configured(&[("RATE_LIMIT_CLIENT", "4"), ("RATE_LIMIT_WINDOW_SECONDS", "60")]).await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let code = world.code(&browser, &client, &[]).await;
    for _ in 0..4 {
        world.call::<Token>(client.exchange("x")).await;
    }
    let refused = world.call::<Token>(client.exchange(&code)).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").is_some());
    world.clock.advance(Seconds(120));
    let again = world.call::<Token>(client.exchange(&code)).await;
    assert_eq!(again.status, 200, "{}", again.body);
}

/// A server sends the requests of all its users from one address.
#[tokio::test]
async fn a_client_with_its_secret_is_counted_by_itself_and_everybody_else_by_their_address() {
    let world = World::configured(&[("RATE_LIMIT_DEFAULT", "2"), ("RATE_LIMIT_CLIENT", "4")]).await;
    let (client, other) = (world.client().await, world.client().await);
    let public = world.register(|client| Client { public: true, ..client }).await;
    let status = async |call: Call| world.call::<Token>(call).await.status;
    let guess = || Call::empty().form(&[("client_id", &client.id), ("client_secret", "ls_wrong"), ("code", "x")]);
    let mut statuses = Vec::new();
    for call in [client.exchange("x"), client.exchange("x"), client.exchange("x"), guess(), guess(), guess()] {
        statuses.push(status(call).await);
    }
    assert_eq!(statuses, [400, 400, 400, 401, 401, 429], "guesses use up the address, and not the client");
    assert_eq!(status(client.exchange("x")).await, 400, "the fourth");
    let answer = world.call::<Token>(client.exchange("x")).await;
    assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (429, Some("4")));
    assert_eq!(status(other.exchange("x")).await, 400, "another client of that address");
    assert_eq!(status(public.exchange("x")).await, 429, "a public client proves nothing");
}

#[tokio::test]
async fn authorization_details_come_back_with_what_was_picked() {
    let (world, client, browser) = world().await;
    let memento = crate::mementos::create(&world, &browser, "Tax").await;
    let id = text(&memento, "id");
    let mut request = client.request();
    request.push(("authorization_details", r#"[{"type":"memento","actions":["read"]}]"#));
    let code = world.consent(&browser, &request, &[id]).await.one("code").expect("one").expect("a code").to_owned();
    let tokens = body(&world.call::<Token>(client.exchange(&code)).await);
    let details = json!([{"type": "memento", "identifier": id, "actions": ["read"]}]);
    assert_eq!(tokens["authorization_details"], details);
    let introspection = world.introspect(&client, text(&tokens, "access_token")).await;
    assert_eq!(introspection["authorization_details"], details);
    assert_eq!(body(&world.refresh(&client, &tokens).await)["authorization_details"], details);
}

/// RFC 9396 §7: "the AS MUST also return the `authorization_details` as granted".
#[tokio::test]
async fn somebody_who_asks_for_details_at_the_token_endpoint_is_answered_with_them() {
    let (world, client, browser) = world().await;
    let memento = crate::mementos::create(&world, &browser, "Tax").await;
    let id = text(&memento, "id");
    let tokens = world.tokens(&browser, &client, &[id]).await;
    assert_eq!(tokens.get("authorization_details"), None);
    let refresh = client.form(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&tokens, "refresh_token")),
        ("authorization_details", r#"[{"type":"memento"}]"#),
    ]);
    let refreshed = body(&world.call::<Token>(refresh).await);
    let details = json!([{"type": "memento", "identifier": id, "actions": ["read"]}]);
    assert_eq!(refreshed["authorization_details"], details);
}

#[tokio::test]
async fn a_code_that_is_presented_again_after_its_ten_minutes_ends_what_it_gave() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let [used, unused] = [world.code(&browser, &client, &[]).await, world.code(&browser, &client, &[]).await];
    let tokens = body(&world.call::<Token>(client.exchange(&used)).await);
    world.clock.advance(LIFETIME);
    let late = world.call::<Token>(client.exchange(&unused)).await;
    assert_eq!(refusal(&late), (400, "invalid_grant".to_owned()));
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await["active"], true);
    let again = world.call::<Token>(client.exchange(&used)).await;
    assert_eq!(refusal(&again), (400, "invalid_grant".to_owned()));
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await, json!({"active": false}));
    assert_eq!(refusal(&world.refresh(&client, &tokens).await), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_code_is_good_again_when_the_read_beside_its_exchange_failed() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let code = world.code(&browser, &client, &[]).await;
    world.dynamodb.inject(Fault::InternalError, On::operation("GetItem"), Times::Forever);
    let down = world.call::<Token>(client.exchange(&code)).await;
    assert_eq!((down.status, down.header("retry-after").is_some()), (503, true), "{}", down.body);
    world.dynamodb.heal();
    let up = world.call::<Token>(client.exchange(&code)).await;
    assert_eq!(up.status, 200, "{}", up.body);
}

#[tokio::test]
async fn a_refresh_token_keeps_its_minute_whatever_is_refused_in_it() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let old = text(&tokens, "refresh_token");
    assert_eq!(world.refresh(&client, &tokens).await.status, 200);
    world.clock.advance(Seconds(59));
    let wide = [("grant_type", "refresh_token"), ("refresh_token", old), ("scope", "profile email")];
    let wide = world.call::<Token>(client.form(&wide)).await;
    assert_eq!(refusal(&wide), (400, "invalid_scope".to_owned()));
    world.clock.advance(Seconds(1));
    assert_eq!(refusal(&world.refresh(&client, &tokens).await), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_before_anybody_looks_who_sends_it() {
    let world = World::new().await;
    let long = (0..20_000).map(|name| format!("{name}=")).collect::<Vec<_>>().join("&");
    let answer = world.call::<Token>(Call::empty().raw_form(&long)).await;
    assert_eq!(answer.status, 413, "{}", answer.body);
}

#[tokio::test]
async fn a_client_of_an_app_that_is_disabled_is_none() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let code = world.code(&browser, &client, &[]).await;
    let id = "default".parse().expect("an app id");
    let disable = |app: App| Ok::<_, AppConflict>(App { disabled: true, ..app });
    world.ctx.store.change_app(&id, disable).await.expect("changed");
    world.clock.advance(Seconds(61));
    assert_eq!(refusal(&world.call::<Token>(client.exchange(&code)).await), (401, "invalid_client".to_owned()));
}

fn details(ids: &[&str]) -> String {
    json!(ids.iter().map(|id| json!({"type": "memento", "identifier": id})).collect::<Vec<_>>()).to_string()
}

#[tokio::test]
async fn an_access_token_can_be_narrowed_to_some_of_the_mementos_and_to_no_others() {
    let (world, client, browser) = world().await;
    let ids = [create(&world, &browser, "Tax").await, create(&world, &browser, "Work").await];
    let [tax, work] = ids.each_ref().map(|made| text(made, "id"));
    let other = create(&world, &browser, "Other").await;
    let code = world.code(&browser, &client, &[tax, work]).await;
    let exchange = |asked: &str| {
        let pairs = [("code", code.as_str()), ("redirect_uri", CALLBACK), ("authorization_details", asked)];
        client.form(&pairs)
    };
    let refused = [details(&[tax, text(&other, "id")]), r#"[{"type":"payment"}]"#.to_owned(), "x".to_owned()];
    for asked in refused {
        let answer = world.call::<Token>(exchange(&asked)).await;
        assert_eq!(refusal(&answer), (400, "invalid_authorization_details".to_owned()), "{asked}");
    }
    let answer = world.call::<Token>(exchange(&details(&[tax]))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tokens = body(&answer);
    let granted = json!([{"type": "memento", "identifier": tax, "actions": ["read"]}]);
    assert_eq!(tokens["authorization_details"], granted);
    let token = text(&tokens, "access_token");
    let known = world.introspect(&client, token).await;
    assert_eq!((&known["mementos"], &known["authorization_details"]), (&json!([tax]), &granted));
    let show = |id: &str| world.call::<ShowMemento>(Call::empty().bearer(token).path("id", id));
    assert_eq!((show(tax).await.status, show(work).await.status), (200, 404));
    // What the user takes back is gone from it, too; and it never shows more.
    let choose = |ids: &[&str]| browser.call().path("client_id", &client.id).json(&json!({"mementos": ids}));
    assert_eq!(world.call::<Choose>(choose(&[work])).await.status, 200);
    assert_eq!(world.introspect(&client, token).await["mementos"], json!([]));
    assert_eq!((show(tax).await.status, show(work).await.status), (404, 404));
    assert_eq!(world.call::<Choose>(choose(&[tax, work])).await.status, 200);
    // The next token is for all that was granted, unless it is narrowed too.
    let next = body(&world.refresh(&client, &tokens).await);
    let whole = world.introspect(&client, text(&next, "access_token")).await;
    assert_eq!(whole["mementos"].as_array().expect("a list").len(), 2, "{whole}");
    let refresh = |asked: &str| {
        let token = text(&next, "refresh_token");
        client.form(&[("grant_type", "refresh_token"), ("refresh_token", token), ("authorization_details", asked)])
    };
    let wide = world.call::<Token>(refresh(&details(&[text(&other, "id")]))).await;
    assert_eq!(refusal(&wide), (400, "invalid_authorization_details".to_owned()));
    let narrow = body(&world.call::<Token>(refresh(&details(&[work]))).await);
    assert_eq!(world.introspect(&client, text(&narrow, "access_token")).await["mementos"], json!([work]));
}
