//! `docs/api/browser.md#account`, `#confirmation` and `#password`.

use browser::account::{Change, ChangePassword, Delete};
use browser::{ListSessions, SignIn};
use local::faults::{Fault, On, Times};
use runtime::Answer;
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::session::recent::RECENT;
use shared::user::lockout::FREE_FAILURES;

use crate::world::{ADA, Browser, Call, PASSWORD, World, body, refusal};

const ANOTHER: &str = "another-tractor-18";

/// The account, which a change of nothing shows.
pub(crate) async fn show(world: &World, browser: &Browser) -> Value {
    let answer = change(world, browser, json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    body(&answer)
}

async fn change(world: &World, browser: &Browser, changes: Value) -> Answer {
    world.call::<Change>(browser.call().json(&changes)).await
}

async fn set_password(world: &World, browser: &Browser, request: Value) -> Answer {
    world.call::<ChangePassword>(browser.call().json(&request)).await
}

async fn signs_in(world: &World, login: &str, password: &str) -> u16 {
    world.call::<SignIn>(Call::body(json!({"login": login, "password": password}))).await.status
}

/// Lets the sign-in be too long ago, and the access token be good.
fn grow_old(world: &World) {
    world.clock.advance(RECENT);
}

#[tokio::test]
async fn the_account_says_who_the_caller_is() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let account = show(&world, &browser).await;
    assert!(account["id"].as_str().is_some_and(|id| id.parse::<u64>().is_ok()), "{account}");
    let expected = json!({
        "id": account["id"], "username": null, "name": "Ada", "email": ADA, "email_verified": false,
        "phone": null, "phone_verified": false, "locale": null, "created": world.clock.now().rfc3339(),
    });
    assert_eq!(account, expected);
    let bearer = Call::empty().bearer(&browser.cookie("access_token").expect("a token"));
    assert_eq!(body(&world.call::<Change>(bearer.json(&json!({}))).await), account);
}

#[tokio::test]
async fn only_what_is_given_is_changed_and_what_is_null_is_taken_away() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let answer = change(&world, &browser, json!({"locale": "en-GB", "email": "x@example.com"})).await;
    assert_eq!((answer.status, &body(&answer)["locale"]), (200, &json!("en")), "{}", answer.body);
    let answer = change(&world, &browser, json!({"name": " Ada Lovelace ", "username": "Ada_1815"})).await;
    let account = show(&world, &browser).await;
    assert_eq!(body(&answer), account);
    for (member, value) in [("name", "Ada Lovelace"), ("username", "Ada_1815"), ("locale", "en"), ("email", ADA)] {
        assert_eq!(account[member], value);
    }
    change(&world, &browser, json!({"name": null, "locale": null})).await;
    let account = show(&world, &browser).await;
    assert_eq!((&account["name"], &account["locale"]), (&json!(""), &Value::Null));
}

#[tokio::test]
async fn what_cannot_be_a_value_is_named_and_nothing_is_changed() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let was = show(&world, &browser).await;
    let changes = json!({"name": "a\nb", "username": "a b", "locale": "fr", "password": 1});
    let answer = change(&world, &browser, changes).await;
    assert_eq!(refusal(&answer), (400, "invalid_fields".to_owned()));
    let mut named: Vec<_> = body(&answer)["errors"].as_object().expect("fields").keys().cloned().collect();
    named.sort();
    assert_eq!(named, ["locale", "name", "password", "username"]);
    for username in [json!(null), json!(""), json!(5)] {
        assert_eq!(change(&world, &browser, json!({"name": "B", "username": username})).await.status, 400);
    }
    assert_eq!(show(&world, &browser).await, was);
}

#[tokio::test]
async fn a_new_username_signs_in_with_the_same_password_and_the_former_is_free_at_once() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    assert_eq!(change(&world, &browser, json!({"username": "ada"})).await.status, 200);
    assert_eq!(signs_in(&world, "ADA", PASSWORD).await, 204);
    let elsewhere = world.sign_in(ADA).await;
    assert_eq!(change(&world, &browser, json!({"username": "countess"})).await.status, 200);
    assert_eq!((signs_in(&world, "countess", PASSWORD).await, signs_in(&world, "ada", PASSWORD).await), (204, 401));
    // What was issued before the change knows only the former handles.
    assert_eq!(world.call::<ListSessions>(elsewhere.call()).await.status, 401);
    assert_eq!(world.refresh(&browser).await.status, 204);
    let lin = world.sign_up("lin@example.com").await;
    assert_eq!(
        refusal(&change(&world, &lin, json!({"username": "Countess"})).await),
        (400, "username_taken".to_owned())
    );
    assert_eq!(change(&world, &lin, json!({"username": "ada"})).await.status, 200);
}

#[tokio::test]
async fn another_spelling_of_a_username_is_the_same_name_and_ends_no_session() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    change(&world, &browser, json!({"username": "ada"})).await;
    let elsewhere = world.sign_in("ada").await;
    assert_eq!(body(&change(&world, &browser, json!({"username": "ADA"})).await)["username"], "ADA");
    assert_eq!(show(&world, &elsewhere).await["username"], "ADA");
}

#[tokio::test]
async fn after_ten_minutes_a_password_confirms_and_a_refresh_does_not() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.clock.advance(Seconds(RECENT.0 - 1));
    assert_eq!(change(&world, &browser, json!({"username": "ada"})).await.status, 200);
    world.clock.advance(Seconds(1));
    assert_eq!(world.refresh(&browser).await.status, 204);
    let unconfirmed = (403, "confirmation_required".to_owned());
    assert_eq!(refusal(&change(&world, &browser, json!({"username": "eda"})).await), unconfirmed);
    assert_eq!(refusal(&set_password(&world, &browser, json!({"new_password": ANOTHER})).await), unconfirmed);
    assert_eq!(refusal(&world.call::<Delete>(browser.call()).await), unconfirmed);
    // A name is nothing to sign in by.
    assert_eq!(change(&world, &browser, json!({"name": "B"})).await.status, 200);
    assert_eq!(change(&world, &browser, json!({"username": "eda", "password": PASSWORD})).await.status, 200);
}

