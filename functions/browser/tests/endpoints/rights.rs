//! What the functions do with the tables is what their roles in `template.yaml` allow.

use std::path::Path;

use browser::email_link::{Follow, ShowEmailLink};
use browser::passkeys::{Authenticate, List, Remove, Rename};
use browser::{EndSession, EndSessions, ListSessions, Logout, Refresh, SignIn, SignUp, VerifyEmail};
use browser::{account, factor, undo_email};
use local::faults::{Access, Fault, On, Times};
use local::rights;
use serde_json::json;
use shared::clock::Seconds;

use crate::new_address::give_phone;
use crate::passkeys::{add, answer, answer_call, asked, challenged, register};
use crate::world::{ADA, Browser, Call, PASSWORD, World, account, body};

/// Every access is allowed, and every right is for an access.
fn assert_exactly(bin: &str, world: &World) {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    // Whichever function is called first makes the app `default`, and its entry in the directory.
    let make = |action: &str, partition: &str| Access {
        action: action.to_owned(),
        table: "core".to_owned(),
        partition: partition.to_owned(),
    };
    let first = [make("PutItem", "A#default"), make("PutItem", "APPS"), make("DeleteItem", "LISTED")];
    let touched = world.dynamodb.touched().into_iter().chain(rights::of_the_first_request("default")).chain(first);
    assert_eq!(rights::complaints(&template, bin, &touched.collect(), &world.ctx.config.variables_used()), [""; 0]);
}

async fn world() -> (World, Browser) {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    (world, browser)
}

fn wrong_code(world: &World) -> String {
    let wrong = if world.code(ADA) == "000000" { "000001" } else { "000000" };
    json!({"verification_code": wrong}).to_string()
}

#[tokio::test]
async fn sign_up_has_the_rights_that_it_uses() {
    let world = World::new().await;
    let browser = world.sign_up("warm@example.com").await;
    world.forget();
    // SES refuses to send to the last: then the code is taken back.
    for (email, status) in [(ADA, 201), (ADA, 400), ("throttle@example.com", 201)] {
        assert_eq!(world.call::<SignUp>(account(email)).await.status, status);
    }
    // In a browser that has a session.
    let again = browser.call().text(&json!({"email": "lin@example.com", "password": PASSWORD}).to_string());
    assert_eq!(world.call::<SignUp>(again).await.status, 201);
    // Nobody knows what becomes of the transaction: what it made is taken back.
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Exactly(3));
    assert_eq!(world.call::<SignUp>(account("grace@example.com")).await.status, 503);
    assert_exactly("browser-sign-up", &world);
}

#[tokio::test]
async fn sign_in_has_the_rights_that_it_uses() {
    let (world, browser) = world().await;
    world.clock.advance(Seconds::days(2));
    world.forget();
    for (login, password, status) in
        [(ADA, "wrong-one", 401), ("nobody@example.com", "wrong-one", 401), ("nobody", "wrong-one", 401)]
            .into_iter()
            // After so many within seconds, the sessions are looked at.
            .chain([(ADA, PASSWORD, 204); 12])
    {
        let call = Call::body(json!({"login": login, "password": password}));
        assert_eq!(world.call::<SignIn>(call).await.status, status);
    }
    // In a browser that has a session.
    let again = browser.call().text(&json!({"login": ADA, "password": PASSWORD}).to_string());
    assert_eq!(world.call::<SignIn>(again).await.status, 204);
    assert_exactly("browser-sign-in", &world);
}

#[tokio::test]
async fn verify_email_has_the_rights_that_it_uses() {
    let (world, browser) = world().await;
    world.forget();
    assert_eq!(world.call::<VerifyEmail>(browser.call().text(&wrong_code(&world))).await.status, 400);
    let right = json!({"verification_code": world.code(ADA)}).to_string();
    for _ in 0..2 {
        assert_eq!(world.call::<VerifyEmail>(browser.call().text(&right)).await.status, 200);
    }
    assert_exactly("browser-verify-email", &world);
}

