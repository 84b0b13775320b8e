//! Log out: `docs/api/account.md#log-out`.

use runtime::{
    Admitted, Answer, Cors, Ctx, Dialect, Endpoint, Gate, Moment, NoInput, Output, Preferences, Reason, Route,
    RuntimeError, WireError,
};
use serde_json::Value;
use shared::config::{Config, Origins};
use shared::limit::Quota;
use shared::session::Transport;
use shared::store::StoreError;

use crate::caller::LogoutCaller;
use crate::wire::{AccountApi, AccountError};

/// `POST /api/Auth/Logout`: ends the session that a token in `Authorization` names. 200 in every case, so it is not
/// counted either: a limit could refuse nobody, and would only keep a session alive.
#[derive(Clone, Copy, Debug)]
pub struct Logout;

impl Endpoint for Logout {
    const ROUTE: Route = Route::post("account-logout", "/api/Auth/Logout");
    const SUMMARY: &'static str = "End the session of the access or refresh token, if there is one. Not counted.";
    const COUNTED: bool = false;
    const READS_BODY: bool = false;
    const ERRORS: &'static [LogoutError] = &[];
    type Dialect = LogoutDialect;
    type Ctx = Ctx;
    type Caller = LogoutCaller;
    type Input = NoInput;
    type Output = LoggedOut;

    async fn call(
        at: &Moment,
        caller: LogoutCaller,
        _: NoInput,
        gate: Gate<'_>,
    ) -> Result<Admitted<LoggedOut>, LogoutError> {
        let pass = gate.pass().await?;
        if let Some((app, named)) = &caller.session {
            at.store.end_session(&app.id, named, Transport::Account).await?;
        }
        Ok(pass.give(LoggedOut))
    }
}

/// The Account API's dialect for logging out: 200 in every case (`docs/api/account.md#log-out`).
#[derive(Clone, Copy, Debug)]
pub struct LogoutDialect;

impl Dialect for LogoutDialect {
    const NAME: &'static str = AccountApi::NAME;
    type Error = LogoutError;
    const CORS_HEADERS: &'static str = AccountApi::CORS_HEADERS;

    fn quota(config: &Config) -> Quota {
        AccountApi::quota(config)
    }

    fn cors(origins: &Origins) -> Cors<'_> {
        AccountApi::cors(origins)
    }
}

/// What went wrong, for the log alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutError(AccountError);

impl From<RuntimeError> for LogoutError {
    fn from(refusal: RuntimeError) -> Self {
        Self(refusal.into())
    }
}

impl From<StoreError> for LogoutError {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl WireError for LogoutError {
    fn answer(&self, preferences: Preferences) -> Answer {
        match self.0 {
            AccountError::NotFound => self.0.answer(preferences),
            _ => LoggedOut.answer(),
        }
    }

    fn cause(&self) -> Option<String> {
        self.0.cause()
    }

    fn reason(&self) -> Reason {
        self.0.reason()
    }

    /// Those of the Account API, and each is the same 200.
    const EACH: &'static [Self] = &[Self(AccountError::NoToken)];
}

/// Nothing, with 200.
#[derive(Clone, Copy, Debug)]
pub struct LoggedOut;

impl Output for LoggedOut {
    const MEDIA_TYPE: &'static str = "";

    fn answer(self) -> Answer {
        Answer::empty(200)
    }

    fn schema() -> Value {
        Value::Null
    }
}
