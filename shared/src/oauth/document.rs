//! What clients say of themselves: those that register themselves (RFC 7591 §2), and those that nobody registers, whose id is the https
//! address of a document that describes them (draft-ietf-oauth-client-id-metadata-document).

use serde::Deserialize;

use crate::clock::Timestamp;
use crate::id::{AppId, ClientId};
use crate::oauth::client::{Client, ClientPolicy};
use crate::oauth::openid;
use crate::oauth::redirect::RedirectUri;
use crate::oauth::scope::Scope;
use crate::origin::Origin;
use crate::token::Algorithm;
use crate::token::client_keys::ClientKeys;

/// The longest document that is read.
pub const LONGEST: usize = 5 * 1024;

/// What a client gets that asks for nothing.
const DEFAULT_SCOPE: &str = "profile mementos";

/// Longer than any honest name.
const LONGEST_NAME: usize = 100;

/// More redirect URIs than a client has.
const MOST_REDIRECTS: usize = 20;

/// Why what a client says of itself describes none that we let ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotMetadata {
    /// No redirect URI, or one that cannot be registered.
    #[error("a redirect URI is missing or cannot be used")]
    RedirectUri,
    /// Anything else: what it is.
    #[error("{0}")]
    Other(&'static str),
}

/// What a client says of itself. Other members are ignored.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    client_id: Option<String>,
    client_name: Option<String>,
    client_uri: Option<String>,
    logo_uri: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    scope: Option<String>,
    jwks: Option<serde_json::Value>,
    jwks_uri: Option<String>,
    client_secret: Option<serde_json::Value>,
    client_secret_expires_at: Option<serde_json::Value>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    id_token_signed_response_alg: Option<String>,
}

/// How a client proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// Not at all: it is public.
    None,
    /// By a secret.
    Secret,
    /// By keys, or by those at an address.
    Keys(Option<ClientKeys>, Option<String>),
}

impl Authentication {
    /// The keys.
    ///
    /// # Errors
    /// [`NotMetadata`] where there are none.
    pub fn with_keys(self) -> Result<Self, NotMetadata> {
        if matches!(self, Self::Keys(..)) {
            Ok(self)
        } else {
            Err(NotMetadata::Other("The client was registered with keys, so its metadata must name them."))
        }
    }
}

impl Metadata {
    /// Reads the members.
    ///
    /// # Errors
    /// [`NotMetadata`]
    pub fn parse(json: &[u8]) -> Result<Self, NotMetadata> {
        serde_json::from_slice(json).map_err(|_| NotMetadata::Other("The metadata is not a JSON object."))
    }

    /// Whether they are of the client of that id.
    #[must_use]
    pub fn names(&self, id: &ClientId) -> bool {
        self.client_id.as_deref() == Some(id.as_str())
    }

    /// How its ID tokens are signed, and where its users may go after they signed out (OpenID Connect Registration §2).
    fn openid(&self) -> Result<openid::Settings, NotMetadata> {
        let default = openid::Settings::default();
        let algorithm = match self.id_token_signed_response_alg.as_deref() {
            None => Some(default.id_token_algorithm),
            Some(name) => Algorithm::ASYMMETRIC.into_iter().find(|algorithm| algorithm.name() == name),
        };
        let id_token_algorithm =
            algorithm.ok_or(NotMetadata::Other("The id_token_signed_response_alg is not RS256, ES256 or EdDSA."))?;
        let post_logout_redirect_uris = match self.post_logout_redirect_uris.as_slice() {
            [] => Vec::new(),
            texts => redirects(texts, true)?,
        };
        Ok(openid::Settings { id_token_algorithm, post_logout_redirect_uris, ..default })
    }

