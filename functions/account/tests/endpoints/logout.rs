//! `docs/api/account.md#log-out`.

use account::{Login, Logout};
use local::faults::{Fault, On, Times};
use runtime::Answer;
use serde_json::json;
use shared::id::Epoch;
use shared::session::device::Device;
use shared::session::{Bearer, Opening, Session, Transport};
use shared::store::NotStanding;
use shared::token::InvalidToken;

use crate::world::{ADA, Call, World, bearer, json_body};

#[track_caller]
fn assert_left(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), (None, Some("no-store")));
}

#[tokio::test]
async fn either_token_ends_its_session_and_no_other() {
    let world = World::with_ada().await;
    let kept = world.sign_in(ADA).await;
    for which in 0..2 {
        let left = world.sign_in(ADA).await;
        assert_left(&world.call::<Logout>(bearer([&left.access, &left.refresh][which])).await);
        assert!(!world.is_signed_in(&left.access).await);
        assert_eq!(world.refresh(&left.refresh).await.status, 401);
    }
    assert!(world.is_signed_in(&kept.access).await);
}

#[tokio::test]
async fn a_body_of_any_length_is_not_looked_at() {
    let world = World::with_ada().await;
    let tokens = world.sign_in(ADA).await;
    assert_left(&world.call::<Logout>(bearer(&tokens.access).text(&"x".repeat(64 * 1024 + 1))).await);
    assert!(!world.is_signed_in(&tokens.access).await, "the session has ended");
}

#[tokio::test]
async fn a_token_of_another_api_ends_nothing() {
    let world = World::with_ada().await;
    let (app, now) = ("default".parse().expect("an app id"), world.clock.now());
    let named = account::tokens::read_access(&world.ctx.at(world.ctx.now()), &world.sign_in(ADA).await.access).await;
    let user = named.expect("ours").1.user;
    let session =
        Session::open(user, Epoch::default(), Transport::Browser, Device::new("", None), &world.ctx.random, now);
    let (opening, refresh) = Opening::refreshable(session, &world.ctx.random);
    world.ctx.store.open_session(&app, &opening).await.expect("opens");
    let refresh = refresh.write(&app, &world.ctx.store.ring(now).await.expect("a ring"));
    assert_left(&world.call::<Logout>(bearer(&format!("default.{}", refresh.expose()))).await);
    let bearer = Bearer { user, session: opening.session.id };
    let standing = world.ctx.store.standing(&app, &bearer, Transport::Browser, now).await;
    assert!(standing.is_ok(), "a session in cookies was ended by a token of the Account API's form: {standing:?}");
}

#[tokio::test]
async fn it_is_200_and_empty_in_every_case() {
    let world = World::with_ada().await;
    let tokens = world.sign_in(ADA).await;
    let key = world.make_app("shop").await.key;
    for authorization in ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic eDp5", key.as_str(), "Bearer default.x"] {
        assert_left(&world.call::<Logout>(Call::empty().header("authorization", authorization)).await);
    }
    assert_left(&world.call::<Logout>(Call::empty()).await);
    assert_left(&world.call::<Logout>(bearer(&tokens.access).text("not json").header("content-type", "text/x")).await);
    assert_left(&world.call::<Logout>(bearer(&tokens.access)).await);
}

#[tokio::test]
async fn it_is_200_while_the_store_is_down_and_no_session_is_said_to_have_ended_in_the_log_only() {
    let world = World::with_ada().await;
    let tokens = world.sign_in(ADA).await;
    world.dynamodb.inject(Fault::Throttle, On::any(), Times::Forever);
    assert_left(&world.call::<Logout>(bearer(&tokens.refresh)).await);
    world.dynamodb.heal();
    assert!(world.is_signed_in(&tokens.access).await);
    world.dynamodb.inject(Fault::AnswerLost, On::any(), Times::Once);
    assert_left(&world.call::<Logout>(bearer(&tokens.refresh)).await);
    assert!(!world.is_signed_in(&tokens.access).await);
}

#[tokio::test]
async fn somebody_whom_the_limit_refuses_everything_else_still_leaves() {
    let world = World::configured(&[("RATE_LIMIT_DEFAULT", "2")]).await;
    let account = crate::world::account(ADA, "ada@example.com");
    assert_eq!(world.call::<account::Register>(json_body(account)).await.status, 200);
    let tokens = world.sign_in(ADA).await;
    let refused = world.call::<Login>(json_body(json!({"username": ADA, "password": "x"}))).await;
    crate::world::assert_line(&refused, 429, "Too many requests. Try again later.");
    assert!(refused.header("retry-after").is_some());
    assert_left(&world.call::<Logout>(bearer(&tokens.access)).await);
    let at = world.ctx.at(world.ctx.now());
    let (app, bearer) = account::tokens::read_access(&at, &tokens.access).await.expect("ours");
    let standing = at.store.standing(&app.id, &bearer, Transport::Account, at.now).await;
    assert_eq!(standing, Err(NotStanding::Invalid(InvalidToken::SessionEnded)));
}
