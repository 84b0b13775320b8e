//! `docs/api/app.md#sign-in` by phone, and `#send-a-code`.

use serde_json::{Value, json};
use tests::routes::{LOGIN, SEND_CODE};
use tests::{Stack, unique_phone};

const NO_PHONE: &str = "手机号格式不正确";
const NO_CODE: &str = "请先获取验证码";
const BURNT: &str = "验证码已过期,请重新获取";
const WRONG: &str = "验证码错误";

fn other(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn an_unknown_phone_is_registered_on_the_spot_and_its_number_is_masked() {
    let stack = Stack::shared();
    let app = stack.demo();
    let phone = unique_phone();
    app.phone_login(&phone, "123456").await.assert_error(400, NO_CODE);
    app.send_code(&phone).await.assert_message("验证码已发送");
    let code = stack.outbox().code_for(&phone).await;

    let (_, token) = app.phone_login(&phone, &code).await.assert_entered(&phone, true);

    app.phone_login(&phone, &code).await.assert_error(400, NO_CODE);
    app.delete_account(&token).await.assert_message("账号已注销");
    app.delete_account(&token).await.assert_error(401, "Invalid token");
}

#[tokio::test]
async fn a_second_code_waits_a_minute() {
    let stack = Stack::shared();
    let phone = unique_phone();
    stack.demo().send_code(&phone).await.assert_message("验证码已发送");
    stack.demo().send_code(&phone).await.assert_error(400, "发送过于频繁,请60秒后再试");
    stack.demo_2().send_code(&phone).await.assert_message("验证码已发送");
    assert_eq!(stack.outbox().texts_to(&phone).await.len(), 2);
}

#[tokio::test]
async fn five_wrong_tries_burn_the_code() {
    let stack = Stack::shared();
    let app = stack.demo();
    let phone = unique_phone();
    app.send_code(&phone).await.assert_message("验证码已发送");
    let code = stack.outbox().code_for(&phone).await;
    for _ in 0..5 {
        app.phone_login(&phone, other(&code)).await.assert_error(400, WRONG);
    }
    app.phone_login(&phone, &code).await.assert_error(400, BURNT);
}

#[tokio::test]
async fn a_number_that_sns_refuses_may_be_tried_again_at_once() {
    let app = Stack::shared().demo();
    let phone = "13512340000";
    for _ in 0..2 {
        app.send_code(phone).await.assert_error(500, "验证码发送失败,请稍后重试");
    }
    app.phone_login(phone, "123456").await.assert_error(400, NO_CODE);
}

#[tokio::test]
async fn what_is_no_mobile_number_is_refused_by_both_routes() {
    let app = Stack::shared().demo();
    for phone in ["1391234567", "139123456789", "12912341234", "a3912341234", "+8613912341234", "+14155552671", " "] {
        println!("phone: {phone:?}");
        app.send_code(phone).await.assert_error(400, NO_PHONE);
        app.phone_login(phone, "123456").await.assert_error(400, NO_PHONE);
    }
    for phone in [Value::Null, json!(13_912_341_234_u64), json!(true), json!(["13912341234"]), json!({})] {
        println!("phone: {phone}");
        app.post(SEND_CODE, &json!({"phone": phone})).await.assert_error(400, NO_PHONE);
        app.post(LOGIN, &json!({"phone": phone, "code": "123456"})).await.assert_error(400, NO_PHONE);
    }
}

#[tokio::test]
async fn a_code_opens_nothing_in_another_app_or_for_another_phone() {
    let stack = Stack::shared();
    let (phone, neighbour) = (unique_phone(), unique_phone());
    stack.demo().send_code(&phone).await.assert_message("验证码已发送");
    let code = stack.outbox().code_for(&phone).await;
    stack.demo_2().phone_login(&phone, &code).await.assert_error(400, NO_CODE);
    stack.demo().phone_login(&neighbour, &code).await.assert_error(400, NO_CODE);
}
