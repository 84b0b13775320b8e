//! Passkeys: added, signed in with, listed and removed; and whatever is forged.

use std::sync::Arc;

use browser::ListSessions;
use browser::passkeys::{Authenticate, AuthenticationOptions, List, Register, RegistrationOptions, Remove, Rename};
use local::authenticator::Authenticator;
use local::faults::{Fault, On, Times};
use local::outbox::Message;
use runtime::Answer;
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::id::{AppId, UserId};
use shared::passkey::{MOST_PASSKEYS, UserHandle};

use crate::world::{ADA, Browser, Call, OURS, World, body, refusal};

/// The RP id of the deployment.
const RP_ID: &str = "auth.example";

fn refused() -> (u16, String) {
    (401, "invalid_passkey".to_owned())
}

fn not_added() -> (u16, String) {
    (400, "passkey_not_added".to_owned())
}

fn subject(mail: &Message) -> &str {
    mail.subject.as_deref().expect("a subject")
}

fn call(browser: &Browser) -> Call {
    browser.call().header("origin", OURS)
}

/// The options for a registration.
pub(crate) async fn options(world: &World, browser: &Browser) -> Answer {
    world.call::<RegistrationOptions>(call(browser)).await
}

/// A new authenticator that has read them.
pub(crate) async fn asked(world: &World, browser: &Browser) -> Authenticator {
    let options = options(world, browser).await;
    assert_eq!(options.status, 200, "{}", options.body);
    let mut authenticator = Authenticator::new(RP_ID, OURS).expect("a key");
    authenticator.take_creation(&body(&options)).expect("options");
    authenticator
}

pub(crate) async fn register(world: &World, browser: &Browser, authenticator: &Authenticator) -> Answer {
    let answer = json!({"credential": authenticator.create(), "name": "Telephone"});
    world.call::<Register>(call(browser).json(&answer)).await
}

/// Adds a passkey for the user who is signed in.
pub(crate) async fn add(world: &World, browser: &Browser) -> Authenticator {
    let authenticator = asked(world, browser).await;
    let added = register(world, browser, &authenticator).await;
    assert_eq!(added.status, 201, "{}", added.body);
    authenticator
}

/// The authenticator with the challenge that the browser is given now.
pub(crate) async fn challenged(world: &World, browser: &Browser, authenticator: &Authenticator) -> Authenticator {
    let options = world.call::<AuthenticationOptions>(call(browser)).await;
    assert_eq!(options.status, 200, "{}", options.body);
    browser.keep(&options);
    let mut authenticator = authenticator.clone();
    authenticator.take_request(&body(&options)).expect("options");
    authenticator
}

pub(crate) fn answer_call(browser: &Browser, authenticator: &Authenticator) -> Call {
    let credential = authenticator.get().expect("signs");
    call(browser).json(&json!({"credential": credential}))
}

pub(crate) async fn answer(world: &World, browser: &Browser, authenticator: &Authenticator) -> Answer {
    world.call::<Authenticate>(answer_call(browser, authenticator)).await
}

#[tokio::test]
async fn a_user_adds_a_passkey_is_told_and_signs_in_with_it_elsewhere() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let authenticator = add(&world, &browser).await;
    assert!(subject(&world.mails(ADA).pop().expect("a mail")).contains("通行密钥"));

    let elsewhere = Browser::default();
    let authenticator = challenged(&world, &elsewhere, &authenticator).await;
    world.clock.advance(Seconds(7));
    let signed_in = answer(&world, &elsewhere, &authenticator).await;
    assert_eq!((signed_in.status, signed_in.body.as_str()), (204, ""));
    elsewhere.keep(&signed_in);
    assert_eq!(body(&world.call::<ListSessions>(elsewhere.call()).await).as_array().expect("a list").len(), 2);

    let listed = body(&world.call::<List>(elsewhere.call()).await);
    let [passkey] = listed.as_array().expect("a list").as_slice() else { panic!("{listed}") };
    assert_eq!(passkey["name"], "Telephone");
    assert_eq!(
        (&passkey["created"], &passkey["last_used"]),
        (&json!("2027-01-15T08:00:00Z"), &json!("2027-01-15T08:00:07Z"))
    );
    assert_eq!((&passkey["backed_up"], &passkey["transports"]), (&json!(true), &json!(["internal", "hybrid"])));
}

