//! Refresh: the rules one by one, in races, under faults, and against a model.

use std::time::Duration;

use local::faults::{Fault, On, Times};
use proptest::prelude::*;
use shared::clock::{Seconds, Timestamp};
use shared::session::device::Device;
use shared::session::refresh::{GRACE, RefreshToken};
use shared::session::{Opening, Session, Transport};
use shared::store::{Exchanged, NotRotated, Rotated};

use crate::world::{NOW, World, app, session};

/// Somebody signed in through the Browser API, with the first refresh token.
async fn sign_in(world: &World) -> (Session, RefreshToken) {
    let ada = world.register("ada@example.com").await.expect("registers").user;
    let session = Session::open(ada.id, ada.epoch, Transport::Browser, Device::default(), &world.random, NOW);
    let (opening, token) = Opening::refreshable(session.clone(), &world.random);
    world.store.open_session(&app("demo"), &opening).await.expect("opens");
    (session, token)
}

/// What one request was given, and what the session knows that request by.
#[derive(Debug)]
struct Given {
    session: Session,
    refresh: RefreshToken,
    exchanged: Exchanged,
}

/// What a request is about to do that presents `token`.
async fn intent(world: &World, token: &RefreshToken) -> Exchanged {
    let ring = world.store.ring(NOW).await.expect("a ring");
    Exchanged {
        app: app("demo"),
        user: token.user,
        session: token.session.clone(),
        presented: token.digest(),
        successor: token.successor(&app("demo"), &ring).digest(),
        holder: world.nonce(),
    }
}

async fn exchange(
    world: &World,
    token: &RefreshToken,
    exchanged: &Exchanged,
    at: Timestamp,
) -> Result<Rotated, NotRotated> {
    let rotated = world.store.rotate_session(&app("demo"), token, Transport::Browser, &exchanged.holder, at).await;
    rotated.map(|(rotated, _)| rotated)
}

async fn refresh(world: &World, token: &RefreshToken, at: Timestamp) -> Result<Given, NotRotated> {
    let exchanged = intent(world, token).await;
    let Rotated { session, refresh } = exchange(world, token, &exchanged, at).await?;
    Ok(Given { session, refresh, exchanged })
}

async fn withhold(world: &World, given: &Given) {
    world.store.withhold_rotation(&given.exchanged).await.expect("answers");
}

async fn next(world: &World, token: &RefreshToken, at: Timestamp) -> RefreshToken {
    refresh(world, token, at).await.expect("refreshes").refresh
}

fn later(seconds: i64) -> Timestamp {
    NOW.plus(Seconds(seconds))
}

#[tokio::test]
async fn each_token_gives_the_next() {
    let world = World::new();
    let (session, first) = sign_in(&world).await;
    let mut token = first;
    for hour in 1..5 {
        let rotated = refresh(&world, &token, later(3600 * hour)).await.expect("refreshes");
        assert_eq!(rotated.session.id, session.id);
        assert_eq!((rotated.session.created, rotated.session.used), (NOW, later(3600 * hour)));
        assert_ne!(rotated.refresh.digest(), token.digest());
        token = rotated.refresh;
    }
}

#[tokio::test]
async fn two_tabs_with_one_token_are_given_the_same_successor() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let one = next(&world, &first, NOW).await;
    let other = next(&world, &first, later(59)).await;
    assert_eq!(one.digest(), other.digest());
    next(&world, &other, later(59)).await;
}

#[tokio::test]
async fn fifty_at_once_are_given_the_same_successor() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let given = futures_util::future::join_all((0..50).map(|_| refresh(&world, &first, NOW))).await;
    let given: Vec<_> = given.into_iter().map(|rotated| rotated.expect("refreshes").refresh.digest()).collect();
    assert!(given.iter().all(|digest| *digest == given[0]));
}

