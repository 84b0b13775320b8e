//! Captchas before sign-up and sign-in, against a provider that speaks the real protocol.

use browser::{SignIn, SignUp};
use local::faults::{Fault, FaultProxy, On, Times};
use local::siteverify::{PATH, RESPONSE, SECRET, SITE_KEY, Siteverify};
use serde_json::{Value, json};
use shared::app::apis::{Api, Apis};
use shared::app::captcha::{CaptchaPolicy, OnOutage, Provider, SealedSecret};
use shared::app::{App, Policy};
use shared::clock::Seconds;
use shared::random::Random;
use shared::secret::Secret;
use shared::store::AppConflict;
use shared::token::seal::Kek;

use crate::world::{ADA, Call, PASSWORD, World, body, refusal};

/// A world whose bound app asks for a captcha.
async fn guarded(on_outage: OnOutage) -> (World, FaultProxy, Siteverify) {
    let world = World::new().await;
    let siteverify = Siteverify::start(0).expect("a provider");
    let proxy = FaultProxy::start(&siteverify.endpoint()).expect("a proxy");
    let app = world.ctx.config.browser.app.clone();
    let kek = Kek::new(&Secret::new("the test deployment's secret, long enough".to_owned()));
    let random = Random::system();
    world.ctx.store.create_app(&App::of_default_id(app.clone(), &random, world.ctx.now())).await.expect("creates");
    let provider = Provider {
        url: format!("{}{PATH}", proxy.endpoint()).parse().expect("a URL"),
        site_key: SITE_KEY.to_owned(),
        secret: SealedSecret::seal(&kek, &app, &Secret::new(SECRET.to_owned()), &random),
        hostnames: Vec::new(),
        on_outage,
        spared: Apis::of([]),
        spares_page: false,
    };
    let give = |app: App| {
        Ok::<_, AppConflict>(App { policy: Policy { captcha: CaptchaPolicy::On(provider), ..app.policy }, ..app })
    };
    world.ctx.store.change_app(&app, give).await.expect("changes");
    (world, proxy, siteverify)
}

fn with_captcha(mut sent: Value, captcha: &str) -> Call {
    sent["captcha"] = captcha.into();
    Call::body(sent)
}

#[tokio::test]
async fn the_right_response_passes_and_a_wrong_or_missing_one_is_400() {
    let (world, _proxy, _provider) = guarded(OnOutage::Refuse).await;
    let account = json!({"email": ADA, "password": PASSWORD});
    let missing = world.call::<SignUp>(Call::body(account.clone())).await;
    assert_eq!((missing.status, &body(&missing)["errors"]), (400, &json!({"captcha": ["请填写此项"]})));
    let wrong = world.call::<SignUp>(with_captcha(account.clone(), "wrong")).await;
    assert_eq!(refusal(&wrong), (400, "captcha_refused".to_owned()));
    assert_eq!(world.call::<SignUp>(with_captcha(account, RESPONSE)).await.status, 201);
    let login = json!({"login": ADA, "password": PASSWORD});
    assert_eq!(refusal(&world.call::<SignIn>(with_captcha(login.clone(), "wrong")).await).0, 400);
    assert_eq!(world.call::<SignIn>(with_captcha(login, RESPONSE)).await.status, 204);
}

#[tokio::test]
async fn a_provider_that_is_down_refuses_unless_the_app_lets_it_pass() {
    for fault in [Fault::InternalError, Fault::Drop, Fault::Garbage] {
        for (on_outage, status) in [(OnOutage::Refuse, 503), (OnOutage::Pass, 201)] {
            let (world, proxy, _provider) = guarded(on_outage).await;
            proxy.inject(fault.clone(), On::operation("siteverify"), Times::Forever);
            let account = with_captcha(json!({"email": ADA, "password": PASSWORD}), RESPONSE);
            let answer = world.call::<SignUp>(account).await;
            assert_eq!(answer.status, status, "{fault:?} {on_outage:?}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn nobody_signs_up_or_in_here_for_an_app_that_other_apis_serve_and_sessions_go_on() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let close = |app: App| {
        let apis = Apis::of([Api::App, Api::Account]);
        Ok::<_, AppConflict>(App { policy: Policy { apis, ..app.policy }, ..app })
    };
    world.ctx.store.change_app(&world.ctx.config.browser.app, close).await.expect("changes");
    world.clock.advance(Seconds(61));
    let login = json!({"login": ADA, "password": PASSWORD});
    assert_eq!(refusal(&world.call::<SignIn>(Call::body(login)).await), (404, "not_found".to_owned()));
    let account = json!({"email": "grace@example.com", "password": PASSWORD});
    assert_eq!(world.call::<SignUp>(Call::body(account)).await.status, 404);
    assert_eq!(world.refresh(&browser).await.status, 204);
}
