//! A2: by e-mail and password.

use runtime::{Ctx, Fields};
use serde_json::{Value, json};
use shared::secret::Secret;
use shared::session::{Session, Transport};
use shared::store::StoreError;
use shared::user::email::Email;
use shared::user::identity::{Identity, Login};
use shared::user::password::CanonicalPassword;
use shared::user::sign_in::SignIn;

use crate::caller::KnownApp;
use crate::wire::{AppError, Welcome, email_schema, object_schema};

/// `{"email", "password"}`
#[derive(Debug)]
pub(super) struct Body {
    email: Email,
    login: Login,
    password: CanonicalPassword,
}

/// Wrong passwords that are free, in five minutes. SP 800-63B-4 §3.2.2 allows a hundred in all; ten stop guessing and
/// let a person try every password they have.
const FREE_FAILURES: u32 = 10;

impl Body {
    pub(super) fn read(fields: &Fields) -> Result<Self, AppError> {
        let member = |name| fields.text(name).filter(|text| !text.is_empty()).ok_or(AppError::NoLoginForm);
        let (email, password) = (member("email")?, Secret::new(member("password")?.to_owned()));
        let email: Email = email.parse().map_err(|_| AppError::InvalidEmail)?;
        Ok(Self {
            login: Login::Handle(email.clone().into()),
            email,
            password: CanonicalPassword::from_plain(&password),
        })
    }

    pub(super) fn schema() -> Value {
        object_schema(&[("email", email_schema()), ("password", json!({"type": "string", "minLength": 1}))])
    }

    pub(super) async fn identity(&self, ctx: &Ctx, caller: &KnownApp) -> Result<Option<Identity>, StoreError> {
        ctx.store.identity_of(caller.id(), &self.login, ctx.now()).await
    }

    /// Checks the password and opens a session.
    pub(super) async fn enter(
        self,
        ctx: &Ctx,
        caller: &KnownApp,
        identity: Option<Identity>,
    ) -> Result<Welcome, AppError> {
        let now = ctx.now();
        let sign_in = SignIn {
            store: &ctx.store,
            hasher: ctx.hasher(),
            random: &ctx.random,
            app: caller.id(),
            login: &self.login,
            password: &self.password,
            free_failures: FREE_FAILURES,
            now,
        };
        let recognised = sign_in.recognise(identity.as_ref()).await?;
        let (user, epoch) = (recognised.identity.user, recognised.identity.epoch);
        let session = Session::open(user, epoch, Transport::App, caller.device(), &ctx.random, now);
        let ring = ctx.store.ring(now).await?;
        let token = session.access_token(caller.app(), &ctx.config.public_url, &ring, now)?;
        sign_in.open(&recognised, &session.into()).await?;
        Ok(Welcome::signed_in(user, self.email, token))
    }
}
