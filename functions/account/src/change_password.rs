//! Change the password: `docs/api/account.md#change-the-password`.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::Value;
use shared::notify::letter::Event;
use shared::service::sign_in::{Attempt, NotRecognised};
use shared::service::tell::News;
use shared::store::PasswordTry;
use shared::user::identity::{Handle, Login};
use shared::user::lockout::FEW_FREE_FAILURES;
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
    const SUMMARY: &'static str = "Set another password; the caller's session stays, the user's others end.";
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
        // A user who signed in here has such a handle; all of them have the same password.
        let handle = user.handles().into_iter().find(Handle::takes_password).ok_or(AccountError::NoToken)?;
        let login = Login::Handle(handle);
        let attempt = Attempt {
            app: &app.id,
            login: &login,
            password: &body.old,
            source: device.address(),
            free_failures: FEW_FREE_FAILURES,
        };
        let reserved = at.reserve(&attempt).await?;
        let pass = gate.pass().await?;
        let recognised = at.recognise(attempt, reserved).await.map_err(|error| match error {
            NotRecognised::Wrong(_) => AccountError::WrongOldPassword,
            error => error.into(),
        })?;
        let Some(new) = body.new else {
            // The old password was right: somebody who looks for an acceptable new one does not guess.
            let cap = FEW_FREE_FAILURES;
            let tried = PasswordTry { app: &app.id, login: &login, source: device.address(), cap, now: at.now };
            tokio::try_join!(
                at.store.note_success(&tried, &recognised.identity),
                // It opens no session, which would tell that it was right.
                at.store.withdraw_try(&tried),
            )?;
            return Err(AccountError::InvalidNewPassword);
        };
        at.store.change_password(&app.id, &user, &session, &at.hash(&new), at.now).await?;
        let language = app.policy.language.unwrap_or(at.config.default_language);
        let news = News { app: &app, event: Event::PasswordChanged, device: &device, language };
        at.tell(news, &user.handles()).await;
        Ok(pass.give(Success))
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
