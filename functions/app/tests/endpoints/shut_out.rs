//! A user whom the operator shut out.

use app::DeleteAccount;
use shared::clock::Seconds;
use shared::user::identity::Handle;

use crate::world::{Credentials, World, refusal};

const ADA: &str = "ada@example.com";
const PHONE: &str = "13800138000";

/// As `cargo ops user disable` does it.
async fn shut_out(world: &World, app: &Credentials, handle: Handle) {
    let (app, now, store) = (app.id.parse().expect("an app id"), world.ctx.now(), &world.ctx.store);
    let identity = store.identity(&app, &handle, now).await.expect("answers").expect("somebody");
    let user = store.user(&app, identity.user).await.expect("answers").expect("a user");
    assert!(store.set_disabled(&app, &user, true, now).await.expect("disables"));
}

#[tokio::test]
async fn who_is_shut_out_is_told_what_a_wrong_password_is_told_and_has_no_session_left() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let token = world.register(&app, ADA, "secret123").await;
    shut_out(&world, &app, Handle::Email(ADA.parse().expect("an address"))).await;
    for password in ["secret123", "wrong"] {
        let answer = world.login(&app, ADA, password).await;
        assert_eq!(refusal(&answer), (401, "邮箱或密码错误".to_owned()));
    }
    assert_eq!(world.call::<DeleteAccount>(app.delete(&token)).await.status, 401);
}

#[tokio::test]
async fn a_password_that_is_set_by_a_mailed_link_lets_nobody_in_who_is_shut_out() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    shut_out(&world, &app, Handle::Email(ADA.parse().expect("an address"))).await;
    let token = world.reset_token(&app, ADA).await;
    let reset = app.body(serde_json::json!({"token": token, "newPassword": "secret456"}));
    assert_eq!(world.call::<app::ResetPassword>(reset).await.status, 200);
    assert_eq!(world.login(&app, ADA, "secret456").await.status, 401);
}

#[tokio::test]
async fn a_right_code_lets_nobody_in_who_is_shut_out() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.enter(&app, PHONE).await;
    shut_out(&world, &app, Handle::Phone(format!("+86{PHONE}").parse().expect("a number"))).await;
    world.clock.advance(Seconds(61));
    assert_eq!(world.send_code(&app, PHONE).await.status, 200);
    let answer = world.phone_login(&app, PHONE, &world.code(PHONE)).await;
    assert_eq!(refusal(&answer), (400, "请先获取验证码".to_owned()));
}
