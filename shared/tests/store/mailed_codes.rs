//! Codes by e-mail that sign in. What their records have in common with those of phones is in `sms_codes`.

use std::sync::Arc;

use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::clock::{Seconds, Timestamp};
use shared::code::digits::Code;
use shared::code::mailed::{LIFETIME, Owner};
use shared::code::sms::{COOLDOWN, GUESSES, NotNow, REMEMBERED};
use shared::id::Epoch;
use shared::session::device::Device;
use shared::session::{Session, Transport};
use shared::store::{
    FirstProof, MailedCodeGuess, MailedCodeIssue, MailedCodeProof, NotIssued, NotProven, NotSpent, Reach, Registration,
    Withdrawal,
};
use shared::user::User;

use crate::world::{NOW, World, app, email, session};

const ADA: &str = "ada@example.com";
const RIGHT: &str = "012345";
const WRONG: &str = "000000";
const HOME: &str = "192.0.2.1";
const AWAY: &str = "203.0.113.66";

/// A world in which Ada has an account, and has proven her address.
async fn world() -> (World, Registration) {
    let world = World::new();
    let ada = world.registration(ADA);
    world.store.register(&app("demo"), &ada, &world.nonce(), NOW).await.expect("registers");
    assert!(world.store.prove_by_word(&app("demo"), &ada.user, &email(ADA), NOW).await.expect("answers"));
    (world, ada)
}

fn owner(user: &User) -> Owner {
    Owner { user: user.id, epoch: user.epoch }
}

async fn issue(world: &World, owner: Option<Owner>, code: &str, at: Timestamp) -> Result<(), NotIssued> {
    let (app, email) = (app("demo"), email(ADA));
    let issue = MailedCodeIssue { app: &app, email: &email, owner, source: HOME, nonce: world.nonce(), now: at };
    let seen = world.store.mailed_code_record(&app, &email, at).await?;
    world.store.put_mailed_code(&issue, &Code::read(code).expect("six digits"), seen).await.map(drop)
}

async fn guess_from(world: &World, source: &str, code: &str, now: Timestamp) -> Result<MailedCodeProof, NotProven> {
    let guess = MailedCodeGuess { app: &app("demo"), email: &email(ADA), source, now };
    world.store.guess_mailed_code(&guess, &Code::read(code).expect("six digits")).await.map(|(proof, _)| proof)
}

async fn guess(world: &World, code: &str, at: Timestamp) -> Result<MailedCodeProof, NotProven> {
    guess_from(world, HOME, code, at).await
}

async fn enter(world: &World, user: &User, proof: &MailedCodeProof, at: Timestamp) -> Result<Session, NotSpent> {
    let back = Session::open(user.id, user.epoch, Transport::App, Device::default(), &world.random, at);
    let opening = back.clone().into();
    let spent = world.store.spend_mailed_code(&app("demo"), proof, Some(&opening), &world.nonce(), at).await;
    spent.map(|()| back)
}

#[tokio::test]
async fn a_right_code_opens_one_session_and_is_then_as_if_it_had_never_been() {
    let (world, ada) = world().await;
    assert!(matches!(guess(&world, RIGHT, NOW).await, Err(NotProven::NoCode)));
    issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
    let proof = guess(&world, RIGHT, NOW).await.expect("right");
    let session = enter(&world, &ada.user, &proof, NOW).await.expect("enters");
    assert!(world.is_signed_in(&session, NOW).await);
    assert!(matches!(enter(&world, &ada.user, &proof, NOW).await, Err(NotSpent::Gone)));
    assert!(matches!(guess(&world, RIGHT, NOW).await, Err(NotProven::NoCode)));
}

#[tokio::test]
async fn a_code_dies_after_ten_minutes_and_is_forgotten_after_a_day() {
    let (world, ada) = world().await;
    issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
    let at = |age: Seconds| guess(&world, RIGHT, NOW.plus(age));
    let proof = at(Seconds(LIFETIME.0 - 1)).await.expect("right");
    assert!(matches!(at(LIFETIME).await, Err(NotProven::Expired)));
    assert!(matches!(enter(&world, &ada.user, &proof, NOW.plus(LIFETIME)).await, Err(NotSpent::Gone)));
    assert!(matches!(at(Seconds(REMEMBERED.0 - 1)).await, Err(NotProven::Expired)));
    assert!(matches!(at(REMEMBERED).await, Err(NotProven::NoCode)));
    enter(&world, &ada.user, &proof, NOW.plus(Seconds(LIFETIME.0 - 1))).await.expect("in time");
}

