//! Verify the address by the code from the mail: `docs/api/browser.md#verify-the-address`.

use runtime::{Admitted, Answer, Ctx, Endpoint, Fields, Gate, Input, Moment, Output, Request, Route};
use serde_json::{Value, json};
use shared::code::digits::Code;
use shared::language::Language;
use shared::session::Transport;
use shared::token::InvalidToken;
use web::Verifier;

use crate::wire::{BrowserApi, BrowserError, Field, Problem, Problems, object_schema};

/// `POST /api/v1/auth/verify-email`: proves an address by the code that was mailed there.
#[derive(Clone, Copy, Debug)]
pub struct VerifyEmail;

/// `{"verification_code"}`
#[derive(Debug)]
pub struct VerifyEmailBody(Code);

/// `{"message", "email_verified": true}`
#[derive(Clone, Copy, Debug)]
pub struct Verified(Language);

impl Endpoint for VerifyEmail {
    const ROUTE: Route = Route::post("browser-verify-email", "/api/v1/auth/verify-email");
    const SUMMARY: &'static str = "Verify the e-mail address with the code from the mail.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::NO_CODE),
        BrowserError::WrongCode,
        BrowserError::DeadCode,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Verifier;
    type Input = VerifyEmailBody;
    type Output = Verified;

    /// The try is compared before the gate, beside the look at the session. Nothing of it has to be taken back: a try that
    /// was refused costs one of five, and only a reader of the mail has the right code.
    async fn call(
        at: &Moment,
        caller: Verifier,
        body: VerifyEmailBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<Verified>, BrowserError> {
        let Verifier { visitor, bearer } = caller;
        let app = &visitor.app.id;
        let (standing, proven) = tokio::join!(
            at.store.standing(app, &bearer, Transport::Browser, at.now),
            at.prove_email_by_code(app, bearer.user, &body.0),
        );
        standing?;
        proven?;
        Ok(gate.pass().await?.give(Verified(visitor.language)))
    }
}

impl Input<VerifyEmail> for VerifyEmailBody {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["verification_code"])?;
        let code = fields.text("verification_code").filter(|code| !code.is_empty());
        let code = code.ok_or_else(|| BrowserError::invalid(Field::VerificationCode, Problem::Missing))?;
        let code = Code::read(code).map_err(|_| BrowserError::invalid(Field::VerificationCode, Problem::NotACode))?;
        Ok(Self(code))
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("verification_code", json!({"type": "string", "pattern": "^[0-9]{6}$"}))]))
    }
}

impl Output for Verified {
    fn answer(self) -> Answer {
        let message = match self.0 {
            Language::Chinese => "邮箱已验证",
            Language::English => "The e-mail address is verified.",
        };
        Answer::json(200, &json!({"message": message, "email_verified": true}))
    }

    fn schema() -> Value {
        object_schema(&[("message", json!({"type": "string"})), ("email_verified", json!({"const": true}))])
    }
}
