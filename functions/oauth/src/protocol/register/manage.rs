//! A client that registered itself looks at what it registered, changes it or leaves (RFC 7592 §2).

use runtime::{Admitted, Caller, Ctx, Endpoint, Gate, Moment, NoInput, Request, Route, Security};
use shared::oauth::client::Client;
use shared::oauth::document::Authentication;
use shared::oauth::registration::RegistrationToken;
use shared::store::ClientConflict;

use super::registered::{Registered, Removed};
use super::wanted::WantedClient;
use super::{FUNCTION, OWN_PATH};
use crate::protocol::wire::{OauthApi, OauthError};

/// A client that shows the token that it was given when it registered.
#[derive(Clone, Debug)]
pub struct RegisteredClient(Client);

impl<E: Endpoint<Ctx = Ctx, Dialect = OauthApi>> Caller<E> for RegisteredClient {
    const SECURITY: &'static [Security] = &[Security::Bearer];

    /// Read from the store: a client that was removed or replaced a moment ago is not the one that is remembered.
    async fn identify(at: &Moment, request: &Request) -> Result<Self, OauthError> {
        let (id, token) = (request.path("client_id").and_then(|id| id.parse().ok()), request.bearer());
        if token.is_none() && !request.bears() {
            return Err(OauthError::NoToken);
        }
        let (Some(id), Some(token)) = (id, token) else { return Err(OauthError::InvalidToken) };
        let client = at.store.client(&id).await?.filter(|client| !client.disabled && client.is_known(at.now));
        let ring = at.ring().await?;
        let own = client.filter(|client| RegistrationToken::is_of(token, client, ring));
        own.map(Self).ok_or(OauthError::InvalidToken)
    }

    fn app(&self) -> Option<&str> {
        Some(self.0.app.as_str())
    }
}

/// `GET /api/v1/auth/oauth2/register/{client_id}`
#[derive(Clone, Copy, Debug)]
pub struct ReadClient;

impl Endpoint for ReadClient {
    const ROUTE: Route = Route::get("oauth-read-client", OWN_PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show the registration of a client that registered itself.";
    const ERRORS: &'static [OauthError] = &[OauthError::NoToken, OauthError::InvalidToken];
    type Dialect = OauthApi;
    type Ctx = Ctx;
    type Caller = RegisteredClient;
    type Input = NoInput;
    type Output = Registered<false>;

    async fn call(
        at: &Moment,
        RegisteredClient(client): RegisteredClient,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<Registered<false>>, OauthError> {
        let pass = gate.pass().await?;
        Ok(pass.give(Registered::of(at, client, None).await?))
    }
}

/// `PUT /api/v1/auth/oauth2/register/{client_id}`
#[derive(Clone, Copy, Debug)]
pub struct UpdateClient;

impl Endpoint for UpdateClient {
    const ROUTE: Route = Route::put("oauth-update-client", OWN_PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Replace the registration of a client that registered itself.";
    const ERRORS: &'static [OauthError] = &[
        OauthError::InvalidRedirectUri,
        OauthError::InvalidClientMetadata("The body must be a JSON object of client metadata."),
        OauthError::NoToken,
        OauthError::InvalidToken,
        OauthError::BodyTooLarge,
    ];
    type Dialect = OauthApi;
    type Ctx = Ctx;
    type Caller = RegisteredClient;
    type Input = WantedClient;
    type Output = Registered<false>;

    async fn call(
        at: &Moment,
        RegisteredClient(known): RegisteredClient,
        WantedClient(wanted): WantedClient,
        gate: Gate<'_>,
    ) -> Result<Admitted<Registered<false>>, OauthError> {
        if !wanted.names(&known.id) {
            return Err(OauthError::InvalidClientMetadata("The client_id must be the one of the registration."));
        }
        // How it proves who it is was decided when it registered.
        let authentication = match (known.public, known.policy.has_keys()) {
            (true, _) => Authentication::None,
            (false, true) => wanted.authentication()?.with_keys()?,
            (false, false) => Authentication::Secret,
        };
        let said = wanted.client(known.id.clone(), &known.app, &authentication, known.created)?;
        let pass = gate.pass().await?;
        let replace = |known: Client| Ok::<_, ClientConflict>(wanted.replace(said, known));
        let client = at.store.change_client(&known.id, replace).await?.ok_or(OauthError::InvalidToken)?;
        Ok(pass.give(Registered::of(at, client, None).await?))
    }
}

/// `DELETE /api/v1/auth/oauth2/register/{client_id}`
#[derive(Clone, Copy, Debug)]
pub struct RemoveClient;

impl Endpoint for RemoveClient {
    const ROUTE: Route = Route::delete("oauth-remove-client", OWN_PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Remove a client that registered itself. Its tokens are invalid within a minute.";
    const ERRORS: &'static [OauthError] = &[OauthError::NoToken, OauthError::InvalidToken];
    type Dialect = OauthApi;
    type Ctx = Ctx;
    type Caller = RegisteredClient;
    type Input = NoInput;
    type Output = Removed;

    async fn call(
        at: &Moment,
        RegisteredClient(client): RegisteredClient,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<Removed>, OauthError> {
        let pass = gate.pass().await?;
        at.store.remove_client(&client.id).await?;
        Ok(pass.give(Removed))
    }
}
