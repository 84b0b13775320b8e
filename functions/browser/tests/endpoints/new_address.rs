//! `docs/api/browser.md#new-e-mail-address` and `#new-phone`.

use browser::SignIn;
use browser::account::{AskNewEmail, AskNewPhone, ConfirmNewEmail, ConfirmNewPhone, Delete};
use browser::email_link::Follow;
use local::faults::{Fault, On, Times};
use runtime::Answer;
use serde_json::json;
use shared::clock::Seconds;
use shared::code::new_email::{COOLDOWN, LIFETIME, TRIES};
use shared::code::undo;
use shared::session::recent::RECENT;

use crate::account::show;
use crate::world::{ADA, Browser, Call, PASSWORD, World, account, body, refusal};

pub(crate) const NEW: &str = "countess@example.com";
const LIN: &str = "lin@example.com";
pub(crate) const PHONE: &str = "+8613812345678";
const TYPED: &str = "13812345678";

/// A user whose address is proven.
pub(crate) async fn proven(world: &World, email: &str) -> Browser {
    let browser = world.sign_up(email).await;
    let link = format!("token={}", world.link(email));
    assert_eq!(world.call::<Follow>(browser.call().text(&link)).await.status, 200);
    browser
}

async fn ask(world: &World, browser: &Browser, email: &str) -> Answer {
    world.call::<AskNewEmail>(browser.call().json(&json!({"email": email}))).await
}

fn confirmation(browser: &Browser, email: &str, code: &str) -> Call {
    browser.call().json(&json!({"email": email, "verification_code": code}))
}

async fn confirm(world: &World, browser: &Browser, email: &str, code: &str) -> Answer {
    world.call::<ConfirmNewEmail>(confirmation(browser, email, code)).await
}

/// Gives a user another address.
pub(crate) async fn move_to(world: &World, browser: &Browser, email: &str) {
    assert_eq!(ask(world, browser, email).await.status, 204);
    let answer = confirm(world, browser, email, &world.code(email)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn another(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

async fn signs_in(world: &World, login: &str) -> u16 {
    world.call::<SignIn>(Call::body(json!({"login": login, "password": PASSWORD}))).await.status
}

/// Gives a user a phone.
pub(crate) async fn give_phone(world: &World, browser: &Browser) {
    assert_eq!(ask_phone(world, browser).await.status, 204);
    let answer = world.call::<ConfirmNewPhone>(phone_confirmation(browser, &texted(world))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn ask_phone(world: &World, browser: &Browser) -> Answer {
    world.call::<AskNewPhone>(browser.call().json(&json!({"phone": TYPED}))).await
}

fn phone_confirmation(browser: &Browser, code: &str) -> Call {
    browser.call().json(&json!({"phone": TYPED, "verification_code": code}))
}

/// The code in the last text message.
fn texted(world: &World) -> String {
    let text = world.mails(PHONE).pop().expect("a text message").text.expect("a text");
    let digits: Vec<_> = text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| run.len() == 6).collect();
    digits[0].to_owned()
}

#[tokio::test]
async fn the_old_address_stays_until_the_code_is_typed_and_the_new_one_signs_in_then() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    let elsewhere = world.sign_in(ADA).await;
    let answer = ask(&world, &browser, NEW).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert_eq!(show(&world, &browser).await["email"], ADA);
    let answer = confirm(&world, &browser, NEW, &world.code(NEW)).await;
    let account = show(&world, &browser).await;
    assert_eq!(body(&answer), account);
    assert_eq!((&account["email"], &account["email_verified"]), (&json!(NEW), &json!(true)));
    assert_eq!((signs_in(&world, NEW).await, signs_in(&world, ADA).await), (204, 401));
    assert_eq!(world.refresh(&elsewhere).await.status, 401);
    assert_eq!(world.refresh(&browser).await.status, 204);
}

#[tokio::test]
async fn a_code_is_good_for_its_address_its_session_and_its_user_alone() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    let (other, lin) = (world.sign_in(ADA).await, proven(&world, LIN).await);
    ask(&world, &browser, NEW).await;
    let code = world.code(NEW);
    let wrong = confirm(&world, &browser, "third@example.com", &code).await;
    assert_eq!(refusal(&wrong), (400, "wrong_code".to_owned()));
    for stranger in [&other, &lin] {
        assert_eq!(refusal(&confirm(&world, stranger, NEW, &code).await), (400, "expired_code".to_owned()));
    }
    ask(&world, &other, "third@example.com").await;
    assert_eq!(refusal(&confirm(&world, &other, NEW, &code).await).1, "wrong_code");
    assert_eq!(confirm(&world, &browser, NEW, &code).await.status, 200);
}

#[tokio::test]
async fn a_taken_address_is_answered_and_mailed_as_a_free_one_and_only_its_owner_hears_of_it() {
    let world = World::new().await;
    proven(&world, ADA).await;
    world.sign_up(LIN).await;
    let mails = world.mails(LIN).len();
    // A quota that is not full takes one write more.
    world.clock.advance(Seconds::days(1));
    let browser = world.sign_in(ADA).await;
    let ask_from = |source: &str, email: &str| browser.call().json(&json!({"email": email})).from(source);
    let (taken, calls_of_taken) = world.calls_of::<AskNewEmail>(ask_from("198.51.100.1", LIN)).await;
    let code = world.code(LIN);
    assert_eq!(world.mails(LIN).len(), mails + 1);
    world.clock.advance(COOLDOWN);
    // App and keys are read again after a minute: not by the call that is counted.
    world.call::<browser::ListSessions>(browser.call()).await;
    let (free, calls_of_free) = world.calls_of::<AskNewEmail>(ask_from("198.51.100.2", NEW)).await;
    assert_eq!((taken.status, &taken.body), (free.status, &free.body));
    assert_eq!(calls_of_taken, calls_of_free);
    world.clock.advance(COOLDOWN);
    ask(&world, &browser, LIN).await;
    assert_eq!(refusal(&confirm(&world, &browser, LIN, another(&code)).await).1, "wrong_code");
    assert_eq!(refusal(&confirm(&world, &browser, LIN, &world.code(LIN)).await), (400, "email_taken".to_owned()));
    assert_eq!(show(&world, &browser).await["email"], ADA);
    assert_eq!(signs_in(&world, LIN).await, 204);
}

#[tokio::test]
async fn five_wrong_tries_burn_a_code_and_fifty_at_once_are_not_fifty_tries() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    ask(&world, &browser, NEW).await;
    let code = world.code(NEW);
    let guesses = (0..50).map(|_| confirm(&world, &browser, NEW, another(&code)));
    let answers = futures_util::future::join_all(guesses).await;
    let compared = answers.iter().filter(|answer| refusal(answer).1 == "wrong_code").count();
    assert_eq!(compared, TRIES as usize);
    assert_eq!(refusal(&confirm(&world, &browser, NEW, &code).await), (400, "expired_code".to_owned()));
    world.clock.advance(COOLDOWN);
    move_to(&world, &browser, NEW).await;
}

#[tokio::test]
async fn of_fifty_who_give_the_right_code_at_once_the_change_is_made_once() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    ask(&world, &browser, NEW).await;
    let code = world.code(NEW);
    let mails = world.mails(ADA).len();
    let confirms = (0..50).map(|_| confirm(&world, &browser, NEW, &code));
    let answers = futures_util::future::join_all(confirms).await;
    assert!(answers.iter().any(|answer| answer.status == 200));
    assert_eq!(world.mails(ADA).len(), mails + 1, "the former address is told once");
    assert_eq!(show(&world, &browser).await["email"], NEW);
    // A client that never heard the answer hears it now.
    assert_eq!(confirm(&world, &browser, NEW, &code).await.status, 200);
}

