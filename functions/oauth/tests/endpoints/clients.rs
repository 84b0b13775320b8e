//! How a client proves who it is (RFC 6749 §2.3).

use oauth::Token;
use shared::app::credential::{AppSecret, HasSecrets, StoredSecret};
use shared::clock::Seconds;
use shared::oauth::client::Client;
use shared::store::ClientConflict;

use crate::world::{ADA, CALLBACK, Call, Known, World, refusal};

/// Base64, by hand: the test must not share the code that it tests.
pub(crate) fn basic(id: &str, secret: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = format!("{id}:{secret}").into_bytes();
    let mut encoded = String::new();
    for chunk in text.chunks(3) {
        let bits = chunk.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            encoded.push(char::from(DIGITS[bits >> (18 - 6 * digit) & 63]));
        }
        encoded.push_str(&"=".repeat(3 - chunk.len()));
    }
    format!("Basic {encoded}")
}

fn secret(client: &Known) -> &str {
    client.secret.as_deref().expect("a secret")
}

#[tokio::test]
async fn basic_is_taken_and_beside_it_the_same_client_id_only() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let header = basic(&client.id, secret(&client));
    for beside in [None, Some(("client_id", client.id.as_str()))] {
        let code = world.code(&browser, &client, &[]).await;
        let mut pairs = vec![("code", code.as_str()), ("redirect_uri", CALLBACK)];
        pairs.extend(beside);
        let answer = world.call::<Token>(Call::empty().form(&pairs).header("authorization", &header)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    for beside in [("client_id", "other"), ("client_secret", secret(&client))] {
        let pairs = [("code", "x"), ("redirect_uri", CALLBACK), beside];
        let answer = world.call::<Token>(Call::empty().form(&pairs).header("authorization", &header)).await;
        assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()), "{beside:?}");
    }
}

#[tokio::test]
async fn basic_credentials_are_form_encoded_first() {
    let world = World::new().await;
    let client = world.client().await;
    let encoded = client.id.replace('_', "%5F");
    let call = Call::empty()
        .form(&[("code", "x"), ("redirect_uri", CALLBACK)])
        .header("authorization", &basic(&encoded, secret(&client)).replace("Basic", "bAsIc"));
    assert_eq!(refusal(&world.call::<Token>(call).await), (400, "invalid_grant".to_owned()), "the client is known");
    // One value each: what follows an ampersand is a part of it.
    for (id, secret) in [
        (format!("{}&x=y", client.id), secret(&client).to_owned()),
        (client.id.clone(), format!("{}&x=y", secret(&client))),
    ] {
        let call = Call::empty().form(&[("code", "x")]).header("authorization", &basic(&id, &secret));
        assert_eq!(refusal(&world.call::<Token>(call).await), (401, "invalid_client".to_owned()));
    }
}

#[tokio::test]
async fn who_proves_nothing_is_an_invalid_client_and_told_of_basic_if_it_tried() {
    let world = World::new().await;
    let (client, other) = (world.client().await, world.client().await);
    let disabled = world.register(|client| Client { disabled: true, ..client }).await;
    let pairs = [("code", "x"), ("redirect_uri", CALLBACK)];
    let form = |id: &str, secret: &str| {
        Call::empty().form(&[pairs.as_slice(), &[("client_id", id), ("client_secret", secret)]].concat())
    };
    for call in [
        Call::empty().form(&pairs),
        Call::empty(),
        form(&client.id, ""),
        form(&client.id, "wrong"),
        form(&client.id, secret(&other)),
        form("unknown", secret(&client)),
        form("<>", secret(&client)),
        form(&disabled.id, secret(&disabled)),
    ] {
        let answer = world.call::<Token>(call).await;
        assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()));
        assert_eq!(answer.header("www-authenticate"), None);
    }
    for header in [
        basic(&client.id, "wrong"),
        basic("unknown", "x"),
        "Basic %%%".to_owned(),
        "Basic".to_owned(),
        basic(&client.id, ""),
    ] {
        let call = Call::empty().form(&pairs).header("authorization", &header);
        let answer = world.call::<Token>(call).await;
        assert_eq!(refusal(&answer), (401, "invalid_client".to_owned()), "{header}");
        assert!(answer.header("www-authenticate").expect("a scheme").starts_with("Basic realm="));
    }
}

#[tokio::test]
async fn two_secrets_are_good_until_the_older_one_expires() {
    let world = World::new().await;
    let client = world.client().await;
    let new = AppSecret::draw(&world.ctx.random);
    let now = world.ctx.now();
    let stored = StoredSecret::new(&new, &world.ctx.random, now);
    let id = client.id.parse().expect("an id");
    let rotate = |known: Client| {
        Ok::<_, ClientConflict>(known.rotate_secret(stored, now.plus(Seconds::hours(1)), now).expect("room"))
    };
    world.ctx.store.change_client(&id, rotate).await.expect("answers").expect("known");
    world.clock.advance(Seconds(61));
    let rotated = Known { secret: Some(new.reveal()), ..client.clone() };
    let known = (400, "invalid_grant".to_owned());
    for client in [&client, &rotated] {
        assert_eq!(refusal(&world.call::<Token>(client.exchange("x")).await), known);
    }
    let used = world.ctx.store.client(&id).await.expect("answers").expect("known").secrets;
    assert!(used.iter().all(|secret| secret.last_used.is_some()), "both uses were noted: {used:?}");
    world.clock.advance(Seconds::hours(1));
    assert_eq!(refusal(&world.call::<Token>(client.exchange("x")).await), (401, "invalid_client".to_owned()));
    assert_eq!(refusal(&world.call::<Token>(rotated.exchange("x")).await), known);
}