#[tokio::test]
async fn a_token_that_comes_back_after_its_minute_ends_the_session() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let second = next(&world, &first, NOW).await;
    let reused = refresh(&world, &first, NOW.plus(GRACE)).await;
    assert!(matches!(reused, Err(NotRotated::Reused)), "{reused:?}");
    let dead = refresh(&world, &second, NOW.plus(GRACE)).await;
    assert!(matches!(dead, Err(NotRotated::Dead(_))), "{dead:?}");
}

#[tokio::test]
async fn a_token_that_comes_back_after_its_successor_was_used_ends_the_session() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let second = next(&world, &first, NOW).await;
    let third = next(&world, &second, later(1)).await;
    let reused = refresh(&world, &first, later(2)).await;
    assert!(matches!(reused, Err(NotRotated::Reused)), "{reused:?}");
    for token in [second, third] {
        let dead = refresh(&world, &token, later(3)).await;
        assert!(matches!(dead, Err(NotRotated::Dead(_))), "{dead:?}");
    }
}

#[tokio::test]
async fn a_session_dies_of_idleness_and_of_age() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let idle = NOW.plus(Seconds::days(7));
    assert!(matches!(refresh(&world, &first, idle).await, Err(NotRotated::Dead(_))));
    let (mut token, mut now) = (first, NOW);
    for _ in 0..5 {
        now = now.plus(Seconds::days(6));
        token = match refresh(&world, &token, now).await {
            Ok(rotated) => rotated.refresh,
            Err(error) => panic!("on day {}: {error}", now.since(NOW).0 / 86_400),
        };
        if now.plus(Seconds::days(6)) >= NOW.plus(Seconds::days(30)) {
            break;
        }
    }
    let last = NOW.plus(Seconds::days(30));
    token = next(&world, &token, last.minus(Seconds(1))).await;
    assert!(matches!(refresh(&world, &token, last).await, Err(NotRotated::Dead(_))));
}

#[tokio::test]
async fn a_session_dies_with_its_users_epoch_and_its_user() {
    let world = World::new();
    let (session, first) = sign_in(&world).await;
    let demo = app("demo");
    let ada = world.store.user(&demo, session.user).await.expect("answers").expect("a user");
    assert!(world.store.delete_user(&demo, &ada, &session.id, NOW).await.expect("deletes"));
    assert!(matches!(refresh(&world, &first, NOW).await, Err(NotRotated::Dead(_))));
}

#[tokio::test]
async fn a_token_opens_nothing_through_another_api_and_in_another_app() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let elsewhere = world.store.rotate_session(&app("demo"), &first, Transport::App, &world.nonce(), NOW).await;
    assert!(matches!(elsewhere, Err(NotRotated::Dead(_))), "{elsewhere:?}");
    let elsewhere = world.store.rotate_session(&app("demo-2"), &first, Transport::Browser, &world.nonce(), NOW).await;
    assert!(matches!(elsewhere, Err(NotRotated::Dead(_))), "{elsewhere:?}");
    // It was not spent there either, which would end the session after a minute.
    next(&world, &first, NOW.plus(GRACE)).await;
}

#[tokio::test]
async fn an_app_session_is_not_refreshed_by_a_token_that_names_it() {
    let world = World::new();
    let ada = world.register("ada@example.com").await.expect("registers");
    let token = RefreshToken::draw(ada.user.id, session(&ada).id.clone(), &world.random);
    for transport in [Transport::App, Transport::Browser] {
        let refused = world.store.rotate_session(&app("demo"), &token, transport, &world.nonce(), NOW).await;
        assert!(matches!(refused, Err(NotRotated::Dead(_))), "{refused:?}");
    }
    assert!(world.is_signed_in(session(&ada), NOW).await, "and is not revoked by it");
}

