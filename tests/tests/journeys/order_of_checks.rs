//! App credentials, then JSON, then fields, then the business rule; to delete an account the token comes last. That the rate limit
//! comes before all of them is shown in `rate_limits`.

use serde_json::json;
use tests::routes::{self, ACCOUNT, REGISTER, RESET_PASSWORD};
use tests::{Method, Stack, send};

#[tokio::test]
async fn app_credentials_come_before_the_body() {
    let app = Stack::shared().demo();
    let (nobody, impostor) = (app.claiming("", ""), app.claiming(&app.credentials().id, "wrong"));
    for path in routes::WITH_BODY {
        for body in ["", "not json", "[]", "{}", r#"{"email":"nonsense","password":"1"}"#] {
            println!("{path}: {body}");
            nobody.post_bytes(path, body).await.assert_error(401, "Missing app credentials");
            impostor.post_bytes(path, body).await.assert_error(401, "Invalid app credentials");
        }
    }
}

#[tokio::test]
async fn app_credentials_come_before_the_token() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    for token in [None, Some("garbage"), Some(user.token.as_str())] {
        let ask = |id: &str, secret: &str| {
            let request = app.claiming(id, secret).request(Method::DELETE, ACCOUNT);
            send(if let Some(token) = token { request.bearer_auth(token) } else { request })
        };
        ask("", "").await.assert_error(401, "Missing app credentials");
        ask(&app.credentials().id, "wrong").await.assert_error(401, "Invalid app credentials");
    }
    app.delete_account(&user.token).await.assert_message("账号已注销");
}

#[tokio::test]
async fn the_address_comes_before_the_password() {
    let answer = Stack::shared().demo().post(REGISTER, &json!({"email": "nonsense", "password": "1"})).await;
    answer.assert_error(400, "邮箱格式不正确");
}

#[tokio::test]
async fn fields_come_before_the_business_rule() {
    let app = Stack::shared().demo();
    let user = app.new_user().await;
    app.register(&user.email, "short").await.assert_error(400, "密码长度必须为6-16位");
    let answer = app.post(RESET_PASSWORD, &json!({"token": "no-such-token", "newPassword": "short"})).await;
    answer.assert_error(400, "密码长度必须为6-16位");
}
