//! Every page of the account and of OAuth in both languages, three widths and both themes: `cargo dev test --pages`.
//!
//! The pictures and a page with all of them are in `target/screenshots/pages`. What can be counted is asserted: one request and at most
//! 14 KB a page, nothing that moves while it loads, nothing that axe finds, nothing that is wider than the window, also with text of twice
//! the size and with long names.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why and stops")]

mod sheet;

use local::siteverify::RESPONSE;
use reqwest::Method;
use rig::Authenticator;
use serde_json::{Value, json};
use shared::clock::Clock;
use tests::{Stack, unique_email, unique_phone};

use self::sheet::{Sheet, bare, path_of, text, write_index};
use crate::visitor::{CHINESE, ENGLISH};

const PASSWORD: &str = "violet-tractor-17";
const BUTTON: &str = "main form > button";
const EDIT: &str = "form.edit .decide button";
/// Names of 64 characters: in one word, and from right to left.
const NAMES: [&str; 2] = [
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissens",
    "عبدالرحمنبنمحمدبنعبداللهبنعبدالعزيزبنسعودبنفيصلبنتركيبنعبداللهبن",
];

#[test]
fn the_names_are_of_sixty_four_characters() {
    assert_eq!(NAMES.map(|name| name.chars().count()), [64, 64]);
}

/// Somebody with an account, whose address nobody has proven yet.
struct Somebody {
    email: String,
    /// The address that they signed up with.
    first: String,
}

impl Somebody {
    async fn sign_up(name: &str) -> Self {
        let email = unique_email();
        let account = json!({"email": email, "password": PASSWORD, "name": name, "captcha": RESPONSE});
        let answer = Stack::shared().client().request(Method::POST, "/api/v1/auth/signup/").json(&account).send().await;
        assert_eq!(answer.expect("an answer").status(), 201);
        Self { first: email.clone(), email }
    }
}

/// The pages of somebody who is not signed in.
async fn outside(sheet: &mut Sheet, somebody: &Somebody) {
    sheet.look_at("sign-up", "/account/sign-up", "#email").await;
    sheet.send(&[("email", &somebody.email), ("password", PASSWORD)], BUTTON, "#email-problem").await;
    sheet.look("sign-up-taken").await;
    sheet.look_at("device", "/device", "#user_code").await;
    sheet.look_at("verify-dead", "/verify-email?token=none", "h1").await;
    sheet.look_at("undo-dead", "/account/undo-email?token=none", "h1").await;
    sheet.look_at("reset-dead", "/account/reset-password?token=none", "h1").await;
    sheet.look_at("refused", "/api/v1/auth/oauth2/authorize/?client_id=none", "h1").await;
    let mail = Stack::shared().outbox().latest_to(&somebody.email).await;
    sheet.look_at("verify-elsewhere", path_of(sheet.url, mail.link()), "h1").await;
}

/// A forgotten password.
async fn forgot(sheet: &mut Sheet, somebody: &Somebody) {
    sheet.look_at("forgot", "/account/forgot-password", "#email").await;
    sheet.send(&[("email", &somebody.email)], BUTTON, "main p[role=status]").await;
    sheet.look("forgot-sent").await;
    let mail = Stack::shared().outbox().latest_to(&somebody.email).await;
    sheet.look_at("reset", path_of(sheet.url, mail.link()), "#password").await;
    sheet.send(&[("password", PASSWORD)], BUTTON, "main:not(:has(input)) .button").await;
    sheet.look("reset-done").await;
}

/// The way in, by a phone that nobody goes through with, and by a password.
async fn sign_in(sheet: &mut Sheet, somebody: &Somebody) {
    sheet.look_at("sign-in", "/account", "#login").await;
    sheet.click("details summary").await;
    sheet.look("sign-in-by-text").await;
    sheet.send(&[("phone", &unique_phone())], "details button", "#code").await;
    sheet.look("sign-in-code").await;
    sheet.send(&[("code", "000000")], BUTTON, "#problem").await;
    sheet.look("sign-in-code-wrong").await;
    sheet.open("/account").await;
    sheet.send(&[("login", &somebody.email), ("password", "wrong-one-22")], BUTTON, "#problem").await;
    sheet.look("sign-in-wrong").await;
    sheet.send(&[("password", PASSWORD)], BUTTON, "nav").await;
}

