//! Sign-in of users with a second factor: `docs/api/app.md#sign-in`.

use std::sync::Arc;

use app::Login;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use local::faults::{Fault, On, Times};
use rig::Authenticator;
use runtime::Answer;
use serde_json::{Value, json};
use shared::app::second_factor::SecondFactorPolicy;
use shared::app::{App, Policy};
use shared::clock::Seconds;
use shared::store::AppConflict;
use shared::user::identity::Handle;
use shared::user::lockout::FREE_FAILURES;

use crate::world::{Credentials, START, World, body, refusal};

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "secret123";
const PHONE: &str = "13812345678";

fn required() -> (u16, String) {
    (401, "需要动态验证码".to_owned())
}

fn wrong() -> (u16, String) {
    (401, "动态验证码错误".to_owned())
}

/// A deployment in which Ada has an authenticator app.
async fn world() -> (World, Credentials, Authenticator) {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, PASSWORD).await;
    let held = world.set_up_factor("demo", ADA).await;
    (world, app, held)
}

impl World {
    async fn login_with(&self, app: &Credentials, otp: &str) -> Answer {
        self.call::<Login>(app.body(json!({"email": ADA, "password": PASSWORD, "otp": otp}))).await
    }

    fn shown(&self, held: &Authenticator) -> String {
        held.code(self.clock.now())
    }
}

fn amr(answer: &Answer) -> Value {
    let token = body(answer)["token"].as_str().expect("a token").to_owned();
    let claims = token.split('.').nth(1).expect("three parts");
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON");
    claims["amr"].clone()
}

#[tokio::test]
async fn the_right_password_asks_for_the_code_and_the_code_opens_the_session() {
    let (world, app, held) = world().await;
    assert_eq!(refusal(&world.login(&app, ADA, PASSWORD).await), required());
    assert_eq!(refusal(&world.login_with(&app, " ").await), required());
    assert_eq!(refusal(&world.login_with(&app, &held.wrong_code(world.clock.now())).await), wrong());
    let answer = world.login_with(&app, &world.shown(&held)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(amr(&answer), json!(["pwd", "otp", "mfa"]));
}

#[tokio::test]
async fn a_code_is_read_as_people_type_it() {
    let (world, app, held) = world().await;
    let typed: String =
        world.shown(&held).chars().map(|digit| char::from_u32(u32::from(digit) + 0xfee0).expect("a digit")).collect();
    let (first, second) = typed.split_at(typed.len() / 2);
    assert_eq!(world.login_with(&app, &format!(" {first} {second} ")).await.status, 200);
}

#[tokio::test]
async fn a_code_is_good_once_and_a_step_early_or_late() {
    let (world, app, held) = world().await;
    let code = world.shown(&held);
    assert_eq!(world.login_with(&app, &code).await.status, 200);
    assert_eq!(refusal(&world.login_with(&app, &code).await), wrong());
    let late = held.code(world.clock.now().plus(Seconds(30)));
    assert_eq!(world.login_with(&app, &late).await.status, 200, "a clock that is fast");
    world.clock.advance(Seconds(90));
    let early = held.code(world.clock.now().minus(Seconds(30)));
    assert_eq!(world.login_with(&app, &early).await.status, 200, "a clock that is slow");
    world.clock.advance(Seconds(90));
    let too_early = held.code(world.clock.now().minus(Seconds(60)));
    assert_eq!(refusal(&world.login_with(&app, &too_early).await), wrong());
}

#[tokio::test]
async fn nothing_tells_of_the_factor_before_the_password_was_right() {
    let (world, app, held) = world().await;
    world.register(&app, "bob@example.com", PASSWORD).await;
    let mut seen = Vec::new();
    for email in [ADA, "bob@example.com", "nobody@example.com"] {
        for otp in [None, Some("000000".to_owned()), Some(world.shown(&held)), Some(held.recovery[0].clone())] {
            let mut form = json!({"email": email, "password": "wrong-one"});
            if let Some(otp) = otp {
                form["otp"] = json!(otp);
            }
            let (answer, calls) = world.calls_of::<Login>(app.body(form)).await;
            // What is left of the limit is counted down by each request.
            let headers = answer.headers.into_iter().filter(|(name, _)| *name != "x-ratelimit-remaining");
            seen.push((answer.status, answer.body, headers.collect::<Vec<_>>(), calls));
        }
    }
    let unlike: Vec<_> =
        seen.iter().filter(|one| (one.0, &one.1, &one.2) != (seen[0].0, &seen[0].1, &seen[0].2)).collect();
    assert!(unlike.is_empty(), "{unlike:?}");
    // Those of Ada and of Bob are alike in their calls, too.
    assert_eq!(seen[0].3, seen[4].3);
}

#[tokio::test]
async fn a_user_without_a_factor_may_send_a_code_and_nothing_is_made_of_it() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, PASSWORD).await;
    assert_eq!(world.login_with(&app, "123456").await.status, 200);
}

