//! `docs/api/account.md#register`.

use account::Register;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{ADA, ADAS_MAIL, PASSWORD, World, account, assert_line, assert_success, digest_of, json_body};

const USERNAME_TAKEN: &str = "Username already exists.";
const EMAIL_TAKEN: &str = "Email already exists.";

async fn refused(world: &World, body: Value, line: &str) {
    let answer = world.call::<Register>(json_body(body)).await;
    assert_line(&answer, 400, line);
}

#[tokio::test]
async fn somebody_who_registers_goes_to_sign_in() {
    let world = World::with_ada().await;
    world.sign_in(ADA).await;
    assert!(world.outbox.messages().is_empty());
}

#[tokio::test]
async fn taken_names_are_told_before_anything_that_cannot_be_one_in_the_documented_order() {
    let world = World::with_ada().await;
    let body = |username: &str, password: &str, email: &str| json!({"username": username, "password": password, "email": email});
    let digest = digest_of(PASSWORD);
    let long = format!("{}@example.com", "a".repeat(50));
    for (taken, free) in [("ada_1815", "grace"), (ADA, "x")] {
        refused(&world, body(taken, &digest, ADAS_MAIL), USERNAME_TAKEN).await;
        refused(&world, body(taken, "plain", "no address"), USERNAME_TAKEN).await;
        refused(&world, body(free, &digest, "ADA@example.com"), EMAIL_TAKEN).await;
        refused(&world, body(free, "plain", ADAS_MAIL), EMAIL_TAKEN).await;
    }
    refused(&world, body("not-one", "plain", ADAS_MAIL), EMAIL_TAKEN).await;
    refused(&world, body("not-one", "plain", "no address"), "Invalid username").await;
    refused(&world, body("grace", "plain", "no address"), "Invalid password").await;
    refused(&world, body("grace", &digest.to_uppercase(), &long), "Invalid password").await;
    refused(&world, body("grace", &digest, "no address"), "Invalid email").await;
    refused(&world, body("grace", &digest, &long), "Invalid email").await;
    for username in ["a b", "a-b", "é", &"a".repeat(21), " grace", "grace@example.com"] {
        refused(&world, body(username, &digest, "grace@example.com"), "Invalid username").await;
    }
    let fifty = format!("{}@example.com", "a".repeat(38));
    assert_success(&world.call::<Register>(json_body(body(&"a".repeat(20), &digest, &fifty))).await);
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_name_and_the_others_leave_nothing_behind() {
    let world = World::new().await;
    let answers = join_all(
        (0..20)
            .map(|number| world.call::<Register>(json_body(account("grace", &format!("grace{number}@example.com"))))),
    )
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_line(answer, 400, USERNAME_TAKEN);
    }
    let mut registered = 0;
    for number in 0..20 {
        registered += u16::from(world.login(&format!("grace{number}@example.com"), PASSWORD).await.status == 200);
    }
    assert_eq!(registered, 1);
}
