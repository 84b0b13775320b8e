//! The page of the passkeys: `docs/api/pages.md#passkeys`.

use browser::EndSessions;
use browser::passkeys::AuthenticationOptions;
use local::authenticator::Authenticator;
use oauth::{PasskeyOptions, SignIn};
use pages::security;
use pages::security::passkeys::{Change, Options, ShowPasskeys};
use rig::OURS;
use runtime::{Answer, Form};
use shared::clock::Seconds;
use shared::passkey::MOST_PASSKEYS;

use crate::world::{ADA, Browser, Call, PASSWORD, World, body, next};

const BOB: &str = "bob@example.com";

/// Changes what an honest authenticator would say.
pub(crate) type Forgery = fn(&mut Authenticator);

/// The user whom the page's forms name.
fn user(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"user\" value=\"").expect("a form with its user");
    rest.split('"').next().expect("its end").to_owned()
}

/// The passkeys of the page.
fn listed(page: &Answer) -> Vec<String> {
    let rows = page.body.split("name=\"passkey\" value=\"").skip(1);
    let mut ids: Vec<_> = rows.map(|rest| rest.split('"').next().expect("its end").to_owned()).collect();
    ids.dedup();
    ids
}

async fn show(world: &World, browser: &Browser) -> Answer {
    let page = world.call::<ShowPasskeys>(browser.call()).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page
}

/// A new authenticator that has read the options which the page's script fetches.
async fn asked(world: &World, browser: &Browser) -> Authenticator {
    let page = show(world, browser).await;
    let options = world.call::<Options>(browser.call().form(&[("user", &user(&page))])).await;
    assert_eq!(options.status, 200, "{}", options.body);
    let mut authenticator = Authenticator::new("auth.example", OURS).expect("a key");
    authenticator.take_creation(&body(&options)).expect("options");
    authenticator
}

/// Sends the page's form as its script does.
async fn add(world: &World, browser: &Browser, authenticator: &Authenticator, name: &str) -> Answer {
    let page = show(world, browser).await;
    let (user, credential) = (user(&page), authenticator.create().to_string());
    let form = [("user", user.as_str()), ("action", "add"), ("credential", credential.as_str()), ("name", name)];
    world.call::<Change>(browser.call().form(&form)).await
}

async fn send(world: &World, browser: &Browser, form: &[(&str, &str)]) -> Answer {
    let user = user(&show(world, browser).await);
    world.call::<Change>(browser.call().form(&[&[("user", user.as_str())], form].concat())).await
}

pub(crate) async fn added(world: &World, browser: &Browser) -> Authenticator {
    added_with(world, browser, 0).await
}

/// Of an authenticator that has signed so often.
pub(crate) async fn added_with(world: &World, browser: &Browser, sign_count: u32) -> Authenticator {
    let mut authenticator = asked(world, browser).await;
    authenticator.sign_count = sign_count;
    let answer = add(world, browser, &authenticator, "Telephone").await;
    assert_eq!(next(&answer), (303, "/account/security/passkeys?done=added"), "{}", answer.body);
    authenticator
}

/// Signs in on the sign-in page.
async fn sign_in(world: &World, registered: &Authenticator) -> Answer {
    let browser = Browser::default();
    let options = world.call::<PasskeyOptions>(browser.call().form(&[("to", "")])).await;
    browser.keep(&options);
    let mut authenticator = registered.clone();
    authenticator.take_request(&body(&options)).expect("options");
    let credential = authenticator.get().expect("signs").to_string();
    world.call::<SignIn>(browser.call().form(&[("credential", &credential)])).await
}

#[track_caller]
fn assert_not_added(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 400, "{why}");
    assert!(answer.body.contains("The passkey was not added."), "{why}: {}", answer.body);
    assert_eq!(listed(answer), [""; 0], "{why}");
}