#[tokio::test]
async fn a_recovery_code_is_good_once() {
    let (world, app, held) = world().await;
    let code = held.recovery[3].to_uppercase().replace('-', " ");
    let answer = world.login_with(&app, &code).await;
    assert_eq!((answer.status, amr(&answer)), (200, json!(["pwd", "otp", "mfa"])));
    assert_eq!(refusal(&world.login_with(&app, &code).await), wrong());
    assert_eq!(world.login_with(&app, &held.recovery[4]).await.status, 200);
}

#[tokio::test]
async fn wrong_codes_count_as_wrong_passwords_do_and_mistyped_ones_do_not() {
    let (world, app, held) = world().await;
    for _ in 0..2 * FREE_FAILURES {
        assert_eq!(refusal(&world.login_with(&app, "12345").await), wrong());
        assert_eq!(refusal(&world.login(&app, ADA, PASSWORD).await), required());
    }
    world.clock.advance(Seconds::minutes(10));
    let wrong_code = held.wrong_code(world.clock.now());
    for _ in 0..FREE_FAILURES {
        assert_eq!(refusal(&world.login_with(&app, &wrong_code).await), wrong());
    }
    assert_eq!(world.login_with(&app, &world.shown(&held)).await.status, 429);
    assert_eq!(world.login(&app, ADA, PASSWORD).await.status, 429);
}

#[tokio::test]
async fn of_fifty_who_show_the_same_code_at_once_one_is_let_in() {
    let (world, app, held) = world().await;
    let world = Arc::new(world);
    for code in [world.shown(&held), held.recovery[0].clone()] {
        let racers: Vec<_> = (0..50)
            .map(|_| {
                let (world, call) = (world.clone(), app.body(json!({"email": ADA, "password": PASSWORD, "otp": code})));
                tokio::spawn(async move { world.call::<Login>(call).await.status })
            })
            .collect();
        let mut let_in = 0;
        for racer in racers {
            let_in += usize::from(racer.await.expect("no panic") == 200);
        }
        assert_eq!(let_in, 1);
        world.clock.advance(Seconds::hours(1));
    }
}

#[tokio::test]
async fn a_phone_is_one_factor_and_its_code_is_not_spent_without_the_second() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.enter(&app, PHONE).await;
    let held = world.set_up_factor_of("demo", Handle::Phone("+8613812345678".parse().expect("a phone"))).await;
    world.clock.advance(Seconds(60));
    assert_eq!(world.send_code(&app, PHONE).await.status, 200);
    let code = world.code(PHONE);
    let with = |otp: &str| app.body(json!({"phone": PHONE, "code": code, "otp": otp}));
    assert_eq!(refusal(&world.phone_login(&app, PHONE, &code).await), required());
    assert_eq!(refusal(&world.call::<Login>(with(&held.wrong_code(world.clock.now()))).await), wrong());
    let answer = world.call::<Login>(with(&world.shown(&held))).await;
    assert_eq!((answer.status, amr(&answer)), (200, json!(["sms", "otp", "mfa"])), "{}", answer.body);
    assert_eq!(world.call::<Login>(with(&held.recovery[0])).await.status, 400, "the text's code is spent");
}

