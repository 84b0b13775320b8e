//! `docs/api/browser.md#refresh` and `#sign-out`.

use browser::{ListSessions, Logout, Refresh, VerifyEmail};
use futures_util::future::join_all;
use local::faults::{Fault, On, Times};
use runtime::Answer;
use serde_json::json;
use shared::clock::Seconds;
use shared::session::device::Device;
use shared::session::{Opening, Session, Transport};
use shared::user::identity::Handle;

use crate::world::{ADA, Browser, Call, World, body, refusal};

const CLEARED: [&str; 2] = [
    "access_token=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0",
    "refresh_token=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0",
];

async fn is_signed_in(world: &World, browser: &Browser) -> bool {
    let answer = world.call::<VerifyEmail>(browser.call().text(r#"{"verification_code":"000000"}"#)).await;
    answer.status != 401
}

#[tokio::test]
async fn a_browser_is_signed_in_for_weeks_as_long_as_it_comes_back() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for _ in 0..24 {
        world.clock.advance(Seconds::days(1));
        assert!(!is_signed_in(&world, &browser).await, "the hour is over");
        let answer = world.refresh(&browser).await;
        assert_eq!((answer.status, answer.body.as_str(), answer.cookies.len()), (204, "", 2));
        assert!(is_signed_in(&world, &browser).await);
    }
    world.clock.advance(Seconds::days(7));
    assert_eq!(world.refresh(&browser).await.status, 401);
}

#[tokio::test]
async fn two_tabs_at_once_stay_signed_in() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let answers = join_all((0..50).map(|_| world.call::<Refresh>(browser.call()))).await;
    for answer in &answers {
        assert_eq!(answer.status, 204, "{}", answer.body);
        assert_eq!(answer.cookies[1], answers[0].cookies[1]);
    }
    browser.keep(&answers[17]);
    assert_eq!(world.refresh(&browser).await.status, 204);
}

#[tokio::test]
async fn a_thief_who_comes_later_ends_the_session_for_both() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let stolen = browser.call();
    world.refresh(&browser).await;
    world.clock.advance(Seconds(61));
    let thief = world.call::<Refresh>(stolen).await;
    assert_eq!(
        (refusal(&thief), thief.cookies.as_slice()),
        ((401, "session_ended".to_owned()), CLEARED.map(str::to_owned).as_slice())
    );
    assert!(!is_signed_in(&world, &browser).await, "the access token dies at once");
    assert_eq!(world.refresh(&browser).await.status, 401);
    assert_eq!(browser.cookie("refresh_token"), None);
}

#[tokio::test]
async fn nothing_but_the_cookie_is_a_refresh_token() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let token = browser.cookie("refresh_token").expect("a cookie");
    let access = browser.cookie("access_token").expect("a cookie");
    for call in [
        Call::empty(),
        Call::empty().header("authorization", &format!("Bearer {token}")),
        Call::body(json!({"refresh_token": token})),
        Call::empty().cookie("refresh_token", &access),
        Call::empty().cookie("access_token", &token),
        Call::empty().cookie("refresh_token", ""),
    ] {
        let answer = world.call::<Refresh>(call.clone()).await;
        assert_eq!(
            (answer.status, answer.cookies.as_slice()),
            (401, CLEARED.map(str::to_owned).as_slice()),
            "{call:?}"
        );
    }
    assert_eq!(world.refresh(&browser).await.status, 204);
}

#[tokio::test]
async fn a_cookie_of_a_neighbouring_host_does_not_stand_in_the_way() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let token = browser.cookie("refresh_token").expect("a cookie");
    let tossed = Call::empty().cookie("refresh_token", "planted").cookie("refresh_token", &token);
    assert_eq!(world.call::<Refresh>(tossed).await.status, 204);
}

/// A deployment whose operator has set `COOKIE_DOMAIN` since a browser signed in.
async fn with_a_domain() -> World {
    World::configured(&[("COOKIE_DOMAIN", "example.com")]).await
}

