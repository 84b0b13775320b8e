//! `docs/api/pages.md#undo-a-change-of-the-address`.

use browser::account::{AskNewEmail, AskNewPhone, Change, ConfirmNewEmail, ConfirmNewPhone};
use browser::undo_email::{ShowUndo, Undo};
use browser::{Refresh, SignIn};
use local::faults::{Fault, On, Times};
use runtime::Answer;
use serde_json::json;
use shared::clock::Seconds;
use shared::code::new_email::COOLDOWN;
use shared::code::undo::{LIFETIME, MOST};
use shared::passkey::MOST_PASSKEYS;

use crate::account::show;
use crate::new_address::{NEW, PHONE, move_to, proven};
use crate::passkeys;
use crate::world::{ADA, Browser, Call, PASSWORD, World};

const THIRD: &str = "third@example.com";

/// The token in the last mail to a former address.
pub(crate) fn token(world: &World, former: &str) -> String {
    let text = world.mails(former).pop().expect("a mail").text.expect("a text");
    let (_, rest) = text.split_once("https://auth.example/account/undo-email?token=").expect("a link");
    rest.split_whitespace().next().expect("a token").to_owned()
}

/// A user whose address a thief has changed, in the thief's browser, and the token that the owner was mailed.
async fn stolen(world: &World) -> (Browser, String) {
    let thief = proven(world, ADA).await;
    move_to(world, &thief, NEW).await;
    let token = token(world, ADA);
    (thief, token)
}

async fn look(world: &World, token: &str) -> Answer {
    world.call::<ShowUndo>(Call::empty().query("token", token)).await
}

pub(crate) async fn undo(world: &World, token: &str) -> Answer {
    world.call::<Undo>(Call::empty().form(&[("token", token), ("not_me", "yes")])).await
}

async fn signs_in(world: &World, login: &str) -> u16 {
    world.call::<SignIn>(Call::body(json!({"login": login, "password": PASSWORD}))).await.status
}

#[tokio::test]
async fn undoing_gives_the_address_back_ends_every_session_and_leaves_no_password() {
    let world = World::new().await;
    let (thief, token) = stolen(&world).await;
    let name = world.call::<Change>(thief.call().json(&json!({"username": "ada"}))).await;
    assert_eq!(name.status, 200);
    let shown = look(&world, &token).await;
    assert!(shown.status == 200 && shown.body.contains(ADA) && shown.body.contains("not_me"), "{}", shown.body);
    let undone = undo(&world, &token).await;
    assert_eq!(undone.status, 200, "{}", undone.body);
    assert_eq!(world.call::<Refresh>(thief.call()).await.status, 401);
    for login in [ADA, NEW, "ada"] {
        assert_eq!(signs_in(&world, login).await, 401, "{login}");
    }
    // The thief's address is free, and the owner's is the account's.
    world.sign_up(NEW).await;
    let signed_up = world.call::<browser::SignUp>(crate::world::account(ADA)).await;
    assert_eq!(signed_up.status, 400);
}

#[tokio::test]
async fn the_address_that_the_account_loses_is_told_once_when_from_where_and_what_to_do() {
    let world = World::new().await;
    let (thief, owners) = stolen(&world).await;
    world.clock.advance(COOLDOWN);
    move_to(&world, &thief, THIRD).await;
    let before = [ADA, NEW, THIRD].map(|address| world.mails(address).len());
    for _ in 0..2 {
        let form = Call::empty().form(&[("token", &owners), ("not_me", "yes")]).header("accept-language", "en");
        assert_eq!(world.call::<Undo>(form).await.status, 200);
    }
    let after = [ADA, NEW, THIRD].map(|address| world.mails(address).len());
    assert_eq!(after, [before[0], before[1], before[2] + 1], "the address that it had until then, once");
    let text = world.mails(THIRD).pop().expect("a mail").text.expect("a text");
    for said in ["no longer uses this one", "When: 15 Jan 2027", "From: 192.0", "contact the support"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("https://"), "{text}");
}

#[tokio::test]
async fn looking_and_pressing_without_the_box_changes_nothing() {
    let world = World::new().await;
    let (thief, token) = stolen(&world).await;
    for _ in 0..2 {
        assert_eq!(look(&world, &token).await.status, 200);
        assert_eq!(world.call::<ShowUndo>(Call::empty().query("token", &token).head()).await.status, 200);
        let pressed = world.call::<Undo>(Call::empty().form(&[("token", &token)])).await;
        assert!(pressed.status == 200 && pressed.body.contains("not_me"), "{}", pressed.body);
    }
    assert_eq!(show(&world, &thief).await["email"], NEW);
    let foreign = Call::empty().form(&[("token", &token), ("not_me", "yes")]).header("origin", "https://evil.example");
    assert_eq!(world.call::<Undo>(foreign).await.status, 403);
    assert_eq!(undo(&world, &token).await.status, 200);
}

