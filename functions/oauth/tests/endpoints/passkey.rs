//! The sign-in page with a passkey: `docs/api/pages.md#sign-in`.

use std::sync::Arc;

use browser::ListSessions;
use browser::passkeys::{Register, RegistrationOptions};
use local::authenticator::Authenticator;
use oauth::{PasskeyOptions, ShowSignIn, SignIn};
use runtime::{Answer, query};
use serde_json::json;
use shared::clock::Seconds;
use shared::id::AppId;
use shared::oauth::client::Client;
use shared::passkey::UserHandle;

use crate::mail_code::{AWAY, HOME};
use crate::world::{ADA, Browser, Call, OURS, PASSWORD, World, body, hidden};

const MALLORY: &str = "mallory@example.com";

/// Changes what an honest authenticator would say.
type Forgery = fn(&mut Authenticator);

/// A new authenticator that has read the options for a registration.
async fn asked_to_register(world: &World, browser: &Browser) -> Authenticator {
    let options = world.call::<RegistrationOptions>(browser.call()).await;
    let mut authenticator = Authenticator::new("auth.example", OURS).expect("a key");
    authenticator.take_creation(&body(&options)).expect("options");
    authenticator
}

async fn register(world: &World, browser: &Browser, authenticator: &Authenticator) {
    let added = world.call::<Register>(browser.call().json(&json!({"credential": authenticator.create()}))).await;
    assert_eq!(added.status, 201, "{}", added.body);
}

/// Adds a passkey for whom the browser is signed in.
pub(crate) async fn add(world: &World, browser: &Browser) -> Authenticator {
    let authenticator = asked_to_register(world, browser).await;
    register(world, browser, &authenticator).await;
    authenticator
}

/// The authenticator with the challenge that the page's script fetches.
async fn challenged(world: &World, browser: &Browser, registered: &Authenticator, to: &str) -> Authenticator {
    let options = world.call::<PasskeyOptions>(browser.call().form(&[("to", to), ("credential", "")])).await;
    assert_eq!(options.status, 200, "{}", options.body);
    browser.keep(&options);
    let mut authenticator = registered.clone();
    authenticator.take_request(&body(&options)).expect("options");
    authenticator
}

/// Sends the page's form as its script does.
async fn answer(world: &World, browser: &Browser, authenticator: &Authenticator, to: &str) -> Answer {
    let credential = authenticator.get().expect("signs").to_string();
    let form = [("to", to), ("credential", credential.as_str())];
    world.call::<SignIn>(browser.call().form(&form).header("origin", OURS)).await
}

/// What the page's script does, one after the other.
pub(crate) async fn sign_in(world: &World, browser: &Browser, registered: &Authenticator, to: &str) -> Answer {
    let authenticator = challenged(world, browser, registered, to).await;
    answer(world, browser, &authenticator, to).await
}

#[track_caller]
fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 401, "{why}");
    assert!(!answer.cookies.iter().any(|line| line.contains("token=")), "{why}: {:?}", answer.cookies);
    let said = ["This passkey cannot be used to sign in here.", STALE];
    assert!(said.iter().any(|words| answer.body.contains(words)), "{why}: {}", answer.body);
}

/// What the page says of an answer that may be given once more.
const STALE: &str = "Use the passkey once more.";

/// Ada's passkey.
async fn world() -> (World, Authenticator) {
    let world = World::new().await;
    let registered = add(&world, &world.sign_up(ADA).await).await;
    (world, registered)
}

#[tokio::test]
async fn a_passkey_signs_in_and_goes_on_with_what_waits() {
    let (world, registered) = world().await;
    let client = world.client().await;
    let browser = Browser::default();
    let page = world.ask(&browser, &client.request()).await;
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way").1;
    let answer = sign_in(&world, &browser, &registered, &to).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(answer.header("location").expect("a way on").starts_with("/api/v1/auth/oauth2/authorize?"));
    browser.keep(&answer);
    let page = world.ask(&browser, &client.request()).await;
    assert!(page.body.contains("value=\"authorize\""), "{}", page.body);
}

#[tokio::test]
async fn a_sign_in_by_passkey_from_a_new_place_is_told_once_and_one_from_home_is_not() {
    let (world, registered) = world().await;
    let mut told = Vec::new();
    for source in [HOME, AWAY, AWAY, HOME] {
        let browser = Browser::default();
        let shown = challenged(&world, &browser, &registered, "").await;
        let credential = shown.get().expect("signs").to_string();
        let form = browser.call().form(&[("to", ""), ("credential", &*credential)]).header("origin", OURS);
        assert_eq!(world.call::<SignIn>(form.from(source)).await.status, 303);
        told.push(world.told_of_new_places(ADA));
    }
    assert_eq!(told, [0, 1, 1, 1]);
    let form = Call::empty().form(&[("login", ADA), ("password", PASSWORD)]).from(AWAY);
    assert_eq!(world.call::<SignIn>(form).await.status, 303);
    assert_eq!(world.told_of_new_places(ADA), 1, "the place is the user's, whatever they come in by");
}