#[tokio::test]
async fn a_code_of_another_epoch_or_of_nobody_is_wrong() {
    let (world, ada) = world().await;
    let later = Owner { epoch: Epoch(ada.user.epoch.0 + 1), ..owner(&ada.user) };
    let other = Owner { user: User::new(&world.random, NOW).id, ..owner(&ada.user) };
    for (minute, owner) in [Some(later), Some(other), None].into_iter().enumerate() {
        let at = NOW.plus(Seconds(COOLDOWN.0 * i64::try_from(minute).expect("few")));
        issue(&world, owner, RIGHT, at).await.expect("issues");
        assert!(matches!(guess(&world, RIGHT, at).await, Err(NotProven::Wrong)), "{owner:?}");
    }
}

#[tokio::test]
async fn of_an_address_that_nobody_has_every_code_is_wrong_and_tries_are_counted() {
    let world = World::new();
    issue(&world, None, RIGHT, NOW).await.expect("issues");
    for _ in 0..GUESSES {
        assert!(matches!(guess(&world, RIGHT, NOW).await, Err(NotProven::Wrong)));
    }
    assert!(matches!(guess(&world, RIGHT, NOW).await, Err(NotProven::Expired)));
}

#[tokio::test]
async fn a_new_code_waits_a_minute_and_buys_no_tries() {
    let (world, ada) = world().await;
    issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
    for _ in 0..GUESSES - 1 {
        assert!(matches!(guess(&world, WRONG, NOW).await, Err(NotProven::Wrong)));
    }
    let early = issue(&world, Some(owner(&ada.user)), RIGHT, NOW.plus(Seconds(COOLDOWN.0 - 1))).await;
    assert!(matches!(early, Err(NotIssued::NotNow(NotNow::Cooling))), "{early:?}");
    let later = NOW.plus(COOLDOWN);
    issue(&world, Some(owner(&ada.user)), RIGHT, later).await.expect("issues");
    assert!(matches!(guess(&world, WRONG, later).await, Err(NotProven::Wrong)));
    assert!(matches!(guess(&world, RIGHT, later).await, Err(NotProven::Expired)));
}

#[tokio::test]
async fn a_stranger_who_guesses_leaves_the_tries_of_whoever_asked() {
    let (world, ada) = world().await;
    issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
    for _ in 0..GUESSES {
        assert!(matches!(guess_from(&world, AWAY, WRONG, NOW).await, Err(NotProven::Wrong)));
    }
    assert!(matches!(guess_from(&world, AWAY, RIGHT, NOW).await, Err(NotProven::Expired)));
    guess(&world, RIGHT, NOW).await.expect("right");
}

#[tokio::test]
async fn a_code_that_was_not_mailed_gives_back_the_one_that_it_replaced() {
    let (world, ada) = world().await;
    issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
    let (demo, address, later) = (app("demo"), email(ADA), NOW.plus(COOLDOWN));
    let (owner, nonce) = (Some(owner(&ada.user)), world.nonce());
    let ours = MailedCodeIssue { app: &demo, email: &address, owner, source: AWAY, nonce, now: later };
    let seen = world.store.mailed_code_record(&demo, &address, later).await.expect("answers");
    let code = Code::read("111111").expect("six digits");
    let before = world.store.put_mailed_code(&ours, &code, seen).await.expect("issues");
    world.store.withdraw_mailed_code(&ours, &before, Withdrawal::Unsent).await.expect("withdraws");
    assert!(matches!(guess(&world, "111111", later).await, Err(NotProven::Wrong)));
    guess(&world, RIGHT, later).await.expect("right");
}