#[tokio::test]
async fn a_link_lives_72_hours_to_the_second() {
    let world = World::new().await;
    let (_, token) = stolen(&world).await;
    world.clock.advance(Seconds(LIFETIME.0 - 1));
    assert_eq!(look(&world, &token).await.status, 200);
    world.clock.advance(Seconds(1));
    assert_eq!((look(&world, &token).await.status, undo(&world, &token).await.status), (400, 400));
}

#[tokio::test]
async fn in_the_last_second_it_still_undoes() {
    let world = World::new().await;
    let (_, token) = stolen(&world).await;
    world.clock.advance(Seconds(LIFETIME.0 - 1));
    assert_eq!(undo(&world, &token).await.status, 200);
    assert_eq!(signs_in(&world, NEW).await, 401);
}

#[tokio::test]
async fn fifty_clicks_undo_once_and_a_used_link_says_that_it_is_done() {
    let world = World::new().await;
    let (_, token) = stolen(&world).await;
    let clicks = futures_util::future::join_all((0..50).map(|_| undo(&world, &token))).await;
    // Fifty transactions at once may meet each other more often than they are tried again.
    assert!(clicks.iter().all(|answer| [200, 503].contains(&answer.status)));
    assert!(clicks.iter().any(|answer| answer.status == 200));
    for answer in [look(&world, &token).await, undo(&world, &token).await] {
        assert!(answer.status == 200 && !answer.body.contains("<form"), "{}", answer.body);
    }
}

#[tokio::test]
async fn what_a_thief_put_in_between_gets_nothing_back() {
    let world = World::new().await;
    let (thief, owners) = stolen(&world).await;
    world.clock.advance(COOLDOWN);
    move_to(&world, &thief, THIRD).await;
    let thiefs = token(&world, NEW);
    assert_eq!(undo(&world, &owners).await.status, 200);
    assert_eq!(undo(&world, &thiefs).await.status, 400);
    assert_eq!(signs_in(&world, NEW).await, 401);
    let signed_up = world.call::<browser::SignUp>(crate::world::account(ADA)).await;
    assert_eq!(signed_up.status, 400, "the address is the owner's");
}

#[tokio::test]
async fn a_thief_who_undoes_a_later_change_does_not_spoil_the_owners_link() {
    let world = World::new().await;
    let (thief, owners) = stolen(&world).await;
    world.clock.advance(COOLDOWN);
    move_to(&world, &thief, THIRD).await;
    assert_eq!(undo(&world, &token(&world, NEW)).await.status, 200);
    assert_eq!(undo(&world, &owners).await.status, 200);
    let signed_up = world.call::<browser::SignUp>(crate::world::account(ADA)).await;
    assert_eq!(signed_up.status, 400, "the address is the owner's");
    world.sign_up(NEW).await;
}

#[tokio::test]
async fn after_five_changes_the_next_waits_for_the_first_to_be_past_undoing() {
    let world = World::new().await;
    let thief = proven(&world, ADA).await;
    for number in 0..MOST {
        move_to(&world, &thief, &format!("thief-{number}@example.com")).await;
        world.clock.advance(COOLDOWN);
    }
    let last = "thief-last@example.com";
    assert_eq!(world.call::<AskNewEmail>(thief.call().json(&json!({"email": last}))).await.status, 204);
    let confirm = thief.call().json(&json!({"email": last, "verification_code": world.code(last)}));
    let refused = world.call::<ConfirmNewEmail>(confirm).await;
    assert_eq!(refused.status, 429);
    let owners = world.mails(ADA).pop().expect("a mail").text.expect("a text");
    assert!(owners.contains("/account/undo-email?token="));
    assert_eq!(undo(&world, &token(&world, ADA)).await.status, 200);
}

