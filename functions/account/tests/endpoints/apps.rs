//! Which app a request is for.

use account::{Certificate, ForgotPassword, Login, Register, Reset};
use rig::unanswered_captcha;
use serde_json::json;
use shared::app::apis::{Api, Apis};
use shared::app::{App, Policy};

use crate::world::{
    ADA, ADAS_MAIL, Call, PASSWORD, World, account, assert_line, assert_success, bearer, digest_of, json_body, tokens,
};

#[tokio::test]
async fn nothing_in_authorization_is_ever_an_error_and_only_an_apps_own_key_names_it() {
    let world = World::with_ada().await;
    let key = world.make_app("shop").await.key;
    let kept = world.sign_in(ADA).await;
    for authorization in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x.y.z",
        "Basic eDp5",
        "lk_",
        &format!("Bearer {}", kept.access),
        &format!("Bearer {}x", key.as_str()),
        "Bearer lk_none_00000000000000000000000000000000",
    ] {
        let call = json_body(json!({"username": ADA, "password": digest_of(PASSWORD)}));
        tokens(&world.call::<Login>(call.header("authorization", authorization)).await);
    }
    for authorization in [key.as_str().to_owned(), format!("Bearer {}", key.as_str())] {
        let call = json_body(json!({"username": ADA, "password": digest_of(PASSWORD)}));
        let answer = world.call::<Login>(call.header("authorization", &authorization)).await;
        assert_line(&answer, 401, "Invalid username or password.");
    }
}

#[tokio::test]
async fn two_apps_with_the_same_username_never_meet() {
    let world = World::with_ada().await;
    let key = world.make_app("shop").await.key;
    let theirs = |call: Call| call.header("authorization", key.as_str());
    let other = json!({"username": ADA, "password": digest_of("of the shop"), "email": ADAS_MAIL});
    assert_success(&world.call::<Register>(theirs(json_body(other))).await);
    let login = |password: &str| json_body(json!({"username": ADA, "password": digest_of(password)}));
    assert_eq!(world.call::<Login>(theirs(login(PASSWORD))).await.status, 401);
    assert_eq!(world.call::<Login>(login("of the shop")).await.status, 401);
    let shops = tokens(&world.call::<Login>(theirs(login("of the shop"))).await);
    // A token needs no key beside it: it says whose it is.
    let again = tokens(&world.call::<account::Refresh>(bearer(&shops.refresh)).await);
    assert!(world.is_signed_in(&again.access).await);

    assert_success(&world.call::<ForgotPassword>(theirs(json_body(json!({"email": ADAS_MAIL})))).await);
    let text = world.mails(ADAS_MAIL).pop().expect("a mail").text.expect("a text part");
    let token = text.split_once("token=").expect("a link").1.split_whitespace().next().expect("a token");
    let reset = || json_body(json!({"token": token, "newPassword": digest_of("stolen")}));
    assert_line(&world.call::<Reset>(reset()).await, 400, "Token is invalid or has expired.");
    assert_eq!(world.call::<Certificate>(Call::empty().query("token", token)).await.status, 400);
    assert_success(&world.call::<Certificate>(theirs(Call::empty().query("token", token))).await);
    assert_success(&world.call::<Reset>(theirs(reset())).await);
    world.sign_in(ADA).await;
}

#[tokio::test]
async fn a_disabled_apps_key_selects_that_app_which_has_no_users_and_its_tokens_are_none() {
    let world = World::with_ada().await;
    let key = world.make_app("shop").await.key;
    let theirs = |call: Call| call.header("authorization", key.as_str());
    assert_success(&world.call::<Register>(theirs(json_body(account("grace", "grace@example.com")))).await);
    let login = || json_body(json!({"username": "grace", "password": digest_of(PASSWORD)}));
    let kept = tokens(&world.call::<Login>(theirs(login())).await);
    let disable = |app: App| Ok::<_, shared::store::AppConflict>(App { disabled: true, ..app });
    world.ctx.store.change_app(key.app(), disable).await.expect("changes");
    world.clock.advance(shared::cache::FRESH);
    assert_line(&world.call::<Login>(theirs(login())).await, 401, "Invalid username or password.");
    assert_closed(&world, key.as_str(), "This app is disabled.").await;
    assert_eq!(world.refresh(&kept.refresh).await.status, 401);
    assert!(!world.is_signed_in(&kept.access).await);
}

#[tokio::test]
async fn what_is_not_exactly_an_apps_key_says_nothing() {
    let world = World::with_ada().await;
    world.make_app("shop").await;
    for name in ["shop", "nobody"] {
        let login = json_body(json!({"username": ADA, "password": digest_of(PASSWORD)}));
        let forged = format!("lk_{name}_{}", "0".repeat(32));
        assert_eq!(world.call::<Login>(login.header("authorization", &forged)).await.status, 200, "{name}");
    }
}

