//! Chinese and English, by what the browser asks for and by the switch.

use tests::unique_email;

use crate::visitor::{CHINESE, ENGLISH, Visitor};

const LANGUAGE: &str = "return document.documentElement.lang";

#[tokio::test]
async fn the_page_comes_in_the_language_that_the_browser_asks_for() {
    for (asked, tag, heading) in [(CHINESE, "zh", "用户注册"), (ENGLISH, "en", "Register")] {
        let Some(visitor) = Visitor::arrive(asked).await else { return };
        assert_eq!(visitor.browser.run(LANGUAGE).await, tag);
        assert_eq!(visitor.browser.text("#register h3").await, heading);
    }
}

#[tokio::test]
async fn the_switch_changes_the_language_and_forgets_nothing() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let email = unique_email();
    visitor.show_credentials().await;
    visitor.submit("register", &[("email", &email), ("password", "secret123")]).await;
    visitor.browser.sees("state", &format!("已登录：{email}")).await;

    visitor.browser.click("#switch").await;

    visitor.browser.sees("state", &format!("Signed in: {email}")).await;
    assert_eq!(visitor.browser.run(LANGUAGE).await, "en");
    assert_eq!(visitor.browser.value("#app-id").await, "demo");
    assert_eq!(visitor.browser.address().await, format!("{}?lang=en", visitor.url));
    visitor.browser.click("#delete-sure").await;
    visitor.submit("delete-account", &[]).await;
    visitor.answered("delete-account", "The account is deleted").await;
    visitor.browser.click("#switch").await;
    visitor.browser.sees("state", "未登录").await;
}

#[tokio::test]
async fn the_guide_can_be_had_in_the_language_that_was_chosen() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    visitor.browser.click("#switch").await;
    visitor.browser.sees("state", "Not signed in").await;
    let href = "return document.querySelector('nav a[download]').getAttribute('href')";
    assert_eq!(visitor.browser.run(href).await, "/docs.md?lang=en");
}
