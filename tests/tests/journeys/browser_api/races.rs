//! Fifty at once against three processes per function.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use tests::{Answer, FrontEnd, Options, PASSWORD, Stack, at_once, unique_email};

const CONTENDERS: usize = 50;

fn stack() -> &'static Stack {
    static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::start(&Options { processes: 3, ..Options::default() }));
    &STACK
}

/// Fifty tabs with the same cookies.
fn tabs(tab: &FrontEnd) -> Vec<FrontEnd> {
    (0..CONTENDERS).map(|_| tab.copy()).collect()
}

#[tokio::test]
async fn fifty_refreshes_at_once_give_one_successor_and_end_nothing() {
    let tab = stack().front_end();
    tab.new_user().await;
    for _ in 0..4 {
        let tabs = tabs(&tab);
        let answers = at_once(tabs.iter().cloned().map(|tab| async move { tab.refresh().await })).await;
        answers.iter().for_each(Answer::assert_new_cookies);
        let successors: BTreeSet<_> = tabs.iter().map(|tab| tab.cookie("refresh_token")).collect();
        assert_eq!(successors.len(), 1, "two live branches");
        tab.refresh().await.assert_new_cookies();
        assert_eq!(successors.first(), Some(&tab.cookie("refresh_token")));
    }
    tab.refresh().await.assert_new_cookies();
}

#[tokio::test]
async fn a_thief_among_fifty_ends_the_session_for_all() {
    let tab = stack().front_end();
    tab.new_user().await;
    let thief = tab.copy();
    tab.refresh().await.assert_new_cookies();
    tab.refresh().await.assert_new_cookies();

    let thieves = tabs(&thief);
    let answers = at_once(thieves.into_iter().map(|tab| async move { tab.refresh().await })).await;

    for answer in &answers {
        answer.assert_refused(401, "session_ended");
    }
    assert!(!tab.is_signed_in().await);
    tab.refresh().await.assert_refused(401, "session_ended");
}

#[tokio::test]
async fn an_address_signs_up_once_of_fifty_times() {
    let email = unique_email();
    let tabs: Vec<_> = (0..CONTENDERS).map(|_| stack().front_end()).collect();
    let answers = at_once(tabs.iter().cloned().map(|tab| {
        let email = email.clone();
        async move { tab.sign_up(&email, PASSWORD).await }
    }))
    .await;
    let (winners, losers): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(winners.len(), 1, "{answers:?}");
    for loser in losers {
        loser.assert_invalid("email_taken", &["email"]);
    }
    assert_eq!(stack().outbox().mails_to(&email).await.len(), 1);
}

#[tokio::test]
async fn fifty_guesses_at_once_are_five_guesses() {
    let tab = stack().front_end();
    let email = tab.new_user().await;
    let code = stack().outbox().mailed_code_for(&email).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let answers = at_once(tabs(&tab).into_iter().map(|tab| async move { tab.verify_email(wrong).await })).await;
    let (compared, burnt): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.json()["code"] == "wrong_code");
    assert_eq!(compared.len(), 5);
    for answer in burnt {
        answer.assert_invalid("dead_code", &["verification_code"]);
    }
    tab.verify_email(&code).await.assert_invalid("dead_code", &["verification_code"]);
}

#[tokio::test]
async fn the_right_code_fifty_times_at_once_verifies() {
    let tab = stack().front_end();
    let email = tab.new_user().await;
    let code = stack().outbox().mailed_code_for(&email).await;
    let answers = at_once(tabs(&tab).into_iter().map(|tab| {
        let code = code.clone();
        async move { tab.verify_email(&code).await }
    }))
    .await;
    // "Already verified" is 200 too, so that no double click is told that it failed.
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}

#[tokio::test]
async fn logging_out_beside_refreshes_leaves_nothing_alive() {
    let tab = stack().front_end();
    tab.new_user().await;
    let tabs = tabs(&tab);
    let _ =
        at_once(tabs.iter().cloned().enumerate().map(|(at, tab)| async move {
            if at == CONTENDERS / 2 { tab.log_out().await } else { tab.refresh().await }
        }))
        .await;
    for tab in tabs {
        assert!(!tab.is_signed_in().await);
        assert_eq!(tab.refresh().await.status, 401);
    }
}