#[tokio::test]
async fn the_session_that_the_browser_had_ends_when_somebody_signs_in_with_a_passkey() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let registered = add(&world, &browser).await;
    let answer = sign_in(&world, &browser, &registered, "").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/account")), "{}", answer.body);
    browser.keep(&answer);
    let sessions = body(&world.call::<ListSessions>(browser.call()).await);
    assert_eq!(sessions.as_array().expect("a list").len(), 1, "{sessions}");
}

#[tokio::test]
async fn a_passkey_that_was_asked_for_on_a_page_elsewhere_opens_nothing() {
    let (world, registered) = world().await;
    let forgeries: [(&str, Forgery); 4] = [
        ("another origin", |it| it.origin = "https://evil.example".to_owned()),
        ("another RP id", |it| it.rp_id = "evil.example".to_owned()),
        ("a frame", |it| it.cross_origin = true),
        ("the other ceremony", |it| it.kind = Some("webauthn.create")),
    ];
    for (name, forge) in forgeries {
        let browser = Browser::default();
        let mut authenticator = challenged(&world, &browser, &registered, "").await;
        forge(&mut authenticator);
        assert_refused(&answer(&world, &browser, &authenticator, "").await, name);
    }
}

#[tokio::test]
async fn a_challenge_of_the_page_is_good_once() {
    let (world, registered) = world().await;
    let browser = Browser::default();
    let authenticator = challenged(&world, &browser, &registered, "").await;
    assert_eq!(answer(&world, &browser, &authenticator, "").await.status, 303);
    assert_refused(&answer(&world, &browser, &authenticator, "").await, "a second time");
}

#[tokio::test]
async fn an_answer_that_is_sent_twice_or_too_late_is_asked_for_once_more_and_is_no_sign_of_a_copy() {
    let world = World::new().await;
    // One authenticator counts, and one does not.
    for (owner, counts) in [(ADA, 3), (MALLORY, 0)] {
        let told = || world.mails(owner).len();
        let owner = world.sign_up(owner).await;
        let mut registered = asked_to_register(&world, &owner).await;
        registered.sign_count = counts;
        register(&world, &owner, &registered).await;
        registered.sign_count = counts + counts.min(1);
        let browser = Browser::default();
        let authenticator = challenged(&world, &browser, &registered, "").await;
        assert_eq!(answer(&world, &browser, &authenticator, "").await.status, 303);
        let before = told();
        let again = answer(&world, &browser, &authenticator, "").await;
        assert!(again.status == 401 && again.body.contains(STALE), "{counts}: {}", again.body);
        assert_eq!(told(), before, "{counts}");
        registered.sign_count += counts.min(1);
        let late = challenged(&world, &browser, &registered, "").await;
        world.clock.advance(Seconds(300));
        let late = answer(&world, &browser, &late, "").await;
        assert!(late.status == 401 && late.body.contains(STALE), "{counts}: {}", late.body);
        assert_eq!(sign_in(&world, &browser, &registered, "").await.status, 303, "{counts}");
    }
}

