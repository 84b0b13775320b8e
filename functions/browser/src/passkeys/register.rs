//! `POST /api/v1/auth/passkeys/registration/verify`: add the passkey that the browser answered with.

use runtime::{Admitted, Answer, Ctx, Endpoint, Fields, Gate, Input, Moment, Output, Reason, Request, Route};
use serde_json::{Value, json};
use shared::passkey::json::RegistrationAnswer;
use shared::passkey::{Passkey, PasskeyName};
use shared::token::InvalidToken;

use super::{
    FUNCTION, Owner, credential_schema, name_schema, passkey_schema, read_credential, read_name, relying_party, show,
};
use crate::wire::{BrowserApi, BrowserError, Field, Problem, Problems, object_schema};

/// `POST /api/v1/auth/passkeys/registration/verify`: adds the passkey, and tells its user by mail.
#[derive(Clone, Copy, Debug)]
pub struct Register;

/// `{"credential", "name"}`
#[derive(Debug)]
pub struct NewPasskey {
    answer: RegistrationAnswer,
    name: Option<PasskeyName>,
}

/// The passkey that was added.
#[derive(Debug)]
pub struct Added(Passkey);

impl Endpoint for Register {
    const ROUTE: Route =
        Route::post("browser-passkey-register", "/api/v1/auth/passkeys/registration/verify").of(FUNCTION);
    const SUMMARY: &'static str = "Add the passkey that the browser created. The user gets a mail.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::Unconfirmed,
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::NO_CREDENTIAL),
        BrowserError::PasskeyNotAdded(Reason::PasskeyRefused),
        BrowserError::TooManyPasskeys,
        BrowserError::ForeignOrigin,
        BrowserError::NotFound,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Owner;
    type Input = NewPasskey;
    type Output = Added;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: Owner,
        body: NewPasskey,
        gate: Gate<'_>,
    ) -> Result<Admitted<Added>, BrowserError> {
        let (party, owner) = (relying_party(at)?, caller.confirmed(at)?);
        let pass = gate.pass().await?;
        let name = body.name.unwrap_or_else(|| PasskeyName::usual(owner.device, owner.language));
        Ok(pass.give(Added(at.add_passkey(owner, party, &body.answer, name).await?)))
    }
}

impl Input<Register> for NewPasskey {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["credential", "name"])?;
        let mut problems = Problems::none();
        let answer = read_credential(&fields)
            .and_then(|value| RegistrationAnswer::read(value).map_err(|_| Problem::NotACredential));
        let answer = problems.note(Field::Credential, answer);
        let name = problems.note(Field::Name, read_name(&fields));
        match (answer, name) {
            (Some(answer), Some(name)) => Ok(Self { answer, name }),
            _ => Err(BrowserError::Invalid(problems)),
        }
    }

    fn schema() -> Option<Value> {
        let mut schema = object_schema(&[("credential", credential_schema("RegistrationResponseJSON"))]);
        schema["properties"]["name"] = name_schema();
        Some(schema)
    }
}

impl Output for Added {
    const STATUS: u16 = 201;

    fn answer(self) -> Answer {
        Answer::json(201, &json!(show(&self.0)))
    }

    fn schema() -> Value {
        passkey_schema()
    }
}
