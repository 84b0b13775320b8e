//! The OAuth pages in a browser: sign-in, consent, connected apps; with script and without, by mouse and by keyboard.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why and stops")]

use local::siteverify::RESPONSE;
use reqwest::Method;
use serde_json::{Value, json};
use tests::browser::Browser;
use tests::{ClientCredentials, Stack, unique_email, unique_phone};

use crate::visitor::{CHINESE, ENGLISH};

const PASSWORD: &str = "violet-tractor-17";
const TAB: &str = "\u{e004}";
const SPACE: &str = " ";
const ENTER: &str = "\u{e007}";

/// Somebody whom a client sends to us.
struct Guest {
    browser: Browser,
    client: &'static ClientCredentials,
    url: &'static str,
    email: String,
}

impl Guest {
    /// Signs up elsewhere, then opens the client's request in a browser of their own; `None` where there is no browser.
    async fn arrive(client: &str, language: &str) -> Option<Self> {
        let browser = Browser::start(language).await?;
        let stack = Stack::shared();
        let email = unique_email();
        let account = json!({"email": email, "password": PASSWORD, "name": "Ada", "captcha": RESPONSE});
        let signed_up = stack.client().request(Method::POST, "/api/v1/auth/signup/").json(&account).send().await;
        assert_eq!(signed_up.expect("an answer").status(), 201);
        let client = stack.oauth_client(client);
        Some(Self { browser, client, url: &stack.info().url, email })
    }

    async fn ask(&self) {
        let ask = format!("{}/api/v1/auth/oauth2/authorize/?{}", self.url, self.client.query("xyz"));
        self.browser.open(&ask).await;
    }

    async fn sign_in(&self) {
        self.browser.fill("#login", &self.email).await;
        self.browser.fill("#password", PASSWORD).await;
        self.browser.click("main form > button").await;
        self.browser.text("button[value=authorize]").await;
    }

    /// Where the client's server would be: nobody listens there, but the address says it all.
    async fn brought_back(&self) -> String {
        for _ in 0..200 {
            let address = self.browser.address().await;
            if address.starts_with(&self.client.redirect_uris[0]) {
                return address;
            }
            tokio::task::yield_now().await;
        }
        panic!("the browser was not sent back: {}", self.browser.address().await)
    }

    /// The tokens for the code in the address.
    async fn tokens(&self) -> Value {
        let address = self.brought_back().await;
        assert!(address.contains("state=xyz") && address.contains("iss=http"), "{address}");
        let code = address.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).expect("a code");
        let body = json!({
            "client_id": self.client.id,
            "client_secret": self.client.secret,
            "redirect_uri": self.client.redirect_uris[0],
            "code": code,
        });
        let http = Stack::shared().client();
        let answer = http.request(Method::POST, "/api/v1/auth/oauth2/token/").json(&body).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.json().await.expect("JSON")
    }

    async fn me(&self, tokens: &Value) -> (u16, Value) {
        let token = tokens["access_token"].as_str().expect("a token");
        let me = Stack::shared().client().request(Method::GET, "/api/me/").bearer_auth(token).send().await;
        let me = me.expect("an answer");
        (me.status().as_u16(), me.json().await.expect("JSON"))
    }

    async fn without_script(&self) {
        self.browser.devtools("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
    }

    async fn fits(&self, name: &str) {
        for (width, screen) in [(1280, "desktop"), (360, "phone")] {
            self.browser.resize(width, 900).await;
            let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(self.browser.run(overflow).await, 0, "{name} {screen}");
            self.browser.screenshot(&format!("oauth-{name}-{screen}")).await;
        }
        let unlabelled = "return [...document.querySelectorAll('input:not([type=hidden])')]\
                          .filter((i) => !i.labels.length).length";
        assert_eq!(self.browser.run(unlabelled).await, 0, "{name}");
    }
}

#[tokio::test]
async fn somebody_signs_in_makes_a_memento_and_lets_the_app_see_it_without_script() {
    let Some(guest) = Guest::arrive("demo-client", ENGLISH).await else { return };
    guest.without_script().await;
    guest.ask().await;
    guest.sign_in().await;
    guest.browser.fill("#new", "Tax 2026").await;
    guest.browser.click("button[value=make]").await;
    guest.browser.text("ul.ticks input:checked + span").await;
    guest.browser.fill("#q", "nothing like it").await;
    guest.browser.click("button[value=search]").await;
    // The way back from a search says that the new page is there.
    guest.browser.text("fieldset > button[value=search]").await;
    assert_eq!(guest.browser.text("ul.ticks li").await, "Tax 2026", "what is ticked stays");
    guest.browser.click("button[value=authorize]").await;
    let tokens = guest.tokens().await;
    let (status, me) = guest.me(&tokens).await;
    assert_eq!((status, me["mementos"].as_array().map(Vec::len)), (200, Some(1)), "{me}");

    guest.browser.open(&format!("{}/account/apps", guest.url)).await;
    assert_eq!(guest.browser.text("article li li").await, "Tax 2026");
    guest.browser.click("article a").await;
    guest.browser.click("ul.ticks input:checked").await;
    guest.browser.click("button[value=save]").await;
    // What asks whether to disconnect is there again once they are saved.
    guest.browser.click("summary.danger").await;
    assert_eq!(guest.me(&tokens).await.1["mementos"], json!([]));
    guest.browser.click("button[value=disconnect]").await;
    guest.browser.text("p.good").await;
    assert!(guest.browser.text("main").await.contains("No app has access"));
    assert_eq!(guest.me(&tokens).await.0, 401);
}

