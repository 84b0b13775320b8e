//! RFC 7636: PKCE from the request to the token, with real verifiers of every length.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth::Token;
use runtime::Answer;
use shared::oauth::client::{Client, ClientPolicy};

use crate::world::{ADA, Browser, CALLBACK, Known, World, brought_back, refusal};

/// §4.2: `BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))`
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

async fn asked() -> (World, Known, Browser) {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    (world, client, browser)
}

async fn code_for(world: &World, client: &Known, browser: &Browser, challenge: &str) -> String {
    let mut request = client.request();
    request.extend([("code_challenge", challenge), ("code_challenge_method", "S256")]);
    world.consent(browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned()
}

async fn exchange(world: &World, client: &Known, code: &str, verifier: &str) -> Answer {
    let pairs = [("code", code), ("redirect_uri", CALLBACK), ("code_verifier", verifier)];
    world.call::<Token>(client.form(&pairs)).await
}

#[tokio::test]
async fn section_4_1_verifiers_of_43_to_128_characters_of_the_whole_alphabet_are_taken() {
    let (world, client, browser) = asked().await;
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    assert_eq!(alphabet.len(), 66);
    for verifier in [&alphabet[..43], &alphabet[66 - 43..], alphabet, &alphabet.repeat(2)[..128]] {
        let code = code_for(&world, &client, &browser, &challenge(verifier)).await;
        let mut other = verifier.to_owned();
        other.replace_range(..1, "_");
        let refused = exchange(&world, &client, &code, &other).await;
        assert_eq!(refusal(&refused), (400, "invalid_grant".to_owned()));
        let given = exchange(&world, &client, &code, verifier).await;
        assert_eq!(given.status, 200, "{} characters: {}", verifier.len(), given.body);
    }
}

/// Though its hash is right: what is not a verifier proves nothing.
#[tokio::test]
async fn section_4_1_what_is_too_short_too_long_or_of_other_characters_is_no_verifier() {
    let (world, client, browser) = asked().await;
    let [short, long] = [42, 129].map(|length| "a".repeat(length));
    let with = |odd: &str| format!("{}{odd}", "a".repeat(43));
    let odd = ["+", "/", "=", " ", "%", "\n", "\"", "\u{e9}", "\u{4f60}"].map(with);
    for verifier in [&short, &long].into_iter().chain(&odd) {
        let code = code_for(&world, &client, &browser, &challenge(verifier)).await;
        let refused = exchange(&world, &client, &code, verifier).await;
        assert_eq!(refusal(&refused), (400, "invalid_grant".to_owned()), "{verifier:?}");
    }
}

#[tokio::test]
async fn section_4_6_the_challenge_itself_is_no_verifier_and_a_failed_try_spends_nothing() {
    let (world, client, browser) = asked().await;
    let verifier = "v".repeat(43);
    let challenge = challenge(&verifier);
    let code = code_for(&world, &client, &browser, &challenge).await;
    for wrong in [challenge.as_str(), "", &verifier.to_uppercase()] {
        let refused = exchange(&world, &client, &code, wrong).await;
        assert_eq!(refusal(&refused), (400, "invalid_grant".to_owned()), "{wrong}");
    }
    assert_eq!(exchange(&world, &client, &code, &verifier).await.status, 200);
}

#[tokio::test]
async fn a_client_with_a_secret_has_to_use_it_where_its_owner_says_so() {
    let world = World::new().await;
    let policy = |client: Client| ClientPolicy { requires_pkce: true, ..client.policy };
    let client = world.register(|client| Client { policy: policy(client.clone()), ..client }).await;
    let browser = world.sign_up(ADA).await;
    let back = brought_back(&world.ask(&browser, &client.request()).await);
    assert_eq!(back.one("error"), Ok(Some("invalid_request")));
    assert_eq!(back.one("code"), Ok(None));
    let verifier = "v".repeat(43);
    let code = code_for(&world, &client, &browser, &challenge(&verifier)).await;
    assert_eq!(exchange(&world, &client, &code, &verifier).await.status, 200);
}
