use futures_util::future::join_all;
use local::faults::{Fault, On, Times};
use runtime::Answer;
use serde_json::json;
use shared::audit::Act;
use shared::clock::{Seconds, Timestamp};
use shared::user::identity::Handle;

use crate::world::{Credentials, World, refusal};

const ADA: &str = "ada@example.com";
const STRANGER: &str = "203.0.113.9";

async fn from(world: &World, source: &str, app: &Credentials, password: &str) -> Answer {
    world.call::<app::Login>(app.body(json!({"email": ADA, "password": password})).from(source)).await
}

#[tokio::test]
async fn a_right_password_among_fifty_guesses_at_once_is_not_looked_at() {
    for source in ["192.0.2.1", STRANGER] {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.register(&app, ADA, "secret123").await;
        let guesses = (0..50).map(|guess| if guess == 49 { "secret123".to_owned() } else { format!("wrong-{guess}") });
        let (world, app) = (&world, &app);
        let answers = join_all(guesses.map(|guess| async move { from(world, source, app, &guess).await.status })).await;
        // Fifty hashes at once may take longer than a request has: 503 tells nothing either.
        let compared = answers.iter().filter(|status| **status == 401).count();
        assert!(compared <= 10 && !answers.contains(&200), "{answers:?}");
        assert_eq!(from(world, source, app, "secret123").await.status, 429);
        world.clock.advance(Seconds(299));
        assert_eq!(from(world, source, app, "secret123").await.status, 429);
        world.clock.advance(Seconds(1));
        assert_eq!(from(world, source, app, "secret123").await.status, 200, "{source}");
    }
}

#[tokio::test]
async fn the_owner_gets_in_at_home_while_a_stranger_tries_all_day() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    for hour in (0..24).step_by(4) {
        for _ in 0..11 {
            assert!([401, 429].contains(&from(&world, STRANGER, &app, "wrong").await.status));
        }
        assert_eq!(from(&world, STRANGER, &app, "secret123").await.status, 429, "hour {hour}");
        assert_eq!(world.login(&app, ADA, "secret123").await.status, 200, "hour {hour}");
        world.clock.advance(Seconds::hours(4));
    }
}

/// What somebody reads afterwards: 66 guesses are not 66 lines, and no line is the stranger's but that sign-in was held.
#[tokio::test]
async fn the_audit_trail_of_a_day_of_attacks_has_what_counts_and_no_line_for_each_guess() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    for _ in 0..6 {
        for _ in 0..11 {
            assert!([401, 429].contains(&from(&world, STRANGER, &app, "wrong").await.status));
        }
        assert_eq!(world.login(&app, ADA, "secret123").await.status, 200);
        world.clock.advance(Seconds::hours(4));
    }
    let token = world.reset_token(&app, ADA).await;
    let reset = app.body(json!({"token": token, "newPassword": "secret456"}));
    assert_eq!(world.call::<app::ResetPassword>(reset).await.status, 200);
    world.write_trail().await;

    let (id, handle) = (app.id.parse().expect("an app id"), Handle::Email(ADA.parse().expect("an address")));
    let identity = world.ctx.store.identity(&id, &handle, world.ctx.now()).await.expect("answers").expect("Ada");
    let since = Timestamp::from_unix(0);
    let entries = world.ctx.trail().of_user(&id, identity.user, since, 1000).await.expect("answers");
    let count = |act: Act| entries.iter().filter(|entry| entry.act == act.name()).count();
    assert_eq!([Act::UserCreated, Act::PasswordLinkMade, Act::PasswordSet].map(count), [1, 1, 1], "{entries:?}");
    assert!((1..=20).contains(&count(Act::SignInHeld)), "{entries:?}");
    assert_eq!(count(Act::SessionOpened), 7, "the registration and six sign-ins: {entries:?}");
    let held = entries.iter().find(|entry| entry.act == Act::SignInHeld.name()).expect("an entry");
    assert_eq!((held.outcome.as_str(), held.details["kind"].as_str()), ("refused", "email"));
    let text = format!("{entries:?}");
    assert!(!text.contains(STRANGER) && !text.contains(ADA) && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn sixty_right_passwords_in_a_row_all_open_a_session() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    for _ in 0..60 {
        assert_eq!(world.login(&app, ADA, "secret123").await.status, 200);
    }
}

#[tokio::test]
async fn a_lost_answer_counts_a_try_twice_at_worst_and_locks_nobody_out() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    for _ in 0..4 {
        world.dynamodb.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Once);
        assert!([200, 503].contains(&world.login(&app, ADA, "secret123").await.status));
        world.dynamodb.heal();
        assert_eq!(world.login(&app, ADA, "secret123").await.status, 200);
    }
}

#[tokio::test]
async fn ten_wrong_passwords_rest_an_address_for_five_minutes_known_or_not() {
    for known in [true, false] {
        let world = World::new().await;
        let app = world.app("demo").await;
        if known {
            world.register(&app, ADA, "secret123").await;
        }
        for _ in 0..10 {
            let answer = world.login(&app, ADA, "wrong").await;
            assert_eq!(refusal(&answer), (401, "邮箱或密码错误".to_owned()));
        }
        for password in ["wrong", "secret123"] {
            let answer = world.login(&app, ADA, password).await;
            assert_eq!(refusal(&answer), (429, "请求过于频繁,请稍后再试".to_owned()), "known: {known}");
            assert_eq!(answer.header("retry-after"), Some("300"));
        }
        world.clock.advance(Seconds(300));
        let expected = if known { 200 } else { 401 };
        assert_eq!(world.login(&app, ADA, "secret123").await.status, expected);
    }
}

#[tokio::test]
async fn a_success_clears_the_count() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    for _ in 0..3 {
        for _ in 0..9 {
            assert_eq!(world.login(&app, ADA, "wrong").await.status, 401);
        }
        assert_eq!(world.login(&app, ADA, "secret123").await.status, 200);
    }
}

#[tokio::test]
async fn a_reset_ends_the_rest() {
    let world = World::new().await;
    let app = world.app("demo").await;
    world.register(&app, ADA, "secret123").await;
    for _ in 0..11 {
        world.login(&app, ADA, "wrong").await;
    }
    let token = world.reset_token(&app, ADA).await;
    let reset = app.body(serde_json::json!({"token": token, "newPassword": "secret456"}));
    assert_eq!(world.call::<app::ResetPassword>(reset).await.status, 200);
    assert_eq!(world.login(&app, ADA, "secret456").await.status, 200);
}

#[tokio::test]
async fn a_refused_login_makes_the_same_calls_for_an_address_that_nobody_has() {
    let mut calls = Vec::new();
    for known in [true, false] {
        let world = World::new().await;
        let app = world.app("demo").await;
        world.register(&app, if known { ADA } else { "bob@example.com" }, "secret123").await;
        world.dynamodb.reset_calls();
        for _ in 0..12 {
            world.login(&app, ADA, "wrong").await;
        }
        calls.push(world.dynamodb.calls());
    }
    assert_eq!(calls[0], calls[1]);
}