#[tokio::test]
async fn the_pages_work_by_keyboard_alone() {
    let Some(guest) = Guest::arrive("demo-client", ENGLISH).await else { return };
    guest.ask().await;
    guest.browser.text("#login").await;
    guest.browser.type_keys(&format!("{TAB}{}{TAB}{PASSWORD}{ENTER}", guest.email)).await;
    guest.browser.text("button[value=authorize]").await;
    // Past the links to another account and to the landing page, and past what opens it, to the name of a new memento.
    guest.browser.type_keys(&format!("{TAB}{TAB}{TAB}{TAB}Work{TAB}{ENTER}")).await;
    guest.browser.text("ul.ticks input:checked + span").await;
    // Both links, search, its button, the tick (off and on again), what opens the new name, Authorize.
    guest.browser.type_keys(&format!("{TAB}{TAB}{TAB}{TAB}{TAB}{SPACE}{SPACE}{TAB}{TAB}{ENTER}")).await;
    let tokens = guest.tokens().await;
    assert_eq!(guest.me(&tokens).await.1["mementos"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn cancel_brings_the_browser_back_with_a_no_and_keeps_the_apps_own_query() {
    let Some(guest) = Guest::arrive("demo-query", ENGLISH).await else { return };
    guest.ask().await;
    guest.sign_in().await;
    guest.browser.click("button[value=cancel]").await;
    let address = guest.brought_back().await;
    assert!(address.starts_with("http://127.0.0.1:9999/cb?shop=1&error=access_denied&state=xyz&iss="), "{address}");
}

#[tokio::test]
async fn a_hostile_name_is_text_and_the_pages_fit_every_screen_in_both_languages() {
    for (language, tag) in [(ENGLISH, "en"), (CHINESE, "zh")] {
        let Some(guest) = Guest::arrive("demo-hostile", language).await else { return };
        guest.ask().await;
        guest.browser.text("#login").await;
        guest.fits(&format!("sign-in-{tag}")).await;
        guest.sign_in().await;
        assert!(guest.browser.text(".app").await.contains("<script>alert(\"1\")</script>"));
        guest.browser.fill("#new", &"A memento of a rather long name ".repeat(4)).await;
        guest.browser.click("button[value=make]").await;
        guest.browser.text("ul.ticks input:checked + span").await;
        guest.fits(&format!("consent-{tag}")).await;
        let dark = json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]});
        guest.browser.devtools("Emulation.setEmulatedMedia", dark).await;
        guest.fits(&format!("consent-dark-{tag}")).await;
        guest.browser.click("button[value=authorize]").await;
        guest.brought_back().await;
        guest.browser.open(&format!("{}/account/apps?client=demo-hostile", guest.url)).await;
        guest.fits(&format!("apps-{tag}")).await;
        let console = guest.browser.console().await.join("\n");
        assert!(!console.contains("Content Security Policy"), "{console}");
    }
}

#[tokio::test]
async fn somebody_signs_in_by_a_code_to_their_phone_without_script_at_phone_width() {
    let Some(guest) = Guest::arrive("demo-client", ENGLISH).await else { return };
    guest.without_script().await;
    guest.ask().await;
    let phone = unique_phone();
    guest.fits("sign-in-with-phone").await;
    // Every way in is on one screen of a small telephone; the fields of a code come when they are asked for.
    guest.browser.resize(360, 640).await;
    let lowest = "return document.querySelector('.ways').getBoundingClientRect().bottom <= innerHeight";
    assert_eq!(guest.browser.run(lowest).await, true);
    guest.browser.click("details summary").await;
    guest.fits("sign-in-with-phone-open").await;
    guest.browser.fill("#phone", "12").await;
    guest.browser.click("details button").await;
    assert_eq!(guest.browser.text("#problem").await, "Enter a mobile number that can receive a code.");
    guest.browser.fill("#phone", &phone).await;
    guest.browser.click("details button").await;
    guest.browser.text("#code").await;
    assert!(guest.browser.text("main").await.contains(&phone));
    guest.fits("code").await;
    guest.browser.fill("#code", "000000").await;
    guest.browser.click("form button:not(.link)").await;
    guest.browser.text("#problem").await;
    guest.fits("wrong-code").await;
    let code = Stack::shared().outbox().code_for(&phone).await;
    // The digits of the field are gone: it is another page.
    guest.browser.fill("#code", &code).await;
    guest.browser.type_keys(ENTER).await;
    guest.browser.text("button[value=authorize]").await;
    guest.browser.click("button[value=authorize]").await;
    let tokens = guest.tokens().await;
    let (status, me) = guest.me(&tokens).await;
    assert_eq!((status, me["mementos"].as_array().map(Vec::len)), (200, Some(0)), "{me}");
}

#[tokio::test]
async fn a_link_from_a_mail_sets_a_new_password_without_script() {
    let Some(guest) = Guest::arrive("demo-client", ENGLISH).await else { return };
    guest.without_script().await;
    let stack = Stack::shared();
    let body = json!({"email": guest.email});
    let asked = stack.client().request(Method::POST, "/api/Auth/ForgotPassword").json(&body).send().await;
    assert_eq!(asked.expect("an answer").status(), 200);
    let token = stack.outbox().reset_token_for(&guest.email).await;
    guest.browser.open(&format!("{}/account/reset-password?token={token}", guest.url)).await;
    guest.fits("reset").await;
    guest.browser.fill("#password", "a new tractor 18").await;
    guest.browser.click("form button").await;
    // The field is gone once the password is set.
    guest.browser.text("main:not(:has(input))").await;
    assert!(guest.browser.text("main").await.contains("Your password is set"));
    guest.browser.open(&format!("{}/account/reset-password?token={token}", guest.url)).await;
    assert!(guest.browser.text("main").await.contains("expired"));
}
