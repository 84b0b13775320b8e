//! Captchas over real connections, with a provider that can fail.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use local::faults::{Fault, FaultProxy, On, Times};
use local::siteverify::{self, Question, Siteverify};
use shared::app::apis::{Api, Apis};
use shared::app::captcha::{CaptchaPolicy, OnOutage, Provider, SealedSecret};
use shared::app::credential::ApiKey;
use shared::app::{App, Policy};
use shared::captcha::{Captcha, CaptchaResponse, NotPassed, Passed};
use shared::clock::Timestamp;
use shared::id::AppId;
use shared::outbound::Outage;
use shared::random::Random;
use shared::secret::Secret;
use shared::token::seal::Kek;

const IP: &str = "2001:db8::1";

struct World {
    provider: Siteverify,
    faults: FaultProxy,
    kek: Arc<Kek>,
    captcha: Captcha,
}

impl World {
    fn new() -> Self {
        let provider = Siteverify::start(0).expect("a provider");
        let faults = FaultProxy::start(&provider.endpoint()).expect("a proxy");
        let kek = Arc::new(Kek::new(&Secret::new("the test deployment's secret".to_owned())));
        let captcha = Captcha::new(kek.clone());
        Self { provider, faults, kek, captcha }
    }

    fn url(&self) -> String {
        format!("{}{}", self.faults.endpoint(), siteverify::PATH)
    }

    fn provider(&self, secret: &str) -> Provider {
        let secret = Secret::new(secret.to_owned());
        Provider {
            url: self.url().parse().expect("a URL"),
            site_key: siteverify::SITE_KEY.to_owned(),
            secret: SealedSecret::seal(&self.kek, &id(), &secret, &Random::system()),
            hostnames: Vec::new(),
            on_outage: OnOutage::Refuse,
            spared: Apis::of([Api::Account]),
            spares_page: false,
        }
    }

    fn app(&self) -> App {
        app(CaptchaPolicy::On(self.provider(siteverify::SECRET)))
    }

    async fn ask(&self, app: &App, response: &str) -> Result<Passed, NotPassed> {
        let response: CaptchaResponse = response.parse().expect("a response");
        self.captcha.verify(app, Api::Browser, Some(&response), IP).await
    }
}

fn id() -> AppId {
    "demo".parse().expect("an app id")
}

fn app(captcha: CaptchaPolicy) -> App {
    App {
        id: id(),
        name: "Demo".to_owned(),
        disabled: false,
        secrets: Vec::new(),
        api_key: ApiKey::draw(&id(), &Random::system()),
        policy: Policy { captcha, ..Policy::default() },
        has_clients: false,
        created: Timestamp::from_unix(1_800_000_000),
    }
}

#[tokio::test]
async fn a_good_response_passes_and_any_other_is_refused() {
    let world = World::new();
    assert_eq!(world.ask(&world.app(), siteverify::RESPONSE).await, Ok(Passed::Verified));
    assert_eq!(world.ask(&world.app(), "made-up").await, Err(NotPassed::Refused));
}

#[tokio::test]
async fn the_provider_is_told_secret_response_and_address_whatever_their_characters() {
    let world = World::new();
    let secret = "sécret&response=recaptcha_response\r\n+%41 ";
    let hostile = "a&response=recaptcha_response&secret=x+y=%41;z\"<>";
    let app = app(CaptchaPolicy::On(world.provider(secret)));
    assert_eq!(world.ask(&app, hostile).await, Err(NotPassed::Down(Outage::OurSecret)));
    let asked = Question { secret: secret.to_owned(), response: hostile.to_owned(), remoteip: IP.to_owned() };
    assert_eq!(world.provider.questions(), [asked]);
}

#[tokio::test]
async fn an_app_without_a_captcha_asks_nobody() {
    let world = World::new();
    assert_eq!(world.captcha.verify(&app(CaptchaPolicy::Off), Api::Browser, None, IP).await, Ok(Passed::NotAsked));
    assert_eq!(world.ask(&app(CaptchaPolicy::Off), "made-up").await, Ok(Passed::NotAsked));
    assert_eq!(world.provider.questions(), []);
}

#[tokio::test]
async fn a_missing_response_is_missing_even_while_an_outage_lets_others_pass() {
    let world = World::new();
    world.faults.inject(Fault::Drop, On::any(), Times::Forever);
    let provider = Provider { on_outage: OnOutage::Pass, ..world.provider(siteverify::SECRET) };
    let lenient = app(CaptchaPolicy::On(provider));
    assert_eq!(world.captcha.verify(&lenient, Api::Browser, None, IP).await, Err(NotPassed::Missing));
    assert_eq!(world.captcha.verify(&world.app(), Api::Browser, None, IP).await, Err(NotPassed::Missing));
}

