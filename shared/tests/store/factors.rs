//! Second factors in their users' items.

use std::sync::Arc;

use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::factor::recovery::{RecoveryCodes, RecoveryDigest};
use shared::factor::sealed::SealedTotp;
use shared::factor::totp::{Step, Totp};
use shared::session::device::Device;
use shared::session::method::{Method, Methods};
use shared::session::{Bearer, Opening, Session, Transport};
use shared::store::{Asker, FactorNotChanged, FactorNotSpent, HandleNotChanged, NewFactor, Spending, Spent};
use shared::user::User;
use shared::user::identity::Handle;

use crate::world::{NOW, World, app, email};

const ADA: &str = "ada@example.com";
const STEP: Step = Step(60_000_000);

impl World {
    /// A user with a factor, and the digests of the recovery codes.
    async fn user_with_factor(&self) -> (User, Vec<RecoveryDigest>) {
        let mut registration = self.registration(ADA);
        registration.user.username = Some("ada".parse().expect("a username"));
        self.store.register(&app("demo"), &registration, &self.nonce(), NOW).await.expect("registers");
        let user = registration.user;
        let digests = self.set_up(&user).await.expect("sets up");
        (User { second_factor: true, ..user }, digests)
    }

    pub(crate) async fn set_up(&self, user: &User) -> Result<Vec<RecoveryDigest>, FactorNotChanged> {
        let ring = self.store.ring(NOW).await.expect("the ring opens");
        let demo = app("demo");
        let totp = SealedTotp::seal(Totp::draw(&self.random).secret(), &demo, user.id, &ring, &self.random);
        let codes = RecoveryCodes::draw(&demo, user.id, &ring, &self.random);
        let new = NewFactor { totp: &totp, step: STEP, recovery: &codes, session: None };
        self.store.set_up_factor(&demo, user, &new, &self.nonce(), NOW).await?;
        Ok(codes.digests)
    }

    fn opening(&self, user: &User) -> Opening {
        Session::open(user.id, user.epoch, Transport::App, Device::default(), &self.random, NOW).into()
    }

    async fn spending(&self, user: &User, spent: Spent) -> Spending {
        let factor = self.store.factor(&app("demo"), user.id).await.expect("answers").expect("a factor");
        Spending { factor, spent, ticket: None }
    }

    async fn enter(&self, user: &User, spending: &Spending) -> (Opening, Result<(), FactorNotSpent>) {
        let opening = self.opening(user);
        let entered = self.store.enter_by_factor(&app("demo"), &opening, spending, &self.nonce()).await;
        (opening, entered)
    }

    async fn is_open(&self, opening: &Opening) -> bool {
        let Session { user, id, .. } = &opening.session;
        let bearer = Bearer { user: *user, session: id.clone() };
        self.store.standing(&app("demo"), &bearer, Transport::App, NOW).await.is_ok()
    }

    async fn copies(&self) -> Vec<bool> {
        let mut copies = Vec::new();
        for handle in [Handle::Email(email(ADA)), Handle::Username("ada".parse().expect("a username"))] {
            let identity = self.store.identity(&app("demo"), &handle, NOW).await.expect("answers").expect("somebody");
            copies.push(identity.second_factor);
        }
        copies
    }
}

#[tokio::test]
async fn every_handle_knows_of_the_factor_while_there_is_one() {
    let world = World::new();
    let (user, digests) = world.user_with_factor().await;
    let ring = world.store.ring(NOW).await.expect("the ring opens");
    let others = RecoveryCodes::draw(&app("demo"), user.id, &ring, &world.random);
    assert_eq!(world.store.user(&app("demo"), user.id).await.expect("answers"), Some(user.clone()));
    let factor = world.store.factor(&app("demo"), user.id).await.expect("answers").expect("a factor");
    assert_eq!((factor.last, factor.since, factor.recovery.len()), (Some(STEP), Some(NOW), digests.len()));
    assert_eq!(world.copies().await, [true, true]);
    assert!(matches!(world.set_up(&user).await, Err(FactorNotChanged::Changed)), "there is one");
    world.store.remove_factor(&app("demo"), &user, &world.nonce(), NOW).await.expect("removes");
    assert_eq!(world.copies().await, [false, false]);
    assert!(world.store.factor(&app("demo"), user.id).await.expect("answers").is_none());
    let again = world.store.remove_factor(&app("demo"), &user, &world.nonce(), NOW).await;
    assert!(matches!(again, Err(FactorNotChanged::Changed)), "{again:?}");
    let replaced = world.store.replace_recovery_codes(&app("demo"), &user, &others).await;
    assert!(matches!(replaced, Err(FactorNotChanged::Changed)), "{replaced:?}");
}

