//! The rows of the OAuth API: what a client, its user and its resource server send.

use anyhow::{Context as _, Result};
use shared::app::resource::Target;
use shared::id::{ClientId, GrantId};
use shared::oauth::access_token::{Rights, TokenId};
use shared::oauth::claims::RequestedClaims;
use shared::oauth::code::Code;
use shared::oauth::grant::{Delegation, Ticket};
use shared::oauth::openid::Authentication;
use shared::oauth::scope::Scope;
use shared::oauth::session::ClientOpening;
use shared::session::device::Device;
use shared::session::refresh::Rotation;
use shared::session::{Bearer, Transport};
use shared::store::{Consent, Nonce};
use shared::token::client_keys::ClientKeys;
use shared::user::role::Roles;

use super::case::Case;
use super::world::{PUBLIC_URL, Somebody, World};
use crate::event::Request;
use ops::client::{self, Create, OpenId};

const CALLBACK: &str = "https://client.example/cb";
const SCOPE: &str = "profile mementos";
/// A relying party's.
const OPENID: &str = "openid profile";
const AUTHORIZE: &str = "/api/v1/auth/oauth2/authorize";

/// The one client.
pub(super) struct Known {
    pub(super) id: ClientId,
    secret: String,
}

/// Somebody who let the client in, and what it was given.
struct Connected {
    access: String,
    refresh: String,
}

impl Known {
    /// Registers it.
    pub(super) async fn register(world: &World) -> Result<Self> {
        let issued = Self::create(world, None).await?;
        Ok(Self { id: issued.id.parse()?, secret: issued.secret.context("a confidential client has a secret")? })
    }

    /// Registers a client with a secret, or with these keys.
    pub(super) async fn create(world: &World, jwks: Option<ClientKeys>) -> Result<client::Issued> {
        let create = Create {
            app: world.app_id().parse()?,
            name: "Reader".parse()?,
            redirect_uris: vec![CALLBACK.parse()?],
            public: false,
            id: None,
            description: String::new(),
            logo: None,
            landing_page: None,
            origins: Vec::new(),
            scope: SCOPE.to_owned(),
            rotation: Rotation::Always,
            jwks,
            jwks_uri: None,
            client_credentials: false,
            require_pkce: false,
            openid: OpenId::default(),
        };
        client::make(&world.context, create).await
    }

    pub(super) fn form(&self, pairs: &[(&str, &str)]) -> String {
        let own = [("client_id", self.id.as_str()), ("client_secret", self.secret.as_str())];
        runtime::query(&[own.as_slice(), pairs].concat())
    }

    fn request(&self) -> [(&str, &str); 4] {
        [("client_id", self.id.as_str()), ("redirect_uri", CALLBACK), ("response_type", "code"), ("state", "xyz")]
    }
}

/// The event of a request that nobody has made before, with what it needs in the store.
pub(super) async fn event(case: Case, world: &World) -> Result<String> {
    let client = world.client().await?;
    let machine = |operation: &str, form: String| post(&format!("/api/v1/auth/oauth2/{operation}"), Vec::new(), form);
    Ok(match case {
        Case::OauthAsk => {
            let cookies = vec![format!("access_token={}", world.tokens(Transport::Browser).await?.access)];
            let query = runtime::query(&client.request());
            Request {
                method: "GET",
                route: AUTHORIZE,
                path: AUTHORIZE,
                query: &query,
                headers: Vec::new(),
                cookies,
                body: None,
            }
            .to_event()
            .to_string()
        }
        Case::OauthAuthorize => {
            let (somebody, session) = world.visitor(Transport::Browser).await?;
            let ring = world.context.store.ring(world.context.clock.now()).await?;
            let bearer = Bearer { user: session.user, session: session.id.clone() };
            let ticket = Ticket { epoch: somebody.user.epoch, grant: None, signed_in: Some(session.sign_in()) };
            let ticket = ticket.write(&bearer, Some(&client.id), &world.app.id, &ring);
            let access = session.access_token(&world.app, PUBLIC_URL, &ring, world.context.clock.now())?;
            let decided = [("ticket", ticket.expose().as_str()), ("action", "authorize")];
            let form = runtime::query(&[client.request().as_slice(), &decided].concat());
            post(AUTHORIZE, vec![format!("access_token={}", access.expose())], form)
        }
        Case::OauthToken => {
            let code = code(world, &client.id, SCOPE).await?.1;
            machine("token", client.form(&[("code", &code), ("redirect_uri", CALLBACK)]))
        }
        Case::OauthRefresh => {
            let refresh = connected(world, &client.id, SCOPE).await?.refresh;
            machine("token", client.form(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]))
        }
        Case::OauthIntrospect => {
            machine("introspect", client.form(&[("token", &connected(world, &client.id, SCOPE).await?.access)]))
        }
        Case::OidcToken => {
            let code = code(world, &client.id, OPENID).await?.1;
            machine("token", client.form(&[("code", &code), ("redirect_uri", CALLBACK)]))
        }
        Case::OidcUserinfo => {
            get("/api/v1/auth/oauth2/userinfo", Some(&connected(world, &client.id, OPENID).await?.access))
        }
        Case::OidcDiscovery => get("/.well-known/openid-configuration", None),
        Case::OauthDevice => machine("device_authorization", client.form(&[("scope", SCOPE)])),
        _ => get("/api/v1/me", Some(&connected(world, &client.id, SCOPE).await?.access)),
    })
}