/// What a browser sends that has the cookies of our host alone, `old`, beside those of the domain, `new`: the older ones first.
fn with_both(old: &Browser, new: &Browser) -> Call {
    let both = ["access_token", "refresh_token"].into_iter().flat_map(|name| [(name, old), (name, new)]);
    both.fold(Call::empty(), |call, (name, browser)| match browser.cookie(name) {
        Some(value) => call.cookie(name, &value),
        None => call,
    })
}

/// A browser with the cookies that this one has now.
fn copy_of(browser: &Browser) -> Browser {
    let copy = Browser::default();
    let cookies = ["access_token", "refresh_token"].map(|name| (name, browser.cookie(name).unwrap_or_default()));
    copy.keep(&Answer::empty(204).with_cookies(cookies.map(|(name, value)| format!("{name}={value}; Path=/"))));
    copy
}

#[tokio::test]
async fn a_cookie_from_before_the_domain_was_set_is_not_taken_for_a_thiefs_and_is_removed() {
    let world = with_a_domain().await;
    let browser = world.sign_up(ADA).await;
    let old = copy_of(&browser);
    assert_eq!(world.refresh(&browser).await.status, 204);
    for _ in 0..3 {
        world.clock.advance(Seconds::minutes(30));
        let answer = world.call::<Refresh>(with_both(&old, &browser)).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
        assert_eq!(answer.cookies[..2], CLEARED, "those of our host alone go");
        assert!(answer.cookies[2..].iter().all(|line| line.contains("; Domain=example.com; ")), "{:?}", answer.cookies);
        assert_eq!(answer.cookies.len(), 4);
        browser.keep(&answer);
    }
    assert!(is_signed_in(&world, &browser).await);
    let alone = world.refresh(&browser).await;
    assert_eq!((alone.status, alone.cookies.len()), (204, 2), "a name that comes once has two lines as ever");
    // Without the newer one beside it the old one is what it always was.
    assert_eq!(world.call::<Refresh>(old.call()).await.status, 401);
    assert!(!is_signed_in(&world, &browser).await);
}

