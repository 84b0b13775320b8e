//! A captcha that nobody answers.

use shared::app::Policy;
use shared::app::apis::{Api, Apis};
use shared::app::captcha::{CaptchaPolicy, OnOutage, Provider, SealedSecret};
use shared::random::Random;
use shared::secret::Secret;
use shared::token::seal::Kek;

/// The policy of the app of that id with a captcha that every API asks for but the spared ones. Its provider is never reached:
/// requests without an answer to it are refused before.
#[must_use]
pub fn unanswered_captcha(app: &str, spared: &[Api]) -> Policy {
    let kek = Kek::new(&Secret::new("the test deployment's secret, long enough".to_owned()));
    let (id, secret) = (app.parse().expect("an app id"), Secret::new("a provider's secret".to_owned()));
    let provider = Provider {
        url: "https://captcha.example/siteverify".parse().expect("a URL"),
        site_key: "a site's key".to_owned(),
        secret: SealedSecret::seal(&kek, &id, &secret, &Random::system()),
        hostnames: Vec::new(),
        on_outage: OnOutage::Refuse,
        spared: Apis::of(spared.iter().copied()),
        spares_page: false,
    };
    Policy { captcha: CaptchaPolicy::On(provider), ..Policy::default() }
}