#[tokio::test]
async fn a_sign_in_by_passkey_from_a_place_where_its_user_never_was_is_told_once() {
    let world = World::new().await;
    let registered = add(&world, &world.sign_up(ADA).await).await;
    let mut told = Vec::new();
    for source in ["192.0.2.200", "203.0.113.66", "203.0.113.67"] {
        let browser = Browser::default();
        let authenticator = challenged(&world, &browser, &registered).await;
        let call = answer_call(&browser, &authenticator).from(source);
        assert_eq!(world.call::<Authenticate>(call).await.status, 204);
        told.push(world.mails(ADA).iter().filter(|mail| subject(mail).contains("新的登录地点")).count());
    }
    assert_eq!(told, [0, 1, 1], "a network is a place");
}

#[tokio::test]
async fn a_ceremony_that_was_not_answered_is_done_by_a_plain_retry_and_no_copy_is_suspected() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let lose = || world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
    let mut authenticator = asked(&world, &browser).await;
    lose();
    assert_eq!(register(&world, &browser, &authenticator).await.status, 503);
    world.dynamodb.heal();
    assert_eq!(register(&world, &browser, &authenticator).await.status, 201);

    let guest = Browser::default();
    authenticator = challenged(&world, &guest, &authenticator).await;
    authenticator.sign_count = 7;
    lose();
    assert_eq!(answer(&world, &guest, &authenticator).await.status, 503);
    world.dynamodb.heal();
    assert_eq!(answer(&world, &guest, &authenticator).await.status, 204);
    assert!(world.mails(ADA).iter().all(|mail| !subject(mail).contains("可能已被复制")));
    let sessions = world.call::<ListSessions>(browser.call()).await;
    assert_eq!(body(&sessions).as_array().map(Vec::len), Some(2), "{}", sessions.body);
}

#[tokio::test]
async fn a_session_says_that_it_was_opened_by_a_passkey_and_whether_its_user_was_verified() {
    use base64::Engine as _;
    let world = World::new().await;
    let authenticator = add(&world, &world.sign_up(ADA).await).await;
    for (flags, amr) in
        [(authenticator.flags, json!(["hwk", "user", "mfa"])), (authenticator.flags & !0x04, json!(["hwk"]))]
    {
        let elsewhere = Browser::default();
        let mut authenticator = challenged(&world, &elsewhere, &authenticator).await;
        authenticator.flags = flags;
        elsewhere.keep(&answer(&world, &elsewhere, &authenticator).await);
        let token = elsewhere.cookie("access_token").expect("a token");
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("claims"));
        let claims: Value = serde_json::from_slice(&claims.expect("base64url")).expect("JSON");
        assert_eq!(claims["amr"], amr);
    }
}

#[tokio::test]
async fn a_user_with_a_second_factor_is_let_in_only_by_an_authenticator_that_verified_them() {
    let world = World::new().await;
    let registered = add(&world, &world.sign_up(ADA).await).await;
    let _ = world.set_up_factor("default", ADA).await;
    for (flags, status) in [(registered.flags & !0x04, 401), (registered.flags, 204)] {
        let elsewhere = Browser::default();
        let mut authenticator = challenged(&world, &elsewhere, &registered).await;
        authenticator.flags = flags;
        assert_eq!(answer(&world, &elsewhere, &authenticator).await.status, status);
    }
}