#[tokio::test]
async fn a_passkey_is_added_on_the_page_told_by_mail_and_signs_in() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    assert!(
        world.call::<security::ShowSecurity>(browser.call()).await.body.contains("href=\"/account/security/passkeys\"")
    );
    let told = world.mails(ADA).len();
    let registered = added(&world, &browser).await;
    assert_eq!(world.mails(ADA).len(), told + 1);
    let page = world.call::<ShowPasskeys>(browser.call().query("done", "added")).await;
    assert!(page.body.contains("Telephone") && page.body.contains("never used"), "{}", page.body);
    assert!(page.body.contains("The passkey was added."), "{}", page.body);
    assert_eq!(sign_in(&world, &registered).await.status, 303);
    let page = show(&world, &browser).await;
    assert!(page.body.contains("last used 15 Jan 2027, 08:00 UTC"), "{}", page.body);
}

#[tokio::test]
async fn a_passkey_without_a_name_is_called_as_the_device() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let authenticator = asked(&world, &browser).await;
    assert_eq!(add(&world, &browser, &authenticator, " ").await.status, 303);
    assert!(show(&world, &browser).await.body.contains("<bdi>Passkey</bdi>"));
}

#[tokio::test]
async fn a_passkey_that_was_made_on_a_page_elsewhere_is_not_added() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let forgeries: [(&str, Forgery); 5] = [
        ("another origin", |it| it.origin = "https://evil.example".to_owned()),
        ("another RP id", |it| it.rp_id = "evil.example".to_owned()),
        ("a frame", |it| it.cross_origin = true),
        ("the other ceremony", |it| it.kind = Some("webauthn.get")),
        ("nobody present", |it| it.flags &= !0x01),
    ];
    for (name, forge) in forgeries {
        let mut authenticator = asked(&world, &browser).await;
        forge(&mut authenticator);
        assert_not_added(&add(&world, &browser, &authenticator, "").await, name);
    }
}

#[tokio::test]
async fn a_challenge_of_the_page_adds_one_passkey() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let first = added(&world, &browser).await;
    let mut second = Authenticator::new("auth.example", OURS).expect("a key");
    second.challenge.clone_from(&first.challenge);
    second.user_handle.clone_from(&first.user_handle);
    // The same form twice, as somebody does who clicks twice, adds it once.
    assert_eq!(next(&add(&world, &browser, &first, "Telephone").await), (303, "/account/security/passkeys?done=added"));
    assert_eq!(add(&world, &browser, &second, "").await.status, 400);
    assert_eq!(listed(&show(&world, &browser).await).len(), 1);
}

#[tokio::test]
async fn a_challenge_of_the_page_is_for_its_session_and_lives_for_five_minutes() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up(BOB).await);
    let (again, _) = world.sign_in(ADA, PASSWORD).await;
    let authenticator = asked(&world, &ada).await;
    assert_not_added(&add(&world, &bob, &authenticator, "").await, "another user");
    assert_not_added(&add(&world, &again, &authenticator, "").await, "another session of the user's");
    world.clock.advance(Seconds(300));
    assert_not_added(&add(&world, &ada, &authenticator, "").await, "after five minutes");
}

#[tokio::test]
async fn a_challenge_to_sign_in_adds_nothing() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let options = world.call::<AuthenticationOptions>(browser.call().header("origin", OURS)).await;
    browser.keep(&options);
    let mut authenticator = asked(&world, &browser).await;
    authenticator.take_request(&body(&options)).expect("options");
    assert_not_added(&add(&world, &browser, &authenticator, "").await, "a challenge of another purpose");
}

#[tokio::test]
async fn a_passkey_of_one_user_is_not_added_to_another() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up(BOB).await);
    let registered = added(&world, &ada).await;
    let mut stolen = asked(&world, &bob).await;
    stolen.id.clone_from(&registered.id);
    assert_not_added(&add(&world, &bob, &stolen, "").await, "a credential that is somebody's");
}

#[tokio::test]
async fn what_no_browser_gives_is_not_added() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for credential in ["", "x", "{}", "[]"] {
        let answer = send(&world, &browser, &[("action", "add"), ("credential", credential)]).await;
        assert_not_added(&answer, credential);
    }
}

