//! RFC 7523: clients that prove themselves by an assertion, `docs/api/oauth.md#clients`.

use futures_util::future::join_all;
use local::faults::{Death, Fault, On, Times};
use oauth::{Introspect, Revoke, Token};
use runtime::Answer;
use serde_json::{Value, json};
use shared::oauth::client::{Client, ClientPolicy};

use crate::keys::{ASSERTION, ISSUER, Signer, signed};
use crate::world::{ADA, Browser, CALLBACK, Call, Known, World, body, refusal, text};

async fn world() -> (World, Signer, Browser) {
    let world = World::new().await;
    let signer = Signer::register(&world, |client| client).await;
    let browser = world.sign_up(ADA).await;
    (world, signer, browser)
}

async fn code(world: &World, signer: &Signer, browser: &Browser) -> String {
    let known = Known { id: signer.id.clone(), secret: None, redirect_uri: CALLBACK.to_owned() };
    world.code(browser, &known, &[]).await
}

fn invalid_client() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

#[track_caller]
fn given(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    body(answer)
}

#[tokio::test]
async fn a_client_with_a_key_exchanges_refreshes_introspects_and_revokes() {
    let (world, signer, browser) = world().await;
    let code = code(&world, &signer, &browser).await;
    let exchange = [("code", code.as_str()), ("redirect_uri", CALLBACK)];
    let tokens = given(&world.call::<Token>(signer.form(&world, "1", &exchange)).await);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
    let with_id = [&refresh[..], &[("client_id", signer.id.as_str())]].concat();
    let tokens = given(&world.call::<Token>(signer.form(&world, "2", &with_id)).await);
    let token = [("token", text(&tokens, "access_token"))];
    let seen = given(&world.call::<Introspect>(signer.form(&world, "3", &token)).await);
    assert_eq!((&seen["active"], &seen["client_id"]), (&json!(true), &json!(signer.id)));
    given(&world.call::<Revoke>(signer.form(&world, "4", &token)).await);
    let seen = given(&world.call::<Introspect>(signer.form(&world, "5", &token)).await);
    assert_eq!(seen, json!({"active": false}));
}

#[tokio::test]
async fn an_assertion_is_for_the_issuer_or_the_token_endpoint_in_either_spelling() {
    let (world, signer, browser) = world().await;
    let endpoint = format!("{ISSUER}/api/v1/auth/oauth2/token");
    let audiences = [json!(ISSUER), json!(endpoint), json!(format!("{endpoint}/")), json!([ISSUER, endpoint])];
    for (number, audience) in audiences.into_iter().enumerate() {
        let code = code(&world, &signer, &browser).await;
        let mut claims = signer.claims(&world, &number.to_string());
        claims["aud"] = audience;
        let exchange = [("code", code.as_str()), ("redirect_uri", CALLBACK)];
        given(&world.call::<Token>(signed(&signer.sign(&claims), &exchange)).await);
    }
    for audience in ["https://auth.example/apps/shop", "https://evil.example", "https://auth.example/api"] {
        let mut claims = signer.claims(&world, "other");
        claims["aud"] = json!(audience);
        let answer = world.call::<Introspect>(signed(&signer.sign(&claims), &[("token", "x")])).await;
        assert_eq!(refusal(&answer), invalid_client(), "{audience}");
    }
}

