//! A user who was moved here with another product's hash, of which a digest tells nothing.

use account::Reset;
use serde_json::json;
use shared::language::Language;
use shared::secret::Secret;
use shared::service::sign_in::Attempt;
use shared::session::device::Device;
use shared::session::{Session, Transport};
use shared::user::User;
use shared::user::identity::Login;
use shared::user::password::CanonicalPassword;

use crate::world::{ADA, ADAS_MAIL, PASSWORD, World, assert_line, assert_success, digest_of, json_body};

/// By Python's `bcrypt`, of `violet-tractor-17`.
const BCRYPT: &str = "$2b$04$xhd5OS5NjVnJdFx6r2JWMOfQEmzWs.q9VglDk7UEgJh08t5VEAIsC";

const FIRST_ELSEWHERE: &str = "Sign in once in the browser, or reset your password.";

async fn with_moved_ada() -> World {
    let world = World::new().await;
    let user = User {
        email: Some(ADAS_MAIL.parse().expect("an address")),
        username: Some(ADA.parse().expect("a username")),
        ..User::new(&world.ctx.random, world.clock.now())
    };
    world.move_in("default", user, BCRYPT).await;
    world
}

/// Signs in as the dialects do that see the password itself.
async fn sign_in_elsewhere(world: &World) {
    let (at, app) = (world.ctx.at(world.clock.now()), "default".parse().expect("an app id"));
    let (login, password) = (Login::read(ADAS_MAIL), Secret::new(PASSWORD.to_owned()));
    let password = CanonicalPassword::from_plain(&password);
    let attempt = Attempt { app: &app, login: &login, password: &password, source: "203.0.113.9", free_failures: 5 };
    let reserved = at.reserve(&attempt).await.expect("answers");
    let recognised = at.recognise(attempt, reserved).await.expect("the password is right");
    let (user, epoch) = (recognised.identity.user, recognised.identity.epoch);
    let session = Session::open(user, epoch, Transport::Browser, Device::default(), &world.ctx.random, at.now);
    let of = at.enabled_app(&app).await.expect("answers").expect("the app");
    let entrant = at.pass(&of, recognised, None).await.expect("no second factor");
    at.let_in(&of, &entrant, &session.into(), Language::English).await.expect("lets in");
}

#[tokio::test]
async fn a_digest_is_refused_with_its_own_words_until_one_sign_in_elsewhere() {
    let world = with_moved_ada().await;
    for login in [ADA, ADAS_MAIL] {
        assert_line(&world.login(login, PASSWORD).await, 401, FIRST_ELSEWHERE);
    }
    assert_line(&world.login("nobody", PASSWORD).await, 401, "Invalid username or password.");
    sign_in_elsewhere(&world).await;
    for login in [ADA, ADAS_MAIL] {
        world.sign_in(login).await;
        assert_line(&world.login(login, "wrong").await, 401, "Invalid username or password.");
    }
}

#[tokio::test]
async fn a_reset_does_instead_of_the_sign_in_elsewhere() {
    let world = with_moved_ada().await;
    let token = world.reset_token(ADAS_MAIL).await;
    let new = digest_of("a new password 17");
    assert_success(&world.call::<Reset>(json_body(json!({"token": token, "newPassword": new}))).await);
    assert_eq!(world.login(ADA, "a new password 17").await.status, 200);
}

#[tokio::test]
async fn who_is_shut_out_is_told_nothing_of_the_hash() {
    let world = with_moved_ada().await;
    world.shut_out("default", ADAS_MAIL).await;
    assert_line(&world.login(ADA, PASSWORD).await, 401, "Invalid username or password.");
}
