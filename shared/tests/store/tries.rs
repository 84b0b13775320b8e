//! The brake on guessing a password.

use std::sync::Arc;
use std::time::Duration;

use local::faults::{Fault, On, Times};
use shared::clock::{Seconds, Timestamp};
use shared::id::{AppId, Epoch, UserId};
use shared::session::device::Device;
use shared::session::{Opening, Session, Transport};
use shared::store::PasswordTry;
use shared::user::User;
use shared::user::identity::{Handle, Login};
use shared::user::lockout::{Brake, FREE_IN_ALL, WINDOW};

use crate::world::{NOW, World, app, email};

const ADA: &str = "ada@example.com";
const HOME: &str = "192.0.2.1";
const AWAY: &str = "203.0.113.1";

/// Tries for one login of the app `demo`.
struct Tries {
    world: World,
    app: AppId,
    login: Login,
}

impl Tries {
    /// For a handle that somebody has, who registered at home, or that nobody has.
    async fn of(known: bool) -> Self {
        let (world, app) = (World::new(), app("demo"));
        if known {
            let mut registration = world.registration(ADA);
            HOME.clone_into(&mut registration.source);
            let opening = registration.opening.as_mut().expect("a session");
            opening.session.device = Device::new(HOME, None);
            world.store.register(&app, &registration, &world.nonce(), NOW).await.expect("registers");
        }
        Self { world, app, login: Login::Handle(Handle::Email(email(ADA))) }
    }

    /// For the address of somebody who has a username, too, and registered at home.
    async fn with_username() -> Self {
        let (world, app) = (World::new(), app("demo"));
        let mut registration = world.registration(ADA);
        HOME.clone_into(&mut registration.source);
        registration.user.username = Some("ada".parse().expect("a username"));
        world.store.register(&app, &registration, &world.nonce(), NOW).await.expect("registers");
        Self { world, app, login: Login::Handle(Handle::Email(email(ADA))) }
    }

    fn attempt<'a>(&'a self, source: &'a str, cap: u32, now: Timestamp) -> PasswordTry<'a> {
        PasswordTry { app: &self.app, login: &self.login, source, cap, now }
    }

    async fn open_session(&self, user: UserId, source: &str, now: Timestamp) {
        let device = Device::new(source, None);
        let session = Session::open(user, Epoch::default(), Transport::App, device, &self.world.random, now);
        let opening = Opening { session, refresh: None };
        self.world.store.open_session(&self.app, &opening).await.expect("opens");
    }

    async fn wrong(&self, source: &str, cap: u32, now: Timestamp) -> Brake {
        let attempt = self.attempt(source, cap, now);
        let reserved = self.world.store.reserve_try(&attempt).await.expect("counts");
        self.world.store.end_wrong_try(&attempt, &reserved).await.expect("counts")
    }

    /// Whether a right password would be looked at; if so, the success is noted.
    async fn right(&self, source: &str, cap: u32, now: Timestamp) -> Brake {
        let attempt = self.attempt(source, cap, now);
        let reserved = self.world.store.reserve_try(&attempt).await.expect("counts");
        if reserved.brake == Brake::Open {
            let identity = reserved.identity.as_ref().expect("somebody");
            self.world.store.note_success(&attempt, identity).await.expect("notes");
        }
        reserved.brake
    }
}

#[tokio::test]
async fn the_try_after_the_cap_rests_the_handle_until_the_window_ends() {
    for (known, source) in [(true, HOME), (true, AWAY), (false, AWAY)] {
        let tries = Tries::of(known).await;
        for _ in 0..3 {
            assert_eq!(tries.wrong(source, 3, NOW).await, Brake::Open);
        }
        assert_eq!(tries.wrong(source, 3, NOW).await, Brake::Resting(WINDOW), "known: {known}, {source}");
        // Trying on does not make it longer.
        assert_eq!(tries.wrong(source, 3, NOW.plus(Seconds(100))).await, Brake::Resting(Seconds(200)), "{source}");
        assert_eq!(tries.wrong(source, 3, NOW.plus(Seconds(299))).await, Brake::Resting(Seconds(1)), "{source}");
        assert_eq!(tries.wrong(source, 3, NOW.plus(WINDOW)).await, Brake::Open, "known: {known}, {source}");
    }
}

