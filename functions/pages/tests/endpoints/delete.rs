//! The page to delete the account on.

use browser::passkeys::{Authenticate, AuthenticationOptions};
use local::authenticator::Authenticator;
use local::faults::{Fault, On, Times};
use pages::delete::{Delete, Options, ShowDelete};
use rig::OURS;
use runtime::Answer;
use serde_json::json;
use shared::clock::Seconds;
use shared::store::keys::Key;
use shared::user::identity::Handle;

use crate::passkeys::{self, Forgery};
use crate::world::{ADA, Browser, PASSWORD, World, body, hidden, next};

const BOB: &str = "bob@example.com";

/// The user whom the page's forms name.
async fn user(world: &World, browser: &Browser) -> String {
    let page = world.call::<ShowDelete>(browser.call()).await;
    hidden(&page.body).into_iter().find(|(name, _)| name == "user").expect("a form with its user").1
}

/// The authenticator with the challenge that the page's script fetches.
pub(crate) async fn challenged(world: &World, browser: &Browser, registered: &Authenticator) -> Authenticator {
    let user = user(world, browser).await;
    let options = world.call::<Options>(browser.call().form(&[("user", &user), ("credential", "")])).await;
    assert_eq!(options.status, 200, "{}", options.body);
    let mut authenticator = registered.clone();
    authenticator.take_request(&body(&options)).expect("options");
    authenticator
}

/// Sends the page's form as its script does.
pub(crate) async fn send(world: &World, browser: &Browser, authenticator: &Authenticator) -> Answer {
    let (user, credential) = (user(world, browser).await, authenticator.get().expect("signs").to_string());
    world.call::<Delete>(browser.call().form(&[("user", &user), ("credential", &credential)])).await
}

/// What a request reads first that comes now: the user and the session, at once. They may arrive in either order, so this answers for both.
async fn person_read(world: &World, browser: &Browser) -> Fault {
    let (id, user) = ("default".parse().expect("an app id"), user(world, browser).await.parse().expect("a user's id"));
    let sessions = world.sessions(browser).await;
    let own = sessions.iter().find(|session| session["current"] == true).expect("its own");
    let session = own["id"].as_str().expect("an id").parse().expect("a session's id");
    let session = world.stored(&Key::session(&id, user, &session));
    let mut both = world.stored(&Key::user(&id, user));
    both.as_object_mut().expect("an item").extend(session.as_object().expect("an item").clone());
    Fault::Answer(json!({"Item": both}).to_string())
}

#[track_caller]
fn assert_stays(answer: &Answer, why: &str) {
    assert_eq!((answer.status, answer.cookies.len()), (400, 0), "{why}");
    assert!(answer.body.contains("This passkey does not prove that it is you."), "{why}: {}", answer.body);
}

#[tokio::test]
async fn an_account_is_deleted_with_its_password_and_not_without() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowDelete>(browser.call()).await;
    assert!(page.status == 200 && page.body.contains("name=\"password\""), "{}", page.body);
    for wrong in ["", "wrong-one-22"] {
        let answer = world.fill::<Delete>(&browser, &page, &[("password", wrong)]).await;
        assert!(answer.status == 400 && answer.body.contains("The password is wrong"), "{}", answer.body);
    }
    // Twice, as somebody does who clicks twice: the second finds the account gone, and says the same.
    let twin = rig::Browser::default();
    for (name, value) in ["access_token", "refresh_token"].map(|name| (name, browser.cookie(name).expect("a cookie"))) {
        twin.keep(&runtime::Answer::empty(200).with_cookies([format!("{name}={value}; Path=/")]));
    }
    for sender in [&browser, &twin] {
        let answer = world.fill::<Delete>(sender, &page, &[("password", PASSWORD)]).await;
        assert!(answer.status == 200 && answer.body.contains("Your account has been deleted"), "{}", answer.body);
        assert_eq!(sender.cookie("access_token"), None);
    }
    assert_eq!(world.sign_in(ADA, PASSWORD).await.1.status, 401);
}

