//! RFC 6749 §6 and RFC 9700 §4.14: refresh tokens, how long they last and what they must never become.

use futures_util::future::join_all;
use local::faults::{Fault, On, Times};
use oauth::Token;
use oauth::grants::{Choose, Disconnect};
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::oauth::client::Client;

use crate::mementos::create;
use crate::world::{ADA, Browser, CALLBACK, CHALLENGE, Known, VERIFIER, World, body, refusal, text};

async fn connected() -> (World, Known, Browser, Value) {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    (world, client, browser, tokens)
}

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

#[tokio::test]
async fn a_client_that_stays_away_for_thirty_days_has_to_ask_its_user_again() {
    let (world, client, _, tokens) = connected().await;
    world.clock.advance(Seconds(Seconds::days(30).0 - 1));
    let kept = world.refresh(&client, &tokens).await;
    assert_eq!(kept.status, 200, "{}", kept.body);
    world.clock.advance(Seconds::days(30));
    let kept = body(&kept);
    assert_eq!(world.introspect(&client, text(&kept, "refresh_token")).await, json!({"active": false}));
    assert_eq!(refusal(&world.refresh(&client, &kept).await), invalid_grant());
}

#[tokio::test]
async fn a_client_that_comes_every_month_has_to_ask_its_user_again_after_a_year() {
    let (world, client, _, mut tokens) = connected().await;
    for _ in 0..14 {
        world.clock.advance(Seconds::days(26));
        let answer = world.refresh(&client, &tokens).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        tokens = body(&answer);
    }
    assert_eq!(tokens["expires_in"], 3600);
    world.clock.advance(Seconds(Seconds::days(1).0 - 600));
    tokens = body(&world.refresh(&client, &tokens).await);
    assert_eq!(tokens["expires_in"], 600, "no access token outlives its session");
    let seen = world.introspect(&client, text(&tokens, "refresh_token")).await;
    assert_eq!(seen["exp"], world.ctx.now().unix() + 600);
    world.clock.advance(Seconds(600));
    assert_eq!(refusal(&world.refresh(&client, &tokens).await), invalid_grant());
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await, json!({"active": false}));
}