#[tokio::test]
async fn a_provider_that_fails_is_asked_once_and_the_app_decides_what_that_means() {
    let mut world = World::new();
    world.captcha = world.captcha.with_patience(Duration::from_millis(300));
    let lenient = app(CaptchaPolicy::On(Provider { on_outage: OnOutage::Pass, ..world.provider(siteverify::SECRET) }));
    let endless = Duration::from_hours(1);
    for (fault, outage) in [
        (Fault::Throttle, Outage::Status(429)),
        (Fault::InternalError, Outage::Status(500)),
        (Fault::Conflict, Outage::Status(409)),
        (Fault::Drop, Outage::Unreachable),
        (Fault::AnswerLost, Outage::Unreachable),
        (Fault::Slow(endless), Outage::TimedOut),
        (Fault::Garbage, Outage::Unreadable),
        (Fault::Answer(" ".repeat(64 * 1024 + 1)), Outage::TooLong),
        (Fault::Redirect(world.provider.endpoint() + siteverify::PATH), Outage::Status(302)),
        (Fault::Answer(r#"{"success":false,"error-codes":["internal-error"]}"#.to_owned()), Outage::Internal),
    ] {
        world.faults.inject(fault.clone(), On::operation("siteverify"), Times::Exactly(2));
        world.faults.reset_calls();
        assert_eq!(world.ask(&world.app(), siteverify::RESPONSE).await, Err(NotPassed::Down(outage)), "{fault:?}");
        assert_eq!(world.ask(&lenient, siteverify::RESPONSE).await, Ok(Passed::Unverified(outage)), "{fault:?}");
        assert_eq!(world.faults.calls()["siteverify"], 2, "{fault:?}");
    }
    // A lost and a late answer were asked for; a redirect was not followed.
    assert_eq!(world.provider.questions().len(), 4);
    assert_eq!(world.ask(&lenient, "made-up").await, Err(NotPassed::Refused), "the outage is over");
}

#[tokio::test]
async fn a_provider_that_does_not_listen_is_down() {
    let world = World::new();
    let unused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port").local_addr().expect("an address");
    let url = format!("http://{unused}/siteverify").parse().expect("a URL");
    let app = app(CaptchaPolicy::On(Provider { url, ..world.provider(siteverify::SECRET) }));
    assert_eq!(
        world.ask(&app, siteverify::RESPONSE).await,
        Err(NotPassed::Down(Outage::Unreachable)),
        "nobody listens at {unused}"
    );
}

#[tokio::test]
async fn a_wrong_secret_and_one_that_does_not_open_are_outages_not_the_persons_fault() {
    let world = World::new();
    let wrong = app(CaptchaPolicy::On(world.provider("another secret")));
    assert_eq!(world.ask(&wrong, siteverify::RESPONSE).await, Err(NotPassed::Down(Outage::OurSecret)));
    let moved = App { id: "other".parse().expect("an app id"), ..world.app() };
    assert_eq!(world.ask(&moved, siteverify::RESPONSE).await, Err(NotPassed::Down(Outage::OurSecret)));
    assert_eq!(world.provider.questions().len(), 1, "what does not open is not sent");
}

#[tokio::test]
async fn a_widget_of_another_host_is_refused() {
    let world = World::new();
    let shown_on = |hosts: &[&str]| {
        let hostnames = hosts.iter().map(|host| (*host).to_owned()).collect();
        app(CaptchaPolicy::On(Provider { hostnames, ..world.provider(siteverify::SECRET) }))
    };
    let ours = shown_on(&["a.example", "localhost"]);
    assert_eq!(world.ask(&ours, siteverify::RESPONSE).await, Ok(Passed::Verified));
    assert_eq!(world.ask(&shown_on(&["a.example"]), siteverify::RESPONSE).await, Err(NotPassed::Refused));
}

#[test]
fn what_may_be_printed_shows_neither_secret_nor_response_nor_address() {
    let world = World::new();
    let response: CaptchaResponse = siteverify::RESPONSE.parse().expect("a response");
    let app = world.app();
    let printed = format!("{app:?} {response:?} {:?} {}", world.captcha, NotPassed::Down(Outage::OurSecret));
    for secret in [siteverify::SECRET, siteverify::RESPONSE] {
        assert!(!printed.contains(secret), "{printed}");
    }
    let CaptchaPolicy::On(provider) = &app.policy.captcha else { panic!("a provider") };
    assert!(!printed.contains(&format!("{:?}", provider.secret.as_bytes())), "{printed}");
}
