//! The forms of the page of who I am.

use oauth::SignIn;
use pages::{ChangeAccount, ShowAccount};
use runtime::{Answer, Form};
use shared::clock::Seconds;

use crate::world::{ADA, Browser, Call, PASSWORD, World, next};

const NEW: &str = "ada@new.example";
const BOB: &str = "bob@example.com";
const PHONE: &str = "138 1234 5678";
const TEXTED: &str = "+8613812345678";

async fn open(world: &World, browser: &Browser, what: &str) -> Answer {
    world.call::<ShowAccount>(browser.call().query("edit", what)).await
}

/// The page with the form for `what`, filled in and sent.
async fn change(world: &World, browser: &Browser, what: &str, filled: &[(&str, &str)]) -> Answer {
    let page = open(world, browser, what).await;
    assert_eq!(page.status, 200, "{}", page.body);
    send(world, browser, &page, what, filled).await
}

async fn send(world: &World, browser: &Browser, page: &Answer, what: &str, filled: &[(&str, &str)]) -> Answer {
    let filled: Vec<_> = filled.iter().copied().chain([("action", what)]).collect();
    world.fill::<ChangeAccount>(browser, page, &filled).await
}

/// The page that an answer leads to.
async fn follow(world: &World, browser: &Browser, answer: &Answer) -> Answer {
    let (status, location) = next(answer);
    assert_eq!(status, 303, "{}", answer.body);
    let (page, query) = location.split_once('?').expect("a query");
    assert_eq!(page, "/account");
    let query = Form::read(query.as_bytes());
    let call = query.pairs().fold(browser.call(), |call, (name, value)| call.query(name, value));
    world.call::<ShowAccount>(call).await
}

/// Where a sign-in leads that a page sent somebody to.
async fn sign_in_and_back(world: &World, answer: &Answer) -> (Browser, Answer) {
    let (status, away) = next(answer);
    assert_eq!(status, 303, "{}", answer.body);
    let query = away.split_once('?').expect("a query").1;
    let to = Form::read(query.as_bytes()).one("to").expect("once").expect("a way back").to_owned();
    let form = [("login", ADA), ("password", PASSWORD), ("to", to.as_str())];
    let back = world.call::<SignIn>(Call::empty().form(&form)).await;
    let browser = Browser::default();
    browser.keep(&back);
    (browser, back)
}

fn another(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

fn count(world: &World, to: &str) -> usize {
    world.mails(to).len()
}

#[tokio::test]
async fn somebody_changes_their_name_and_their_username() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let answer = change(&world, &browser, "name", &[("name", "Ada <b> Lovelace")]).await;
    assert_eq!(next(&answer), (303, "/account?done=name"));
    let answer = change(&world, &browser, "username", &[("username", "ada_1815")]).await;
    assert_eq!(next(&answer), (303, "/account?done=username"));
    let page = world.call::<ShowAccount>(browser.call().query("done", "username")).await;
    assert!(page.body.contains("Ada &#60;b&#62; Lovelace") && page.body.contains("ada_1815"), "{}", page.body);
    assert!(page.body.contains("Your username has been changed"), "{}", page.body);
    assert_eq!(world.sign_in("ada_1815", PASSWORD).await.1.status, 303);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_the_field_with_what_was_typed() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let bob = world.sign_up(BOB).await;
    assert_eq!(change(&world, &bob, "username", &[("username", "bob")]).await.status, 303);
    let long = "x".repeat(101);
    for (what, typed, says) in [
        ("name", long.as_str(), "This is too long"),
        ("username", "", "Fill in this field"),
        ("username", "no spaces please", "1 to 20 letters"),
        ("username", "BOB", "This username is taken"),
        ("email", "no address", "Enter a valid e-mail address"),
        ("email", ADA, "You have this one already"),
        ("phone", "123", "Enter a mobile number"),
        ("phone", "+4915112345678", "Enter a mobile number"),
    ] {
        let answer = change(&world, &browser, what, &[(what, typed)]).await;
        assert_eq!(answer.status, 400, "{what} {typed}");
        assert!(answer.body.contains("id=\"problem\"") && answer.body.contains(says), "{typed}: {}", answer.body);
        assert!(answer.body.contains(&format!("value=\"{typed}\"")), "what was typed stays: {}", answer.body);
    }
}

