//! The session that a browser brings: an access token in a header or a cookie, and a refresh token in another.
//!
//! People sign in on the pages to whatever app a client of which sends them there. An access token says which app it is for; a refresh
//! cookie of another app than the one that the pages are bound to has that app's id before the token.

use std::sync::Arc;

use runtime::{Moment, Request};
use shared::app::App;
use shared::id::AppId;
use shared::secret::Secret;
use shared::service::opening::{Former, TokenPair};
use shared::session::refresh::RefreshToken;
use shared::session::{Bearer, Presence, Transport};
use shared::store::StoreError;
use shared::token::ring::KeyRing;
use shared::token::{InvalidToken, jwt};

use crate::cookies::{Cookies, SetCookies};

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
    request.cookies(cookie).filter_map(|text| {
        let (named, token) = named(text);
        let is_ours = named.is_none_or(|named| named == app.id.as_str());
        RefreshToken::read(token, &app.id, ring).ok().filter(|_| is_ours)
    })
}

/// The app that a refresh cookie names, and the token.
fn named(cookie: &str) -> (Option<&str>, &str) {
    cookie.split_once('.').map_or((None, cookie), |(app, token)| (Some(app), token))
}

/// The sessions of `app` that the cookies name: one, or none, or two of a browser that was tampered with.
#[must_use]
pub fn named_by_cookies(at: &Moment, app: &App, request: &Request, ring: &KeyRing) -> Vec<Bearer> {
    let refresh =
        refresh_tokens(at, app, request, ring).map(|token| Bearer { user: token.user, session: token.session });
    let mut sessions: Vec<Bearer> = Vec::new();
    for named in refresh.chain(of_access_cookies(at, app, request, ring).filter_map(Result::ok)) {
        if !sessions.contains(&named) {
            sessions.push(named);
        }
    }
    sessions
}

/// What a browser has until it is given another session.
///
/// # Errors
/// [`StoreError`]
pub async fn former(at: &Moment, request: &Request) -> Result<Option<Former>, StoreError> {
    let cookies = Cookies(&at.config.browser.cookies);
    let brings = [cookies.access(), cookies.refresh()].into_iter().any(|name| request.cookies(name).count() > 0);
    if !brings {
        return Ok(None);
    }
    let app = match another_app(at, request).await? {
        Some(app) => Some(app),
        None => at.bound_app(&at.config.browser.app).await?,
    };
    let Some(app) = app else { return Ok(None) };
    let sessions = named_by_cookies(at, &app, request, at.ring().await?);
    Ok(Some(Former { app: app.id.clone(), sessions }).filter(|former| !former.sessions.is_empty()))
}

/// The lines that give a browser a session of `app`.
#[must_use]
pub fn cookies(at: &Moment, app: &AppId, pair: &TokenPair) -> SetCookies {
    let cookies = Cookies(&at.config.browser.cookies);
    if *app == *at.config.browser.app {
        return cookies.set(&pair.access, &pair.refresh);
    }
    cookies.set(&pair.access, &Secret::new(format!("{app}.{}", pair.refresh.expose())))
}

/// A browser has one session; a neighbouring host may have set a few cookies more.
const MOST_APPS: usize = 4;

/// At most so many sessions are looked up for one request. A browser has one, or an earlier one beside it.
const MOST_SESSIONS: usize = 4;

/// The app whose session a request brings, if that is another than the one that the pages are bound to.
///
/// # Errors
/// [`StoreError`]
pub async fn another_app(at: &Moment, request: &Request) -> Result<Option<Arc<App>>, StoreError> {
    let cookies = Cookies(&at.config.browser.cookies);
    let tokens: Vec<_> = request.bearer().into_iter().chain(request.cookies(cookies.access())).collect();
    let mut apps: Vec<AppId> = Vec::new();
    if !tokens.is_empty() {
        let ring = at.ring().await?;
        apps.extend(tokens.iter().filter_map(|token| jwt::audience(ring, token)));
    }
    apps.extend(request.cookies(cookies.refresh()).filter_map(|text| named(text).0?.parse().ok()));
    let mut asked: Vec<AppId> = Vec::new();
    for id in apps {
        if id == *at.config.browser.app {
            return Ok(None);
        }
        if asked.contains(&id) || asked.len() == MOST_APPS {
            continue;
        }
        if let Some(app) = at.enabled_app(&id).await?
            && brings_session_of(at, &app, request, at.ring().await?)
        {
            return Ok(Some(app));
        }
        asked.push(id);
    }
    Ok(None)
}

