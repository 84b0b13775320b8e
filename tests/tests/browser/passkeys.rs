//! Passkeys with Chromium's own authenticator, called as docs/passkeys.md shows it.

use serde_json::{Value, json};
use tests::browser::Browser;
use tests::routes::{CUSTOM_LOGOUT, SIGN_UP};
use tests::{CAPTCHA, PASSWORD, Stack, unique_email};

use crate::visitor::ENGLISH;

/// What a front end has: one call, and the two ceremonies.
const FRONT_END: &str = "
    const call = (path, body) => fetch(path, {
      method: 'POST', credentials: 'include',
      headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body),
    });
    const api = (path, body) => call(`/api/v1/auth/passkeys/${path}`, body);
    async function addPasskey(name) {
      const options = await (await api('registration/options/')).json();
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      const credential = await navigator.credentials.create({ publicKey });
      return api('registration/verify/', { credential: credential.toJSON(), name });
    }
    async function signIn(mediation) {
      const options = await (await api('authentication/options/')).json();
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
      const credential = await navigator.credentials.get({ publicKey, mediation });
      return api('authentication/verify/', { credential: credential.toJSON() });
    }
";

async fn run(browser: &Browser, script: &str) -> Value {
    browser.run(&format!("{FRONT_END} return (async () => {{ {script} }})()")).await
}

/// A browser with an authenticator on our pages, by the name that passkeys of this machine are for.
async fn arrive(stack: &Stack) -> Option<Browser> {
    let browser = Browser::start(ENGLISH).await?;
    browser.open(&stack.info().url.replace("127.0.0.1", "localhost")).await;
    browser.add_authenticator().await;
    Some(browser)
}

async fn sign_up(browser: &Browser) {
    let body = json!({"email": unique_email(), "password": PASSWORD, "captcha": CAPTCHA});
    let status = run(browser, &format!("return (await call('{SIGN_UP}', {body})).status")).await;
    assert_eq!(status, 201);
}

#[tokio::test]
async fn a_passkey_of_chromium_is_added_and_signs_in() {
    let Some(browser) = arrive(Stack::shared()).await else { return };
    sign_up(&browser).await;
    let added = run(&browser, "return (await addPasskey('This laptop')).json()").await;
    assert_eq!(added["name"], "This laptop", "{added}");
    // The same authenticator makes no second one for the same user.
    let again = run(&browser, "return addPasskey('Again').then(() => 'added', (error) => error.name)").await;
    assert_eq!(again, "InvalidStateError");

    assert_eq!(run(&browser, &format!("return (await call('{CUSTOM_LOGOUT}')).status")).await, 204);
    assert_eq!(run(&browser, "return (await signIn('optional')).status").await, 204);
    let listed = run(&browser, "return (await fetch('/api/v1/auth/passkeys/')).json()").await;
    assert_eq!(listed[0]["id"], added["id"], "{listed}");
    assert!(listed[0]["last_used"].is_string(), "{listed}");
}

/// A browser that offers no passkeys in fields, so that it is the button that a test sees.
async fn arrive_without_offers(stack: &Stack) -> Option<Browser> {
    let browser = arrive(stack).await?;
    let source = "PublicKeyCredential.isConditionalMediationAvailable = async () => false";
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    Some(browser)
}

/// A page of the account, by the name that passkeys of this machine are for.
async fn open(browser: &Browser, path: &str) {
    let own = browser.run("return location.origin").await;
    browser.open(&format!("{}{path}", own.as_str().unwrap_or_default())).await;
}

/// Adds a passkey on the page.
async fn add(browser: &Browser, name: &str) {
    open(browser, "/account/security/passkeys").await;
    browser.fill("#name", name).await;
    browser.click("form[data-passkey] button").await;
    assert!(browser.text(".notice.good").await.contains("The passkey was added"));
}

#[tokio::test]
async fn a_passkey_is_added_on_the_page_signs_in_by_the_button_and_is_removed() {
    let Some(browser) = arrive_without_offers(Stack::shared()).await else { return };
    sign_up(&browser).await;
    add(&browser, "This laptop").await;
    assert_eq!(browser.text("article h2").await, "This laptop");

    assert_eq!(run(&browser, &format!("return (await call('{CUSTOM_LOGOUT}')).status")).await, 204);
    open(&browser, "/account/sign-in?to=page%3D%252Faccount%252Fsecurity%252Fpasskeys").await;
    browser.click("form[data-passkey] button").await;
    assert!(browser.text("article .hint").await.contains("last used"));
    assert_eq!(browser.console().await, [""; 0]);

    browser.click("article summary").await;
    browser.click("button[value=remove]").await;
    assert!(browser.text(".notice.good").await.contains("The passkey was removed"));
    // The authenticator still has it.
    open(&browser, "/account/sign-in").await;
    browser.click("form[data-passkey] button").await;
    assert_eq!(browser.text("#passkey-problem").await, "This passkey cannot be used to sign in here. Try another way.");
}

/// The authenticator answers as soon as it is offered in the field: nobody clicks anything.
#[tokio::test]
async fn a_passkey_that_is_offered_in_the_login_field_signs_in_without_a_click() {
    let Some(browser) = arrive(Stack::shared()).await else { return };
    sign_up(&browser).await;
    add(&browser, "This laptop").await;
    assert_eq!(run(&browser, &format!("return (await call('{CUSTOM_LOGOUT}')).status")).await, 204);
    // What the page asks the browser for, kept where the next page reads it.
    let source = "
        const get = navigator.credentials.get.bind(navigator.credentials);
        navigator.credentials.get = (options) => {
          sessionStorage.setItem('asked', options.mediation);
          return get(options);
        };
    ";
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    open(&browser, "/account/sign-in?to=page%3D%252Faccount%252Fsecurity%252Fpasskeys").await;
    assert!(browser.text("article .hint").await.contains("last used"));
    assert_eq!(browser.run("return sessionStorage.getItem('asked')").await, "conditional");
    assert_eq!(browser.console().await, [""; 0]);
}

#[tokio::test]
async fn a_passkey_deletes_the_account() {
    let Some(browser) = arrive_without_offers(Stack::shared()).await else { return };
    sign_up(&browser).await;
    add(&browser, "This laptop").await;
    open(&browser, "/account/delete").await;
    browser.click("form[data-passkey] button").await;
    assert_eq!(browser.text("main:not(:has(form)) h1").await, "Your account has been deleted");
    let console = browser.console().await;
    assert!(!console.iter().any(|line| line.contains("Content Security Policy")), "{console:?}");
}

#[tokio::test]
async fn the_sign_in_page_has_no_button_where_the_browser_has_no_passkeys() {
    let Some(browser) = arrive(Stack::shared()).await else { return };
    let source = "delete window.PublicKeyCredential";
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": source })).await;
    open(&browser, "/account/sign-in").await;
    assert_eq!(browser.text("form:not([data-passkey]) > button").await, "Sign in");
    let shown = "return getComputedStyle(document.querySelector('form[data-passkey]')).display";
    assert_eq!(browser.run(shown).await, "none");
    assert_eq!(browser.run("return document.getElementById('login').autocomplete").await, "username webauthn");
}
