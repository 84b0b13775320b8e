//! Breached passwords, by the list and by a service that can fail.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::time::Duration;

use local::breaches::{Breaches, Question};
use local::faults::{Fault, FaultProxy, On, Times};
use shared::outbound::Outage;
use shared::secret::Secret;
use shared::user::breached::{Breached, Verdict};
use shared::user::new_password::NewPassword;

/// `correct horse battery staple`, as `printf … | sha1sum` has it.
const HORSE: (&str, &str) = ("correct horse battery staple", "ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42");
/// One that the service pads an answer with.
const PADDING: (&str, &str) = ("incorrect horse battery staple", "AC4B95F7B41E4616F9B2BAA90694C01DB3D19D24");

struct World {
    service: Breaches,
    faults: FaultProxy,
}

impl World {
    fn new() -> Self {
        let service = Breaches::start(0, &[(HORSE.1, 7), (PADDING.1, 0)]).expect("a service");
        let faults = FaultProxy::start(&service.endpoint()).expect("a proxy");
        Self { service, faults }
    }

    fn breached(&self) -> Breached {
        Breached::new(Some(format!("{}/range", self.faults.endpoint()).parse().expect("a URL")))
    }
}

fn password(plain: &str) -> NewPassword {
    Secret::new(plain.to_owned()).try_into().expect("a password")
}

#[tokio::test]
async fn a_listed_password_is_refused_in_any_case_and_nobody_is_asked() {
    let world = World::new();
    for plain in ["password", "PassWord1", "12345678"] {
        assert_eq!(world.breached().check(&password(plain)).await, Verdict::Breached, "{plain}");
        assert_eq!(Breached::new(None).check(&password(plain)).await, Verdict::Breached, "{plain}");
    }
    assert_eq!(world.service.questions(), []);
    assert_eq!(Breached::new(None).check(&password(HORSE.0)).await, Verdict::Unknown);
}

#[tokio::test]
async fn the_service_is_told_five_digits_and_knows_the_rest() {
    let world = World::new();
    assert_eq!(world.breached().check(&password(HORSE.0)).await, Verdict::Breached);
    assert_eq!(world.breached().check(&password(PADDING.0)).await, Verdict::Unknown, "padding is not a password");
    assert_eq!(world.breached().check(&password("a password of my own")).await, Verdict::Unknown);
    let questions = world.service.questions();
    assert_eq!(questions[0], Question { prefix: HORSE.1[..5].to_owned(), padded: true });
    assert!(questions.iter().all(|question| question.prefix.len() == 5 && question.padded), "{questions:?}");
}

#[tokio::test]
async fn a_service_that_fails_refuses_nobody_and_is_asked_once() {
    let world = World::new();
    let breached = world.breached().with_patience(Duration::from_millis(300));
    for (fault, outage) in [
        (Fault::Throttle, Outage::Status(429)),
        (Fault::InternalError, Outage::Status(500)),
        (Fault::Drop, Outage::Unreachable),
        (Fault::AnswerLost, Outage::Unreachable),
        (Fault::Slow(Duration::from_hours(1)), Outage::TimedOut),
        (Fault::Garbage, Outage::Unreadable),
        (Fault::Answer(String::new()), Outage::Unreadable),
        (Fault::Answer(format!("{:0>35}:1\r\n", "A").repeat(15_000)), Outage::TooLong),
        (Fault::Redirect(world.service.endpoint()), Outage::Status(302)),
    ] {
        world.faults.inject(fault.clone(), On::operation("range"), Times::Once);
        world.faults.reset_calls();
        assert_eq!(breached.check(&password(HORSE.0)).await, Verdict::Unanswered(outage), "{fault:?}");
        assert_eq!(world.faults.calls()["range"], 1, "{fault:?}");
    }
    assert_eq!(breached.check(&password(HORSE.0)).await, Verdict::Breached, "the outage is over");
}