    /// How the client will prove who it is.
    ///
    /// # Errors
    /// [`NotMetadata`]
    pub fn authentication(&self) -> Result<Authentication, NotMetadata> {
        match (self.token_endpoint_auth_method.as_deref(), &self.jwks, &self.jwks_uri) {
            (Some("none"), ..) => Ok(Authentication::None),
            (None | Some("client_secret_basic" | "client_secret_post"), ..) => Ok(Authentication::Secret),
            (Some("private_key_jwt"), Some(jwks), None) => {
                let keys = ClientKeys::read(jwks.to_string().as_bytes());
                let keys = keys.map_err(|_| NotMetadata::Other("The jwks must hold usable public keys only."))?;
                Ok(Authentication::Keys(Some(keys), None))
            }
            (Some("private_key_jwt"), None, Some(address)) if is_link(address) => {
                Ok(Authentication::Keys(None, Some(address.clone())))
            }
            (Some("private_key_jwt"), ..) => {
                Err(NotMetadata::Other("Give the keys in jwks, or at an https address in jwks_uri, but not both."))
            }
            _ => Err(NotMetadata::Other("The token_endpoint_auth_method is not supported.")),
        }
    }

    /// The client, with that id, of that app.
    ///
    /// # Errors
    /// [`NotMetadata`]
    pub fn client(
        &self,
        id: ClientId,
        app: &AppId,
        authentication: &Authentication,
        now: Timestamp,
    ) -> Result<Client, NotMetadata> {
        let public = *authentication == Authentication::None;
        let (keys, jwks_uri) = match authentication {
            Authentication::Keys(keys, address) => (keys.clone(), address.clone()),
            Authentication::None | Authentication::Secret => (None, None),
        };
        let name = self.client_name.as_deref().map(str::trim).filter(|name| is_name(name));
        let link = |url: &Option<String>| url.clone().filter(|url| is_link(url));
        Ok(Client {
            name: name.or(id.document_host()).unwrap_or(id.as_str()).to_owned(),
            id,
            app: app.clone(),
            description: String::new(),
            logo: link(&self.logo_uri),
            landing_page: link(&self.client_uri),
            origins: Vec::new(),
            redirect_uris: redirects(&self.redirect_uris, public)?,
            public,
            secrets: Vec::new(),
            default_scope: self.default_scope(&Scope::default()),
            policy: ClientPolicy { keys, jwks_uri, ..ClientPolicy::default() },
            openid: self.openid()?,
            disabled: false,
            created: now,
        })
    }

    /// `known`, with everything that metadata can say taken from `said`, which [`Metadata::client`] made. What the app's owner chose stays.
    #[must_use]
    pub fn replace(&self, said: Client, known: Client) -> Client {
        let ClientPolicy { keys, jwks_uri, .. } = said.policy;
        let openid::Settings { id_token_algorithm, post_logout_redirect_uris, .. } = said.openid;
        Client {
            name: said.name,
            logo: said.logo,
            landing_page: said.landing_page,
            redirect_uris: said.redirect_uris,
            default_scope: if self.scope.is_some() {
                self.default_scope(&known.default_scope)
            } else {
                known.default_scope
            },
            policy: ClientPolicy { keys, jwks_uri, ..known.policy },
            openid: openid::Settings { id_token_algorithm, post_logout_redirect_uris, ..known.openid },
            ..known
        }
    }

    /// The words that every client may ask for, since nobody registered others for this one, and those of `registered`, which its app's owner did.
    fn default_scope(&self, registered: &Scope) -> Scope {
        let asked = Scope::read(self.scope.as_deref().unwrap_or(DEFAULT_SCOPE));
        let may_have = |token: &&str| Scope::OURS.contains(token) || registered.contains(token);
        let scope: Scope = asked.tokens().filter(may_have).map(str::to_owned).collect();
        if scope.is_empty() { Scope::read(DEFAULT_SCOPE) } else { scope }
    }
}

/// Reads the document at the address that `id` is.
///
/// # Errors
/// [`NotMetadata`]
pub fn read(json: &[u8], id: &ClientId, app: &AppId, now: Timestamp) -> Result<Client, NotMetadata> {
    let metadata = Metadata::parse(json)?;
    if !metadata.names(id) {
        return Err(NotMetadata::Other("The client_id must be the URL of the document."));
    }
    let authentication = match metadata.token_endpoint_auth_method {
        None => Authentication::None,
        Some(_) => metadata.authentication()?,
    };
    // A document is for everybody to read: nobody has a secret in it.
    let has_secret = metadata.client_secret.is_some() || metadata.client_secret_expires_at.is_some();
    if authentication == Authentication::Secret || has_secret {
        return Err(NotMetadata::Other("A client that a document describes cannot use a secret."));
    }
    let client = metadata.client(id.clone(), app, &authentication, now)?;
    let own = Origin::of(id.as_str()).map(|(origin, _)| origin.as_str().to_owned());
    Ok(Client { origins: own.into_iter().collect(), ..client })
}

