//! `docs/api/account.md#change-the-password`.

use account::ChangePassword;
use local::faults::{Fault, On, Times};
use runtime::Answer;
use serde_json::json;
use shared::clock::Seconds;
use shared::language::Language;
use shared::when;

use crate::world::{
    ADA, ADAS_MAIL, PASSWORD, World, assert_line, assert_success, assert_unauthorized, digest_of, json_body, tokens,
};

async fn change(world: &World, token: &str, old: &str, new: &str) -> Answer {
    let body = json_body(json!({"oldPassword": old, "newPassword": new}));
    world.call::<ChangePassword>(body.header("authorization", &format!("Bearer {token}"))).await
}

#[tokio::test]
async fn the_callers_session_stays_and_every_other_ends() {
    let world = World::with_ada().await;
    let (caller, other) = (world.sign_in(ADA).await, world.sign_in(ADA).await);
    let mailed = world.reset_token(ADAS_MAIL).await;
    assert_success(&change(&world, &caller.access, &digest_of(PASSWORD), &digest_of("another")).await);
    assert!(world.is_signed_in(&caller.access).await);
    let again = tokens(&world.refresh(&caller.refresh).await);
    assert!(world.is_signed_in(&again.access).await);
    assert!(!world.is_signed_in(&other.access).await);
    assert_unauthorized(&world.refresh(&other.refresh).await);
    assert_eq!(
        world.call::<account::Certificate>(crate::world::Call::empty().query("token", &mailed)).await.status,
        400
    );
    for login in [ADA, ADAS_MAIL] {
        assert_eq!(world.login(login, PASSWORD).await.status, 401);
        assert_eq!(world.login(login, "another").await.status, 200);
    }
}

#[tokio::test]
async fn a_change_that_was_not_answered_is_answered_by_a_plain_retry_and_counts_as_no_wrong_password() {
    for fault in [Fault::AnswerLost, Fault::AnswerGarbled] {
        let world = World::with_ada().await;
        let (token, other) = (world.sign_in(ADA).await.access, world.sign_in(ADA).await.access);
        let told = world.mails(ADAS_MAIL).len();
        let (old, new) = (digest_of(PASSWORD), digest_of("another"));
        world.dynamodb.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Forever);
        assert_eq!(change(&world, &token, &old, &new).await.status, 503, "{fault:?}");
        world.dynamodb.heal();
        assert_unauthorized(&change(&world, &other, &old, &new).await);
        for _ in 0..12 {
            assert_success(&change(&world, &token, &old, &new).await);
        }
        assert!(world.mails(ADAS_MAIL).len() > told, "{fault:?}: the user is told");
        assert_eq!(world.login(ADA, "another").await.status, 200, "{fault:?}");
        // To another password it is a change as any other.
        assert_line(&change(&world, &token, &old, &digest_of("third")).await, 400, "Invalid old password.");
        world.clock.advance(Seconds::minutes(10));
        assert_line(&change(&world, &token, &old, &new).await, 400, "Invalid old password.");
    }
}

/// A stolen session is no way to look for the password by the field of the new one.
#[tokio::test]
async fn a_session_that_set_no_password_is_not_told_that_the_new_one_is_the_present_one() {
    let world = World::with_ada().await;
    let token = world.sign_in(ADA).await.access;
    let refused = change(&world, &token, &digest_of("wrong"), &digest_of(PASSWORD)).await;
    assert_line(&refused, 400, "Invalid old password.");
}

#[tokio::test]
async fn the_user_is_told_by_mail_when_and_roughly_from_where() {
    let world = World::with_ada().await;
    let token = world.sign_in(ADA).await.access;
    let before = world.mails(ADAS_MAIL).len();
    assert_eq!(change(&world, &token, &digest_of("wrong"), &digest_of("another")).await.status, 400);
    assert_eq!(world.mails(ADAS_MAIL).len(), before, "nothing was changed");
    assert_success(&change(&world, &token, &digest_of(PASSWORD), &digest_of("another")).await);
    let mail = world.mails(ADAS_MAIL).pop().expect("a mail").text.expect("a text");
    for said in [when::minute(world.clock.now(), Language::Chinese).as_str(), "192.0.2.*"] {
        assert!(mail.contains(said), "{mail}");
    }
    assert!(!mail.contains("http"), "a mail that people are to trust has no link to press: {mail}");
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_is_in_nobodys_way_and_somebody_who_changes_all_day_sends_few() {
    let world = World::with_ada().await;
    let token = world.sign_in(ADA).await.access;
    world.ses.inject(Fault::Drop, On::any(), Times::Forever);
    assert_success(&change(&world, &token, &digest_of(PASSWORD), &digest_of("0")).await);
    world.ses.heal();
    for number in 0..12 {
        let (old, new) = (digest_of(&number.to_string()), digest_of(&(number + 1).to_string()));
        assert_success(&change(&world, &token, &old, &new).await);
        world.clock.advance(Seconds(20));
    }
    assert_eq!(world.mails(ADAS_MAIL).len(), 4, "five at once, of which one was lost");
}

#[tokio::test]
async fn the_old_password_is_looked_at_before_the_new_one() {
    let world = World::with_ada().await;
    let token = world.sign_in(ADA).await.access;
    let (old, new) = (digest_of(PASSWORD), digest_of("another"));
    assert_line(&change(&world, &token, &digest_of("wrong"), "short").await, 400, "Invalid old password.");
    assert_line(&change(&world, &token, PASSWORD, &new).await, 400, "Invalid old password.");
    for refused in ["another", &new.to_uppercase(), &new[1..]] {
        assert_line(&change(&world, &token, &old, refused).await, 400, "Invalid new password.");
    }
    world.sign_in(ADA).await;
}

#[tokio::test]
async fn a_stolen_token_is_no_way_around_the_brake_on_guessing() {
    let world = World::with_ada().await;
    let token = world.sign_in(ADA).await.access;
    for _ in 0..5 {
        assert_eq!(change(&world, &token, &digest_of("guess"), &digest_of("mine")).await.status, 400);
    }
    assert_eq!(change(&world, &token, &digest_of(PASSWORD), &digest_of("mine")).await.status, 403);
    world.clock.advance(Seconds::minutes(5));
    assert_success(&change(&world, &token, &digest_of(PASSWORD), &digest_of("mine")).await);
}

#[tokio::test]
async fn without_a_good_access_token_nothing_is_changed() {
    let world = World::with_ada().await;
    let kept = world.sign_in(ADA).await;
    let (old, new) = (digest_of(PASSWORD), digest_of("another"));
    for token in ["", "nonsense", &kept.refresh] {
        assert_unauthorized(&change(&world, token, &old, &new).await);
    }
    world.clock.advance(Seconds::minutes(60));
    assert_unauthorized(&change(&world, &kept.access, &old, &new).await);
    world.sign_in(ADA).await;
}