#[tokio::test]
async fn a_withheld_rotation_strands_nobody_however_late_they_come_back() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let withheld = refresh(&world, &first, NOW).await.expect("refreshes");
    withhold(&world, &withheld).await;
    let back = NOW.plus(Seconds::days(6));
    let second = next(&world, &first, back).await;
    assert_eq!(second.digest(), withheld.refresh.digest());
    // From now on the minute counts again, and the session lives on.
    assert_eq!(next(&world, &first, back.plus(Seconds(59))).await.digest(), second.digest());
    next(&world, &second, back.plus(Seconds::days(6))).await;
    let reused = refresh(&world, &first, back.plus(Seconds::days(6))).await;
    assert!(matches!(reused, Err(NotRotated::Reused)), "{reused:?}");
}

#[tokio::test]
async fn a_rotation_whose_successor_is_in_use_is_not_withheld() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let rotated = refresh(&world, &first, NOW).await.expect("refreshes");
    next(&world, &rotated.refresh, NOW).await;
    withhold(&world, &rotated).await;
    let reused = refresh(&world, &first, NOW).await;
    assert!(matches!(reused, Err(NotRotated::Reused)), "{reused:?}");
}

/// The thief is the second: what they were given is nothing that was withheld.
#[tokio::test]
async fn a_rotation_that_another_was_given_meanwhile_is_not_withheld() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let kept_back = refresh(&world, &first, NOW).await.expect("refreshes");
    refresh(&world, &first, NOW).await.expect("is given the same");
    withhold(&world, &kept_back).await;
    let reused = refresh(&world, &first, NOW.plus(GRACE)).await;
    assert!(matches!(reused, Err(NotRotated::Reused)), "{reused:?}");
}

#[tokio::test]
async fn of_tabs_that_are_all_refused_in_any_order_none_is_stranded() {
    for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1]] {
        let world = World::new();
        let (_, first) = sign_in(&world).await;
        let mut tabs = Vec::new();
        for _ in 0..3 {
            tabs.push(refresh(&world, &first, NOW).await.expect("refreshes"));
        }
        for tab in order {
            withhold(&world, &tabs[tab]).await;
        }
        next(&world, &first, NOW.plus(Seconds::days(6))).await;
    }
}

#[tokio::test]
async fn of_many_at_once_of_whom_some_are_refused_the_token_keeps_its_minute_and_of_all_it_stays_good() {
    for given in [0, 1, 20] {
        let world = World::new();
        let (_, first) = sign_in(&world).await;
        let tabs = (0..20).map(async |tab| {
            let rotated = refresh(&world, &first, NOW).await.expect("refreshes");
            if tab >= given {
                withhold(&world, &rotated).await;
            }
        });
        futures_util::future::join_all(tabs).await;
        let late = refresh(&world, &first, NOW.plus(Seconds::days(6))).await;
        assert_eq!(late.is_ok(), given == 0, "{given} were given it: {late:?}");
    }
}

