//! Tries of passwords that let nobody in: `end_wrong_try`.

use crate::clock::Seconds;
use crate::id::UserId;
use crate::store::client::{FailedCondition, Store};
use crate::store::error::StoreError;
use crate::store::item::{Reader, number, text, time};
use crate::store::keys::Key;
use crate::store::tries::{Counted, MAY_TRY, PasswordTry, ReservedTry, other_of, removing, rest_of, resting_by};
use crate::store::try_attributes::{FAILED, OPEN, read_tries, swept, try_name};
use crate::token::ring::KeyRing;
use crate::user::identity::{Handle, Identity};
use crate::user::lockout::{self, Brake, Place};
use aws_sdk_dynamodb::types::ReturnValue;

/// How many calls wait for each other in a wrong try, whether or not somebody has the handle.
const STEPS_OF_WRONG: u32 = 2;
/// The same once half of the free tries are used up: the user's other handle may be read, too.
const STEPS_OF_LATE: u32 = 3;
/// The same where the handle rests: the try, the other handle, the sessions that tries in a burst may have opened, the try's taking
/// back, and the two calls that stand for the failure.
const STEPS_OF_RESTING: u32 = 5;

/// A try that let nobody in.
#[derive(Clone, Copy, Debug)]
struct EndedTry {
    /// Whether the handle rests.
    brake: Brake,
    /// Whether half of the free tries are used up.
    is_late: bool,
    /// Calls made so far, of which each waited for the one before.
    steps: u32,
}

impl EndedTry {
    const fn wanted_steps(self) -> u32 {
        match self.brake {
            Brake::Resting(_) => STEPS_OF_RESTING,
            Brake::Open if self.is_late => STEPS_OF_LATE,
            Brake::Open => STEPS_OF_WRONG,
        }
    }
}

impl Store {
    /// Ends a try that lets nobody in, and says whether the handle rests. The calls are the same, in number and order, for a
    /// handle that nobody has, so that the time tells nothing.
    ///
    /// # Errors
    /// [`StoreError`]: the login must then be refused.
    pub async fn end_wrong_try(&self, attempt: &PasswordTry<'_>, reserved: &ReservedTry) -> Result<Brake, StoreError> {
        let ring = self.ring(attempt.now).await?;
        let ended = match &reserved.identity {
            Some(identity) if reserved.brake == Brake::Open => {
                self.count_failure(attempt, identity, &reserved.place, &ring).await?;
                let is_late = identity.tries.is_past_half(&reserved.place, attempt.cap, attempt.now);
                EndedTry { brake: Brake::Open, is_late, steps: reserved.steps + 1 }
            }
            Some(_) => {
                tokio::try_join!(self.call_for_nothing(attempt, &ring), self.call_for_nothing(attempt, &ring))?;
                EndedTry { brake: reserved.brake, is_late: true, steps: reserved.steps + 1 }
            }
            None => {
                // A user may have two handles, which are written at once.
                let counted = self.count_nobodys_try(attempt, reserved, &ring);
                tokio::try_join!(counted, self.call_for_nothing(attempt, &ring))?.0
            }
        };
        for _ in ended.steps..ended.wanted_steps() {
            match ended.brake {
                // In place of the other handle.
                Brake::Open => drop(self.get(&Key::user(attempt.app, UserId::draw(&self.random))).await?),
                Brake::Resting(_) => self.call_for_nothing(attempt, &ring).await?,
            }
        }
        Ok(ended.brake)
    }

    /// Makes a failure of an open try, for both of the user's handles: the password is the same. What no longer counts goes.
    async fn count_failure(
        &self,
        attempt: &PasswordTry<'_>,
        identity: &Identity,
        place: &Place,
        ring: &KeyRing,
    ) -> Result<(), StoreError> {
        let (now, tries) = (attempt.now, &identity.tries);
        let stale = swept(tries, now);
        // The long count begins again with this failure.
        let since = if tries.long_count_ended(now) {
            "tries_since = :now, tries = :one ADD"
        } else {
            "tries_since = if_not_exists(tries_since, :now) ADD tries :one,"
        };
        let fail = |handle: &Handle, and: &str| {
            let key = Key::identity(attempt.app, handle, ring);
            removing(self.update(&key), &stale, &format!(" SET {since} #failed :one{and}"))
                .condition_expression("#user = :user")
                .expression_attribute_names("#user", "user")
                .expression_attribute_names("#failed", try_name(FAILED, now, place))
                .expression_attribute_values(":user", text(identity.user.to_string()))
                .expression_attribute_values(":now", time(now))
                .expression_attribute_values(":one", number(1))
        };
        let own = attempt.login.handle().map(|handle| {
            fail(handle, ", #try :less")
                .expression_attribute_names("#try", try_name(OPEN, now, place))
                .expression_attribute_values(":less", number(-1))
        });
        let own = async {
            match own {
                Some(own) => self.send_update(own).await.map(drop),
                None => Ok(()),
            }
        };
        let other = async {
            match other_of(identity) {
                Some(other) => self.send_update(fail(other, "")).await.map(drop),
                None => self.call_for_nothing(attempt, ring).await,
            }
        };
        tokio::try_join!(own, other).map(drop)
    }

    async fn count_nobodys_try(
        &self,
        attempt: &PasswordTry<'_>,
        reserved: &ReservedTry,
        ring: &KeyRing,
    ) -> Result<EndedTry, StoreError> {
        let (key, place) = (Key::failures(attempt.app, attempt.login, ring), &reserved.place);
        let kept_until = attempt.now.plus(lockout::ALL_WINDOW).plus(Seconds::hours(1));
        let count = self
            .update(&key)
            .condition_expression(MAY_TRY)
            .update_expression(
                "SET tries_since = if_not_exists(tries_since, :now), #ttl = :ttl ADD #failed :one, tries :one",
            )
            .expression_attribute_names("#failed", try_name(FAILED, attempt.now, place))
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", time(attempt.now))
            .expression_attribute_values(":ttl", time(kept_until))
            .return_values(ReturnValue::AllNew);
        let steps = reserved.steps + 1;
        match self.send_update(resting_by(count, attempt)).await? {
            Ok(item) => {
                let tries = read_tries(&Reader::new("tries", &item), &item)?.before_failure(place, attempt.now);
                let brake = tries.judge(place, attempt.cap, attempt.now);
                let is_late = tries.is_past_half(place, attempt.cap, attempt.now);
                let Brake::Resting(wait) = brake else { return Ok(EndedTry { brake, is_late, steps }) };
                self.take_back(Counted { key: &key, kind: FAILED, place }, attempt, &tries, wait).await;
                Ok(EndedTry { brake, is_late, steps: steps + 1 })
            }
            Err(FailedCondition(item)) => {
                let item = item.unwrap_or_default();
                let tries = read_tries(&Reader::new("tries", &item), &item)?;
                Ok(EndedTry { brake: Brake::Resting(rest_of(&tries, attempt)), is_late: true, steps })
            }
        }
    }

    /// A write that changes nothing and takes as long as one that does.
    async fn call_for_nothing(&self, attempt: &PasswordTry<'_>, ring: &KeyRing) -> Result<(), StoreError> {
        let nothing = self
            .update(&Key::failures(attempt.app, attempt.login, ring))
            .update_expression("REMOVE failing_since")
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(pk)");
        self.send_update(nothing).await.map(drop)
    }
}
