//! The options about an app's captcha.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use shared::app::App;
use shared::app::apis::{Api, Apis};
use shared::app::captcha::{CaptchaPolicy, OnOutage, Provider, SealedSecret};
use shared::id::AppId;
use shared::outbound::WebUrl;
use shared::secret::Secret;

use crate::deployment::OperatorContext;

/// What an app that is there changes about captchas: none any more, or a provider.
#[derive(Args, Debug)]
pub(crate) struct CaptchaChange {
    /// Stop asking for a captcha
    #[arg(long = "captcha", value_name = "off", conflicts_with = "url")]
    switch: Option<Switch>,
    #[command(flatten)]
    captcha: Captcha,
}

/// The provider of an app's captchas, which is always given whole. An app without one asks for none.
#[derive(Args, Debug)]
pub(crate) struct Captcha {
    /// Ask for a captcha. This siteverify URL checks it: that of reCAPTCHA, hCaptcha or Turnstile
    #[arg(long = "captcha-url", value_name = "URL", requires_all = ["site_key", "secret_file"])]
    url: Option<WebUrl>,
    /// The site key, with which the app's pages show the widget
    #[arg(long = "captcha-site-key", value_name = "KEY", requires = "url")]
    site_key: Option<String>,
    /// The file with the provider's secret, or - for standard input. It is stored encrypted with --kek
    #[arg(long = "captcha-secret-file", value_name = "FILE", requires = "url")]
    secret_file: Option<PathBuf>,
    /// A host whose pages may show the widget, as the provider names it. By default any. May be repeated
    #[arg(long = "captcha-hostname", value_name = "HOST", requires = "url")]
    hostnames: Vec<String>,
    /// What happens to requests while the provider is down: refuse (the default), or pass, which is logged
    #[arg(long = "captcha-on-outage", value_name = "CHOICE", requires = "url")]
    on_outage: Option<OnOutage>,
    /// What does not ask for a captcha: app, account, browser, or page, which is only the sign-up page. By default the APIs ask, and
    /// the sign-up page is closed. May be repeated
    #[arg(long = "captcha-spared", value_name = "API", requires = "url")]
    spared: Vec<Spared>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Switch {
    Off,
}

/// What asks for no captcha.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spared {
    Api(Api),
    /// The sign-up page, whatever the Browser API does.
    Page,
}

/// Its name on the command line, and in what is shown of an app.
const PAGE: &str = "page";

impl FromStr for Spared {
    type Err = NotSpared;

    fn from_str(text: &str) -> Result<Self, NotSpared> {
        if text == PAGE { Ok(Self::Page) } else { text.parse().map(Self::Api).map_err(|_| NotSpared) }
    }
}

/// The text names nothing that could ask for a captcha.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("write app, browser, account or page")]
struct NotSpared;

impl CaptchaChange {
    /// Whether the key that wraps secrets is needed.
    pub(crate) const fn has_secret(&self) -> bool {
        self.captcha.has_secret()
    }

    /// The policy that the options say; `None` when they say nothing.
    pub(crate) async fn policy(&self, context: &OperatorContext, app: &AppId) -> Result<Option<CaptchaPolicy>> {
        match self.switch {
            Some(Switch::Off) => Ok(Some(CaptchaPolicy::Off)),
            None => self.captcha.policy(context, app).await,
        }
    }
}

impl Captcha {
    /// Whether the key that wraps secrets is needed.
    pub(crate) const fn has_secret(&self) -> bool {
        self.secret_file.is_some()
    }

    /// The policy that the options say; `None` when they say nothing.
    pub(crate) async fn policy(&self, context: &OperatorContext, app: &AppId) -> Result<Option<CaptchaPolicy>> {
        let (Some(url), Some(site_key), Some(file)) = (&self.url, &self.site_key, &self.secret_file) else {
            return Ok(None);
        };
        let secret = read_secret(file)?;
        // A secret under a key that no function has would refuse everybody.
        crate::keys::openable(context).await?;
        Ok(Some(CaptchaPolicy::On(Provider {
            url: url.clone(),
            site_key: site_key.clone(),
            secret: SealedSecret::seal(&context.kek, app, &secret, &context.random),
            hostnames: self.hostnames.clone(),
            on_outage: self.on_outage.unwrap_or_default(),
            spared: Apis::of(self.spared.iter().filter_map(|spared| match spared {
                Spared::Api(api) => Some(*api),
                Spared::Page => None,
            })),
            spares_page: self.spared.contains(&Spared::Page),
        })))
    }
}

