//! Set a new password by the token from the mail: `docs/api/app.md#reset-a-password`.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::notify::letter::Event;
use shared::service::tell::News;
use shared::token::opaque::OpaqueToken;
use shared::user::password::CanonicalPassword;

use crate::caller::KnownApp;
use crate::wire::{AppApi, AppError, Message, NewPassword, object_schema};

/// `POST /api/v1/auth/reset-password`: spends a reset link and ends all the user's sessions.
#[derive(Clone, Copy, Debug)]
pub struct ResetPassword;

/// `{"token", "newPassword"}`
#[derive(Debug)]
pub struct ResetPasswordBody {
    /// `None`: no token of ours, so no link either.
    token: Option<OpaqueToken>,
    password: NewPassword,
    accept_language: Option<String>,
}

impl Endpoint for ResetPassword {
    const ROUTE: Route = Route::post("app-reset-password", "/api/v1/auth/reset-password");
    const SUMMARY: &'static str = "Set a new password with the token from the mail. All sessions end.";
    const ERRORS: &'static [AppError] = &[
        AppError::MissingCredentials,
        AppError::InvalidCredentials,
        AppError::MalformedBody,
        AppError::PasswordLength,
        AppError::DeadLink,
        AppError::BodyTooLarge,
    ];
    type Dialect = AppApi;
    type Ctx = Ctx;
    type Caller = KnownApp;
    type Input = ResetPasswordBody;
    type Output = Message;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: KnownApp,
        body: ResetPasswordBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Message>, AppError> {
        let token = body.token.ok_or(AppError::DeadLink)?;
        let link = at.live_link(caller.id(), &token).await?.ok_or(AppError::DeadLink)?;
        let pass = gate.pass().await?;
        let language = caller.language(at, body.accept_language.as_deref());
        let news = News { app: caller.app(), event: Event::LinkUsed, device: caller.device(), language };
        let password = CanonicalPassword::from_plain(&body.password.0);
        at.reset_password(news, &link, &password, None).await?;
        Ok(pass.give(Message::PASSWORD_RESET))
    }
}

impl Input<ResetPassword> for ResetPasswordBody {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let fields = Fields::parse(request.body(), &["token", "newPassword"])?;
        let token = fields.text("token").and_then(|text| text.parse().ok());
        let accept_language = request.header("accept-language").map(str::to_owned);
        Ok(Self { token, password: NewPassword::read(&fields, "newPassword")?, accept_language })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[
            ("token", json!({"type": "string", "pattern": "^[0-9a-f]{64}$"})),
            ("newPassword", NewPassword::schema()),
        ]))
    }
}
