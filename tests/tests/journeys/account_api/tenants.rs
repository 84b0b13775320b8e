//! Which app a request is for.

use tests::{PASSWORD, Stack, unique_email, unique_username};

#[tokio::test]
async fn two_apps_with_the_same_username_never_meet() {
    let stack = Stack::shared();
    let (ours, theirs) = (stack.hashing_client(), stack.demo().credentials().api_key.clone());
    let theirs = ours.with_key(&theirs);
    let (username, email) = (unique_username(), unique_email());
    ours.register(&username, "ours-only-1", &email).await.assert_done();
    theirs.register(&username, "theirs-only-1", &email).await.assert_done();
    ours.login(&username, "theirs-only-1").await.assert_line(401, "Invalid username or password.");
    theirs.login(&username, "ours-only-1").await.assert_line(401, "Invalid username or password.");

    // A token says by itself whose it is.
    let pair = theirs.signed_in(&username, "theirs-only-1").await;
    let pair = ours.refresh(&pair.refresh).await.assert_pair();
    theirs.forgot_password(&email).await.assert_done();
    let token = stack.outbox().reset_token_for(&email).await;
    ours.certificate(&token).await.assert_line(400, "Token is invalid or has expired.");
    ours.reset(&token, "stolen-password").await.assert_line(400, "Token is invalid or has expired.");
    theirs.certificate(&token).await.assert_done();
    assert!(ours.is_signed_in(&pair.access).await);
    theirs.reset(&token, "theirs-only-2").await.assert_done();
    assert!(!ours.is_signed_in(&pair.access).await);
    let _ = ours.signed_in(&username, "ours-only-1").await;
    let _ = stack.demo().login(&email, "theirs-only-2").await.assert_signed_in("登录成功", &email);
}

#[tokio::test]
async fn only_an_apps_own_key_names_it_and_nothing_else_is_an_error() {
    let stack = Stack::shared();
    let client = stack.hashing_client();
    let (username, _) = client.new_user(PASSWORD).await;
    let key = stack.demo().credentials().api_key.clone();
    let secret = stack.demo().credentials().secret.clone();
    let last = if key.ends_with('0') { "1" } else { "0" };
    let forged = format!("{}{last}", &key[..key.len() - 1]);
    for authorization in ["", "Bearer", "Bearer ", "Bearer x", &secret, &forged, "lk_demo", &format!("Basic {key}")] {
        let _ = client.with_key(authorization).signed_in(&username, PASSWORD).await;
    }
    for authorization in [key.clone(), format!("Bearer {key}")] {
        let answer = client.with_key(&authorization).login(&username, PASSWORD).await;
        answer.assert_line(401, "Invalid username or password.");
    }
}
