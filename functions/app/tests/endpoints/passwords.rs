use aws_lc_rs::digest::{SHA256, digest};
use shared::user::identity::Handle;

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
    world.ctx.store.replace_hash(&id, &handle, &stored().await, &weak, world.ctx.now()).await.expect("replaces");
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
