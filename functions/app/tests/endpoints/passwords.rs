use app::{Login, ResetPassword};
use aws_lc_rs::digest::{SHA256, digest};
use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::language::Language;
use shared::store::Renewal;
use shared::user::identity::Handle;
use shared::when;

use crate::world::{World, refusal};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn the_digest_of_a_password_is_no_password() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    let hex = hex_digest("secret123");
    assert_eq!(refusal(&world.login(&app, ADA, &hex).await), (401, "邮箱或密码错误".to_owned()));
}

#[tokio::test]
async fn a_hash_of_older_parameters_is_replaced_at_the_next_login() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    let (id, handle) = ("demo".parse().expect("an app id"), Handle::Email(ADA.parse().expect("an address")));
    let stored = || async {
        let identity = world.ctx.store.identity(&id, &handle, world.ctx.now()).await.expect("answers");
        identity.expect("an identity").password.expect("a password")
    };
    let weak = weak_hash("secret123");
    let renewal = Renewal { old: &stored().await, new: &weak, now: world.ctx.now() };
    world.ctx.store.replace_hash(&id, [&handle].into_iter(), &renewal).await.expect("replaces");
    assert_eq!(world.login(&app, ADA, "secret123").await.status, 200);
    assert!(stored().await.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert_eq!(world.login(&app, ADA, "secret123").await.status, 200);
    assert_eq!(world.login(&app, ADA, "secret124").await.status, 401);
}

/// What an older release with a smaller memory would have stored.
fn weak_hash(plain: &str) -> shared::user::password::PasswordHash {
    use argon2::password_hash::CustomizedPasswordHasher as _;
    let hex = hex_digest(plain);
    let params = argon2::Params::new(8192, 1, 1, Some(32)).expect("parameters");
    let hash = argon2::Argon2::default()
        .hash_password_customized(hex.as_bytes(), b"sixteen bytes ok", None, None, params)
        .expect("hashes");
    shared::user::password::PasswordHash::from_phc(hash.to_string())
}

fn hex_digest(plain: &str) -> String {
    use std::fmt::Write as _;
    digest(&SHA256, plain.as_bytes()).as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes it");
        hex
    })
}

#[tokio::test]
async fn a_password_is_as_long_in_every_spelling() {
    let world = World::new().await;
    let app = world.app("demo").await;
    let body = |password: String| app.body(serde_json::json!({"email": ADA, "password": password}));
    let short = world.call::<app::Register>(body("e\u{301}".repeat(3))).await;
    assert_eq!(refusal(&short), (400, "密码长度必须为6-16位".to_owned()), "three letters");
    assert_eq!(world.call::<app::Register>(body("e\u{301}".repeat(9))).await.status, 200, "nine letters");
    assert_eq!(world.login(&app, ADA, &"é".repeat(9)).await.status, 200);
}

#[tokio::test]
async fn a_sign_in_from_a_place_where_the_user_never_was_is_told_once_and_one_from_home_is_not() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    let sign_in = |password: &str, source: &str| {
        let body = json!({"email": ADA, "password": password});
        world.call::<Login>(app.body(body).header("accept-language", "en").from(source))
    };
    assert_eq!(sign_in("secret123", "192.0.2.200").await.status, 200);
    assert_eq!(sign_in("wrong-one", "203.0.113.66").await.status, 401);
    assert_eq!(world.mails(ADA).len(), 0, "of the same network, and a wrong password");
    for _ in 0..2 {
        assert_eq!(sign_in("secret123", "203.0.113.66").await.status, 200);
    }
    let mails = world.mails(ADA);
    assert_eq!(mails.len(), 1, "by then it is a known place");
    let text = mails[0].text.as_deref().expect("a text");
    assert!(text.contains("203.0.113.*") && text.contains("had not signed in before"), "{text}");
    world.ses.inject(Fault::Drop, On::any(), Times::Forever);
    assert_eq!(sign_in("secret123", "198.51.100.1").await.status, 200, "the mail is in nobody's way");
}

#[tokio::test]
async fn who_resets_is_told_although_the_answer_of_the_store_is_lost() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    let token = world.reset_token(&app, ADA).await;
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
    let reset = app.body(json!({"token": token, "newPassword": "secret456"}));
    assert_eq!(world.call::<ResetPassword>(reset.header("accept-language", "en")).await.status, 503);
    world.dynamodb.heal();
    let told = world.mails(ADA).pop().expect("a mail").subject;
    assert_eq!(told.as_deref(), Some("New password for your demo account"));
}

#[tokio::test]
async fn somebody_whose_password_was_reset_is_told_in_their_language() {
    for (language, written, subject) in [
        ("en", Language::English, "New password for your demo account"),
        ("zh", Language::Chinese, "您在 demo 的密码重置"),
    ] {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.register(&app, "ada@example.com", "secret123").await;
        let token = world.reset_token(&app, "ada@example.com").await;
        let reset = || {
            let body = json!({"token": token, "newPassword": "secret456"});
            world.call::<ResetPassword>(app.body(body).header("accept-language", language).from("203.0.113.66"))
        };
        assert_eq!(reset().await.status, 200);
        let mail = world.mails("ada@example.com").pop().expect("a mail");
        assert_eq!(mail.subject.as_deref(), Some(subject));
        let text = mail.text.expect("a text");
        assert!(text.contains("203.0.113.*") && text.contains(&when::minute(world.clock.now(), written)), "{text}");
        assert_eq!(reset().await.status, 400);
        assert_eq!(world.mails("ada@example.com").len(), 2, "the link, and that it was used");
    }
}