#[tokio::test]
async fn the_links_page_has_the_rights_that_it_uses() {
    let (world, browser) = world().await;
    let lin = world.sign_up("lin@example.com").await;
    let (link, disowned) = (world.link(ADA), world.link("lin@example.com"));
    // A stranger may have added a phone.
    give_phone(&world, &lin).await;
    world.forget();
    assert_eq!(world.call::<ShowEmailLink>(Call::empty().query("token", &link)).await.status, 200);
    for _ in 0..2 {
        assert_eq!(world.call::<Follow>(browser.call().text(&format!("token={link}"))).await.status, 200);
    }
    let not_me = Call::empty().text(&format!("token={disowned}&not_me=yes"));
    assert_eq!(world.call::<Follow>(not_me).await.status, 200);
    let foreign = Call::empty().header("origin", "https://evil.example");
    assert_eq!(world.call::<Follow>(foreign).await.status, 403);
    assert_exactly("browser-email-link", &world);
}

#[tokio::test]
async fn refresh_has_the_rights_that_it_uses() {
    let (world, browser) = world().await;
    let thief = browser.cookie("refresh_token").expect("a cookie");
    world.forget();
    for status in [204, 204] {
        assert_eq!(world.refresh(&browser).await.status, status);
    }
    let beside = browser.call().cookie("refresh_token", &thief);
    assert_eq!(world.call::<Refresh>(beside).await.status, 204);
    assert_eq!(world.call::<Refresh>(Call::empty().cookie("refresh_token", &thief)).await.status, 401);
    assert_exactly("browser-refresh", &world);
}

#[tokio::test]
async fn logout_has_the_rights_that_it_uses() {
    let (world, browser) = world().await;
    world.forget();
    assert_eq!(world.call::<Logout>(browser.call()).await.status, 204);
    assert_exactly("browser-logout", &world);
}

#[tokio::test]
async fn sessions_have_the_rights_that_they_use() {
    let (world, browser) = world().await;
    let _ = world.sign_in(ADA).await;
    world.forget();
    let listed = body(&world.call::<ListSessions>(browser.call()).await);
    let other = listed.as_array().expect("a list").iter().find(|session| session["current"] == false).expect("one");
    let end = browser.call().path("id", other["id"].as_str().expect("an id"));
    assert_eq!(world.call::<EndSession>(end).await.status, 204);
    assert_eq!(world.call::<EndSessions>(browser.call()).await.status, 204);
    assert_exactly("browser-sessions", &world);
}