#[tokio::test]
async fn an_assertion_is_good_once_at_whatever_endpoint_and_however_many_send_it() {
    let (world, signer, _) = world().await;
    let form = || signer.form(&world, "1", &[("token", "x")]);
    given(&world.call::<Introspect>(form()).await);
    assert_eq!(refusal(&world.call::<Introspect>(form()).await), invalid_client());
    assert_eq!(refusal(&world.call::<Revoke>(form()).await), invalid_client());
    assert_eq!(refusal(&world.call::<Token>(form()).await), invalid_client());
    // A refusal spends it, too: what is wrong with the request is known by then.
    let wrong = || signer.form(&world, "2", &[("code", "x"), ("redirect_uri", CALLBACK)]);
    assert_eq!(refusal(&world.call::<Token>(wrong()).await), (400, "invalid_grant".to_owned()));
    assert_eq!(refusal(&world.call::<Token>(wrong()).await), invalid_client());
    world.dynamodb.set_latency(std::time::Duration::from_millis(20));
    let answers =
        join_all((0..50).map(|_| world.call::<Introspect>(signer.form(&world, "3", &[("token", "x")])))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

#[tokio::test]
async fn a_request_that_fails_on_our_side_can_be_sent_again_with_its_assertion() {
    for fault in [Fault::InternalError, Fault::Throttle, Fault::Drop] {
        let (world, signer, browser) = world().await;
        let code = code(&world, &signer, &browser).await;
        let exchange = [("code", code.as_str()), ("redirect_uri", CALLBACK)];
        let again = || signer.form(&world, "1", &exchange);
        world.dynamodb.inject(fault.clone(), On::operation("PutItem"), Times::Forever);
        assert_eq!(world.call::<Token>(again()).await.status, 503, "{fault:?}");
        world.dynamodb.heal();
        given(&world.call::<Token>(again()).await);
        assert_eq!(refusal(&world.call::<Token>(again()).await), invalid_client(), "{fault:?}");
    }
}

#[tokio::test]
async fn a_client_whose_function_was_killed_signs_another_assertion() {
    for death in Death::each() {
        let (world, signer, _) = world().await;
        let asked = |jti: &str| world.call::<Introspect>(signer.form(&world, jti, &[("token", "x")]));
        let lived = world.dynamodb.kill(death, asked("1")).await;
        assert_eq!(asked("2").await.status, 200, "{death:?}");
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn what_proves_nothing_is_refused_alike() {
    let (world, signer, _) = world().await;
    let with_secret = world.client().await;
    let good = |jti: &str| signer.sign(&signer.claims(&world, jti));
    let other_type =
        [("client_assertion_type", "urn:x"), ("client_assertion", &good("1"))].map(|(n, v)| (n, v.to_owned()));
    let pairs = |pairs: &[(&str, String)]| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Call::empty().form(&[pairs.as_slice(), &[("token", "x")]].concat())
    };
    let mut of_another = signer.claims(&world, "2");
    of_another["iss"] = json!(with_secret.id);
    of_another["sub"] = json!(with_secret.id);
    for (what, call) in [
        ("another type", pairs(&other_type)),
        ("no type", pairs(&[("client_assertion", good("3"))])),
        ("no assertion", pairs(&[("client_assertion_type", ASSERTION.to_owned()), ("client_id", signer.id.clone())])),
        ("another client's id", signed(&good("4"), &[("client_id", &with_secret.id), ("token", "x")])),
        ("a client without keys", signed(&signer.sign(&of_another), &[("token", "x")])),
        ("no assertion of a client with keys", Call::empty().form(&[("client_id", &signer.id), ("token", "x")])),
        ("not a JWT", signed("x", &[("token", "x")])),
    ] {
        assert_eq!(refusal(&world.call::<Introspect>(call).await), invalid_client(), "{what}");
    }
    // In two ways at once.
    let both = signed(&good("5"), &[("client_secret", "x"), ("token", "x")]);
    assert_eq!(refusal(&world.call::<Introspect>(both).await), (400, "invalid_request".to_owned()));
    let both = signed(&good("6"), &[("token", "x")]).header("authorization", "Basic eDp5");
    assert_eq!(refusal(&world.call::<Introspect>(both).await), (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn a_disabled_client_proves_nothing_and_a_client_with_a_key_has_a_counter_of_its_own() {
    let world = World::configured(&[("RATE_LIMIT_CLIENT", "2"), ("RATE_LIMIT_DEFAULT", "1")]).await;
    let disabled = Signer::register(&world, |client| Client { disabled: true, ..client }).await;
    let answer = world.call::<Introspect>(disabled.form(&world, "1", &[("token", "x")])).await;
    assert_eq!(refusal(&answer), invalid_client());
    let machine = |client: Client| Client {
        policy: ClientPolicy { client_credentials: true, ..client.policy.clone() },
        ..client
    };
    let signer = Signer::register(&world, machine).await;
    let own = [("grant_type", "client_credentials")];
    for (jti, status) in [("1", 200), ("2", 200), ("3", 429)] {
        assert_eq!(world.call::<Token>(signer.form(&world, jti, &own)).await.status, status, "{jti}");
    }
}
