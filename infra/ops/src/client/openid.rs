//! What a client chooses of OpenID Connect, when it is registered and later.

use anyhow::{Result, bail};
use clap::Args;
use shared::oauth::client::Client;
use shared::oauth::openid::Settings;
use shared::oauth::redirect::RedirectUri;
use shared::token::Algorithm;

/// What is said of it; what is not named stays as it was.
#[derive(Args, Clone, Debug, Default)]
pub struct OpenId {
    /// How its ID tokens are signed: RS256, which is the default and what every library reads, ES256 or EdDSA
    #[arg(long, value_name = "ALGORITHM")]
    pub id_token_algorithm: Option<Algorithm>,
    /// Where a browser may be sent after its user signed out, to the letter, in place of where it might: give all. May be
    /// repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// It is a client of the app's own owner: a request that asks for nothing new shows no page
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub first_party: Option<bool>,
}

impl OpenId {
    /// What is chosen, where it was `before`.
    pub(super) fn settings(self, before: Settings) -> Settings {
        let Self { id_token_algorithm, post_logout_redirect_uris, first_party } = self;
        let named = Some(post_logout_redirect_uris).filter(|uris| !uris.is_empty());
        Settings {
            id_token_algorithm: id_token_algorithm.unwrap_or(before.id_token_algorithm),
            post_logout_redirect_uris: named.unwrap_or(before.post_logout_redirect_uris),
            first_party: first_party.unwrap_or(before.first_party),
        }
    }
}

/// An ID token is for others to verify, and nobody is sent on in clear.
pub(super) fn check(client: &Client) -> Result<()> {
    if client.openid.id_token_algorithm == Algorithm::Hs256 {
        bail!("an ID token is signed by RS256, ES256 or EdDSA: nobody but Latchet could verify HS256");
    }
    for uri in &client.openid.post_logout_redirect_uris {
        if uri.is_in_clear() {
            bail!("{uri:?} is http, and leads out of the user's machine: write https");
        }
        if !client.public && uri.is_native() {
            bail!("only a public client has a redirect URI of a scheme of its own");
        }
    }
    Ok(())
}