#[tokio::test]
async fn a_new_address_counts_once_its_code_is_typed() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let (other, _) = world.sign_in(ADA, PASSWORD).await;
    let page = follow(&world, &browser, &change(&world, &browser, "email", &[("email", NEW)]).await).await;
    assert!(page.status == 200 && page.body.contains("name=\"code\"") && page.body.contains(NEW), "{}", page.body);
    let before = world.call::<ShowAccount>(browser.call()).await;
    assert!(before.body.contains(ADA) && !before.body.contains(NEW), "{}", before.body);
    let right = world.code(NEW);
    for (wrong, says) in [("", "six digits"), ("12 34", "six digits"), (another(&right), "The code is wrong")] {
        let again = send(&world, &browser, &page, "email", &[("code", wrong)]).await;
        assert!(again.status == 400 && again.body.contains(says), "{}", again.body);
        assert!(again.body.contains("name=\"code\"") && again.body.contains(NEW), "{}", again.body);
    }
    // Twice, as somebody does who clicks twice.
    for _ in 0..2 {
        let done = send(&world, &browser, &page, "email", &[("code", &right)]).await;
        assert_eq!(next(&done), (303, "/account?done=email"), "{}", done.body);
    }
    let after = world.call::<ShowAccount>(browser.call()).await;
    assert!(after.body.contains(NEW) && !after.body.contains(ADA), "{}", after.body);
    assert_eq!(world.sign_in(NEW, PASSWORD).await.1.status, 303);
    assert_eq!(world.call::<ShowAccount>(other.call()).await.status, 303, "the other session has ended");
}

#[tokio::test]
async fn a_new_phone_counts_once_its_code_is_typed() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = follow(&world, &browser, &change(&world, &browser, "phone", &[("phone", PHONE)]).await).await;
    assert!(page.status == 200 && page.body.contains("name=\"code\"") && page.body.contains(PHONE), "{}", page.body);
    let right = world.texted(TEXTED);
    let wrong = send(&world, &browser, &page, "phone", &[("code", another(&right))]).await;
    assert!(wrong.status == 400 && wrong.body.contains("The code is wrong"), "{}", wrong.body);
    for _ in 0..2 {
        let done = send(&world, &browser, &page, "phone", &[("code", &right)]).await;
        assert_eq!(next(&done), (303, "/account?done=phone"), "{}", done.body);
    }
    let after = world.call::<ShowAccount>(browser.call()).await;
    assert!(after.body.contains(TEXTED), "{}", after.body);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_at_once_is_done_once() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = open(&world, &browser, "username").await;
    let filled = [("username", "ada")];
    let twice = tokio::join!(
        send(&world, &browser, &page, "username", &filled),
        send(&world, &browser, &page, "username", &filled)
    );
    for answer in [&twice.0, &twice.1] {
        assert_eq!(next(answer), (303, "/account?done=username"), "{}", answer.body);
    }
    let asked = change(&world, &browser, "email", &[("email", NEW)]).await;
    let page = follow(&world, &browser, &asked).await;
    let code = world.code(NEW);
    let filled = [("code", code.as_str())];
    let twice =
        tokio::join!(send(&world, &browser, &page, "email", &filled), send(&world, &browser, &page, "email", &filled));
    for answer in [&twice.0, &twice.1] {
        assert_eq!(next(answer), (303, "/account?done=email"), "{}", answer.body);
    }
    assert_eq!(world.call::<ShowAccount>(browser.call()).await.status, 200, "this session goes on");
}

#[tokio::test]
async fn a_code_that_is_asked_for_twice_is_sent_once_and_the_page_asks_for_that_one() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for (what, typed, to) in [("email", NEW, NEW), ("phone", PHONE, TEXTED)] {
        let asked = change(&world, &browser, what, &[(what, typed)]).await;
        let again = change(&world, &browser, what, &[(what, typed)]).await;
        assert_eq!(next(&again), next(&asked), "{}", again.body);
        let page = follow(&world, &browser, &again).await;
        assert!(page.body.contains("name=\"code\"") && page.body.contains(typed), "{}", page.body);
        assert_eq!(count(&world, to), 1);
    }
}

#[tokio::test]
async fn a_code_that_went_elsewhere_less_than_a_minute_ago_is_not_taken_for_the_one_that_is_asked_for() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let (other, _) = world.sign_in(ADA, PASSWORD).await;
    // The session waits for its code to another address, and the phone for the code of another session.
    for (what, first, later, wanted) in [("email", NEW, &browser, BOB), ("phone", PHONE, &other, PHONE)] {
        assert_eq!(change(&world, &browser, what, &[(what, first)]).await.status, 303);
        let again = change(&world, later, what, &[(what, wanted)]).await;
        assert!(again.status == 429 && again.body.contains("less than a minute ago"), "{}", again.body);
        assert!(again.body.contains("name=\"code\"") && again.body.contains(wanted), "{}", again.body);
    }
}

