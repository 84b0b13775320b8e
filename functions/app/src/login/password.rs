//! The e-mail form of sign-in: `docs/api/app.md#sign-in`.

use runtime::{Fields, Moment};
use serde_json::{Value, json};
use shared::captcha::CaptchaResponse;
use shared::factor::otp::Otp;
use shared::secret::Secret;
use shared::service::sign_in::Attempt;
use shared::session::Transport;
use shared::store::ReservedTry;
use shared::user::email::Email;
use shared::user::identity::{Identity, Login};
use shared::user::lockout::FREE_FAILURES;
use shared::user::password::CanonicalPassword;

use crate::caller::KnownApp;
use crate::wire::{AppError, Welcome, email_schema, object_schema, read_captcha, read_otp, with_captcha, with_otp};

/// `{"email", "password"}`
#[derive(Debug)]
pub(super) struct Body {
    email: Email,
    login: Login,
    password: CanonicalPassword,
    otp: Option<Otp>,
    pub(super) captcha: Option<CaptchaResponse>,
}

impl Body {
    pub(super) fn read(fields: &Fields) -> Result<Self, AppError> {
        let member = |name| fields.text(name).filter(|text| !text.is_empty()).ok_or(AppError::NoLoginForm);
        let (email, password) = (member("email")?, Secret::new(member("password")?.to_owned()));
        let email: Email = email.parse().map_err(|_| AppError::InvalidEmail)?;
        Ok(Self {
            login: Login::Handle(email.clone().into()),
            email,
            password: CanonicalPassword::from_plain(&password),
            otp: read_otp(fields),
            captcha: read_captcha(fields),
        })
    }

    pub(super) fn schema() -> Value {
        let password = json!({"type": "string", "minLength": 1});
        with_otp(with_captcha(object_schema(&[("email", email_schema()), ("password", password)])))
    }

    /// What is tried.
    pub(super) fn attempt<'a>(&'a self, caller: &'a KnownApp) -> Attempt<'a> {
        Attempt {
            app: caller.id(),
            login: &self.login,
            password: &self.password,
            source: caller.device().address(),
            free_failures: FREE_FAILURES,
        }
    }

    /// Checks the password and opens a session.
    pub(super) async fn enter(
        self,
        at: &Moment,
        caller: &KnownApp,
        reserved: ReservedTry,
        accept_language: Option<&str>,
    ) -> Result<Welcome, AppError> {
        let recognised = at.recognise(self.attempt(caller), reserved).await?;
        let Identity { user, epoch, .. } = recognised.identity;
        let entrant = at.pass(caller.app(), recognised, self.otp.as_ref()).await?;
        let opener = at.opener(caller.app(), Transport::App, caller.device()).await?;
        let (opening, token) = opener.by(entrant.methods()).single(user, epoch)?;
        at.let_in(caller.app(), &entrant, &opening, caller.language(at, accept_language)).await?;
        Ok(Welcome::signed_in(user, self.email, token))
    }
}
