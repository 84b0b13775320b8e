use serde::Deserialize;

/// What `cargo dev up --info FILE` writes once the service answers.
#[derive(Debug, Deserialize)]
pub struct Info {
    /// Where the service listens, without a trailing slash.
    pub url: String,
    /// Where captured mail can be read.
    pub outbox: String,
    /// The embedded DynamoDB engine.
    pub dynamodb: String,
    /// The names of the tables in it.
    pub tables: Tables,
    /// What wraps the key ring.
    pub kek: String,
    /// The apps that exist from the start.
    pub apps: Vec<AppCredentials>,
    /// The OAuth clients that exist from the start.
    pub clients: Vec<ClientCredentials>,
}

/// An OAuth client and what it authenticates with.
#[derive(Debug, Clone, Deserialize)]
pub struct ClientCredentials {
    /// `client_id`.
    pub id: String,
    /// `client_secret`; a public client has none.
    pub secret: Option<String>,
    /// Where browsers go back to.
    pub redirect_uris: Vec<String>,
}

impl ClientCredentials {
    /// The query of the plainest request.
    #[must_use]
    pub fn query(&self, state: &str) -> String {
        let pairs = [
            ("client_id", self.id.as_str()),
            ("redirect_uri", &self.redirect_uris[0]),
            ("response_type", "code"),
            ("state", state),
        ];
        let url = reqwest::Url::parse_with_params("http://x/", pairs).expect("a URL");
        url.query().unwrap_or_default().to_owned()
    }
}

/// The names of the tables.
#[derive(Debug, Deserialize)]
pub struct Tables {
    /// Apps, users, identities, keys.
    pub core: String,
    /// Sessions and one-time tokens.
    pub live: String,
    /// Counters.
    pub rate: String,
    /// The audit trail.
    pub audit: String,
}

/// An app and what it authenticates with.
#[derive(Debug, Clone, Deserialize)]
pub struct AppCredentials {
    /// `x-app-id`.
    pub id: String,
    /// `x-app-secret`.
    pub secret: String,
    /// What the Account API's clients send; never a secret of the App API.
    pub api_key: String,
}
