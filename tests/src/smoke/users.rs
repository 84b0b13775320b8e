//! What an app's users do.

use serde_json::json;

use crate::{CAPTCHA, Service, unique_email};

/// Neither an app with a wrong secret, nor a user whom nobody knows.
pub async fn a_stranger_is_not_signed_in() {
    let service = Service::under_test();
    let stranger = service.app().claiming(&service.app().credentials().id, "not the secret");
    assert_eq!(stranger.login("nobody@example.com", "secret123").await.status, 401);
    let stranger = json!({"login": unique_email(), "password": "secret123", "captcha": CAPTCHA});
    let refused = service.client().post("/api/v1/auth/signin/", &stranger).await.status;
    assert!([400, 401].contains(&refused), "400 where the app asks for a captcha of its own: {refused}");
}

/// By e-mail and password.
pub async fn somebody_registers_signs_in_and_leaves() {
    let service = Service::under_test();
    let (app, email) = (service.app(), unique_email());

    let user = app.new_user_with(&email, "secret123").await;
    assert_eq!(app.register(&email, "secret123").await.status, 400, "registered twice");
    assert_eq!(app.login(&email, "wrong-1234").await.status, 401);
    let (id, token) = app.login(&email, "secret123").await.assert_signed_in("登录成功", &email);
    assert_eq!(id, user.id);

    assert_eq!(app.delete_account(&token).await.status, 200);
    assert_eq!(app.login(&email, "secret123").await.status, 401, "deleted");
    assert_eq!(app.delete_account(&token).await.status, 401, "its token is dead");
}

/// No message goes out.
pub async fn what_is_nobodys_is_answered_and_not_sent() {
    let service = Service::under_test();
    let app = service.app();
    assert_eq!(app.forgot_password(&unique_email()).await.status, 200, "an address that nobody has");
    assert_eq!(app.reset_password(&"0".repeat(64), "secret123").await.status, 400, "a link that nobody has");
    assert_eq!(app.send_code("110").await.status, 400, "no number");
    assert_eq!(app.phone_login("13800000000", "000000").await.status, 400, "a code that was not sent");
}