fn get(path: &str, token: Option<&str>) -> String {
    let headers = token.map(|token| ("authorization", format!("Bearer {token}"))).into_iter().collect();
    let request = Request { method: "GET", route: path, path, query: "", headers, cookies: Vec::new(), body: None };
    request.to_event().to_string()
}

pub(super) fn post(path: &str, cookies: Vec<String>, form: String) -> String {
    let body = Some(("application/x-www-form-urlencoded", form));
    let headers = vec![("origin", PUBLIC_URL.to_owned())];
    Request { method: "POST", route: path, path, query: "", headers, cookies, body }.to_event().to_string()
}

/// A code of somebody new who agreed to what was asked.
async fn code(world: &World, client: &ClientId, asked: &str) -> Result<(Code, String)> {
    let (Somebody { user, .. }, session) = world.visitor(Transport::Browser).await?;
    let (store, random, app, now) =
        (&world.context.store, &world.context.random, &world.app.id, world.context.clock.now());
    let authentication = Authentication { session: Some(session.id.clone()), sign_in: session.sign_in() };
    let (scope, bearer) = (Scope::read(asked), Bearer { user: user.id, session: session.id });
    let consent = Consent {
        bearer: &bearer,
        ticket: &Ticket { epoch: user.epoch, grant: None, signed_in: None },
        client,
        scope: &scope,
        servers: &[],
        mementos: &[],
        new: GrantId::draw(random),
    };
    let grant = store.consent(app, &consent, now).await?;
    // The first use of a grant is noted, once a day.
    if let Some(grant) = store.grant(app, user.id, client).await? {
        store.note_grant_use(app, user.id, &grant, now).await?;
    }
    let delegation = Delegation {
        client: client.clone(),
        grant,
        scope,
        details: false,
        resources: Vec::new(),
        authentication: Some(authentication),
        claims: RequestedClaims::default(),
    };
    let code = Code::issue(user.id, user.epoch, delegation, None, random, now);
    let text = code.write(CALLBACK, app, &*store.ring(now).await?).expose().clone();
    Ok((code, text))
}

/// A refresh token of somebody new who let that client in.
pub(super) async fn refresh_token(world: &World, client: &ClientId) -> Result<String> {
    Ok(connected(world, client, SCOPE).await?.refresh)
}

/// What the client was given for such a code.
async fn connected(world: &World, client: &ClientId, asked: &str) -> Result<Connected> {
    let (code, _) = code(world, client, asked).await?;
    let (store, random, app, now) =
        (&world.context.store, &world.context.random, &world.app, world.context.clock.now());
    let (opening, refresh) = ClientOpening::of_code(code, Device::default(), random, now);
    store.exchange_code(&app.id, &opening, &Nonce::draw(random), now).await?;
    let (ring, scope) = (store.ring(now).await?, Scope::read(asked));
    let (id, roles) = (TokenId::draw(random), &Roles::new());
    let rights = Rights { id, client, scope: &scope, mementos: None, target: Target::Ours, roles };
    let access = rights.token(&opening.session, app, PUBLIC_URL, &ring, now)?;
    let refresh = refresh.write_for(client, &app.id, &ring).expose().clone();
    Ok(Connected { access: access.expose().clone(), refresh })
}
