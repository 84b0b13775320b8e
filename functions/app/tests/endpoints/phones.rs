//! Coming in by phone: what `docs/api/app.md#sign-in` says, and what needs a clock to turn.

use std::collections::BTreeMap;

use app::{DeleteAccount, Login, SendCode};
use serde_json::{Value, json};
use shared::app::Policy;
use shared::app::sms::SmsPolicy;
use shared::clock::Seconds;
use shared::user::phone::Countries;

use crate::world::{World, body, refusal};

const PHONE: &str = "13812345678";

fn refused(error: &str) -> (u16, String) {
    (400, error.to_owned())
}

/// A code that is not `code`.
fn other(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn a_code_registers_an_unknown_phone_and_signs_a_known_one_in() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let sent = world.send_code(&app, PHONE).await;
    assert_eq!((sent.status, sent.body.as_str()), (200, r#"{"message":"验证码已发送"}"#));
    let code = world.code(PHONE);
    let new = world.phone_login(&app, PHONE, &code).await;
    let id = body(&new)["user"]["id"].clone();
    let token = body(&new)["token"].clone();
    assert_eq!(
        new.body,
        format!(
            r#"{{"message":"注册成功","user":{{"id":{id},"phone":"138****5678"}},"token":{token},"isNewUser":true}}"#
        )
    );
    assert_eq!(refusal(&world.phone_login(&app, PHONE, &code).await), refused("请先获取验证码"));
    world.clock.advance(Seconds(60));
    let back = world.enter(&app, PHONE).await;
    assert_eq!((&back["message"], &back["isNewUser"], &back["user"]["id"]), (&json!("登录成功"), &json!(false), &id));
}

#[tokio::test]
async fn the_message_is_in_the_readers_language_and_names_the_app() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let english = app.body(json!({"phone": PHONE})).header("accept-language", "en");
    assert_eq!(world.call::<SendCode>(english).await.status, 200);
    let text = world.texts(PHONE).pop().expect("a text message").text.expect("a text");
    assert!(text.ends_with(" is your demo code. It expires in 5 minutes."), "{text}");
}

#[tokio::test]
async fn sns_is_told_type_and_price_and_who_sends_by_the_app_before_the_deployment() {
    let plain = [("AWS.SNS.SMS.MaxPrice", "0.10"), ("AWS.SNS.SMS.SMSType", "Transactional")];
    let world = World::new().await;
    assert_eq!(told(&world, SmsPolicy::default()).await, named(&plain));
    let world = World::configured(&[
        ("SMS_MAX_PRICE", "0.05"),
        ("SMS_SENDER_ID", "LATCHET"),
        ("SMS_ORIGINATION_NUMBER", "+12065550100"),
        ("SMS_ENTITY_ID", "1101"),
        ("SMS_TEMPLATE_ID", "1107"),
    ])
    .await;
    let with = |sender, entity, template| {
        named(&[
            ("AWS.MM.SMS.EntityId", entity),
            ("AWS.MM.SMS.OriginationNumber", "+12065550100"),
            ("AWS.MM.SMS.TemplateId", template),
            ("AWS.SNS.SMS.MaxPrice", "0.05"),
            ("AWS.SNS.SMS.SMSType", "Transactional"),
            ("AWS.SNS.SMS.SenderID", sender),
        ])
    };
    assert_eq!(told(&world, SmsPolicy::default()).await, with("LATCHET", "1101", "1107"));
    let of_its_own = SmsPolicy {
        sender_id: Some("SHOP".to_owned()),
        entity_id: Some("2201".to_owned()),
        template_id: Some("2207".to_owned()),
        ..SmsPolicy::default()
    };
    assert_eq!(told(&world, of_its_own).await, with("SHOP", "2201", "2207"));
}

#[tokio::test]
async fn an_apps_own_words_are_sent_in_their_language_and_ours_in_the_other() {
    let world = World::new().await;
    let text_en = Some("{app}: {code}, for {minutes} minutes".parse().expect("a text"));
    let sms = SmsPolicy { text_en, ..SmsPolicy::default() };
    let app = world.app_with("shop", Policy { sms, ..Policy::default() }).await;
    for (language, phone) in [("en", PHONE), ("zh", "13912345678")] {
        let call = app.body(json!({"phone": phone})).header("accept-language", language);
        assert_eq!(world.call::<SendCode>(call).await.status, 200);
    }
    let text = |phone| world.texts(phone).pop().and_then(|message| message.text).expect("a text");
    assert_eq!(text(PHONE), format!("shop: {}, for 5 minutes", world.code(PHONE)));
    assert!(text("13912345678").starts_with("【shop】验证码 "));
}

fn named(attributes: &[(&str, &str)]) -> BTreeMap<String, String> {
    attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// What SNS is told beside a message of an app with such a policy.
async fn told(world: &World, sms: SmsPolicy) -> BTreeMap<String, String> {
    let id = format!("app-{}", world.outbox.messages().len());
    let app = world.app_with(&id, Policy { sms, ..Policy::default() }).await;
    assert_eq!(world.send_code(&app, PHONE).await.status, 200);
    world.texts(PHONE).pop().expect("a text message").attributes
}

#[tokio::test]
async fn an_app_may_show_numbers_in_full() {
    let world = World::new().await;
    let sms = SmsPolicy { show_full_phone: true, ..SmsPolicy::default() };
    let app = world.app_with("demo", Policy { sms, ..Policy::default() }).await;
    assert_eq!(world.enter(&app, PHONE).await["user"]["phone"], json!(PHONE));
}

#[tokio::test]
async fn what_is_no_number_that_the_app_texts_to_is_refused_by_both_routes() {
    let world = World::new().await;
    let app = world.app("demo").await;
    for phone in [json!("1381234567"), json!("12812345678"), json!("+8613812345678"), json!("+14155552671"), json!(7)] {
        for answer in [
            world.call::<SendCode>(app.body(json!({"phone": phone}))).await,
            world.call::<Login>(app.body(json!({"phone": phone, "code": "123456"}))).await,
        ] {
            assert_eq!(refusal(&answer), refused("手机号格式不正确"), "{phone}");
        }
    }
    assert_eq!(world.outbox.messages(), []);
    let sms = SmsPolicy {
        countries: Countries::new(["CN", "US"].map(|code| code.parse().expect("a country")).into()),
        ..SmsPolicy::default()
    };
    let global = world.app_with("global", Policy { sms, ..Policy::default() }).await;
    assert_eq!(world.send_code(&global, "+14155552671").await.status, 200);
    assert_eq!(world.mails("+14155552671").len(), 1);
}

#[tokio::test]
async fn phone_or_code_make_the_phone_form_and_neither_is_neither() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let login = |body: Value| world.call::<Login>(app.body(body));
    for body in [json!({"code": "123456"}), json!({"phone": 1}), json!({"phone": "", "code": "1", "email": "a@b.cd"})] {
        assert_eq!(refusal(&login(body.clone()).await), refused("手机号格式不正确"), "{body}");
    }
    for body in [json!({"phone": PHONE}), json!({"phone": PHONE, "code": 123_456, "password": "secret123"})] {
        assert_eq!(refusal(&login(body.clone()).await), refused("请先获取验证码"), "{body}");
    }
    for body in [json!({}), json!({"phone": null, "code": ""}), json!({"phone": "", "email": "a@b.cd"})] {
        assert_eq!(refusal(&login(body.clone()).await), refused("请提供邮箱和密码或手机号和验证码"), "{body}");
    }
}

#[tokio::test]
async fn what_is_no_code_costs_no_try_and_a_typed_code_loses_spaces_and_dashes() {
    let world = World::new().await;
    let app = world.app("demo").await;
    assert_eq!(world.send_code(&app, PHONE).await.status, 200);
    for typed in ["", "12345", "1234567", "12345x", "twelve", "１２３", "", "12345", "1234567"] {
        assert_eq!(refusal(&world.phone_login(&app, PHONE, typed).await), refused("验证码错误"), "{typed}");
    }
    let code = world.code(PHONE);
    let answer = world.phone_login(&app, PHONE, &format!(" {}-{} ", &code[..3], &code[3..])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(refusal(&world.phone_login(&app, PHONE, "x").await), refused("请先获取验证码"));
}

#[tokio::test]
async fn the_next_code_waits_a_minute_to_the_second() {
    let world = World::new().await;
    let app = world.app("demo").await;
    assert_eq!(world.send_code(&app, PHONE).await.status, 200);
    world.clock.advance(Seconds(59));
    assert_eq!(refusal(&world.send_code(&app, PHONE).await), refused("发送过于频繁,请60秒后再试"));
    let elsewhere = world.app("demo-2").await;
    assert_eq!(world.send_code(&elsewhere, PHONE).await.status, 200);
    world.clock.advance(Seconds(1));
    assert_eq!(world.send_code(&app, PHONE).await.status, 200);
}

#[tokio::test]
async fn after_five_codes_one_comes_in_half_an_hour_as_told() {
    let world = World::new().await;
    let app = world.app("demo").await;
    for _ in 0..5 {
        assert_eq!(world.send_code(&app, PHONE).await.status, 200);
        world.clock.advance(Seconds(60));
    }
    let answer = world.send_code(&app, PHONE).await;
    assert_eq!(refusal(&answer), (429, "请求过于频繁,请稍后再试".to_owned()));
    // The sixth would come thirty minutes after the first five, which were used up from the first minute on.
    assert_eq!(answer.header("retry-after"), Some("1500"));
    world.clock.advance(Seconds(1499));
    assert_eq!(world.send_code(&app, PHONE).await.status, 429);
    world.clock.advance(Seconds(1));
    assert_eq!(world.send_code(&app, PHONE).await.status, 200);
    assert_eq!(world.texts(PHONE).len(), 6);
}

#[tokio::test]
async fn a_code_goes_from_good_to_expired_to_forgotten() {
    for (age, expected) in [(299, None), (300, Some("验证码已过期,请重新获取")), (86_400, Some("请先获取验证码"))]
    {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.send_code(&app, PHONE).await;
        world.clock.advance(Seconds(age));
        let answer = world.phone_login(&app, PHONE, &world.code(PHONE)).await;
        match expected {
            None => assert_eq!(answer.status, 200, "{}", answer.body),
            Some(error) => assert_eq!(refusal(&answer), refused(error)),
        }
    }
}

#[tokio::test]
async fn five_wrong_tries_burn_the_code_and_the_next_is_sent_once_one_came_again_two_hours_later() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.send_code(&app, PHONE).await;
    let code = world.code(PHONE);
    for _ in 0..5 {
        assert_eq!(refusal(&world.phone_login(&app, PHONE, other(&code)).await), refused("验证码错误"));
    }
    assert_eq!(refusal(&world.phone_login(&app, PHONE, &code).await), refused("验证码已过期,请重新获取"));
    world.clock.advance(Seconds(60));
    let answer = world.send_code(&app, PHONE).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("7140")));
    assert_eq!(world.texts(PHONE).len(), 1, "a code that could not be used is not paid for");
    world.clock.advance(Seconds(7139));
    assert_eq!(world.send_code(&app, PHONE).await.status, 429);
    world.clock.advance(Seconds(1));
    world.enter(&app, PHONE).await;
}