#[tokio::test]
async fn options_are_those_of_web_authn_level_3_and_say_nothing_of_who_has_passkeys() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let first = add(&world, &browser).await;
    let options = body(&world.call::<RegistrationOptions>(call(&browser)).await);
    assert_eq!(options["rp"], json!({"id": RP_ID, "name": "default"}));
    assert_eq!((&options["user"]["name"], &options["user"]["displayName"]), (&json!(ADA), &json!("Ada")));
    assert_eq!((&options["attestation"], &options["timeout"]), (&json!("none"), &json!(300_000)));
    let algorithms: Vec<_> =
        options["pubKeyCredParams"].as_array().expect("a list").iter().map(|one| &one["alg"]).collect();
    assert_eq!(algorithms, [-7, -8, -257]);
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["excludeCredentials"][0]["id"], first.create()["id"]);

    let mut of_guest = body(&world.call::<AuthenticationOptions>(Call::empty()).await);
    let mut of_user = body(&world.call::<AuthenticationOptions>(call(&browser)).await);
    for options in [&mut of_guest, &mut of_user] {
        assert!(options["challenge"].take().as_str().expect("text").len() >= 22);
    }
    let expected = json!({"rpId": RP_ID, "challenge": null, "timeout": 300_000, "allowCredentials": [], "userVerification": "preferred"});
    assert_eq!((&of_guest, &of_user), (&expected, &expected));
}

/// Changes what an honest authenticator would say.
type Forgery = Box<dyn Fn(&mut Authenticator)>;

#[tokio::test]
async fn whatever_is_forged_in_a_sign_in_is_refused_alike() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let honest = add(&world, &browser).await;
    let mallory = add(&world, &world.sign_up("mallory@example.com").await).await;
    let (app, stranger): (AppId, UserId) = ("default".parse().expect("an app"), "7".parse().expect("a user"));
    let of_nobody = UserHandle::of(&app, stranger).as_bytes().to_vec();
    let forgeries: Vec<(&str, Forgery)> = vec![
        ("a page elsewhere", Box::new(|it| it.origin = "https://evil.example".to_owned())),
        ("a frame", Box::new(|it| it.cross_origin = true)),
        ("a page above", Box::new(|it| it.top_origin = Some(OURS))),
        ("extensions that are not there", Box::new(|it| it.flags |= 0x80)),
        ("another RP id", Box::new(|it| it.rp_id = "evil.example".to_owned())),
        ("another challenge", Box::new(|it| it.challenge[0] ^= 1)),
        ("the other ceremony", Box::new(|it| it.kind = Some("webauthn.create"))),
        ("nobody present", Box::new(|it| it.flags &= !0x01)),
        ("a copied key that cannot be copied", Box::new(|it| it.flags &= !0x08)),
        ("a key of the other sort", Box::new(|it| it.flags &= !0x18)),
        ("no user", Box::new(|it| it.user_handle.clear())),
        ("nobody's handle", Box::new(move |it| it.user_handle.clone_from(&of_nobody))),
        (
            "another user's handle",
            Box::new({
                let handle = mallory.user_handle.clone();
                move |it| it.user_handle.clone_from(&handle)
            }),
        ),
        (
            "another user's key",
            Box::new({
                let mallory = mallory.clone();
                move |it| {
                    let honest = std::mem::replace(it, mallory.clone());
                    (it.id, it.user_handle, it.challenge) = (honest.id, honest.user_handle, honest.challenge);
                }
            }),
        ),
        ("an unknown credential", Box::new(|it| it.id = vec![5; 16])),
    ];
    for (name, forge) in forgeries {
        let elsewhere = Browser::default();
        let mut authenticator = challenged(&world, &elsewhere, &honest).await;
        forge(&mut authenticator);
        let answered = answer(&world, &elsewhere, &authenticator).await;
        assert_eq!(refusal(&answered), refused(), "{name}");
        assert!(answered.cookies.is_empty(), "{name}");
    }
    let elsewhere = Browser::default();
    let authenticator = challenged(&world, &elsewhere, &honest).await;
    assert_eq!(answer(&world, &elsewhere, &authenticator).await.status, 204);
}

