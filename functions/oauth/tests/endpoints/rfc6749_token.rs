//! RFC 6749 §2.3, §3.2 and §5: the token endpoint, and what machines are answered.

use local::faults::{Fault, On, Times};
use oauth::wire::OauthError;
use oauth::{Introspect, Revoke, Token};
use runtime::{Answer, Ctx, Endpoint, Preferences, WireError, query};
use serde_json::json;
use shared::clock::Seconds;
use shared::oauth::client::Client;

use crate::clients::basic;
use crate::rfc6749::is_a_description;
use crate::world::{ADA, Browser, CALLBACK, CHALLENGE, Call, Known, VERIFIER, World, body, refusal, text};

async fn public(world: &World, browser: &Browser) -> (Known, String) {
    let client = world.register(|client| Client { public: true, ..client }).await;
    let mut request = client.request();
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let code = world.consent(browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned();
    (client, code)
}

#[tokio::test]
async fn section_2_3_1_a_public_client_may_name_itself_by_basic_with_an_empty_password_only() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let (client, code) = public(&world, &browser).await;
    let pairs = [("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let presented = |password| Call::empty().form(&pairs).header("authorization", &basic(&client.id, password));
    let refused = world.call::<Token>(presented("anything")).await;
    assert_eq!(refusal(&refused), (401, "invalid_client".to_owned()));
    assert_eq!(refused.header("www-authenticate"), Some("Basic realm=\"oauth2\""));
    let given = world.call::<Token>(presented("")).await;
    assert_eq!(given.status, 200, "{}", given.body);
    let tokens = body(&given);
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
    let call = Call::empty().form(&pairs).header("authorization", &basic(&client.id, ""));
    assert_eq!(world.call::<Token>(call).await.status, 200);
}

/// "The parameters can only be transmitted in the request-body and MUST NOT be included in the request URI."
#[tokio::test]
async fn section_2_3_1_secrets_and_codes_in_the_query_are_not_read() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let code = world.code(&browser, &client, &[]).await;
    let secret = client.secret.as_deref().expect("a secret");
    let credentials = [("client_id", client.id.as_str()), ("client_secret", secret)];
    let given = [("code", code.as_str()), ("redirect_uri", CALLBACK)];
    for (in_query, in_body, expected) in [
        (credentials.to_vec(), given.to_vec(), (401, "invalid_client")),
        (credentials[1..].to_vec(), [&credentials[..1], &given].concat(), (401, "invalid_client")),
        (given.to_vec(), credentials.to_vec(), (400, "invalid_request")),
        (given[..1].to_vec(), [&credentials[..], &given[1..]].concat(), (400, "invalid_request")),
        ([&credentials[..], &given].concat(), vec![], (401, "invalid_client")),
    ] {
        let mut call = Call::empty().raw_query(&query(&in_query)).form(&in_body);
        for (name, value) in &in_query {
            call = call.query(name, value);
        }
        let (status, error) = expected;
        assert_eq!(refusal(&world.call::<Token>(call).await), (status, error.to_owned()), "{in_query:?}");
    }
    let token = [("token", "x")];
    for call in [
        client.form(&[]).raw_query(&query(&token)).query("token", "x"),
        client.form(&[("token", "")]).raw_query(&query(&token)).query("token", "x"),
    ] {
        assert_eq!(refusal(&world.call::<Introspect>(call.clone()).await), (400, "invalid_request".to_owned()));
        assert_eq!(refusal(&world.call::<Revoke>(call).await), (400, "invalid_request".to_owned()));
    }
    assert_eq!(world.call::<Token>(client.exchange(&code)).await.status, 200, "none of that spent the code");
}

#[test]
fn section_3_2_machines_are_served_by_post_alone() {
    assert_eq!([Token::ROUTE.method, Introspect::ROUTE.method, Revoke::ROUTE.method], ["POST"; 3]);
}

/// An answer that names tokens, or says of one what it is, is kept by nobody on the way (§5.1).
fn uncached(answer: &Answer, case: &str) {
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}: {}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{case}: {}", answer.body);
}

