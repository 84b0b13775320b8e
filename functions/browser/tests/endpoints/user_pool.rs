//! Users of an old Cognito pool, who move here when they first sign in.

use browser::account::Change;
use browser::{SignIn, SignUp};
use local::faults::{Fault, FaultProxy, On, Times};
use local::user_pool::{CLIENT, PoolUser, UserPool};
use serde_json::json;
use shared::app::{App, Policy, user_pool};
use shared::store::AppConflict;
use shared::user::email_proof::EmailProof;
use shared::user::identity::Handle;

use crate::world::{ADA, Call, World, refusal};

const PASSWORD: &str = "violet-tractor-17";

fn ada() -> PoolUser {
    let claims = json!({
        "sub": "0b1c", "cognito:username": "ada_1815", "name": "Ada", "email": ADA,
        "email_verified": true,
    });
    PoolUser { login: ADA.to_owned(), password: PASSWORD.to_owned(), claims, challenge: None }
}

/// A world whose bound app has users in a pool.
async fn with_pool(users: Vec<PoolUser>) -> (World, FaultProxy, UserPool) {
    let world = World::new().await;
    let pool = UserPool::start(users).expect("a pool");
    let proxy = FaultProxy::start(&pool.endpoint()).expect("a proxy");
    let app = world.ctx.config.browser.app.clone();
    let random = &world.ctx.random;
    world.ctx.store.create_app(&App::of_default_id(app.clone(), random, world.ctx.now())).await.expect("creates");
    let endpoint = proxy.endpoint().parse().expect("a URL");
    let user_pool = Some(user_pool::UserPool { endpoint, client: CLIENT.parse().expect("an id") });
    let give = |app: App| Ok::<_, AppConflict>(App { policy: Policy { user_pool, ..app.policy }, ..app });
    world.ctx.store.change_app(&app, give).await.expect("changes");
    (world, proxy, pool)
}

fn typed(login: &str, password: &str) -> Call {
    Call::body(json!({"login": login, "password": password}))
}

