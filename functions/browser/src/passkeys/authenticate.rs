//! `POST /api/v1/auth/passkeys/authentication/verify`: sign in with a passkey.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Reason, Request, Route};
use serde_json::Value;
use shared::passkey::json::AuthenticationAnswer;
use shared::session::Transport;

use super::{Guest, SIGN_IN, credential_schema, read_credential, relying_party};
use crate::caller::closed_unless_served;
use crate::wire::{BrowserApi, BrowserError, Field, NewCookies, Problem, Problems, object_schema};

/// `POST /api/v1/auth/passkeys/authentication/verify`: opens a session in cookies, as a sign-in with a password does.
#[derive(Clone, Copy, Debug)]
pub struct Authenticate;

/// `{"credential"}`
#[derive(Debug)]
pub struct ShownPasskey(AuthenticationAnswer);

impl Endpoint for Authenticate {
    const ROUTE: Route =
        Route::post("browser-passkey-authenticate", "/api/v1/auth/passkeys/authentication/verify").of(SIGN_IN);
    const SUMMARY: &'static str = "Sign in with a passkey. The session is in cookies.";
    const ERRORS: &'static [BrowserError] = &[
        BrowserError::Malformed,
        BrowserError::Invalid(Problems::NO_CREDENTIAL),
        BrowserError::WrongPasskey(Reason::PasskeyRefused),
        BrowserError::ForeignOrigin,
        BrowserError::NotFound,
        BrowserError::BodyTooLarge,
    ];
    type Dialect = BrowserApi;
    type Ctx = Ctx;
    type Caller = Guest;
    type Input = ShownPasskey;
    type Output = NewCookies;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: Guest,
        ShownPasskey(answer): ShownPasskey,
        gate: Gate<'_>,
    ) -> Result<Admitted<NewCookies>, BrowserError> {
        let app = caller.app();
        closed_unless_served(app)?;
        let party = relying_party(at)?;
        // Without the mark the challenge was not made for this browser.
        let mark = caller.mark.as_ref().ok_or(BrowserError::WrongPasskey(Reason::PasskeyChallenge))?;
        let page = caller.page(mark);
        let shown = at.recognise_passkey(page, party, &answer).await?;
        let pass = gate.pass().await?;
        let opener = at.opener(app, Transport::Browser, page.device).await?.by(shown.methods());
        let (opening, pair) = opener.pair(shown.user.id, shown.user.epoch)?;
        at.let_in_by_passkey(page, &shown, &opening).await?;
        at.end_former(caller.signing_in.former.as_ref()).await;
        Ok(pass.give(NewCookies::Session(web::session::cookies(at, &app.id, &pair))))
    }
}

impl Input<Authenticate> for ShownPasskey {
    fn parse(request: &Request) -> Result<Self, BrowserError> {
        let fields = Fields::parse(request.body(), &["credential"])?;
        let answer = read_credential(&fields)
            .and_then(|value| AuthenticationAnswer::read(value).map_err(|_| Problem::NotACredential));
        answer.map(Self).map_err(|problem| BrowserError::invalid(Field::Credential, problem))
    }

    fn schema() -> Option<Value> {
        Some(object_schema(&[("credential", credential_schema("AuthenticationResponseJSON"))]))
    }
}