#[tokio::test]
async fn a_code_lives_to_the_second() {
    let world = World::new().await;
    for (age, status) in [(Seconds(LIFETIME.0 - 1), 200), (LIFETIME, 400)] {
        let email = format!("{status}@example.com");
        let browser = proven(&world, &format!("was-{email}")).await;
        ask(&world, &browser, &email).await;
        world.clock.advance(age);
        assert_eq!(confirm(&world, &browser, &email, &world.code(&email)).await.status, status);
    }
}

#[tokio::test]
async fn a_session_is_mailed_a_code_once_a_minute_and_a_new_one_takes_the_place_of_the_old() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    ask(&world, &browser, NEW).await;
    let first = world.code(NEW);
    world.clock.advance(Seconds(COOLDOWN.0 - 1));
    let early = ask(&world, &browser, NEW).await;
    assert_eq!((early.status, early.header("retry-after")), (429, Some("1")));
    world.clock.advance(Seconds(1));
    assert_eq!(ask(&world, &browser, NEW).await.status, 204);
    let second = world.code(NEW);
    if first != second {
        assert_eq!(refusal(&confirm(&world, &browser, NEW, &first).await).1, "wrong_code");
    }
    assert_eq!(confirm(&world, &browser, NEW, &second).await.status, 200);
}

#[tokio::test]
async fn a_mail_that_a_budget_holds_back_leaves_no_code_to_guess() {
    let world = World::configured(&[("MAIL_BUDGET_SOURCE", "1")]).await;
    let browser = proven(&world, ADA).await;
    assert_eq!(ask(&world, &browser, NEW).await.status, 204);
    assert_eq!(world.mails(NEW).len(), 0);
    assert_eq!(refusal(&confirm(&world, &browser, NEW, "000000").await).1, "expired_code");
}