/// The forms of the list need no script.
#[tokio::test]
async fn a_passkey_is_renamed_and_removed_by_its_user_alone() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up(BOB).await);
    let registered = added(&world, &ada).await;
    let id = listed(&show(&world, &ada).await).pop().expect("a passkey");
    let told = world.mails(ADA).len();
    // Bob is told what he would be told of a passkey that nobody has.
    for (form, done) in
        [([("action", "rename"), ("name", "Mine")], "gone"), ([("action", "remove"), ("name", "")], "removed")]
    {
        let form = [&form[..], &[("passkey", id.as_str())]].concat();
        let done = format!("/account/security/passkeys?done={done}");
        assert_eq!(next(&send(&world, &bob, &form).await), (303, done.as_str()));
        assert_eq!(listed(&show(&world, &ada).await), std::slice::from_ref(&id));
    }
    let rename = |name| [("action", "rename"), ("passkey", id.as_str()), ("name", name)];
    let renamed = send(&world, &ada, &rename("  我的手机 ")).await;
    assert_eq!(next(&renamed), (303, "/account/security/passkeys?done=renamed"));
    assert!(show(&world, &ada).await.body.contains("<bdi>我的手机</bdi>"));
    for name in ["", " ", "a\nb", &"x".repeat(65)] {
        let answer = send(&world, &ada, &rename(name)).await;
        assert!(answer.status == 400 && answer.body.contains("<bdi>我的手机</bdi>"), "{name}: {}", answer.body);
    }
    assert_eq!(world.mails(ADA).len(), told);
    let remove = [("action", "remove"), ("passkey", id.as_str())];
    assert_eq!(next(&send(&world, &ada, &remove).await), (303, "/account/security/passkeys?done=removed"));
    assert_eq!(world.mails(ADA).len(), told + 1);
    // Twice, as somebody does who clicks twice.
    assert_eq!(next(&send(&world, &ada, &remove).await), (303, "/account/security/passkeys?done=removed"));
    assert_eq!(world.mails(ADA).len(), told + 1);
    assert_eq!(sign_in(&world, &registered).await.status, 401);
}

#[tokio::test]
async fn adding_and_removing_want_a_sign_in_of_the_last_ten_minutes() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    added(&world, &browser).await;
    let page = show(&world, &browser).await;
    let (user, id) = (user(&page), listed(&page).pop().expect("a passkey"));
    world.clock.advance(Seconds(599));
    let late = asked(&world, &browser).await;
    world.clock.advance(Seconds(1));
    let options = world.call::<Options>(browser.call().form(&[("user", &user)])).await;
    assert_eq!((options.status, options.body.as_str()), (401, "{}"));
    let remove = [("user", user.as_str()), ("action", "remove"), ("passkey", id.as_str())];
    for answer in [
        add(&world, &browser, &late, "").await,
        world.call::<Change>(browser.call().form(&remove)).await,
        show(&world, &browser).await,
    ] {
        assert_eq!((answer.status, listed(&answer).len()), (200, 1), "{}", answer.body);
        assert!(answer.body.contains("href=\"/account/sign-in?to="), "{}", answer.body);
        assert!(!answer.body.contains("value=\"remove\"") && !answer.body.contains("value=\"add\""));
    }
    // A name opens nothing.
    let rename = [("action", "rename"), ("passkey", id.as_str()), ("name", "Mine")];
    assert_eq!(send(&world, &browser, &rename).await.status, 303);
}

#[tokio::test]
async fn a_form_that_was_shown_to_somebody_else_changes_nothing() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up(BOB).await);
    added(&world, &ada).await;
    let page = show(&world, &ada).await;
    let (user, id) = (user(&page), listed(&page).pop().expect("a passkey"));
    for action in ["add", "rename", "remove"] {
        let form = [("user", user.as_str()), ("action", action), ("passkey", id.as_str()), ("name", "x")];
        let answer = world.call::<Change>(bob.call().form(&form)).await;
        assert_eq!(next(&answer), (303, "/account/security/passkeys?done=nothing"), "{action}");
    }
    assert_eq!(world.call::<Options>(bob.call().form(&[("user", &user)])).await.status, 401);
    assert!(show(&world, &ada).await.body.contains("<bdi>Telephone</bdi>"));
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing_and_is_given_no_challenge() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let foreign = || browser.call().header("origin", "https://evil.example");
    assert_eq!(world.call::<Change>(foreign()).await.status, 403);
    assert_eq!(world.call::<Options>(foreign()).await.status, 403);
}

