//! A day, a week and a month of a session, and the list of sessions.

use serde_json::Value;
use tests::routes::SESSIONS;
use tests::{Method, Options, PASSWORD, Stack};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

#[tokio::test]
async fn a_lost_answer_is_given_again_for_a_minute_and_later_ends_the_session() {
    let stack = Stack::start(&Options::default());
    let tab = stack.front_end();
    tab.new_user().await;
    let lost = tab.copy();
    tab.copy().refresh().await.assert_new_cookies();
    stack.dynamodb().age(50).await;
    tab.refresh().await.assert_new_cookies();
    stack.dynamodb().age(11).await;
    lost.refresh().await.assert_refused(401, "session_ended");
    assert!(!tab.is_signed_in().await);
}

#[tokio::test]
async fn who_comes_back_within_a_week_stays_for_a_month() {
    let stack = Stack::start(&Options::default());
    let (daily, rarely) = (stack.front_end(), stack.front_end());
    daily.new_user().await;
    rarely.new_user().await;
    for day in 1..30 {
        stack.dynamodb().age(DAY).await;
        daily.forget("access_token");
        daily.refresh().await.assert_new_cookies();
        if day == 7 {
            rarely.refresh().await.assert_refused(401, "session_ended");
        }
    }
    stack.dynamodb().age(DAY).await;
    daily.refresh().await.assert_refused(401, "session_ended");
}

#[tokio::test]
async fn each_device_is_listed_and_ended_by_itself() {
    let stack = Stack::shared();
    let laptop = stack.front_end();
    let email = laptop.new_user().await;
    let phone = stack.front_end();
    phone.sign_in(&email, PASSWORD).await.assert_new_cookies();

    let list = laptop.send(laptop.request(Method::GET, SESSIONS)).await;
    assert_eq!(list.header("cache-control"), Some("no-store"));
    let list = list.json();
    let sessions = list.as_array().expect("a list");
    let (current, others): (Vec<&Value>, Vec<_>) = sessions.iter().partition(|session| session["current"] == true);
    assert_eq!((current.len(), others.len()), (1, 1));

    let other = format!("{SESSIONS}{}/", others[0]["id"].as_str().expect("an id"));
    assert_eq!(laptop.send(laptop.request(Method::DELETE, &other)).await.status, 204);
    assert!(!phone.is_signed_in().await);
    assert_eq!(phone.refresh().await.status, 401);
    assert!(laptop.is_signed_in().await);

    let stranger = stack.front_end();
    stranger.new_user().await;
    let laptops = format!("{SESSIONS}{}/", current[0]["id"].as_str().expect("an id"));
    stranger.send(stranger.request(Method::DELETE, &laptops)).await.assert_refused(404, "unknown_session");

    let everywhere = laptop.send(laptop.request(Method::DELETE, SESSIONS)).await;
    everywhere.assert_cleared_cookies();
    laptop.send(laptop.request(Method::GET, SESSIONS)).await.assert_refused(401, "not_authenticated");
}