#[tokio::test]
async fn a_rotation_survives_any_single_fault_and_is_no_false_alarm() {
    for fault in [
        Fault::Throttle,
        Fault::InternalError,
        Fault::Drop,
        Fault::AnswerLost,
        Fault::Garbage,
        Fault::Slow(Duration::from_millis(1200)),
    ] {
        for operation in ["UpdateItem", "GetItem"] {
            let world = World::new();
            let (_, first) = sign_in(&world).await;
            world.faults.inject(fault.clone(), On::operation(operation), Times::Once);
            let second = refresh(&world, &first, NOW).await;
            let second = second.unwrap_or_else(|error| panic!("{fault:?} on {operation}: {error}")).refresh;
            next(&world, &second, NOW).await;
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_behind_takes_no_token_that_somebody_holds_for_withheld() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    next(&world, &first, later(2)).await;
    let behind = refresh(&world, &first, NOW).await.expect("refreshes");
    withhold(&world, &behind).await;
    let late = refresh(&world, &first, later(62)).await;
    assert!(matches!(late, Err(NotRotated::Reused)), "{late:?}");
}

#[tokio::test]
async fn a_token_that_is_presented_again_and_again_does_not_make_its_session_grow() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let second = next(&world, &first, NOW).await;
    for _ in 0..40 {
        assert_eq!(next(&world, &first, later(1)).await.digest(), second.digest());
    }
    let items = world.raw("Scan", &serde_json::json!({"TableName": "live"}));
    let holders = items["Items"].as_array().expect("items").iter().find_map(|item| item["holders"]["SS"].as_array());
    assert_eq!(holders.expect("the session has a set").len(), 32);
}

#[tokio::test]
async fn a_store_that_stays_down_refuses_without_ending_the_session() {
    for fault in [Fault::Throttle, Fault::Drop, Fault::AnswerLost] {
        for operation in ["UpdateItem", "GetItem"] {
            let world = World::new();
            let (_, first) = sign_in(&world).await;
            world.faults.inject(fault.clone(), On::operation(operation), Times::Forever);
            let refused = refresh(&world, &first, NOW).await;
            assert!(matches!(refused, Err(NotRotated::Store(_))), "{fault:?} on {operation}: {refused:?}");
            world.faults.heal();
            next(&world, &first, later(30)).await;
        }
    }
}

/// The exchange is withheld by what the request knew before it: its answer may have been lost.
#[tokio::test]
async fn a_rotation_whose_outcome_is_unknown_can_be_withheld_and_strands_nobody() {
    for fault in [Fault::Throttle, Fault::Drop, Fault::AnswerLost] {
        let world = World::new();
        let (_, first) = sign_in(&world).await;
        let exchanged = intent(&world, &first).await;
        world.faults.inject(fault.clone(), On::operation("UpdateItem"), Times::Forever);
        let failed = exchange(&world, &first, &exchanged, NOW).await;
        assert!(matches!(failed, Err(NotRotated::Store(_))), "{fault:?}: {failed:?}");
        world.faults.heal();
        world.store.withhold_rotation(&exchanged).await.expect("answers");
        let second = next(&world, &first, NOW.plus(Seconds::days(6))).await;
        let reused = refresh(&world, &first, NOW.plus(Seconds::days(7))).await;
        assert!(matches!(reused, Err(NotRotated::Reused)), "{fault:?}: {reused:?}");
        assert!(refresh(&world, &second, NOW.plus(Seconds::days(7))).await.is_err(), "{fault:?}");
    }
}

/// The store hangs, the request gives up and is undone, and its write is carried out after that.
#[tokio::test]
async fn a_write_that_is_carried_out_after_it_was_undone_changes_nothing() {
    let late = NOW.plus(Seconds::days(6));
    // The token is the newest: the exchange is still on its way.
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let hung = intent(&world, &first).await;
    world.store.withhold_rotation(&hung).await.expect("answers");
    assert!(exchange(&world, &first, &hung, NOW).await.is_err());
    next(&world, &first, late).await;

    // The successor was withheld from those before, and the one that hangs was to be given it.
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    withhold(&world, &refresh(&world, &first, NOW).await.expect("refreshes")).await;
    let hung = intent(&world, &first).await;
    world.store.withhold_rotation(&hung).await.expect("answers");
    assert!(exchange(&world, &first, &hung, NOW).await.is_err());
    next(&world, &first, late).await;
}

/// The last write that reaches the store is the first of two.
#[tokio::test]
async fn a_process_that_saw_the_store_fail_leaves_the_token_good_if_it_is_never_heard_of_again() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    world.store.note_trouble(NOW.minus(Seconds(60)));
    world.faults.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Once);
    world.faults.inject(Fault::Drop, On::operation("UpdateItem"), Times::Forever);
    assert!(matches!(refresh(&world, &first, NOW).await, Err(NotRotated::Store(_))));
    world.faults.heal();
    next(&world, &first, NOW.plus(Seconds::days(6))).await;
}