#[tokio::test]
async fn whatever_is_forged_in_a_registration_adds_nothing() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let forgeries: [fn(&mut Authenticator); 17] = [
        |it| it.origin = "https://evil.example".to_owned(),
        |it| it.cross_origin = true,
        |it| it.top_origin = Some(OURS),
        // No credential, one that is cut off, one with something behind it, and extensions that are not there.
        |it| it.flags &= !0x40,
        |it| it.cut = 1,
        |it| it.trailing = vec![0],
        |it| it.flags |= 0x80,
        // A statement where there is none, and of an authenticator that attests itself without the key.
        |it| it.statement = vec![0xa1, 0x61, b'x', 0],
        |it| it.format = "packed",
        |it| it.rp_id = "evil.example".to_owned(),
        |it| it.challenge[0] ^= 1,
        |it| it.kind = Some("webauthn.get"),
        |it| it.flags &= !0x01,
        |it| it.flags &= !0x08,
        |it| it.algorithm = vec![0x38, 34],
        |it| it.algorithm = vec![0x27],
        |it| it.id_beside = Some(vec![7; 16]),
    ];
    for (place, forge) in forgeries.into_iter().enumerate() {
        let mut authenticator = asked(&world, &browser).await;
        forge(&mut authenticator);
        assert_eq!(refusal(&register(&world, &browser, &authenticator).await), not_added(), "{place}");
    }
    assert_eq!(body(&world.call::<List>(browser.call()).await), json!([]));
}

/// WebAuthn level 3 §7.1 step 26: neither to somebody else nor once more to its owner, however good the challenge is.
#[tokio::test]
async fn a_credential_that_is_registered_is_added_to_nobody() {
    let world = World::new().await;
    let (ada, mallory) = (world.sign_up(ADA).await, world.sign_up("mallory@example.com").await);
    let registered = add(&world, &ada).await;
    for (browser, count) in [(&ada, 1), (&mallory, 0)] {
        // With the key of the first, and with another.
        for mut again in [registered.clone(), Authenticator::new(RP_ID, OURS).expect("a key")] {
            let asked = asked(&world, browser).await;
            (again.user_handle, again.challenge) = (asked.user_handle, asked.challenge);
            again.id.clone_from(&registered.id);
            assert_eq!(refusal(&register(&world, browser, &again).await), not_added());
        }
        assert_eq!(body(&world.call::<List>(browser.call()).await).as_array().expect("a list").len(), count);
    }
    let elsewhere = Browser::default();
    let authenticator = challenged(&world, &elsewhere, &registered).await;
    assert_eq!(answer(&world, &elsewhere, &authenticator).await.status, 204, "the first one stays");
}

/// Each is sent back in the other ceremony, and signed as that one wants it.
#[tokio::test]
async fn a_challenge_of_one_ceremony_is_of_no_use_in_the_other() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let registered = add(&world, &browser).await;
    let mut signs = challenged(&world, &browser, &registered).await;
    let mut adds = asked(&world, &browser).await;
    std::mem::swap(&mut signs.challenge, &mut adds.challenge);
    assert_eq!(refusal(&answer(&world, &browser, &signs).await), refused());
    assert_eq!(refusal(&register(&world, &browser, &adds).await), not_added());
}

#[tokio::test]
async fn a_challenge_is_good_once_and_for_the_browser_that_asked() {
    let world = World::new().await;
    let registered = add(&world, &world.sign_up(ADA).await).await;
    let (elsewhere, another) = (Browser::default(), Browser::default());
    let authenticator = challenged(&world, &elsewhere, &registered).await;
    let _ = challenged(&world, &another, &registered).await;
    assert_eq!(refusal(&answer(&world, &another, &authenticator).await), refused());
    assert_eq!(refusal(&answer(&world, &Browser::default(), &authenticator).await), refused());
    assert_eq!(answer(&world, &elsewhere, &authenticator).await.status, 204);
    assert_eq!(refusal(&answer(&world, &elsewhere, &authenticator).await), refused());
    // Two tabs of one browser have a challenge each.
    let first = challenged(&world, &elsewhere, &registered).await;
    let second = challenged(&world, &elsewhere, &registered).await;
    for tab in [first, second] {
        assert_eq!(answer(&world, &elsewhere, &tab).await.status, 204);
    }
}

