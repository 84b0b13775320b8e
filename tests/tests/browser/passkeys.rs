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
