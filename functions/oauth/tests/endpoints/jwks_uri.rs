//! Clients whose keys are at an address of theirs: `docs/api/oauth.md#clients`.

use oauth::Introspect;
use serde_json::json;
use shared::clock::Seconds;
use shared::oauth::client::{Client, ClientPolicy};

use crate::host::{self, Host};
use crate::keys::{Key, Signer};
use crate::world::World;

const DAY: &str = "Cache-Control: max-age=86400\r\n";

/// A local run, a client whose keys are at an address, and what serves them.
async fn world() -> (World, Signer, Host) {
    let world = World::configured(&[("PUBLIC_URL", "http://127.0.0.1:3000")]).await;
    let key = Key::draw("1");
    let host = Host::serve(DAY, |_| json!({"keys": [key.jwk()]}));
    let address = host.url.clone();
    let at_an_address = |client: Client| Client {
        secrets: Vec::new(),
        policy: ClientPolicy { jwks_uri: Some(address), ..client.policy.clone() },
        ..client
    };
    let id = world.register(at_an_address).await.id;
    (world, Signer { id, key }, host)
}

/// The status of a request that the client proves with that assertion.
async fn proves(world: &World, signer: &Signer, jti: &str) -> u16 {
    world.call::<Introspect>(signer.form(world, jti, &[("token", "x")])).await.status
}

/// What anybody can send who knows the client's id: an assertion by a key that the client does not have.
async fn forge(world: &World, signer: &Signer, jti: &str) {
    let forger = Signer { id: signer.id.clone(), key: Key::draw("forged") };
    assert_eq!(proves(world, &forger, jti).await, 401, "a forged assertion");
}

#[tokio::test]
async fn the_keys_at_an_address_are_fetched_once_and_kept_for_what_their_server_says() {
    let (world, signer, host) = world().await;
    for jti in ["1", "2", "3"] {
        assert_eq!(proves(&world, &signer, jti).await, 200, "{jti}");
    }
    world.clock.advance(Seconds::hours(23));
    assert_eq!(proves(&world, &signer, "4").await, 200);
    assert_eq!(host.times(), 1);
    world.clock.advance(Seconds::hours(1));
    assert_eq!(proves(&world, &signer, "5").await, 200);
    assert_eq!(host.times(), 2, "after a day they are fetched again");
}

#[tokio::test]
async fn a_client_with_a_new_key_is_known_within_a_minute() {
    let (world, mut signer, host) = world().await;
    assert_eq!(proves(&world, &signer, "1").await, 200);
    let new = Key::draw("2");
    host.answers(host::ok(DAY, &json!({"keys": [signer.key.jwk(), new.jwk()]})));
    let old = std::mem::replace(&mut signer.key, new);
    assert_eq!((proves(&world, &signer, "2").await, host.times()), (401, 1), "the set was fetched a moment ago");
    world.clock.advance(Seconds(60));
    assert_eq!((proves(&world, &signer, "3").await, host.times()), (200, 2));
    let old = Signer { id: signer.id.clone(), key: old };
    assert_eq!((proves(&world, &old, "4").await, host.times()), (200, 2), "the set has both");
    host.answers(host::ok(DAY, &json!({"keys": [signer.key.jwk()]})));
    world.clock.advance(Seconds::days(1));
    assert_eq!(proves(&world, &old, "5").await, 401, "a key that was taken out of the set proves nothing");
    assert_eq!(proves(&world, &signer, "6").await, 200);
}

#[tokio::test]
async fn forged_assertions_have_the_keys_fetched_once_a_minute() {
    let (world, signer, host) = world().await;
    assert_eq!(proves(&world, &signer, "1").await, 200);
    for minute in 1..=3 {
        for try_ in 0..5 {
            forge(&world, &signer, &format!("{minute} {try_}")).await;
        }
        assert_eq!(host.times(), minute, "minute {minute}");
        world.clock.advance(Seconds(60));
    }
}

/// A stranger chooses the moment of the second call, and good keys outlive its failure.
#[tokio::test]
async fn keys_are_kept_while_their_server_fails() {
    let json = "Content-Type: application/json\r\n";
    for (what, failing) in [
        ("down", host::http("503 Service Unavailable", json, "{}")),
        ("gone", String::new()),
        ("elsewhere", host::http("302 Found", "Location: http://127.0.0.1:1/\r\n", "")),
        ("too big", host::ok(DAY, &json!({"keys": [], "x": "x".repeat(64 * 1024)}))),
        ("no keys", host::ok(DAY, &json!({"keys": []}))),
        ("a page", host::http("200 OK", "Content-Type: text/html\r\n", "{}")),
    ] {
        let (world, signer, host) = world().await;
        assert_eq!(proves(&world, &signer, "1").await, 200, "{what}");
        host.answers(failing);
        for minute in 2..5 {
            world.clock.advance(Seconds(60));
            forge(&world, &signer, &format!("a {minute}")).await;
            forge(&world, &signer, &format!("b {minute}")).await;
            assert_eq!(host.times(), minute, "{what}: a call that failed is repeated after a minute");
            assert_eq!(proves(&world, &signer, &format!("c {minute}")).await, 200, "{what}");
        }
        world.clock.advance(Seconds::days(1));
        assert_eq!(proves(&world, &signer, "2").await, 401, "{what}: they are kept no longer than a day");
    }
}

#[tokio::test]
async fn a_client_whose_keys_were_never_had_is_refused_and_their_server_called_once_a_minute() {
    let (world, signer, host) = world().await;
    let good = host::ok(DAY, &json!({"keys": [signer.key.jwk()]}));
    host.answers(host::http("302 Found", "Location: http://127.0.0.1:1/\r\n", ""));
    for jti in ["1", "2", "3"] {
        assert_eq!(proves(&world, &signer, jti).await, 401, "{jti}");
    }
    assert_eq!(host.times(), 1);
    host.answers(good);
    world.clock.advance(Seconds(60));
    assert_eq!((proves(&world, &signer, "4").await, host.times()), (200, 2));
}
