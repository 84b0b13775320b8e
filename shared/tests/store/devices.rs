//! What devices ask for: each rule, under faults and in races.

use std::sync::Arc;

use local::faults::{Fault, On, Times};
use shared::clock::{Seconds, Timestamp};
use shared::id::{ClientId, UserId};
use shared::oauth::device::{DeviceCode, DeviceRequest, INTERVAL, LIFETIME, UserCode};
use shared::oauth::scope::Scope;
use shared::secret::Secret;
use shared::session::device::Device;
use shared::store::{Decision, Polled};

use crate::world::{NOW, World};

/// A device that has just asked.
struct Asking {
    world: World,
    code: DeviceCode,
    request: DeviceRequest,
    user: UserId,
}

impl Asking {
    async fn new() -> Self {
        let world = World::new();
        let code = DeviceCode::draw(UserCode::draw(&world.random), &world.random);
        let request = request(&world);
        assert!(world.store.begin_device(&code, &request, &world.nonce()).await.expect("answers"));
        let user = UserId::draw(&world.random);
        Self { world, code, request, user }
    }

    async fn decide(&self, user: UserId, decision: &Decision, at: Timestamp) -> bool {
        let Self { world, code, request, .. } = self;
        world.store.decide_device(&code.user_code, request, user, decision, at).await.expect("answers")
    }

    async fn poll(&self, at: Timestamp) -> String {
        said(&self.world.store.poll_device(&self.code, at).await.expect("answers"))
    }

    async fn shown(&self, at: Timestamp) -> Option<DeviceRequest> {
        self.world.store.device_request(&self.code.user_code, at).await.expect("answers")
    }
}

fn request(world: &World) -> DeviceRequest {
    DeviceRequest {
        client: ClientId::draw(&world.random),
        scope: Scope::read("profile read"),
        resources: vec!["https://notes.example".to_owned()],
        device: Device::new("192.0.2.1", Some("tv")),
        created: NOW,
    }
}

fn granted(code: &str) -> Decision {
    Decision::Granted(Secret::new(code.to_owned()))
}

fn said(polled: &Polled) -> String {
    match polled {
        Polled::Pending => "pending".to_owned(),
        Polled::TooSoon => "too soon".to_owned(),
        Polled::Expired => "expired".to_owned(),
        Polled::Denied => "denied".to_owned(),
        Polled::Granted(code) => code.expose().clone(),
    }
}

fn later(seconds: i64) -> Timestamp {
    NOW.plus(Seconds(seconds))
}

#[tokio::test]
async fn a_device_waits_until_its_user_has_decided() {
    let asking = Asking::new().await;
    assert_eq!(asking.shown(NOW).await.as_ref(), Some(&asking.request));
    assert_eq!(asking.poll(NOW).await, "pending");
    assert!(asking.decide(asking.user, &granted("a code"), later(3)).await);
    assert_eq!(asking.poll(later(5)).await, "a code");
    assert_eq!(asking.shown(later(5)).await, None, "it is decided");
    let asking = Asking::new().await;
    assert!(asking.decide(asking.user, &Decision::Denied, NOW).await);
    assert_eq!(asking.poll(NOW).await, "denied");
}

#[tokio::test]
async fn a_device_that_asks_too_often_learns_nothing() {
    let asking = Asking::new().await;
    assert_eq!(asking.poll(NOW).await, "pending");
    assert!(asking.decide(asking.user, &granted("a code"), NOW).await);
    for second in 0..INTERVAL.0 - 1 {
        assert_eq!(asking.poll(later(second)).await, "too soon", "{second}");
    }
    assert_eq!(asking.poll(later(INTERVAL.0 - 1)).await, "a code", "clocks are not exact to the second");
}