/// A handle that is new since would not know of the factor.
#[tokio::test]
async fn a_user_whose_handles_changed_since_is_given_no_factor() {
    let world = World::new();
    let ada = world.register(ADA).await.expect("registers").user;
    for changed in [
        User { email: Some(email("ada@example.org")), ..ada.clone() },
        User { email: None, ..ada.clone() },
        User { username: Some("ada".parse().expect("a username")), ..ada.clone() },
    ] {
        assert!(matches!(world.set_up(&changed).await, Err(FactorNotChanged::Changed)));
        assert!(world.store.factor(&app("demo"), ada.id).await.expect("answers").is_none());
    }
    world.set_up(&ada).await.expect("sets up");
}

/// A new handle says of the factor what its user was read to have. It must not let in by the password alone, nor ask for a code of a
/// factor that is gone.
#[tokio::test]
async fn a_user_whose_factor_changed_since_is_given_no_handle() {
    let world = World::new();
    let demo = app("demo");
    let without = world.register(ADA).await.expect("registers").user;
    let with = User { second_factor: true, ..without.clone() };
    let session = Session::open(without.id, without.epoch, Transport::Browser, Device::default(), &world.random, NOW);
    world.store.open_session(&demo, &session.clone().into()).await.expect("opens");
    let username = "ada".parse().expect("a username");
    let change = async |user: &User| {
        let asker = Asker { user, session: &session.id };
        world.store.change_username(&demo, asker, &username, &world.nonce(), NOW).await
    };
    assert!(matches!(change(&with).await, Err(HandleNotChanged::Dead)), "there is none");
    world.set_up(&without).await.expect("sets up");
    assert!(matches!(change(&without).await, Err(HandleNotChanged::Dead)), "there is one by now");
    change(&with).await.expect("changes");
    assert_eq!(world.copies().await, [true, true]);
}

#[tokio::test]
async fn a_step_and_those_before_it_are_used_up_and_open_nothing() {
    let world = World::new();
    let (user, _) = world.user_with_factor().await;
    for (step, good) in [(0, false), (1, true), (1, false), (3, true), (2, false), (3, false)] {
        let spending = world.spending(&user, Spent::Step(Step(STEP.0 + step))).await;
        let (opening, entered) = world.enter(&user, &spending).await;
        assert_eq!((entered.is_ok(), world.is_open(&opening).await), (good, good), "{step}");
    }
}

#[tokio::test]
async fn each_recovery_code_is_used_up_and_the_last_one_leaves_the_factor() {
    let world = World::new();
    let (user, digests) = world.user_with_factor().await;
    for digest in digests {
        let spending = world.spending(&user, Spent::Recovery(digest)).await;
        let (opening, entered) = world.enter(&user, &spending).await;
        assert!(entered.is_ok() && world.is_open(&opening).await);
        let (opening, entered) = world.enter(&user, &spending).await;
        assert!(matches!(entered, Err(FactorNotSpent::Used)) && !world.is_open(&opening).await);
    }
    let factor = world.store.factor(&app("demo"), user.id).await.expect("answers").expect("a factor");
    assert!(factor.recovery.is_empty());
}

#[tokio::test]
async fn a_code_of_a_factor_that_was_replaced_opens_nothing() {
    let world = World::new();
    let (user, _) = world.user_with_factor().await;
    let spending = world.spending(&user, Spent::Step(Step(STEP.0 + 1))).await;
    world.store.remove_factor(&app("demo"), &user, &world.nonce(), NOW).await.expect("removes");
    world.set_up(&user).await.expect("sets up another");
    let (opening, entered) = world.enter(&user, &spending).await;
    assert!(matches!(entered, Err(FactorNotSpent::Used)) && !world.is_open(&opening).await);
}