/// One line: who writes a file with an editor gets a line break at its end.
fn read_secret(file: &Path) -> Result<Secret<String>> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin()
            .read_to_string(&mut text)
            .context("the captcha's secret cannot be read from standard input")?;
    } else {
        text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    }
    let text = Secret::new(text);
    let secret = text.expose().trim();
    if secret.is_empty() || secret.contains(char::is_whitespace) {
        bail!("the captcha's secret is not one word: give the provider's secret key and nothing else");
    }
    Ok(Secret::new(secret.to_owned()))
}

/// For people.
pub(super) fn sentence(app: &App) -> String {
    match &app.policy.captcha {
        CaptchaPolicy::Off => "its forms have no captcha".to_owned(),
        CaptchaPolicy::On(provider) => format!("captchas are checked at {}", provider.url),
    }
}

/// The policy without its secret.
pub(super) fn describe(policy: &CaptchaPolicy) -> Value {
    match policy {
        CaptchaPolicy::Off => Value::Null,
        CaptchaPolicy::On(provider) => json!({
            "url": provider.url.as_str(),
            "site_key": provider.site_key,
            "hostnames": provider.hostnames,
            "on_outage": provider.on_outage.name(),
            "spared": provider.spared.iter().map(Api::name).chain(provider.spares_page.then_some(PAGE)).collect::<Vec<_>>(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        change: CaptchaChange,
    }

    #[derive(Parser)]
    struct NewApp {
        #[command(flatten)]
        captcha: Captcha,
    }

    fn parse(words: &[&str]) -> Result<CaptchaChange, clap::Error> {
        Line::try_parse_from([&["app"], words].concat()).map(|line| line.change)
    }

    #[test]
    fn a_new_app_has_no_captcha_that_could_be_turned_off() {
        assert!(NewApp::try_parse_from(["app", "--captcha", "off"]).is_err());
        assert!(NewApp::try_parse_from(["app"]).is_ok_and(|app| !app.captcha.has_secret()));
    }

    #[test]
    fn a_provider_is_given_whole_or_not_at_all() {
        let whole = ["--captcha-url", "https://a.example", "--captcha-site-key", "k", "--captcha-secret-file", "-"];
        assert!(parse(&whole).unwrap().has_secret());
        assert!(!parse(&["--captcha", "off"]).unwrap().has_secret());
        assert!(!parse(&[]).unwrap().has_secret());
        for words in
            [&whole[..2], &whole[..4], &whole[2..4], &["--captcha", "on"], &["--captcha-url", "http://a.example"]]
        {
            assert!(parse(words).is_err(), "{words:?}");
        }
        assert!(parse(&[&whole[..], &["--captcha", "off"]].concat()).is_err());
    }

    #[test]
    fn the_sign_up_page_is_spared_by_itself() {
        let whole = ["--captcha-url", "https://a.example", "--captcha-site-key", "k", "--captcha-secret-file", "-"];
        let spared = |words: &[&str]| parse(&[&whole[..], words].concat()).map(|change| change.captcha.spared);
        assert_eq!(spared(&["--captcha-spared", "page"]).unwrap(), [Spared::Page]);
        let both = ["--captcha-spared", "account", "--captcha-spared", "page"];
        assert_eq!(spared(&both).unwrap(), [Spared::Api(Api::Account), Spared::Page]);
        assert!(spared(&["--captcha-spared", "oauth"]).is_err());
    }

    #[test]
    fn a_secret_is_the_one_word_of_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("secret");
        std::fs::write(&file, "0x4AAAA_secret\n").unwrap();
        assert_eq!(read_secret(&file).unwrap().reveal(), "0x4AAAA_secret");
        for text in ["", "\n", "two words\n"] {
            std::fs::write(&file, text).unwrap();
            assert!(read_secret(&file).is_err(), "{text:?}");
        }
    }
}
