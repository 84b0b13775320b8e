//! What a client of this API keeps: an access token, a refresh token, and when the first of them dies.

use std::sync::Arc;

use runtime::{Answer, Ctx, Output};
use serde::Serialize;
use serde_json::{Value, json};
use shared::app::App;
use shared::clock::Timestamp;
use shared::id::AppId;
use shared::secret::Secret;
use shared::session::refresh::RefreshToken;
use shared::session::{Bearer, Session, Transport};
use shared::store::StoreError;
use shared::token::jwt;

use crate::wire::object_schema;

/// `{"success": true, "token": {"accessToken": …, "refreshToken": …, "expires": …}}`
#[derive(Debug)]
pub struct Pair {
    access: Secret<String>,
    refresh: Secret<String>,
    expires: Timestamp,
}

impl Pair {
    /// The tokens of a session.
    ///
    /// # Errors
    /// [`StoreError`]: also for a key ring that cannot sign.
    pub async fn of(ctx: &Ctx, app: &App, session: &Session, refresh: &RefreshToken) -> Result<Self, StoreError> {
        let now = ctx.now();
        let ring = ctx.store.ring(now).await?;
        Ok(Self {
            access: session.access_token(app, &ctx.config.public_url, &ring, now)?,
            // A request that brings a token names no app: the token does.
            refresh: Secret::new(format!("{}.{}", app.id, refresh.write(&app.id, &ring).expose())),
            expires: session.access_end(now),
        })
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
        let (access, refresh) = (self.access.expose(), self.refresh.expose());
        let token = Tokens { access, refresh, expires: self.expires.rfc3339() };
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
/// [`StoreError`]
pub async fn read_access(ctx: &Ctx, text: &str) -> Result<Option<(Arc<App>, Bearer)>, StoreError> {
    let Some(app) = living_app(ctx, jwt::audience(text)).await? else { return Ok(None) };
    let ring = ctx.store.ring(ctx.now()).await?;
    let bearer = Bearer::verify(text, Transport::Account, &app, &ctx.config.public_url, &ring, ctx.now());
    Ok(bearer.ok().map(|bearer| (app, bearer)))
}

/// A refresh token of this API, with its app; the store is asked for the app alone.
///
/// # Errors
/// [`StoreError`]
pub async fn read_refresh(ctx: &Ctx, text: &str) -> Result<Option<(Arc<App>, RefreshToken)>, StoreError> {
    let Some((app, token)) = text.split_once('.') else { return Ok(None) };
    let Some(app) = living_app(ctx, app.parse().ok()).await? else { return Ok(None) };
    let ring = ctx.store.ring(ctx.now()).await?;
    Ok(RefreshToken::read(token, &app.id, &ring).ok().map(|token| (app, token)))
}

async fn living_app(ctx: &Ctx, id: Option<AppId>) -> Result<Option<Arc<App>>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    Ok(ctx.apps.find(&ctx.store, &id, ctx.now()).await?.filter(|app| !app.disabled))
}