#[tokio::test]
async fn cookies_of_a_session_that_ended_do_not_stand_before_those_of_a_new_one() {
    let world = with_a_domain().await;
    let browser = world.sign_up(ADA).await;
    let old = copy_of(&browser);
    assert_eq!(world.call::<Logout>(browser.call()).await.status, 204);
    let new = world.sign_in(ADA).await;
    let call = with_both(&old, &new);
    let verified = world.call::<VerifyEmail>(call.clone().text(r#"{"verification_code":"000000"}"#)).await;
    assert_eq!(verified.status, 400, "{}", verified.body);
    let listed = world.call::<ListSessions>(call.clone()).await;
    assert_eq!(listed.status, 200, "{}", listed.body);
    world.clock.advance(Seconds::hours(2));
    let answer = world.call::<Refresh>(call).await;
    assert_eq!((answer.status, answer.cookies.len()), (204, 4), "{}", answer.body);
}

#[tokio::test]
async fn a_sign_out_removes_both_cookies_of_a_name() {
    let world = with_a_domain().await;
    let browser = world.sign_up(ADA).await;
    let old = copy_of(&browser);
    assert_eq!(world.refresh(&browser).await.status, 204);
    let answer = world.call::<Logout>(with_both(&old, &browser)).await;
    assert_eq!((answer.status, answer.cookies.len()), (204, 4));
    assert_eq!(answer.cookies[..2], CLEARED);
    assert!(answer.cookies.iter().all(|line| line.ends_with("Max-Age=0")), "{:?}", answer.cookies);
}

/// The id of the session that a browser has.
async fn session(world: &World, browser: &Browser) -> String {
    let listed = body(&world.call::<ListSessions>(browser.call()).await);
    let own = listed.as_array().and_then(|all| all.iter().find(|session| session["current"] == true));
    own.and_then(|session| session["id"].as_str()).expect("an id").to_owned()
}

#[tokio::test]
async fn cookies_that_a_neighbouring_host_plants_end_no_session_of_somebody_else() {
    let world = World::new().await;
    let (ada, mallory) = (world.sign_up(ADA).await, world.sign_up("mallory@example.com").await);
    let (used, own) = (copy_of(&mallory), session(&world, &ada).await);
    assert_eq!(world.refresh(&mallory).await.status, 204);
    world.clock.advance(Seconds::minutes(2));
    // Before ours, as a cookie of a longer path is sent, or after it.
    for (planted, is_first) in [(&used, true), (&used, false), (&mallory, true)] {
        let call = if is_first { with_both(planted, &ada) } else { with_both(&ada, planted) };
        let answer = world.call::<Refresh>(call).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
        ada.keep(&answer);
        assert_eq!(session(&world, &ada).await, own);
    }
    let stays = world.call::<Refresh>(with_both(&ada, &mallory)).await;
    assert_eq!(stays.status, 204);
    assert!(is_signed_in(&world, &ada).await, "and it stays");
}

#[tokio::test]
async fn a_limit_that_is_met_after_the_rotation_strands_nobody() {
    let world = World::configured(&[("RATE_LIMIT_DEFAULT", "3")]).await;
    let browser = world.sign_up(ADA).await;
    for _ in 0..2 {
        assert_eq!(world.refresh(&browser).await.status, 204);
    }
    let limited = world.refresh(&browser).await;
    assert_eq!((limited.status, limited.cookies.len()), (429, 0));
    world.clock.advance(Seconds::hours(2));
    assert_eq!(world.refresh(&browser).await.status, 204);
}

#[tokio::test]
async fn a_store_that_fails_once_or_for_good_ends_no_session() {
    for fault in [Fault::Throttle, Fault::InternalError, Fault::Drop, Fault::AnswerLost, Fault::Garbage] {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        world.dynamodb.inject(fault.clone(), On::operation("UpdateItem"), Times::Once);
        assert_eq!(world.refresh(&browser).await.status, 204, "{fault:?}");
        world.dynamodb.inject(fault.clone(), On::operation("UpdateItem"), Times::Forever);
        let refused = world.refresh(&browser).await;
        assert_eq!((refused.status, refused.cookies.len()), (503, 0), "{fault:?}");
        assert_eq!(refused.header("retry-after"), Some("2"));
        world.dynamodb.heal();
        world.clock.advance(Seconds(61));
        assert_eq!(world.refresh(&browser).await.status, 204, "{fault:?}");
    }
}

/// The exchange is carried out, nobody hears of it, and the store takes no undo for ten minutes either.
#[tokio::test]
async fn an_outage_that_begins_in_the_middle_of_a_refresh_costs_no_session() {
    // The limiter's write is the other of the two.
    for carried_out in 1..=6 {
        let world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let old = browser.call();
        world.dynamodb.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Exactly(carried_out));
        world.dynamodb.inject(Fault::Drop, On::any(), Times::Forever);
        for _ in 0..3 {
            assert_eq!(world.refresh(&browser).await.status, 503, "{carried_out}");
            world.clock.advance(Seconds(200));
        }
        world.dynamodb.heal();
        assert_eq!(world.refresh(&browser).await.status, 204, "{carried_out}");
        world.clock.advance(Seconds(61));
        assert_eq!(world.call::<Refresh>(old).await.status, 401, "{carried_out}: it was answered by now");
    }
}

/// Outages of every make, one after the other: of each call so many are answered, carried out, refused or dropped, and then none is. Sometimes the
/// process is another one afterwards. Whatever comes, nothing was answered with success, and the first token is good.
#[tokio::test]
async fn outages_in_any_order_and_of_any_length_cost_no_session_and_an_older_token_is_caught_after_them() {
    for seed in 0..10_usize {
        let mut world = World::new().await;
        let browser = world.sign_up(ADA).await;
        let old = browser.call();
        let mut number = seed;
        let mut next = |below: usize| {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (number >> 33) % below
        };
        for _ in 0..3 {
            let first = [Fault::AnswerLost, Fault::AnswerGarbled, Fault::Throttle, Fault::Drop][next(4)].clone();
            let calls = u32::try_from(next(9)).expect("few") + 1;
            world.dynamodb.inject(first, On::operation("UpdateItem"), Times::Exactly(calls));
            let rest = [Fault::Drop, Fault::InternalError, Fault::AnswerLost][next(3)].clone();
            world.dynamodb.inject(rest, On::any(), Times::Forever);
            assert_eq!(world.refresh(&browser).await.status, 503, "{seed}");
            world.dynamodb.heal();
            if next(2) == 0 {
                world.restart();
            }
            world.clock.advance([Seconds(1), Seconds(61), Seconds::hours(3), Seconds::days(1)][next(4)]);
        }
        assert_eq!(world.refresh(&browser).await.status, 204, "{seed}");
        world.clock.advance(Seconds(61));
        assert_eq!(world.call::<Refresh>(old).await.status, 401, "{seed}");
        assert_eq!(world.refresh(&browser).await.status, 401, "{seed}: the session was ended");
    }
}

/// The sessions of the others are put right beside the first request that is served, before their owners come back.
#[tokio::test]
async fn what_an_outage_left_is_put_right_by_the_next_refresh_of_anybody() {
    let mut world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    world.dynamodb.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Exactly(2));
    world.dynamodb.inject(Fault::Drop, On::any(), Times::Forever);
    assert_eq!(world.refresh(&ada).await.status, 503);
    world.dynamodb.heal();
    world.clock.advance(Seconds(600));
    assert_eq!(world.refresh(&bob).await.status, 204);
    // Another process knows nothing of it, and has no need to.
    world.restart();
    assert_eq!(world.refresh(&ada).await.status, 204);
}

