//! Clients: third-party apps that a user may let in.

use crate::app::credential::{HasSecrets, SecretOwner, StoredSecret};
use crate::app::resource::Target;
use crate::clock::Timestamp;
use crate::id::{AppId, ClientId};
use crate::oauth::openid;
use crate::oauth::redirect::RedirectUri;
use crate::oauth::scope::Scope;
use crate::session::refresh::Rotation;
use crate::token::client_keys::ClientKeys;

/// A client, as its app's owner registered it. Name, description and addresses are text of a stranger's choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// The app whose users it asks.
    pub app: AppId,
    /// What people read when it asks.
    pub name: String,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// An https address of its logo.
    pub logo: Option<String>,
    /// An https address of its landing page.
    pub landing_page: Option<String>,
    /// The origins of its own pages.
    pub origins: Vec<String>,
    /// Where a browser may be sent with a code.
    pub redirect_uris: Vec<RedirectUri>,
    /// Whether it can keep no secret: an app on its user's own machine (RFC 6749 §2.1).
    pub public: bool,
    /// The live secrets; at most [`HasSecrets::MOST_SECRETS`], and none of a public client.
    pub secrets: Vec<StoredSecret>,
    /// What it gets where it asks for nothing that is known; it may always ask for these.
    pub default_scope: Scope,
    /// What its owner chose.
    pub policy: ClientPolicy,
    /// What it chose of OpenID Connect.
    pub openid: openid::Settings,
    /// A disabled client is refused as an unknown one.
    pub disabled: bool,
    /// When it was registered.
    pub created: Timestamp,
}

/// What a client's owner may choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientPolicy {
    /// When its refresh tokens are replaced.
    pub rotation: Rotation,
    /// The keys that it proves itself with, in place of a secret.
    pub keys: Option<ClientKeys>,
    /// Where those keys are, in place of the keys themselves.
    pub jwks_uri: Option<String>,
    /// Whether it may act for itself, without a user (RFC 6749 §4.4).
    pub client_credentials: bool,
    /// Whether it has to send a `code_challenge` (RFC 7636) though it keeps a secret. A public client always has to.
    pub requires_pkce: bool,
    /// Who registered it.
    pub registered: Registered,
}

/// Who registered a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registered {
    /// The owner of its app.
    #[default]
    ByOwner,
    /// It did so itself.
    Itself {
        /// It is known no more from here on, unless it is used before.
        unused_until: Option<Timestamp>,
    },
}

impl ClientPolicy {
    /// Whether it proves itself with keys.
    #[must_use]
    pub const fn has_keys(&self) -> bool {
        self.keys.is_some() || self.jwks_uri.is_some()
    }
}

impl Client {
    /// Whether it is known: one that registered itself and was not used is forgotten.
    #[must_use]
    pub fn is_known(&self, now: Timestamp) -> bool {
        match self.policy.registered {
            Registered::Itself { unused_until: Some(until) } => now < until,
            Registered::Itself { unused_until: None } | Registered::ByOwner => true,
        }
    }

    /// Whether it says of itself who it is: its app's owner did not register it.
    #[must_use]
    pub fn is_unvetted(&self) -> bool {
        self.id.document_host().is_some() || self.registered_itself()
    }

    /// Whether it came by dynamic registration.
    #[must_use]
    pub fn registered_itself(&self) -> bool {
        self.policy.registered != Registered::ByOwner
    }

    /// When its refresh tokens are replaced. A public client's always are: a thief of one needs nothing else (RFC 9700
    /// §4.14.2).
    #[must_use]
    pub fn rotation(&self) -> Rotation {
        match self.policy.rotation {
            Rotation::Off if self.public => Rotation::Always,
            chosen => chosen,
        }
    }

    /// Whether a browser may be sent to `presented`.
    #[must_use]
    pub fn redirects_to(&self, presented: &str) -> bool {
        self.redirect_uris.iter().any(|uri| uri.is(presented, self.public))
    }

    /// What of `asked` is known where the client asks for tokens for `targets`.
    #[must_use]
    pub fn known(&self, asked: &Scope, targets: &[Target<'_>]) -> Scope {
        let knows = |target: &Target<'_>, token: &str| match target {
            Target::Ours => false,
            Target::Server(server) => server.scopes.contains(token),
        };
        let may_have = |token: &&str| self.has(token) || targets.iter().any(|target| knows(target, token));
        asked.tokens().filter(may_have).map(str::to_owned).collect()
    }

