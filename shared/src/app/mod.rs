//! Apps: the tenants of a deployment. Users of two apps never meet.

pub mod apis;
pub mod brand;
pub mod captcha;
pub mod claims;
pub mod credential;
pub mod name;
pub mod registration;
pub mod reset_page;
pub mod resource;
pub mod second_factor;
pub mod sms;
pub mod user_pool;

use crate::app::apis::Apis;
use crate::app::brand::Brand;
use crate::app::captcha::CaptchaPolicy;
use crate::app::claims::OwnClaims;
use crate::app::credential::{ApiKey, HasSecrets, SecretOwner, StoredSecret};
use crate::app::registration::Registration;
use crate::app::resource::ResourceServer;
use crate::app::second_factor::SecondFactorPolicy;
use crate::app::sms::SmsPolicy;
use crate::app::user_pool::UserPool;
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::language::Language;
use crate::random::Random;
use crate::token::Algorithm;
use crate::token::opaque::OpaqueToken;

/// An app, as the deployment knows it.
#[derive(Clone, Debug)]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// What people read in mails and pages.
    pub name: String,
    /// A disabled app's credentials are refused like wrong ones.
    pub disabled: bool,
    /// The live secrets; at most [`HasSecrets::MOST_SECRETS`].
    pub secrets: Vec<StoredSecret>,
    /// Selects the app for the Account API; authorizes nothing.
    pub api_key: ApiKey,
    /// What the app chose.
    pub policy: Policy,
    /// Whether a client was ever registered. Without one, the app has no issuer.
    pub has_clients: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// What an app may choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// How its tokens are signed.
    pub algorithm: Algorithm,
    /// Browser origins that may call with its credentials; empty allows any.
    pub origins: Vec<String>,
    /// The page that a reset link opens; the deployment's when absent.
    pub reset_page: Option<String>,
    /// The language of its mails where the request names none; the deployment's when absent.
    pub language: Option<Language>,
    /// Whether the portal shows the app's name and id.
    pub listed: bool,
    /// How it texts.
    pub sms: SmsPolicy,
    /// Whether its sign-in page offers a code by e-mail, to those who have proven their address.
    pub email_code_sign_in: bool,
    /// Whether its forms have a captcha.
    pub captcha: CaptchaPolicy,
    /// Its resource servers, for whose tokens clients may ask; at most [`ResourceServer::MOST`].
    pub resources: Vec<ResourceServer>,
    /// Which APIs serve it.
    pub apis: Apis,
    /// What it says in the tokens of its clients.
    pub claims: OwnClaims,
    /// Whether clients may ask its users that nobody registered, and that a document at their id describes.
    pub client_documents: bool,
    /// Whether clients may register themselves.
    pub registration: Registration,
    /// The Cognito pool whose users move here when they first sign in.
    pub user_pool: Option<UserPool>,
    /// Whether its users have a second factor.
    pub second_factor: SecondFactorPolicy,
    /// What its pages wear.
    pub brand: Brand,
}

impl App {
    /// The app of a deployment that has made none, for the APIs that need no credentials of it: it has no secret.
    #[must_use]
    pub fn of_default_id(id: AppId, random: &Random, now: Timestamp) -> Self {
        Self {
            api_key: ApiKey::draw(&id, random),
            name: id.to_string(),
            id,
            disabled: false,
            secrets: Vec::new(),
            policy: Policy::default(),
            has_clients: false,
            created: now,
        }
    }

    /// Whether the portal shows it: it asked for that, and its credentials are taken.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.policy.listed && !self.disabled
    }

    /// Where a reset link leads that carries `token`: to the app's own page, or to the deployment's.
    #[must_use]
    pub fn reset_url(&self, deployments: &str, token: OpaqueToken) -> String {
        let page = self.policy.reset_page.as_deref().unwrap_or(deployments);
        reset_page::with_token(page, &token.reveal())
    }

    /// Whether `key` is this app's.
    #[must_use]
    pub fn is_named_by(&self, key: &ApiKey) -> bool {
        self.api_key == *key
    }

    /// Whether a page of `origin` may read the answers.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.policy.origins.is_empty() || self.policy.origins.iter().any(|allowed| allowed == origin)
    }
}

impl HasSecrets for App {
    type Id = AppId;

    /// Enough to rotate while old clients are still out there, few enough to check in a microsecond.
    const MOST_SECRETS: usize = 5;

    fn id(&self) -> &AppId {
        &self.id
    }

    fn owner(&self) -> SecretOwner<'_> {
        SecretOwner::App(&self.id)
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
    use super::{App, AppId, Policy};
    use crate::app::credential::{ApiKey, AppSecret, HasSecrets, StoredSecret, TooManySecrets};
    use crate::clock::{Seconds, Timestamp};
    use crate::random::Random;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn app() -> (App, AppSecret) {
        let random = Random::system();
        let id: AppId = "demo".parse().expect("an app id");
        let secret = AppSecret::draw(&random);
        let app = App {
            api_key: ApiKey::draw(&id, &random),
            id,
            name: "Demo".to_owned(),
            disabled: false,
            secrets: vec![StoredSecret::new(&secret, &random, NOW)],
            policy: Policy::default(),
            has_clients: false,
            created: NOW,
        };
        (app, secret)
    }

    #[test]
    fn only_the_apps_own_secret_matches() {
        let (app, secret) = app();
        assert!(app.matching_secret(&secret, NOW).is_some());
        assert!(app.matching_secret(&AppSecret::draw(&Random::system()), NOW).is_none());
    }

    #[test]
    fn a_disabled_app_has_no_matching_secret() {
        let (app, secret) = app();
        assert!(App { disabled: true, ..app }.matching_secret(&secret, NOW).is_none());
    }

    #[test]
    fn after_a_rotation_both_secrets_match_until_the_old_one_expires() {
        let (app, old) = app();
        let random = Random::system();
        let new = AppSecret::draw(&random);
        let until = NOW.plus(Seconds::days(1));
        let app = app.rotate_secret(StoredSecret::new(&new, &random, NOW), until, NOW).expect("room");
        let last = until.minus(Seconds(1));
        assert!(app.matching_secret(&old, last).is_some() && app.matching_secret(&new, last).is_some());
        assert!(app.matching_secret(&old, until).is_none() && app.matching_secret(&new, until).is_some());
    }

    #[test]
    fn a_later_rotation_never_lengthens_an_older_secrets_life() {
        let (app, old) = app();
        let random = Random::system();
        let rotate = |app: App, until| {
            app.rotate_secret(StoredSecret::new(&AppSecret::draw(&random), &random, NOW), until, NOW).expect("room")
        };
        let app = rotate(rotate(app, NOW.plus(Seconds(10))), NOW.plus(Seconds(1000)));
        assert!(app.matching_secret(&old, NOW.plus(Seconds(10))).is_none());
    }

    #[test]
    fn a_sixth_living_secret_is_refused() {
        let (mut app, _) = app();
        let random = Random::system();
        for made in 1..=App::MOST_SECRETS {
            let new = StoredSecret::new(&AppSecret::draw(&random), &random, NOW);
            match app.clone().rotate_secret(new, NOW.plus(Seconds(10)), NOW) {
                Ok(rotated) => app = rotated,
                Err(refused) => {
                    assert_eq!((made, refused), (App::MOST_SECRETS, TooManySecrets(App::MOST_SECRETS)));
                    return;
                }
            }
        }
        panic!("the sixth secret was accepted");
    }
}