#[tokio::test]
async fn of_fifty_who_spend_one_code_at_once_one_is_let_in() {
    let (world, ada) = world().await;
    let (world, ada) = (Arc::new(world), Arc::new(ada));
    issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
    let proof = guess(&world, RIGHT, NOW).await.expect("right");
    let racers = (0..50).map(|_| {
        let (world, ada, proof) = (world.clone(), ada.clone(), proof.clone());
        tokio::spawn(async move { enter(&world, &ada.user, &proof, NOW).await })
    });
    let mut entered = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.expect("no panic") {
            Ok(_) => entered += 1,
            Err(NotSpent::Gone) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(entered, 1);
}

#[tokio::test]
async fn every_verb_survives_any_single_fault_and_a_lost_answer_is_no_false_refusal() {
    for fault in
        [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::AnswerLost, Fault::Garbage, Fault::Conflict]
    {
        let (world, ada) = world().await;
        let once = |operation: &str| world.faults.inject(fault.clone(), On::operation(operation), Times::Once);
        once("UpdateItem");
        let issued = issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await;
        issued.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        once("UpdateItem");
        let proof = guess(&world, RIGHT, NOW).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        once("TransactWriteItems");
        enter(&world, &ada.user, &proof, NOW).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
    }
}

/// Somebody who signed up with an address that they have not proven.
async fn unproven() -> (World, Registration) {
    let world = World::new();
    let mut ada = world.registration(ADA);
    ada.user.username = Some("ada".parse().expect("a username"));
    world.store.register(&app("demo"), &ada, &world.nonce(), NOW).await.expect("registers");
    (world, ada)
}

async fn first_proof(world: &World, user: &User) -> Option<FirstProof> {
    match world.store.reach_by_mail(&app("demo"), user.id, &email(ADA)).await.expect("answers") {
        Reach::First(first) => Some(*first),
        Reach::Nobody | Reach::Proven => None,
    }
}

/// Takes the account over, with a session of the next epoch.
async fn take_over(world: &World, first: &FirstProof, proof: &MailedCodeProof) -> Result<Session, NotSpent> {
    let (user, epoch) = (first.user.id, first.user.epoch.next());
    let back = Session::open(user, epoch, Transport::App, Device::default(), &world.random, NOW);
    let (opening, nonce) = (back.clone().into(), world.nonce());
    let taken = world.store.take_over_by_mailed_code(&app("demo"), (proof, first), Some(&opening), &nonce, NOW).await;
    taken.map(|()| back)
}

#[tokio::test]
async fn the_first_proof_of_an_address_leaves_its_user_no_password_and_no_session_of_before() {
    let (world, ada) = unproven().await;
    issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
    let proof = guess(&world, RIGHT, NOW).await.expect("right");
    let first = first_proof(&world, &ada.user).await.expect("nobody has proven it");
    let taken = take_over(&world, &first, &proof).await.expect("takes over");
    assert!(world.is_signed_in(&taken, NOW).await && !world.is_signed_in(session(&ada), NOW).await);
    for handle in ada.user.handles() {
        let identity = world.store.identity(&app("demo"), &handle, NOW).await.expect("answers").expect("somebody");
        let left = (identity.password.is_some(), identity.proven, identity.epoch);
        assert_eq!(left, (false, true, ada.user.epoch.next()), "{handle:?}");
    }
    let now = world.store.reach_by_mail(&app("demo"), ada.user.id, &email(ADA)).await.expect("answers");
    assert!(matches!(now, Reach::Proven), "{now:?}");
    assert!(matches!(take_over(&world, &first, &proof).await, Err(NotSpent::Gone)));
}

/// What is given to a user between the look and the write would stay with whoever gave it.
#[tokio::test]
async fn a_user_who_is_given_something_meanwhile_is_not_taken_over() {
    let (demo, address) = (app("demo"), email(ADA));
    for change in ["ADD passkeys :one, made :one", "ADD made :one", "ADD epoch :one", "SET totp = :bytes", "proven"] {
        let (world, ada) = unproven().await;
        issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
        let proof = guess(&world, RIGHT, NOW).await.expect("right");
        let first = first_proof(&world, &ada.user).await.expect("nobody has proven it");
        if change == "proven" {
            assert!(world.store.prove_by_word(&demo, &ada.user, &address, NOW).await.expect("answers"));
        } else {
            let value =
                if change.contains(":one") { json!({":one": {"N": "1"}}) } else { json!({":bytes": {"B": "AAAA"}}) };
            let update = json!({
                "TableName": "core", "UpdateExpression": change, "ExpressionAttributeValues": value,
                "Key": {"pk": {"S": format!("U#demo#{}", ada.user.id)}, "sk": {"S": "USER"}},
            });
            world.raw("UpdateItem", &update);
        }
        assert!(matches!(take_over(&world, &first, &proof).await, Err(NotSpent::Gone)), "{change}");
        let identity = world.identity(ADA).await.expect("somebody");
        assert!(identity.password.is_some(), "{change}");
    }
}

#[tokio::test]
async fn nobody_is_reached_at_an_address_that_is_not_proven_if_they_have_another_way_in() {
    let (world, ada) = unproven().await;
    let (demo, address) = (app("demo"), email(ADA));
    let key = json!({"pk": {"S": format!("U#demo#{}", ada.user.id)}, "sk": {"S": "USER"}});
    let set = |expression: &str, value: serde_json::Value| {
        let mut update = json!({"TableName": "core", "Key": key, "UpdateExpression": expression});
        if !value.is_null() {
            update["ExpressionAttributeValues"] = json!({":v": value});
        }
        world.raw("UpdateItem", &update);
    };
    for (name, value) in [
        ("totp", json!({"B": "AAAA"})),
        ("phone", json!({"S": "+8613800138000"})),
        ("passkeys", json!({"N": "1"})),
        ("disabled", json!({"BOOL": true})),
    ] {
        assert!(first_proof(&world, &ada.user).await.is_some(), "{name}");
        set(&format!("SET {name} = :v"), value);
        let reach = world.store.reach_by_mail(&demo, ada.user.id, &address).await.expect("answers");
        assert!(matches!(reach, Reach::Nobody), "{name}: {reach:?}");
        set(&format!("REMOVE {name}"), serde_json::Value::Null);
    }
    let other = world.store.reach_by_mail(&demo, ada.user.id, &email("eve@example.com")).await.expect("answers");
    assert!(matches!(other, Reach::Nobody), "an address that is not the user's: {other:?}");
}

#[tokio::test]
async fn taking_an_account_over_survives_any_single_fault() {
    for fault in
        [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::AnswerLost, Fault::Garbage, Fault::Conflict]
    {
        let (world, ada) = unproven().await;
        issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
        let proof = guess(&world, RIGHT, NOW).await.expect("right");
        let first = first_proof(&world, &ada.user).await.expect("nobody has proven it");
        world.faults.inject(fault.clone(), On::operation("TransactWriteItems"), Times::Once);
        let taken = take_over(&world, &first, &proof).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(world.is_signed_in(&taken, NOW).await, "{fault:?}");
    }
}

#[tokio::test]
async fn a_deleted_user_takes_the_code_and_the_places_along_but_not_the_counts() {
    let (world, ada) = world().await;
    issue(&world, Some(owner(&ada.user)), RIGHT, NOW).await.expect("issues");
    let proof = guess(&world, RIGHT, NOW).await.expect("right");
    enter(&world, &ada.user, &proof, NOW).await.expect("enters");
    let later = NOW.plus(COOLDOWN);
    issue(&world, Some(owner(&ada.user)), RIGHT, later).await.expect("issues");
    assert!(matches!(guess(&world, WRONG, later).await, Err(NotProven::Wrong)));
    let (demo, address) = (app("demo"), email(ADA));
    let record = || world.store.mailed_code_record(&demo, &address, later);
    assert_eq!(record().await.expect("answers").places.len(), 1);
    let user = world.store.user(&demo, ada.user.id).await.expect("answers").expect("a user");
    assert!(world.store.delete_user(&demo, &user, &session(&ada).id, later).await.expect("deletes"));
    assert!(matches!(guess(&world, RIGHT, later).await, Err(NotProven::NoCode)));
    let record = record().await.expect("answers");
    assert_eq!((record.places, record.guesses.of_place.len()), (Vec::new(), 1));
}
