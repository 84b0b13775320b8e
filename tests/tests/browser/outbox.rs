//! The outbox of the local run, as a developer has it open beside the page that sends mails.

use serde_json::json;
use tests::Stack;

use crate::visitor::{ENGLISH, Visitor};

#[tokio::test]
async fn a_new_mail_comes_by_itself_and_takes_nothing_that_somebody_types() {
    let Some(visitor) = Visitor::arrive(ENGLISH).await else { return };
    let user = visitor.app.new_user().await;
    visitor.browser.open(&format!("{}?to={}", Stack::shared().info().outbox, user.email)).await;
    visitor.browser.sees("message", "No messages yet.").await;
    visitor.browser.fill("#to", "half an addr").await;
    visitor.browser.run("document.querySelector('#message').focus()").await;

    visitor.app.forgot_password(&user.email).await.assert_message("重置邮件已发送");
    visitor.browser.sees("message", &user.email).await;
    assert_eq!(visitor.browser.value("#to").await, "half an addr");
    assert_eq!(
        visitor.browser.run("return document.activeElement.id").await,
        "message",
        "a keyboard goes on from here"
    );
    let listed =
        "return [document.querySelectorAll('nav li').length, document.querySelectorAll('article iframe').length]";
    assert_eq!(visitor.browser.run(listed).await, json!([1, 1]));
    assert_eq!(visitor.browser.run("return document.compatMode").await, "CSS1Compat");
    assert_eq!(visitor.browser.console().await, [""; 0]);
}
