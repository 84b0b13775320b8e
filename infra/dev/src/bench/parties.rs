//! The rows of machines, devices and clients that come by themselves, and of the sign-out by a client.

use anyhow::{Context as _, Result};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use shared::id::ClientId;
use shared::oauth::device::{DeviceCode, DeviceRequest, UserCode};
use shared::oauth::id_token::IdToken;
use shared::oauth::openid::Authentication;
use shared::oauth::scope::Scope;
use shared::secret::Secret;
use shared::session::Transport;
use shared::session::device::Device;
use shared::store::Nonce;
use shared::token::assertion;
use shared::token::client_keys::ClientKeys;

use super::case::Case;
use super::oauth::{self, Known, post};
use super::world::{PUBLIC_URL, World};
use crate::event::Request;

const BASE: &str = "/api/v1/auth/oauth2";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A client that proves itself with a key.
pub(super) struct Signer {
    id: ClientId,
    key: Ed25519KeyPair,
}

impl Signer {
    /// Registers it.
    pub(super) async fn register(world: &World) -> Result<Self> {
        let key = Ed25519KeyPair::generate().ok().context("a key")?;
        let x = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
        let set = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]});
        let keys = ClientKeys::read(set.to_string().as_bytes())?;
        Ok(Self { id: Known::create(world, Some(keys)).await?.id.parse()?, key })
    }

    /// An assertion that nobody has used.
    fn assertion(&self, world: &World) -> String {
        let (id, now) = (self.id.as_str(), world.context.clock.now().unix());
        let jti = URL_SAFE_NO_PAD.encode(world.context.random.bytes::<16>());
        let claims = json!({"iss": id, "sub": id, "aud": PUBLIC_URL, "jti": jti, "iat": now, "exp": now + 60});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&json!({"alg": "EdDSA"})), part(&claims));
        let signature = URL_SAFE_NO_PAD.encode(self.key.sign(message.as_bytes()).as_ref());
        format!("{message}.{signature}")
    }
}

/// The event of a request that nobody has made before, with what it needs in the store.
pub(super) async fn event(case: Case, world: &World) -> Result<String> {
    match case {
        Case::OauthDevicePoll => poll(world).await,
        Case::OauthRegister => Ok(register(world)),
        Case::OauthAssertion => refresh_by_assertion(world).await,
        _ => sign_out(world).await,
    }
}

/// The question of a device whose user has not decided.
async fn poll(world: &World) -> Result<String> {
    let client = world.client().await?;
    let (store, random, now) = (&world.context.store, &world.context.random, world.context.clock.now());
    let code = DeviceCode::draw(UserCode::draw(random), random);
    let request = DeviceRequest {
        client: client.id.clone(),
        scope: Scope::read("profile"),
        resources: Vec::new(),
        device: Device::default(),
        created: now,
    };
    store.begin_device(&code, &request, &Nonce::draw(random)).await?;
    let code = code.write_for(&client.id, &world.app.id, &*store.ring(now).await?);
    let form = client.form(&[("grant_type", DEVICE), ("device_code", code.expose())]);
    Ok(post(&format!("{BASE}/token"), Vec::new(), form))
}

/// A client that the app's owner let register.
fn register(world: &World) -> String {
    let body = json!({"client_name": "Agent", "redirect_uris": ["http://localhost/callback"], "token_endpoint_auth_method": "none"});
    let path = &format!("{BASE}/register");
    let headers = vec![("authorization", format!("Bearer {}", world.initial_access_token()))];
    let body = Some(("application/json", body.to_string()));
    Request { method: "POST", route: path, path, query: "", headers, cookies: Vec::new(), body }.to_event().to_string()
}

/// A refresh token that was not used before, of a client that proves itself by an assertion.
async fn refresh_by_assertion(world: &World) -> Result<String> {
    let signer = world.signer().await?;
    let refresh = oauth::refresh_token(world, &signer.id).await?;
    let own = signer.assertion(world);
    let form = [
        ("client_assertion_type", assertion::TYPE),
        ("client_assertion", &own),
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
    ];
    Ok(post(&format!("{BASE}/token"), Vec::new(), runtime::query(&form)))
}

/// The browser of somebody who leaves, with the ID token of its session.
async fn sign_out(world: &World) -> Result<String> {
    let (_, session) = world.visitor(Transport::Browser).await?;
    let (store, now) = (&world.context.store, world.context.clock.now());
    let client = store.client(&world.client().await?.id).await?.context("the client is registered")?;
    let ring = store.ring(now).await?;
    let access = session.access_token(&world.app, PUBLIC_URL, &ring, now)?.expose().clone();
    let authentication = Authentication { session: Some(session.id.clone()), sign_in: session.sign_in() };
    let token = IdToken {
        client: &client,
        issuer: PUBLIC_URL,
        user: session.user,
        authentication: Some(&authentication),
        nonce: None,
        acr: None,
        access: &Secret::new("the access token beside it".to_owned()),
        claims: Map::new(),
    };
    let hint = token.sign(&ring, now)?;
    let (path, query) = (&format!("{BASE}/logout"), &runtime::query(&[("id_token_hint", hint.expose())]));
    let cookies = vec![format!("access_token={access}")];
    let request = Request { method: "GET", route: path, path, query, headers: Vec::new(), cookies, body: None };
    Ok(request.to_event().to_string())
}