#[tokio::test]
async fn a_phone_that_came_with_the_thief_goes() {
    let world = World::new().await;
    let thief = proven(&world, ADA).await;
    let phone = "13812345678";
    world.call::<AskNewPhone>(thief.call().json(&json!({"phone": phone}))).await;
    let text = world.mails(PHONE).pop().expect("a text message").text.expect("a text");
    let code =
        text.split(|letter: char| !letter.is_ascii_digit()).find(|run| run.len() == 6).expect("a code").to_owned();
    let confirm = thief.call().json(&json!({"phone": phone, "verification_code": code}));
    assert_eq!(world.call::<ConfirmNewPhone>(confirm).await.status, 200);
    move_to(&world, &thief, NEW).await;
    assert_eq!(undo(&world, &token(&world, ADA)).await.status, 200);
    let (app, now) = ("default".parse().expect("an app id"), world.clock.now());
    let handle =
        shared::user::identity::Handle::Phone(shared::user::phone::Phone::read(phone).expect("a phone").anywhere());
    assert!(world.ctx.store.identity(&app, &handle, now).await.expect("answers").is_none());
}

#[tokio::test]
async fn a_token_of_another_kind_and_no_token_open_nothing() {
    let world = World::new().await;
    let (_, token) = stolen(&world).await;
    for text in ["", "x", &"0".repeat(64), &token[..63]] {
        assert_eq!((look(&world, text).await.status, undo(&world, text).await.status), (400, 400), "{text}");
    }
}

#[tokio::test]
async fn a_single_fault_is_a_page_that_says_so_and_the_next_click_undoes() {
    for fault in Fault::each() {
        for operation in ["GetItem", "TransactWriteItems", "UpdateItem"] {
            let world = World::new().await;
            let case = format!("{fault:?} of {operation}");
            let (_, token) = stolen(&world).await;
            world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            let first = undo(&world, &token).await;
            let undone = if first.status == 503 { undo(&world, &token).await } else { first };
            assert_eq!(undone.status, 200, "{case}: {}", undone.body);
            assert_eq!(signs_in(&world, NEW).await, 401, "{case}");
        }
    }
}

#[tokio::test]
async fn a_passkey_that_came_with_the_thief_goes_and_an_older_one_stays() {
    let world = World::new().await;
    let owner = proven(&world, ADA).await;
    let older = passkeys::add(&world, &owner).await;
    world.clock.advance(LIFETIME);
    let thief = world.sign_in(ADA).await;
    move_to(&world, &thief, NEW).await;
    let planted = passkeys::add(&world, &thief).await;
    let page = look(&world, &token(&world, ADA)).await;
    assert!(page.body.contains("更换前 72 小时内及更换后添加的手机号和通行密钥也会被移除"), "{}", page.body);
    assert_eq!(undo(&world, &token(&world, ADA)).await.status, 200);
    for (authenticator, status) in [(&planted, 401), (&older, 204)] {
        let browser = Browser::default();
        let challenged = passkeys::challenged(&world, &browser, authenticator).await;
        assert_eq!(passkeys::answer(&world, &browser, &challenged).await.status, status);
    }
    // The user's item counts what is left, so there is room for as many as before.
    let (app, now) = ("default".parse().expect("an app id"), world.clock.now());
    let handle = shared::user::identity::Handle::Email(ADA.parse().expect("an address"));
    let identity = world.ctx.store.identity(&app, &handle, now).await.expect("answers").expect("Ada");
    let ada = world.ctx.store.user(&app, identity.user).await.expect("answers").expect("Ada");
    assert_eq!(world.ctx.store.passkeys(&app, &ada).await.expect("answers").len(), 1);
    let browser = Browser::default();
    let challenged = passkeys::challenged(&world, &browser, &older).await;
    browser.keep(&passkeys::answer(&world, &browser, &challenged).await);
    for _ in 1..MOST_PASSKEYS {
        passkeys::add(&world, &browser).await;
    }
    let one_more = passkeys::options(&world, &browser).await;
    assert_eq!(one_more.status, 400, "{}", one_more.body);
}

/// The thief is in for nine minutes before the address is changed, and the owner reads the mail in the last second.
#[tokio::test]
async fn a_passkey_that_was_planted_before_the_change_goes_until_the_link_is_dead() {
    let world = World::new().await;
    let thief = proven(&world, ADA).await;
    let planted = passkeys::add(&world, &thief).await;
    world.clock.advance(Seconds(9 * 60));
    move_to(&world, &thief, NEW).await;
    world.clock.advance(Seconds(LIFETIME.0 - 1));
    assert_eq!(undo(&world, &token(&world, ADA)).await.status, 200);
    let browser = Browser::default();
    let challenged = passkeys::challenged(&world, &browser, &planted).await;
    assert_eq!(passkeys::answer(&world, &browser, &challenged).await.status, 401);
}
