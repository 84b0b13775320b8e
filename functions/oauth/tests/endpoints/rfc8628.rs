//! RFC 8628: devices without a browser, `docs/api/oauth.md#devices`.

use browser::EndSessions;
use futures_util::future::join_all;
use local::faults::{Death, Fault, On, Times};
use oauth::device::{DecideDevice, DeviceAuthorization, ShowDevice};
use oauth::{SignIn, Token};
use runtime::Answer;
use serde_json::{Value, json};
use shared::app::resource::ResourceServer;
use shared::clock::Seconds;
use shared::oauth::client::Client;
use shared::oauth::scope::Scope;
use shared::token::Algorithm;

use crate::keys::Signer;
use crate::mementos::create;
use crate::openid::suite::claims;
use crate::targets::{part, register};
use crate::world::{ADA, Browser, Call, Known, PASSWORD, World, body, hidden, refusal, text};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const NOTES: &str = "https://notes.example";

/// A client on a device, which keeps no secret, and somebody with a browser.
async fn world() -> (World, Known, Browser) {
    let world = World::new().await;
    let client = world.register(|client| Client { public: true, ..client }).await;
    let browser = world.sign_up(ADA).await;
    (world, client, browser)
}

#[track_caller]
fn given(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    body(answer)
}

async fn begin(world: &World, client: &Known, more: &[(&str, &str)]) -> Value {
    given(
        &world.call::<DeviceAuthorization>(client.form(more).from("198.51.100.7").header("user-agent", "curl/8")).await,
    )
}

async fn poll(world: &World, client: &Known, codes: &Value) -> Answer {
    let pairs = [("grant_type", GRANT_TYPE), ("device_code", text(codes, "device_code"))];
    world.call::<Token>(client.form(&pairs)).await
}

/// The form on the page, sent by its reader with that code.
async fn send(world: &World, browser: &Browser, code: &str) -> Answer {
    world.call::<DecideDevice>(browser.call().form(&[("user_code", code), ("action", "look")])).await
}

/// The form of the page that asks for the decision, filled in and sent.
async fn decide(world: &World, browser: &Browser, page: &Answer, filled: &[(&str, &str)]) -> Answer {
    let hidden = hidden(&page.body);
    let pairs: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    world.call::<DecideDevice>(browser.call().form(&[pairs.as_slice(), filled].concat())).await
}

async fn agree(world: &World, browser: &Browser, codes: &Value) -> Answer {
    let page = send(world, browser, text(codes, "user_code")).await;
    decide(world, browser, &page, &[("action", "authorize")]).await
}

fn error(name: &str) -> (u16, String) {
    (400, name.to_owned())
}

