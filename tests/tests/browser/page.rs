//! The page itself: what it shows, what it keeps, how it looks.

use serde_json::json;
use tests::unique_email;

use crate::visitor::{CHINESE, ENGLISH, Visitor};

#[tokio::test]
async fn a_newcomer_finds_what_the_documentation_promises() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    assert_eq!(visitor.browser.title().await, "Auth API");
    assert_eq!(visitor.browser.text("#state").await, "未登录");
    let page = visitor.browser.text("body").await;
    for text in [
        "通用认证服务 - 支持多应用隔离的用户注册登录系统",
        "下载完整文档 (Markdown)",
        "用户注册",
        "用户登录",
        "忘记密码",
        "重置密码",
        "注销账号",
        "警告:此操作不可逆!",
        "YOUR_APP_SECRET",
    ] {
        assert!(page.contains(text), "{text}");
    }
    assert!(visitor.browser.text("#apps").await.contains("demo-2"));
}

#[tokio::test]
async fn nothing_is_stored_nothing_breaks_the_policy_and_nothing_comes_from_elsewhere() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    visitor.show_credentials().await;
    visitor.submit("register", &[("email", &unique_email()), ("password", "secret123")]).await;
    visitor.answered("register", "注册成功").await;
    visitor.browser.click("#switch").await;
    visitor.browser.sees("state", "Signed in").await;

    let kept = "return [localStorage.length, sessionStorage.length, document.cookie, location.search]";
    assert_eq!(visitor.browser.run(kept).await, json!([0, 0, "", "?lang=en"]));
    let elsewhere = "return performance.getEntriesByType('resource').map((e) => e.name)\
                     .filter((name) => !name.startsWith(location.origin))";
    assert_eq!(visitor.browser.run(elsewhere).await, json!([]));
    assert_eq!(visitor.browser.console().await, [""; 0]);
}

#[tokio::test]
async fn script_that_is_smuggled_in_does_not_run() {
    let Some(visitor) = Visitor::arrive(CHINESE).await else { return };
    let smuggle = "const script = document.createElement('script'); script.textContent = 'window.smuggled = true';\
                   document.body.append(script); return window.smuggled === true";
    assert_eq!(visitor.browser.run(smuggle).await, false);
    let console = visitor.browser.console().await.join("\n");
    assert!(console.contains("Content Security Policy"), "{console}");
}

#[tokio::test]
async fn the_page_fits_a_desktop_and_a_phone_in_both_languages() {
    for (language, tag) in [(CHINESE, "zh"), (ENGLISH, "en")] {
        let Some(visitor) = Visitor::arrive(language).await else { return };
        for (width, name) in [(1280, "desktop"), (360, "phone")] {
            visitor.browser.resize(width, 900).await;
            let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(visitor.browser.run(overflow).await, 0, "{name} {tag}");
            visitor.browser.screenshot(&format!("portal-{name}-{tag}")).await;
        }
        visitor.browser.resize(360, 900).await;
        visitor.submit("login", &[("email", "no address"), ("password", "wrong-one")]).await;
        visitor.browser.sees("app-id-error", "Missing app credentials").await;
        visitor.browser.screenshot(&format!("portal-phone-{tag}-refused")).await;
        let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        visitor.browser.devtools("Emulation.setEmulatedMedia", dark).await;
        visitor.browser.screenshot(&format!("portal-phone-{tag}-dark")).await;
    }
}

#[tokio::test]
async fn every_input_has_a_label_and_every_id_is_the_only_one() {
    let Some(visitor) = Visitor::arrive(ENGLISH).await else { return };
    let unlabelled = "return [...document.querySelectorAll('input')].filter((i) => !i.labels.length).length";
    assert_eq!(visitor.browser.run(unlabelled).await, 0);
    let twice = "const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);\
                 return ids.filter((id, at) => ids.indexOf(id) !== at)";
    assert_eq!(visitor.browser.run(twice).await, json!([]));
}
