//! A3: by phone and code.

use runtime::{Ctx, Fields};
use serde_json::Value;
use shared::code::digits::Code;
use shared::session::{Session, Transport};
use shared::user::phone::TypedPhone;
use shared::user::phone_sign_in::{PhoneSignIn, Proven};

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

impl Body {
    pub(super) fn read(fields: &Fields) -> Result<Self, AppError> {
        let phone = read_phone(fields)?;
        // What is no string is a code that differs: it has its place behind the record's own refusals.
        Ok(Self { phone, code: Code::presented(fields.text("code").unwrap_or_default()) })
    }

    pub(super) fn schema() -> Value {
        object_schema(&[("phone", phone_schema()), ("code", code_schema())])
    }

    /// One after the limiter's refusal would be one round trip more. A try that is counted beside a refusal costs a try,
    /// and tells nothing.
    pub(super) async fn prove(&self, ctx: &Ctx, caller: &KnownApp) -> Result<Proven, AppError> {
        let phone = admit_phone(&self.phone, caller.app())?;
        Ok(sign_in(ctx, caller).prove(phone, &self.code).await?)
    }
}

/// Opens a session for a known phone, registers an unknown one.
pub(super) async fn enter(ctx: &Ctx, caller: &KnownApp, proven: Proven) -> Result<PhoneWelcome, AppError> {
    let (app, now, ring) = (caller.app(), ctx.now(), ctx.store.ring(ctx.now()).await?);
    let open = |user, epoch| {
        let session = Session::open(user, epoch, Transport::App, caller.device(), &ctx.random, now);
        let token = session.access_token(app, &ctx.config.public_url, &ring, now)?;
        Ok((session.into(), token))
    };
    let entered = sign_in(ctx, caller).enter(proven, open).await?;
    Ok(PhoneWelcome {
        user: entered.user,
        phone: app.policy.sms.show(&entered.phone),
        token: entered.given,
        is_new: entered.is_new,
    })
}

fn sign_in<'a>(ctx: &'a Ctx, caller: &'a KnownApp) -> PhoneSignIn<'a> {
    PhoneSignIn { store: &ctx.store, random: &ctx.random, app: caller.id(), now: ctx.now() }
}
