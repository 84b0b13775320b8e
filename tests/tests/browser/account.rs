//! The forms of the page of the account in a browser.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use local::siteverify::RESPONSE;
use reqwest::Method;
use serde_json::json;
use tests::browser::Browser;
use tests::{Stack, unique_email};

use crate::visitor::ENGLISH;

const PASSWORD: &str = "violet-tractor-17";
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const END: &str = "\u{e010}";

/// A browser whose user has signed in by keyboard alone; `None` where there is no browser.
async fn arrive() -> Option<Browser> {
    let browser = Browser::start(ENGLISH).await?;
    let (stack, email) = (Stack::shared(), unique_email());
    let account = json!({"email": email, "password": PASSWORD, "name": "Ada", "captcha": RESPONSE});
    let signed_up = stack.client().request(Method::POST, "/api/v1/auth/signup/").json(&account).send().await;
    assert_eq!(signed_up.expect("an answer").status(), 201);
    browser.open(&format!("{}/account", stack.info().url)).await;
    browser.text("#login").await;
    browser.type_keys(&format!("{TAB}{email}{TAB}{PASSWORD}{ENTER}")).await;
    browser.text("nav").await;
    Some(browser)
}

#[tokio::test]
async fn a_name_is_changed_by_keyboard_alone_and_back_leads_to_the_form() {
    let Some(browser) = arrive().await else { return };
    // Past the four of the navigation.
    browser.type_keys(&format!("{TAB}{TAB}{TAB}{TAB}{TAB}{ENTER}")).await;
    browser.text("form.edit").await;
    browser.type_keys(&format!("{END} Lovelace{ENTER}")).await;
    assert_eq!(browser.text("p.good").await, "Your name has been changed.");
    assert!(browser.text(".rows").await.contains("Ada Lovelace"));
    browser.run("history.back()").await;
    browser.text("form.edit").await;
    assert_eq!(browser.value("#name").await, "Ada Lovelace");
}

#[tokio::test]
async fn a_new_address_is_given_by_keyboard_alone_and_reloading_the_codes_page_sends_nothing() {
    let Some(browser) = arrive().await else { return };
    let (stack, next) = (Stack::shared(), unique_email());
    browser.open(&format!("{}/account?edit=email", stack.info().url)).await;
    browser.text("form.edit").await;
    browser.type_keys(&format!("{next}{ENTER}")).await;
    browser.text("#code").await;
    browser.run("location.reload()").await;
    browser.text("#code").await;
    assert_eq!(stack.outbox().mails_to(&next).await.len(), 1);
    let code = stack.outbox().mailed_code_for(&next).await;
    browser.type_keys(&format!("{code}{ENTER}")).await;
    browser.text("p.good").await;
    assert!(browser.text(".rows").await.contains(&next));
}
