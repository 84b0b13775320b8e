//! `docs/api/pages.md#sign-in` by a code to a mail address.

use reqwest::Method;
use tests::{Answer, FrontEnd, Stack, at_once, unique_email};

use crate::races::{CONTENDERS, stack};

pub(crate) const MAIL_CODE: &str = "/api/v1/auth/oauth2/mail-code/";
const SIGN_IN: &str = "/api/v1/auth/oauth2/signin/";
const PASSWORD: &str = "violet-tractor-17";

/// Somebody who has signed up, and has proven the address by the code that was mailed.
async fn proven(stack: &Stack) -> String {
    let (tab, email) = (stack.front_end(), unique_email());
    assert_eq!(tab.sign_up(&email, PASSWORD).await.status, 201);
    let code = stack.outbox().mailed_code_for(&email).await;
    assert!(tab.verify_email(&code).await.status < 300);
    email
}

async fn submit(tab: &FrontEnd, path: &str, form: &[(&str, &str)]) -> Answer {
    tab.send(tab.request(Method::POST, path).form(form)).await
}

#[tokio::test]
async fn somebody_signs_in_by_the_code_in_a_mail_and_sees_their_account() {
    let stack = Stack::shared();
    let (email, tab) = (proven(stack).await, stack.front_end());
    let page = tab.send(tab.request(Method::GET, "/account/sign-in")).await;
    assert!(page.text().contains("action=\"/api/v1/auth/oauth2/mail-code\""), "{}", page.text());
    let asked = submit(&tab, MAIL_CODE, &[("email", &email)]).await;
    assert!(asked.status == 200 && asked.text().contains("name=\"code\""), "{asked:?}");
    let code = stack.outbox().mailed_code_for(&email).await;
    let entered = submit(&tab, SIGN_IN, &[("email", &email), ("code", &code)]).await;
    assert_eq!((entered.status, entered.header("location")), (303, Some("/account")));
    let account = tab.send(tab.request(Method::GET, "/account")).await;
    assert!(account.status == 200 && account.text().contains(&email), "{account:?}");
    let thief = stack.front_end();
    let again = submit(&thief, SIGN_IN, &[("email", &email), ("code", &code)]).await;
    assert!(again.status == 401 && !thief.is_signed_in().await, "a code is good once");
}

#[tokio::test]
async fn who_has_no_account_is_answered_as_a_user_is_and_mailed_nothing() {
    let stack = Stack::shared();
    let (known, unproven, unknown) = (proven(stack).await, unique_email(), unique_email());
    assert_eq!(stack.front_end().sign_up(&unproven, PASSWORD).await.status, 201);
    let mut answers = Vec::new();
    for email in [&known, &unproven, &unknown] {
        let answer = submit(&stack.front_end(), MAIL_CODE, &[("email", email)]).await;
        answers.push((answer.status, answer.text().replace(email.as_str(), "who")));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let outbox = stack.outbox();
    // The mail that asks for proof, and the code.
    assert_eq!(outbox.mails_to(&known).await.len(), 2);
    assert_eq!(outbox.mails_to(&unproven).await.len(), 2);
    assert_eq!(outbox.mails_to(&unknown).await.len(), 0);
}

#[tokio::test]
async fn the_first_code_to_an_address_that_nobody_proved_ends_the_session_that_signed_up() {
    let stack = Stack::shared();
    let (stranger, email, owner) = (stack.front_end(), unique_email(), stack.front_end());
    assert_eq!(stranger.sign_up(&email, PASSWORD).await.status, 201);
    assert!(stranger.is_signed_in().await);
    assert_eq!(submit(&owner, MAIL_CODE, &[("email", &email)]).await.status, 200);
    let code = stack.outbox().mailed_code_for(&email).await;
    assert_eq!(submit(&owner, SIGN_IN, &[("email", &email), ("code", &code)]).await.status, 303);
    assert!(owner.is_signed_in().await && !stranger.is_signed_in().await);
}

#[tokio::test]
async fn a_mailed_code_is_spent_by_one_of_fifty() {
    let email = proven(stack()).await;
    assert_eq!(submit(&stack().front_end(), MAIL_CODE, &[("email", &email)]).await.status, 200);
    let code = stack().outbox().mailed_code_for(&email).await;
    let tabs: Vec<_> = (0..CONTENDERS).map(|_| stack().front_end()).collect();
    let answers = at_once(tabs.iter().cloned().map(|tab| {
        let (email, code) = (email.clone(), code.clone());
        async move { submit(&tab, SIGN_IN, &[("email", &email), ("code", &code)]).await.status }
    }))
    .await;
    assert!(answers.iter().all(|status| matches!(status, 303 | 401)), "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1);
    let mut signed_in = 0;
    for tab in tabs {
        signed_in += usize::from(tab.is_signed_in().await);
    }
    assert_eq!(signed_in, 1);
}

#[tokio::test]
async fn one_of_fifty_who_ask_at_once_has_a_code_mailed() {
    let email = proven(stack()).await;
    let answers = at_once((0..CONTENDERS).map(|_| {
        let (tab, email) = (stack().front_end(), email.clone());
        async move { submit(&tab, MAIL_CODE, &[("email", &email)]).await.status }
    }))
    .await;
    assert!(answers.iter().all(|status| matches!(status, 200 | 429)), "{answers:?}");
    assert_eq!(stack().outbox().mails_to(&email).await.len(), 2, "the mail that asked for proof, and one code");
}