/// The other request ends when this one has found who asks, and that the password is right.
#[tokio::test]
async fn an_account_that_another_request_deletes_in_this_moment_is_said_to_be_deleted() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowDelete>(browser.call()).await;
    let (id, handle) = ("default".parse().expect("an app id"), Handle::Email(ADA.parse().expect("an address")));
    let ring = world.ctx.store.ring(world.clock.now()).await.expect("a ring");
    let key = Key::identity(&id, &handle, &ring);
    let (person, identity) = (person_read(&world, &browser).await, world.stored(&key));
    let user = user(&world, &browser).await;
    let other = world.call::<Delete>(browser.call().form(&[("user", &user), ("password", PASSWORD)])).await;
    assert!(other.body.contains("Your account has been deleted"), "{}", other.body);
    world.put_back(&key, &identity);
    world.dynamodb.inject(person, On::operation("GetItem"), Times::Exactly(2));
    let answer = world.fill::<Delete>(&browser, &page, &[("password", PASSWORD)]).await;
    assert_eq!(world.dynamodb.pending(), 0);
    assert!(answer.status == 200 && answer.body.contains("Your account has been deleted"), "{}", answer.body);
    assert_eq!((browser.cookie("access_token"), browser.cookie("refresh_token")), (None, None));
}

#[tokio::test]
async fn an_account_whose_session_ends_in_this_moment_stays_and_its_user_is_asked_to_sign_in() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let (elsewhere, _) = world.sign_in(ADA, PASSWORD).await;
    let page = world.call::<ShowDelete>(browser.call()).await;
    let person = person_read(&world, &browser).await;
    assert_eq!(world.call::<browser::EndSessions>(elsewhere.call()).await.status, 204);
    world.dynamodb.inject(person, On::operation("GetItem"), Times::Exactly(2));
    let answer = world.fill::<Delete>(&browser, &page, &[("password", PASSWORD)]).await;
    assert_eq!(world.dynamodb.pending(), 0);
    assert_eq!(next(&answer), (303, "/account/sign-in?to=page%3D%252Faccount%252Fdelete%26app%3Ddefault"));
    assert_eq!(world.sign_in(ADA, PASSWORD).await.1.status, 303, "the account is there");
}

#[tokio::test]
async fn guesses_of_the_password_are_counted() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let page = world.call::<ShowDelete>(browser.call()).await;
    let mut last = 0;
    for _ in 0..12 {
        last = world.fill::<Delete>(&browser, &page, &[("password", "wrong-one-22")]).await.status;
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn a_form_that_was_shown_to_somebody_else_deletes_nobody() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let page = world.call::<ShowDelete>(ada.call()).await;
    let answer = world.fill::<Delete>(&bob, &page, &[("password", PASSWORD)]).await;
    assert_eq!(answer.status, 409);
    assert_eq!(world.sign_in("bob@example.com", PASSWORD).await.1.status, 303);
    assert_eq!(world.sign_in(ADA, PASSWORD).await.1.status, 303);
    let foreign = ada.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<Delete>(foreign).await.status, 403);
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_signs_in_first() {
    let world = World::new().await;
    let away = world.call::<ShowDelete>(rig::Call::empty()).await;
    assert_eq!(next(&away), (303, "/account/sign-in?to=page%3D%252Faccount%252Fdelete%26app%3Ddefault"));
}

#[tokio::test]
async fn a_passkey_deletes_the_account_in_place_of_the_password() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let without = world.call::<ShowDelete>(browser.call()).await;
    assert!(!without.body.contains("data-passkey"), "{}", without.body);
    let registered = passkeys::added(&world, &browser).await;
    let page = world.call::<ShowDelete>(browser.call()).await;
    assert!(page.body.contains("data-passkey=\"get\"") && page.body.contains("name=\"password\""), "{}", page.body);
    // However long ago the sign-in was.
    world.clock.advance(Seconds(3000));
    let authenticator = challenged(&world, &browser, &registered).await;
    let answer = send(&world, &browser, &authenticator).await;
    assert!(answer.status == 200 && answer.body.contains("Your account has been deleted"), "{}", answer.body);
    assert_eq!(world.sign_in(ADA, PASSWORD).await.1.status, 401);
}

