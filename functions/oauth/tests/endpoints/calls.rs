//! What a request costs, and how many round trips deep it is.

use std::time::Duration;

use oauth::authorize::{Ask, Decide};
use oauth::device::DeviceAuthorization;
use oauth::forgot::Mail;
use oauth::register::Register;
use oauth::userinfo::UserInfo;
use oauth::{Introspect, MailCode, Metadata, SendCode, Token, logout};
use runtime::{Ctx, Endpoint, query};
use serde_json::json;
use shared::app::registration::Registration;
use shared::app::{App, Policy};
use shared::store::AppConflict;

use crate::keys::Signer;
use crate::openid::suite::{Mode, Suite, code};
use crate::phone::PHONE;
use crate::world::{ADA, Call, World, hidden, text};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn costs<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call, status: u16, expected: &[(&str, usize)]) -> String {
    world.dynamodb.reset_calls();
    let answer = world.call::<E>(call).await;
    assert_eq!(answer.status, status, "{}", answer.body);
    let calls: Vec<_> = world.dynamodb.calls().into_iter().filter(|(_, count)| *count > 0).collect();
    let expected: Vec<_> = expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    assert_eq!(calls, expected, "{}", E::ROUTE.name);
    answer.body
}

#[tokio::test]
async fn each_operation_makes_the_calls_it_needs_and_no_other() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    // The first exchange of the hour notes the use of grant and secret.
    world.tokens(&browser, &client, &[]).await;
    let ask = browser.call().raw_query(&query(&client.request()));
    let page = costs::<Ask>(&world, ask, 200, &[("GetItem", 3), ("Query", 1), ("UpdateItem", 1)]).await;
    let mut form = hidden(&page);
    form.push(("action".to_owned(), "authorize".to_owned()));
    let pairs: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    costs::<Decide>(&world, browser.call().form(&pairs), 303, &[("TransactWriteItems", 1), ("UpdateItem", 1)]).await;
    let code = world.code(&browser, &client, &[]).await;
    let tokens =
        costs::<Token>(&world, client.exchange(&code), 200, &[("GetItem", 2), ("PutItem", 1), ("UpdateItem", 1)]);
    let tokens: serde_json::Value = serde_json::from_str(&tokens.await).expect("JSON");
    let refresh = client.form(&[("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))]);
    costs::<Token>(&world, refresh, 200, &[("GetItem", 2), ("UpdateItem", 2)]).await;
    let introspect = client.form(&[("token", text(&tokens, "access_token"))]);
    costs::<Introspect>(&world, introspect, 200, &[("GetItem", 3)]).await;
}

#[tokio::test]
async fn openid_connect_makes_the_calls_it_needs_and_no_other() {
    let suite = Suite::new(Mode::Query).await;
    suite.tokens(&[]).await;
    let ask = suite.browser.call().raw_query(&query(&suite.request(&[])));
    let calls = [("GetItem", 3), ("Query", 1), ("UpdateItem", 1)];
    costs::<Ask>(&suite, ask, 302, &calls).await;
    let back = suite.visit(&suite.request(&[])).await;
    let calls = [("GetItem", 2), ("TransactWriteItems", 1), ("UpdateItem", 1)];
    let tokens = costs::<Token>(&suite, suite.client.exchange(code(&back)), 200, &calls).await;
    let tokens: serde_json::Value = serde_json::from_str(&tokens).expect("JSON");
    let bearer = Call::empty().bearer(text(&tokens, "access_token"));
    costs::<UserInfo<false>>(&suite, bearer, 200, &[("GetItem", 3), ("UpdateItem", 1)]).await;
    // The limiter's.
    costs::<Metadata<true>>(&suite, Call::empty(), 200, &[("UpdateItem", 1)]).await;
    let hint = [("id_token_hint", text(&tokens, "id_token"))];
    let leave = suite.browser.call().raw_query(&query(&hint));
    // The limiter, the browser's session, and the two that were given in it.
    costs::<logout::Ask>(&suite, leave, 200, &[("Query", 1), ("UpdateItem", 4)]).await;
}

#[tokio::test]
async fn machines_devices_and_clients_that_register_make_the_calls_they_need_and_no_other() {
    let world = World::new().await;
    let client = world.client().await;
    world.call::<DeviceAuthorization>(client.form(&[])).await;
    // The limiter's, and the request.
    let codes = costs::<DeviceAuthorization>(&world, client.form(&[]), 200, &[("UpdateItem", 2)]).await;
    let codes: serde_json::Value = serde_json::from_str(&codes).expect("JSON");
    let question = client.form(&[("grant_type", DEVICE), ("device_code", text(&codes, "device_code"))]);
    // The limiter's, and the question.
    costs::<Token>(&world, question, 400, &[("UpdateItem", 2)]).await;

    let signer = Signer::register(&world, |client| client).await;
    world.call::<Introspect>(signer.form(&world, "1", &[("token", "x")])).await;
    // An assertion is spent once, before anything else. Nothing counts this request.
    costs::<Introspect>(&world, signer.form(&world, "2", &[("token", "x")]), 200, &[("UpdateItem", 1)]).await;

    let open = |app: App| {
        let policy = Policy { registration: Registration::Open, ..app.policy };
        Ok::<_, AppConflict>(App { policy, ..app })
    };
    world.ctx.store.change_app(&"default".parse().expect("an id"), open).await.expect("changed");
    world.clock.advance(shared::cache::FRESH);
    let wanted = json!({"redirect_uris": ["https://client.example/cb"]});
    world.call::<Register>(Call::empty().json(&wanted)).await;
    // The limiter, the quota of the address, whether the app has clients, and the client.
    let registered = [("GetItem", 1), ("TransactWriteItems", 1), ("UpdateItem", 2)];
    costs::<Register>(&world, Call::empty().json(&wanted), 201, &registered).await;
}

#[tokio::test]
async fn an_id_token_and_userinfo_wait_for_one_round_trip() {
    let suite = Suite::new(Mode::Query).await;
    suite.tokens(&[]).await;
    let ask = suite.browser.call().raw_query(&query(&suite.request(&[])));
    let (one, _) = depth::<Ask>(&suite, ask, 302).await;
    let back = suite.visit(&suite.request(&[])).await;
    let (two, tokens) = depth::<Token>(&suite, suite.client.exchange(code(&back)), 200).await;
    let tokens: serde_json::Value = serde_json::from_str(&tokens).expect("JSON");
    let bearer = Call::empty().bearer(text(&tokens, "access_token"));
    let (three, _) = depth::<UserInfo<false>>(&suite, bearer, 200).await;
    assert_eq!([one, two, three], [1; 3]);
}

/// How many calls wait for another: what an injected latency adds, in units of that latency. Rounded, and with a
/// latency far above the work, it counts round trips; it asserts no speed.
async fn depth<E: Endpoint<Ctx = Ctx>>(world: &World, call: Call, status: u16) -> (u128, String) {
    const LATENCY: Duration = Duration::from_millis(400);
    world.dynamodb.set_latency(LATENCY);
    let started = tokio::time::Instant::now();
    let answer = world.call::<E>(call).await;
    let elapsed = started.elapsed();
    world.dynamodb.set_latency(Duration::ZERO);
    assert_eq!(answer.status, status, "{}", answer.body);
    (elapsed.as_millis() / LATENCY.as_millis(), answer.body)
}

#[tokio::test]
async fn authorize_token_and_introspection_wait_for_one_round_trip() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    world.tokens(&browser, &client, &[]).await;
    let (one, page) = depth::<Ask>(&world, browser.call().raw_query(&query(&client.request())), 200).await;
    let mut form = hidden(&page);
    form.push(("action".to_owned(), "authorize".to_owned()));
    let pairs: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (two, _) = depth::<Decide>(&world, browser.call().form(&pairs), 303).await;
    let code = world.code(&browser, &client, &[]).await;
    let (three, tokens) = depth::<Token>(&world, client.exchange(&code), 200).await;
    let tokens: serde_json::Value = serde_json::from_str(&tokens).expect("JSON");
    let refresh = client.form(&[("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))]);
    let (four, _) = depth::<Token>(&world, refresh, 200).await;
    let introspect = client.form(&[("token", text(&tokens, "access_token"))]);
    let (five, _) = depth::<Introspect>(&world, introspect, 200).await;
    assert_eq!([one, two, three, four, five], [1; 5]);
}

#[tokio::test]
async fn codes_and_links_wait_for_their_reads_and_one_round_trip_more() {
    let world = World::new().await.with_phones().await.with_mailed_codes().await;
    world.sign_up_proven(ADA).await;
    let form = |field, value, source: &str| Call::empty().form(&[(field, value)]).from(source);
    // Each by a source of its own, whose quota is full.
    let (text, _) = depth::<SendCode>(&world, form("phone", PHONE, "198.51.100.1"), 200).await;
    let (link, _) = depth::<Mail>(&world, form("email", ADA, "198.51.100.2"), 200).await;
    // Whether the address is proven stands with the user, whom the address names.
    let (code, _) = depth::<MailCode>(&world, form("email", "nobody@example.com", "198.51.100.3"), 200).await;
    assert_eq!([text, link, code], [2, 2, 3]);
}
