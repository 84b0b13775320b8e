//! Clients: third-party apps that a user may let in.

use crate::app::credential::{HasSecrets, SecretOwner, StoredSecret};
use crate::clock::Timestamp;
use crate::id::{AppId, ClientId};
use crate::oauth::redirect::RedirectUri;
use crate::oauth::scope::Scope;

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
    /// A disabled client is refused as an unknown one.
    pub disabled: bool,
    /// When it was registered.
    pub created: Timestamp,
}

impl Client {
    /// Whether a browser may be sent to `presented`.
    #[must_use]
    pub fn redirects_to(&self, presented: &str) -> bool {
        self.redirect_uris.iter().any(|uri| uri.is(presented, self.public))
    }

    /// What of `asked` is known.
    #[must_use]
    pub fn known(&self, asked: &str) -> Scope {
        let known = |token: &&str| Scope::OURS.contains(token) || self.default_scope.contains(token);
        Scope::read(asked).tokens().filter(known).map(str::to_owned).collect()
    }

    /// The same, or what the client gets without asking.
    #[must_use]
    pub fn scope(&self, asked: &str) -> Scope {
        let scope = self.known(asked);
        if scope.is_empty() { self.default_scope.clone() } else { scope }
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
    use super::{Client, ClientId};
    use crate::app::credential::{AppSecret, HasSecrets, StoredSecret, TooManySecrets};
    use crate::clock::{Seconds, Timestamp};
    use crate::oauth::scope::Scope;
    use crate::random::Random;

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
            assert_eq!(client.scope(asked).to_string(), given, "{asked}");
        }
    }
}
