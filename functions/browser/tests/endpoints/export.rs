//! `docs/api/browser.md#my-data`.

use browser::account::Export;
use serde_json::json;
use shared::audit::Author;
use shared::clock::Seconds;
use shared::oauth::memento::{Memento, MementoName};
use shared::random::Random;
use shared::session::recent::RECENT;

use crate::passkeys::add;
use crate::world::{ADA, Call, PASSWORD, World, body, refusal};

#[tokio::test]
async fn the_file_holds_what_is_stored_of_the_caller_and_nothing_that_opens_anything() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let code = world.code(ADA);
    add(&world, &browser).await;
    let held = world.set_up_factor("default", ADA).await;
    world.write_trail().await;
    let answer = world.call::<Export>(browser.call()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"my-data.json\""));
    let data = body(&answer);
    assert_eq!((&data["account"]["email"], &data["app"]["id"]), (&json!(ADA), &json!("default")));
    assert_eq!(data["second_factor"], json!({"recovery_codes": held.recovery.len()}));
    assert_eq!(data["passkeys"].as_array().map(Vec::len), Some(1));
    let sessions = data["sessions"].as_array().expect("a list");
    assert_eq!((sessions.len(), &sessions[0]["signed_in_by"]), (1, &json!(["pwd"])));
    assert_eq!(
        [&data["connected_apps"], &data["mementos"], &data["more_after"]],
        [&json!([]), &json!([]), &json!(null)]
    );
    let acts: Vec<_> = data["activity"].as_array().expect("a list").iter().map(|entry| entry["act"].as_str()).collect();
    assert!(["user_created", "session_opened", "factor_added"].iter().all(|act| acts.contains(&Some(act))), "{acts:?}");
    let mut secrets = vec![PASSWORD.to_owned(), code];
    secrets.extend(["access_token", "refresh_token"].map(|name| browser.cookie(name).expect("a cookie")));
    secrets.extend(held.recovery);
    for secret in secrets.iter().map(String::as_str).chain(["argon2", "$scrypt", "epoch"]) {
        assert!(!answer.body.contains(secret), "`{secret}` in {}", answer.body);
    }
}

#[tokio::test]
async fn it_wants_a_sign_in_of_the_last_ten_minutes() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.clock.advance(Seconds(RECENT.0 - 1));
    assert_eq!(world.call::<Export>(browser.call()).await.status, 200);
    world.clock.advance(Seconds(1));
    let late = world.call::<Export>(browser.call()).await;
    assert_eq!(refusal(&late), (403, "confirmation_required".to_owned()));
}

#[tokio::test]
async fn nobody_else_is_shown_it() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let bob = world.sign_up("bob@example.com").await;
    assert_eq!(world.call::<Export>(Call::empty()).await.status, 401);
    let answer = world.call::<Export>(bob.call()).await;
    assert!(answer.status == 200 && !answer.body.contains(ADA), "{}", answer.body);
}

#[tokio::test]
async fn an_operator_is_not_named_in_it() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let user = body(&world.call::<Export>(browser.call()).await)["account"]["id"].as_str().expect("an id").parse();
    let operator = world.ctx.store.on_behalf_of(Author::operator("arn:aws:iam::1:user/grace"));
    let (app, role) = ("default".parse().expect("an app id"), "editor".parse().expect("a role"));
    operator.give_role(&app, user.expect("a user's id"), &role).await.expect("given");
    world.write_trail().await;
    let answer = world.call::<Export>(browser.call()).await;
    let data = body(&answer);
    let given = data["activity"].as_array().expect("a list").iter().find(|entry| entry["act"] == "role_given");
    assert_eq!(given.expect("it is told")["who"], "operator");
    assert!(!answer.body.contains("grace"), "{}", answer.body);
}

#[tokio::test]
async fn the_mementos_that_a_file_has_no_room_for_are_asked_for_by_the_last_of_it() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let (app, now, random) = ("default".parse().expect("an app id"), world.clock.now(), Random::system());
    let account = body(&world.call::<Export>(browser.call()).await);
    let user = account["account"]["id"].as_str().expect("an id").parse().expect("a user's id");
    let ring = world.ctx.store.ring(now).await.expect("a ring");
    for name in ["One", "Two", "Three"] {
        let name = MementoName::read(name).expect("a name");
        let memento = Memento::new(name, user, &app, &ring, &random, now);
        world.ctx.store.create_memento(&app, user, &memento).await.expect("created");
    }
    let ids = async |call| {
        let data = body(&world.call::<Export>(call).await);
        let ids = data["mementos"].as_array().expect("a list").iter().map(|memento| memento["id"].clone());
        (ids.collect::<Vec<_>>(), data["more_after"].clone())
    };
    let (all, more) = ids(browser.call()).await;
    assert_eq!((all.len(), more), (3, json!(null)));
    let first = all[0].as_str().expect("an id");
    assert_eq!(ids(browser.call().query("after", first)).await.0, all[1..]);
}
