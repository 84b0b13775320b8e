//! Variables, each read and checked by its kind.

use std::cell::RefCell;
use std::sync::Arc;

use super::{AwsConfig, ConfigError, CookieConfig, Origins, Part, SameSite, SmsConfig};
use crate::budget::Budgets;
use crate::clock::Seconds;
use crate::id::AppId;
use crate::limit::Quota;
use crate::network::SharedSources;
use crate::origin::Origin;
use crate::outbound::WebUrl;
use crate::passkey::relying_party::RelyingParty;
use crate::secret::Secret;

/// A variable of the process, as it was started.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(super) fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What reads variables, and notes their names.
pub(super) struct Environment<'a> {
    lookup: &'a dyn Fn(&'static str) -> Option<String>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Environment<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&'static str) -> Option<String>) -> Self {
        Self { lookup, asked: RefCell::default() }
    }

    /// The names that were asked for so far, outside of parts.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.asked.take()
    }

    /// A part, with the variables that `read` asks for.
    pub(super) fn part<T>(&self, read: impl FnOnce(&Self) -> Result<T, ConfigError>) -> Result<Part<T>, ConfigError> {
        let own = Self::new(self.lookup);
        let value = read(&own)?;
        Ok(Part::new(value, own.names()))
    }

    pub(super) fn optional(&self, name: &'static str) -> Option<String> {
        self.asked.borrow_mut().push(name);
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &'static str) -> Result<String, ConfigError> {
        self.optional(name).ok_or(ConfigError { name, problem: "is not set" })
    }

    pub(super) fn aws(&self) -> Result<AwsConfig, ConfigError> {
        Ok(AwsConfig {
            region: self.required("AWS_REGION")?,
            access_key_id: self.required("AWS_ACCESS_KEY_ID")?,
            secret_access_key: Arc::new(Secret::new(self.required("AWS_SECRET_ACCESS_KEY")?)),
            session_token: self.optional("AWS_SESSION_TOKEN").map(|token| Arc::new(Secret::new(token))),
            dynamodb_endpoint: self.optional("AWS_ENDPOINT_URL_DYNAMODB"),
            ses_endpoint: self.optional("AWS_ENDPOINT_URL_SESV2"),
            sns_endpoint: self.optional("AWS_ENDPOINT_URL_SNS"),
            trusted: self.optional("SSL_CERT_FILE"),
        })
    }

    /// A positive number that fits the arithmetic of the windows.
    pub(super) fn number(&self, name: &'static str, otherwise: u32) -> Result<u32, ConfigError> {
        let problem = "is not a whole number from 1 to 1000000000";
        self.optional(name).map_or(Ok(otherwise), |text| {
            text.parse().ok().filter(|number| (1..=1_000_000_000).contains(number)).ok_or(ConfigError { name, problem })
        })
    }

    pub(super) fn app(&self, name: &'static str) -> Result<AppId, ConfigError> {
        let id = self.optional(name).unwrap_or_else(|| AppId::DEFAULT.to_owned());
        id.parse().map_err(|_| ConfigError { name, problem: "is not an app's id" })
    }

    pub(super) fn all_origins(&self, public_url: &str) -> Result<Origins, ConfigError> {
        Ok(Origins {
            browser: self.part(|env| env.origins("BROWSER_ORIGINS", public_url))?,
            account: self.part(|env| env.origins("ACCOUNT_ORIGINS", public_url))?,
        })
    }

    /// Origins as browsers write them, and our own.
    fn origins(&self, name: &'static str, public_url: &str) -> Result<Vec<String>, ConfigError> {
        let listed = self.optional(name).unwrap_or_default();
        let web = |text: &str| text.parse().ok().filter(Origin::is_web);
        let listed: Option<Vec<_>> =
            listed.split(',').map(str::trim).filter(|text| !text.is_empty()).map(web).collect();
        let problem = "is not a list of origins like https://app.example.com";
        let listed = listed.ok_or(ConfigError { name, problem })?;
        let (own, _) =
            Origin::of(public_url).map_err(|_| ConfigError { name: "PUBLIC_URL", problem: "has no host" })?;
        Ok(listed.into_iter().chain([own]).map(|origin| origin.as_str().to_owned()).collect())
    }

    pub(super) fn passkeys(&self, public_url: &str) -> Result<Option<RelyingParty>, ConfigError> {
        let name = "PASSKEY_RP_ID";
        let origins = self.origins("BROWSER_ORIGINS", public_url)?;
        let problem = "is neither the host of PUBLIC_URL nor a domain above it";
        RelyingParty::of(public_url, self.optional(name).as_deref(), &origins)
            .map_err(|_| ConfigError { name, problem })
    }

    fn flag(&self, name: &'static str, otherwise: bool) -> Result<bool, ConfigError> {
        match self.optional(name).as_deref() {
            None => Ok(otherwise),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(ConfigError { name, problem: "is neither true nor false" }),
        }
    }

    pub(super) fn cookies(&self) -> Result<CookieConfig, ConfigError> {
        let name = "COOKIE_SAME_SITE";
        let same_site = match self.optional(name).as_deref() {
            None | Some("Lax") => SameSite::Lax,
            Some("Strict") => SameSite::Strict,
            Some("None") => SameSite::None,
            Some(_) => return Err(ConfigError { name, problem: "is none of Lax, Strict and None" }),
        };
        let domain = self.optional("COOKIE_DOMAIN");
        let is_domain = |domain: &str| {
            !domain.starts_with('-')
                && domain.contains('.')
                && domain
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte))
        };
        if domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
            return Err(ConfigError { name: "COOKIE_DOMAIN", problem: "is not a domain in lower case" });
        }
        let secure = self.flag("COOKIE_SECURE", true)?;
        if same_site == SameSite::None && !secure {
            return Err(ConfigError { name, problem: "may be None only with COOKIE_SECURE=true" });
        }
        let name = "COOKIE_HOST_PREFIX";
        let host_prefix = self.flag(name, false)?;
        if host_prefix && (domain.is_some() || !secure) {
            return Err(ConfigError { name, problem: "goes with COOKIE_SECURE=true and without COOKIE_DOMAIN only" });
        }
        Ok(CookieConfig { domain, same_site, secure, host_prefix })
    }

    pub(super) fn sms(&self) -> Result<SmsConfig, ConfigError> {
        let name = "SMS_MAX_PRICE";
        let max_price = self.optional(name).unwrap_or_else(|| "0.10".to_owned());
        let is_price = max_price.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && max_price.parse::<f64>().is_ok_and(|price| price > 0.0 && price <= 10.0);
        if !is_price {
            return Err(ConfigError { name, problem: "is not a price of more than 0 and at most 10 US dollars" });
        }
        Ok(SmsConfig {
            max_price,
            sender_id: self.optional("SMS_SENDER_ID"),
            origination_number: self.optional("SMS_ORIGINATION_NUMBER"),
            entity_id: self.optional("SMS_ENTITY_ID"),
            template_id: self.optional("SMS_TEMPLATE_ID"),
        })
    }

    pub(super) fn sms_budgets(&self) -> Result<Budgets, ConfigError> {
        Ok(Budgets {
            source: self.number("SMS_BUDGET_SOURCE", 10)?,
            prefix: self.number("SMS_BUDGET_PREFIX", 100)?,
            app: self.number("SMS_BUDGET_APP", 1000)?,
            deployment: self.number("SMS_BUDGET_DAY", 2000)?,
            breaker: Some(self.number("SMS_BREAKER", 50)?),
        })
    }

    pub(super) fn mail_budgets(&self) -> Result<Budgets, ConfigError> {
        Ok(Budgets {
            source: self.number("MAIL_BUDGET_SOURCE", 20)?,
            prefix: self.number("MAIL_BUDGET_DOMAIN", 2000)?,
            app: self.number("MAIL_BUDGET_APP", 2000)?,
            deployment: self.number("MAIL_BUDGET_DAY", 5000)?,
            // A mail costs a three-hundredth of a text message, and a domain may be half of all people's.
            breaker: None,
        })
    }

    pub(super) fn shared_sources(&self) -> Result<SharedSources, ConfigError> {
        let name = "SHARED_SOURCES";
        let problem = "is not a list of addresses and networks like 192.0.2.0/24";
        self.optional(name).unwrap_or_default().parse().map_err(|_| ConfigError { name, problem })
    }

    pub(super) fn quota(&self, name: &'static str, otherwise: u32) -> Result<Quota, ConfigError> {
        let window = Seconds(i64::from(self.number("RATE_LIMIT_WINDOW_SECONDS", 900)?));
        Ok(Quota { limit: self.number(name, otherwise)?, window })
    }

    pub(super) fn public_url(&self) -> Result<String, ConfigError> {
        let name = "PUBLIC_URL";
        let url = self.required(name)?;
        let url = url.trim_end_matches('/');
        if !(url.starts_with("https://") || url.starts_with("http://")) {
            return Err(ConfigError { name, problem: "does not start with https:// (or http:// on a laptop)" });
        }
        Ok(url.to_owned())
    }

    pub(super) fn breach_range(&self) -> Result<Option<WebUrl>, ConfigError> {
        let name = "BREACH_RANGE_URL";
        let problem = "is not an https URL without user, query and fragment";
        self.optional(name).map(|url| url.parse().map_err(|_| ConfigError { name, problem })).transpose()
    }

    /// At least 32 characters: the deployment generates 64, and a short word typed by hand is a mistake.
    pub(super) fn kek(&self) -> Result<Secret<String>, ConfigError> {
        let name = "KEY_RING_KEK";
        let kek = self.required(name)?;
        if kek.len() < 32 {
            return Err(ConfigError { name, problem: "is shorter than 32 characters" });
        }
        Ok(Secret::new(kek))
    }
}
