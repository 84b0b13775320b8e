//! Signing keys are replaced while clients refresh and resource servers verify: `docs/operations.md#keys-and-secrets`.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth::Jwks;
use oauth::userinfo::UserInfo;
use runtime::Ctx;
use serde_json::{Value, json};
use shared::clock::{Seconds, Timestamp};
use shared::secret::Secret;
use shared::token::ring::{LEAD, SealedRing};
use shared::token::seal::Kek;

use crate::openid::suite::{Mode, Suite, part};
use crate::world::{Call, World, body, text};

/// The published keys as somebody keeps them who asks for no others meanwhile, whatever a token says.
struct Kept {
    keys: Value,
    since: Timestamp,
    keeps: Seconds,
}

impl Kept {
    /// By somebody who began so long ago.
    fn new(keeps: Seconds, now: Timestamp, ago: Seconds) -> Self {
        Self { keys: Value::Null, since: now.minus(ago), keeps }
    }

    /// Whether it is time to ask again.
    fn is_stale(&self, now: Timestamp) -> bool {
        self.keys.is_null() || self.since.plus(self.keeps) <= now
    }

    fn keep(&mut self, keys: &Value, now: Timestamp) {
        // The first time, the phase is what the test chose.
        let since = if self.keys.is_null() { self.since } else { now };
        (self.keys, self.since) = (keys.clone(), since);
    }

    /// Whether one of the keys made the token.
    fn verifies(&self, token: &str) -> bool {
        let keys = self.keys["keys"].as_array().expect("keys");
        let signer = part(token, 0)["kid"].clone();
        keys.iter().find(|key| key["kid"] == signer).is_some_and(|key| made(key, token))
    }
}

/// Whether that key made the token.
fn made(key: &Value, token: &str) -> bool {
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
    let member = |name: &str| bytes(text(key, name));
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    let (message, signature) = (message.as_bytes(), bytes(signature));
    match text(key, "alg") {
        "RS256" => RsaPublicKeyComponents { n: member("n"), e: member("e") }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, &signature)
            .is_ok(),
        "ES256" => {
            let point = [vec![4], member("x"), member("y")].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &signature).is_ok()
        }
        other => panic!("{other} signs neither kind of token here"),
    }
}

/// What another function publishes, whose ring is read at other times than that of the function that signs.
async fn published(function: &Ctx) -> Value {
    body(&Box::pin(rig::World::answer_of::<Jwks>(function, Call::empty())).await)
}

async fn change_ring(world: &World, change: impl FnOnce(SealedRing, &Kek) -> SealedRing) {
    let kek = Kek::new(&Secret::new("the test deployment's secret, long enough".to_owned()));
    let sealed = world.ctx.store.sealed_ring(world.ctx.now()).await.expect("a ring");
    world.ctx.store.replace_ring(&change(sealed, &kek)).await.expect("replaces");
}

#[tokio::test]
async fn while_keys_rotate_no_verifier_that_caches_them_refuses_a_token() {
    let suite = Suite::new(Mode::Query).await;
    let mut tokens = suite.tokens(&[("scope", "openid offline_access"), ("prompt", "consent")]).await;
    let (publisher, began) = (suite.another_ctx(), suite.ctx.now());
    // A cache on the way, as the document allows, and then: ten verifiers that keep the keys for ten minutes, and four of API Gateway's.
    let mut on_the_way = Kept::new(Seconds(300), began, Seconds(0));
    let minutes = (0..10).map(|ago| Kept::new(Seconds::minutes(10), began, Seconds::minutes(ago)));
    let hours = (0..4).map(|ago| Kept::new(Seconds::hours(2), began, Seconds::minutes(30 * ago)));
    let mut verifiers: Vec<_> = minutes.chain(hours).collect();
    let first = part(text(&tokens, "access_token"), 0)["kid"].clone();
    published(&publisher).await;
    change_ring(&suite, |ring, kek| ring.rotate(kek, &suite.ctx.random, began).expect("rotates")).await;
    let mut signers = Vec::new();
    while suite.ctx.now() < began.plus(LEAD).plus(Seconds::minutes(30)) {
        let now = suite.ctx.now();
        if on_the_way.is_stale(now) {
            on_the_way.keep(&published(&publisher).await, now);
        }
        for verifier in &mut verifiers {
            if verifier.is_stale(now) {
                verifier.keep(&on_the_way.keys, now);
            }
            for kind in ["access_token", "id_token"] {
                let token = text(&tokens, kind);
                assert!(verifier.verifies(token), "{kind} {} minutes after the rotation", now.since(began).0 / 60);
            }
        }
        signers.push(part(text(&tokens, "access_token"), 0)["kid"].clone());
        suite.wait(120);
        let answer = suite.refresh(&suite.client, &tokens).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        tokens = body(&answer);
    }
    signers.dedup();
    assert_eq!((signers.len(), &signers[0]), (2, &first), "the new key takes the place of the old one once");
}

/// After a leak, `cargo ops keys revoke`: what the former keys made is worth nothing, and nobody has to sign in again.
#[tokio::test]
async fn when_keys_are_revoked_their_tokens_die_within_five_minutes_and_sessions_live() {
    let suite = Suite::new(Mode::Query).await;
    let tokens = suite.tokens(&[("scope", "openid offline_access"), ("prompt", "consent")]).await;
    let (old, now) = (text(&tokens, "access_token"), suite.ctx.now());
    let leaked = published(&suite.another_ctx()).await;
    change_ring(&suite, |ring, kek| ring.replace_all(kek, &suite.ctx.random, now).expect("replaces")).await;
    suite.wait(300);
    let userinfo = suite.call::<UserInfo<false>>(Call::empty().bearer(old)).await;
    assert_eq!(userinfo.status, 401);
    assert_eq!(suite.introspect(&suite.client, old).await, json!({"active": false}));
    let hint = suite.silent_error(&[("id_token_hint", text(&tokens, "id_token"))]).await;
    assert_eq!(hint.as_deref(), Some("invalid_request"), "nor does an ID token of a leaked key say who is meant");

    let answer = suite.refresh(&suite.client, &tokens).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let renewed = body(&answer);
    let mut verifier = Kept::new(Seconds::minutes(10), suite.ctx.now(), Seconds(0));
    verifier.keep(&published(&suite.another_ctx()).await, suite.ctx.now());
    for kind in ["access_token", "id_token"] {
        assert!(verifier.verifies(text(&renewed, kind)) && !verifier.verifies(text(&tokens, kind)), "{kind}");
    }
    let ids =
        |set: &Value| set["keys"].as_array().expect("keys").iter().map(|key| key["kid"].clone()).collect::<Vec<_>>();
    assert!(ids(&verifier.keys).iter().all(|id| !ids(&leaked).contains(id)), "no former key is published");
    assert_eq!(suite.call::<UserInfo<false>>(Call::empty().bearer(text(&renewed, "access_token"))).await.status, 200);
}