/// One line that a person reads.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control)
}

fn is_link(url: &str) -> bool {
    url.starts_with("https://") && url.parse::<RedirectUri>().is_ok()
}

/// As the owner of an app may register them.
fn redirects(texts: &[String], public: bool) -> Result<Vec<RedirectUri>, NotMetadata> {
    let uris = texts.iter().map(|text| text.parse()).collect::<Result<Vec<RedirectUri>, _>>();
    let uris = uris.map_err(|_| NotMetadata::RedirectUri)?;
    let fits = |uri: &RedirectUri| !uri.is_in_clear() && !uri.answers_itself() && (public || !uri.is_native());
    let good = (1..=MOST_REDIRECTS).contains(&uris.len()) && uris.iter().all(fits);
    if good { Ok(uris) } else { Err(NotMetadata::RedirectUri) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{NotMetadata, read};
    use crate::clock::Timestamp;
    use crate::oauth::client::Client;

    const ID: &str = "https://agent.example/client.json";

    fn document() -> Value {
        json!({"client_id": ID, "client_name": "Agent", "redirect_uris": ["http://localhost/callback", "https://agent.example/cb"]})
    }

    fn with(name: &str, value: Value) -> Value {
        let mut document = document();
        document[name] = value;
        document
    }

    fn described(document: &Value) -> Result<Client, NotMetadata> {
        let (id, app) = (ID.parse().expect("an id"), "default".parse().expect("an app id"));
        read(document.to_string().as_bytes(), &id, &app, Timestamp::from_unix(0))
    }

    #[test]
    fn a_document_describes_a_public_client_or_one_with_keys() {
        let client = described(&document()).expect("a client");
        assert!(client.public && client.redirects_to("https://agent.example/cb"));
        assert_eq!((client.name.as_str(), client.default_scope.to_string().as_str()), ("Agent", "mementos profile"));
        assert_eq!(client.origins, ["https://agent.example"]);
        let key = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let mut confidential = with("token_endpoint_auth_method", json!("private_key_jwt"));
        confidential["redirect_uris"] = json!(["https://agent.example/cb"]);
        assert!(described(&confidential).is_err(), "without keys");
        confidential["jwks"] = json!({"keys": [key]});
        let client = described(&confidential).expect("a client");
        assert!(!client.public && client.policy.keys.is_some());
    }

    #[test]
    fn a_document_that_describes_another_client_or_none_that_may_ask_is_refused() {
        for document in [
            with("client_id", json!("https://agent.example/other.json")),
            with("client_id", json!(null)),
            with("token_endpoint_auth_method", json!("client_secret_basic")),
            with("token_endpoint_auth_method", json!("client_secret_post")),
            with("token_endpoint_auth_method", json!("client_secret_jwt")),
            with("client_secret", json!("hunter2")),
            with("client_secret_expires_at", json!(0)),
            with("redirect_uris", json!([])),
            with("redirect_uris", json!(["http://agent.example/cb"])),
            with("redirect_uris", json!(["https://agent.example/cb#x"])),
            with("redirect_uris", json!(["https://agent.example/cb?code=1"])),
            with("redirect_uris", json!("https://agent.example/cb")),
            with("redirect_uris", json!(["https://agent.example/cb", 1])),
            with("redirect_uris", json!(vec!["https://agent.example/cb"; 21])),
            json!([]),
            json!("x"),
        ] {
            assert!(described(&document).is_err(), "{document}");
        }
    }

    #[test]
    fn what_people_read_is_one_line_and_what_they_follow_is_https() {
        let named = |name: Value| described(&with("client_name", name)).expect("a client").name;
        assert_eq!(named(json!("a\nb")), "agent.example");
        assert_eq!(named(json!("  ")), "agent.example");
        assert_eq!(named(json!("x".repeat(101))), "agent.example");
        for url in ["javascript:alert(1)", "http://agent.example/", "https://agent.example/\"x"] {
            let client = described(&with("logo_uri", json!(url))).expect("a client");
            assert_eq!(client.logo, None, "{url}");
        }
    }
}