fn brings_session_of(at: &Moment, app: &App, request: &Request, ring: &KeyRing) -> bool {
    request.bearer().is_some_and(|token| of_token(at, app, token, ring).is_ok())
        || of_access_cookies(at, app, request, ring).any(|read| read.is_ok())
        || refresh_tokens(at, app, request, ring).next().is_some()
}

/// What the cookies show of a session for `app`: by the access token or, once its hour is over, by the refresh token. For
/// pages that people come to with nothing that refreshes first.
///
/// # Errors
/// [`StoreError`]
pub async fn presence(at: &Moment, app: &App, request: &Request) -> Result<Option<Presence>, StoreError> {
    let ring = at.ring().await?;
    let mut shown: Vec<_> =
        bearers(at, app, request, ring).into_iter().filter_map(Result::ok).map(Presence::by_access).collect();
    let by_access = shown.len();
    for token in distinct_refresh_tokens(at, app, request, ring) {
        let by_refresh = Presence::by_refresh(&token);
        if shown[..by_access].iter().all(|known| known.bearer != by_refresh.bearer) {
            shown.push(by_refresh);
        }
    }
    first_alive(at, app, shown, Presence::clone).await
}

/// The session of the access cookies, after the token was verified. If no cookie has a good token, the reason of the last one.
///
/// # Errors
/// [`StoreError`]
pub async fn bearer(
    at: &Moment,
    app: &App,
    request: &Request,
) -> Result<Option<Result<Bearer, InvalidToken>>, StoreError> {
    let (good, bad): (Vec<_>, Vec<_>) =
        bearers(at, app, request, at.ring().await?).into_iter().partition(Result::is_ok);
    let good = good.into_iter().filter_map(Result::ok).collect();
    let bearer = first_alive(at, app, good, |bearer: &Bearer| Presence::by_access(bearer.clone())).await?;
    Ok(bearer.map(Ok).or_else(|| bad.into_iter().next()))
}

/// The refresh token to exchange: of several, one that its session still takes. A token that was exchanged long ago is not presented
/// while another cookie holds one that is good, so the copy that an earlier `COOKIE_DOMAIN` left in the browser is not taken for
/// a thief's.
///
/// # Errors
/// [`StoreError`]
pub async fn refresh_token(at: &Moment, app: &App, request: &Request) -> Result<Option<RefreshToken>, StoreError> {
    let tokens = distinct_refresh_tokens(at, app, request, at.ring().await?);
    first_alive(at, app, tokens, Presence::by_refresh).await
}

/// What each access cookie says, the last cookie first, and each session once.
fn bearers(at: &Moment, app: &App, request: &Request, ring: &KeyRing) -> Vec<Result<Bearer, InvalidToken>> {
    last_first(of_access_cookies(at, app, request, ring), PartialEq::eq)
}

/// The refresh tokens, that of the last cookie first, and each once.
fn distinct_refresh_tokens(at: &Moment, app: &App, request: &Request, ring: &KeyRing) -> Vec<RefreshToken> {
    last_first(refresh_tokens(at, app, request, ring), |one, other| one.digest() == other.digest())
}

/// What was read, the last first, and each once.
fn last_first<T>(read: impl Iterator<Item = T>, is_same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let read: Vec<T> = read.collect();
    let mut found: Vec<T> = Vec::new();
    for one in read.into_iter().rev() {
        if !found.iter().any(|known| is_same(known, &one)) {
            found.push(one);
        }
    }
    found
}

/// The first whose session is alive and takes it, or else the first. The store is asked only where there are several: a browser sends a
/// name twice after the operator set or changed `COOKIE_DOMAIN`, or where a neighbouring host set a cookie of that name.
///
/// The last cookie comes first: browsers send those of longer paths and the older ones before it (RFC 6265 §5.4), and ours have the
/// shortest path.
async fn first_alive<T>(
    at: &Moment,
    app: &App,
    mut shown: Vec<T>,
    presence: impl Fn(&T) -> Presence,
) -> Result<Option<T>, StoreError> {
    shown.truncate(MOST_SESSIONS);
    if shown.len() > 1 {
        for place in 0..shown.len() {
            let presence = presence(&shown[place]);
            if at.store.present(&app.id, &presence, Transport::Browser, at.now).await?.is_some() {
                return Ok(Some(shown.swap_remove(place)));
            }
        }
    }
    Ok(shown.into_iter().next())
}