/// A reset by mail opens no session, and leaves the factor.
#[tokio::test]
async fn a_reset_by_mail_does_not_take_the_factor_away() {
    let (world, app, held) = world().await;
    let token = world.reset_token(&app, ADA).await;
    let reset = world.call::<app::ResetPassword>(app.body(json!({"token": token, "newPassword": "secret456"}))).await;
    assert_eq!(reset.status, 200, "{}", reset.body);
    assert!(!reset.body.contains("token"), "{}", reset.body);
    assert_eq!(refusal(&world.login(&app, ADA, "secret456").await), required());
    let form = json!({"email": ADA, "password": "secret456", "otp": world.shown(&held)});
    assert_eq!(world.call::<Login>(app.body(form)).await.status, 200);
}

#[tokio::test]
async fn a_factor_is_of_one_app() {
    let (world, _, held) = world().await;
    let other = world.app("other").await;
    world.register(&other, ADA, PASSWORD).await;
    assert_eq!(world.login(&other, ADA, PASSWORD).await.status, 200);
    let theirs = world.set_up_factor("other", ADA).await;
    assert_eq!(refusal(&world.login_with(&other, &world.shown(&held)).await), wrong());
    assert_eq!(refusal(&world.login_with(&other, &held.recovery[0]).await), wrong());
    assert_eq!(world.login_with(&other, &world.shown(&theirs)).await.status, 200);
}