#[tokio::test]
async fn sending_looks_nobody_up_so_it_tells_nothing() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.enter(&app, PHONE).await;
    world.clock.advance(Seconds(60));
    // The app is read again after a minute.
    world.send_code(&app, "13712345678").await;
    let mut seen = Vec::new();
    for phone in [PHONE, "13912345678"] {
        world.dynamodb.reset_calls();
        let answer = world.send_code(&app, phone).await;
        let headers: Vec<_> = answer.headers.into_iter().filter(|(name, _)| *name != "x-ratelimit-remaining").collect();
        seen.push((answer.status, headers, answer.body, world.dynamodb.calls()));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_phone_is_no_password_account_and_its_user_can_leave_and_come_anew() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let first = world.enter(&app, PHONE).await;
    for email in [PHONE, "+8613812345678"] {
        assert_eq!(world.login(&app, email, "").await.status, 400);
        assert_eq!(world.login(&app, email, "secret123").await.status, 400);
    }
    world.clock.advance(Seconds(60));
    world.send_code(&app, PHONE).await;
    let pending = world.code(PHONE);
    let token = first["token"].as_str().expect("a token");
    assert_eq!(world.call::<DeleteAccount>(app.delete(token)).await.status, 200);
    assert_eq!(refusal(&world.phone_login(&app, PHONE, &pending).await), refused("请先获取验证码"));
    world.clock.advance(Seconds(60));
    let second = world.enter(&app, PHONE).await;
    assert_eq!(second["isNewUser"], json!(true));
    assert_ne!(second["user"]["id"], first["user"]["id"]);
}

#[tokio::test]
async fn a_code_of_an_app_is_nothing_in_another_and_the_same_phone_is_two_users() {
    let world = World::new().await;
    let (ours, theirs) = (world.app("demo").await, world.app("demo-2").await);
    world.send_code(&ours, PHONE).await;
    let code = world.code(PHONE);
    assert_eq!(refusal(&world.phone_login(&theirs, PHONE, &code).await), refused("请先获取验证码"));
    let our_user = body(&world.phone_login(&ours, PHONE, &code).await)["user"]["id"].clone();
    assert_ne!(world.enter(&theirs, PHONE).await["user"]["id"], our_user);
}