#[tokio::test]
async fn a_request_is_over_after_ten_minutes_and_a_decision_of_the_last_second_is_heard_of() {
    let end = NOW.plus(LIFETIME);
    let asking = Asking::new().await;
    assert_eq!(asking.poll(end.minus(Seconds(1))).await, "pending");
    assert_eq!(asking.poll(end).await, "expired");
    assert_eq!(asking.shown(end).await, None);
    assert!(!asking.decide(asking.user, &granted("a code"), end).await);
    let asking = Asking::new().await;
    assert!(asking.decide(asking.user, &granted("a code"), end.minus(Seconds(1))).await);
    assert_eq!(asking.poll(end.plus(Seconds(50))).await, "a code");
    assert_eq!(asking.poll(end.plus(Seconds(60))).await, "expired");
}

#[tokio::test]
async fn one_decides_and_saying_it_again_changes_nothing() {
    let asking = Asking::new().await;
    let other = UserId::draw(&asking.world.random);
    assert!(asking.decide(asking.user, &granted("the first"), NOW).await);
    assert!(asking.decide(asking.user, &granted("the second"), NOW).await, "a double click");
    assert!(!asking.decide(asking.user, &Decision::Denied, NOW).await);
    assert!(!asking.decide(other, &granted("another's"), NOW).await);
    assert_eq!(asking.poll(NOW).await, "the first");
}

#[tokio::test]
async fn of_fifty_who_decide_at_once_one_is_heard_and_of_fifty_questions_one_is_answered() {
    let asking = Arc::new(Asking::new().await);
    let decisions = (0..50).map(|number| {
        let asking = asking.clone();
        tokio::spawn(async move {
            let user = UserId::draw(&asking.world.random);
            asking.decide(user, &granted(&number.to_string()), NOW).await
        })
    });
    let mut heard = 0;
    for decision in decisions.collect::<Vec<_>>() {
        heard += usize::from(decision.await.expect("no panic"));
    }
    assert_eq!(heard, 1);
    let questions = (0..50).map(|_| {
        let asking = asking.clone();
        tokio::spawn(async move { asking.poll(NOW).await })
    });
    let mut answered = 0;
    for question in questions.collect::<Vec<_>>() {
        answered += usize::from(question.await.expect("no panic") != "too soon");
    }
    assert_eq!(answered, 1);
}

#[tokio::test]
async fn no_two_devices_show_one_code_at_a_time_and_the_later_one_is_asked_about() {
    let asking = Asking::new().await;
    let Asking { world, code, .. } = &asking;
    let again = DeviceCode::draw(code.user_code.clone(), &world.random);
    let begin = async |created| {
        let request = DeviceRequest { created, ..request(world) };
        world.store.begin_device(&again, &request, &world.nonce()).await.expect("answers")
    };
    assert!(!begin(NOW).await && !begin(NOW.plus(LIFETIME).minus(Seconds(1))).await);
    assert!(asking.decide(asking.user, &granted("a code"), NOW).await);
    let end = NOW.plus(LIFETIME);
    assert!(begin(end).await, "the item may be there for days after its time");
    assert_eq!(asking.poll(end).await, "expired", "the code on the first device");
    assert_eq!(said(&world.store.poll_device(&again, end).await.expect("answers")), "pending");
    assert!(!asking.decide(asking.user, &granted("a code"), end).await, "the form was about the first one");
}

#[tokio::test]
async fn what_was_written_and_not_heard_of_is_written() {
    let lost = |world: &World| world.faults.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Once);
    let world = World::new();
    let code = DeviceCode::draw(UserCode::draw(&world.random), &world.random);
    let request = request(&world);
    lost(&world);
    assert!(world.store.begin_device(&code, &request, &world.nonce()).await.expect("answers"));
    let user = UserId::draw(&world.random);
    let asking = Asking { world, code, request, user };
    lost(&asking.world);
    assert!(asking.decide(user, &granted("a code"), NOW).await);
    lost(&asking.world);
    assert_eq!(asking.poll(NOW).await, "too soon", "it asks again");
    assert_eq!(asking.poll(later(INTERVAL.0)).await, "a code");
}
