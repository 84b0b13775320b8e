//! The phone form of sign-in: `docs/api/app.md#sign-in`.

use runtime::{Fields, Moment};
use serde_json::Value;
use shared::code::digits::Code;
use shared::factor::otp::Otp;
use shared::service::new_place::Visit;
use shared::service::phone::Proven;
use shared::session::Transport;
use shared::user::phone::TypedPhone;

use crate::caller::KnownApp;
use crate::wire::phone::{PhoneWelcome, code_schema, phone_schema, read_phone};
use crate::wire::{AppError, object_schema, read_otp, with_otp};

/// `{"phone", "code"}`
#[derive(Debug)]
pub(super) struct Body {
    pub(super) phone: TypedPhone,
    /// `None`: not six digits, which differs from any code and costs no try.
    pub(super) code: Option<Code>,
    pub(super) otp: Option<Otp>,
}

impl Body {
    pub(super) fn read(fields: &Fields) -> Result<Self, AppError> {
        let phone = read_phone(fields)?;
        // A malformed code is refused after the record's own refusals.
        let code = fields.text("code").and_then(|text| Code::read(text).ok());
        Ok(Self { phone, code, otp: read_otp(fields) })
    }

    pub(super) fn schema() -> Value {
        with_otp(object_schema(&[("phone", phone_schema()), ("code", code_schema())]))
    }
}

/// Opens a session for a known phone, registers an unknown one.
pub(super) async fn enter(
    at: &Moment,
    caller: &KnownApp,
    proven: Proven,
    otp: Option<&Otp>,
    accept_language: Option<&str>,
) -> Result<PhoneWelcome, AppError> {
    let opener = at.opener(caller.app(), Transport::App, caller.device()).await?;
    let open = |user, epoch, methods| opener.by(methods).single(user, epoch);
    let language = caller.language(at, accept_language);
    let visit = Visit { app: caller.app(), device: caller.device(), language };
    let entered = at.enter_by_phone(visit, proven, otp, open).await?;
    Ok(PhoneWelcome {
        user: entered.user,
        phone: caller.app().policy.sms.show(&entered.phone),
        token: entered.given,
        is_new: entered.is_new,
    })
}
