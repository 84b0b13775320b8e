//! Ten wrong passwords for an address, then a pause, whether or not the address is registered.

use tests::{App, Stack, unique_email};

const REFUSED: &str = "邮箱或密码错误";
const COOLING_DOWN: &str = "请求过于频繁,请稍后再试";

async fn fail_ten_times(app: &App, email: &str) {
    for attempt in 1..=10 {
        println!("attempt {attempt}");
        app.login(email, "wrong-one").await.assert_error(401, REFUSED);
    }
}

#[tokio::test]
async fn after_ten_wrong_passwords_even_the_right_one_waits() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    fail_ten_times(&app, &user.email).await;
    app.login(&user.email, "wrong-one").await.assert_error(429, COOLING_DOWN);

    let answer = app.login(&user.email, &user.password).await;

    answer.assert_error(429, COOLING_DOWN);
    assert!(answer.number("retry-after") <= 300, "{answer:?}");
}

#[tokio::test]
async fn another_spelling_of_the_address_does_not_help() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    fail_ten_times(&app, &user.email).await;
    app.login(&user.email.to_uppercase(), &user.password).await.assert_error(429, COOLING_DOWN);
    app.login(&format!(" {} ", user.email), &user.password).await.assert_error(429, COOLING_DOWN);
}

#[tokio::test]
async fn an_unknown_address_cools_down_in_the_same_way() {
    let app = Stack::shared().demo();
    let (known, unknown) = (app.new_user().await.email, unique_email());
    fail_ten_times(&app, &known).await;
    fail_ten_times(&app, &unknown).await;

    let (known, unknown) = (app.login(&known, "wrong-one").await, app.login(&unknown, "wrong-one").await);

    known.assert_error(429, COOLING_DOWN);
    assert_eq!(known.fingerprint(), unknown.fingerprint());
}

#[tokio::test]
async fn others_are_not_kept_waiting() {
    let stack = Stack::shared();
    let app = stack.demo();
    let user = app.new_user().await;
    let neighbour = app.new_user().await;
    let namesake = stack.demo_2().new_user_with(&user.email, "123456").await;

    fail_ten_times(&app, &user.email).await;

    let _ = app.login(&neighbour.email, &neighbour.password).await.assert_signed_in("登录成功", &neighbour.email);
    let answer = stack.demo_2().login(&namesake.email, &namesake.password).await;
    let _ = answer.assert_signed_in("登录成功", &namesake.email);
}

#[tokio::test]
async fn the_session_and_the_mailed_link_still_work_meanwhile() {
    let stack = Stack::shared();
    let app = stack.demo();
    let user = app.new_user().await;
    fail_ten_times(&app, &user.email).await;

    app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
    let _ = stack.outbox().reset_token_for(&user.email).await;
    app.delete_account(&user.token).await.assert_message("账号已注销");
}