#[tokio::test]
async fn passkeys_have_the_rights_that_they_use() {
    let (world, browser) = world().await;
    world.forget();
    let authenticator = add(&world, &browser).await;
    // The credential is somebody's already: nothing is written.
    let mut taken = asked(&world, &browser).await;
    taken.id = authenticator.id;
    assert_eq!(register(&world, &browser, &taken).await.status, 400);
    let listed = body(&world.call::<List>(browser.call()).await);
    let named = || browser.call().path("id", listed[0]["id"].as_str().expect("an id"));
    assert_eq!(world.call::<Rename>(named().text(r#"{"name":"Key"}"#)).await.status, 204);
    assert_eq!(world.call::<Remove>(named()).await.status, 204);
    assert_exactly("browser-passkeys", &world);
}

#[tokio::test]
async fn a_sign_in_by_passkey_has_the_rights_that_it_uses() {
    let (world, browser) = world().await;
    let registered = add(&world, &browser).await;
    world.forget();
    // In a browser that has a session, and then with a copy of the key.
    let mut authenticator = challenged(&world, &browser, &registered).await;
    authenticator.sign_count = 2;
    assert_eq!(answer(&world, &browser, &authenticator).await.status, 204);
    let mut copy = challenged(&world, &browser, &registered).await;
    copy.sign_count = 1;
    assert_eq!(answer(&world, &browser, &copy).await.status, 401);
    // And from where its user has never been.
    let mut away = challenged(&world, &browser, &registered).await;
    away.sign_count = 3;
    assert_eq!(world.call::<Authenticate>(answer_call(&browser, &away).from("203.0.113.66")).await.status, 204);
    assert_exactly("browser-passkey-sign-in", &world);
}

#[tokio::test]
async fn factors_have_the_rights_that_they_use() {
    let (world, browser) = world().await;
    world.forget();
    assert_eq!(world.call::<factor::Look>(browser.call()).await.status, 200);
    let offer = body(&world.call::<factor::Begin>(browser.call()).await);
    let held = rig::Authenticator::of(offer["secret"].as_str().expect("a secret"));
    let form = json!({"setup": offer["setup"], "otp": held.code(world.clock.now())}).to_string();
    assert_eq!(world.call::<factor::Confirm>(browser.call().text(&form)).await.status, 200);
    assert_eq!(world.call::<factor::Renew>(browser.call()).await.status, 200);
    assert_eq!(world.call::<factor::Look>(browser.call()).await.status, 200);
    assert_eq!(world.call::<factor::Remove>(browser.call()).await.status, 204);
    assert_exactly("browser-factors", &world);
}

/// The code in the last text message.
fn texted(world: &World) -> String {
    let text = world.mails("+8613812345678").pop().expect("a text message").text.expect("a text");
    text.split(|letter: char| !letter.is_ascii_digit()).find(|run| run.len() == 6).expect("a code").to_owned()
}

/// Gives the account a username and another address.
async fn move_away(world: &World, browser: &Browser) {
    for username in ["ada", "countess"] {
        let change = browser.call().json(&json!({"username": username, "name": "Ada", "password": PASSWORD}));
        assert_eq!(world.call::<account::Change>(change).await.status, 200);
    }
    let new = "countess@example.com";
    assert_eq!(world.call::<account::AskNewEmail>(browser.call().json(&json!({"email": new}))).await.status, 204);
    let confirm = browser.call().json(&json!({"email": new, "verification_code": world.code(new)}));
    assert_eq!(world.call::<account::ConfirmNewEmail>(confirm).await.status, 200);
}

#[tokio::test]
async fn the_account_has_the_rights_that_it_uses() {
    let (world, browser) = world().await;
    world.sign_in(ADA).await;
    let link = format!("token={}", world.link(ADA));
    assert_eq!(world.call::<Follow>(browser.call().text(&link)).await.status, 200);
    world.forget();
    move_away(&world, &browser).await;
    let phone = "13812345678";
    assert_eq!(world.call::<account::AskNewPhone>(browser.call().json(&json!({"phone": phone}))).await.status, 204);
    let confirm = browser.call().json(&json!({"phone": phone, "verification_code": texted(&world)}));
    assert_eq!(world.call::<account::ConfirmNewPhone>(confirm).await.status, 200);
    for (password, status) in [("wrong-one", 400), (PASSWORD, 204)] {
        let change = browser.call().json(&json!({"new_password": "another-tractor-18", "password": password}));
        assert_eq!(world.call::<account::ChangePassword>(change).await.status, status);
    }
    assert_eq!(world.call::<account::Export>(browser.call()).await.status, 200);
    assert_eq!(world.call::<account::Delete>(browser.call()).await.status, 204);
    assert_exactly("browser-account", &world);
}

#[tokio::test]
async fn the_page_that_undoes_a_change_has_the_rights_that_it_uses() {
    let (world, browser) = world().await;
    let link = format!("token={}", world.link(ADA));
    assert_eq!(world.call::<Follow>(browser.call().text(&link)).await.status, 200);
    add(&world, &browser).await;
    move_away(&world, &browser).await;
    let text = world.mails(ADA).pop().expect("a mail").text.expect("a text");
    let (_, rest) = text.split_once("undo-email?token=").expect("a link");
    let token = rest.split_whitespace().next().expect("a token");
    world.forget();
    assert_eq!(world.call::<undo_email::ShowUndo>(Call::empty().query("token", token)).await.status, 200);
    let form = || Call::empty().form(&[("token", token), ("not_me", "yes")]);
    assert_eq!(world.call::<undo_email::Undo>(form().header("origin", "https://evil.example")).await.status, 403);
    assert_eq!(world.call::<undo_email::Undo>(form()).await.status, 200);
    assert_exactly("browser-undo-email", &world);
}
