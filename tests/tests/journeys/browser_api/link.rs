//! The link in the mail: mail scanners look, people click.

use tests::{Answer, Client, Method, PASSWORD, Stack, send};

async fn look(client: &Client, method: Method, stack: &Stack, link: &str) -> Answer {
    assert!(link.starts_with(&stack.info().url), "{link} is not ours");
    send(client.request(method, &link[stack.info().url.len()..])).await
}

#[tokio::test]
async fn a_scanner_that_looks_first_spends_nothing_and_the_click_verifies_where_the_user_signed_up() {
    let stack = Stack::shared();
    let tab = stack.front_end();
    let email = tab.new_user().await;
    let mail = stack.outbox().latest_to(&email).await;
    let scanner = stack.client();
    for method in [Method::GET, Method::GET, Method::HEAD] {
        let _ = look(&scanner, method, stack, mail.link()).await;
    }

    let page = look(&scanner, Method::GET, stack, mail.link()).await;
    // With `no-referrer` the form would be sent with `Origin: null`, which is a foreign one.
    assert_eq!((page.status, page.header("referrer-policy")), (200, Some("same-origin")));
    assert!(page.text().contains("<form method=\"post\""), "{}", page.text());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.contains("frame-ancestors 'none'")));

    // Elsewhere the click shows what to type, as the look did.
    let click = scanner.request(Method::POST, "/verify-email").form(&[("token", mail.token())]);
    let (shown, code) = (send(click).await, stack.outbox().mailed_code_for(&email).await);
    assert!(shown.status == 200 && shown.text().contains(&code), "{}", shown.text());
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(tab.verify_email(wrong).await.status, 400);

    let click = tab.request(Method::POST, "/verify-email").form(&[("token", mail.token())]);
    assert_eq!(tab.send(click).await.status, 200);
    assert_eq!(tab.verify_email("000000").await.json()["email_verified"], true);
    // Signing in mails nothing more.
    assert_eq!(stack.front_end().sign_in(&email, PASSWORD).await.status, 204);
    assert_eq!(stack.outbox().mails_to(&email).await.len(), 1);
}

#[tokio::test]
async fn a_link_is_ours_whatever_host_the_request_names() {
    let stack = Stack::shared();
    let tab = stack.front_end();
    let email = tests::unique_email();
    let body = serde_json::json!({"email": email, "password": PASSWORD, "captcha": tests::CAPTCHA});
    let request = tab.request(Method::POST, tests::routes::SIGN_UP).json(&body);
    let request = request.header("x-forwarded-host", "evil.example").header("forwarded", "host=evil.example");
    assert_eq!(send(request).await.status, 201);
    let mail = stack.outbox().latest_to(&email).await;
    assert!(mail.link().starts_with(&stack.info().url), "{}", mail.link());
    assert!(!mail.html.contains("evil"));
}
