//! A3: by phone and code.

use runtime::{Ctx, Fields};
use serde_json::Value;
use shared::code::digits::Code;
use shared::session::{Session, Transport};
use shared::store::{Arrival, Nonce, NotSpent, Registration, SmsProof, StoreError};
use shared::user::User;
use shared::user::identity::{Handle, Identity};
use shared::user::phone::{Phone, TypedPhone};

use crate::caller::KnownApp;
use crate::wire::AppError;
use crate::wire::object_schema;
use crate::wire::phone::{PhoneWelcome, admit_phone, code_schema, phone_schema, read_phone};

/// `{"phone", "code"}`
#[derive(Debug)]
pub(super) struct Body {
    phone: TypedPhone,
    code: Code,
}

/// Somebody gave the right code, and may be known.
#[derive(Debug)]
pub(super) struct Proven {
    phone: Phone,
    proof: SmsProof,
    identity: Option<Identity>,
}

impl Body {
    pub(super) fn read(fields: &Fields) -> Result<Self, AppError> {
        let phone = read_phone(fields)?;
        // What is no string is a code that differs: it has its place behind the record's own refusals.
        Ok(Self { phone, code: Code::presented(fields.text("code").unwrap_or_default()) })
    }

    pub(super) fn schema() -> Value {
        object_schema(&[("phone", phone_schema()), ("code", code_schema())])
    }

    /// Counts the try and compares, and looks up whose the phone is: one after the limiter's refusal would be one
    /// round trip more. A try that is counted beside a refusal costs a try, and tells nothing.
    pub(super) async fn prove(&self, ctx: &Ctx, caller: &KnownApp) -> Result<Proven, AppError> {
        let (app, now) = (caller.id(), ctx.now());
        let phone = admit_phone(&self.phone, caller.app())?;
        let handle = Handle::Phone(phone.clone());
        let (proof, identity) =
            tokio::join!(ctx.store.guess_sms_code(app, &phone, &self.code, now), ctx.store.identity(app, &handle, now));
        Ok(Proven { proof: proof?, identity: identity?, phone })
    }
}

impl Proven {
    /// Opens a session for a known phone, registers an unknown one.
    pub(super) async fn enter(self, ctx: &Ctx, caller: &KnownApp) -> Result<PhoneWelcome, AppError> {
        let entered = match &self.identity {
            Some(identity) => self.come_back(ctx, caller, identity).await,
            None => self.join(ctx, caller).await,
        };
        if !matches!(entered, Err(NotSpent::PhoneTaken)) {
            return Ok(entered?);
        }
        // Somebody registered the phone since it was looked up.
        let handle = Handle::Phone(self.phone.clone());
        let identity = ctx.store.identity(caller.id(), &handle, ctx.now()).await?.ok_or(AppError::NoCode)?;
        Ok(self.come_back(ctx, caller, &identity).await?)
    }

    async fn come_back(&self, ctx: &Ctx, caller: &KnownApp, identity: &Identity) -> Result<PhoneWelcome, NotSpent> {
        let session =
            Session::open(identity.user, identity.epoch, Transport::App, caller.device(), &ctx.random, ctx.now());
        self.spend(ctx, caller, Arrival::Known(&session.clone().into()), &session).await
    }

    async fn join(&self, ctx: &Ctx, caller: &KnownApp) -> Result<PhoneWelcome, NotSpent> {
        let now = ctx.now();
        let user = User { phone: Some(self.phone.clone()), ..User::new(&ctx.random, now) };
        let session = Session::open(user.id, user.epoch, Transport::App, caller.device(), &ctx.random, now);
        let registration =
            Registration { user, password: None, challenge: None, opening: Some(session.clone().into()) };
        self.spend(ctx, caller, Arrival::New(&registration), &session).await
    }

    async fn spend(
        &self,
        ctx: &Ctx,
        caller: &KnownApp,
        arrival: Arrival<'_>,
        session: &Session,
    ) -> Result<PhoneWelcome, NotSpent> {
        let (now, nonce) = (ctx.now(), Nonce::draw(&ctx.random));
        let ring = ctx.store.ring(now).await?;
        // Signed first: a key that cannot be used spends no code.
        let token = session.access_token(caller.app(), &ctx.config.public_url, &ring, now).map_err(StoreError::from)?;
        // That the code was used is for the prefix's breaker; that it could not be noted is no reason to refuse.
        let (spent, _) = tokio::join!(
            ctx.store.spend_sms_code(caller.id(), &self.proof, arrival, &nonce, now),
            ctx.store.note_verified(&self.phone, now),
        );
        spent?;
        Ok(PhoneWelcome {
            user: session.user,
            phone: caller.app().policy.sms.show(&self.phone),
            token,
            is_new: matches!(arrival, Arrival::New(_)),
        })
    }
}