#[tokio::test]
async fn a_wrong_password_is_refused_however_recent_the_sign_in_is() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let answer = set_password(&world, &browser, json!({"new_password": ANOTHER, "password": "wrong-one"})).await;
    assert_eq!(refusal(&answer), (400, "wrong_password".to_owned()));
    assert!(body(&answer)["errors"]["password"].is_array(), "{}", answer.body);
    let leave = browser.call().json(&json!({"password": "wrong-one"}));
    assert_eq!(refusal(&world.call::<Delete>(leave).await).1, "wrong_password");
    assert_eq!(signs_in(&world, ADA, PASSWORD).await, 204);
}

#[tokio::test]
async fn fifty_guesses_at_once_are_not_fifty_guesses() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    grow_old(&world);
    let guess = |number: usize| {
        let password = if number == 49 { PASSWORD.to_owned() } else { format!("wrong-{number}") };
        world.call::<ChangePassword>(browser.call().json(&json!({"new_password": ANOTHER, "password": password})))
    };
    let answers = futures_util::future::join_all((0..50).map(guess)).await;
    // Fifty hashes at once may take longer than a request has: 503 tells nothing either.
    let compared = answers.iter().filter(|answer| answer.status == 400).count();
    assert!(compared <= FREE_FAILURES as usize, "{compared} were compared");
    assert!(answers.iter().all(|answer| [400, 429, 503].contains(&answer.status)));
    let rests = set_password(&world, &browser, json!({"new_password": ANOTHER, "password": PASSWORD})).await;
    assert!(rests.status == 429 && rests.header("retry-after").is_some(), "{}", rests.body);
}

#[tokio::test]
async fn a_change_that_was_not_answered_is_answered_by_a_plain_retry_and_counts_as_no_wrong_password() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    grow_old(&world);
    let asked = || set_password(&world, &browser, json!({"new_password": ANOTHER, "password": PASSWORD}));
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
    assert_eq!(asked().await.status, 503);
    world.dynamodb.heal();
    for _ in 0..12 {
        assert_eq!(asked().await.status, 204);
    }
    assert_eq!(signs_in(&world, ADA, ANOTHER).await, 204);
    // A session that set no password is told that it is wrong, whatever the new one is.
    let other = world.sign_up("bob@example.com").await;
    let guess = set_password(&world, &other, json!({"new_password": PASSWORD, "password": "wrong-one"})).await;
    assert_eq!(refusal(&guess), (400, "wrong_password".to_owned()));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_the_user_is_told() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let other = world.sign_in(ADA).await;
    let mails = world.mails(ADA).len();
    let answer = set_password(&world, &browser, json!({"new_password": ANOTHER, "password": PASSWORD})).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!((signs_in(&world, ADA, PASSWORD).await, signs_in(&world, ADA, ANOTHER).await), (401, 204));
    assert_eq!(world.call::<ListSessions>(other.call()).await.status, 401);
    assert_eq!(world.refresh(&browser).await.status, 204);
    let told = world.mails(ADA).split_off(mails);
    assert_eq!(told.len(), 1);
    assert!(told[0].subject.as_deref().is_some_and(|subject| subject.contains("密码")), "{told:?}");
}

#[tokio::test]
async fn the_rules_for_a_new_password_are_those_of_sign_up() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for (new, code) in
        [(json!("short"), "invalid_fields"), (json!(null), "invalid_fields"), (json!("password1"), "breached_password")]
    {
        let answer = set_password(&world, &browser, json!({"new_password": new, "password": "wrong-one"})).await;
        assert_eq!(refusal(&answer), (400, code.to_owned()));
        assert!(body(&answer)["errors"]["new_password"].is_array(), "{}", answer.body);
    }
}

#[tokio::test]
async fn who_leaves_is_gone_with_every_session_and_the_address_is_free() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    change(&world, &browser, json!({"username": "ada"})).await;
    let other = world.sign_in(ADA).await;
    grow_old(&world);
    let leave = browser.call().json(&json!({"password": PASSWORD}));
    let answer = world.call::<Delete>(leave.clone()).await;
    assert_eq!((answer.status, answer.cookies.len()), (204, 2));
    for session in [&browser, &other] {
        assert_eq!(world.call::<ListSessions>(session.call()).await.status, 401);
    }
    assert_eq!(world.call::<Delete>(leave).await.status, 401);
    assert_eq!((signs_in(&world, ADA, PASSWORD).await, signs_in(&world, "ada", PASSWORD).await), (401, 401));
    world.sign_up(ADA).await;
}

#[tokio::test]
async fn who_signed_in_a_moment_ago_leaves_without_a_body() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    assert_eq!(world.call::<Delete>(browser.call()).await.status, 204);
    assert_eq!(signs_in(&world, ADA, PASSWORD).await, 401);
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let foreign = || browser.call().header("origin", "https://evil.example");
    let answers = [
        world.call::<Change>(foreign().json(&json!({"name": "Eve"}))).await,
        world.call::<ChangePassword>(foreign().json(&json!({"new_password": ANOTHER}))).await,
        world.call::<Delete>(foreign()).await,
    ];
    for answer in answers {
        assert_eq!(refusal(&answer), (403, "foreign_origin".to_owned()));
    }
    assert_eq!(show(&world, &browser).await["name"], "Ada");
}