#[tokio::test]
async fn a_taken_address_is_answered_as_a_free_one_until_its_code_is_typed() {
    let world = World::new().await;
    world.sign_up(BOB).await;
    let before = count(&world, BOB);
    let browser = world.sign_up(ADA).await;
    let asked = change(&world, &browser, "email", &[("email", BOB)]).await;
    assert_eq!(next(&asked), (303, "/account?edit=email&email=bob%40example.com&sent=yes"));
    assert_eq!(count(&world, BOB), before + 1);
    let page = follow(&world, &browser, &asked).await;
    let answer = send(&world, &browser, &page, "email", &[("code", &world.code(BOB))]).await;
    assert!(answer.status == 400 && answer.body.contains("Another account has this one"), "{}", answer.body);
    assert!(answer.body.contains(&format!("value=\"{BOB}\"")) && !answer.body.contains("name=\"code\""));
    assert_eq!(world.sign_in(BOB, PASSWORD).await.1.status, 303);
}

#[tokio::test]
async fn wrong_codes_burn_the_code_and_the_page_offers_another() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = follow(&world, &browser, &change(&world, &browser, "email", &[("email", NEW)]).await).await;
    let right = world.code(NEW);
    for _ in 0..5 {
        send(&world, &browser, &page, "email", &[("code", another(&right))]).await;
    }
    let answer = send(&world, &browser, &page, "email", &[("code", &right)]).await;
    assert!(answer.status == 400 && answer.body.contains("Request a new one"), "{}", answer.body);
    assert!(answer.body.contains("Send a code") && answer.body.contains(&format!("value=\"{NEW}\"")));
}

#[tokio::test]
async fn who_signed_in_long_ago_shows_the_password_and_keeps_what_was_typed() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let early = open(&world, &browser, "email").await;
    assert!(!early.body.contains("name=\"password\""), "{}", early.body);
    world.clock.advance(Seconds::minutes(11));
    for (what, typed) in [("email", NEW), ("username", "ada"), ("phone", PHONE)] {
        let page = open(&world, &browser, what).await;
        assert!(page.body.contains("name=\"password\""), "{}", page.body);
        for (password, says) in [("", "Enter your password"), ("wrong-one-22", "The password is wrong")] {
            let answer = send(&world, &browser, &early, what, &[(what, typed), ("password", password)]).await;
            assert!(answer.status == 400 && answer.body.contains("id=\"password-problem\""), "{}", answer.body);
            assert!(answer.body.contains(says) && answer.body.contains("name=\"password\""), "{}", answer.body);
            assert!(answer.body.contains(&format!("value=\"{typed}\"")), "what was typed stays: {}", answer.body);
            assert!(!answer.body.contains("wrong-one-22"), "but for the password");
        }
    }
    assert_eq!((count(&world, NEW), count(&world, TEXTED)), (0, 0));
    let answer = change(&world, &browser, "email", &[("email", NEW), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let name = change(&world, &browser, "name", &[("name", "Countess")]).await;
    assert_eq!(next(&name), (303, "/account?done=name"), "a name wants no password");
}

#[tokio::test]
async fn what_was_typed_survives_the_end_of_the_session() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = open(&world, &browser, "name").await;
    world.clock.advance(Seconds::days(30));
    let away = send(&world, &browser, &page, "name", &[("name", "Ada Lovelace")]).await;
    let (browser, back) = sign_in_and_back(&world, &away).await;
    assert_eq!(next(&back), (303, "/account?edit=name&name=Ada%20Lovelace"));
    let page = follow(&world, &browser, &back).await;
    assert!(page.body.contains("value=\"Ada Lovelace\""), "{}", page.body);
    let done = send(&world, &browser, &page, "name", &[("name", "Ada Lovelace")]).await;
    assert_eq!(next(&done), (303, "/account?done=name"));
}

#[tokio::test]
async fn a_code_of_a_session_that_ended_is_asked_for_again_with_the_address() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = follow(&world, &browser, &change(&world, &browser, "email", &[("email", NEW)]).await).await;
    world.clock.advance(Seconds::days(30));
    let away = send(&world, &browser, &page, "email", &[("code", "123456")]).await;
    let (browser, back) = sign_in_and_back(&world, &away).await;
    assert_eq!(next(&back), (303, "/account?edit=email&email=ada%40new.example"));
    let page = follow(&world, &browser, &back).await;
    assert!(page.body.contains(&format!("value=\"{NEW}\"")) && page.body.contains("Send a code"), "{}", page.body);
}

#[tokio::test]
async fn a_form_that_is_opened_without_a_session_is_there_after_the_sign_in() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let away = world.call::<ShowAccount>(Call::empty().query("edit", "email")).await;
    let (_, back) = sign_in_and_back(&world, &away).await;
    assert_eq!(next(&back), (303, "/account?edit=email"));
}