#[tokio::test]
async fn a_code_for_an_address_stays_good_when_a_budget_holds_the_next_one_back() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    for _ in 0..8 {
        assert_eq!(ask(&world, &browser, NEW).await.status, 204);
        world.clock.advance(COOLDOWN);
    }
    let sent = world.mails(NEW).len();
    assert!(sent < 8, "{sent} were sent");
    assert_eq!(confirm(&world, &browser, NEW, &world.code(NEW)).await.status, 200);
}

#[tokio::test]
async fn a_code_for_an_address_that_arrived_although_ses_did_not_answer_is_good() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    world.ses.inject(Fault::AnswerLost, On::any(), Times::Forever);
    assert_eq!(ask(&world, &browser, NEW).await.status, 503);
    world.ses.heal();
    assert_eq!(confirm(&world, &browser, NEW, &world.code(NEW)).await.status, 200);
}

#[tokio::test]
async fn a_mail_that_ses_does_not_take_is_a_503_and_the_same_request_succeeds_at_once() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    world.ses.inject(Fault::Drop, On::any(), Times::Forever);
    assert_eq!(refusal(&ask(&world, &browser, NEW).await), (503, "unavailable".to_owned()));
    world.ses.heal();
    move_to(&world, &browser, NEW).await;
}

#[tokio::test]
async fn an_address_is_changed_with_a_recent_sign_in_or_the_password_alone() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    world.clock.advance(RECENT);
    assert_eq!(refusal(&ask(&world, &browser, NEW).await), (403, "confirmation_required".to_owned()));
    assert_eq!(refusal(&ask_phone(&world, &browser).await), (403, "confirmation_required".to_owned()));
    assert_eq!((world.mails(NEW).len(), world.mails(PHONE).len()), (0, 0));
    for (password, status) in [("wrong-one", 400), (PASSWORD, 204)] {
        let call = browser.call().json(&json!({"email": NEW, "password": password}));
        assert_eq!(world.call::<AskNewEmail>(call).await.status, status);
        let call = browser.call().json(&json!({"phone": TYPED, "password": password}));
        assert_eq!(world.call::<AskNewPhone>(call).await.status, status);
    }
}

#[tokio::test]
async fn what_the_user_has_and_what_is_no_address_is_refused() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    for (email, said) in [(ADA, "与当前的相同"), ("no address", "邮箱格式不正确"), ("", "请填写此项")]
    {
        assert_eq!(body(&ask(&world, &browser, email).await)["errors"]["email"][0], said);
    }
    for phone in ["12345", "+14155550100", ""] {
        let answer = world.call::<AskNewPhone>(browser.call().json(&json!({"phone": phone}))).await;
        assert!(body(&answer)["errors"]["phone"].is_array(), "{phone}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_changes_nothing() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    ask(&world, &browser, NEW).await;
    let other = world.sign_in(ADA).await;
    world.call::<browser::EndSessions>(other.call()).await;
    assert_eq!(refusal(&confirm(&world, &browser, NEW, &world.code(NEW)).await), (401, "invalid_token".to_owned()));
}

#[tokio::test]
async fn nobody_else_can_have_the_former_address_while_the_change_can_be_undone() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    move_to(&world, &browser, NEW).await;
    let signs_up = || world.call::<browser::SignUp>(account(ADA));
    assert_eq!(refusal(&signs_up().await), (400, "email_taken".to_owned()));
    let lin = proven(&world, LIN).await;
    ask(&world, &lin, ADA).await;
    assert_eq!(refusal(&confirm(&world, &lin, ADA, &world.code(ADA)).await), (400, "email_taken".to_owned()));
    world.clock.advance(Seconds(undo::LIFETIME.0 - 1));
    assert_eq!(signs_up().await.status, 400);
    world.clock.advance(Seconds(1));
    assert_eq!(signs_up().await.status, 201);
}

#[tokio::test]
async fn the_same_user_may_take_the_former_address_again() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    move_to(&world, &browser, NEW).await;
    world.clock.advance(COOLDOWN);
    move_to(&world, &browser, ADA).await;
    assert_eq!((signs_in(&world, ADA).await, signs_in(&world, NEW).await), (204, 401));
}

#[tokio::test]
async fn an_address_that_was_never_proven_is_told_nothing_and_is_free_at_once() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let mails = world.mails(ADA).len();
    move_to(&world, &browser, NEW).await;
    assert_eq!(world.mails(ADA).len(), mails);
    world.sign_up(ADA).await;
}