#[tokio::test]
async fn a_wrong_try_makes_the_same_calls_for_a_handle_that_nobody_has() {
    let mut calls = Vec::new();
    for (known, source) in [(true, HOME), (true, AWAY), (false, AWAY)] {
        let tries = Tries::of(known).await;
        tries.world.store.ring(NOW).await.expect("a ring");
        let mut made = Vec::new();
        for _ in 0..6 {
            tries.world.faults.reset_calls();
            tries.wrong(source, 3, NOW).await;
            made.push(tries.world.faults.calls());
        }
        calls.push(made);
    }
    assert_eq!(calls[0], calls[2]);
    assert_eq!(calls[1], calls[2]);
}

#[tokio::test]
async fn a_refused_try_of_a_burst_makes_as_many_calls_for_a_handle_that_nobody_has() {
    let mut calls = Vec::new();
    for (known, source) in [(true, HOME), (true, AWAY), (false, AWAY)] {
        let tries = Tries::of(known).await;
        tries.world.store.ring(NOW).await.expect("a ring");
        let attempt = tries.attempt(source, 3, NOW);
        // The burst: of a handle that nobody has, tries are counted when they end.
        for _ in 0..3 {
            let reserved = tries.world.store.reserve_try(&attempt).await.expect("counts");
            if !known {
                tries.world.store.end_wrong_try(&attempt, &reserved).await.expect("counts");
            }
        }
        tries.world.faults.reset_calls();
        assert!(matches!(tries.wrong(source, 3, NOW).await, Brake::Resting(_)), "known: {known}, {source}");
        calls.push(tries.world.faults.calls().values().sum::<usize>());
    }
    assert_eq!(calls[0], calls[2], "at home");
    assert_eq!(calls[1], calls[2], "from elsewhere");
}

#[tokio::test]
async fn a_withdrawal_whose_answer_is_lost_is_not_sent_again() {
    let tries = Tries::of(true).await;
    let attempt = tries.attempt(HOME, 5, NOW);
    for _ in 0..3 {
        tries.world.store.reserve_try(&attempt).await.expect("counts");
    }
    tries.world.faults.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Forever);
    tries.world.store.withdraw_try(&attempt).await.expect("a ring");
    tries.world.faults.heal();
    let kept = tries.world.identity(ADA).await.expect("Ada").tries;
    assert_eq!(kept.open.iter().map(|count| count.count).sum::<u32>(), 2);
}

/// Sent again, it would take back tries of others, and more guesses would be compared.
#[tokio::test]
async fn a_refused_try_whose_taking_back_loses_its_answer_is_taken_back_once() {
    let tries = Tries::of(true).await;
    let attempt = tries.attempt(AWAY, 5, NOW);
    for _ in 0..5 {
        assert_eq!(tries.world.store.reserve_try(&attempt).await.expect("counts").brake, Brake::Open);
    }
    // The try is counted as usual. All that follows loses its answer.
    tries.world.faults.inject(Fault::Slow(Duration::ZERO), On::operation("UpdateItem"), Times::Once);
    tries.world.faults.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Forever);
    let refused = tries.world.store.reserve_try(&attempt).await.expect("counts");
    assert!(matches!(refused.brake, Brake::Resting(_)));
    tries.world.faults.heal();
    let kept = tries.world.identity(ADA).await.expect("Ada").tries;
    assert_eq!(kept.open.iter().map(|count| count.count).sum::<u32>(), 5);
}

#[tokio::test]
async fn of_fifty_tries_at_once_no_more_than_the_cap_are_compared() {
    for (known, source) in [(true, HOME), (true, AWAY), (false, AWAY)] {
        let tries = Arc::new(Tries::of(known).await);
        let racers = (0..50).map(|_| {
            let tries = tries.clone();
            tokio::spawn(async move { tries.wrong(source, 5, NOW).await })
        });
        let mut open = 0;
        for racer in racers.collect::<Vec<_>>() {
            open += usize::from(racer.await.expect("no panic") == Brake::Open);
        }
        assert_eq!(open, 5, "known: {known}, {source}");
    }
}

