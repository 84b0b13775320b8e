//! RFC 7009: revocation, where `introspection` does not say it already.

use local::faults::{Fault, On, Times};
use oauth::{Revoke, Token};
use serde_json::json;
use shared::clock::Seconds;
use shared::oauth::client::Client;

use crate::clients::basic;
use crate::world::{ADA, CALLBACK, CHALLENGE, Call, VERIFIER, World, body, refusal, text};

#[tokio::test]
async fn section_2_1_a_public_client_revokes_its_own_tokens_by_its_name_alone() {
    let world = World::new().await;
    let (observer, browser) = (world.client().await, world.sign_up(ADA).await);
    let client = world.register(|client| Client { public: true, ..client }).await;
    let other = world.register(|client| Client { public: true, ..client }).await;
    let mut request = client.request();
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let code = world.consent(&browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned();
    let pairs = [("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let tokens = body(&world.call::<Token>(client.form(&pairs)).await);
    let token = text(&tokens, "access_token");
    assert_eq!(world.call::<Revoke>(other.form(&[("token", token)])).await.status, 200);
    assert_eq!(world.introspect(&observer, token).await["active"], true, "it is not the other's");
    let answer = world.call::<Revoke>(client.form(&[("token", text(&tokens, "refresh_token"))])).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert_eq!(world.introspect(&observer, token).await, json!({"active": false}));
}

#[tokio::test]
async fn section_2_1_a_client_may_prove_itself_by_basic_and_is_told_of_it_when_it_fails() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let token = text(&tokens, "access_token");
    let revoke =
        |secret: &str| Call::empty().form(&[("token", token)]).header("authorization", &basic(&client.id, secret));
    let refused = world.call::<Revoke>(revoke("wrong")).await;
    assert_eq!(refusal(&refused), (401, "invalid_client".to_owned()));
    assert_eq!(refused.header("www-authenticate"), Some("Basic realm=\"oauth2\""));
    assert_eq!(world.introspect(&client, token).await["active"], true);
    let answer = world.call::<Revoke>(revoke(client.secret.as_deref().expect("a secret"))).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.header("cache-control")), (200, "{}", Some("no-store")));
    assert_eq!(world.introspect(&client, token).await, json!({"active": false}));
}

/// "Invalid tokens do not cause an error response."
#[tokio::test]
async fn section_2_2_an_access_token_that_has_expired_is_as_good_as_revoked() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    world.clock.advance(Seconds::hours(1));
    let answer = world.call::<Revoke>(client.form(&[("token", text(&tokens, "access_token"))])).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "{}"));
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await, json!({"active": false}));
}

#[tokio::test]
async fn section_2_2_what_was_rotated_out_still_names_the_session_that_is_to_end() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let first = world.tokens(&browser, &client, &[]).await;
    let second = body(&world.refresh(&client, &first).await);
    let answer = world.call::<Revoke>(client.form(&[("token", text(&first, "refresh_token"))])).await;
    assert_eq!(answer.status, 200);
    assert_eq!(refusal(&world.refresh(&client, &second).await), (400, "invalid_grant".to_owned()));
}

/// "If the server responds with HTTP status code 503, the client must assume the token still exists."
#[tokio::test]
async fn section_2_2_1_an_outage_is_a_503_with_retry_after_and_the_token_lives() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    let token = text(&tokens, "access_token");
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::Garbage] {
        world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
        let answer = world.call::<Revoke>(client.form(&[("token", token)])).await;
        world.dynamodb.heal();
        assert_eq!(refusal(&answer), (503, "temporarily_unavailable".to_owned()), "{fault:?}");
        assert_eq!(answer.header("retry-after"), Some("2"), "{fault:?}");
        assert_eq!(world.introspect(&client, token).await["active"], true, "{fault:?}");
    }
    assert_eq!(world.call::<Revoke>(client.form(&[("token", token)])).await.status, 200);
    assert_eq!(world.introspect(&client, token).await, json!({"active": false}));
}