/// With `key`, every operation does as if its app had no users, and none of the default app's users is touched.
async fn assert_closed(world: &World, key: &str, told: &str) {
    let theirs = |call: Call| call.header("authorization", key);
    let ada = json_body(json!({"username": ADA, "password": digest_of(PASSWORD)}));
    assert_line(&world.call::<Login>(theirs(ada)).await, 401, "Invalid username or password.");
    let refused = world.call::<Register>(theirs(json_body(account("hopper", "hopper@example.com")))).await;
    assert_eq!((refused.status, refused.body), (403, json!({ "message": told }).to_string()));
    let mails = world.mails(ADAS_MAIL).len();
    assert_success(&world.call::<ForgotPassword>(theirs(json_body(json!({"email": ADAS_MAIL})))).await);
    assert_eq!(world.mails(ADAS_MAIL).len(), mails, "nobody is mailed");
    assert_success(&world.call::<ForgotPassword>(json_body(json!({"email": ADAS_MAIL}))).await);
    let text = world.mails(ADAS_MAIL).pop().expect("a mail").text.expect("a text part");
    let token = text.split_once("token=").expect("a link").1.split_whitespace().next().expect("a token");
    let dead = world.call::<Certificate>(theirs(Call::empty().query("token", token))).await;
    assert_line(&dead, 400, "Token is invalid or has expired.");
    let reset = json_body(json!({"token": token, "newPassword": digest_of("stolen")}));
    assert_line(&world.call::<Reset>(theirs(reset)).await, 400, "Token is invalid or has expired.");
    assert_success(&world.call::<Certificate>(Call::empty().query("token", &format!("{token}.>%20"))).await);
}

#[tokio::test]
async fn a_token_of_another_api_is_none_here() {
    let world = World::with_ada().await;
    let kept = world.sign_in(ADA).await;
    let (app, named) = account::tokens::read_access(&world.ctx.at(world.ctx.now()), &kept.access).await.expect("ours");
    let now = world.clock.now();
    let ring = world.ctx.store.ring(now).await.expect("a ring");
    for transport in [shared::session::Transport::App, shared::session::Transport::Browser] {
        let user = world.ctx.store.user(&app.id, named.user).await.expect("answers").expect("a user");
        let session = shared::session::Session::open(
            user.id,
            user.epoch,
            transport,
            shared::session::device::Device::default(),
            &world.ctx.random,
            now,
        );
        let token = session.access_token(&app, rig::OURS, &ring, now).expect("a token").reveal();
        let (opening, refresh) = shared::session::Opening::refreshable(session, &world.ctx.random);
        world.ctx.store.open_session(&app.id, &opening).await.expect("opens");
        assert!(!world.is_signed_in(&token).await);
        let refresh = format!("default.{}", refresh.write(&app.id, &ring).reveal());
        for token in [token, refresh] {
            assert_eq!(world.refresh(&token).await.status, 401);
        }
    }
}

#[tokio::test]
async fn an_api_that_is_bound_to_an_app_that_nobody_made_is_500_and_not_another_app() {
    let world = World::configured(&[("ACCOUNT_APP_ID", "missing")]).await;
    let answer = world.call::<Register>(json_body(account(ADA, ADAS_MAIL))).await;
    assert_line(&answer, 500, "Something went wrong on our side.");
}

#[tokio::test]
async fn an_app_with_a_captcha_has_it_asked_here_too_unless_its_owner_spared_this_api() {
    let world = World::with_ada().await;
    for (id, spared, refused) in [("guarded", &[][..], true), ("spared", &[Api::Account][..], false)] {
        let key = world.make_app_with(id, unanswered_captcha(id, spared)).await.key;
        let register = json_body(account("grace", "grace@example.com")).header("authorization", key.as_str());
        let registered = world.call::<Register>(register).await;
        let login = json_body(json!({"username": "grace", "password": digest_of(PASSWORD)}));
        let answer = world.call::<Login>(login.header("authorization", key.as_str())).await;
        if refused {
            assert_line(&registered, 400, "Captcha refused.");
            assert_line(&answer, 400, "Captcha refused.");
        } else {
            assert_success(&registered);
            tokens(&answer);
        }
    }
}

#[tokio::test]
async fn an_app_that_this_api_does_not_serve_has_no_users_here() {
    let world = World::with_ada().await;
    let policy = Policy { apis: Apis::of([Api::App, Api::Browser]), ..Policy::default() };
    let key = world.make_app_with("shop", policy).await.key;
    let register = json_body(account("grace", "grace@example.com")).header("authorization", key.as_str());
    let refused = world.call::<Register>(register).await;
    assert_eq!((refused.status, refused.body.as_str()), (403, r#"{"message":"This app is disabled."}"#));
    let login = json_body(json!({"username": ADA, "password": digest_of(PASSWORD)}));
    let answer = world.call::<Login>(login.header("authorization", key.as_str())).await;
    assert_line(&answer, 401, "Invalid username or password.");
    let forgot = json_body(json!({"email": ADAS_MAIL})).header("authorization", key.as_str());
    assert_success(&world.call::<ForgotPassword>(forgot).await);
    assert_eq!(world.mails(ADAS_MAIL).len(), 0, "nor are they those of the default app");
}
