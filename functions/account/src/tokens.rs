//! The pair of tokens that this API gives its clients: writing and reading it.

use std::sync::Arc;

use runtime::{Answer, Moment, Output, object_schema};
use serde::Serialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::app::apis::Api;
use shared::id::AppId;
use shared::service::opening::TokenPair;
use shared::session::refresh::RefreshToken;
use shared::session::{Bearer, Transport};
use shared::store::NotStanding;
use shared::token::{InvalidToken, jwt};

/// `{"success": true, "token": {"accessToken": …, "refreshToken": …, "expires": …}}`
#[derive(Debug)]
pub struct Pair {
    app: AppId,
    tokens: TokenPair,
}

impl Pair {
    /// The tokens of a session in `app`.
    #[must_use]
    pub fn of(app: &App, tokens: TokenPair) -> Self {
        Self { app: app.id.clone(), tokens }
    }
}

impl Output for Pair {
    fn answer(self) -> Answer {
        #[derive(Serialize)]
        struct Body<'a> {
            success: bool,
            token: Tokens<'a>,
        }
        #[derive(Serialize)]
        struct Tokens<'a> {
            #[serde(rename = "accessToken")]
            access: &'a str,
            #[serde(rename = "refreshToken")]
            refresh: &'a str,
            expires: String,
        }
        let TokenPair { access, refresh, expires } = self.tokens;
        // A request that brings a token names no app: the token does.
        let refresh = format!("{}.{}", self.app, refresh.expose());
        let token = Tokens { access: access.expose(), refresh: &refresh, expires: expires.rfc3339() };
        Answer::json(200, &Body { success: true, token })
    }

    fn schema() -> Value {
        let token = object_schema(&[
            ("accessToken", json!({"type": "string"})),
            ("refreshToken", json!({"type": "string"})),
            ("expires", json!({"type": "string", "format": "date-time", "description": "of the access token"})),
        ]);
        object_schema(&[("success", json!({"const": true})), ("token", token)])
    }
}

/// Whose session an access token of this API names, and in which app; the store is asked for the app alone.
///
/// # Errors
/// [`NotStanding`]
pub async fn read_access(at: &Moment, text: &str) -> Result<(Arc<App>, Bearer), NotStanding> {
    let ring = at.ring().await?;
    let app = enabled(at, jwt::audience(ring, text)).await?;
    let bearer = Bearer::verify(text, Transport::Account, &app, &at.config.public_url, ring, at.now)?;
    Ok((app, bearer))
}

/// A refresh token of this API, with its app; the store is asked for the app alone.
///
/// # Errors
/// [`NotStanding`]
pub async fn read_refresh(at: &Moment, text: &str) -> Result<(Arc<App>, RefreshToken), NotStanding> {
    let (id, token) = text.split_once('.').ok_or(InvalidToken::Unknown)?;
    let app = enabled(at, id.parse().ok()).await?;
    let token = RefreshToken::read(token, &app.id, at.ring().await?).map_err(|_| InvalidToken::Unknown)?;
    Ok((app, token))
}

/// The app that a token says it is for.
async fn enabled(at: &Moment, id: Option<AppId>) -> Result<Arc<App>, NotStanding> {
    let app = at.enabled_app(&id.ok_or(InvalidToken::Unknown)?).await?;
    Ok(app.filter(|app| app.policy.apis.have(Api::Account)).ok_or(InvalidToken::Unknown)?)
}
