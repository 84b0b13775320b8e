//! Fifty at once: one has an effect.

use std::sync::Arc;

use app::{Login, SendCode};
use runtime::Answer;
use serde_json::{Value, json};

use crate::world::{Credentials, World, body, refusal};

const PHONE: &str = "13812345678";

/// Sends these bodies at once, each from an address of its own.
async fn at_once<E: runtime::Endpoint<Ctx = runtime::Ctx>>(
    world: &Arc<World>,
    app: &Credentials,
    bodies: impl Iterator<Item = Value>,
) -> Vec<Answer> {
    let racers = bodies.enumerate().map(|(number, body)| {
        let (world, call) = (world.clone(), app.body(body).from(&format!("192.0.2.{number}")));
        tokio::spawn(async move { world.call::<E>(call).await })
    });
    let mut answers = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        answers.push(racer.await.expect("no panic"));
    }
    answers
}

fn successes(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

#[tokio::test]
async fn fifty_sends_at_once_are_one_text_message() {
    let world = Arc::new(World::new().await);
    let app = world.app("demo").await;
    let answers = at_once::<SendCode>(&world, &app, (0..50).map(|_| json!({"phone": PHONE}))).await;
    assert_eq!((successes(&answers), world.texts(PHONE).len()), (1, 1));
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(refusal(answer), (400, "发送过于频繁,请60秒后再试".to_owned()));
    }
}

#[tokio::test]
async fn of_two_hundred_guesses_at_once_five_are_compared() {
    let world = Arc::new(World::new().await);
    let app = world.app("demo").await;
    world.send_code(&app, PHONE).await;
    let wrong = if world.code(PHONE) == "000000" { "000001" } else { "000000" };
    let guesses = (0..200).map(|_| json!({"phone": PHONE, "code": wrong}));
    let answers = at_once::<Login>(&world, &app, guesses).await;
    let compared = answers.iter().filter(|answer| body(answer)["error"] == json!("验证码错误")).count();
    // A machine that is busy answers some of the two hundred with a 503; what it compared stays within the cap.
    assert!(compared <= 5 && successes(&answers) == 0, "{compared}");
    assert_eq!(world.phone_login(&app, PHONE, &world.code(PHONE)).await.status, 400);
}

#[tokio::test]
async fn of_fifty_logins_with_the_right_code_one_succeeds() {
    let world = Arc::new(World::new().await);
    let app = world.app("demo").await;
    world.send_code(&app, PHONE).await;
    let code = world.code(PHONE);
    let logins = (0..50).map(|_| json!({"phone": PHONE, "code": code}));
    let answers = at_once::<Login>(&world, &app, logins).await;
    assert_eq!(successes(&answers), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
}