/// A round trip takes a tenth of a second, and two tabs are refused at the same time: each undo is three calls in sequence.
#[tokio::test]
async fn two_tabs_that_are_refused_at_once_by_a_slow_store_are_not_stranded() {
    let world = World::configured(&[("RATE_LIMIT_DEFAULT", "1")]).await;
    let browser = world.sign_up(ADA).await;
    world.dynamodb.set_latency(std::time::Duration::from_millis(200));
    let answers = join_all((0..2).map(|_| world.call::<Refresh>(browser.call()))).await;
    world.dynamodb.set_latency(std::time::Duration::ZERO);
    assert!(answers.iter().all(|answer| answer.status == 429));
    world.clock.advance(Seconds::hours(2));
    assert_eq!(world.refresh(&browser).await.status, 204);
}

/// A refresh that was answered with 503 retired nothing, however late the browser comes back. Older tokens are still caught.
#[tokio::test]
async fn an_outage_of_the_store_signs_nobody_out_after_the_minute() {
    for fault in [Fault::Throttle, Fault::Drop, Fault::AnswerLost] {
        for operation in ["UpdateItem", "GetItem"] {
            let case = format!("{fault:?} of {operation}");
            let world = World::new().await;
            let browser = world.sign_up(ADA).await;
            for away in [Seconds(61), Seconds::days(1)] {
                let old = browser.call();
                world.dynamodb.inject(fault.clone(), On::operation(operation), Times::Forever);
                let refused = world.refresh(&browser).await;
                assert_eq!((refused.status, refused.cookies.len()), (503, 0), "{case}");
                world.dynamodb.heal();
                world.clock.advance(away);
                assert_eq!(world.refresh(&browser).await.status, 204, "{case}, {away} s later");
                if away == Seconds::days(1) {
                    world.clock.advance(Seconds(61));
                    assert_eq!(world.call::<Refresh>(old).await.status, 401, "{case}: the old token is a thief's");
                    assert_eq!(world.refresh(&browser).await.status, 401, "{case}: the session was ended");
                }
            }
        }
    }
}

#[tokio::test]
async fn leaving_ends_the_session_that_either_cookie_names() {
    let world = World::new().await;
    for kept in ["access_token", "refresh_token"] {
        let browser = world.sign_up(&format!("{kept}@example.com")).await;
        let answer = world.call::<Logout>(Call::empty().cookie(kept, &browser.cookie(kept).expect("a cookie"))).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        assert_eq!(answer.cookies, CLEARED);
        assert!(!is_signed_in(&world, &browser).await, "{kept}");
        assert_eq!(world.refresh(&browser).await.status, 401, "{kept}");
    }
}

#[tokio::test]
async fn leaving_without_cookies_or_with_nonsense_or_twice_is_204() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let calls = [
        Call::empty(),
        Call::empty().cookie("refresh_token", "x").cookie("access_token", "y"),
        browser.call(),
        browser.call(),
    ];
    for call in calls {
        let answer = world.call::<Logout>(call).await;
        assert_eq!(
            (answer.status, answer.body.as_str(), answer.cookies.as_slice()),
            (204, "", CLEARED.map(str::to_owned).as_slice())
        );
    }
}