#[tokio::test]
async fn a_device_is_given_tokens_once_its_user_has_agreed() {
    let (world, client, browser) = world().await;
    let memento = create(&world, &browser, "Tax").await;
    let codes = begin(&world, &client, &[("scope", "profile mementos")]).await;
    assert_eq!((&codes["expires_in"], &codes["interval"]), (&json!(600), &json!(5)));
    assert_eq!(codes["verification_uri"], "https://auth.example/device");
    let code = text(&codes, "user_code");
    assert_eq!(codes["verification_uri_complete"], format!("https://auth.example/device?user_code={code}"));
    assert_eq!(refusal(&poll(&world, &client, &codes).await), error("authorization_pending"));

    // A link fills in the code, and nothing else.
    let page = world.call::<ShowDevice>(browser.call().query("user_code", code)).await;
    assert!(page.body.contains(&format!("value=\"{code}\"")) && !page.body.contains("Reader"), "{}", page.body);
    let page = send(&world, &browser, &code.to_lowercase().replace('-', " ")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for shown in ["Reader", "198.51.100.7", "curl", code, ADA, "Tax"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let ticks = [("m", text(&memento, "id")), ("action", "authorize")];
    let done = decide(&world, &browser, &page, &ticks).await;
    assert!(done.status == 200 && done.body.contains("The device is connected"), "{}", done.body);

    assert_eq!(refusal(&poll(&world, &client, &codes).await), error("slow_down"));
    world.clock.advance(Seconds(5));
    let tokens = given(&poll(&world, &client, &codes).await);
    assert_eq!(tokens["scope"], "mementos profile");
    let observer = world.client().await;
    let seen = world.introspect(&observer, text(&tokens, "access_token")).await;
    assert_eq!((&seen["client_id"], &seen["mementos"]), (&json!(client.id), &json!([memento["id"]])));
    given(&world.refresh(&client, &tokens).await);
    // Who has the device's code as well has stolen it, or was stolen from.
    world.clock.advance(Seconds(5));
    assert_eq!(refusal(&poll(&world, &client, &codes).await), error("invalid_grant"));
    assert_eq!(world.introspect(&observer, text(&tokens, "access_token")).await, json!({"active": false}));
}

#[tokio::test]
async fn a_device_whose_user_refuses_or_does_not_come_is_told_so() {
    let (world, client, browser) = world().await;
    let codes = begin(&world, &client, &[]).await;
    let page = send(&world, &browser, text(&codes, "user_code")).await;
    let refused = decide(&world, &browser, &page, &[("action", "cancel")]).await;
    assert!(refused.status == 200 && refused.body.contains("The device was refused"), "{}", refused.body);
    assert_eq!(refusal(&poll(&world, &client, &codes).await), error("access_denied"));
    assert_eq!(agree(&world, &browser, &codes).await.status, 400, "it is decided");

    let codes = begin(&world, &client, &[]).await;
    world.clock.advance(Seconds(599));
    assert_eq!(refusal(&poll(&world, &client, &codes).await), error("authorization_pending"));
    world.clock.advance(Seconds(1));
    assert_eq!(refusal(&poll(&world, &client, &codes).await), error("expired_token"));
    assert_eq!(send(&world, &browser, text(&codes, "user_code")).await.status, 400);
}

#[tokio::test]
async fn a_device_code_is_its_clients_alone() {
    let (world, client, _) = world().await;
    let other = world.register(|client| Client { public: true, ..client }).await;
    let codes = begin(&world, &client, &[]).await;
    assert_eq!(refusal(&poll(&world, &other, &codes).await), error("invalid_grant"));
    assert_eq!(refusal(&poll(&world, &client, &json!({"device_code": "x"})).await), error("invalid_grant"));
    let nothing = world.call::<Token>(client.form(&[("grant_type", GRANT_TYPE)])).await;
    assert_eq!(refusal(&nothing), error("invalid_request"));
    let unknown = world.call::<DeviceAuthorization>(Call::empty().form(&[("client_id", "nobody")])).await;
    assert_eq!(refusal(&unknown), (401, "invalid_client".to_owned()));
    let unproven = world.client().await;
    let unproven = world.call::<DeviceAuthorization>(Call::empty().form(&[("client_id", &unproven.id)])).await;
    assert_eq!(refusal(&unproven), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn an_address_may_type_five_wrong_codes_a_minute_and_right_ones_are_not_counted() {
    let (world, client, browser) = world().await;
    let codes = begin(&world, &client, &[]).await;
    for _ in 0..10 {
        assert_eq!(send(&world, &browser, text(&codes, "user_code")).await.status, 200);
    }
    for number in 0..5 {
        assert_eq!(send(&world, &browser, "BBBB-BBBB").await.status, 400, "{number}");
    }
    let refused = send(&world, &browser, text(&codes, "user_code")).await;
    assert_eq!(refused.status, 429, "the right one after five wrong ones");
    assert!(refused.header("retry-after").is_some());
    let elsewhere = Call::empty().form(&[("user_code", text(&codes, "user_code"))]).from("203.0.113.9");
    assert_eq!(world.call::<DecideDevice>(elsewhere.header("origin", "https://auth.example")).await.status, 200);
    // What cannot be a code is no guess.
    for _ in 0..10 {
        let call = Call::empty().form(&[("user_code", "not a code")]).from("203.0.113.10");
        assert_eq!(world.call::<DecideDevice>(call.header("origin", "https://auth.example")).await.status, 400);
    }
    world.clock.advance(Seconds(120));
    assert_eq!(send(&world, &browser, text(&codes, "user_code")).await.status, 200);
}

#[tokio::test]
async fn fifty_guesses_at_once_are_no_more_than_five() {
    let (world, _, browser) = world().await;
    world.dynamodb.set_latency(std::time::Duration::from_millis(20));
    let guesses = futures_util::future::join_all((0..50).map(|_| send(&world, &browser, "BBBB-BBBB"))).await;
    let looked_up = guesses.iter().filter(|answer| answer.status == 400).count();
    assert_eq!((looked_up, guesses.len() - looked_up), (5, 45));
}

#[tokio::test]
async fn somebody_who_is_not_signed_in_does_so_first_and_comes_back_to_the_code() {
    let (world, client, _) = world().await;
    let codes = begin(&world, &client, &[]).await;
    let stranger = Browser::default();
    let page = send(&world, &stranger, text(&codes, "user_code")).await;
    assert!(page.body.contains("type=\"password\"") && page.body.contains("Reader"), "{}", page.body);
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    let form = [("login", ADA), ("password", PASSWORD), ("to", to.as_str())];
    let signed_in = world.call::<SignIn>(Call::empty().form(&form)).await;
    let location = format!("/device?user_code={}", text(&codes, "user_code"));
    assert_eq!((signed_in.status, signed_in.header("location")), (303, Some(location.as_str())));
    stranger.keep(&signed_in);
    assert_eq!(agree(&world, &stranger, &codes).await.status, 200);
    given(&poll(&world, &client, &codes).await);
}

#[tokio::test]
async fn a_decision_needs_the_form_that_was_shown_to_this_session() {
    let (world, client, browser) = world().await;
    let codes = begin(&world, &client, &[]).await;
    let code = text(&codes, "user_code");
    let other = world.sign_up("bob@example.com").await;
    let page = send(&world, &other, code).await;
    let forged = decide(&world, &browser, &page, &[("action", "authorize")]).await;
    assert_eq!(forged.status, 403, "another's ticket");
    let without =
        world.call::<DecideDevice>(browser.call().form(&[("user_code", code), ("action", "authorize")])).await;
    assert_eq!(without.status, 403);
    let foreign = browser.call().form(&[("user_code", code)]).header("origin", "https://evil.example");
    assert_eq!(world.call::<DecideDevice>(foreign).await.status, 403);
    assert_eq!(refusal(&poll(&world, &client, &codes).await), error("authorization_pending"));
}

#[tokio::test]
async fn a_device_asks_for_a_resource_server_and_a_client_with_a_key_asks_by_an_assertion() {
    let (world, client, browser) = world().await;
    let server = |algorithm| ResourceServer {
        identifier: NOTES.parse().expect("an identifier"),
        scopes: Scope::read("read"),
        algorithm,
    };
    register(&world, vec![server(Algorithm::Rs256)]).await;
    let codes = begin(&world, &client, &[("scope", "openid read"), ("resource", NOTES)]).await;
    let page = send(&world, &browser, text(&codes, "user_code")).await;
    assert!(page.body.contains(NOTES), "the page names the server: {}", page.body);
    assert_eq!(agree(&world, &browser, &codes).await.status, 200);
    let tokens = given(&poll(&world, &client, &codes).await);
    assert_eq!((&part(&tokens, 1)["aud"], &part(&tokens, 1)["scope"]), (&json!(NOTES), &json!("read")));
    let asked = [&client.request()[..], &[("scope", "openid read"), ("resource", NOTES)]].concat();
    assert_eq!(world.ask(&browser, &asked).await.status, 302, "the user has agreed to that server");
    let unknown = client.form(&[("resource", "https://unknown.example")]);
    assert_eq!(refusal(&world.call::<DeviceAuthorization>(unknown).await), error("invalid_target"));
    let signer = Signer::register(&world, |client| client).await;
    given(&world.call::<DeviceAuthorization>(signer.form(&world, "1", &[])).await);
}

#[tokio::test]
async fn a_fault_that_passes_or_a_killed_process_keeps_no_device_from_its_tokens() {
    for fault in [Fault::InternalError, Fault::AnswerLost, Fault::Drop] {
        for operation in ["PutItem", "UpdateItem", "GetItem", "TransactWriteItems"] {
            let (world, client, browser) = world().await;
            let once = || {
                world.dynamodb.heal();
                world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Once);
            };
            once();
            let codes = begin(&world, &client, &[]).await;
            once();
            let page = send(&world, &browser, text(&codes, "user_code")).await;
            once();
            assert_eq!(decide(&world, &browser, &page, &[("action", "authorize")]).await.status, 200, "{fault:?}");
            once();
            let mut answer = poll(&world, &client, &codes).await;
            if answer.status == 400 {
                assert_eq!(refusal(&answer), error("slow_down"), "{fault:?} {operation}");
                world.clock.advance(Seconds(5));
                answer = poll(&world, &client, &codes).await;
            }
            given(&answer);
        }
    }
    for death in Death::each() {
        let (world, client, browser) = world().await;
        let codes = begin(&world, &client, &[]).await;
        let lived = world.dynamodb.kill(death, agree(&world, &browser, &codes)).await;
        if lived.is_none() {
            // Either it is decided, or the page asks again.
            agree(&world, &browser, &codes).await;
        }
        given(&poll(&world, &client, &codes).await);
        if lived.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_device_that_asks_ten_times_at_once_is_given_tokens_once() {
    for _ in 0..5 {
        let (world, client, browser) = world().await;
        let codes = begin(&world, &client, &[]).await;
        assert_eq!(agree(&world, &browser, &codes).await.status, 200);
        let answers = join_all((0..10).map(|_| poll(&world, &client, &codes))).await;
        let (given, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(given.len(), 1, "{answers:?}");
        assert!(refused.iter().all(|answer| refusal(answer) == error("slow_down")), "{answers:?}");
        assert_eq!(world.refresh(&client, &body(given[0])).await.status, 200, "a question too many ends nothing");
    }
}

#[tokio::test]
async fn a_device_that_the_limiter_refuses_is_given_its_tokens_later() {
    // The window is over before the ten minutes are: the session was not opened for nobody.
    let limited = World::configured(&[("RATE_LIMIT_CLIENT", "3"), ("RATE_LIMIT_WINDOW_SECONDS", "60")]).await;
    let (client, browser) = (limited.client().await, limited.sign_up(ADA).await);
    let codes = begin(&limited, &client, &[]).await;
    assert_eq!(agree(&limited, &browser, &codes).await.status, 200);
    for _ in 0..2 {
        limited.call::<DeviceAuthorization>(client.form(&[])).await;
    }
    assert_eq!(poll(&limited, &client, &codes).await.status, 429);
    limited.clock.advance(Seconds(120));
    given(&poll(&limited, &client, &codes).await);
}

#[tokio::test]
async fn once_the_app_wants_two_factors_a_device_is_let_in_by_two_and_stays_signed_in() {
    let (world, client, one) = world().await;
    let held = world.set_up_factor("default", ADA).await;
    world.require(Seconds::days(1)).await;
    world.clock.advance(Seconds::days(1));
    let codes = begin(&world, &client, &[("scope", "openid")]).await;
    let page = send(&world, &one, text(&codes, "user_code")).await;
    assert!(page.body.contains("type=\"password\""), "a session of one factor: {}", page.body);
    let asked = world.asked("").await;
    asked.browser.keep(&world.answer(&asked, &held.code(world.clock.now())).await);
    assert_eq!(agree(&world, &asked.browser, &codes).await.status, 200);
    let tokens = given(&poll(&world, &client, &codes).await);
    let said = claims(&tokens);
    assert_eq!((&said["amr"], &said["acr"]), (&json!(["pwd", "otp", "mfa"]), &json!("2")));
    // The device's session is none of the browser's, and outlives it.
    assert!(said.get("sid").is_none(), "{said}");
    let tokens = given(&world.refresh(&client, &tokens).await);
    assert_eq!(claims(&tokens)["acr"], "2");
}

#[tokio::test]
async fn a_device_that_was_let_in_by_one_factor_is_given_nothing_once_the_app_wants_two() {
    let (world, client, _) = world().await;
    world.require(Seconds::days(1)).await;
    world.clock.advance(Seconds(86_400 - 61 - 1));
    let browser = Browser::default();
    let form = [("login", ADA), ("password", PASSWORD)];
    browser.keep(&world.call::<SignIn>(Call::empty().form(&form)).await);
    let codes = begin(&world, &client, &[]).await;
    assert_eq!(agree(&world, &browser, &codes).await.status, 200);
    let others = begin(&world, &client, &[]).await;
    let page = send(&world, &browser, text(&others, "user_code")).await;
    assert!(page.body.contains("value=\"authorize\""), "{}", page.body);
    world.clock.advance(Seconds(1));
    assert_eq!(refusal(&poll(&world, &client, &codes).await), error("invalid_grant"));
    let late = decide(&world, &browser, &page, &[("action", "authorize")]).await;
    assert!(late.body.contains("type=\"password\""), "{}", late.body);
    assert_eq!(refusal(&poll(&world, &client, &others).await), error("authorization_pending"));
}

#[tokio::test]
async fn a_device_whose_user_was_shut_out_since_the_decision_is_given_nothing() {
    let (world, client, browser) = world().await;
    let codes = begin(&world, &client, &[]).await;
    assert_eq!(agree(&world, &browser, &codes).await.status, 200);
    world.shut_out("default", ADA).await;
    assert_eq!(refusal(&poll(&world, &client, &codes).await), error("invalid_grant"));
}

#[tokio::test]
async fn a_decision_that_is_sent_twice_is_said_twice_to_who_made_it_and_to_nobody_else() {
    let (world, client, browser) = world().await;
    let bob = world.sign_up("bob@example.com").await;
    for (action, other, said) in
        [("authorize", "cancel", "The device is connected"), ("cancel", "authorize", "The device was refused")]
    {
        let codes = begin(&world, &client, &[]).await;
        let page = send(&world, &browser, text(&codes, "user_code")).await;
        let of_bob = send(&world, &bob, text(&codes, "user_code")).await;
        let filled = [("action", action)];
        let twice = tokio::join!(decide(&world, &browser, &page, &filled), decide(&world, &browser, &page, &filled));
        let later = decide(&world, &browser, &page, &filled).await;
        for answer in [&twice.0, &twice.1, &later] {
            assert!(answer.status == 200 && answer.body.contains(said), "{action}: {}", answer.body);
        }
        // What was typed of a decided code counts as a wrong one.
        world.clock.advance(Seconds(120));
        for (browser, page, action) in [
            (&browser, &page, other),
            (&bob, &of_bob, action),
            (&bob, &page, action),
            (&Browser::default(), &page, action),
        ] {
            let answer = decide(&world, browser, page, &[("action", action)]).await;
            assert!(answer.status == 400 && !answer.body.contains(said), "{action}: {}", answer.body);
        }
        world.clock.advance(Seconds(120));
    }
}

#[tokio::test]
async fn what_was_ticked_for_a_device_comes_back_when_the_session_ended_meanwhile() {
    let (world, client, browser) = world().await;
    let (tax, trip) = (create(&world, &browser, "Tax").await, create(&world, &browser, "Trip").await);
    for (ticked, more) in [(vec![&tax], "authorize"), (vec![], "authorize"), (vec![&tax, &trip], "search")] {
        let codes = begin(&world, &client, &[("scope", "mementos")]).await;
        let code = text(&codes, "user_code");
        let page = send(&world, &browser, code).await;
        world.call::<EndSessions>(browser.call()).await;
        let ticks = ticked.iter().map(|memento| ("m", text(memento, "id")));
        let filled: Vec<_> = ticks.chain([("action", more)]).collect();
        let asked = decide(&world, &browser, &page, &filled).await;
        assert!(asked.status == 200 && asked.body.contains("name=\"password\""), "{}", asked.body);
        let to = hidden(&asked.body).into_iter().find(|(name, _)| name == "to").expect("a way back").1;
        let form = [("login", ADA), ("password", PASSWORD), ("to", to.as_str())];
        let signed_in = world.call::<SignIn>(Call::empty().form(&form)).await;
        browser.keep(&signed_in);
        let location = signed_in.header("location").expect("a way back");
        let query = location.strip_prefix("/device?").expect("the page");
        let filled_in = world.call::<ShowDevice>(browser.call().raw_query(query)).await;
        // The page with the code says what was ticked, and the next one shows it.
        let page = decide(&world, &browser, &filled_in, &[("user_code", code), ("action", "look")]).await;
        assert_eq!(page.body.matches(" checked>").count(), ticked.len(), "{more}: {}", page.body);
        let done = decide(&world, &browser, &page, &filled).await;
        assert!(more == "search" || done.body.contains("The device is connected"), "{}", done.body);
    }
}
