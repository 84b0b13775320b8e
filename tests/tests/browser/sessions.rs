//! The Browser API from a page, with a real browser's cookies and rules.

use serde_json::{Value, json};
use tests::browser::Browser;
use tests::routes::{CUSTOM_LOGOUT, CUSTOM_REFRESH, SESSIONS, SIGN_IN, SIGN_UP, VERIFY_EMAIL};
use tests::{CAPTCHA, ForeignSite, Options, PASSWORD, Stack, unique_email};

use crate::visitor::{CHINESE, ENGLISH};

const HOUR: u64 = 3600;

/// A page of a front end on our own origin: it calls the API as front ends do.
struct Page<'a> {
    browser: &'a Browser,
}

impl Page<'_> {
    /// Calls the API from the page, and returns the answer's status.
    async fn fetch(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { format!("body: JSON.stringify({body}),") };
        let headers = if body.is_empty() { "" } else { "headers: {'content-type': 'application/json'}," };
        let script = format!("return fetch('{path}', {{method: '{method}', {headers} {body}}}).then((a) => a.status)");
        self.browser.run(&script).await
    }

    async fn sign_up(&self, email: &str) {
        let body = json!({"email": email, "password": PASSWORD, "captcha": CAPTCHA});
        assert_eq!(self.fetch("POST", SIGN_UP, &body).await, 201);
    }

    /// What a page does when it is loaded: ask who is there, refresh if the access token is over, ask again.
    async fn reload(&self) -> Value {
        let who = |page: Self| async move { page.fetch("GET", SESSIONS, &Value::Null).await };
        self.browser.run("location.reload()").await;
        let status = who(Page { browser: self.browser }).await;
        if status != 401 {
            return status;
        }
        self.fetch("POST", CUSTOM_REFRESH, &Value::Null).await;
        who(Page { browser: self.browser }).await
    }
}

#[tokio::test]
async fn somebody_signs_up_verifies_and_reloads_for_a_day() {
    let stack = Stack::start(&Options::default());
    let Some(browser) = Browser::start(ENGLISH).await else { return };
    browser.open(&stack.info().url).await;
    let page = Page { browser: &browser };
    let email = unique_email();
    page.sign_up(&email).await;
    let code = stack.outbox().mailed_code_for(&email).await;
    assert_eq!(page.fetch("POST", VERIFY_EMAIL, &json!({ "verification_code": code })).await, 200);
    assert_eq!(browser.run("return document.cookie").await, "", "no script reads a session");

    for hour in 0..24 {
        assert_eq!(page.reload().await, 200, "hour {hour}");
        // An hour passes: what is stored is older, and the browser drops the cookie that was to live so long.
        stack.dynamodb().age(HOUR).await;
        browser.delete_cookie("access_token").await;
    }

    assert_eq!(page.fetch("POST", CUSTOM_LOGOUT, &Value::Null).await, 204);
    assert_eq!(page.reload().await, 401);
    assert_eq!(browser.cookies().await, [""; 0]);
    let login = json!({"login": email, "password": PASSWORD, "captcha": CAPTCHA});
    assert_eq!(page.fetch("POST", SIGN_IN, &login).await, 204);
    assert_eq!(page.reload().await, 200);
}

#[tokio::test]
async fn two_tabs_refresh_at_once_and_both_go_on() {
    let stack = Stack::shared();
    let Some(browser) = Browser::start(CHINESE).await else { return };
    browser.open(&stack.info().url).await;
    let page = Page { browser: &browser };
    page.sign_up(&unique_email()).await;
    for _ in 0..3 {
        let script = format!(
            "return Promise.all([0, 1, 2, 3].map(() => fetch('{CUSTOM_REFRESH}', {{method: 'POST'}})))\
             .then((answers) => answers.map((answer) => answer.status))"
        );
        assert_eq!(browser.run(&script).await, json!([204, 204, 204, 204]));
        assert_eq!(page.reload().await, 200);
    }
    browser.new_tab().await;
    browser.open(&stack.info().url).await;
    assert_eq!(page.fetch("POST", CUSTOM_REFRESH, &Value::Null).await, 204);
    assert_eq!(page.reload().await, 200);
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    // With `Lax` the browser keeps the cookies to itself; with `None` it is for us to refuse.
    for env in [&[][..], &["COOKIE_SAME_SITE=None"][..]] {
        let stack = Stack::start(&Options { env, ..Options::default() });
        let Some(browser) = Browser::start(ENGLISH).await else { return };
        browser.open(&stack.info().url).await;
        let page = Page { browser: &browser };
        page.sign_up(&unique_email()).await;
        let kept = browser.cookies().await;
        let evil = ForeignSite::start();
        for path in [CUSTOM_LOGOUT, CUSTOM_REFRESH, SIGN_IN] {
            browser.open(evil.url()).await;
            let submit = format!(
                "document.body.innerHTML = `<form method=post action=\"{}{path}\"><input name=a></form>`;\
                 document.forms[0].submit()",
                stack.info().url
            );
            browser.run(&submit).await;
            let fetch = format!(
                "return fetch('{}{path}', {{method: 'POST', mode: 'no-cors', credentials: 'include'}}).then(() => 1, () => 1)",
                stack.info().url
            );
            browser.open(evil.url()).await;
            browser.run(&fetch).await;
        }
        browser.open(&stack.info().url).await;
        assert_eq!(browser.cookies().await, kept, "{env:?}");
        assert_eq!(page.reload().await, 200, "{env:?}");
    }
}

#[tokio::test]
async fn the_links_page_in_another_browser_fits_a_phone_shows_the_code_and_lets_the_account_be_disowned() {
    let stack = Stack::shared();
    for (language, tag, done) in [(CHINESE, "zh", "账号已删除"), (ENGLISH, "en", "The account is removed")] {
        let Some(browser) = Browser::start(language).await else { return };
        let tab = stack.front_end();
        let email = tab.new_user().await;
        let link = stack.outbox().latest_to(&email).await.link().to_owned();
        for (width, name) in [(1280, "desktop"), (360, "phone")] {
            browser.resize(width, 740).await;
            browser.open(&link).await;
            let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(browser.run(overflow).await, 0, "{name} {tag}");
            browser.screenshot(&format!("verify-email-{name}-{tag}")).await;
        }
        assert_eq!(browser.text("main .code").await, stack.outbox().mailed_code_for(&email).await);
        browser.click("input[name=not_me]").await;
        browser.click("button").await;
        // The page with the form may still be there for a moment.
        assert_eq!(browser.text("main:not(:has(form)) h1").await, done);
        assert_eq!(
            browser.address().await,
            format!("{}/verify-email", stack.info().url),
            "no token in the address bar"
        );
        browser.screenshot(&format!("verify-email-done-{tag}")).await;
        assert_eq!(tab.refresh().await.status, 401);
        assert_eq!(browser.console().await, [""; 0]);
    }
}