#[tokio::test]
async fn who_has_as_many_as_anybody_may_adds_no_more() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for _ in 1..MOST_PASSKEYS {
        added(&world, &browser).await;
    }
    let (last, beyond) = (asked(&world, &browser).await, asked(&world, &browser).await);
    assert_eq!(add(&world, &browser, &last, "").await.status, 303);
    let full = add(&world, &browser, &beyond, "").await;
    assert!(full.status == 400 && full.body.contains("as many passkeys as anybody may"), "{}", full.body);
    let page = show(&world, &browser).await;
    assert!(!page.body.contains("value=\"add\"") && page.body.contains("as many passkeys as anybody may"));
    assert_eq!(world.call::<Options>(browser.call().form(&[("user", &user(&page))])).await.status, 401);
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_signs_in_first() {
    let world = World::new().await;
    let away = world.call::<ShowPasskeys>(Call::empty()).await;
    let to = "/account/sign-in?to=page%3D%252Faccount%252Fsecurity%252Fpasskeys%26app%3Ddefault";
    assert_eq!(next(&away), (303, to));
    assert_eq!(next(&world.call::<Change>(Call::empty()).await), (303, to));
}

#[tokio::test]
async fn the_page_speaks_chinese_too() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    added(&world, &browser).await;
    let page = world.call::<ShowPasskeys>(browser.call().query("lang", "zh").query("done", "added")).await;
    for words in ["通行密钥已添加", "从未使用", "重命名", "确认移除", "添加通行密钥"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
}

#[tokio::test]
async fn the_name_that_was_typed_comes_back_when_the_session_ended_meanwhile_or_it_is_not_taken() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    added(&world, &browser).await;
    let page = show(&world, &browser).await;
    let (user, id) = (user(&page), listed(&page).pop().expect("a passkey"));
    let long = "x".repeat(65);
    let renamed = |name| [("action", "rename"), ("passkey", id.as_str()), ("name", name)];
    let refused = send(&world, &browser, &renamed(&long)).await;
    assert_eq!(refused.status, 400);
    let (heading, field) = (refused.body.contains("<bdi>Telephone</bdi>"), format!("value=\"{long}\""));
    assert!(heading && refused.body.contains(&field), "{}", refused.body);
    assert_eq!(refused.body.matches("id=\"problem\"").count(), 1, "beside the field alone: {}", refused.body);

    world.call::<EndSessions>(browser.call()).await;
    let forms = [&renamed("Mine & yours")[..], &[("action", "add"), ("name", "Mine & yours")]];
    for form in forms {
        let form = [&[("user", user.as_str())], form].concat();
        let away = world.call::<Change>(browser.call().form(&form)).await;
        let (status, location) = next(&away);
        assert_eq!(status, 303, "{}", away.body);
        let query = location.strip_prefix("/account/sign-in?").expect("the sign-in page");
        let query = Form::read(query.as_bytes());
        let to = query.one("to").expect("one").expect("a way back");
        let signed_in = [("login", ADA), ("password", PASSWORD), ("to", to)];
        let back = world.call::<SignIn>(Call::empty().form(&signed_in)).await;
        let again = Browser::default();
        again.keep(&back);
        let (_, query) = back.header("location").and_then(|page| page.split_once('?')).expect("what was typed");
        let page = world.call::<ShowPasskeys>(again.call().raw_query(query)).await;
        assert_eq!(page.body.matches("value=\"Mine &#38; yours\"").count(), 1, "{}", page.body);
        assert!(page.body.contains("<bdi>Telephone</bdi>"), "nothing is renamed: {}", page.body);
    }
}
