//! Fifty at once against three processes per function: what OAuth gives once, it gives once.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::collections::BTreeSet;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tests::at_once;

use crate::oauth::{AUTHORIZE, AuthorizationRequest, TOKEN, code_in};
use crate::races::{CONTENDERS, stack};

/// Rounds of every run.
const FEW: usize = 3;
/// Rounds of the run that is asked for.
const MANY: usize = 200;

async fn asked() -> Arc<AuthorizationRequest> {
    Arc::new(AuthorizationRequest::at(stack(), "demo-client").await)
}

async fn refresh(asked: &AuthorizationRequest, token: &str) -> (u16, Value) {
    let (id, secret) = (&asked.client.id, &asked.client.secret);
    let body = json!({"client_id": id, "client_secret": secret, "grant_type": "refresh_token", "refresh_token": token});
    let answer = asked.http.request(Method::POST, TOKEN).json(&body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

async fn introspect(asked: &AuthorizationRequest, token: &str) -> Value {
    let (id, secret) = (&asked.client.id, asked.client.secret.as_deref());
    let request = asked.http.request(Method::POST, "/api/v1/auth/oauth2/introspect").basic_auth(id, secret);
    let answer = request.json(&json!({"token": token})).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    answer.json().await.expect("JSON")
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().expect("a text")
}

/// One of fifty exchanges is given tokens, which the others revoke.
async fn exchanges(rounds: usize) {
    let asked = asked().await;
    for round in 0..rounds {
        let code = asked.code().await;
        let outcomes = at_once((0..CONTENDERS).map(|_| {
            let (asked, code) = (asked.clone(), code.clone());
            async move { asked.exchange(&code).await }
        }))
        .await;
        let (given, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|(status, _)| *status == 200);
        assert_eq!((given.len(), refused.len()), (1, CONTENDERS - 1), "round {round}");
        for (status, body) in refused {
            assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")), "round {round}");
        }
        for kind in ["access_token", "refresh_token"] {
            let seen = introspect(&asked, text(&given[0].1, kind)).await;
            assert_eq!(seen, json!({"active": false}), "round {round}, {kind}");
        }
        let refreshed = refresh(&asked, text(&given[0].1, "refresh_token")).await;
        assert_eq!((refreshed.0, &refreshed.1["error"]), (400, &json!("invalid_grant")), "round {round}");
    }
}

/// However many come with one refresh token, there is one to come back with, and the session lives.
async fn refreshes(rounds: usize) {
    let asked = asked().await;
    let (_, mut tokens) = asked.exchange(&asked.code().await).await;
    for round in 0..rounds {
        let presented = text(&tokens, "refresh_token").to_owned();
        let outcomes = at_once((0..CONTENDERS).map(|_| {
            let (asked, token) = (asked.clone(), presented.clone());
            async move { refresh(&asked, &token).await }
        }))
        .await;
        let mut successors = BTreeSet::new();
        for (status, body) in &outcomes {
            assert_eq!(*status, 200, "round {round}: {body}");
            successors.insert(text(body, "refresh_token"));
        }
        assert_eq!(successors.len(), 1, "round {round}: two branches");
        assert!(!successors.contains(presented.as_str()), "round {round}: nothing was rotated");
        for (_, body) in outcomes.iter().step_by(CONTENDERS / 2) {
            assert_eq!(introspect(&asked, text(body, "access_token")).await["active"], true, "round {round}");
        }
        tokens = outcomes.into_iter().next().expect("fifty").1;
    }
}

/// A form that is sent fifty times is one decision, and each of its answers leads on.
async fn decisions(rounds: usize) {
    for round in 0..rounds {
        let asked = asked().await;
        let page = asked.page().await;
        let answers = at_once((0..CONTENDERS).map(|_| {
            let (asked, page) = (asked.clone(), page.clone());
            async move { asked.decide(AUTHORIZE, &page, &[]).await }
        }))
        .await;
        let mut codes = BTreeSet::new();
        for answer in &answers {
            assert_eq!(answer.status().as_u16(), 303, "round {round}");
            codes.extend(answer.headers()["location"].to_str().ok().and_then(code_in));
        }
        assert_eq!(codes.len(), CONTENDERS, "round {round}");
        let grants = grants(&asked).await;
        assert_eq!(grants.as_array().map(Vec::len), Some(1), "round {round}");
        // They were given under one grant: none of them is dead.
        for code in codes.iter().step_by(CONTENDERS / 2) {
            let (status, body) = asked.exchange(code).await;
            assert_eq!(status, 200, "round {round}: {body}");
            assert_eq!(introspect(&asked, text(&body, "access_token")).await["active"], true, "round {round}");
        }
    }
}

/// Of two forms that say different things, each sent by half of fifty, one is what stands there afterwards.
async fn contradictions(rounds: usize) {
    for round in 0..rounds {
        let asked = asked().await;
        let (one, other) = (memento(&asked, "one").await, memento(&asked, "other").await);
        let page = asked.page().await;
        let answers = at_once((0..CONTENDERS).map(|contender| {
            let (asked, page) = (asked.clone(), page.clone());
            let tick = if contender % 2 == 0 { one.clone() } else { other.clone() };
            async move { (asked.decide(AUTHORIZE, &page, &[&tick]).await.status().as_u16(), tick) }
        }))
        .await;
        let ticked = |status| answers.iter().filter(move |answer| answer.0 == status).map(|(_, tick)| tick);
        let (won, lost): (BTreeSet<_>, BTreeSet<_>) = (ticked(303).collect(), ticked(200).collect());
        assert_eq!((won.len(), lost.len()), (1, 1), "round {round}: {answers:?}");
        assert!(won.is_disjoint(&lost) && answers.iter().all(|(status, _)| matches!(status, 200 | 303)));
        assert_eq!(grants(&asked).await[0]["mementos"], json!([won.first()]), "round {round}");
    }
}

async fn grants(asked: &AuthorizationRequest) -> Value {
    let answer = asked.request(Method::GET, "/api/v1/grants").send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

async fn memento(asked: &AuthorizationRequest, name: &str) -> String {
    let request = asked.request(Method::POST, "/api/v1/mementos").json(&json!({"name": name}));
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 201);
    text(&answer.json().await.expect("JSON"), "id").to_owned()
}

#[tokio::test]
async fn a_code_is_exchanged_by_one_of_fifty_and_what_it_gave_is_dead() {
    exchanges(FEW).await;
}

#[tokio::test]
async fn fifty_refreshes_of_one_token_give_one_successor() {
    refreshes(FEW).await;
}

#[tokio::test]
async fn a_form_that_is_sent_fifty_times_is_one_decision() {
    decisions(FEW).await;
}

#[tokio::test]
async fn of_two_decisions_at_once_one_stands_and_the_other_is_asked_again() {
    contradictions(FEW).await;
}

#[tokio::test]
async fn a_memento_of_another_user_is_let_be_seen_by_none_of_fifty_who_tick_it() {
    let (ada, bob) = (asked().await, asked().await);
    let (of_ada, of_bob) = (memento(&ada, "Ada's").await, memento(&bob, "Bob's").await);
    let page = ada.page().await;
    let answers = at_once((0..CONTENDERS).map(|_| {
        let (ada, page, ticks) = (ada.clone(), page.clone(), [of_bob.clone(), of_ada.clone()]);
        async move { ada.decide(AUTHORIZE, &page, &[&ticks[0], &ticks[1]]).await }
    }))
    .await;
    for answer in answers {
        let code = answer.headers()["location"].to_str().ok().and_then(code_in).expect("a code");
        let (_, tokens) = ada.exchange(&code).await;
        let token = text(&tokens, "access_token");
        assert_eq!(introspect(&ada, token).await["mementos"], json!([of_ada]));
        let shown = ada.http.request(Method::GET, &format!("/api/v1/mementos/{of_bob}")).bearer_auth(token);
        assert_eq!(shown.send().await.expect("an answer").status().as_u16(), 404);
    }
}

/// What interleaves once in a hundred times.
#[tokio::test]
#[ignore = "takes a quarter of an hour: `cargo dev test --races`"]
async fn two_hundred_rounds_of_every_race() {
    exchanges(MANY).await;
    refreshes(MANY).await;
    decisions(MANY).await;
    contradictions(MANY).await;
}
