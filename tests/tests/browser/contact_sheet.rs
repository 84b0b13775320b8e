//! Every page of the account and of OAuth in both languages, three widths and both themes: `cargo dev test --pages`.
//!
//! The pictures and a page with all of them are in `target/screenshots/pages`. What can be counted is asserted: one request and at most
//! 14 KB a page, nothing that is wider than the window, also with text of twice the size.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::fmt::Write as _;
use std::path::PathBuf;

use local::siteverify::RESPONSE;
use reqwest::Method;
use serde_json::json;
use tests::browser::Browser;
use tests::{Stack, unique_email};

use crate::visitor::{CHINESE, ENGLISH};

const PASSWORD: &str = "violet-tractor-17";
const WIDTHS: [u32; 3] = [360, 768, 1280];
const BUDGET: u64 = 14 * 1024;
/// As long as a name of a person that has to fit, and one that is written from right to left.
const NAMES: [&str; 2] = [
    "Wolfeschlegelsteinhausenbergerdorff-Wilhelmina-Maximiliane-Annegret",
    "\u{639}\u{628}\u{62f} \u{627}\u{644}\u{644}\u{647}",
];

/// A browser that looks at page after page.
struct Sheet {
    browser: Browser,
    tag: &'static str,
    url: &'static str,
    seen: Vec<String>,
}

impl Sheet {
    async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.url)).await;
    }

    /// Looks at the page as it is, in every width and theme.
    async fn look(&mut self, name: &str) {
        let facts = self.browser.run(FACTS).await;
        assert_eq!(facts["requests"], 0, "{name}: a page is one request");
        assert!(facts["bytes"].as_u64().expect("a size") <= BUDGET, "{name}: {facts}");
        assert_eq!(facts["unlabelled"], 0, "{name}: a field without a label");
        for theme in ["light", "dark"] {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
            self.browser.devtools("Emulation.setEmulatedMedia", media).await;
            for width in WIDTHS {
                self.browser.resize(width, 800).await;
                let fits = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
                assert_eq!(self.browser.run(fits).await, 0, "{name} at {width}");
                let picture = format!("{name}-{}-{width}-{theme}", self.tag);
                self.browser.screenshot(&format!("pages/{picture}")).await;
                self.seen.push(picture);
            }
        }
        self.browser.resize(768, 800).await;
        let twice = "document.documentElement.style.fontSize = '200%';\
                     const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;\
                     document.documentElement.style.fontSize = ''; return over";
        assert_eq!(self.browser.run(twice).await, 0, "{name} with text of twice the size");
    }
}

/// What can be counted of a page.
const FACTS: &str = "const page = performance.getEntriesByType('navigation')[0];\
    const asked = performance.getEntriesByType('resource').filter((one) => !one.name.endsWith('/passkey-options'));\
    return {requests: asked.length, bytes: page.encodedBodySize,\
    unlabelled: [...document.querySelectorAll('input:not([type=hidden])')].filter((i) => !i.labels.length).length}";

#[tokio::test]
#[ignore = "it takes some minutes: cargo dev test --pages"]
async fn every_page_is_seen_in_both_languages_three_widths_and_both_themes() {
    let mut seen = Vec::new();
    for (language, tag, name) in [(ENGLISH, "en", NAMES[0]), (CHINESE, "zh", NAMES[1])] {
        let Some(browser) = Browser::start(language).await else { return };
        let stack = Stack::shared();
        let email = unique_email();
        let account = json!({"email": email, "password": PASSWORD, "name": name, "captcha": RESPONSE});
        let signed_up = stack.client().request(Method::POST, "/api/v1/auth/signup/").json(&account).send().await;
        assert_eq!(signed_up.expect("an answer").status(), 201);
        let mut sheet = Sheet { browser, tag, url: &stack.info().url, seen: Vec::new() };
        sheet.open("/account/sign-up").await;
        sheet.look("sign-up").await;
        sheet.open("/account/forgot-password").await;
        sheet.look("forgot").await;
        sheet.browser.fill("#email", &email).await;
        sheet.browser.click("main form > button").await;
        sheet.browser.text("main p[role=status]").await;
        sheet.look("forgot-sent").await;
        sheet.open("/account/reset-password?token=none").await;
        sheet.look("reset-dead").await;
        sheet.open("/device").await;
        sheet.look("device").await;
        sheet.open("/account").await;
        sheet.browser.text("#login").await;
        sheet.look("sign-in").await;
        sheet.browser.fill("#login", &email).await;
        sheet.browser.fill("#password", "wrong-one-22").await;
        sheet.browser.click("main form > button").await;
        sheet.browser.text("#problem").await;
        sheet.look("sign-in-wrong").await;
        sheet.browser.fill("#password", PASSWORD).await;
        sheet.browser.click("main form > button").await;
        sheet.browser.text("nav").await;
        sheet.look("account").await;
        for (page, name) in
            [("security/passkeys", "passkeys"), ("security", "security"), ("apps", "apps-none"), ("delete", "delete")]
        {
            sheet.open(&format!("/account/{page}")).await;
            sheet.look(name).await;
        }
        let client = stack.oauth_client("demo-client");
        sheet.open(&format!("/api/v1/auth/oauth2/authorize/?{}", client.query("xyz"))).await;
        sheet.browser.text("button[value=authorize]").await;
        sheet.look("consent").await;
        sheet.browser.click("button[value=authorize]").await;
        sheet.open("/account/apps").await;
        sheet.look("apps").await;
        seen.append(&mut sheet.seen);
    }
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/screenshots/pages"));
    let mut index = "<!doctype html><meta charset=\"utf-8\"><title>Pages</title>".to_owned();
    for picture in &seen {
        write!(
            index,
            "<figure><img src=\"{picture}.png\" loading=\"lazy\" alt=\"\"><figcaption>{picture}</figcaption></figure>"
        )
        .expect("a string grows");
    }
    std::fs::write(folder.join("index.html"), index).expect("a file");
    println!("{} pictures: {}", seen.len(), folder.join("index.html").display());
}
