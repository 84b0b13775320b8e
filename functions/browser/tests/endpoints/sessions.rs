//! Where somebody is signed in.

use std::time::Duration;

use browser::{EndSession, EndSessions, ListSessions};
use local::faults::{Fault, On, Times};
use serde_json::Value;
use shared::clock::Seconds;

use crate::world::{ADA, Browser, Call, World, body, refusal};

async fn list(world: &World, browser: &Browser) -> Vec<Value> {
    let answer = world.call::<ListSessions>(browser.call()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    body(&answer).as_array().expect("a list").clone()
}

fn id_of(sessions: &[Value], current: bool) -> String {
    let session = sessions.iter().find(|session| session["current"] == current).expect("a session");
    session["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_session_says_when_from_where_and_with_what_and_which_is_this_one() {
    let world = World::new().await;
    let here = world.sign_up(ADA).await;
    world.clock.advance(Seconds(600));
    let there = world.sign_in(ADA).await;
    let sessions = list(&world, &here).await;
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0]["current"], false, "the one used last comes first");
    assert_eq!(sessions[1]["current"], true);
    assert_eq!(sessions[1]["created"], "2027-01-15T08:00:00Z");
    assert_eq!(sessions[0]["last_used"], "2027-01-15T08:10:00Z");
    assert_eq!((&sessions[0]["ip"], &sessions[0]["api"]), (&"192.0.2.1".into(), &"browser".into()));
    assert_eq!(id_of(&list(&world, &there).await, true), id_of(&sessions, false));
}

#[tokio::test]
async fn ending_one_session_leaves_the_others() {
    let world = World::new().await;
    let (here, there) = (world.sign_up(ADA).await, world.sign_in(ADA).await);
    let other = id_of(&list(&world, &here).await, false);
    let answer = world.call::<EndSession>(here.call().path("id", &other)).await;
    assert_eq!((answer.status, answer.cookies.len()), (204, 0));
    assert_eq!(world.call::<ListSessions>(there.call()).await.status, 401);
    assert_eq!(world.refresh(&there).await.status, 401);
    assert_eq!(list(&world, &here).await.len(), 1);
    let again = world.call::<EndSession>(here.call().path("id", &other)).await;
    assert_eq!(refusal(&again), (404, "unknown_session".to_owned()));
}

#[tokio::test]
async fn a_session_whose_end_was_answered_late_or_not_at_all_has_ended_and_is_not_said_to_be_unknown() {
    for fault in [Fault::AnswerLost, Fault::Slow(Duration::from_millis(1200))] {
        let world = World::new().await;
        let (here, _) = (world.sign_up(ADA).await, world.sign_in(ADA).await);
        let other = id_of(&list(&world, &here).await, false);
        for operation in ["UpdateItem", "DeleteItem"] {
            // The limiter's write is an update, too: its answer may be the one that is lost.
            world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Exactly(2));
        }
        let answer = world.call::<EndSession>(here.call().path("id", &other)).await;
        assert_eq!(answer.status, 204, "{fault:?}: {}", answer.body);
        world.dynamodb.heal();
        assert_eq!(list(&world, &here).await.len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_session_whose_end_was_not_answered_is_said_to_have_ended_by_a_plain_retry() {
    let world = World::new().await;
    let (here, _) = (world.sign_up(ADA).await, world.sign_in(ADA).await);
    let other = id_of(&list(&world, &here).await, false);
    let end = || world.call::<EndSession>(here.call().path("id", &other));
    world.dynamodb.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Forever);
    assert_eq!(end().await.status, 503);
    world.dynamodb.heal();
    assert_eq!(end().await.status, 204);
}

#[tokio::test]
async fn ending_this_session_clears_its_cookies() {
    let world = World::new().await;
    let here = world.sign_up(ADA).await;
    let own = id_of(&list(&world, &here).await, true);
    let answer = world.call::<EndSession>(here.call().path("id", &own)).await;
    assert_eq!((answer.status, answer.cookies.len()), (204, 2));
    assert_eq!(world.refresh(&here).await.status, 401);
}

#[tokio::test]
async fn anothers_session_is_as_unknown_as_none() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let bobs = id_of(&list(&world, &bob).await, true);
    for id in [bobs.as_str(), "0123456789abcdef0123456789abcdef", "x", ""] {
        let answer = world.call::<EndSession>(ada.call().path("id", id)).await;
        assert_eq!(refusal(&answer), (404, "unknown_session".to_owned()), "{id}");
    }
    assert_eq!(list(&world, &bob).await.len(), 1);
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_access_token_at_once() {
    let world = World::new().await;
    let (here, there, bob) =
        (world.sign_up(ADA).await, world.sign_in(ADA).await, world.sign_up("bob@example.com").await);
    let answer = world.call::<EndSessions>(here.call()).await;
    assert_eq!((answer.status, answer.cookies.len()), (204, 2));
    for browser in [&here, &there] {
        assert_eq!(world.call::<ListSessions>(browser.call()).await.status, 401);
        assert_eq!(world.refresh(browser).await.status, 401);
    }
    assert_eq!(list(&world, &bob).await.len(), 1);
    assert_eq!(list(&world, &world.sign_in(ADA).await).await.len(), 1);
}

#[tokio::test]
async fn nobody_sees_or_ends_sessions_without_being_signed_in() {
    let world = World::new().await;
    for answer in [
        world.call::<ListSessions>(Call::empty()).await,
        world.call::<EndSessions>(Call::empty()).await,
        world.call::<EndSession>(Call::empty().path("id", "0123456789abcdef0123456789abcdef")).await,
    ] {
        assert_eq!(refusal(&answer), (401, "not_authenticated".to_owned()));
    }
}
