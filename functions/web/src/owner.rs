//! The owner of an account, who is signed in by whichever API opens it; and the account as its owner sees it.

use std::sync::Arc;

use runtime::{Caller, Ctx, Dialect, Endpoint, Moment, Request, Security, object_schema};
use serde_json::{Value, json};
use shared::app::App;
use shared::app::apis::Api;
use shared::language::Language;
use shared::service::confirmation::Owner;
use shared::session::{Bearer, Session, Transport};
use shared::token::{InvalidToken, jwt};
use shared::user::User;
use shared::user::email::Email;
use shared::user::phone::Phone;
use shared::user::username::Username;

use crate::caller::{CrossOrigin, NotSignedIn, Verifier, Visitor};

/// The owner of an account, with an access token of the Browser API, in the header or a cookie, or of the Account API.
#[derive(Clone, Debug)]
pub struct AccountOwner {
    /// Whose page.
    pub visitor: Visitor,
    /// The app.
    pub app: Arc<App>,
    /// The user.
    pub user: User,
    /// The session that the token belongs to.
    pub session: Session,
}

impl AccountOwner {
    /// Reads the token and asks the store whether its session lives.
    ///
    /// # Errors
    /// [`NotSignedIn`]
    pub async fn meet(at: &Moment, request: &Request) -> Result<Self, NotSignedIn> {
        match Verifier::meet(at, request).await {
            Ok(Verifier { visitor, bearer }) => {
                let app = Arc::clone(&visitor.app);
                let (user, session) = at.store.standing_session(&app.id, &bearer, Transport::Browser, at.now).await?;
                Ok(Self { visitor, app, user, session })
            }
            Err(NotSignedIn::InvalidToken(why)) if request.bears() => Self::of_account_api(at, request, why).await,
            Err(refused) => Err(refused),
        }
    }

    /// Somebody with a token that is none of the Browser API, for the reason given.
    async fn of_account_api(at: &Moment, request: &Request, why: InvalidToken) -> Result<Self, NotSignedIn> {
        let token = request.bearer().unwrap_or_default();
        let ring = at.ring().await?;
        let app = match jwt::audience(ring, token) {
            Some(id) => at.enabled_app(&id).await?,
            None => None,
        };
        let app = app.filter(|app| app.policy.apis.have(Api::Account)).ok_or(NotSignedIn::InvalidToken(why))?;
        let bearer = Bearer::verify(token, Transport::Account, &app, &at.config.public_url, ring, at.now);
        let bearer = bearer.map_err(NotSignedIn::InvalidToken)?;
        let (user, session) = at.store.standing_session(&app.id, &bearer, Transport::Account, at.now).await?;
        let visitor = Visitor::meet_again(at, request, CrossOrigin::WithoutCookies).await?;
        Ok(Self { visitor, app, user, session })
    }

    /// As the use cases know them.
    #[must_use]
    pub fn owner(&self) -> Owner<'_> {
        let Self { visitor, app, user, session } = self;
        let language = user.locale.unwrap_or(visitor.language);
        Owner { app, user, session, device: &visitor.device, language }
    }
}

impl<E: Endpoint<Ctx = Ctx>> Caller<E> for AccountOwner
where
    <E::Dialect as Dialect>::Error: From<NotSignedIn>,
{
    const SECURITY: &'static [Security] = &[Security::Session];

    async fn identify(at: &Moment, request: &Request) -> Result<Self, <E::Dialect as Dialect>::Error> {
        Ok(Self::meet(at, request).await?)
    }

    fn app(&self) -> Option<&str> {
        Some(self.app.id.as_str())
    }
}

/// The account as its owner sees it: `docs/api/browser.md#account`.
#[must_use]
pub fn account(user: &User) -> Value {
    json!({
        "id": user.id.to_string(),
        "username": user.username.as_ref().map(Username::as_typed),
        "name": user.name,
        "email": user.email.as_ref().map(Email::as_str),
        "email_verified": user.email_proof.is_proven(),
        "phone": user.phone.as_ref().map(Phone::as_e164),
        // A phone is on record only once its owner has typed the code that was sent there.
        "phone_verified": user.phone.is_some(),
        "locale": user.locale.map(Language::tag),
        "created": user.created.rfc3339(),
    })
}

/// The schema of [`account`].
#[must_use]
pub fn account_schema() -> Value {
    let (maybe, flag) = (|| json!({"type": ["string", "null"]}), || json!({"type": "boolean"}));
    object_schema(&[
        ("id", json!({"type": "string"})),
        ("username", maybe()),
        ("name", json!({"type": "string"})),
        ("email", maybe()),
        ("email_verified", flag()),
        ("phone", maybe()),
        ("phone_verified", flag()),
        ("locale", maybe()),
        ("created", json!({"type": "string", "format": "date-time"})),
    ])
}
