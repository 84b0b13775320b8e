//! Captchas: whether the answer that a person gave to a widget is good, as its provider says.
//!
//! reCAPTCHA, hCaptcha and Turnstile share a protocol, siteverify: a form with our secret and the widget's response, an
//! answer in JSON. A response is good for one question, so there is one try.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::app::App;
use crate::app::apis::Api;
use crate::app::captcha::{OnOutage, Provider};
use crate::outbound::{Bounds, Outage, Outbound, Reply, form};
use crate::secret::Secret;
use crate::token::seal::Kek;

/// What a widget gave to the page. It is good for one request of its bearer, and not to be seen.
pub struct CaptchaResponse(Secret<String>);

impl CaptchaResponse {
    /// Turnstile's have at most 2,048 bytes; reCAPTCHA's grow with what it knows of the person.
    pub const LONGEST: usize = 8192;
}

impl FromStr for CaptchaResponse {
    type Err = NotACaptchaResponse;

    /// Providers write letters, digits and a few marks. Any other byte could only make their answer a surprise.
    fn from_str(text: &str) -> Result<Self, NotACaptchaResponse> {
        let fits = (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(Secret::new(text.to_owned()))).ok_or(NotACaptchaResponse)
    }
}

impl fmt::Debug for CaptchaResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The text cannot be a widget's response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the response of a captcha")]
pub struct NotACaptchaResponse;

/// Why a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// The app asks for no captcha.
    NotAsked,
    /// The provider says that the response is good.
    Verified,
    /// The provider could not be asked, and the app lets requests pass then. To be logged.
    Unverified(Outage),
}

/// Why a request may not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPassed {
    /// The app asks for a captcha, and the request has no response.
    #[error("the captcha is missing")]
    Missing,
    /// The provider says that the response is wrong, used or too old.
    #[error("the captcha was refused")]
    Refused,
    /// The provider could not be asked.
    #[error("the captcha's provider is down: {0}")]
    Down(Outage),
}

/// Asks providers.
#[derive(Debug)]
pub struct Captcha {
    outbound: Outbound,
    kek: Arc<Kek>,
    bounds: Bounds,
}

impl Captcha {
    /// How long a provider may take, all in all.
    pub const PATIENCE: Duration = Duration::from_secs(3);
    /// An answer has some hundred bytes.
    const LONGEST_ANSWER: usize = 64 * 1024;

    /// Providers' secrets are sealed under `kek`. Nothing is connected.
    #[must_use]
    pub fn new(kek: Arc<Kek>) -> Self {
        let bounds = Bounds { time: Self::PATIENCE, bytes: Self::LONGEST_ANSWER };
        Self { outbound: Outbound::default(), kek, bounds }
    }

    /// The same with another patience: a test does not wait three seconds.
    #[must_use]
    pub fn with_patience(self, time: Duration) -> Self {
        Self { bounds: Bounds { time, ..self.bounds }, ..self }
    }

    /// Asks the provider of `app` about the `response` that came through `api` from `remote_ip`, once.
    ///
    /// # Errors
    /// [`NotPassed`]
    pub async fn verify(
        &self,
        app: &App,
        api: Api,
        response: Option<&CaptchaResponse>,
        remote_ip: &str,
    ) -> Result<Passed, NotPassed> {
        let Some(provider) = app.policy.captcha.provider_in(api) else { return Ok(Passed::NotAsked) };
        let response = response.ok_or(NotPassed::Missing)?;
        match self.ask(app, provider, response, remote_ip).await {
            Ok(true) => Ok(Passed::Verified),
            Ok(false) => Err(NotPassed::Refused),
            Err(outage) if provider.on_outage == OnOutage::Pass => Ok(Passed::Unverified(outage)),
            Err(outage) => Err(NotPassed::Down(outage)),
        }
    }

    async fn ask(
        &self,
        app: &App,
        provider: &Provider,
        response: &CaptchaResponse,
        remote_ip: &str,
    ) -> Result<bool, Outage> {
        let secret = provider.secret.open(&self.kek, &app.id).map_err(|_| Outage::OurSecret)?;
        let form = form(&[("secret", secret.expose()), ("response", response.0.expose()), ("remoteip", remote_ip)]);
        let reply = self.outbound.post_form(&provider.url, form, self.bounds).await?;
        judge(&reply, &provider.hostnames)
    }
}

#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(rename = "error-codes")]
    error_codes: Option<Vec<String>>,
    hostname: Option<String>,
}