/// RFC 9700 §4.14.2.
#[tokio::test]
async fn a_public_clients_stolen_refresh_token_ends_the_thief_and_the_client() {
    let (world, _, browser, _) = connected().await;
    let client = world.register(|client| Client { public: true, ..client }).await;
    let observer = world.client().await;
    let mut request = client.request();
    request.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let code = world.consent(&browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned();
    let pairs = [("code", code.as_str()), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    let stolen = body(&world.call::<Token>(client.form(&pairs)).await);
    let of_thief = body(&world.refresh(&client, &stolen).await);
    world.clock.advance(Seconds(61));
    let later = body(&world.refresh(&client, &of_thief).await);
    assert_eq!(refusal(&world.refresh(&client, &stolen).await), invalid_grant(), "the owner comes late");
    assert_eq!(refusal(&world.refresh(&client, &later).await), invalid_grant());
    assert_eq!(world.introspect(&observer, text(&later, "access_token")).await, json!({"active": false}));
}

#[tokio::test]
async fn a_session_keeps_the_scope_it_was_given_though_its_user_grants_more_elsewhere() {
    let (world, client, browser, _) = connected().await;
    let ask = async |scope: &str| {
        let mut request = client.request();
        request.push(("scope", scope));
        let code = world.consent(&browser, &request, &[]).await.one("code").expect("one").expect("a code").to_owned();
        body(&world.call::<Token>(client.exchange(&code)).await)
    };
    let (narrow, wide) = (ask("profile").await, ask("email mementos profile").await);
    assert_eq!((&narrow["scope"], &wide["scope"]), (&json!("profile"), &json!("email mementos profile")));
    let wider = client.form(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", text(&narrow, "refresh_token")),
        ("scope", "email profile"),
    ]);
    assert_eq!(refusal(&world.call::<Token>(wider).await), (400, "invalid_scope".to_owned()));
    assert_eq!(body(&world.refresh(&client, &narrow).await)["scope"], "profile");
    assert_eq!(body(&world.refresh(&client, &wide).await)["scope"], "email mementos profile");
}

#[tokio::test]
async fn of_many_refreshes_at_once_all_are_given_the_one_successor() {
    let (world, client, _, tokens) = connected().await;
    // Each is on its way before the first one is answered.
    world.dynamodb.set_latency(std::time::Duration::from_millis(100));
    let answers = join_all((0..10).map(|_| world.refresh(&client, &tokens))).await;
    world.dynamodb.set_latency(std::time::Duration::ZERO);
    let successors: std::collections::BTreeSet<_> = answers
        .iter()
        .map(|answer| {
            assert_eq!(answer.status, 200, "{}", answer.body);
            text(&body(answer), "refresh_token").to_owned()
        })
        .collect();
    assert_eq!(successors.len(), 1);
    world.clock.advance(Seconds(120));
    let next = world.refresh(&client, &body(&answers[7])).await;
    assert_eq!(next.status, 200, "{}", next.body);
    assert_eq!(world.introspect(&client, text(&body(&next), "access_token")).await["active"], true);
}

/// Lets a refresh read what the user has granted, and the user change that before the refresh is answered.
async fn refreshed_during(
    world: &World,
    client: &Known,
    tokens: &Value,
    change: impl Future<Output = runtime::Answer>,
) -> runtime::Answer {
    let dynamodb = &world.dynamodb;
    dynamodb.inject(Fault::Slow(std::time::Duration::from_millis(800)), On::operation("GetItem"), Times::Exactly(2));
    let change = async {
        // Both reads of the refresh are on their way.
        while dynamodb.pending() > 0 {
            tokio::task::yield_now().await;
        }
        change.await
    };
    let (refreshed, changed) = tokio::join!(world.refresh(client, tokens), change);
    assert!(matches!(changed.status, 200 | 204), "{}", changed.body);
    refreshed
}

#[tokio::test]
async fn a_grant_that_is_narrowed_while_a_refresh_is_in_flight_is_narrow_for_the_token_that_it_gives() {
    let (world, client, browser, _) = connected().await;
    let (one, two) = (create(&world, &browser, "one").await, create(&world, &browser, "two").await);
    let tokens = world.tokens(&browser, &client, &[text(&one, "id"), text(&two, "id")]).await;
    let narrow = json!([two["id"]]);
    let call = browser.call().path("client_id", &client.id).json(&json!({"mementos": narrow}));
    let refreshed = refreshed_during(&world, &client, &tokens, world.call::<Choose>(call)).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    let refreshed = body(&refreshed);
    for token in [text(&refreshed, "access_token"), text(&refreshed, "refresh_token"), text(&tokens, "access_token")] {
        assert_eq!(world.introspect(&client, token).await["mementos"], narrow);
    }
    let bearer = crate::world::Call::empty().bearer(text(&refreshed, "access_token"));
    let listed = body(&world.call::<oauth::mementos::List>(bearer).await);
    assert_eq!(listed, json!([two]));
}

#[tokio::test]
async fn a_client_that_is_disconnected_while_its_refresh_is_in_flight_is_given_nothing_that_lives() {
    let (world, client, browser, tokens) = connected().await;
    let call = browser.call().path("client_id", &client.id);
    let refreshed = refreshed_during(&world, &client, &tokens, world.call::<Disconnect>(call)).await;
    if refreshed.status == 200 {
        let refreshed = body(&refreshed);
        for token in ["access_token", "refresh_token"] {
            assert_eq!(world.introspect(&client, text(&refreshed, token)).await, json!({"active": false}));
        }
        assert_eq!(refusal(&world.refresh(&client, &refreshed).await), invalid_grant());
    } else {
        assert_eq!(refusal(&refreshed), invalid_grant());
    }
}

/// A refresh that was answered with 503 retired nothing, however late the client comes back. Older tokens are still caught.
#[tokio::test]
async fn an_outage_of_the_store_disconnects_nobody_after_the_minute() {
    for (operation, away) in [("UpdateItem", Seconds(61)), ("GetItem", Seconds(61)), ("GetItem", Seconds::days(1))] {
        let (world, client, _, first) = connected().await;
        world.dynamodb.inject(Fault::AnswerLost, On::operation(operation), Times::Forever);
        assert_eq!(world.refresh(&client, &first).await.status, 503, "{operation}");
        world.dynamodb.heal();
        world.clock.advance(away);
        let second = world.refresh(&client, &first).await;
        assert_eq!(second.status, 200, "{operation}: {}", second.body);
        world.clock.advance(Seconds(61));
        assert_eq!(refusal(&world.refresh(&client, &first).await), invalid_grant(), "{operation}");
        assert_eq!(refusal(&world.refresh(&client, &body(&second)).await), invalid_grant(), "{operation}");
    }
}