#[tokio::test]
async fn a_passkey_that_was_asked_for_on_a_page_elsewhere_deletes_nothing() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let registered = passkeys::added(&world, &browser).await;
    let forgeries: [(&str, Forgery); 9] = [
        ("another origin", |it| it.origin = "https://evil.example".to_owned()),
        ("another RP id", |it| it.rp_id = "evil.example".to_owned()),
        ("a frame", |it| it.cross_origin = true),
        ("a page above", |it| it.top_origin = Some(OURS)),
        ("the other ceremony", |it| it.kind = Some("webauthn.create")),
        ("nobody present", |it| it.flags &= !0x01),
        ("a key of the other sort", |it| it.flags &= !0x18),
        ("a credential that is not listed", |it| it.id = vec![5; 16]),
        ("no handle", |it| it.user_handle.clear()),
    ];
    for (name, forge) in forgeries {
        let mut authenticator = challenged(&world, &browser, &registered).await;
        forge(&mut authenticator);
        assert_stays(&send(&world, &browser, &authenticator).await, name);
    }
}

#[tokio::test]
async fn a_sign_count_that_does_not_go_up_deletes_nothing_and_is_told() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let registered = passkeys::added_with(&world, &browser, 3).await;
    let authenticator = challenged(&world, &browser, &registered).await;
    let told = world.mails(ADA).len();
    assert_stays(&send(&world, &browser, &authenticator).await, "as often as before");
    let news = world.mails(ADA).split_off(told);
    assert!(
        news.iter().any(|mail| mail.subject.as_ref().is_some_and(|subject| subject.contains("copied"))),
        "{news:?}"
    );
}

/// The challenge of this page opens no session.
#[tokio::test]
async fn a_challenge_to_delete_signs_nobody_in() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let registered = passkeys::added(&world, &browser).await;
    browser.keep(&world.call::<AuthenticationOptions>(browser.call().header("origin", OURS)).await);
    let authenticator = challenged(&world, &browser, &registered).await;
    let credential = authenticator.get().expect("signs");
    let form = browser.call().header("origin", OURS).json(&serde_json::json!({"credential": credential}));
    let answer = world.call::<Authenticate>(form).await;
    assert_eq!((answer.status, answer.cookies.len()), (401, 0), "{}", answer.body);
}

#[tokio::test]
async fn a_challenge_to_sign_in_deletes_nothing() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let mut registered = passkeys::added(&world, &browser).await;
    let options = world.call::<AuthenticationOptions>(browser.call().header("origin", OURS)).await;
    browser.keep(&options);
    registered.take_request(&body(&options)).expect("options");
    assert_stays(&send(&world, &browser, &registered).await, "a challenge of another purpose");
}

#[tokio::test]
async fn a_challenge_to_delete_is_for_its_session_and_lives_for_five_minutes() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let registered = passkeys::added(&world, &browser).await;
    let (again, _) = world.sign_in(ADA, PASSWORD).await;
    let authenticator = challenged(&world, &browser, &registered).await;
    assert_stays(&send(&world, &again, &authenticator).await, "another session");
    world.clock.advance(Seconds(300));
    assert_stays(&send(&world, &browser, &authenticator).await, "after five minutes");
}

#[tokio::test]
async fn a_passkey_of_another_user_deletes_nobody() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up(BOB).await);
    let (of_ada, of_bob) = (passkeys::added(&world, &ada).await, passkeys::added(&world, &bob).await);
    let mut swapped = challenged(&world, &ada, &of_bob).await;
    assert_stays(&send(&world, &ada, &swapped).await, "Bob's passkey");
    swapped.user_handle.clone_from(&of_ada.user_handle);
    assert_stays(&send(&world, &ada, &swapped).await, "with Ada's handle");
    swapped.id.clone_from(&of_ada.id);
    assert_stays(&send(&world, &ada, &swapped).await, "as Ada's passkey");
    let mut own = challenged(&world, &ada, &of_ada).await;
    own.user_handle.clone_from(&of_bob.user_handle);
    assert_stays(&send(&world, &ada, &own).await, "Ada's passkey with Bob's handle");
    let user = user(&world, &ada).await;
    assert_eq!(world.call::<Options>(bob.call().form(&[("user", &user)])).await.status, 401);
    let foreign = ada.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<Options>(foreign).await.status, 403);
}