#[tokio::test]
async fn section_5_1_no_answer_of_the_token_endpoint_is_cached_whatever_it_says() {
    let world = World::configured(&[("RATE_LIMIT_CLIENT", "9"), ("RATE_LIMIT_WINDOW_SECONDS", "60")]).await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let code = world.code(&browser, &client, &[]).await;
    let stranger = Call::empty().form(&[("code", &code)]);
    let wide = client.form(&[("code", &code), ("redirect_uri", CALLBACK), ("x", &"x".repeat(64 * 1024))]);
    let mut statuses = Vec::new();
    for call in [client.exchange("x"), client.form(&[]), stranger, wide, client.exchange(&code)] {
        let answer = world.call::<Token>(call).await;
        uncached(&answer, "token");
        assert_eq!(answer.header("pragma"), Some("no-cache"), "{}", answer.body);
        statuses.push(answer.status);
    }
    world.dynamodb.inject(Fault::InternalError, On::any(), Times::Forever);
    statuses.push(world.call::<Token>(client.exchange("x")).await.status);
    world.dynamodb.heal();
    for _ in 0..9 {
        world.call::<Token>(client.exchange("x")).await;
    }
    let late = world.call::<Token>(client.exchange("x")).await;
    uncached(&late, "token");
    assert_eq!(late.header("pragma"), Some("no-cache"));
    statuses.push(late.status);
    assert_eq!(statuses, [400, 400, 401, 413, 200, 503, 429]);
}

#[tokio::test]
async fn section_5_1_an_outage_is_told_in_json_and_not_cached() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let token = [("token", text(&tokens, "access_token"))];
    world.dynamodb.inject(Fault::InternalError, On::any(), Times::Forever);
    for answer in [
        world.refresh(&client, &tokens).await,
        world.call::<Introspect>(client.form(&token)).await,
        world.call::<Revoke>(client.form(&token)).await,
    ] {
        uncached(&answer, "503");
        assert_eq!(answer.header("pragma"), Some("no-cache"));
        assert_eq!(refusal(&answer), (503, "temporarily_unavailable".to_owned()));
        assert!(answer.header("retry-after").is_some());
    }
}

#[test]
fn section_5_2_every_error_is_described_in_the_characters_that_are_allowed_for_it() {
    let own = [Token::ERRORS, Introspect::ERRORS, Revoke::ERRORS].concat();
    let malformed = OauthError::from(runtime::Malformed);
    // Those without a text of their own are given one where they are refused with.
    let is_said = |error: &&OauthError| {
        use OauthError::{InvalidClientMetadata, InvalidDetails, InvalidRequest};
        !matches!(error, InvalidRequest("") | InvalidDetails("") | InvalidClientMetadata(""))
    };
    let said = OauthError::EACH.iter().filter(is_said);
    for error in own.iter().chain(said).chain([&malformed]) {
        let answer = error.answer(Preferences::default());
        let told = body(&answer);
        assert!(is_a_description(text(&told, "error_description")), "{told}");
        assert!(text(&told, "error").bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{told}");
        assert_eq!(told.as_object().map(serde_json::Map::len), Some(2), "{told}");
        assert_eq!(answer.header("pragma"), Some("no-cache"), "{told}");
    }
}

async fn too_large<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call) {
    let answer = world.call::<E>(call).await;
    let expected = json!({"error": "invalid_request", "error_description": "The body is too large."});
    assert_eq!((answer.status, body(&answer)), (413, expected), "{}", E::ROUTE.name);
}

#[tokio::test]
async fn section_5_2_a_body_that_is_too_large_is_an_error_of_the_protocol_and_spends_nothing() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let code = world.code(&browser, &client, &[]).await;
    let padding = "x".repeat(64 * 1024);
    let pairs = [("code", code.as_str()), ("redirect_uri", CALLBACK), ("token", "x"), ("x", &padding)];
    too_large::<Token>(&world, client.form(&pairs)).await;
    too_large::<Introspect>(&world, client.form(&pairs)).await;
    too_large::<Revoke>(&world, client.form(&pairs)).await;
    assert_eq!(world.call::<Token>(client.exchange(&code)).await.status, 200);
}

/// §4.1.2: a code that comes back within its ten minutes, however late, takes along what it gave.
#[tokio::test]
async fn section_4_1_2_a_code_that_comes_twice_revokes_what_was_refreshed_meanwhile() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let code = world.code(&browser, &client, &[]).await;
    let first = body(&world.call::<Token>(client.exchange(&code)).await);
    world.clock.advance(Seconds(300));
    let second = body(&world.refresh(&client, &first).await);
    world.clock.advance(Seconds(299));
    let replayed = world.call::<Token>(client.exchange(&code)).await;
    assert_eq!(refusal(&replayed), (400, "invalid_grant".to_owned()));
    for token in [text(&first, "access_token"), text(&second, "access_token"), text(&second, "refresh_token")] {
        assert_eq!(world.introspect(&client, token).await, json!({"active": false}));
    }
}
