//! Pages of a client call the token endpoint from the origins that its owner registered: `docs/api/oauth.md#token`.

use oauth::{Introspect, Revoke, Token};
use runtime::Answer;
use shared::oauth::client::Client;

use crate::world::{ADA, CALLBACK, CHALLENGE, Call, VERIFIER, World, is_for_pages_elsewhere};

const ORIGIN: &str = "https://app.example";

#[track_caller]
fn assert_readable(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "{}", answer.body);
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    assert_eq!(answer.header("vary"), Some("origin"));
}

#[tokio::test]
async fn a_page_of_a_registered_origin_redeems_a_code_refreshes_and_revokes() {
    let world = World::new().await;
    let origins = vec!["http://localhost:5173".to_owned(), ORIGIN.to_owned()];
    let client = world.register(|client| Client { public: true, origins, ..client }).await;
    let browser = world.sign_up(ADA).await;
    let mut request = client.request();
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let code = world.consent(&browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned();
    let pairs = [("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let tokens = world.call::<Token>(client.form(&pairs).header("origin", ORIGIN)).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    assert_readable(&tokens);
    // A refusal is readable, too: the page has to know that it must ask again.
    let again = world.call::<Token>(client.form(&pairs).header("origin", ORIGIN)).await;
    assert_eq!(again.status, 400);
    assert_readable(&again);
    assert_readable(&world.call::<Revoke>(client.form(&[("token", "x")]).header("origin", ORIGIN)).await);
}

#[tokio::test]
async fn nobody_else_reads_an_answer() {
    let world = World::new().await;
    let client = world.register(|client| Client { origins: vec![ORIGIN.to_owned()], ..client }).await;
    let without = world.client().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    for origin in ["https://evil.example", "null", "https://app.example.evil.example", "https://APP.example", ""] {
        let answer = world.call::<Token>(client.form(&form).header("origin", origin)).await;
        assert!(!is_for_pages_elsewhere(&answer), "{origin}");
    }
    // The client of the page is not known, or did not prove who it is, or registered no origin.
    let unknown = Call::empty().form(&[("client_id", "nobody")]);
    let unproven = Call::empty().form(&[("client_id", &client.id), ("client_secret", "wrong")]);
    for call in [unknown, unproven, without.form(&form), Call::empty()] {
        assert!(!is_for_pages_elsewhere(&world.call::<Token>(call.header("origin", ORIGIN)).await));
    }
    let asked = world.call::<Introspect>(client.form(&[("token", "x")]).header("origin", ORIGIN)).await;
    assert!(!is_for_pages_elsewhere(&asked), "resource servers have no pages");
}