#[tokio::test]
async fn of_fifty_at_once_one_enters_by_a_step_and_one_by_a_recovery_code() {
    let world = Arc::new(World::new());
    let (user, digests) = world.user_with_factor().await;
    for spent in [Spent::Step(Step(STEP.0 + 1)), Spent::Recovery(digests[0].clone())] {
        let spending = Arc::new(world.spending(&user, spent).await);
        let racers: Vec<_> = (0..50)
            .map(|_| {
                let (world, user, spending) = (world.clone(), user.clone(), spending.clone());
                tokio::spawn(async move { world.enter(&user, &spending).await.1.is_ok() })
            })
            .collect();
        let mut entered = 0;
        for racer in racers {
            entered += usize::from(racer.await.expect("no panic"));
        }
        assert_eq!(entered, 1);
    }
}

/// Either the session is open and the code used up, or neither: nobody is left without both.
#[tokio::test]
async fn after_a_fault_the_code_is_used_up_with_its_session_or_good() {
    for times in [Times::Once, Times::Exactly(20)] {
        for fault in Fault::each() {
            let world = World::new();
            let (user, digests) = world.user_with_factor().await;
            for spent in [Spent::Step(Step(STEP.0 + 1)), Spent::Recovery(digests[0].clone())] {
                let spending = world.spending(&user, spent).await;
                world.faults.inject(fault.clone(), On::operation("TransactWriteItems"), times);
                let (opening, entered) = world.enter(&user, &spending).await;
                world.faults.heal();
                assert_eq!(world.is_open(&opening).await, entered.is_ok(), "{fault:?} {times:?}");
                if entered.is_err() {
                    let (_, entered) = world.enter(&user, &spending).await;
                    assert!(entered.is_ok(), "{fault:?} {times:?}: {entered:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_session_in_which_a_factor_is_set_up_is_one_of_two_factors() {
    let world = World::new();
    let registration = world.registration(ADA);
    world.store.register(&app("demo"), &registration, &world.nonce(), NOW).await.expect("registers");
    let (demo, user) = (app("demo"), registration.user);
    let session = Session::open(user.id, user.epoch, Transport::Browser, Device::default(), &world.random, NOW);
    let session = Session { methods: Method::Password.into(), ..session };
    world.store.open_session(&demo, &session.clone().into()).await.expect("opens");
    let ring = world.store.ring(NOW).await.expect("the ring opens");
    let totp = SealedTotp::seal(Totp::draw(&world.random).secret(), &demo, user.id, &ring, &world.random);
    let codes = RecoveryCodes::draw(&demo, user.id, &ring, &world.random);
    let new = NewFactor { totp: &totp, step: STEP, recovery: &codes, session: Some(&session) };
    world.store.set_up_factor(&demo, &user, &new, &world.nonce(), NOW).await.expect("sets up");
    let found = world.store.sessions(&demo, &user, NOW).await.expect("answers");
    let found = found.iter().find(|one| one.id == session.id).expect("the session");
    assert_eq!(found.methods, Methods::from(Method::Password).and(Method::Otp));
}

/// Two requests show the same code, and the answer to the second is lost for good: what the first used up stays so.
#[tokio::test]
async fn a_request_whose_fate_is_unknown_gives_back_no_code_that_another_used() {
    let world = World::new();
    let (user, digests) = world.user_with_factor().await;
    for spent in [Spent::Step(Step(STEP.0 + 1)), Spent::Recovery(digests[0].clone())] {
        let spending = world.spending(&user, spent).await;
        assert!(world.enter(&user, &spending).await.1.is_ok());
        world.faults.inject(Fault::InternalError, On::operation("TransactWriteItems"), Times::Exactly(20));
        assert!(matches!(world.enter(&user, &spending).await.1, Err(FactorNotSpent::Store(_))));
        world.faults.heal();
        let (opening, entered) = world.enter(&user, &spending).await;
        assert!(matches!(entered, Err(FactorNotSpent::Used)) && !world.is_open(&opening).await, "{entered:?}");
    }
}

#[tokio::test]
async fn a_session_that_has_ended_sets_up_no_factor() {
    let world = World::new();
    let registration = world.registration(ADA);
    world.store.register(&app("demo"), &registration, &world.nonce(), NOW).await.expect("registers");
    let (demo, user) = (app("demo"), registration.user);
    let session = Session::open(user.id, user.epoch, Transport::Browser, Device::default(), &world.random, NOW);
    let ring = world.store.ring(NOW).await.expect("the ring opens");
    let totp = SealedTotp::seal(Totp::draw(&world.random).secret(), &demo, user.id, &ring, &world.random);
    let codes = RecoveryCodes::draw(&demo, user.id, &ring, &world.random);
    let new = NewFactor { totp: &totp, step: STEP, recovery: &codes, session: Some(&session) };
    let never_opened = world.store.set_up_factor(&demo, &user, &new, &world.nonce(), NOW).await;
    assert!(matches!(never_opened, Err(FactorNotChanged::MovedOn)), "{never_opened:?}");
    world.store.open_session(&demo, &session.clone().into()).await.expect("opens");
    let nonce = world.nonce();
    assert!(world.store.end_listed_session(&demo, user.id, &session.id, &nonce, NOW).await.expect("answers"));
    let ended = world.store.set_up_factor(&demo, &user, &new, &world.nonce(), NOW).await;
    assert!(matches!(ended, Err(FactorNotChanged::MovedOn)), "{ended:?}");
    assert!(world.store.factor(&demo, user.id).await.expect("answers").is_none());
}

/// The copy must not be written to an identity that is somebody else's by now.
#[tokio::test]
async fn no_copy_is_written_to_a_handle_of_somebody_else() {
    let world = World::new();
    let ada = world.register(ADA).await.expect("registers").user;
    let bob = world.register("bob@example.com").await.expect("registers").user;
    // As no verb leaves it: Ada's own item names Bob's address.
    let key = json!({"pk": {"S": format!("U#demo#{}", ada.id)}, "sk": {"S": "USER"}});
    world.raw(
        "UpdateItem",
        &json!({
            "TableName": "core", "Key": key, "UpdateExpression": "SET email = :theirs",
            "ExpressionAttributeValues": {":theirs": {"S": "bob@example.com"}},
        }),
    );
    let ada = User { email: bob.email.clone(), ..ada };
    assert!(matches!(world.set_up(&ada).await, Err(FactorNotChanged::MovedOn)));
    assert!(!world.identity("bob@example.com").await.expect("Bob").second_factor);
}

/// A password was changed, or all sessions were ended, while a thief's request was on its way.
#[tokio::test]
async fn of_a_user_who_has_moved_on_no_factor_is_set_up_changed_or_removed() {
    let world = World::new();
    let demo = app("demo");
    let ada = world.register(ADA).await.expect("registers").user;
    assert!(world.store.end_all_sessions(&demo, &ada, NOW).await.expect("answers"));
    assert!(matches!(world.set_up(&ada).await, Err(FactorNotChanged::MovedOn)));
    let ada = world.store.user(&demo, ada.id).await.expect("answers").expect("a user");
    world.set_up(&ada).await.expect("sets up");
    let before = world.store.user(&demo, ada.id).await.expect("answers").expect("a user");
    assert!(world.store.end_all_sessions(&demo, &before, NOW).await.expect("answers"));
    let ring = world.store.ring(NOW).await.expect("the ring opens");
    let others = RecoveryCodes::draw(&demo, ada.id, &ring, &world.random);
    let replaced = world.store.replace_recovery_codes(&demo, &before, &others).await;
    assert!(matches!(replaced, Err(FactorNotChanged::MovedOn)), "{replaced:?}");
    let removed = world.store.remove_factor(&demo, &before, &world.nonce(), NOW).await;
    assert!(matches!(removed, Err(FactorNotChanged::MovedOn)), "{removed:?}");
    let after = world.store.user(&demo, ada.id).await.expect("answers").expect("a user");
    world.store.replace_recovery_codes(&demo, &after, &others).await.expect("replaces");
    world.store.remove_factor(&demo, &after, &world.nonce(), NOW).await.expect("removes");
}