#[tokio::test]
async fn the_first_sign_in_asks_the_pool_once_and_makes_the_user_ours() {
    let (world, _proxy, pool) = with_pool(vec![ada()]).await;
    assert_eq!(world.call::<SignIn>(typed(ADA, PASSWORD)).await.status, 204);
    assert_eq!(pool.asked(), [ADA]);
    for login in [ADA, "ada_1815"] {
        assert_eq!(world.call::<SignIn>(typed(login, PASSWORD)).await.status, 204, "{login}");
    }
    // A wrong password is our own affair from now on.
    assert_eq!(refusal(&world.call::<SignIn>(typed(ADA, "another-tractor")).await).0, 401);
    assert_eq!(pool.asked(), [ADA], "the pool is asked no more");
    let (app, handle) = ("default".parse().expect("an id"), Handle::Email(ADA.parse().expect("an address")));
    let identity = world.ctx.store.identity(&app, &handle, world.clock.now()).await.expect("answers").expect("Ada");
    assert!(!identity.password.expect("a password").is_foreign());
    let user = world.ctx.store.user(&app, identity.user).await.expect("answers").expect("Ada");
    assert_eq!((user.name.as_str(), user.email_proof), ("Ada", EmailProof::Proven));
    assert!(world.mails(ADA).is_empty(), "the address was verified there");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_login_move_nobody_and_are_answered_alike() {
    let (world, _proxy, pool) = with_pool(vec![ada()]).await;
    let wrong = world.call::<SignIn>(typed(ADA, "another-tractor")).await;
    let unknown = world.call::<SignIn>(typed("nobody@example.com", PASSWORD)).await;
    assert_eq!((wrong.status, &wrong.body), (401, &unknown.body));
    assert_eq!(unknown.status, 401);
    assert_eq!(pool.asked(), [ADA, "nobody@example.com"]);
    // The address is free: nobody was registered.
    let account = Call::body(json!({"email": ADA, "password": PASSWORD}));
    assert_eq!(world.call::<SignUp>(account).await.status, 201);
}

#[tokio::test]
async fn a_second_factor_at_the_pool_is_not_passed_by() {
    let mut guarded = ada();
    guarded.challenge = Some("SOFTWARE_TOKEN_MFA".to_owned());
    let (world, _proxy, _pool) = with_pool(vec![guarded]).await;
    assert_eq!(refusal(&world.call::<SignIn>(typed(ADA, PASSWORD)).await).0, 401);
}

#[tokio::test]
async fn a_login_that_rests_is_not_asked_about() {
    let (world, _proxy, pool) = with_pool(vec![ada()]).await;
    for _ in 0..20 {
        world.call::<SignIn>(typed(ADA, "another-tractor")).await;
    }
    let asked = pool.asked().len();
    assert!(asked < 20, "{asked}");
    world.call::<SignIn>(typed(ADA, PASSWORD)).await;
    assert_eq!(pool.asked().len(), asked);
}

#[tokio::test]
async fn a_pool_that_fails_is_a_503_and_a_plain_retry_succeeds() {
    let (world, proxy, _pool) = with_pool(vec![ada()]).await;
    for fault in [Fault::InternalError, Fault::Drop, Fault::Garbage] {
        proxy.inject(fault.clone(), On::operation("InitiateAuth"), Times::Forever);
        let answer = world.call::<SignIn>(typed(ADA, PASSWORD)).await;
        assert_eq!(answer.status, 503, "{fault:?}: {}", answer.body);
        proxy.heal();
    }
    assert_eq!(world.call::<SignIn>(typed(ADA, PASSWORD)).await.status, 204);
}

#[tokio::test]
async fn of_five_first_sign_ins_at_once_one_user_is_made() {
    let (world, _proxy, _pool) = with_pool(vec![ada()]).await;
    let calls = (0..5).map(|_| world.call::<SignIn>(typed(ADA, PASSWORD)));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.status == 204), "{answers:?}");
    let app = "default".parse().expect("an id");
    let page = world.ctx.store.users_by_creation(&app, None, 10, true).await.expect("answers");
    assert_eq!(page.users.len(), 1);
}

/// The pool still knows the login of before, and nobody has it here any more.
#[tokio::test]
async fn who_moved_and_chose_another_login_does_not_come_a_second_time() {
    let claims = json!({"sub": "0b1c", "cognito:username": "ada_1815"});
    let by_name = PoolUser { login: "ada_1815".to_owned(), password: PASSWORD.to_owned(), claims, challenge: None };
    let (world, _proxy, _pool) = with_pool(vec![by_name]).await;
    let browser = world.sign_in("ada_1815").await;
    let (app, store) = ("default".parse().expect("an id"), &world.ctx.store);
    let moved = store.users_by_creation(&app, None, 10, true).await.expect("answers").users.remove(0);
    assert_eq!(moved.id, store.number_of(&app, "0b1c", world.clock.now()).await.expect("answers"), "as by an import");
    let renamed = world.call::<Change>(browser.call().json(&json!({"username": "countess"}))).await;
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    assert_eq!(refusal(&world.call::<SignIn>(typed("ada_1815", PASSWORD)).await).0, 401);
    assert_eq!(store.users_by_creation(&app, None, 10, true).await.expect("answers").users.len(), 1);
    world.sign_in("countess").await;
}

#[tokio::test]
async fn a_user_whose_login_at_the_pool_is_not_kept_here_is_not_moved() {
    let mut other = ada();
    other.login = "grace@example.com".to_owned();
    let (world, _proxy, _pool) = with_pool(vec![other]).await;
    assert_eq!(refusal(&world.call::<SignIn>(typed("grace@example.com", PASSWORD)).await).0, 401);
    assert_eq!(refusal(&world.call::<SignIn>(typed("ada_1815", PASSWORD)).await).0, 401);
}