#[tokio::test]
async fn of_fifty_tries_at_once_by_both_of_a_users_handles_no_more_than_the_cap_are_compared() {
    for (source, failures) in [(HOME, 0), (AWAY, 0), (AWAY, 4), (AWAY, 5)] {
        let tries = Tries::with_username().await;
        for _ in 0..failures {
            assert_eq!(tries.wrong(source, 5, NOW).await, Brake::Open);
        }
        let by_name = Login::read("ada");
        let tries = Arc::new(tries);
        let racers = (0..50).map(|number| {
            let (tries, by_name) = (tries.clone(), by_name.clone());
            tokio::spawn(async move {
                let login = if number % 2 == 0 { &by_name } else { &tries.login };
                let attempt = PasswordTry { login, ..tries.attempt(source, 5, NOW) };
                tries.world.store.reserve_try(&attempt).await.expect("counts").brake
            })
        });
        let mut open = 0;
        for racer in racers.collect::<Vec<_>>() {
            open += usize::from(racer.await.expect("no panic") == Brake::Open);
        }
        assert!(open <= 5 - failures, "{source}: {open} after {failures}");
    }
}

#[tokio::test]
async fn one_after_the_other_all_free_tries_of_a_user_with_two_handles_are_compared() {
    let tries = Tries::with_username().await;
    for _ in 0..5 {
        assert_eq!(tries.wrong(AWAY, 5, NOW).await, Brake::Open);
    }
    assert!(matches!(tries.wrong(AWAY, 5, NOW).await, Brake::Resting(_)));
}

#[tokio::test]
async fn a_try_never_makes_an_identity_of_a_handle_that_nobody_has() {
    let tries = Tries::of(false).await;
    for _ in 0..5 {
        tries.wrong(AWAY, 3, NOW).await;
    }
    assert!(tries.world.identity(ADA).await.is_none());
}

#[tokio::test]
async fn strangers_use_up_their_own_tries_and_the_owner_is_let_in_at_home() {
    let tries = Tries::of(true).await;
    for hour in 0..24 {
        let now = NOW.plus(Seconds::hours(hour));
        for _ in 0..12 {
            tries.wrong(AWAY, 10, now).await;
        }
        assert!(matches!(tries.right("198.51.100.1", 10, now).await, Brake::Resting(_)), "hour {hour}");
        assert_eq!(tries.right(HOME, 10, now).await, Brake::Open, "hour {hour}");
        assert_eq!(tries.right("192.0.2.77", 10, now).await, Brake::Open, "the same network");
    }
}

#[tokio::test]
async fn a_hundred_tries_of_strangers_rest_them_until_the_owner_comes() {
    let tries = Tries::of(true).await;
    let mut now = NOW;
    for _ in 0..FREE_IN_ALL {
        assert_eq!(tries.wrong(AWAY, 10, now).await, Brake::Open);
        now = now.plus(Seconds(60));
    }
    now = now.plus(Seconds::days(7));
    let Brake::Resting(wait) = tries.right(AWAY, 10, now).await else { panic!("the 101st was compared") };
    assert_eq!(now.plus(wait), NOW.plus(Seconds::days(30)));
    assert_eq!(tries.right(HOME, 10, now).await, Brake::Open);
    assert_eq!(tries.right(AWAY, 10, now).await, Brake::Open, "the owner was there");
}

#[tokio::test]
async fn a_month_of_tries_does_not_grow_the_item() {
    let tries = Tries::of(true).await;
    for minute in 0..400 {
        tries.wrong(AWAY, 10, NOW.plus(Seconds(minute * 61))).await;
    }
    let kept = tries.world.identity(ADA).await.expect("an identity").tries;
    let (failed, open) = (kept.failed.len(), kept.open.len());
    assert!(failed + open < 24, "{failed} failed, {open} open");
}

