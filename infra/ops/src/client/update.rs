//! `cargo ops client update`: corrects what was said of a client when it was registered.

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use shared::app::name::DisplayName;
use shared::id::ClientId;
use shared::oauth::client::{Client, ClientPolicy};
use shared::oauth::openid::Settings;
use shared::oauth::redirect::RedirectUri;
use shared::oauth::scope::Scope;
use shared::origin::Origin;
use shared::session::refresh::Rotation;
use shared::token::client_keys::ClientKeys;

use super::{OpenId, change, check, describe, read_keys};
use crate::deployment::OperatorContext;
use crate::out::say;

#[derive(Args, Debug)]
pub(super) struct Update {
    /// The client
    id: ClientId,
    /// What people read when it asks
    #[arg(long)]
    name: Option<DisplayName>,
    /// Where a browser may be sent with a code, in place of where it might: give all. May be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<RedirectUri>,
    /// What it is for
    #[arg(long)]
    description: Option<String>,
    /// An https address of its logo
    #[arg(long, value_name = "URL")]
    logo: Option<String>,
    /// An https address of its landing page
    #[arg(long, value_name = "URL")]
    landing_page: Option<String>,
    /// An origin of its own pages, in place of those that it had: give all. May be repeated
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<Origin>,
    /// What it gets where it asks for nothing, and may always ask for, separated by spaces
    #[arg(long)]
    scope: Option<String>,
    /// When its refresh tokens are replaced: `always`, `until_used` or `off`
    #[arg(long)]
    rotation: Option<Rotation>,
    /// A JWK set of its public keys, in place of those that it had, and of its secrets
    #[arg(long, value_name = "FILE", value_parser = read_keys)]
    jwks: Option<ClientKeys>,
    /// Where its keys are, in place of those that it had, and of its secrets
    #[arg(long, value_name = "URL", conflicts_with = "jwks")]
    jwks_uri: Option<String>,
    /// Whether it may act for itself, without a user
    #[arg(long, value_name = "BOOL")]
    client_credentials: Option<bool>,
    /// Whether it has to use PKCE beside its secret
    #[arg(long, value_name = "BOOL")]
    require_pkce: Option<bool>,
    #[command(flatten)]
    openid: OpenId,
    /// Reset this option to its default. May be repeated
    #[arg(long = "clear", value_name = "WHAT")]
    cleared: Vec<Clear>,
}

/// What may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Clear {
    Description,
    Logo,
    LandingPage,
    Origins,
    Jwks,
    PostLogoutRedirectUris,
}

impl Update {
    pub(super) async fn apply(self, context: &OperatorContext, json: bool) -> Result<()> {
        let given = [
            (Clear::Description, self.description.is_some()),
            (Clear::Logo, self.logo.is_some()),
            (Clear::LandingPage, self.landing_page.is_some()),
            (Clear::Origins, !self.origins.is_empty()),
            (Clear::Jwks, self.jwks.is_some() || self.jwks_uri.is_some()),
            (Clear::PostLogoutRedirectUris, !self.openid.post_logout_redirect_uris.is_empty()),
        ];
        let twice = given.iter().find(|(what, given)| *given && self.cleared.contains(what));
        ensure!(twice.is_none(), "the same thing is given and cleared: leave one of them out");
        let id = self.id.clone();
        let changed = change(context, &id, |client| {
            let client = self.changed(client);
            check(&client)?;
            Ok(client)
        });
        let client = changed.await?;
        if json {
            say!("{}", describe(&client))?;
            return Ok(());
        }
        say!("{} is called {:?}, from a minute on everywhere", client.id, client.name)?;
        for uri in &client.redirect_uris {
            say!("  to {}", uri.as_str())?;
        }
        Ok(())
    }

    fn changed(self, client: Client) -> Client {
        let is_cleared = |what| self.cleared.contains(&what);
        let has_new_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        let either = |what, given: Option<String>, was: Option<String>| given.or(was).filter(|_| !is_cleared(what));
        let origins: Vec<_> = self.origins.iter().map(|origin| origin.as_str().to_owned()).collect();
        Client {
            name: self.name.map_or(client.name, DisplayName::into_string),
            description: either(Clear::Description, self.description, Some(client.description)).unwrap_or_default(),
            logo: either(Clear::Logo, self.logo, client.logo),
            landing_page: either(Clear::LandingPage, self.landing_page, client.landing_page),
            origins: match (is_cleared(Clear::Origins), origins.is_empty()) {
                (true, _) => Vec::new(),
                (false, true) => client.origins,
                (false, false) => origins,
            },
            redirect_uris: if self.redirect_uris.is_empty() { client.redirect_uris } else { self.redirect_uris },
            // Who has keys proves itself with them alone.
            secrets: if has_new_keys { Vec::new() } else { client.secrets },
            policy: ClientPolicy {
                rotation: self.rotation.unwrap_or(client.policy.rotation),
                keys: if has_new_keys { self.jwks } else { client.policy.keys.filter(|_| !is_cleared(Clear::Jwks)) },
                jwks_uri: if has_new_keys {
                    self.jwks_uri
                } else {
                    client.policy.jwks_uri.filter(|_| !is_cleared(Clear::Jwks))
                },
                client_credentials: self.client_credentials.unwrap_or(client.policy.client_credentials),
                requires_pkce: self.require_pkce.unwrap_or(client.policy.requires_pkce),
                registered: client.policy.registered,
            },
            default_scope: self.scope.map_or(client.default_scope, |scope| Scope::read(&scope)),
            openid: self.openid.settings(Settings {
                post_logout_redirect_uris: Some(client.openid.post_logout_redirect_uris)
                    .filter(|_| !is_cleared(Clear::PostLogoutRedirectUris))
                    .unwrap_or_default(),
                ..client.openid
            }),
            ..client
        }
    }
}
