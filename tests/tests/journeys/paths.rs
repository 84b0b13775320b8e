//! Which paths are served: both spellings of each route, and nothing else.

use serde_json::json;
use tests::routes::{self, ACCOUNT, FORGOT_PASSWORD, LOGIN, REGISTER, RESET_PASSWORD, spellings};
use tests::{Method, Stack, send, unique_email};

#[tokio::test]
async fn every_operation_works_in_both_spellings() {
    let stack = Stack::shared();
    let app = stack.demo();
    for slash in ["", "/"] {
        let email = unique_email();
        let credentials = json!({"email": email, "password": "123456"});
        let answer = app.post(&format!("{REGISTER}{slash}"), &credentials).await;
        let (id, _) = answer.assert_signed_in("注册成功", &email);

        let answer = app.post(&format!("{FORGOT_PASSWORD}{slash}"), &json!({ "email": email })).await;
        answer.assert_message("重置邮件已发送");
        let token = stack.outbox().reset_token_for(&email).await;
        let reset = json!({"token": token, "newPassword": "brand-new"});
        app.post(&format!("{RESET_PASSWORD}{slash}"), &reset).await.assert_message("密码重置成功");

        let credentials = json!({"email": email, "password": "brand-new"});
        let answer = app.post(&format!("{LOGIN}{slash}"), &credentials).await;
        let (same_id, token) = answer.assert_signed_in("登录成功", &email);
        assert_eq!(same_id, id);

        let delete = app.request(Method::DELETE, &format!("{ACCOUNT}{slash}")).bearer_auth(&token);
        send(delete).await.assert_message("账号已注销");
    }
}

#[tokio::test]
async fn both_spellings_give_the_same_refusal() {
    let client = Stack::shared().client();
    for (method, path) in routes::secured() {
        let [plain, slashed] = spellings(path).map(|path| client.request(method.clone(), &path).body("{}"));
        let (plain, slashed) = (send(plain).await, send(slashed).await);
        plain.assert_error(401, "Missing app credentials");
        assert_eq!(plain.fingerprint(), slashed.fingerprint());
    }
}

#[tokio::test]
async fn an_unknown_path_is_the_gateways_not_found() {
    let app = Stack::shared().demo();
    for path in ["/nope", "/api/v1/auth", "/api/v1/auth/nope", &REGISTER.to_uppercase()] {
        println!("path: {path}");
        let answer = app.post(path, &json!({"email": "a@example.com", "password": "123456"})).await;
        assert_eq!((answer.status, answer.json()), (404, json!({"message": "Not Found"})));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

/// The gateway has `X/{proxy+}` for `X/`, and brings whatever goes on behind it.
#[tokio::test]
async fn a_path_that_goes_on_is_the_apis_own_not_found() {
    let app = Stack::shared().demo();
    for rest in ["/x", "//", "/x/"] {
        let answer = app.post(&format!("{REGISTER}{rest}"), &json!({})).await;
        assert_eq!((answer.status, answer.json()), (404, json!({"error": "接口不存在"})));
    }
    let client = Stack::shared().client();
    let browser = send(client.request(Method::POST, "/api/v1/auth/signin/x")).await;
    assert_eq!((browser.status, &browser.json()["code"]), (404, &json!("not_found")));
    for path in ["/api/Auth/Login/x", "/api/Auth/Logout/x"] {
        let account = send(client.request(Method::POST, path)).await;
        assert_eq!((account.status, account.json()), (404, json!({"title": "Not Found", "status": 404})), "{path}");
    }
    let oauth = send(client.request(Method::POST, "/api/v1/auth/oauth2/token/x")).await;
    assert_eq!((oauth.status, &oauth.json()["error"]), (404, &json!("not_found")));
    let page = send(client.request(Method::GET, "/api/v1/auth/oauth2/authorize/x")).await;
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
}

/// A page is shown and takes a form, all by one function, to which the gateway brings every method.
#[tokio::test]
async fn another_method_of_a_path_with_one_route_is_the_apis_own_not_found() {
    let client = Stack::shared().client();
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        for path in spellings("/account/security") {
            let page = send(client.request(method.clone(), &path)).await;
            assert_eq!(
                (page.status, page.header("content-type")),
                (404, Some("text/html; charset=utf-8")),
                "{method} {path}"
            );
        }
        let json = send(client.request(Method::PUT, "/api/v1/sessions")).await;
        assert_eq!((json.status, &json.json()["code"]), (404, &json!("not_found")));
    }
    // Preflights go where they went.
    let preflight = client.request(Method::OPTIONS, "/api/v1/sessions").header("origin", "https://evil.example");
    let preflight = send(preflight.header("access-control-request-method", "DELETE")).await;
    assert_eq!(preflight.status, 204);
}

#[tokio::test]
async fn head_is_answered_as_get_is_without_a_body() {
    let client = Stack::shared().client();
    let gets =
        ["/", "/health", "/health/", "/docs.md", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"];
    for path in gets.into_iter().chain(["/verify-email?token=x", "/account/reset-password", "/api/v1/sessions"]) {
        println!("{path}");
        let get = send(client.request(Method::GET, path)).await;
        let head = send(client.request(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text()), (get.status, ""));
        for name in ["content-type", "content-length", "cache-control", "www-authenticate"] {
            assert_eq!(head.header(name), get.header(name), "{name}");
        }
    }
}

#[tokio::test]
async fn another_method_is_the_gateways_not_found() {
    let app = Stack::shared().demo();
    for (served, path) in routes::all() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            if method != served {
                println!("{method} {path}");
                let answer = send(app.request(method, path)).await;
                assert_eq!((answer.status, answer.json()), (404, json!({"message": "Not Found"})));
            }
        }
    }
}
