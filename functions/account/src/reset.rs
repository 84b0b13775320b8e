//! Set a new password by the token from the mail: `docs/api/account.md#reset-the-password`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::notify::letter::Event;
use shared::secret::Secret;
use shared::service::tell::News;
use shared::token::opaque::OpaqueToken;
use shared::user::new_password::NewPassword;
use shared::user::password::CanonicalPassword;

use crate::caller::Client;
use crate::wire::{AccountApi, AccountError, Field, Problems, Success, object_schema, required, text_schema};

/// `POST /api/Auth/Reset`: spends a reset link and ends all the user's sessions.
#[derive(Clone, Copy, Debug)]
pub struct Reset;

/// `{"token", "newPassword"}`
#[derive(Debug)]
pub struct ResetBody {
    /// `None`: no token of ours, so no link either.
    token: Option<OpaqueToken>,
    password: CanonicalPassword,
}

impl Endpoint for Reset {
    const ROUTE: Route = Route::post("account-reset", "/api/Auth/Reset");
    const SUMMARY: &'static str =
        "Set a new password, plain or as a digest, with the token from the mail. All sessions end.";
    const ERRORS: &'static [AccountError] = &[
        AccountError::MediaType,
        AccountError::Malformed,
        AccountError::Invalid(Problems::NO_TOKEN),
        AccountError::InvalidNewPassword,
        AccountError::DeadLink,
        AccountError::NoUser,
        AccountError::BodyTooLarge,
    ];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = Client;
    type Input = ResetBody;
    type Output = Success;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: Client,
        body: ResetBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Success>, AccountError> {
        let token = body.token.ok_or(AccountError::DeadLink)?;
        let app = caller.app().map_err(|_| AccountError::DeadLink)?;
        let link = at.live_link(&app.id, &token).await?.ok_or(AccountError::DeadLink)?;
        let pass = gate.pass().await?;
        let (device, language) = (&caller.device, caller.language);
        let news = News { app, event: Event::LinkUsed, device, language };
        at.reset_password(news, &link, &body.password, None).await?;
        Ok(pass.give(Success))
    }
}

impl Input<Reset> for ResetBody {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let [token, password] = required(request, [Field::Token, Field::NewPassword])?;
        Ok(Self { token: token.expose().parse().ok(), password: read(password)? })
    }

    fn schema() -> Option<Value> {
        let password = json!({"type": "string", "minLength": NewPassword::SHORTEST, "maxLength": NewPassword::LONGEST});
        Some(object_schema(&[("token", text_schema()), ("newPassword", password)]))
    }
}

/// The digest, or a plain password: a page that people type into need not hash.
fn read(password: Secret<String>) -> Result<CanonicalPassword, AccountError> {
    if let Ok(digest) = password.expose().parse() {
        return Ok(digest);
    }
    let plain = NewPassword::try_from(password).map_err(|_| AccountError::InvalidNewPassword)?;
    Ok(plain.canonical())
}