/// 200, or a 503 after which the very same request succeeds.
#[tokio::test]
async fn a_fault_that_passes_costs_nobody_their_code() {
    for operation in ["TransactWriteItems", "GetItem", "UpdateItem"] {
        for fault in Fault::each() {
            let (world, app, held) = world().await;
            let code = world.shown(&held);
            world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            let mut answer = world.login_with(&app, &code).await;
            if answer.status == 503 {
                answer = world.login_with(&app, &code).await;
            }
            assert_eq!(answer.status, 200, "{operation} {fault:?}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn while_the_store_is_down_nobody_is_let_in() {
    for operation in ["TransactWriteItems", "GetItem"] {
        let (world, app, held) = world().await;
        world.dynamodb.inject(Fault::InternalError, On::operation(operation), Times::Forever);
        let answer = world.login_with(&app, &world.shown(&held)).await;
        assert_eq!(answer.status, 503, "{operation}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_login_without_a_factor_costs_what_it_cost() {
    let (world, app, held) = world().await;
    world.register(&app, "bob@example.com", PASSWORD).await;
    world.login(&app, "bob@example.com", PASSWORD).await;
    let (answer, calls) =
        world.calls_of::<Login>(app.body(json!({"email": "bob@example.com", "password": PASSWORD}))).await;
    let ordinary = vec![("PutItem".to_owned(), 1), ("UpdateItem".to_owned(), 2)];
    assert_eq!((answer.status, calls), (200, ordinary));
    let form = json!({"email": ADA, "password": PASSWORD, "otp": world.shown(&held)});
    let (answer, calls) = world.calls_of::<Login>(app.body(form)).await;
    let with_factor = [("GetItem", 1), ("TransactWriteItems", 1), ("UpdateItem", 2)];
    assert_eq!((answer.status, calls), (200, with_factor.map(|(name, count)| (name.to_owned(), count)).to_vec()));
}

/// A policy must not turn off what a user has chosen.
#[tokio::test]
async fn an_app_that_offers_no_second_factor_asks_those_who_have_one() {
    let (world, app, held) = world().await;
    world.register(&app, "bob@example.com", PASSWORD).await;
    let id = app.id.parse().expect("an app id");
    let change = |mut app: App| {
        app.policy.second_factor = SecondFactorPolicy::Off;
        Ok::<_, AppConflict>(app)
    };
    world.ctx.store.change_app(&id, change).await.expect("changed");
    world.clock.advance(Seconds(61));
    assert_eq!(refusal(&world.login(&app, ADA, PASSWORD).await), required());
    assert_eq!(world.login_with(&app, &world.shown(&held)).await.status, 200);
    assert_eq!(world.login(&app, "bob@example.com", PASSWORD).await.status, 200);
}

/// Somebody who knows the password gets no more tries of the code by showing it without one.
#[tokio::test]
async fn the_password_without_a_code_gives_back_no_try_of_the_code() {
    let (world, app, held) = world().await;
    let wrong_code = held.wrong_code(world.clock.now());
    for _ in 0..FREE_FAILURES {
        assert_eq!(refusal(&world.login(&app, ADA, PASSWORD).await), required());
        assert_eq!(refusal(&world.login_with(&app, &wrong_code).await), wrong());
    }
    assert_eq!(world.login_with(&app, &world.shown(&held)).await.status, 429);
}

/// Who reads a user's text messages guesses no code of the authenticator app: each try of it is one of the text's.
#[tokio::test]
async fn one_text_message_gives_five_tries_of_the_second_factor_and_no_more() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.enter(&app, PHONE).await;
    let held = world.set_up_factor_of("demo", Handle::Phone("+8613812345678".parse().expect("a phone"))).await;
    world.clock.advance(Seconds::days(1));
    assert_eq!(world.send_code(&app, PHONE).await.status, 200);
    let code = world.code(PHONE);
    let with = |otp: &str| app.body(json!({"phone": PHONE, "code": code, "otp": otp}));
    for _ in 0..5 {
        let answer = world.call::<Login>(with(&held.wrong_code(world.clock.now()))).await;
        assert_eq!(refusal(&answer), wrong());
    }
    let answer = world.call::<Login>(with(&world.shown(&held))).await;
    assert_eq!(refusal(&answer), (400, "验证码已过期,请重新获取".to_owned()));
}

#[tokio::test]
async fn an_app_that_wants_two_factors_lets_nobody_in_by_one_after_the_grace() {
    let world = World::new().await;
    let grace = Seconds::days(7);
    let second_factor = SecondFactorPolicy::Required { since: START, grace };
    let app = world.app_with("demo", Policy { second_factor, ..Policy::default() }).await;
    world.register(&app, ADA, PASSWORD).await;
    world.clock.advance(Seconds(grace.0 - 1));
    assert_eq!(world.login(&app, ADA, PASSWORD).await.status, 200);
    world.clock.advance(Seconds(1));
    let unset = (401, "请先设置动态验证码".to_owned());
    assert_eq!(refusal(&world.login(&app, ADA, PASSWORD).await), unset);
    assert_eq!(refusal(&world.login(&app, ADA, "wrong-one").await), (401, "邮箱或密码错误".to_owned()));
    let held = world.set_up_factor("demo", ADA).await;
    assert_eq!(world.login_with(&app, &world.shown(&held)).await.status, 200);
}

#[tokio::test]
async fn an_app_that_wants_two_factors_lets_nobody_in_by_a_text_alone_after_the_grace() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.enter(&app, PHONE).await;
    world.want_two_factors("demo", Seconds::days(1)).await;
    world.clock.advance(Seconds::days(1));
    assert_eq!(world.send_code(&app, PHONE).await.status, 200);
    let code = world.code(PHONE);
    let unset = (401, "请先设置动态验证码".to_owned());
    assert_eq!(refusal(&world.phone_login(&app, PHONE, &code).await), unset);
    let held = world.set_up_factor_of("demo", Handle::Phone("+8613812345678".parse().expect("a phone"))).await;
    let form = json!({"phone": PHONE, "code": code, "otp": world.shown(&held)});
    assert_eq!(world.call::<Login>(app.body(form)).await.status, 200, "the text's code was not spent");
}
