//! Users of an old Cognito pool move to the app that names the pool, and to no other.

use local::user_pool::{CLIENT, PoolUser, UserPool};
use serde_json::json;
use shared::app::{Policy, user_pool};

use crate::world::World;

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "secret123";

#[tokio::test]
async fn the_pool_of_one_app_is_not_asked_about_a_login_of_another() {
    let claims = json!({"sub": "0b1c", "cognito:username": "0b1c", "email": ADA, "email_verified": true});
    let ada = PoolUser { login: ADA.to_owned(), password: PASSWORD.to_owned(), claims, challenge: None };
    let pool = UserPool::start(vec![ada]).expect("a pool");
    let (endpoint, client) = (pool.endpoint().parse().expect("a URL"), CLIENT.parse().expect("an id"));
    let policy = Policy { user_pool: Some(user_pool::UserPool { endpoint, client }), ..Policy::default() };
    let world = World::new().await;
    let (old, other) = (world.app_with("old", policy).await, world.app("other").await);
    assert_eq!(world.login(&other, ADA, PASSWORD).await.status, 401);
    assert_eq!(pool.asked(), [""; 0]);
    assert_eq!(world.login(&old, ADA, PASSWORD).await.status, 200);
    assert_eq!(pool.asked(), [ADA]);
    assert_eq!(world.login(&other, ADA, PASSWORD).await.status, 401, "they moved to one app");
    assert_eq!(pool.asked(), [ADA]);
}
