//! What a deployment decides, parsed once at start: the only reader of the environment.

mod environment;
mod part;
mod trail;
mod webhooks;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::environment::{Environment, of_process};
pub use self::part::Part;
use self::part::Used;
pub use self::trail::TrailConfig;
pub use self::webhooks::{DeliverConfig, WebhooksConfig};
use crate::budget::Budgets;
use crate::edge::Edge;
use crate::id::AppId;
use crate::language::Language;
use crate::limit::Quota;
use crate::network::{SharedSources, Source};
use crate::outbound::WebUrl;
use crate::passkey::relying_party::RelyingParty;
use crate::secret::Secret;

/// The configuration of a function that has a store.
#[derive(Debug)]
pub struct Config {
    /// Where the deployment is reached, without a trailing slash: `iss` of tokens and base of every mailed link.
    pub public_url: String,
    /// The three tables' names.
    pub tables: Tables,
    /// Endpoint and credentials of the AWS services.
    pub aws: AwsConfig,
    /// The key that wraps the key ring, as the deployment hands it over.
    pub key_ring_kek: Secret<String>,
    /// `CONFIGURATION_SET`: what SES sends mail through, by name, for the default of the sender's identity may be another
    /// deployment's. None on a laptop.
    pub configuration_set: Part<Option<String>>,
    /// The language where nobody said one.
    pub default_language: Language,
    /// `MAIL_FROM`, the sender of mail: an address, or `Name <address>`. [`Config::complete`] says that a function which
    /// mails has one.
    pub mail_from: Part<Option<String>>,
    /// How text messages are sent.
    pub sms: Part<SmsConfig>,
    /// `SMS_BUDGET_SOURCE`, `SMS_BUDGET_PREFIX`, `SMS_BUDGET_APP`, `SMS_BUDGET_DAY`, `SMS_BREAKER`.
    pub sms_budgets: Part<Budgets>,
    /// `MAIL_BUDGET_SOURCE`, `MAIL_BUDGET_DOMAIN`, `MAIL_BUDGET_APP`, `MAIL_BUDGET_DAY`.
    pub mail_budgets: Part<Budgets>,
    /// `SHARED_SOURCES`: networks that no message is charged to.
    pub shared_sources: Part<SharedSources>,
    /// `BREACH_RANGE_URL`: the service that is asked about breached passwords; the list alone when absent.
    pub breach_range: Part<Option<WebUrl>>,
    /// `AUDIT_TABLE`: the trail, for the functions that show a user their own.
    pub audit_table: Part<Option<String>>,
    /// The App API's requests per address.
    pub rate_limit_app: Part<Quota>,
    /// The other APIs' requests per address.
    pub rate_limit_default: Part<Quota>,
    /// `PASSKEY_RP_ID`: who passkeys are made for, and whose pages may ask for them. None at an address without a name.
    pub passkeys: Part<Option<RelyingParty>>,
    /// `RATE_LIMIT_CLIENT`: requests of an OAuth client that proved who it is, whatever address they come from.
    pub rate_limit_client: Part<Quota>,
    /// Whose pages may call.
    pub origins: Origins,
    /// How the Browser API is reached.
    pub browser: BrowserConfig,
    /// How the Account API is reached.
    pub account: AccountConfig,
    /// The variables that are in no part: every function with a store is given them.
    common: Vec<&'static str>,
}

/// What the Browser API is bound to.
#[derive(Debug)]
pub struct BrowserConfig {
    /// `BROWSER_APP_ID`: the app whose users sign in.
    pub app: Part<AppId>,
    /// `COOKIE_DOMAIN`, `COOKIE_SAME_SITE`, `COOKIE_SECURE`, `COOKIE_HOST_PREFIX`.
    pub cookies: Part<CookieConfig>,
}

/// The attributes of cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieConfig {
    /// The domain whose hosts are sent the cookies; none for the deployment's own host alone.
    pub domain: Option<String>,
    /// To which requests of other sites' pages browsers add them.
    pub same_site: SameSite,
    /// Whether they are kept off plain HTTP. Only a laptop says no.
    pub secure: bool,
    /// Whether their names begin with `__Host-`: no neighbouring host can then set them (RFC 6265bis §4.1.3.2).
    pub host_prefix: bool,
}

