//! `POST /api/v1/account/totp`: a secret for an authenticator app.

use runtime::{Admitted, Answer, Ctx, Endpoint, Gate, Moment, NoInput, Output, Route};
use serde_json::{Value, json};
use shared::service::factor_setup::Offer;
use shared::token::InvalidToken;

use super::{FUNCTION, FactorOwner, PATH, enrolling, recent};
use crate::wire::{BrowserApi, BrowserError, object_schema};

/// `POST /api/v1/account/totp`: shows a secret. Nothing is stored before [`super::Confirm`].
#[derive(Clone, Copy, Debug)]
pub struct Begin;

/// `{"secret", "uri", "qr", "setup"}`
#[derive(Debug)]
pub struct Secret(Offer);

impl Endpoint for Begin {
    const ROUTE: Route = Route::post("browser-begin-totp", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show a secret for an authenticator app: as text, as URI and as QR code.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::NoToken,
        BrowserError::InvalidToken(InvalidToken::Unknown),
        BrowserError::ForeignOrigin,
        BrowserError::Unconfirmed,
        BrowserError::FactorExists,
        BrowserError::NotFound,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = FactorOwner;
    type Input = NoInput;
    type Output = Secret;

    async fn call(
        at: &Moment,
        caller: FactorOwner,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<Secret>, BrowserError> {
        if !caller.visitor.app.policy.second_factor.is_offered() {
            return Err(BrowserError::NotFound);
        }
        recent(at, &caller)?;
        if caller.user.second_factor {
            return Err(BrowserError::FactorExists);
        }
        let session = caller.session.id.to_string();
        let offer = at.offer_factor(enrolling(&caller, &session)).await?;
        Ok(gate.pass().await?.give(Secret(offer)))
    }
}

impl Output for Secret {
    fn answer(self) -> Answer {
        let Offer { secret, uri, svg, setup } = &self.0;
        let svg = svg.as_ref().map(|svg| svg.expose().as_str());
        let body = json!({"secret": secret.expose(), "uri": uri.expose(), "qr": svg, "setup": setup.expose()});
        Answer::json(200, &body)
    }

    fn schema() -> Value {
        object_schema(&[
            ("secret", json!({"type": "string", "description": "base32, to be typed"})),
            ("uri", json!({"type": "string", "description": "otpauth://"})),
            ("qr", json!({"type": ["string", "null"], "description": "the URI as an SVG image"})),
            ("setup", json!({"type": "string", "description": "to be sent with the first code, within 10 minutes"})),
        ])
    }
}