#[tokio::test]
async fn an_ordinary_sign_in_is_one_write_and_the_item_does_not_grow() {
    let tries = Tries::of(true).await;
    tries.world.store.ring(NOW).await.expect("a ring");
    tries.world.faults.reset_calls();
    for day in 0..60 {
        assert_eq!(tries.right(HOME, 5, NOW.plus(Seconds::days(day))).await, Brake::Open);
    }
    // Each twelfth sweeps.
    assert_eq!(tries.world.faults.calls()["UpdateItem"], 60 + 4);
}

#[tokio::test]
async fn tries_that_opened_a_session_are_not_in_the_way_of_the_next() {
    let tries = Tries::of(true).await;
    let user = tries.world.identity(ADA).await.expect("Ada").user;
    let now = NOW.plus(Seconds(60));
    for _ in 0..20 {
        assert_eq!(tries.right(HOME, 5, now).await, Brake::Open);
        tries.open_session(user, HOME, now).await;
    }
    for _ in 0..5 {
        assert_eq!(tries.wrong(HOME, 5, now).await, Brake::Open);
    }
    assert_eq!(tries.right(HOME, 5, now).await, Brake::Resting(WINDOW));
}

#[tokio::test]
async fn the_session_of_the_registration_makes_no_guess_free() {
    let tries = Tries::of(true).await;
    let attempt = tries.attempt(HOME, 5, NOW);
    let mut compared = 0;
    for _ in 0..9 {
        let reserved = tries.world.store.reserve_try(&attempt).await.expect("counts");
        compared += usize::from(reserved.brake == Brake::Open);
    }
    assert_eq!(compared, 5);
}

#[tokio::test]
async fn a_session_from_elsewhere_makes_no_try_free() {
    let tries = Tries::of(true).await;
    let user = tries.world.identity(ADA).await.expect("Ada").user;
    for _ in 0..5 {
        let attempt = tries.attempt(AWAY, 5, NOW);
        assert_eq!(tries.world.store.reserve_try(&attempt).await.expect("counts").brake, Brake::Open);
        tries.open_session(user, HOME, NOW).await;
    }
    assert!(matches!(tries.right(AWAY, 5, NOW).await, Brake::Resting(_)), "five are open");
    assert_eq!(tries.right(HOME, 5, NOW).await, Brake::Open);
}

#[tokio::test]
async fn a_new_place_is_remembered_for_all_of_the_users_handles() {
    let (world, demo) = (World::new(), app("demo"));
    let mut registration = world.registration(ADA);
    registration.user = User { username: Some("ada".parse().expect("a name")), ..registration.user };
    HOME.clone_into(&mut registration.source);
    world.store.register(&demo, &registration, &world.nonce(), NOW).await.expect("registers");
    let by_name = Login::read("ada");
    let tries = Tries { world, app: demo, login: by_name };
    assert_eq!(tries.right(AWAY, 5, NOW).await, Brake::Open);
    assert_eq!(tries.world.identity(ADA).await.expect("Ada").tries.places.len(), 2);
    // A wrong password by one handle counts for the other.
    for _ in 0..3 {
        assert_eq!(tries.wrong("198.51.100.1", 3, NOW).await, Brake::Open);
    }
    let tries = Tries { login: Login::read(ADA), ..tries };
    assert_eq!(tries.right("198.51.100.1", 3, NOW).await, Brake::Resting(WINDOW));
}

/// The reset may be the owner's, who takes the account back from a stranger.
#[tokio::test]
async fn a_sign_in_whose_user_has_moved_on_notes_no_place() {
    let tries = Tries::of(true).await;
    let attempt = tries.attempt(AWAY, 5, NOW);
    let reserved = tries.world.store.reserve_try(&attempt).await.expect("counts");
    let identity = reserved.identity.expect("Ada");
    let user = tries.world.store.user(&tries.app, identity.user).await.expect("answers").expect("Ada");
    assert!(tries.world.store.end_all_sessions(&tries.app, &user, NOW).await.expect("answers"));
    tries.world.store.note_success(&attempt, &identity).await.expect("notes nothing");
    assert_eq!(tries.world.identity(ADA).await.expect("Ada").tries.places, identity.tries.places);
}
