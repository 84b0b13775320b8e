//! What the functions do with the tables, and what their roles in `template.yaml` allow: the one is the other.

use std::path::Path;

use account::{Certificate, ChangePassword, ForgotPassword, Login, Logout, Refresh, Register, Reset};
use local::faults::{Fault, On, Times};
use local::rights;
use runtime::{Ctx, Endpoint};
use serde_json::json;

use crate::world::{ADA, ADAS_MAIL, Call, PASSWORD, World, account, bearer, digest_of, json_body};

/// Each call with the status that it is to have; the first finds a deployment that has made no app.
async fn complaints<E: Endpoint<Ctx = Ctx>>(world: &World, calls: Vec<(Call, u16)>) -> Vec<String> {
    let fresh = World::new().await;
    fresh.forget();
    fresh.call::<E>(Call::empty().header("content-type", "application/json")).await;
    let first = fresh.dynamodb.touched();
    world.forget();
    for (call, status) in calls {
        let answer = world.call::<E>(call).await;
        assert_eq!(answer.status, status, "{}: {}", E::ROUTE.name, answer.body);
    }
    let touched = world.dynamodb.touched().into_iter().chain(first).chain(rights::of_the_first_request("default"));
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let read = world.ctx.config.variables_used();
    rights::complaints(&template, E::ROUTE.function, &touched.collect(), &read)
}

fn login(username: &str, password: &str) -> Call {
    json_body(json!({"username": username, "password": digest_of(password)}))
}

#[tokio::test]
async fn each_function_has_the_rights_that_it_uses() {
    let world = World::with_ada().await;
    let mut all = Vec::new();
    let grace = || json_body(account("grace", "grace@example.com"));
    let flawed = json_body(json!({"username": ADA, "password": "x", "email": "x"}));
    // Nobody knows what becomes of the first transaction: what it made is taken back.
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Exactly(3));
    let calls = vec![(grace(), 503), (grace(), 200), (grace(), 400), (flawed, 400)];
    all.extend(complaints::<Register>(&world, calls).await);
    let mut calls = vec![(login(ADA, "wrong"), 401), (login("nobody", "wrong"), 401)];
    // After so many within seconds, the sessions are looked at.
    calls.extend(std::iter::repeat_with(|| (login(ADA, PASSWORD), 200)).take(7));
    // From a new place, of which the user is told.
    calls.push((login(ADA, PASSWORD).from("203.0.113.66"), 200));
    // With a second factor, while nobody knows what becomes of the transaction.
    world.call::<Register>(json_body(account("heidi", "heidi@example.com"))).await;
    let held = world.set_up_factor("default", "heidi@example.com").await;
    let otp = held.code(world.clock.now());
    let with_factor = json!({"username": "heidi", "password": digest_of(PASSWORD), "otp": otp});
    calls.push((json_body(with_factor), 503));
    world.dynamodb.inject(Fault::InternalError, On::operation("TransactWriteItems"), Times::Forever);
    all.extend(complaints::<Login>(&world, calls).await);
    world.dynamodb.heal();
    let (kept, ended) = (world.sign_in(ADA).await, world.sign_in(ADA).await);
    let change = |old: &str| {
        let body = json!({"oldPassword": digest_of(old), "newPassword": digest_of(PASSWORD)});
        json_body(body).header("authorization", &format!("Bearer {}", kept.access))
    };
    all.extend(complaints::<ChangePassword>(&world, vec![(change("wrong"), 400), (change(PASSWORD), 200)]).await);
    // The change has ended the second, which is read again.
    let calls = vec![(bearer(&kept.refresh), 200), (bearer(&ended.refresh), 401)];
    all.extend(complaints::<Refresh>(&world, calls).await);
    let left = world.sign_in(ADA).await;
    all.extend(complaints::<Logout>(&world, vec![(bearer(&left.access), 200), (Call::empty(), 200)]).await);
    let forgot = |email: &str| json_body(json!({"email": email}));
    all.extend(
        complaints::<ForgotPassword>(&world, vec![(forgot(ADAS_MAIL), 200), (forgot("x@example.com"), 200)]).await,
    );
    world.clock.advance(shared::clock::Seconds(60));
    // What a client was let have before the address was proven goes.
    world.let_a_client_in("default", ADAS_MAIL).await;
    let token = world.reset_token(ADAS_MAIL).await;
    all.extend(complaints::<Certificate>(&world, vec![(Call::empty().query("token", &token), 200)]).await);
    let reset = || json_body(json!({"token": token, "newPassword": digest_of("another")}));
    all.extend(complaints::<Reset>(&world, vec![(reset(), 200), (reset(), 400)]).await);
    assert_eq!(all, [""; 0]);
}
