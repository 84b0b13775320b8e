//! A client with keys of its own, which signs assertions.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use shared::oauth::client::{Client, ClientPolicy};
use shared::token::client_keys::ClientKeys;

use crate::world::{Call, World};

pub(crate) const ISSUER: &str = "https://auth.example";
pub(crate) const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

pub(crate) struct Signer {
    pub(crate) id: String,
    pub(crate) key: Key,
}

/// A key with its name.
pub(crate) struct Key {
    kid: &'static str,
    pair: Ed25519KeyPair,
}

impl Key {
    pub(crate) fn draw(kid: &'static str) -> Self {
        Self { kid, pair: Ed25519KeyPair::generate().expect("a key") }
    }

    /// The public half.
    pub(crate) fn jwk(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref());
        json!({"kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": x})
    }
}

impl Signer {
    /// A client whose key is registered.
    pub(crate) async fn register(world: &World, change: impl FnOnce(Client) -> Client) -> Self {
        let key = Key::draw("1");
        let set = json!({"keys": [key.jwk()]});
        let keys = Some(ClientKeys::read(set.to_string().as_bytes()).expect("keys"));
        let with_keys = |client: Client| Client {
            secrets: Vec::new(),
            policy: ClientPolicy { keys, ..client.policy.clone() },
            ..client
        };
        let id = world.register(|client| change(with_keys(client))).await.id;
        Self { id, key }
    }

    /// What a good assertion says, which no other one says.
    pub(crate) fn claims(&self, world: &World, jti: &str) -> Value {
        let now = world.ctx.now().unix();
        json!({"iss": self.id, "sub": self.id, "aud": world.ctx.config.public_url, "jti": jti, "iat": now, "exp": now + 60})
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": "EdDSA", "kid": self.key.kid});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.pair.sign(message.as_bytes()).as_ref());
        format!("{message}.{signature}")
    }

    /// A form with an assertion of that id beside what else it says.
    pub(crate) fn form(&self, world: &World, jti: &str, pairs: &[(&str, &str)]) -> Call {
        signed(&self.sign(&self.claims(world, jti)), pairs)
    }
}

/// A form with that assertion.
pub(crate) fn signed(assertion: &str, pairs: &[(&str, &str)]) -> Call {
    let own = [("client_assertion_type", ASSERTION), ("client_assertion", assertion)];
    Call::empty().form(&[&own, pairs].concat())
}
