//! `docs/api/account.md#refresh`.

use futures_util::future::join_all;
use local::faults::{Fault, On, Times};
use shared::clock::Seconds;

use crate::world::{ADA, ADAS_MAIL, Call, World, account, assert_unauthorized, bearer, json_body, tokens};
use account::{Refresh, Register};

#[tokio::test]
async fn a_client_is_signed_in_for_weeks_as_long_as_it_comes_back() {
    let world = World::with_ada().await;
    let mut kept = world.sign_in(ADA).await;
    for _ in 0..24 {
        world.clock.advance(Seconds::days(1));
        assert!(!world.is_signed_in(&kept.access).await, "the hour is over");
        kept = tokens(&world.refresh(&kept.refresh).await);
        assert!(world.is_signed_in(&kept.access).await);
    }
    world.clock.advance(Seconds::days(7));
    assert_unauthorized(&world.refresh(&kept.refresh).await);
}

#[tokio::test]
async fn fifty_at_once_are_all_given_the_same_successor() {
    let world = World::with_ada().await;
    let first = world.sign_in(ADA).await;
    let answers = join_all((0..50).map(|_| world.call::<Refresh>(bearer(&first.refresh)))).await;
    let pairs: Vec<_> = answers.iter().map(tokens).collect();
    assert!(pairs.iter().all(|pair| *pair == pairs[0]) && pairs[0].refresh != first.refresh);
    // A proxy repeats it within the minute.
    world.clock.advance(Seconds(59));
    assert_eq!(tokens(&world.refresh(&first.refresh).await).refresh, pairs[0].refresh);
    tokens(&world.refresh(&pairs[17].refresh).await);
}

#[tokio::test]
async fn a_head_retires_nothing_because_its_answer_holds_no_successor() {
    let world = World::with_ada().await;
    let first = world.sign_in(ADA).await;
    assert_eq!(world.call::<Refresh>(bearer(&first.refresh).head()).await.status, 200);
    world.clock.advance(Seconds::hours(1));
    let second = tokens(&world.refresh(&first.refresh).await);
    assert_ne!(second.refresh, first.refresh);
    world.clock.advance(Seconds(61));
    assert_unauthorized(&world.refresh(&first.refresh).await);
}

#[tokio::test]
async fn somebody_who_comes_too_late_with_an_old_token_ends_the_session_for_both() {
    let world = World::with_ada().await;
    let first = world.sign_in(ADA).await;
    let second = tokens(&world.refresh(&first.refresh).await);
    world.clock.advance(Seconds(61));
    assert_unauthorized(&world.refresh(&first.refresh).await);
    assert!(!world.is_signed_in(&second.access).await);
    assert_unauthorized(&world.refresh(&second.refresh).await);
}

#[tokio::test]
async fn an_access_token_is_forbidden_here_and_anything_else_is_no_token() {
    let world = World::with_ada().await;
    let kept = world.sign_in(ADA).await;
    let forbidden = world.refresh(&kept.access).await;
    assert_eq!((forbidden.status, forbidden.body.as_str()), (403, ""));
    let key = world.make_app("shop").await.key;
    let (_, unnamed) = kept.refresh.split_once('.').expect("an app");
    for call in [
        Call::empty(),
        Call::empty().header("authorization", ""),
        Call::empty().header("authorization", &kept.refresh),
        bearer(""),
        bearer("nonsense"),
        bearer(unnamed),
        bearer(&format!("shop.{unnamed}")),
        bearer(&format!("nobodys.{unnamed}")),
        bearer(key.as_str()),
        bearer(&format!("{}A", kept.refresh)),
        bearer(&format!("{}A", kept.access)),
    ] {
        assert_unauthorized(&world.call::<Refresh>(call).await);
    }
    world.clock.advance(Seconds::minutes(60));
    assert_unauthorized(&world.refresh(&kept.access).await);
    tokens(&world.refresh(&kept.refresh).await);
}

#[tokio::test]
async fn a_limit_that_is_met_after_the_rotation_strands_nobody() {
    let world = World::configured(&[("RATE_LIMIT_DEFAULT", "3")]).await;
    assert_eq!(world.call::<Register>(json_body(account(ADA, ADAS_MAIL))).await.status, 200);
    let first = world.sign_in(ADA).await;
    let second = tokens(&world.refresh(&first.refresh).await);
    let limited = world.refresh(&second.refresh).await;
    crate::world::assert_line(&limited, 429, "Too many requests. Try again later.");
    world.clock.advance(Seconds::hours(2));
    tokens(&world.refresh(&second.refresh).await);
}

/// A refresh that was answered with 503 retired nothing, however late the client comes back. Older tokens are still caught.
#[tokio::test]
async fn an_outage_of_the_store_signs_nobody_out_after_the_minute() {
    for (operation, away) in [("UpdateItem", Seconds(61)), ("GetItem", Seconds(61)), ("GetItem", Seconds::days(1))] {
        let world = World::with_ada().await;
        let first = world.sign_in(ADA).await;
        world.dynamodb.inject(Fault::AnswerLost, On::operation(operation), Times::Forever);
        assert_eq!(world.refresh(&first.refresh).await.status, 503, "{operation}");
        world.dynamodb.heal();
        world.clock.advance(away);
        let second = tokens(&world.refresh(&first.refresh).await);
        world.clock.advance(Seconds(61));
        assert_unauthorized(&world.refresh(&first.refresh).await);
        assert_unauthorized(&world.refresh(&second.refresh).await);
    }
}
