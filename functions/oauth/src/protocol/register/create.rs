//! A client registers itself (RFC 7591 §3).

use std::sync::Arc;

use runtime::{Admitted, Caller, Ctx, Endpoint, Gate, Moment, Request, Route, Security};
use shared::app::App;
use shared::app::credential::{AppSecret, StoredSecret};
use shared::app::registration::Registration;
use shared::clock::Seconds;
use shared::id::ClientId;
use shared::oauth::client::{Client, ClientPolicy, Registered};
use shared::oauth::document::Authentication;

use super::registered::Registered as RegisteredClient;
use super::wanted::WantedClient;
use super::{FUNCTION, PATH};
use crate::protocol::wire::{OauthApi, OauthError};

/// How long an unused client that registered itself is kept.
const UNUSED: Seconds = Seconds::days(30);

/// `POST /api/v1/auth/oauth2/register`
#[derive(Clone, Copy, Debug)]
pub struct Register;

/// Somebody who may register a client.
#[derive(Clone, Debug)]
pub struct Registrant {
    /// The app whose users the client will ask: the one that the pages are bound to.
    app: Arc<App>,
    /// Whether an initial access token proves that the app's owner let it register; counted by its address otherwise.
    is_invited: bool,
    address: String,
}

impl<E: Endpoint<Ctx = Ctx, Dialect = OauthApi>> Caller<E> for Registrant {
    const SECURITY: &'static [Security] = &[Security::MaybeBearer];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, OauthError> {
        let app = at.enabled_app(&at.config.browser.app).await?.ok_or(OauthError::NotFound)?;
        let presented = request.bearer().map(AppSecret::presented);
        let is_invited = presented.is_some_and(|token| app.policy.registration.admits(&token));
        match &app.policy.registration {
            Registration::Off => return Err(OauthError::NotFound),
            Registration::Token(_) if !is_invited && !request.bears() => return Err(OauthError::NoToken),
            Registration::Token(_) if !is_invited => return Err(OauthError::InvalidToken),
            Registration::Token(_) | Registration::Open => {}
        }
        Ok(Self { app, is_invited, address: request.device().address().to_owned() })
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

impl Endpoint for Register {
    const ROUTE: Route = Route::post("oauth-register", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Register a client, if the app lets clients register themselves.";
    const ERRORS: &'static [OauthError] = &[
        OauthError::InvalidRedirectUri,
        OauthError::InvalidClientMetadata("The body must be a JSON object of client metadata."),
        OauthError::NoToken,
        OauthError::InvalidToken,
        OauthError::NotFound,
        OauthError::BodyTooLarge,
    ];
    type Dialect = OauthApi;
    type Ctx = Ctx;
    type Caller = Registrant;
    type Input = WantedClient;
    type Output = RegisteredClient<true>;

    async fn call(
        at: &Moment,
        caller: Registrant,
        WantedClient(wanted): WantedClient,
        gate: Gate<'_>,
    ) -> Result<Admitted<RegisteredClient<true>>, OauthError> {
        let id = ClientId::draw(&at.random);
        // A server may choose other values than were asked for (RFC 7591 §2): who comes uninvited keeps no secret.
        let authentication = if caller.is_invited { wanted.authentication()? } else { Authentication::None };
        let client = wanted.client(id, &caller.app.id, &authentication, at.now)?;
        let secret = (authentication == Authentication::Secret).then(|| AppSecret::draw(&at.random));
        let client = Client {
            secrets: secret.iter().map(|secret| StoredSecret::new(secret, &at.random, at.now)).collect(),
            policy: ClientPolicy {
                registered: Registered::Itself { unused_until: Some(at.now.plus(UNUSED)) },
                ..client.policy
            },
            ..client
        };
        let pass = gate.pass().await?;
        if !caller.is_invited {
            at.count_registration(&caller.address).await?;
        }
        at.store.create_client(&client).await?;
        Ok(pass.give(RegisteredClient::of(at, client, secret).await?))
    }
}
