//! The documentation of all APIs on the portal: its navigation, tabs, copying, and the forms of operations.

use serde_json::json;

use crate::visitor::{CHINESE, ENGLISH, Visitor};

/// Opens a page of the documentation.
async fn arrive(page: &str) -> Option<Visitor> {
    let visitor = Visitor::arrive(ENGLISH).await?;
    let (page, section) = page.split_once('#').unwrap_or((page, ""));
    visitor.browser.open(&format!("{}docs/{page}?lang=en#{section}", visitor.url)).await;
    Some(visitor)
}

#[tokio::test]
async fn the_navigation_leads_from_the_portal_to_every_page_and_to_its_sections() {
    let Some(visitor) = Visitor::arrive(ENGLISH).await else { return };
    visitor.browser.click("a[href='/docs/overview?lang=en']").await;
    assert_eq!(visitor.browser.text("main h1").await, "The API");
    for page in ["quickstart-web", "app", "browser", "account", "oauth", "oidc", "pages", "errors"] {
        visitor.browser.click(&format!(".side > a[href='/docs/{page}?lang=en']:not(.switch)")).await;
        assert!(visitor.browser.address().await.ends_with(&format!("/docs/{page}?lang=en")));
        let open = "return [...document.querySelectorAll('.side > a[aria-current]')].map((a) => a.pathname)";
        assert_eq!(visitor.browser.run(open).await, json!([format!("/docs/{page}")]));
        let dead = "return [...document.querySelectorAll('a[href^=\\'#\\']')].map((a) => decodeURIComponent(a.hash.slice(1)))\
                    .filter((id) => !document.getElementById(id))";
        assert_eq!(visitor.browser.run(dead).await, json!([]), "{page}");
        let twice = "const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);\
                     return ids.filter((id, at) => ids.indexOf(id) !== at)";
        assert_eq!(visitor.browser.run(twice).await, json!([]), "{page}");
        let unlabelled =
            "return [...document.querySelectorAll('input, textarea')].filter((i) => !i.labels.length).length";
        assert_eq!(visitor.browser.run(unlabelled).await, 0, "{page}");
    }
    assert_eq!(visitor.browser.console().await, [""; 0]);
}

#[tokio::test]
async fn a_chinese_reader_stays_in_chinese_and_may_switch() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    visitor.browser.click("a[href='/docs/overview?lang=zh']").await;
    visitor.browser.click(".side > a[href='/docs/quickstart-web?lang=zh']:not(.switch)").await;
    let language = "return [document.documentElement.lang, document.querySelector('article').lang]";
    assert_eq!(visitor.browser.run(language).await, json!(["zh", "zh"]));
    let dead = "return [...document.querySelectorAll('.side a[href^=\\'#\\']')].map((a) => decodeURIComponent(a.hash.slice(1)))\
                .filter((id) => !document.getElementById(id))";
    assert_eq!(visitor.browser.run(dead).await, json!([]));
    visitor.browser.click(".side > a[href='/docs/app?lang=zh']:not(.switch)").await;
    assert!(visitor.browser.text("main > .note").await.contains("本页只有英文版"));
    assert_eq!(visitor.browser.run(language).await, json!(["zh", "en"]));
    let copy = "const button = document.querySelector('article .copy'); return [button.textContent, button.lang]";
    assert_eq!(visitor.browser.run(copy).await, json!(["复制", "zh"]), "the button is not English as its text is");
    visitor.browser.click(".side > .switch").await;
    assert_eq!(visitor.browser.run(language).await, json!(["en", "en"]));
    assert!(visitor.browser.address().await.ends_with("/docs/app?lang=en"));
}

#[tokio::test]
async fn a_link_with_a_stray_percent_sign_opens_the_page_like_any_other() {
    let Some(visitor) = arrive("app#50%").await else { return };
    assert!(visitor.browser.run("return document.querySelectorAll('.operation [role=tab]').length").await != 0);
    assert_eq!(visitor.browser.console().await, [""; 0]);
}

#[tokio::test]
async fn samples_have_tabs_that_keys_move_and_a_button_that_copies_what_is_shown() {
    let Some(visitor) = Visitor::arrive(ENGLISH).await else { return };
    let shown =
        "return [...document.querySelectorAll('#guide [role=tabpanel]:not([hidden]) pre')].map((e) => e.textContent)";
    let shown = async || visitor.browser.run(shown).await[0].as_str().unwrap_or_default().to_owned();
    assert!(shown().await.starts_with("# Register"), "curl comes first");
    visitor.browser.click("#guide [role=tab]:nth-child(2)").await;
    assert!(shown().await.starts_with("const BASE"), "JavaScript");
    visitor.browser.type_keys("\u{e014}").await;
    assert!(shown().await.starts_with("import 'dart:convert'"), "the arrow moves to Flutter");

    // What the clipboard is given, whatever this browser lets pages do with it.
    let listen = "navigator.clipboard.writeText = async (text) => { window.copied = text; }";
    visitor.browser.run(listen).await;
    visitor.browser.click("#guide [role=tabpanel]:not([hidden]) .copy").await;
    assert_eq!(visitor.browser.run("return window.copied").await, json!(shown().await));
}

#[tokio::test]
async fn an_operation_is_tried_and_its_curl_line_names_secrets_by_variables() {
    let Some(visitor) = arrive("app#app-login").await else { return };
    let credentials = visitor.app.credentials();
    let user = visitor.app.new_user().await;
    let form = "#app-login form";
    visitor.browser.fill("#app-login-x-app-id", &credentials.id).await;
    visitor.browser.fill("#app-login-x-app-secret", &credentials.secret).await;
    let body = json!({"email": user.email, "password": "wrong-one"}).to_string();
    visitor.browser.fill("#app-login-body", &body).await;
    let sample = visitor.browser.text(&format!("{form} [role=tabpanel]:not([hidden]) code")).await;
    for part in ["curl -X POST", "/api/v1/auth/login", "x-app-secret: $APP_SECRET", user.email.as_str()] {
        assert!(sample.contains(part), "{part}: {sample}");
    }
    assert!(!sample.contains(&credentials.secret), "a line to paste has no secret");
    visitor.browser.click(&format!("{form} .send")).await;
    visitor.browser.sees("app-login", "邮箱或密码错误").await;
    let kept = "return [localStorage.length, sessionStorage.length, document.cookie]";
    assert_eq!(visitor.browser.run(kept).await, json!([0, 0, ""]));
}

#[tokio::test]
async fn the_documentation_fits_a_desktop_and_a_phone() {
    let Some(visitor) = arrive("browser").await else { return };
    for (width, name) in [(1280, "desktop"), (360, "phone")] {
        visitor.browser.resize(width, 900).await;
        let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        assert_eq!(visitor.browser.run(overflow).await, 0, "{name}");
        visitor.browser.screenshot(&format!("manual-{name}")).await;
    }
}