#[tokio::test]
async fn of_fifty_answers_to_one_challenge_of_the_page_one_opens_a_session() {
    let (world, registered) = world().await;
    let (world, browser) = (Arc::new(world), Arc::new(Browser::default()));
    let authenticator = challenged(&world, &browser, &registered, "").await;
    let tries = (0..50).map(|_| {
        let (world, browser, authenticator) = (world.clone(), browser.clone(), authenticator.clone());
        tokio::spawn(async move { answer(&world, &browser, &authenticator, "").await.status })
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(statuses.into_iter().filter(|status| *status.as_ref().expect("no panic") == 303).count(), 1);
}

#[tokio::test]
async fn a_challenge_of_the_page_is_for_the_browser_that_was_given_it() {
    let (world, registered) = world().await;
    let (browser, another) = (Browser::default(), Browser::default());
    let authenticator = challenged(&world, &browser, &registered, "").await;
    let _ = challenged(&world, &another, &registered, "").await;
    assert_refused(&answer(&world, &another, &authenticator, "").await, "another browser with a mark of its own");
    assert_refused(&answer(&world, &Browser::default(), &authenticator, "").await, "a browser without a mark");
    assert_eq!(answer(&world, &browser, &authenticator, "").await.status, 303);
}

#[tokio::test]
async fn a_challenge_of_the_page_lives_for_five_minutes() {
    let (world, registered) = world().await;
    for (wait, status) in [(299, 303), (300, 401)] {
        let browser = Browser::default();
        let authenticator = challenged(&world, &browser, &registered, "").await;
        world.clock.advance(Seconds(wait));
        assert_eq!(answer(&world, &browser, &authenticator, "").await.status, status, "{wait}");
    }
}

#[tokio::test]
async fn a_passkey_signs_nobody_else_in() {
    let (world, ada) = world().await;
    let mallory = add(&world, &world.sign_up(MALLORY).await).await;
    let browser = Browser::default();
    let mut swapped = challenged(&world, &browser, &mallory, "").await;
    swapped.user_handle.clone_from(&ada.user_handle);
    assert_refused(&answer(&world, &browser, &swapped, "").await, "her own passkey with Ada's handle");
    swapped.id.clone_from(&ada.id);
    assert_refused(&answer(&world, &browser, &swapped, "").await, "her own key as Ada's passkey");
    let mut unknown = challenged(&world, &browser, &ada, "").await;
    unknown.id = vec![7; 16];
    assert_refused(&answer(&world, &browser, &unknown, "").await, "an unknown credential");
    unknown.user_handle.clear();
    assert_refused(&answer(&world, &browser, &unknown, "").await, "no handle");
}

#[tokio::test]
async fn a_passkey_of_one_app_opens_no_other() {
    let (world, mut registered) = world().await;
    let acme: AppId = "acme".parse().expect("an app");
    world.make_app("acme").await;
    let client = world.register(|client| Client { app: acme.clone(), ..client }).await;
    let to = query(&client.request());
    let browser = Browser::default();
    assert_refused(&sign_in(&world, &browser, &registered, &to).await, "a passkey of the first app");
    // A challenge of the first app's page on the other's.
    let authenticator = challenged(&world, &browser, &registered, "").await;
    assert_refused(&answer(&world, &browser, &authenticator, &to).await, "a challenge of the first app");
    let user = UserHandle::read(&registered.user_handle, &"default".parse().expect("an app")).expect("a user");
    registered.user_handle = UserHandle::of(&acme, user).as_bytes().to_vec();
    assert_refused(&sign_in(&world, &browser, &registered, &to).await, "with a handle of the other app");
}

#[tokio::test]
async fn a_challenge_to_add_a_passkey_signs_nobody_in() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let mut registered = add(&world, &browser).await;
    let _ = challenged(&world, &browser, &registered, "").await;
    registered.challenge = asked_to_register(&world, &browser).await.challenge;
    assert_refused(&answer(&world, &browser, &registered, "").await, "a challenge of another purpose");
}

#[tokio::test]
async fn a_user_with_a_second_factor_gets_no_session_for_a_key_whose_authenticator_did_not_verify_them() {
    let (world, registered) = world().await;
    let _ = world.set_up_factor("default", ADA).await;
    for (flags, status) in [(registered.flags & !0x04, 401), (registered.flags, 303)] {
        let browser = Browser::default();
        let mut authenticator = challenged(&world, &browser, &registered, "").await;
        authenticator.flags = flags;
        assert_eq!(answer(&world, &browser, &authenticator, "").await.status, status);
    }
}

#[tokio::test]
async fn a_sign_count_that_does_not_go_up_is_refused_on_the_page_and_told() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let mut registered = asked_to_register(&world, &browser).await;
    registered.sign_count = 3;
    register(&world, &browser, &registered).await;
    registered.sign_count = 4;
    assert_eq!(sign_in(&world, &Browser::default(), &registered, "").await.status, 303);
    let told = world.mails(ADA).len();
    assert_refused(&sign_in(&world, &Browser::default(), &registered, "").await, "the same count");
    assert_eq!(world.mails(ADA).len(), told + 1);
}

#[tokio::test]
async fn somebody_who_is_shut_out_is_told_what_an_unknown_passkey_is_told() {
    let (world, registered) = world().await;
    world.shut_out("default", ADA).await;
    assert_refused(&sign_in(&world, &Browser::default(), &registered, "").await, "shut out");
}

#[tokio::test]
async fn what_no_browser_gives_shows_the_page_again() {
    let world = World::new().await;
    for credential in ["{}", "x", "[]", "{\"id\":\"\"}"] {
        let answer = world.call::<SignIn>(Call::empty().form(&[("credential", credential)])).await;
        assert_refused(&answer, credential);
    }
}

#[tokio::test]
async fn a_page_of_another_site_is_given_no_challenge() {
    let world = World::new().await;
    let call = Call::empty().form(&[("to", "")]);
    let answer = world.call::<PasskeyOptions>(call.clone().header("origin", "https://evil.example")).await;
    assert_eq!((answer.status, answer.cookies.len()), (403, 0));
    assert_eq!(world.call::<PasskeyOptions>(call.header("origin", OURS)).await.status, 200);
}

#[tokio::test]
async fn a_deployment_at_an_address_has_no_passkeys() {
    let world = World::configured(&[("PUBLIC_URL", "https://192.0.2.1")]).await;
    assert_eq!(world.call::<PasskeyOptions>(Call::empty().form(&[("to", "")])).await.status, 404);
}

#[tokio::test]
async fn the_page_works_without_its_scripts_and_runs_no_other() {
    let world = World::new().await;
    let page = world.call::<ShowSignIn>(Call::empty()).await;
    assert_eq!(page.body.matches("<script").count(), 2);
    assert!(page.body.contains(&format!("<script>{}</script>", web::page::PASSKEY)));
    assert!(page.body.contains("autocomplete=\"username webauthn\""));
    // The script shows the form of the passkey.
    assert!(page.body.contains("data-options=\"/api/v1/auth/oauth2/passkey-options\" data-offers=\"yes\" hidden>"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'sha256-") && policy.contains("connect-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}