#[tokio::test]
async fn a_phone_is_the_users_once_the_code_is_typed_and_the_user_is_told_by_mail() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    let answer = ask_phone(&world, &browser).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    let (code, mails) = (texted(&world), world.mails(ADA).len());
    let wrong = world.call::<ConfirmNewPhone>(phone_confirmation(&browser, another(&code))).await;
    assert_eq!(refusal(&wrong), (400, "wrong_code".to_owned()));
    assert_eq!(show(&world, &browser).await["phone"], json!(null));
    let confirms = (0..4).map(|_| world.call::<ConfirmNewPhone>(phone_confirmation(&browser, &code)));
    let answers = futures_util::future::join_all(confirms).await;
    assert!(answers.iter().any(|answer| answer.status == 200));
    let account = show(&world, &browser).await;
    assert_eq!((&account["phone"], &account["phone_verified"]), (&json!(PHONE), &json!(true)));
    let told = world.mails(ADA).split_off(mails);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].subject.as_deref().is_some_and(|subject| subject.contains("手机号")));
    // A client that never heard the answer hears it now.
    assert_eq!(world.call::<ConfirmNewPhone>(phone_confirmation(&browser, &code)).await.status, 200);
}

#[tokio::test]
async fn a_phone_that_somebody_has_is_texted_like_any_and_only_its_owner_hears_of_it() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    ask_phone(&world, &browser).await;
    let code = texted(&world);
    assert_eq!(world.call::<ConfirmNewPhone>(phone_confirmation(&browser, &code)).await.status, 200);
    let lin = proven(&world, LIN).await;
    world.clock.advance(COOLDOWN);
    assert_eq!(ask_phone(&world, &lin).await.status, 204);
    // A code of one user's is nothing in the hands of another.
    assert_eq!(
        refusal(&world.call::<ConfirmNewPhone>(phone_confirmation(&lin, another(&texted(&world)))).await).1,
        "wrong_code"
    );
    let taken = world.call::<ConfirmNewPhone>(phone_confirmation(&lin, &texted(&world))).await;
    assert_eq!(refusal(&taken), (400, "phone_taken".to_owned()));
    // Who leaves takes the phone along.
    assert_eq!(world.call::<Delete>(browser.call().json(&json!({"password": PASSWORD}))).await.status, 204);
    world.clock.advance(COOLDOWN);
    ask_phone(&world, &lin).await;
    assert_eq!(world.call::<ConfirmNewPhone>(phone_confirmation(&lin, &texted(&world))).await.status, 200);
}

#[tokio::test]
async fn users_are_told_of_a_new_address_and_phone_although_the_answer_of_the_store_is_lost() {
    let world = World::new().await;
    let browser = proven(&world, ADA).await;
    let lose = || world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
    assert_eq!(ask(&world, &browser, NEW).await.status, 204);
    let (code, before) = (world.code(NEW), world.mails(ADA).len());
    lose();
    assert_eq!(confirm(&world, &browser, NEW, &code).await.status, 503);
    world.dynamodb.heal();
    assert_eq!(confirm(&world, &browser, NEW, &code).await.status, 200);
    let told = world.mails(ADA);
    assert_eq!(told.len(), before + 1, "the former address");
    assert!(
        told.last().and_then(|mail| mail.text.as_deref()).is_some_and(|text| text.contains("/account/undo-email?"))
    );

    assert_eq!(ask_phone(&world, &browser).await.status, 204);
    let (code, before) = (texted(&world), world.mails(NEW).len());
    lose();
    assert_eq!(world.call::<ConfirmNewPhone>(phone_confirmation(&browser, &code)).await.status, 503);
    world.dynamodb.heal();
    let again = world.call::<ConfirmNewPhone>(phone_confirmation(&browser, &code)).await;
    assert_eq!((again.status, world.mails(NEW).len()), (200, before + 1));
}

#[tokio::test]
async fn a_single_fault_of_any_call_is_a_success_or_a_503_after_which_a_plain_retry_succeeds() {
    for fault in Fault::each() {
        for operation in ["GetItem", "PutItem", "UpdateItem", "TransactWriteItems"] {
            let world = World::new().await;
            let case = format!("{fault:?} of {operation}");
            let browser = proven(&world, ADA).await;
            let once = || {
                world.dynamodb.heal();
                world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            };
            once();
            let first = ask(&world, &browser, NEW).await;
            let asked = if first.status == 503 { ask(&world, &browser, NEW).await } else { first };
            assert_eq!(asked.status, 204, "ask, {case}: {}", asked.body);
            world.dynamodb.heal();
            if world.mails(NEW).is_empty() {
                world.clock.advance(COOLDOWN);
                assert_eq!(ask(&world, &browser, NEW).await.status, 204, "{case}");
            }
            let code = world.code(NEW);
            once();
            let first = confirm(&world, &browser, NEW, &code).await;
            let confirmed = if first.status == 503 { confirm(&world, &browser, NEW, &code).await } else { first };
            assert_eq!(confirmed.status, 200, "confirm, {case}: {}", confirmed.body);
            world.dynamodb.heal();
            assert_eq!(show(&world, &browser).await["email"], NEW, "{case}");
        }
    }
}
