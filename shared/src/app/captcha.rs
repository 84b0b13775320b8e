//! What an app may choose about captchas.

use std::fmt;
use std::str::FromStr;

use crate::app::apis::{Api, Apis};
use crate::id::AppId;
use crate::outbound::WebUrl;
use crate::random::Random;
use crate::secret::Secret;
use crate::token::seal::{CannotOpen, Kek};

/// Whether an app's forms have a captcha.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CaptchaPolicy {
    /// They have none.
    #[default]
    Off,
    /// They have one, and this provider checks it.
    On(Provider),
}

impl CaptchaPolicy {
    /// The provider that checks requests of that API, if the app asks for a captcha there.
    #[must_use]
    pub fn provider_in(&self, api: Api) -> Option<&Provider> {
        match self {
            Self::On(provider) if !provider.spared.have(api) => Some(provider),
            Self::On(_) | Self::Off => None,
        }
    }

    /// Whether people may make an account on our page, which shows no captcha.
    #[must_use]
    pub fn spares_sign_up_page(&self) -> bool {
        match self {
            Self::On(provider) => provider.spares_page || provider.spared.have(Api::Browser),
            Self::Off => true,
        }
    }
}

/// Who checks an app's captchas: reCAPTCHA, hCaptcha, Turnstile, or another service of the siteverify protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Where the provider is asked.
    pub url: WebUrl,
    /// What the app's pages show the widget with. No secret.
    pub site_key: String,
    /// What we authenticate with.
    pub secret: SealedSecret,
    /// The hosts whose pages may have shown the widget; empty leaves that to the provider.
    pub hostnames: Vec<String>,
    /// What happens while the provider cannot be asked.
    pub on_outage: OnOutage,
    /// The APIs in which the app asks for none: its owner said so of each.
    pub spared: Apis,
    /// Whether the sign-up page asks for none, whatever the Browser API does: its owner said so.
    pub spares_page: bool,
}

/// What happens to a request while the captcha's provider cannot be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnOutage {
    /// It is refused, for somebody who attacks the provider must not open the form.
    #[default]
    Refuse,
    /// It passes, and that is logged.
    Pass,
}

impl OnOutage {
    /// The choice as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Pass => "pass",
        }
    }
}

impl FromStr for OnOutage {
    type Err = NotAnOnOutage;

    fn from_str(text: &str) -> Result<Self, NotAnOnOutage> {
        [Self::Refuse, Self::Pass].into_iter().find(|choice| choice.name() == text).ok_or(NotAnOnOutage)
    }
}

/// The text is neither of the choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write refuse or pass")]
pub struct NotAnOnOutage;

/// A provider's secret at rest, encrypted for one app under the deployment's key.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret(Vec<u8>);

impl SealedSecret {
    /// Encrypts the secret for `app`: moved to another app, it does not open.
    #[must_use]
    pub fn seal(kek: &Kek, app: &AppId, secret: &Secret<String>, random: &Random) -> Self {
        Self(kek.seal(&place(app), secret.expose().as_bytes(), random))
    }

    /// Decrypts it.
    ///
    /// # Errors
    /// [`CannotOpen`] when it was sealed under another key, or for another app.
    pub fn open(&self, kek: &Kek, app: &AppId) -> Result<Secret<String>, CannotOpen> {
        let plain = kek.open(&place(app), &self.0)?;
        String::from_utf8(plain.expose().clone()).map(Secret::new).map_err(|_| CannotOpen)
    }

    /// For the store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// From the store.
    #[must_use]
    pub const fn from_bytes(sealed: Vec<u8>) -> Self {
        Self(sealed)
    }
}

fn place(app: &AppId) -> String {
    format!("captcha of {app}")
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::{OnOutage, SealedSecret};
    use crate::id::AppId;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::seal::Kek;

    #[test]
    fn a_sealed_secret_opens_for_its_own_app_only_and_prints_stars() {
        let kek = Kek::new(&Secret::new("a deployment's secret".to_owned()));
        let (ours, theirs): (AppId, AppId) = ("ours".parse().expect("an id"), "theirs".parse().expect("an id"));
        let sealed = SealedSecret::seal(&kek, &ours, &Secret::new("hunter2".to_owned()), &Random::system());
        assert_eq!(sealed.open(&kek, &ours).map(Secret::reveal).as_deref(), Ok("hunter2"));
        assert!(sealed.open(&kek, &theirs).is_err());
        assert!(!sealed.as_bytes().windows(7).any(|window| window == b"hunter2"));
        assert_eq!(format!("{sealed:?}"), "***");
    }

    #[test]
    fn a_choice_reads_back_by_its_name() {
        for choice in [OnOutage::Refuse, OnOutage::Pass] {
            assert_eq!(choice.name().parse(), Ok(choice));
        }
        assert!("open".parse::<OnOutage>().is_err());
    }
}
