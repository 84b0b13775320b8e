//! What a request costs: calls to AWS, and how many of them wait for another.

use account::{Certificate, ChangePassword, ForgotPassword, Login, Logout, Refresh, Register, Reset};
use runtime::{Ctx, Endpoint};
use serde_json::json;

use crate::world::{ADA, ADAS_MAIL, Call, PASSWORD, World, account, bearer, digest_of, json_body};

async fn costs<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call, expected: &[(&str, usize)]) {
    let (answer, calls) = world.calls_of::<E>(call).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let expected: Vec<_> = expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    assert_eq!(calls, expected, "{}", E::ROUTE.name);
}

fn login() -> Call {
    json_body(json!({"username": ADA, "password": digest_of(PASSWORD)}))
}

#[tokio::test]
async fn each_operation_makes_the_calls_it_needs_and_no_other() {
    let world = World::with_ada().await;
    let grace = json_body(account("grace", "grace@example.com"));
    costs::<Register>(&world, grace, &[("TransactWriteItems", 1), ("UpdateItem", 1)]).await;
    costs::<Login>(&world, login(), &[("PutItem", 1), ("UpdateItem", 2)]).await;
    let kept = world.sign_in(ADA).await;
    costs::<Refresh>(&world, bearer(&kept.refresh), &[("GetItem", 1), ("UpdateItem", 2)]).await;
    // The sign-ins of before are no open tries any more: half of the free ones make a try read the user's other handle.
    world.clock.advance(shared::clock::Seconds(16));
    let change = json!({"oldPassword": digest_of(PASSWORD), "newPassword": digest_of(PASSWORD)});
    let change = json_body(change).header("authorization", &format!("Bearer {}", kept.access));
    // The mail that tells of it is charged to four budgets.
    let changes = &[("GetItem", 2), ("TransactWriteItems", 1), ("UpdateItem", 6), ("SendEmail", 1)];
    costs::<ChangePassword>(&world, change, changes).await;
    costs::<Logout>(&world, bearer(&kept.access), &[("DeleteItem", 1)]).await;
    costs::<Logout>(&world, Call::empty(), &[]).await;
    // One update counts the request, one is the minute, five charge the mail to its budgets.
    let forgot = json_body(json!({"email": ADAS_MAIL}));
    costs::<ForgotPassword>(
        &world,
        forgot.clone(),
        &[("GetItem", 1), ("PutItem", 1), ("UpdateItem", 7), ("SendEmail", 1)],
    )
    .await;
    // Within the minute: what five budgets were charged is given back.
    costs::<ForgotPassword>(&world, forgot, &[("GetItem", 1), ("PutItem", 1), ("UpdateItem", 12)]).await;
    world.clock.advance(shared::clock::Seconds(60));
    let token = world.reset_token(ADAS_MAIL).await;
    costs::<Certificate>(&world, Call::empty().query("token", &token), &[("GetItem", 2), ("UpdateItem", 1)]).await;
    let reset = json_body(json!({"token": token, "newPassword": digest_of("another")}));
    let resets = &[("GetItem", 1), ("TransactWriteItems", 1), ("UpdateItem", 1), ("SendEmail", 1)];
    costs::<Reset>(&world, reset, resets).await;
}

#[tokio::test]
async fn refresh_logout_and_certificate_wait_for_one_round_trip_and_login_register_forgot_and_reset_for_two() {
    async fn depth<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call) -> u128 {
        let (answer, depth) = world.depth_of::<E>(call).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        depth
    }
    let world = World::with_ada().await;
    assert_eq!(depth::<Register>(&world, json_body(account("grace", "grace@example.com"))).await, 2);
    assert_eq!(depth::<Login>(&world, login()).await, 2);
    let kept = world.sign_in(ADA).await;
    assert_eq!(depth::<Refresh>(&world, bearer(&kept.refresh)).await, 1);
    assert_eq!(depth::<Logout>(&world, bearer(&kept.access)).await, 1);
    let token = world.reset_token(ADAS_MAIL).await;
    assert_eq!(depth::<Certificate>(&world, Call::empty().query("token", &token)).await, 1);
    world.clock.advance(shared::clock::Seconds(60));
    // The app is read again after a minute: not by the request that is measured.
    world.sign_in(ADA).await;
    // Whose the address is, and what its source and it pay; minute, link, and what others pay from.
    assert_eq!(depth::<ForgotPassword>(&world, json_body(json!({"email": ADAS_MAIL}))).await, 2);
    let reset = json_body(json!({"token": token, "newPassword": digest_of("another")}));
    assert_eq!(depth::<Reset>(&world, reset).await, 2);
}
