//! Change the password: `docs/api/account.md#change-the-password`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::service::password_change::{NotReplaced, PasswordChange};
use shared::token::InvalidToken;
use shared::user::password::CanonicalPassword;

use crate::caller::SignedIn;
use crate::wire::{AccountApi, AccountError, Field, Problems, Success, digest_schema, object_schema, required};

/// `POST /api/Auth/ChangePassword`: the caller's session stays, the user's others end.
///
/// A wrong old password counts like a wrong one at sign-in: a stolen token does not get around that limit.
#[derive(Clone, Copy, Debug)]
pub struct ChangePassword;

/// `{"oldPassword", "newPassword"}`
#[derive(Debug)]
pub struct ChangePasswordBody {
    old: CanonicalPassword,
    /// `None` for a text that is not a digest; the old password is checked first.
    new: Option<CanonicalPassword>,
}

impl Endpoint for ChangePassword {
    const ROUTE: Route = Route::post("account-change-password", "/api/Auth/ChangePassword");
    const SUMMARY: &'static str = "Set another password. The user's other sessions end.";
    const ERRORS: &'static [AccountError] = &[
        AccountError::NoToken,
        AccountError::MediaType,
        AccountError::Malformed,
        AccountError::Invalid(Problems::EXAMPLE),
        AccountError::WrongOldPassword,
        AccountError::InvalidNewPassword,
        AccountError::Resting,
        AccountError::BodyTooLarge,
    ];
    type Dialect = AccountApi;
    type Ctx = Ctx;
    type Caller = SignedIn;
    type Input = ChangePasswordBody;
    type Output = Success;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: SignedIn,
        body: ChangePasswordBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Success>, AccountError> {
        let SignedIn { app, user, session, device } = caller;
        let language = app.policy.language.unwrap_or(at.config.default_language);
        let change =
            PasswordChange { app: &app, user: &user, session: &session, device: &device, language, old: &body.old };
        let counted = at.count_password_change(change).await?;
        let pass = gate.pass().await?;
        at.replace_password(counted, body.new.as_ref()).await?;
        Ok(pass.give(Success))
    }
}

impl From<NotReplaced> for AccountError {
    fn from(error: NotReplaced) -> Self {
        match error {
            NotReplaced::NoHandle => Self::NoToken,
            NotReplaced::WrongOld => Self::WrongOldPassword,
            NotReplaced::Resting(_) => Self::Resting,
            NotReplaced::UnusableNew => Self::InvalidNewPassword,
            NotReplaced::Moved => Self::InvalidToken(InvalidToken::AllSessionsEnded),
            NotReplaced::Store(error) => error.into(),
        }
    }
}

impl Input<ChangePassword> for ChangePasswordBody {
    fn parse(request: &Request) -> Result<Self, AccountError> {
        let [old, new] = required(request, [Field::OldPassword, Field::NewPassword])?;
        Ok(Self { old: CanonicalPassword::presented(old), new: new.expose().parse().ok() })
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("oldPassword", digest_schema()), ("newPassword", digest_schema())]))
    }
}
