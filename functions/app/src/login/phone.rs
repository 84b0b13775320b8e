//! The phone form of sign-in: `docs/api/app.md#sign-in`.

use runtime::{Fields, Moment};
use serde_json::Value;
use shared::code::digits::Code;
use shared::service::phone::Proven;
use shared::session::Transport;
use shared::session::method::Method;
use shared::user::phone::TypedPhone;

use crate::caller::KnownApp;
use crate::wire::AppError;
use crate::wire::object_schema;
use crate::wire::phone::{PhoneWelcome, code_schema, phone_schema, read_phone};

/// `{"phone", "code"}`
#[derive(Debug)]
pub(super) struct Body {
    pub(super) phone: TypedPhone,
    /// `None`: not six digits, which differs from any code and costs no try.
    pub(super) code: Option<Code>,
}

impl Body {
    pub(super) fn read(fields: &Fields) -> Result<Self, AppError> {
        let phone = read_phone(fields)?;
        // A malformed code is refused after the record's own refusals.
        Ok(Self { phone, code: fields.text("code").and_then(|text| Code::read(text).ok()) })
    }

    pub(super) fn schema() -> Value {
        object_schema(&[("phone", phone_schema()), ("code", code_schema())])
    }
}

/// Opens a session for a known phone, registers an unknown one.
pub(super) async fn enter(at: &Moment, caller: &KnownApp, proven: Proven) -> Result<PhoneWelcome, AppError> {
    let opener = at.opener(caller.app(), Transport::App, caller.device()).await?.by(Method::Sms);
    let entered = at.enter_by_phone(caller.id(), proven, |user, epoch| opener.single(user, epoch)).await?;
    Ok(PhoneWelcome {
        user: entered.user,
        phone: caller.app().policy.sms.show(&entered.phone),
        token: entered.given,
        is_new: entered.is_new,
    })
}