/// The values of `SameSite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// With navigation only.
    Lax,
    /// Never.
    Strict,
    /// Always.
    None,
}

/// What the Account API is bound to.
#[derive(Debug)]
pub struct AccountConfig {
    /// `ACCOUNT_APP_ID`: the app whose users sign in where no API key names another.
    pub app: Part<AppId>,
}

/// Whose pages may call, as browsers write origins: those that are listed, and the deployment's own.
#[derive(Debug)]
pub struct Origins {
    /// `BROWSER_ORIGINS`.
    pub browser: Part<Vec<String>>,
    /// `ACCOUNT_ORIGINS`.
    pub account: Part<Vec<String>>,
}

impl Origins {
    /// Reads the process's environment, for a function that needs nothing else of it.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&of_process)
    }

    /// Reads variables through `lookup`; an empty one counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn read(lookup: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(lookup);
        env.all_origins(&env.public_url()?)
    }
}

/// The names of the tables.
#[derive(Clone, Debug)]
pub struct Tables {
    /// What is kept for as long as the deployment lives: apps, identities, users, keys.
    pub core: String,
    /// What lives for days: sessions, codes, links.
    pub live: String,
    /// Counters.
    pub rate: String,
}

/// How AWS is reached. The variables are those that Lambda sets and that the SDKs agree on.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: Arc<Secret<String>>,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<Arc<Secret<String>>>,
    /// `AWS_ENDPOINT_URL_DYNAMODB`.
    pub dynamodb_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SESV2`.
    pub ses_endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_SNS`.
    pub sns_endpoint: Option<String>,
    /// `SSL_CERT_FILE`: the certificates that this machine trusts, where they are not in the place that Linux has for them.
    pub trusted: Option<String>,
}

/// How the deployment texts, where an app says nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsConfig {
    /// `SMS_MAX_PRICE`: the most that one message may cost, in US dollars.
    pub max_price: String,
    /// `SMS_SENDER_ID`: the name that a message comes from, where a country shows one.
    pub sender_id: Option<String>,
    /// `SMS_ORIGINATION_NUMBER`: the number that a message comes from, of those that the account has.
    pub origination_number: Option<String>,
    /// `SMS_ENTITY_ID`: what India's DLT knows the sender by.
    pub entity_id: Option<String>,
    /// `SMS_TEMPLATE_ID`: what India's DLT knows the text by.
    pub template_id: Option<String>,
}

/// A variable is missing, or its value cannot be used. Never holds the value: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {name}: {problem}")]
pub struct ConfigError {
    name: &'static str,
    problem: &'static str,
}

impl Config {
    /// The page that a reset link opens, for apps that have none of their own.
    #[must_use]
    pub fn reset_page(&self) -> String {
        format!("{}/account/reset-password", self.public_url)
    }

    /// Who issues an app's OAuth tokens (RFC 8414 §2): the deployment itself for the app that its own pages are bound to, and
    /// a path of its own for each other one, so that no client of one app takes another's answers for its own.
    #[must_use]
    pub fn issuer(&self, app: &AppId) -> String {
        if *app == *self.browser.app { self.public_url.clone() } else { format!("{}/apps/{app}", self.public_url) }
    }

    /// The app whose OAuth tokens `issuer` issues, if it is an issuer of this deployment's.
    #[must_use]
    pub fn app_of(&self, issuer: &str) -> Option<AppId> {
        let app = match issuer.strip_prefix(&self.public_url)? {
            "" => (*self.browser.app).clone(),
            path => path.strip_prefix("/apps/")?.parse().ok()?,
        };
        (self.issuer(&app) == issuer).then_some(app)
    }

