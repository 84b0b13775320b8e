//! Passkeys over HTTP: three processes per function, and what the tables and logs keep.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use local::authenticator::Authenticator;
use serde_json::json;
use tests::{Answer, FrontEnd, Options, Stack, at_once};

const PASSKEYS: &str = "/api/v1/auth/passkeys";

/// Adds a passkey for whom the tab is signed in.
pub(crate) async fn add(stack: &Stack, tab: &FrontEnd) -> Authenticator {
    // Passkeys of a local run are for this machine's name.
    let origin = stack.info().url.replace("127.0.0.1", "localhost");
    let mut authenticator = Authenticator::new("localhost", &origin).expect("a key");
    let options = tab.post(&format!("{PASSKEYS}/registration/options/"), &json!({})).await;
    authenticator.take_creation(&options.json()).expect("options");
    let added =
        tab.post(&format!("{PASSKEYS}/registration/verify/"), &json!({"credential": authenticator.create()})).await;
    assert_eq!(added.status, 201, "{added:?}");
    authenticator
}

/// The authenticator with the challenge that the tab is given now.
pub(crate) async fn challenged(tab: &FrontEnd, authenticator: &Authenticator) -> Authenticator {
    let options = tab.post(&format!("{PASSKEYS}/authentication/options/"), &json!({})).await;
    let mut authenticator = authenticator.clone();
    authenticator.take_request(&options.json()).expect("options");
    authenticator
}

pub(crate) async fn answer(tab: &FrontEnd, authenticator: &Authenticator) -> Answer {
    let credential = authenticator.get().expect("signs");
    tab.post(&format!("{PASSKEYS}/authentication/verify/"), &json!({"credential": credential})).await
}

#[tokio::test]
async fn fifty_answers_at_once_of_three_processes_open_one_session() {
    let stack = Stack::start(&Options { processes: 3, ..Options::default() });
    let tab = stack.front_end();
    tab.new_user().await;
    let registered = add(&stack, &tab).await;
    for _ in 0..4 {
        let elsewhere = stack.front_end();
        let authenticator = challenged(&elsewhere, &registered).await;
        let answers = at_once((0..50).map(|_| {
            let (tab, authenticator) = (elsewhere.copy(), authenticator.clone());
            async move { answer(&tab, &authenticator).await }
        }))
        .await;
        let (let_in, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 204);
        assert_eq!(let_in.len(), 1, "{answers:?}");
        for answer in refused {
            answer.assert_refused(401, "invalid_passkey");
        }
    }
}