#[tokio::test]
async fn a_challenge_lives_for_five_minutes() {
    let world = World::new().await;
    let _ = world.sign_up(ADA).await;
    for (wait, status) in [(299, 201), (300, 400)] {
        let browser = world.sign_in(ADA).await;
        let authenticator = asked(&world, &browser).await;
        world.clock.advance(Seconds(wait));
        assert_eq!(register(&world, &browser, &authenticator).await.status, status, "{wait}");
    }
    let registered = add(&world, &world.sign_in(ADA).await).await;
    for (wait, status) in [(299, 204), (300, 401)] {
        let elsewhere = Browser::default();
        let authenticator = challenged(&world, &elsewhere, &registered).await;
        world.clock.advance(Seconds(wait));
        assert_eq!(answer(&world, &elsewhere, &authenticator).await.status, status, "{wait}");
        // Also where the item of the spent challenge is past its time and was not removed yet.
        assert_eq!(answer(&world, &elsewhere, &authenticator).await.status, 401, "{wait}");
    }
}

#[tokio::test]
async fn a_challenge_for_a_passkey_is_for_the_session_that_asked() {
    let world = World::new().await;
    let (ada, other) = (world.sign_up(ADA).await, world.sign_in(ADA).await);
    let mallory = world.sign_up("mallory@example.com").await;
    let authenticator = asked(&world, &ada).await;
    for browser in [&other, &mallory] {
        assert_eq!(refusal(&register(&world, browser, &authenticator).await), not_added());
    }
    assert_eq!(register(&world, &ada, &authenticator).await.status, 201);
    // The same answer once more, and the same credential for somebody else.
    assert_eq!(refusal(&register(&world, &ada, &authenticator).await), not_added());
    let mut again = asked(&world, &mallory).await;
    again.id.clone_from(&authenticator.id);
    assert_eq!(refusal(&register(&world, &mallory, &again).await), not_added());
    assert_eq!(body(&world.call::<List>(mallory.call()).await), json!([]));
}