    /// The same, or what the client gets without asking.
    #[must_use]
    pub fn scope(&self, asked: &str, targets: &[Target<'_>]) -> Scope {
        let scope = self.known(&Scope::read(asked), targets);
        if scope.is_empty() { self.default_scope.clone() } else { scope }
    }

    /// What a token for `target` may do of what was granted.
    #[must_use]
    pub fn part_of(&self, granted: &Scope, target: Target<'_>) -> Scope {
        match target {
            Target::Ours => self.known(granted, &[]),
            Target::Server(server) => server.part_of(granted),
        }
    }

    /// What is left of `granted` where the client asks for less at a refresh, and may ask for tokens for `targets`. `None`: it asks for more.
    #[must_use]
    pub fn narrowed(&self, granted: &Scope, asked: &str, targets: &[Target<'_>]) -> Option<Scope> {
        // Scopes that nobody knows are passed over, as they were when the user was asked: libraries say again what they said then.
        let asked = self.known(&Scope::read(asked), targets);
        // So are those of ours that there were not yet when the session was opened.
        let is_known_here = |token: &&str| granted.contains(token) || !Scope::CAME_LATER.contains(token);
        let asked: Scope = asked.tokens().filter(is_known_here).map(str::to_owned).collect();
        granted.covers(&asked).then_some(asked)
    }

    /// Whether it may ask for `token` by itself, without a resource server.
    fn has(&self, token: &str) -> bool {
        Scope::OURS.contains(&token) || self.default_scope.contains(token)
    }
}

impl HasSecrets for Client {
    type Id = ClientId;

    /// One in use and one on its way out.
    const MOST_SECRETS: usize = 2;

    fn id(&self) -> &ClientId {
        &self.id
    }

    fn owner(&self) -> SecretOwner<'_> {
        SecretOwner::Client(&self.id)
    }

    fn is_disabled(&self) -> bool {
        self.disabled
    }

    fn secrets(&self) -> &[StoredSecret] {
        &self.secrets
    }

    fn secrets_mut(&mut self) -> &mut Vec<StoredSecret> {
        &mut self.secrets
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, ClientId, ClientPolicy};
    use crate::app::credential::{AppSecret, HasSecrets, StoredSecret, TooManySecrets};
    use crate::app::resource::{ResourceServer, Target};
    use crate::clock::{Seconds, Timestamp};
    use crate::oauth::openid;
    use crate::oauth::scope::Scope;
    use crate::random::Random;
    use crate::session::refresh::Rotation;
    use crate::token::Algorithm;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn client() -> (Client, AppSecret) {
        let random = Random::system();
        let secret = AppSecret::draw(&random);
        let client = Client {
            id: ClientId::draw(&random),
            app: "demo".parse().expect("an app id"),
            name: "Reader".to_owned(),
            description: String::new(),
            logo: None,
            landing_page: None,
            origins: Vec::new(),
            redirect_uris: vec!["https://a.example/cb".parse().expect("one")],
            public: false,
            secrets: vec![StoredSecret::new(&secret, &random, NOW)],
            default_scope: Scope::read("profile notes.read"),
            policy: ClientPolicy::default(),
            openid: openid::Settings::default(),
            disabled: false,
            created: NOW,
        };
        (client, secret)
    }

    #[test]
    fn a_third_living_secret_is_refused() {
        let (client, old) = client();
        let random = Random::system();
        let new = AppSecret::draw(&random);
        let until = NOW.plus(Seconds::days(1));
        let client = client.rotate_secret(StoredSecret::new(&new, &random, NOW), until, NOW).expect("room");
        assert!(client.matching_secret(&old, NOW).is_some() && client.matching_secret(&new, NOW).is_some());
        assert!(client.matching_secret(&old, until).is_none() && client.matching_secret(&new, until).is_some());
        let third = || StoredSecret::new(&AppSecret::draw(&random), &random, NOW);
        assert_eq!(client.clone().rotate_secret(third(), until, NOW), Err(TooManySecrets(2)));
        assert!(client.rotate_secret(third(), NOW, NOW).is_ok(), "others that end now make room");
    }

    #[test]
    fn a_public_clients_refresh_tokens_are_always_replaced() {
        let (client, _) = client();
        for chosen in Rotation::EACH {
            let client =
                Client { policy: ClientPolicy { rotation: chosen, ..client.policy.clone() }, ..client.clone() };
            assert_eq!(client.rotation(), chosen);
            let public = Client { public: true, ..client }.rotation();
            assert_eq!(public, if chosen == Rotation::Off { Rotation::Always } else { chosen });
        }
    }

    #[test]
    fn a_disabled_client_has_no_matching_secret() {
        let (client, secret) = client();
        assert!(client.matching_secret(&secret, NOW).is_some());
        assert!(Client { disabled: true, ..client }.matching_secret(&secret, NOW).is_none());
    }

    #[test]
    fn unknown_scopes_are_passed_over_and_nothing_known_means_the_default() {
        let (client, _) = client();
        for (asked, given) in [
            ("email", "email"),
            ("email admin", "email"),
            ("notes.read mementos", "mementos notes.read"),
            ("", "notes.read profile"),
            ("admin root", "notes.read profile"),
        ] {
            assert_eq!(client.scope(asked, &[]).to_string(), given, "{asked}");
        }
    }

    #[test]
    fn a_resource_servers_scopes_are_known_where_its_tokens_are_asked_for() {
        let (client, _) = client();
        let server = ResourceServer {
            identifier: "https://api.example".parse().expect("an identifier"),
            scopes: Scope::read("read"),
            algorithm: Algorithm::Rs256,
        };
        let targets = [Target::Ours, Target::Server(&server)];
        assert_eq!(client.scope("read profile", &targets).to_string(), "profile read");
        assert_eq!(client.scope("read profile", &targets[..1]).to_string(), "profile");
        let granted = Scope::read("read profile");
        assert_eq!(targets.map(|target| client.part_of(&granted, target).to_string()), ["profile", "read"]);
    }
}