    /// Whom a message is charged to that the client at `address` asks for; nobody, if many people share it.
    #[must_use]
    pub fn sources(&self, address: &str) -> Vec<Source> {
        if self.shared_sources.contains(address) { Vec::new() } else { Source::of(address) }
    }

    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&of_process)
    }

    /// Reads variables through `lookup`; an empty one counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn read(lookup: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(lookup);
        let public_url = env.public_url()?;
        Ok(Self {
            origins: env.all_origins(&public_url)?,
            browser: BrowserConfig {
                app: env.part(|env| env.app("BROWSER_APP_ID"))?,
                cookies: env.part(Environment::cookies)?,
            },
            account: AccountConfig { app: env.part(|env| env.app("ACCOUNT_APP_ID"))? },
            passkeys: env.part(|env| env.passkeys(&public_url))?,
            public_url,
            tables: Tables {
                core: env.required("CORE_TABLE")?,
                live: env.required("LIVE_TABLE")?,
                rate: env.required("RATE_TABLE")?,
            },
            aws: env.aws()?,
            key_ring_kek: env.kek()?,
            mail_from: env.part(|env| Ok(env.optional("MAIL_FROM")))?,
            configuration_set: env.part(|env| Ok(env.optional("CONFIGURATION_SET")))?,
            default_language: match env.optional("DEFAULT_LANGUAGE") {
                None => Language::default(),
                Some(tag) => tag
                    .parse()
                    .map_err(|_| ConfigError { name: "DEFAULT_LANGUAGE", problem: "is neither zh nor en" })?,
            },
            sms: env.part(Environment::sms)?,
            sms_budgets: env.part(Environment::sms_budgets)?,
            mail_budgets: env.part(Environment::mail_budgets)?,
            shared_sources: env.part(Environment::shared_sources)?,
            breach_range: env.part(Environment::breach_range)?,
            audit_table: env.part(|env| Ok(env.optional("AUDIT_TABLE")))?,
            rate_limit_app: env.part(|env| env.quota("RATE_LIMIT_APP", 100))?,
            rate_limit_default: env.part(|env| env.quota("RATE_LIMIT_DEFAULT", 1000))?,
            rate_limit_client: env.part(|env| env.quota("RATE_LIMIT_CLIENT", 10_000))?,
            common: env.names(),
        })
    }

    /// Whether what was used so far is there, once a function has prepared itself.
    ///
    /// # Errors
    /// The variable that is missing.
    pub fn complete(&self) -> Result<(), ConfigError> {
        let needed = [("MAIL_FROM", &self.mail_from), ("AUDIT_TABLE", &self.audit_table)];
        match needed.into_iter().find(|(_, part)| part.was_used() && part.is_none()) {
            Some((name, _)) => Err(ConfigError { name, problem: "is not set" }),
            None => Ok(()),
        }
    }

    /// The variables of what was used so far, those of a laptop left out: what the template has to give the function.
    #[must_use]
    pub fn variables_used(&self) -> BTreeSet<&'static str> {
        let used = self.parts().into_iter().filter(|part| part.was_used()).flat_map(Used::variables);
        let all = self.common.iter().chain(used).copied();
        all.filter(|name| !name.starts_with("AWS_") && !["COOKIE_SECURE", "SSL_CERT_FILE"].contains(name)).collect()
    }

    /// Forgets what was used, for a test that has made its surroundings.
    pub fn forget_uses(&self) {
        self.parts().into_iter().for_each(Used::forget_use);
    }

    fn parts(&self) -> [&dyn Used; 17] {
        [
            &self.mail_from,
            &self.configuration_set,
            &self.sms,
            &self.sms_budgets,
            &self.mail_budgets,
            &self.shared_sources,
            &self.breach_range,
            &self.passkeys,
            &self.audit_table,
            &self.rate_limit_app,
            &self.rate_limit_default,
            &self.rate_limit_client,
            &self.origins.browser,
            &self.origins.account,
            &self.browser.app,
            &self.browser.cookies,
            &self.account.app,
        ]
    }
}

/// `METRIC_NAMESPACE`: where functions count, those without a store too. None where nobody collects, as on a laptop.
#[must_use]
pub fn metric_namespace() -> Option<String> {
    of_process("METRIC_NAMESPACE").filter(|namespace| !namespace.is_empty())
}

/// `_HANDLER`: the function's `Handler` in the template, as Lambda tells it to a custom runtime.
#[must_use]
pub fn handler() -> Option<String> {
    of_process("_HANDLER")
}

/// `EDGE_SECRET`: how the edge in front is known, to functions without a store too. None where there is no edge.
///
/// # Errors
/// A secret that is short, or more than two.
pub fn edge() -> Result<Option<Edge>, ConfigError> {
    read_edge(of_process("EDGE_SECRET").as_deref())
}

