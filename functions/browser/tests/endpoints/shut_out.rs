//! A user whom the operator shut out.

use browser::{ListSessions, SignIn};
use serde_json::json;

use crate::world::{ADA, Call, PASSWORD, World, refusal};

#[tokio::test]
async fn who_is_shut_out_is_told_what_a_wrong_password_is_told_and_has_no_session_left() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.shut_out("default", ADA).await;
    let sign_in = |password: &str| Call::body(json!({"login": ADA, "password": password}));
    let answers = [world.call::<SignIn>(sign_in(PASSWORD)).await, world.call::<SignIn>(sign_in("wrong-one")).await];
    let [right, wrong] = answers.map(|answer| refusal(&answer));
    assert_eq!((right.0, &right), (401, &wrong));
    assert_eq!(world.refresh(&browser).await.status, 401);
    assert_eq!(world.call::<ListSessions>(browser.call()).await.status, 401);
}
