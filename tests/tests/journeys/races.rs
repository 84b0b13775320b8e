//! Fifty at once against three processes per function: exactly one has an effect.

use std::sync::LazyLock;
use tests::{Answer, Options, Stack, at_once, unique_email};

const CONTENDERS: usize = 50;

/// Three processes share nothing but the tables, as functions on AWS do.
fn stack() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::start(&Options { processes: 3, ..Options::default() }));
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
