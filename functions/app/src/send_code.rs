//! Text a code to sign in with: `docs/api/app.md#send-a-code`.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::code::sms::Purpose;
use shared::service::phone::TextTo;
use shared::user::phone::TypedPhone;

use crate::caller::KnownApp;
use crate::wire::phone::{admit_phone, phone_schema, read_phone};
use crate::wire::{AppApi, AppError, Message, object_schema};

/// `POST /api/v1/auth/send-code`: texts a six-digit code.
#[derive(Clone, Copy, Debug)]
pub struct SendCode;

/// `{"phone"}`
#[derive(Debug)]
pub struct SendCodeBody {
    phone: TypedPhone,
    accept_language: Option<String>,
}

impl Endpoint for SendCode {
    const ROUTE: Route = Route::post("app-send-code", "/api/v1/auth/send-code");
    const SUMMARY: &'static str = "Text a six-digit code to a phone. The answer is the same for every number.";
    const ERRORS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::MalformedBody,
        AppError::InvalidPhone,
        AppError::SentJustNow,
        AppError::SmsNotSent(runtime::Cause::TooSlow),
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = KnownApp;
    type Input = SendCodeBody;
    type Output = Message;

    fn prepare(ctx: &Ctx) {
        ctx.texter();
    }

    async fn call(
        at: &Moment,
        caller: KnownApp,
        body: SendCodeBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Message>, AppError> {
        let phone = admit_phone(&body.phone, caller.app())?;
        let language = caller.language(at, body.accept_language.as_deref());
        let to = TextTo { phone: &phone, source: caller.device().address(), language, purpose: Purpose::SignIn };
        let asked = at.ask_code(caller.id(), to).await?;
        let pass = gate.pass().await?;
        at.text_code(caller.app(), to, asked).await?;
        Ok(pass.give(Message::CODE_SENT))
    }
}

impl Input<SendCode> for SendCodeBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body(), &["phone"])?;
        let accept_language = request.header("accept-language").map(str::to_owned);
        Ok(Self { phone: read_phone(&fields)?, accept_language })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("phone", phone_schema())]))
    }
}
