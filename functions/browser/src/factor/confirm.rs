//! `POST /api/v1/account/totp/confirm`: the first code of an authenticator app.

use runtime::{Admitted, Answer, Ctx, Endpoint, Fields, Gate, Input, Moment, Output, Request, Route};
use serde_json::{Value, json};
use shared::factor::otp::Otp;
use shared::factor::recovery::{RecoveryCode, RecoveryCodes};
use shared::notify::letter::Event;
use shared::secret::Secret;
use shared::service::factor_setup::NotSetUp;
use shared::store::StoreError;
use shared::token::InvalidToken;

use super::{FUNCTION, FactorOwner, codes_schema, enrolling, recent};
use crate::wire::{BrowserApi, BrowserError, Field, Problem, Problems, object_schema};

/// `POST /api/v1/account/totp/confirm`: sets the factor up, and shows the recovery codes.
#[derive(Clone, Copy, Debug)]
pub struct Confirm;

/// `{"setup", "otp"}`
#[derive(Debug)]
pub struct FirstCode {
    setup: Secret<String>,
    otp: Otp,
}

/// `{"recovery_codes": […]}`
#[derive(Debug)]
pub struct Shown(Vec<Secret<String>>);

impl Shown {
    pub(super) fn of(codes: &RecoveryCodes) -> Self {
        Self(codes.codes.iter().map(RecoveryCode::shown).collect())
    }
}

impl Endpoint for Confirm {
    const ROUTE: Route = Route::post("browser-confirm-totp", "/api/v1/account/totp/confirm").of(FUNCTION);
    const SUMMARY: &'static str = "Set up the authenticator app with its first code, and show ten recovery codes once.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::WRONG_OTP),
        BrowserError::Unconfirmed,
        BrowserError::FactorExists,
        BrowserError::DeadSetup,
        BrowserError::NotFound,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = FactorOwner;
    type Input = FirstCode;
    type Output = Shown;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: FactorOwner,
        body: FirstCode,
        gate: Gate<'_>,
    ) -> Result<Admitted<Shown>, BrowserError> {
        if !caller.visitor.app.policy.second_factor.is_offered() {
            return Err(BrowserError::NotFound);
        }
        recent(at, &caller)?;
        let pass = gate.pass().await?;
        let session = caller.session.id.to_string();
        let confirmed = at.set_up_factor(enrolling(&caller, &session), body.setup.expose(), Some(&body.otp)).await;
        let codes = confirmed.map_err(|error| match error {
            NotSetUp::Dead => BrowserError::DeadSetup,
            NotSetUp::Wrong => BrowserError::invalid(Field::Otp, Problem::WrongOtp),
            NotSetUp::Changed => BrowserError::FactorExists,
            NotSetUp::MovedOn => StoreError::moved_on().into(),
            NotSetUp::Store(error) => error.into(),
        })?;
        at.tell(caller.news(Event::FactorAdded), &caller.user.handles()).await;
        Ok(pass.give(Shown::of(&codes)))
    }
}

impl Input<Confirm> for FirstCode {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["setup", "otp"])?;
        let mut problems = Problems::none();
        let text = |name| fields.text(name).filter(|text| !text.is_empty()).ok_or(Problem::Missing);
        let setup = problems.note(Field::Setup, text("setup"));
        let otp = problems.note(Field::Otp, text("otp"));
        let (Some(setup), Some(otp)) = (setup, otp) else { return Err(BrowserError::Invalid(problems)) };
        Ok(Self { setup: Secret::new(setup.to_owned()), otp: Otp::read(otp) })
    }

    fn schema() -> Option<Value> {
        let text = |description: &str| json!({"type": "string", "minLength": 1, "description": description});
        Some(object_schema(&[("setup", text("of the answer that showed the secret")), ("otp", text("six digits"))]))
    }
}

impl Output for Shown {
    fn answer(self) -> Answer {
        let codes: Vec<_> = self.0.iter().map(Secret::expose).collect();
        Answer::json(200, &json!({"recovery_codes": codes}))
    }

    fn schema() -> Value {
        object_schema(&[("recovery_codes", codes_schema())])
    }
}
