//! A4: somebody wants to come in by phone.

use runtime::{Ctx, Endpoint, Fields, Input, Request, Route};
use serde_json::Value;
use shared::budget::Spending;
use shared::code::digits::Code;
use shared::code::sms::{LIFETIME, SmsRecord};
use shared::notify::sms::NotTexted;
use shared::notify::text_message::TextMessage;
use shared::store::{Nonce, SmsIssue, StoreError, Withdrawal};
use shared::user::phone::{Phone, TypedPhone};

use crate::caller::KnownApp;
use crate::wire::phone::{admit_phone, phone_schema, read_phone};
use crate::wire::{AppApi, AppError, Message, object_schema};

/// `POST /api/v1/auth/send-code`: texts a six-digit code.
///
/// Nobody is looked up, so the answer cannot tell who is registered. A budget that is used up holds the message back
/// after the same writes and with the same answer: whoever pumps messages does not learn when they stopped.
#[derive(Clone, Copy, Debug)]
pub struct SendCode;

/// `{"phone"}`
#[derive(Debug)]
pub struct SendCodeBody {
    phone: TypedPhone,
    accept_language: Option<String>,
}

/// Why a code that is on record did not leave.
enum NotDelivered {
    Store(StoreError),
    Texted(NotTexted),
}

impl Endpoint for SendCode {
    const ROUTE: Route = Route::post("app-send-code", "/api/v1/auth/send-code");
    const SUMMARY: &'static str = "Text a six-digit code to a phone; the same answer for any number.";
    const REFUSALS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::MalformedBody,
        AppError::InvalidPhone,
        AppError::SentJustNow,
        AppError::SmsNotSent(crate::wire::Cause::TooSlow),
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = KnownApp;
    type Input = SendCodeBody;
    type Loaded = (Phone, SmsRecord);
    type Output = Message;

    fn prepare(ctx: &Ctx) {
        ctx.texter();
    }

    async fn load(ctx: &Ctx, caller: &KnownApp, body: &SendCodeBody) -> Result<(Phone, SmsRecord), AppError> {
        let phone = admit_phone(&body.phone, caller.app())?;
        let record = ctx.store.sms_record(caller.id(), &phone, ctx.now()).await?;
        Ok((phone, record))
    }

    async fn call(
        ctx: &Ctx,
        caller: KnownApp,
        body: SendCodeBody,
        (phone, record): (Phone, SmsRecord),
    ) -> Result<Message, AppError> {
        let code = Code::draw(&ctx.random);
        let issue = SmsIssue { app: caller.id(), phone: &phone, nonce: Nonce::draw(&ctx.random), now: ctx.now() };
        // One conditional write: the cooldown, the counts and the new code cannot disagree.
        let before = ctx.store.put_sms_code(&issue, &code, record).await?;
        let language = caller.language(ctx, body.accept_language.as_deref());
        let message = TextMessage::code(caller.app(), code, LIFETIME, language);
        let Err(failure) = deliver(ctx, &caller, &phone, message).await else { return Ok(Message::CODE_SENT) };
        // The failure is the answer, whether or not the cooldown could be given back.
        let _ = ctx.store.withdraw_sms_code(&issue, &before, failure.withdrawal()).await;
        Err(failure.into())
    }
}

/// Sends the message, if every budget has room for it.
async fn deliver(ctx: &Ctx, caller: &KnownApp, phone: &Phone, message: TextMessage) -> Result<(), NotDelivered> {
    let (now, charges) = (ctx.now(), ctx.config.sms_budgets.text_message(caller.id(), phone));
    if let Spending::Suppress(charge) = ctx.store.spend(&charges, now).await.map_err(NotDelivered::Store)? {
        runtime::log_suppressed(caller.id(), &charge);
        return Ok(());
    }
    let Err(failure) = ctx.texter().send(caller.app(), phone, message).await else { return Ok(()) };
    if !matches!(failure, NotTexted::Unknown(_)) {
        // Not sent is not paid. A refund that fails leaves a budget that is used up early.
        let _ = ctx.store.refund(&charges, now).await;
    }
    Err(NotDelivered::Texted(failure))
}

impl NotDelivered {
    const fn withdrawal(&self) -> Withdrawal {
        match self {
            Self::Texted(NotTexted::Unknown(_)) => Withdrawal::Unknown,
            Self::Store(_) | Self::Texted(_) => Withdrawal::Unsent,
        }
    }
}

impl From<NotDelivered> for AppError {
    fn from(failure: NotDelivered) -> Self {
        match failure {
            NotDelivered::Store(error) => error.into(),
            NotDelivered::Texted(error) => error.into(),
        }
    }
}

impl Input<SendCode> for SendCodeBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body())?;
        let accept_language = request.header("accept-language").map(str::to_owned);
        Ok(Self { phone: read_phone(&fields)?, accept_language })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("phone", phone_schema())]))
    }
}
