//! Fifty at once against three processes per function: exactly one has an effect.

use std::sync::LazyLock;
use tests::{Answer, Options, Stack, at_once, unique_email, unique_phone};

pub(crate) const CONTENDERS: usize = 50;

/// Three processes share nothing but the tables, as functions on AWS do.
pub(crate) fn stack() -> &'static Stack {
    // The limit of the APIs other than the App API, which `Options` has a field for.
    const ENV: &[&str] = &["RATE_LIMIT_DEFAULT=1000000"];
    static STACK: LazyLock<Stack> =
        LazyLock::new(|| Stack::start(&Options { processes: 3, env: ENV, ..Options::default() }));
    &STACK
}

/// One of the answers is a success, which is returned with its position, and the others are this error.
#[track_caller]
fn one_success(answers: &[Answer], status: u16, error: &str) -> usize {
    assert_eq!(answers.len(), CONTENDERS);
    let winners: Vec<_> = (0..answers.len()).filter(|position| answers[*position].status == 200).collect();
    assert_eq!(winners.len(), 1, "{answers:?}");
    let winner = winners[0];
    for (position, answer) in answers.iter().enumerate() {
        if position != winner {
            answer.assert_error(status, error);
        }
    }
    winner
}

#[tokio::test]
async fn an_address_is_registered_by_one_of_fifty() {
    let app = stack().demo();
    let email = unique_email();
    let password = |contender: usize| format!("contender-{contender}");

    let answers = at_once((0..CONTENDERS).map(|contender| {
        let (app, email, password) = (app.clone(), email.clone(), password(contender));
        async move { app.register(&email, &password).await }
    }))
    .await;

    let winner = one_success(&answers, 400, "该邮箱已注册");
    let (id, token) = answers[winner].assert_signed_in("注册成功", &email);
    let (same_id, _) = app.login(&email, &password(winner)).await.assert_signed_in("登录成功", &email);
    assert_eq!(same_id, id);
    let loser = (winner + 1) % CONTENDERS;
    app.login(&email, &password(loser)).await.assert_error(401, "邮箱或密码错误");
    app.delete_account(&token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn a_reset_link_is_spent_by_one_of_fifty() {
    let app = stack().demo();
    let user = app.new_user().await;
    app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
    let token = stack().outbox().reset_token_for(&user.email).await;
    let password = |contender: usize| format!("contender-{contender}");

    let answers = at_once((0..CONTENDERS).map(|contender| {
        let (app, token, password) = (app.clone(), token.clone(), password(contender));
        async move { app.reset_password(&token, &password).await }
    }))
    .await;

    let winner = one_success(&answers, 400, "重置链接无效或已过期");
    answers[winner].assert_message("密码重置成功");
    let (id, _) = app.login(&user.email, &password(winner)).await.assert_signed_in("登录成功", &user.email);
    assert_eq!(id, user.id);
    let loser = (winner + 1) % CONTENDERS;
    app.login(&user.email, &password(loser)).await.assert_error(401, "邮箱或密码错误");
    app.login(&user.email, &user.password).await.assert_error(401, "邮箱或密码错误");
}

#[tokio::test]
async fn an_account_is_deleted_by_one_of_fifty() {
    let app = stack().demo();
    let user = app.new_user().await;

    let answers = at_once((0..CONTENDERS).map(|_| {
        let (app, token) = (app.clone(), user.token.clone());
        async move { app.delete_account(&token).await }
    }))
    .await;

    let winner = one_success(&answers, 401, "Invalid token");
    answers[winner].assert_message("账号已注销");
    app.login(&user.email, &user.password).await.assert_error(401, "邮箱或密码错误");
    let successor = app.new_user_with(&user.email, "successor").await;
    assert_ne!(successor.id, user.id);
}

#[tokio::test]
async fn fifty_guesses_at_once_are_ten_guesses() {
    let app = stack().demo();
    let user = app.new_user().await;

    let answers = at_once((0..CONTENDERS).map(|guess| {
        let (app, email) = (app.clone(), user.email.clone());
        async move { app.login(&email, &format!("guess-{guess}")).await }
    }))
    .await;

    let (tried, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 401);
    assert_eq!((tried.len(), refused.len()), (10, CONTENDERS - 10));
    for answer in &tried {
        answer.assert_error(401, "邮箱或密码错误");
    }
    for answer in &refused {
        answer.assert_error(429, "请求过于频繁,请稍后再试");
    }
}

#[tokio::test]
async fn the_limiter_lets_exactly_its_limit_pass() {
    let stack = Stack::start(&Options { rate_limit: 20, processes: 3, ..Options::default() });
    let app = stack.demo();

    let answers = at_once((0..60).map(|_| {
        let app = app.clone();
        async move { app.login(&unique_email(), "123456").await }
    }))
    .await;

    let (passed, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 401);
    assert_eq!((passed.len(), refused.len()), (20, 40));
    for answer in &refused {
        answer.assert_error(429, "请求过于频繁,请稍后再试");
    }
    let mut remaining: Vec<_> = passed.iter().map(|answer| answer.number("x-ratelimit-remaining")).collect();
    remaining.sort_unstable();
    assert_eq!(remaining, (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_phone_is_texted_by_one_of_fifty() {
    let app = stack().demo();
    let phone = unique_phone();

    let answers = at_once((0..CONTENDERS).map(|_| {
        let (app, phone) = (app.clone(), phone.clone());
        async move { app.send_code(&phone).await }
    }))
    .await;

    let winner = one_success(&answers, 400, "发送过于频繁,请60秒后再试");
    answers[winner].assert_message("验证码已发送");
    assert_eq!(stack().outbox().texts_to(&phone).await.len(), 1);
}

#[tokio::test]
async fn a_code_is_spent_by_one_of_fifty() {
    let app = stack().demo();
    let phone = unique_phone();
    app.send_code(&phone).await.assert_message("验证码已发送");
    let code = stack().outbox().code_for(&phone).await;

    let answers = at_once((0..CONTENDERS).map(|_| {
        let (app, phone, code) = (app.clone(), phone.clone(), code.clone());
        async move { app.phone_login(&phone, &code).await }
    }))
    .await;

    let (winners, losers): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!(winners.len(), 1, "{answers:?}");
    let _ = winners[0].assert_entered(&phone, true);
    // The last of many tries find that five were made, although those were right.
    assert!(losers.iter().all(|answer| answer.status == 400), "{answers:?}");
}

#[tokio::test]
async fn two_hundred_guesses_at_once_are_five_guesses() {
    let app = stack().demo();
    let phone = unique_phone();
    app.send_code(&phone).await.assert_message("验证码已发送");
    let code = stack().outbox().code_for(&phone).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };

    let answers = at_once((0..200).map(|_| {
        let (app, phone) = (app.clone(), phone.clone());
        async move { app.phone_login(&phone, wrong).await }
    }))
    .await;

    let (compared, burnt): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.json()["error"] == "验证码错误");
    assert_eq!(compared.len(), 5);
    for answer in burnt {
        answer.assert_error(400, "验证码已过期,请重新获取");
    }
    app.phone_login(&phone, &code).await.assert_error(400, "验证码已过期,请重新获取");
}

/// `SmsBreaker` of the template: the codes that a block of numbers is sent when none of them is used.
const BREAKER: usize = 50;

#[tokio::test]
async fn a_pumped_prefix_is_sent_its_budget_and_a_number_elsewhere_still_gets_its_code() {
    let app = stack().demo();
    let prefix = "1501234";

    // SNS refuses numbers that end in four zeros.
    let answers = at_once((1..=200).map(|number| {
        let app = app.clone();
        async move { app.send_code(&format!("{prefix}{number:04}")).await }
    }))
    .await;

    for answer in &answers {
        answer.assert_message("验证码已发送");
        assert_eq!(answer.body, answers[0].body, "who is held back must not notice");
    }
    let texts = stack().outbox().texts().await;
    assert_eq!(texts.iter().filter(|text| text.to.starts_with(&format!("+86{prefix}"))).count(), BREAKER);
    let elsewhere = unique_phone();
    app.send_code(&elsewhere).await.assert_message("验证码已发送");
    let code = stack().outbox().code_for(&elsewhere).await;
    let _ = app.phone_login(&elsewhere, &code).await.assert_entered(&elsewhere, true);
}