/// What the answer says of the response; an outage when it says nothing of it.
///
/// Only the codes that no response can cause are outages. An unknown one refuses: where an app lets requests pass in an
/// outage, a response made for the purpose must not look like one.
fn judge(reply: &Reply, hostnames: &[String]) -> Result<bool, Outage> {
    let answer: Option<Answer> = serde_json::from_slice(&reply.body).ok();
    // Some providers say no with another status than 200; yes is said with 200 only.
    let answer = match (reply.status, answer) {
        (200, Some(answer)) => answer,
        (400..=499, Some(answer)) if !answer.success => answer,
        (200, None) => return Err(Outage::Unreadable),
        (status, _) => return Err(Outage::Status(status)),
    };
    if answer.success {
        let shown_by = answer.hostname.as_deref();
        return Ok(hostnames.is_empty() || hostnames.iter().any(|host| Some(host.as_str()) == shown_by));
    }
    let codes = answer.error_codes.unwrap_or_default();
    let says = |code: &str| codes.iter().any(|said| said == code);
    if says("missing-input-secret") || says("invalid-input-secret") {
        return Err(Outage::OurSecret);
    }
    if says("internal-error") { Err(Outage::Internal) } else { Ok(false) }
}

#[cfg(test)]
mod tests {
    use super::{CaptchaResponse, judge};
    use crate::outbound::{Outage, Reply};

    fn said(status: u16, body: &str) -> Result<bool, Outage> {
        judge(&Reply { status, body: body.as_bytes().to_vec() }, &[])
    }

    #[test]
    fn a_response_is_short_visible_text_and_prints_stars() {
        let response: CaptchaResponse = "recaptcha_response".parse().expect("a response");
        assert_eq!(format!("{response:?}"), "***");
        assert!("x".repeat(CaptchaResponse::LONGEST).parse::<CaptchaResponse>().is_ok());
        for text in ["", " ", "a b", "a\nb", "a\0", "é", &"x".repeat(CaptchaResponse::LONGEST + 1)] {
            assert!(text.parse::<CaptchaResponse>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_a_response_can_cause_is_never_an_outage() {
        for codes in [
            "",
            r#""invalid-input-response""#,
            r#""timeout-or-duplicate""#,
            r#""bad-request""#,
            r#""sitekey-secret-mismatch""#,
            r#""already-seen-response","expired-input-response""#,
            r#""something-new""#,
        ] {
            let body = format!(r#"{{"success":false,"error-codes":[{codes}]}}"#);
            assert_eq!((said(200, &body), said(400, &body)), (Ok(false), Ok(false)), "{codes}");
        }
        assert_eq!(said(200, r#"{"success":false}"#), Ok(false));
        assert_eq!(said(200, r#"{"success":false,"error-codes":null}"#), Ok(false));
    }

    #[test]
    fn what_is_our_fault_or_the_providers_is_an_outage() {
        for (codes, outage) in [
            (r#""missing-input-secret""#, Outage::OurSecret),
            (r#""invalid-input-response","invalid-input-secret""#, Outage::OurSecret),
            (r#""internal-error""#, Outage::Internal),
        ] {
            let body = format!(r#"{{"success":false,"error-codes":[{codes}]}}"#);
            assert_eq!(said(200, &body), Err(outage), "{codes}");
        }
        for body in ["", "null", "[]", "{}", "true", r#"{"success":"true"}"#, r#"{"success":1}"#, "<html>"] {
            assert_eq!(said(200, body), Err(Outage::Unreadable), "{body}");
        }
    }

    #[test]
    fn success_is_said_with_status_200() {
        let success = r#"{"success":true,"challenge_ts":"2026-01-01T00:00:00Z","hostname":"a.example","score":0.9}"#;
        assert_eq!(said(200, success), Ok(true));
        for status in [201, 302, 400, 403, 429, 500, 503] {
            assert_eq!(said(status, success), Err(Outage::Status(status)));
        }
        assert_eq!(said(500, r#"{"success":false}"#), Err(Outage::Status(500)));
    }

    #[test]
    fn a_response_to_another_sites_widget_is_refused() {
        let from = |body: &str, hosts: &[&str]| {
            let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
            judge(&Reply { status: 200, body: body.as_bytes().to_vec() }, &hosts)
        };
        let ours = r#"{"success":true,"hostname":"a.example"}"#;
        assert_eq!(from(ours, &["b.example", "a.example"]), Ok(true));
        assert_eq!(from(ours, &["b.example"]), Ok(false));
        assert_eq!(from(r#"{"success":true}"#, &["a.example"]), Ok(false));
    }
}