/// The page of who somebody is, with each of its forms; they have another address at the end.
async fn account(sheet: &mut Sheet, somebody: &mut Somebody) {
    let outbox = Stack::shared().outbox();
    sheet.look("account").await;
    sheet.look_at("account-name", "/account?edit=name", "#name").await;
    sheet.look_at("account-username", "/account?edit=username", "#username").await;
    sheet.send(&[("username", "no spaces")], EDIT, "#problem").await;
    sheet.look("account-username-wrong").await;
    sheet.look_at("account-phone", "/account?edit=phone", "#phone").await;
    let mut mails = outbox.mails_to(&somebody.email).await.into_iter();
    let asked = mails.find(|mail| mail.link().contains("verify-email")).expect("a mail that asks");
    sheet.look_at("verify-here", path_of(sheet.url, asked.link()), BUTTON).await;
    sheet.look_at("account-verify", "/account?edit=verify", "#code").await;
    sheet.open(path_of(sheet.url, asked.link())).await;
    sheet.send(&[], BUTTON, "main:not(:has(form))").await;
    sheet.look("verify-done").await;
    sheet.look_at("account-email", "/account?edit=email", "#email").await;
    let next = unique_email();
    sheet.send(&[("email", &next)], EDIT, "#code").await;
    sheet.look("account-email-code").await;
    sheet.send(&[("code", "000000")], EDIT, "#problem").await;
    sheet.look("account-email-code-wrong").await;
    sheet.send(&[("code", &outbox.mailed_code_for(&next).await)], EDIT, "p.good").await;
    sheet.look("account-email-done").await;
    let undo = outbox.latest_to(&somebody.email).await;
    sheet.look_at("undo", path_of(sheet.url, undo.link()), BUTTON).await;
    somebody.email = next;
}

/// The page of security and the second factor; they are asked for it from then on.
async fn security(sheet: &mut Sheet) -> Vec<String> {
    sheet.look_at("security", "/account/security", "#current").await;
    sheet.send(&[("current", "wrong-one-22"), ("password", "quiet-harbour-58")], BUTTON, "#current-problem").await;
    sheet.look("security-wrong").await;
    sheet.look_at("passkeys", "/account/security/passkeys", "h1").await;
    sheet.look_at("recovery-codes-none", "/account/security/recovery-codes", "h1").await;
    sheet.look_at("authenticator", "/account/security/authenticator", "#otp").await;
    sheet.send(&[("otp", "000000")], BUTTON, "#problem").await;
    sheet.look("authenticator-wrong").await;
    let held = Authenticator::of(&bare(&sheet.browser.text("main code").await));
    sheet.send(&[("otp", &held.code(Clock::System.now()))], BUTTON, ".codes").await;
    sheet.look("authenticator-codes").await;
    let codes = sheet.browser.text(".codes").await.split_whitespace().map(str::to_owned).collect();
    sheet.look_at("authenticator-on", "/account/security/authenticator", "button.danger").await;
    sheet.look_at("recovery-codes", "/account/security/recovery-codes", "main form").await;
    codes
}

/// A sign-in with the second factor.
async fn factor(sheet: &mut Sheet, somebody: &Somebody, recovery: &str) {
    sheet.open("/account").await;
    sheet.send(&[], "nav form button", "#login").await;
    sheet.send(&[("login", &somebody.email), ("password", PASSWORD)], BUTTON, "#otp").await;
    sheet.look("factor").await;
    sheet.send(&[("otp", "000000")], BUTTON, "#problem").await;
    sheet.look("factor-wrong").await;
    sheet.send(&[("otp", recovery)], BUTTON, "nav").await;
}