/// Two are separated by a comma, while one replaces the other.
fn read_edge(secrets: Option<&str>) -> Result<Option<Edge>, ConfigError> {
    let Some(secrets) = secrets.filter(|secrets| !secrets.is_empty()) else { return Ok(None) };
    let secrets: Vec<_> = secrets.split(',').collect();
    if secrets.len() > 2 || secrets.iter().any(|secret| secret.len() < 32) {
        return Err(ConfigError {
            name: "EDGE_SECRET",
            problem: "is not one or two secrets of at least 32 characters",
        });
    }
    Ok(Some(Edge::new(secrets.into_iter().map(|secret| Secret::new(secret.to_owned())).collect())))
}

#[cfg(test)]
mod tests {
    use super::{Config, ConfigError, SameSite, read_edge};

    fn environment(name: &str) -> Option<String> {
        let value = match name {
            "PUBLIC_URL" => "https://auth.example/",
            "CORE_TABLE" | "LIVE_TABLE" | "RATE_TABLE" => "table",
            "AWS_REGION" => "eu-central-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "test",
            "KEY_RING_KEK" => "0123456789abcdef0123456789abcdef",
            "MAIL_FROM" => "auth@example.com",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn the_defaults_are_those_of_the_documentation() {
        let config = Config::read(&environment).expect("complete");
        assert_eq!(config.public_url, "https://auth.example");
        assert_eq!((config.rate_limit_app.limit, config.rate_limit_app.window.0), (100, 900));
        assert_eq!(config.default_language.tag(), "zh");
        assert_eq!(*config.breach_range, None);
    }

    #[test]
    fn the_browser_api_is_as_documented_where_nobody_says_otherwise() {
        let Config { browser, origins, .. } = Config::read(&environment).expect("complete");
        assert_eq!(
            (browser.app.as_str(), origins.browser.as_slice()),
            ("default", &["https://auth.example".to_owned()][..])
        );
        assert!(browser.cookies.secure && !browser.cookies.host_prefix && browser.cookies.domain.is_none());
        assert_eq!(browser.cookies.same_site, SameSite::Lax);
    }

    #[test]
    fn origins_are_listed_beside_our_own() {
        let read = Config::read(&|name| match name {
            "BROWSER_ORIGINS" => Some("https://app.example , http://localhost:5173".to_owned()),
            "PUBLIC_URL" => Some("https://auth.example/base/".to_owned()),
            other => environment(other),
        });
        let origins = read.expect("complete").origins.browser;
        assert_eq!(*origins, ["https://app.example", "http://localhost:5173", "https://auth.example"]);
    }

    #[test]
    fn cookie_attributes_that_browsers_would_refuse_together_are_refused() {
        for pair in [
            [("COOKIE_SAME_SITE", "None"), ("COOKIE_SECURE", "false")],
            [("COOKIE_HOST_PREFIX", "true"), ("COOKIE_DOMAIN", "example.com")],
            [("COOKIE_HOST_PREFIX", "true"), ("COOKIE_SECURE", "false")],
        ] {
            let read = Config::read(&|wanted| {
                let given = pair.iter().find(|(name, _)| *name == wanted);
                given.map_or_else(|| environment(wanted), |(_, value)| Some((*value).to_owned()))
            });
            assert!(read.is_err(), "{pair:?}");
        }
    }

    #[test]
    fn an_edge_is_known_by_one_secret_or_two_and_none_is_short() {
        let long = "0123456789abcdef0123456789abcdef";
        assert!(matches!((read_edge(None), read_edge(Some(""))), (Ok(None), Ok(None))));
        let both = format!("{long},{}", long.to_uppercase());
        assert!(read_edge(Some(&both)).is_ok_and(|edge| edge.is_some_and(|edge| edge.sent(&long.to_uppercase()))));
        for bad in ["hunter2".to_owned(), format!("{long},"), format!("{both},{long}")] {
            let error = read_edge(Some(&bad)).expect_err("refused").to_string();
            assert!(error.contains("EDGE_SECRET") && !error.contains(&bad), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named_without_its_value() {
        for (name, bad) in [
            ("PUBLIC_URL", "ftp://x"),
            ("KEY_RING_KEK", "hunter2"),
            ("RATE_LIMIT_APP", "0x0"),
            ("RATE_LIMIT_APP", "-17"),
            ("RATE_LIMIT_WINDOW_SECONDS", "soon"),
            ("DEFAULT_LANGUAGE", "fr"),
            ("CORE_TABLE", ""),
            ("SMS_MAX_PRICE", "free"),
            ("SMS_MAX_PRICE", "1e1"),
            ("SMS_MAX_PRICE", "11"),
            ("SMS_BUDGET_DAY", "none"),
            ("SHARED_SOURCES", "office.example"),
            ("BREACH_RANGE_URL", "http://range.example"),
            ("BREACH_RANGE_URL", "https://u:hunter2@range.example"),
            ("BROWSER_APP_ID", "No App"),
            ("BROWSER_ORIGINS", "*"),
            ("BROWSER_ORIGINS", "https://a.example, https://b.example/path"),
            ("ACCOUNT_ORIGINS", "shop.example"),
            ("COOKIE_SAME_SITE", "lax"),
            ("COOKIE_SECURE", "yes"),
            ("COOKIE_DOMAIN", "example.com; Secure"),
            ("COOKIE_DOMAIN", "localhost"),
        ] {
            let read = Config::read(&|wanted| if wanted == name { Some(bad.to_owned()) } else { environment(wanted) });
            let error: ConfigError = read.expect_err(name);
            assert!(error.to_string().contains(name), "{error}");
            assert!(bad.is_empty() || !error.to_string().contains(bad), "{error}");
        }
    }

    #[test]
    fn a_part_names_its_variables_once_it_is_used() {
        let config = Config::read(&environment).expect("complete");
        let common = ["CORE_TABLE", "DEFAULT_LANGUAGE", "KEY_RING_KEK", "LIVE_TABLE", "PUBLIC_URL", "RATE_TABLE"];
        assert_eq!(config.variables_used(), common.into());
        let _ = (config.rate_limit_app.limit, config.browser.cookies.secure);
        let names =
            ["RATE_LIMIT_APP", "RATE_LIMIT_WINDOW_SECONDS", "COOKIE_DOMAIN", "COOKIE_HOST_PREFIX", "COOKIE_SAME_SITE"];
        assert_eq!(config.variables_used(), common.into_iter().chain(names).collect());
        config.forget_uses();
        assert_eq!(config.variables_used(), common.into());
    }

    #[test]
    fn only_a_function_that_mails_needs_a_sender() {
        let without = |name: &'static str| environment(name).filter(|_| name != "MAIL_FROM");
        let config = Config::read(&without).expect("complete");
        assert_eq!(config.complete(), Ok(()));
        assert_eq!(*config.mail_from, None);
        assert!(config.complete().is_err_and(|error| error.to_string().contains("MAIL_FROM")));
    }

    #[test]
    fn only_a_function_that_shows_the_trail_needs_its_table() {
        let config = Config::read(&environment).expect("complete");
        assert_eq!((config.complete(), &*config.audit_table), (Ok(()), &None));
        assert!(config.complete().is_err_and(|error| error.to_string().contains("AUDIT_TABLE")));
    }

    #[test]
    fn an_issuer_is_that_of_one_app() {
        let config = Config::read(&environment).expect("complete");
        for id in ["default", "shop"] {
            let app = id.parse().expect("an app id");
            assert_eq!(config.app_of(&config.issuer(&app)), Some(app));
        }
        let url = "https://auth.example";
        for other in ["", "https://auth.exampl", "https://auth.example/", "https://evil.example"] {
            assert_eq!(config.app_of(other), None, "{other}");
        }
        for path in ["/apps/", "/apps/default", "/apps/SHOP", "/apps/shop/", "/app/shop", ".evil/apps/shop"] {
            assert_eq!(config.app_of(&format!("{url}{path}")), None, "{path}");
        }
    }

    #[test]
    fn a_configuration_printed_for_debugging_shows_no_secret() {
        let with_token = |name: &str| match name {
            "AWS_SECRET_ACCESS_KEY" => Some("the access key's secret".to_owned()),
            "AWS_SESSION_TOKEN" => Some("the session's token".to_owned()),
            other => environment(other),
        };
        let printed = format!("{:?}", Config::read(&with_token).expect("complete"));
        for secret in ["0123456789abcdef", "the access key's secret", "the session's token"] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}