#[tokio::test]
async fn leaving_while_the_store_is_down_is_no_false_success() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    world.dynamodb.inject(Fault::Throttle, On::operation("DeleteItem"), Times::Forever);
    assert_eq!(world.call::<Logout>(browser.call()).await.status, 503);
    assert!(is_signed_in(&world, &browser).await);
}

const SESSIONS: usize = 1000;

/// Browsers with a session each, of one user.
async fn sessions(world: &World) -> Vec<Browser> {
    world.sign_up(ADA).await;
    let app = world.ctx.config.browser.app.clone();
    let handle = Handle::Email(ADA.parse().expect("an address"));
    let ada = world.ctx.store.identity(&app, &handle, world.ctx.now()).await.expect("answers").expect("Ada");
    let ring = world.ctx.store.ring(world.ctx.now()).await.expect("a ring");
    let mut browsers = Vec::new();
    for _ in 0..SESSIONS {
        let (random, now) = (&world.ctx.random, world.ctx.now());
        let session = Session::open(ada.user, ada.epoch, Transport::Browser, Device::default(), random, now);
        let (opening, token) = Opening::refreshable(session, random);
        world.ctx.store.open_session(&app, &opening).await.expect("opened");
        let browser = Browser::default();
        let line = format!("refresh_token={}; Path=/", token.write(&app, &ring).reveal());
        browser.keep(&Answer::empty(204).with_cookies([line]));
        browsers.push(browser);
    }
    browsers
}

#[tokio::test]
async fn a_store_that_is_down_for_ten_minutes_and_then_well_loses_none_of_a_thousand_sessions() {
    let world = World::configured(&[("RATE_LIMIT_DEFAULT", "1000000")]).await;
    let browsers = sessions(&world).await;
    let kept: Vec<_> = browsers.iter().map(Browser::call).collect();
    // Each way of being down, at the beginning, in the middle and at the end. Where writes are carried out, few come at once: a
    // process of Lambda's serves one request, and what that undoes has its time for itself.
    let ways = [
        (0..300, 50, Fault::InternalError),
        (300..600, 50, Fault::Throttle),
        (600..900, 50, Fault::Drop),
        (900..950, 2, Fault::AnswerLost),
        (950..SESSIONS, 2, Fault::AnswerGarbled),
    ];
    // At its beginning some have a write carried out that nobody hears of, and nothing reaches the store after that.
    for browser in browsers.iter().step_by(20) {
        world.dynamodb.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Exactly(2));
        world.dynamodb.inject(Fault::Drop, On::any(), Times::Forever);
        assert_eq!(world.refresh(browser).await.status, 503);
        world.dynamodb.heal();
    }
    for pause in [0, 299, 300] {
        world.clock.advance(Seconds(pause));
        for (part, at_once, fault) in &ways {
            world.dynamodb.inject(fault.clone(), On::any(), Times::Forever);
            for some in browsers[part.clone()].chunks(*at_once) {
                let answers = join_all(some.iter().map(|browser| world.refresh(browser))).await;
                assert!(answers.iter().all(|answer| answer.status == 503), "{fault:?}");
            }
            world.dynamodb.heal();
        }
    }
    // They come back after seconds, a minute, hours and the next morning.
    let mut lost = 0;
    for (part, pause) in browsers.chunks(SESSIONS / 4).zip([1, 61, 3 * 3600, 16 * 3600]) {
        world.clock.advance(Seconds(pause));
        for browser in part {
            lost += usize::from(world.refresh(browser).await.status != 204);
        }
    }
    assert_eq!(lost, 0);
    // A thief with a token from before is caught all the same.
    world.clock.advance(Seconds(61));
    for (stolen, browser) in kept.into_iter().zip(&browsers).step_by(100) {
        assert_eq!(world.call::<Refresh>(stolen).await.status, 401);
        assert_eq!(world.refresh(browser).await.status, 401, "the session is ended for both");
    }
}