#[tokio::test]
async fn fifty_answers_at_once_to_one_challenge_open_one_session() {
    let world = Arc::new(World::new().await);
    let browser = Arc::new(world.sign_up(ADA).await);
    let authenticator = asked(&world, &browser).await;
    let tries = (0..50).map(|_| {
        let (world, browser, authenticator) = (world.clone(), browser.clone(), authenticator.clone());
        tokio::spawn(async move { register(&world, &browser, &authenticator).await.status })
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(statuses.into_iter().filter(|status| *status.as_ref().expect("no panic") == 201).count(), 1);
    assert_eq!(body(&world.call::<List>(browser.call()).await).as_array().expect("a list").len(), 1);

    let elsewhere = Arc::new(Browser::default());
    let authenticator = challenged(&world, &elsewhere, &authenticator).await;
    let tries = (0..50).map(|_| {
        let (world, browser, authenticator) = (world.clone(), elsewhere.clone(), authenticator.clone());
        tokio::spawn(async move { answer(&world, &browser, &authenticator).await.status })
    });
    let statuses = futures_util::future::join_all(tries).await;
    assert_eq!(statuses.into_iter().filter(|status| *status.as_ref().expect("no panic") == 204).count(), 1);
    let sessions = body(&world.call::<ListSessions>(browser.call()).await);
    assert_eq!(sessions.as_array().expect("a list").len(), 2, "one of the sign-up, one of the passkey");
}

#[tokio::test]
async fn a_sign_count_that_does_not_go_up_is_refused_and_told() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let mut authenticator = asked(&world, &browser).await;
    authenticator.sign_count = 3;
    assert_eq!(register(&world, &browser, &authenticator).await.status, 201);
    for (count, status) in [(4, 204), (4, 401), (3, 401), (0, 401), (5, 204)] {
        let elsewhere = Browser::default();
        let mut authenticator = challenged(&world, &elsewhere, &authenticator).await;
        authenticator.sign_count = count;
        let told = world.mails(ADA).len();
        assert_eq!(answer(&world, &elsewhere, &authenticator).await.status, status, "{count}");
        let news = world.mails(ADA).split_off(told);
        assert_eq!(news.iter().any(|mail| subject(mail).contains("可能已被复制")), status == 401, "{count}");
    }
}

#[tokio::test]
async fn only_a_recent_sign_in_adds_and_removes_passkeys() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    add(&world, &browser).await;
    let id = body(&world.call::<List>(browser.call()).await)[0]["id"].as_str().expect("an id").to_owned();
    world.clock.advance(Seconds(599));
    let authenticator = asked(&world, &browser).await;
    world.clock.advance(Seconds(1));
    let late = (403, "confirmation_required".to_owned());
    assert_eq!(refusal(&world.call::<RegistrationOptions>(call(&browser)).await), late);
    assert_eq!(refusal(&register(&world, &browser, &authenticator).await), late);
    assert_eq!(refusal(&world.call::<Remove>(call(&browser).path("id", &id)).await), late);
    assert_eq!(world.call::<Rename>(call(&browser).path("id", &id).text(r#"{"name":"x"}"#)).await.status, 204);
    let again = world.sign_in(ADA).await;
    assert_eq!(world.call::<Remove>(call(&again).path("id", &id)).await.status, 204);
}

#[tokio::test]
async fn a_passkey_is_renamed_and_removed_by_its_user_alone() {
    let world = World::new().await;
    let (ada, mallory) = (world.sign_up(ADA).await, world.sign_up("mallory@example.com").await);
    let authenticator = add(&world, &ada).await;
    let id = body(&world.call::<List>(ada.call()).await)[0]["id"].as_str().expect("an id").to_owned();
    let unknown = (404, "unknown_passkey".to_owned());
    let rename = |browser: &Browser, id: &str| call(browser).path("id", id).json(&json!({"name": " 我的手机 "}));
    for id in [id.as_str(), &"0".repeat(64), "x"] {
        assert_eq!(refusal(&world.call::<Rename>(rename(&mallory, id)).await), unknown);
        assert_eq!(refusal(&world.call::<Remove>(call(&mallory).path("id", id)).await), unknown);
    }
    assert_eq!(world.call::<Rename>(rename(&ada, &id)).await.status, 204);
    assert_eq!(body(&world.call::<List>(ada.call()).await)[0]["name"], "我的手机");
    for name in [json!(""), json!(" "), json!("a\nb"), json!(7), json!("x".repeat(65))] {
        let named = world.call::<Rename>(call(&ada).path("id", &id).json(&json!({"name": name}))).await;
        assert_eq!(refusal(&named), (400, "invalid_fields".to_owned()), "{name}");
    }

    let told = world.mails(ADA).len();
    assert_eq!(world.call::<Remove>(call(&ada).path("id", &id)).await.status, 204);
    assert_eq!(world.mails(ADA).len(), told + 1);
    assert_eq!(refusal(&world.call::<Remove>(call(&ada).path("id", &id)).await), unknown);
    let elsewhere = Browser::default();
    let gone = challenged(&world, &elsewhere, &authenticator).await;
    assert_eq!(refusal(&answer(&world, &elsewhere, &gone).await), refused());
    // The next registration may use the credential.
    let mut again = asked(&world, &mallory).await;
    again.id.clone_from(&authenticator.id);
    assert_eq!(register(&world, &mallory, &again).await.status, 201);
}

#[tokio::test]
async fn a_user_has_twenty_passkeys_at_most() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let first = asked(&world, &browser).await;
    for _ in 1..MOST_PASSKEYS {
        add(&world, &browser).await;
    }
    let last = asked(&world, &browser).await;
    assert_eq!(register(&world, &browser, &first).await.status, 201);
    let full = (400, "too_many_passkeys".to_owned());
    assert_eq!(refusal(&register(&world, &browser, &last).await), full);
    assert_eq!(refusal(&world.call::<RegistrationOptions>(call(&browser)).await), full);
}

#[tokio::test]
async fn a_user_who_is_shut_out_or_gone_is_refused_as_an_unknown_passkey() {
    let world = World::new().await;
    let ada = world.sign_up(ADA).await;
    let authenticator = add(&world, &ada).await;
    world.shut_out("default", ADA).await;
    let elsewhere = Browser::default();
    let challenged = challenged(&world, &elsewhere, &authenticator).await;
    assert_eq!(refusal(&answer(&world, &elsewhere, &challenged).await), refused());
}

#[tokio::test]
async fn a_passkey_of_another_app_is_unknown() {
    let world = World::new().await;
    let registered = add(&world, &world.sign_up(ADA).await).await;
    // Another deployment's pages are for another app of the same RP id; the user's number is the same.
    world.make_app("acme").await;
    let app: AppId = "default".parse().expect("an app");
    let user = UserHandle::read(&registered.user_handle, &app).expect("of this app");
    let elsewhere = Browser::default();
    let mut authenticator = challenged(&world, &elsewhere, &registered).await;
    authenticator.user_handle = UserHandle::of(&"acme".parse().expect("an app"), user).as_bytes().to_vec();
    assert_eq!(refusal(&answer(&world, &elsewhere, &authenticator).await), refused());
}

#[tokio::test]
async fn pages_that_are_not_under_the_rp_id_may_not_ask() {
    let origins = "https://app.auth.example,https://shop.example";
    let world = World::configured(&[("BROWSER_ORIGINS", origins)]).await;
    let browser = world.sign_up(ADA).await;
    let foreign = (403, "foreign_origin".to_owned());
    for origin in ["https://shop.example", "https://evil.example"] {
        let from = |browser: &Browser| browser.call().header("origin", origin);
        assert_eq!(refusal(&world.call::<RegistrationOptions>(from(&browser)).await), foreign, "{origin}");
        assert_eq!(refusal(&world.call::<AuthenticationOptions>(from(&Browser::default())).await), foreign, "{origin}");
    }
    // One that is under it has challenges of its own.
    let options = world.call::<RegistrationOptions>(browser.call().header("origin", "https://app.auth.example")).await;
    let mut authenticator = Authenticator::new(RP_ID, "https://app.auth.example").expect("a key");
    authenticator.take_creation(&body(&options)).expect("options");
    let mut moved = authenticator.clone();
    OURS.clone_into(&mut moved.origin);
    assert_eq!(refusal(&register(&world, &browser, &moved).await), not_added());
    assert_eq!(register(&world, &browser, &authenticator).await.status, 201);
}

#[tokio::test]
async fn a_deployment_at_an_address_has_no_passkeys_and_a_domain_above_may_be_the_rp_id() {
    let world = World::configured(&[("PUBLIC_URL", "https://192.0.2.1")]).await;
    assert_eq!(world.call::<AuthenticationOptions>(Call::empty()).await.status, 404);
    let above = [("PUBLIC_URL", "https://auth.acme.example"), ("PASSKEY_RP_ID", "acme.example")];
    let world = World::configured(&above).await;
    assert_eq!(body(&world.call::<AuthenticationOptions>(Call::empty()).await)["rpId"], "acme.example");
}

#[tokio::test]
async fn what_no_browser_answers_with_is_named() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let invalid = (400, "invalid_fields".to_owned());
    for text in [r"{}", r#"{"credential":{}}"#, r#"{"credential":"x"}"#, r#"{"credential":{"id":"AQ","rawId":"AQ"}}"#] {
        assert_eq!(refusal(&world.call::<Register>(call(&browser).text(text)).await), invalid, "{text}");
        assert_eq!(refusal(&world.call::<Authenticate>(call(&browser).text(text)).await), invalid, "{text}");
    }
    let malformed = world.call::<Authenticate>(call(&browser).text("[]")).await;
    assert_eq!(refusal(&malformed), (400, "malformed_body".to_owned()));
}
