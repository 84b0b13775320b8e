//! Who presents a token: a user on a page of ours, or a client that acts for one.

use std::sync::Arc;

use runtime::{Caller, Ctx, Endpoint, Moment, Request, Security};
use shared::id::AppId;
use shared::oauth::access_token::AccessToken;
use shared::oauth::memento::MementoId;
use shared::store::Standing;
use shared::token::InvalidToken;
use shared::user::User;
use web::SignedIn;

use super::{ResourceError, Resources};

/// The caller: a valid token of the user or of a client.
#[derive(Clone, Debug)]
pub enum Holder {
    /// A user, by the Browser API's JWT or cookie.
    OnlyTheUser(Box<SignedIn>),
    /// A client, by an OAuth token.
    Client {
        /// The app.
        app: AppId,
        /// Whom it acts for, and what it was let have.
        standing: Arc<Standing>,
    },
}

impl Holder {
    async fn meet(at: &Moment, request: &Request) -> Result<Self, ResourceError> {
        let ring = at.ring().await?;
        let app_of = |issuer: &str| at.config.app_of(issuer);
        let token = match request.bearer().map(|token| AccessToken::verify(token, app_of, ring, at.now)) {
            Some(Ok(token)) => token,
            None | Some(Err(InvalidToken::Unknown)) => {
                return Ok(Self::OnlyTheUser(Box::new(SignedIn::meet(at, request).await?)));
            }
            Some(Err(why)) => return Err(ResourceError::InvalidToken(why)),
        };
        let AccessToken { app, bearer, client, .. } = &token;
        let (known, record, standing) = tokio::join!(
            at.client(client),
            at.enabled_app(app),
            at.store.delegated_standing(app, bearer, client, at.now)
        );
        let (Some(_), Some(_)) = (known?, record?) else {
            return Err(ResourceError::InvalidToken(InvalidToken::Unknown));
        };
        let mut standing = standing?;
        standing.grant = standing.grant.seen_by(token.mementos.as_deref());
        Ok(Self::Client { standing: Arc::new(standing), app: token.app })
    }

    /// The app.
    #[must_use]
    pub fn app(&self) -> &AppId {
        match self {
            Self::OnlyTheUser(person) => &person.app.id,
            Self::Client { app, .. } => app,
        }
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &User {
        match self {
            Self::OnlyTheUser(person) => &person.user,
            Self::Client { standing, .. } => &standing.user,
        }
    }

    /// The user, if it is they who ask: clients only read.
    ///
    /// # Errors
    /// [`ResourceError::ReadOnly`]
    pub fn person(&self) -> Result<&SignedIn, ResourceError> {
        match self {
            Self::OnlyTheUser(person) => Ok(person.as_ref()),
            Self::Client { .. } => Err(ResourceError::ReadOnly),
        }
    }

    /// The id in a path, if it is of a memento of the user's that the holder may see.
    ///
    /// # Errors
    /// [`ResourceError::UnknownMemento`]
    pub(crate) async fn memento(&self, at: &Moment, text: &str) -> Result<MementoId, ResourceError> {
        let ring = at.ring().await?;
        let id = MementoId::read(text, self.user().id, self.app(), ring).ok_or(ResourceError::UnknownMemento)?;
        match self {
            Self::Client { standing, .. } if !standing.grant.mementos.contains(&id) => {
                Err(ResourceError::UnknownMemento)
            }
            _ => Ok(id),
        }
    }
}

/// The user. A client's token is refused.
#[derive(Clone, Debug)]
pub struct OnlyTheUser(pub SignedIn);

impl<E: Endpoint<Ctx = Ctx, Dialect = Resources>> Caller<E> for OnlyTheUser {
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, ResourceError> {
        match Holder::meet(at, request).await? {
            Holder::OnlyTheUser(person) => Ok(Self(*person)),
            // RFC 6750 §3.1: its token is good, so it need not fetch another.
            Holder::Client { .. } => Err(ResourceError::NotForClients),
        }
    }

    fn app(&self) -> Option<&str> {
        Some(self.0.app.id.as_str())
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = Resources>> Caller<E> for Holder {
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, ResourceError> {
        Self::meet(at, request).await
    }

    fn app(&self) -> Option<&str> {
        Some(self.app().as_str())
    }
}