#[tokio::test]
async fn a_process_that_saw_the_store_fail_takes_a_token_for_stolen_after_its_minute_all_the_same() {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    world.store.note_trouble(NOW);
    let second = next(&world, &first, NOW).await;
    assert_eq!(next(&world, &first, later(59)).await.digest(), second.digest());
    let reused = refresh(&world, &first, NOW.plus(GRACE)).await;
    assert!(matches!(reused, Err(NotRotated::Reused)), "{reused:?}");
}

/// What clients and thieves may do with the tokens that they were ever given.
#[derive(Clone, Debug)]
enum Step {
    /// Presents one of them, counted from the newest.
    Present(usize),
    /// The same, and the limiter keeps the answer back.
    PresentWithheld(usize),
    /// Lets seconds pass.
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_usize).prop_map(Step::Present),
        2 => (0..2_usize).prop_map(Step::PresentWithheld),
        3 => prop_oneof![Just(0), Just(1), Just(59), Just(60), Just(61), Just(90_000), Just(7 * 86_400)].prop_map(Step::Wait),
    ]
}

/// The rule of `docs/api/README.md#refresh-rotation`, in numbers: token `current` is the newest, `current - 1` gives it until `grace`.
#[derive(Debug)]
struct Model {
    current: usize,
    grace: Timestamp,
    expires: Timestamp,
    dead: bool,
    /// Whether the last one who was given `current` is the only one.
    alone: bool,
}

const AGE: Seconds = Seconds::days(30);

#[derive(Debug, PartialEq)]
enum Said {
    Given(usize),
    Dead,
    Reused,
}

impl Model {
    fn present(&mut self, token: usize, now: Timestamp) -> Said {
        if self.dead || now >= self.expires || now >= NOW.plus(AGE) {
            return Said::Dead;
        }
        let withheld = self.grace > now.plus(GRACE);
        if token == self.current {
            self.current += 1;
        } else if token + 1 != self.current || now >= self.grace {
            self.dead = true;
            return Said::Reused;
        } else if !withheld {
            self.alone = false;
            return Said::Given(self.current);
        }
        self.alone = true;
        self.grace = now.plus(GRACE);
        self.expires = now.plus(Seconds::days(7));
        Said::Given(self.current)
    }
}

async fn follows_the_model(steps: &[Step]) -> Result<(), TestCaseError> {
    let world = World::new();
    let (_, first) = sign_in(&world).await;
    let mut tokens = vec![first];
    let mut model = Model { current: 0, grace: NOW, expires: NOW.plus(Seconds::days(7)), dead: false, alone: false };
    let mut now = NOW;
    for step in steps {
        let (back, withheld) = match step {
            Step::Wait(seconds) => {
                now = now.plus(Seconds(*seconds));
                continue;
            }
            Step::Present(back) => (*back, false),
            Step::PresentWithheld(back) => (*back, true),
        };
        let token = (tokens.len() - 1).saturating_sub(back);
        let expected = model.present(token, now);
        let said = match refresh(&world, &tokens[token], now).await {
            Ok(rotated) => {
                if withheld {
                    withhold(&world, &rotated).await;
                    if model.alone {
                        model.grace = NOW.plus(AGE);
                    }
                }
                let known = tokens.iter().position(|token| token.digest() == rotated.refresh.digest());
                let index = known.unwrap_or(tokens.len());
                if known.is_none() {
                    tokens.push(rotated.refresh);
                }
                Said::Given(index)
            }
            Err(NotRotated::Dead(_)) => Said::Dead,
            Err(NotRotated::Reused) => Said::Reused,
            Err(NotRotated::Store(error)) => return Err(TestCaseError::fail(error.to_string())),
        };
        prop_assert_eq!(said, expected, "{:?} at {:?} in {:?}", step, now.since(NOW), steps);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_clients_and_thieves_present_the_session_follows_the_documented_rule(
        steps in proptest::collection::vec(step(), 1..24)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        runtime.block_on(follows_the_model(&steps))?;
    }
}