#[tokio::test]
async fn a_form_that_was_shown_to_somebody_else_changes_nothing() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up(BOB).await);
    let page = open(&world, &ada, "name").await;
    let answer = send(&world, &bob, &page, "name", &[("name", "Mallory")]).await;
    assert_eq!(answer.status, 409);
    let page = world.call::<ShowAccount>(bob.call()).await;
    assert!(!page.body.contains("Mallory"), "{}", page.body);
    let foreign = ada.call().form(&[("action", "name"), ("name", "x")]).header("origin", "https://evil.example");
    assert_eq!(world.call::<ChangeAccount>(foreign).await.status, 403);
}

#[tokio::test]
async fn an_address_in_a_link_is_shown_as_one_and_nothing_else_is() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let text = "your bank, call 0900-1234";
    for what in ["email", "phone", "name", "username"] {
        let call = browser.call().query("edit", what).query(what, text).query("sent", "yes");
        let page = world.call::<ShowAccount>(call).await;
        assert!(page.status == 200 && !page.body.contains("name=\"code\""), "{what}: {}", page.body);
    }
}

#[tokio::test]
async fn the_code_of_the_sign_up_is_typed_on_the_page() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowAccount>(browser.call()).await;
    assert!(page.body.contains("Not verified"), "{}", page.body);
    let right = world.code(ADA);
    let form = open(&world, &browser, "verify").await;
    let wrong = send(&world, &browser, &form, "verify", &[("code", another(&right))]).await;
    assert!(wrong.status == 400 && wrong.body.contains("The code is wrong"), "{}", wrong.body);
    for _ in 0..2 {
        let answer = send(&world, &browser, &form, "verify", &[("code", &right)]).await;
        assert_eq!(next(&answer), (303, "/account?done=verify"), "{}", answer.body);
    }
    let page = world.call::<ShowAccount>(browser.call()).await;
    assert!(page.body.contains("Verified") && !page.body.contains("Not verified"), "{}", page.body);
    let form = open(&world, &browser, "verify").await;
    assert!(!form.body.contains("name=\"code\""), "there is nothing to verify: {}", form.body);
}

#[tokio::test]
async fn the_code_of_the_sign_up_is_mailed_again_when_the_last_is_dead() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let form = open(&world, &browser, "verify").await;
    let (before, old) = (count(&world, ADA), world.code(ADA));
    let live = send(&world, &browser, &form, "resend", &[]).await;
    assert_eq!(next(&live), (303, "/account?edit=verify&sent=yes"));
    assert_eq!(count(&world, ADA), before, "the last is alive");
    for _ in 0..5 {
        send(&world, &browser, &form, "verify", &[("code", another(&old))]).await;
    }
    let dead = send(&world, &browser, &form, "verify", &[("code", &old)]).await;
    assert!(dead.status == 400 && dead.body.contains("Request a new one"), "{}", dead.body);
    world.clock.advance(Seconds::minutes(2));
    assert_eq!(send(&world, &browser, &form, "resend", &[]).await.status, 303);
    assert_eq!(count(&world, ADA), before + 1);
    let answer = send(&world, &browser, &form, "verify", &[("code", &world.code(ADA))]).await;
    assert_eq!(next(&answer), (303, "/account?done=verify"), "{}", answer.body);
}

/// The token of the reset link that was mailed last.
async fn reset_token(world: &World, to: &str) -> String {
    let asked = world.call::<oauth::forgot::Mail>(Call::empty().form(&[("email", to), ("to", "")])).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    let text = world.mails(to).pop().expect("a mail").text.expect("a text");
    let (_, rest) = text.split_once("?token=").expect("a link");
    rest.split_whitespace().next().expect("a token").to_owned()
}

#[tokio::test]
async fn a_change_of_the_address_and_a_reset_by_the_former_one_at_once_are_one_of_the_two() {
    const RESET: &str = "quiet-harbour-58";
    for round in 0..8 {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let asked = change(&world, &browser, "email", &[("email", NEW)]).await;
        let page = follow(&world, &browser, &asked).await;
        let code = world.code(NEW);
        let token = reset_token(&world, ADA).await;
        let form = [("token", token.as_str()), ("password", RESET)];
        let filled = [("code", code.as_str())];
        let (moved, set) = tokio::join!(
            send(&world, &browser, &page, "email", &filled),
            world.call::<oauth::reset::Set>(Call::empty().form(&form))
        );
        let is_moved = next(&moved) == (303, "/account?done=email");
        assert!(is_moved != (set.status == 200), "round {round}: {} {}", moved.body, set.body);
        let mut opens = Vec::new();
        for (login, password) in [(NEW, PASSWORD), (NEW, RESET), (ADA, PASSWORD), (ADA, RESET)] {
            if world.sign_in(login, password).await.1.status == 303 {
                opens.push((login, password));
            }
        }
        assert_eq!(opens, [if is_moved { (NEW, PASSWORD) } else { (ADA, RESET) }], "round {round}");
    }
}
