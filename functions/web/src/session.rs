//! The session that a browser brings: an access token in a header or a cookie, and a refresh token in another.

use runtime::{Moment, Request};
use shared::app::App;
use shared::session::refresh::RefreshToken;
use shared::session::{Bearer, Presence, Transport};
use shared::store::StoreError;
use shared::token::InvalidToken;
use shared::token::ring::KeyRing;

use crate::cookies::Cookies;

/// The session that an access token names for `app`, if the token is good by itself.
///
/// # Errors
/// [`InvalidToken`]
pub fn of_token(at: &Moment, app: &App, token: &str, ring: &KeyRing) -> Result<Bearer, InvalidToken> {
    Bearer::verify(token, Transport::Browser, app, &at.config.public_url, ring, at.now)
}

/// The sessions that the access cookies name for `app`, and why another cookie names none: a neighbouring host may have set
/// one of its own.
pub fn of_access_cookies<'a>(
    at: &'a Moment,
    app: &'a App,
    request: &'a Request,
    ring: &'a KeyRing,
) -> impl Iterator<Item = Result<Bearer, InvalidToken>> + 'a {
    let cookie = Cookies(&at.config.browser.cookies).access();
    request.cookies(cookie).map(|token| of_token(at, app, token, ring))
}

/// The refresh tokens for `app` among the cookies.
pub fn refresh_tokens<'a>(
    at: &'a Moment,
    app: &'a App,
    request: &'a Request,
    ring: &'a KeyRing,
) -> impl Iterator<Item = RefreshToken> + 'a {
    let cookie = Cookies(&at.config.browser.cookies).refresh();
    request.cookies(cookie).filter_map(|text| RefreshToken::read(text, &app.id, ring).ok())
}

/// What the cookies show of a session for `app`: by the access token or, once its hour is over, by the refresh token. For
/// pages that people come to with nothing that refreshes first.
///
/// # Errors
/// [`StoreError`]
pub async fn presence(at: &Moment, app: &App, request: &Request) -> Result<Option<Presence>, StoreError> {
    let ring = at.ring().await?;
    if let Some(bearer) = of_access_cookies(at, app, request, ring).find_map(Result::ok) {
        return Ok(Some(Presence::by_access(bearer)));
    }
    Ok(refresh_tokens(at, app, request, ring).next().map(|token| Presence::by_refresh(&token)))
}