/// A client that wants to know who somebody is, and a device.
async fn clients(sheet: &mut Sheet) {
    let stack = Stack::shared();
    sheet.look_at("apps-none", "/account/apps", "nav").await;
    for id in ["demo-hostile", "demo-client"] {
        let client = stack.oauth_client(id);
        let name = if id == "demo-client" { "consent" } else { "consent-hostile" };
        let ask = format!("/api/v1/auth/oauth2/authorize/?{}", client.query("xyz"));
        sheet.look_at(name, &ask, "button[value=authorize]").await;
    }
    let long = "A memento of a rather long name ".repeat(4);
    sheet.send(&[("new", &long)], "button[value=make]", "ul.ticks input:checked + span").await;
    sheet.look("consent-memento").await;
    sheet.browser.click("button[value=authorize]").await;
    sheet.goes_to(&stack.oauth_client("demo-client").redirect_uris[0]).await;
    sheet.look_at("apps", "/account/apps", "article").await;
    sheet.browser.click("article a").await;
    sheet.browser.text("button[value=save]").await;
    sheet.look("apps-change").await;
    let client = stack.oauth_client("demo-public");
    let body = json!({"client_id": client.id, "scope": "mementos"});
    let answer = stack.client().request(Method::POST, "/api/v1/auth/oauth2/device_authorization/").json(&body);
    let answer: Value = answer.send().await.expect("an answer").json().await.expect("JSON");
    let code = text(&answer, "user_code");
    sheet.open(&format!("/device?user_code={code}")).await;
    sheet.send(&[], BUTTON, "button[value=authorize]").await;
    sheet.look("device-consent").await;
    sheet.send(&[], "button[value=authorize]", "p.good").await;
    sheet.look("device-done").await;
    sheet.look_at("sign-out", "/api/v1/auth/oauth2/logout/", "h1").await;
}

/// The mails that somebody got on the way, one of each subject, and the page with every part of a page.
async fn mails_and_kit(sheet: &mut Sheet, somebody: &Somebody) {
    let stack = Stack::shared();
    let mut subjects = Vec::new();
    for address in [&somebody.first, &somebody.email] {
        for mail in stack.outbox().mails_to(address).await {
            if subjects.contains(&mail.subject) {
                continue;
            }
            subjects.push(mail.subject);
            sheet.look_at_mail(&format!("mail-{}", subjects.len()), &mail.html).await;
        }
    }
    let outbox = stack.info().outbox.as_str();
    let kit = outbox.replace("/outbox", "/kit");
    sheet.look_elsewhere("kit", &kit).await;
}

/// The end of the account.
async fn delete(sheet: &mut Sheet) {
    sheet.look_at("download", "/account/download", "h1").await;
    sheet.look_at("delete", "/account/delete", "#password").await;
    sheet.send(&[("password", "wrong-one-22")], BUTTON, "#password-problem").await;
    sheet.look("delete-wrong").await;
    sheet.send(&[("password", PASSWORD)], BUTTON, "main:not(:has(input))").await;
    sheet.look("delete-gone").await;
}

#[tokio::test]
#[ignore = "it takes some minutes: cargo dev test --pages"]
async fn every_page_is_seen_in_both_languages_three_widths_and_both_themes() {
    let (mut seen, mut found) = (Vec::new(), Vec::new());
    for (language, tag, name) in [(ENGLISH, "en", NAMES[0]), (CHINESE, "zh", NAMES[1])] {
        let Some(mut sheet) = Sheet::start(language, tag, &Stack::shared().info().url).await else { return };
        let mut somebody = Somebody::sign_up(name).await;
        outside(&mut sheet, &somebody).await;
        forgot(&mut sheet, &Somebody::sign_up("").await).await;
        sign_in(&mut sheet, &somebody).await;
        account(&mut sheet, &mut somebody).await;
        let recovery = security(&mut sheet).await;
        factor(&mut sheet, &somebody, &recovery[0]).await;
        clients(&mut sheet).await;
        mails_and_kit(&mut sheet, &somebody).await;
        delete(&mut sheet).await;
        seen.append(&mut sheet.seen);
        found.append(&mut sheet.found());
    }
    let index = write_index(&seen);
    println!("{} pictures: {}", seen.len(), index.display());
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}
