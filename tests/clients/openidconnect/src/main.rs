//! A relying party with the crate openidconnect, unmodified: tests/clients/others.mjs starts it and is its user's browser.

use std::env::var;
use std::error::Error;
use std::io::{BufRead as _, stdin};

use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreErrorResponseType, CoreUserInfoClaims};
use openidconnect::url::Url;
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, LogoutRequest, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl,
    RequestTokenError, Scope, TokenResponse as _, reqwest,
};

fn main() -> Result<(), Box<dyn Error>> {
    let http = reqwest::blocking::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let metadata = ProviderMetadataWithLogout::discover(&IssuerUrl::new(var("ISSUER")?)?, &http)?;
    let sign_out = metadata.additional_metadata().end_session_endpoint.clone().ok_or("no endpoint to sign out at")?;
    let (id, secret) = (ClientId::new(var("CLIENT_ID")?), ClientSecret::new(var("CLIENT_SECRET")?));
    let client = CoreClient::from_provider_metadata(metadata, id, Some(secret))
        .set_redirect_uri(RedirectUrl::new(var("REDIRECT_URI")?)?);

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let back = browser("sign-in", &url)?;
    if parameter(&back, "state").as_deref() != Some(state.secret()) {
        return Err("another state".into());
    }
    let code = AuthorizationCode::new(parameter(&back, "code").ok_or("no code")?);
    let tokens = client.exchange_code(code)?.set_pkce_verifier(verifier).request(&http)?;

    let (id_token, keys) = (tokens.id_token().ok_or("no ID token")?, client.id_token_verifier());
    let claims = id_token.claims(&keys, &nonce)?;
    let hash =
        AccessTokenHash::from_token(tokens.access_token(), id_token.signing_alg()?, id_token.signing_key(&keys)?)?;
    if claims.access_token_hash() != Some(&hash) {
        return Err("the ID token is of another access token".into());
    }
    if id_token.claims(&keys, &Nonce::new("another".to_owned())).is_ok() {
        return Err("another nonce was taken".into());
    }
    let subject = Some(claims.subject().clone());
    let user: CoreUserInfoClaims = client.user_info(tokens.access_token().clone(), subject)?.request(&http)?;
    println!("user {}", user.email().ok_or("no e-mail")?.as_str());

    let refresh = tokens.refresh_token().ok_or("no refresh token")?;
    let refreshed = client.exchange_refresh_token(refresh)?.request(&http)?;
    let after = LogoutRequest::from(sign_out)
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(var("AFTER")?)?)
        .set_state(CsrfToken::new("bye".to_owned()))
        .http_get_url();
    browser("sign-out", &after)?;
    let dead = refreshed.refresh_token().unwrap_or(refresh);
    match client.exchange_refresh_token(dead)?.request(&http) {
        Err(RequestTokenError::ServerResponse(said)) if said.error() == &CoreErrorResponseType::InvalidGrant => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err("a session that was signed out of was refreshed".into()),
    }
}

/// Sends the user's browser somewhere, and gives the address that it comes back to.
fn browser(what: &str, url: &Url) -> Result<Url, Box<dyn Error>> {
    println!("{what} {url}");
    let mut line = String::new();
    stdin().lock().read_line(&mut line)?;
    Ok(Url::parse(line.trim())?)
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}
