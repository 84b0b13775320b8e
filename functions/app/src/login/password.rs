//! A2: by e-mail and password.

use runtime::{Ctx, Fields};
use serde_json::{Value, json};
use shared::secret::Secret;
use shared::session::{Session, Transport};
use shared::store::StoreError;
use shared::user::email::Email;
use shared::user::identity::{Handle, Identity};
use shared::user::lockout::Brake;
use shared::user::password::{CanonicalPassword, Verdict};

use crate::caller::KnownApp;
use crate::wire::{AppError, Welcome, email_schema, object_schema};

/// `{"email", "password"}`
#[derive(Debug)]
pub(super) struct Body {
    email: Email,
    handle: Handle,
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
        Ok(Self { handle: email.clone().into(), email, password: CanonicalPassword::from_plain(&password) })
    }

    pub(super) fn schema() -> Value {
        object_schema(&[("email", email_schema()), ("password", json!({"type": "string", "minLength": 1}))])
    }

    pub(super) async fn identity(&self, ctx: &Ctx, caller: &KnownApp) -> Result<Option<Identity>, StoreError> {
        ctx.store.identity(caller.id(), &self.handle, ctx.now()).await
    }

    /// Checks the password and opens a session.
    pub(super) async fn enter(
        self,
        ctx: &Ctx,
        caller: &KnownApp,
        identity: Option<Identity>,
    ) -> Result<Welcome, AppError> {
        let now = ctx.now();
        // The work is the same whether the handle is unknown, resting or wrong: hash, then count.
        let stored = identity.as_ref().and_then(|identity| identity.password.as_ref());
        let verdict = ctx.hasher().verify(&self.password, stored);
        let (Some(identity), Verdict::Right | Verdict::RightButStale) = (&identity, verdict) else {
            return Err(self.refuse(ctx, caller, identity.is_some()).await?);
        };
        if let Brake::Resting(_) = identity.failures.brake(FREE_FAILURES, now) {
            return Err(self.refuse(ctx, caller, true).await?);
        }
        let session = Session::open(identity.user, identity.epoch, Transport::App, caller.device(), &ctx.random, now);
        let ring = ctx.store.ring(now).await?;
        let token = session.access_token(caller.app(), &ctx.config.public_url, &ring, now)?;
        tokio::try_join!(
            async { ctx.store.open_session(caller.id(), &session.into()).await },
            self.tidy(ctx, caller, identity, verdict),
        )?;
        Ok(Welcome::signed_in(identity.user, self.email, token))
    }

    /// Counts a login that will not be let in, and says why.
    async fn refuse(&self, ctx: &Ctx, caller: &KnownApp, known: bool) -> Result<AppError, AppError> {
        let brake = ctx.store.note_failure(caller.id(), &self.handle, known, FREE_FAILURES, ctx.now()).await?;
        Ok(match brake {
            Brake::Open => AppError::WrongLogin,
            Brake::Resting(retry_after) => AppError::TooManyRequests { retry_after },
        })
    }

    /// What a success puts right, beside the session: failures are forgotten, an old hash is made anew.
    async fn tidy(
        &self,
        ctx: &Ctx,
        caller: &KnownApp,
        identity: &Identity,
        verdict: Verdict,
    ) -> Result<(), StoreError> {
        let now = ctx.now();
        if !identity.failures.is_clear() {
            ctx.store.clear_failures(caller.id(), &self.handle, now).await?;
        }
        if let (Verdict::RightButStale, Some(old)) = (verdict, &identity.password) {
            let fresh = ctx.hasher().hash(&self.password, &ctx.random);
            ctx.store.replace_hash(caller.id(), &self.handle, old, &fresh, now).await?;
        }
        Ok(())
    }
}
