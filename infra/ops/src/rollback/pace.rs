//! Below the limit that Lambda sets to an account's control plane: 15 requests a second for all callers together, and fixed.
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests>

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use crate::doctor::aws::AwsError;

/// Ten a second: a deploy of another stack and a console that is open have the rest.
const APART: Duration = Duration::from_millis(100);

/// How often one call is made that is told to wait. The CLI itself tries as often each time.
const TRIES: u32 = 6;

/// How Lambda and `CloudFormation` say that there were too many.
const THROTTLED: [&str; 4] = ["TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"];

/// Turns for calls that share the limit.
pub(super) struct Pace {
    next: Mutex<Duration>,
    now: Box<dyn Fn() -> Duration + Sync>,
    wait: Box<dyn Fn(Duration) + Sync>,
}

impl Pace {
    /// With the time since some moment, and what waits.
    pub(super) fn new(now: impl Fn() -> Duration + Sync + 'static, wait: impl Fn(Duration) + Sync + 'static) -> Self {
        Self { next: Mutex::default(), now: Box::new(now), wait: Box::new(wait) }
    }

    /// Waits until it is this caller's turn.
    pub(super) fn wait_for_turn(&self) {
        let now = (self.now)();
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = now.max(*next);
            *next = turn + APART;
            turn
        };
        let ahead = turn.saturating_sub(now);
        if !ahead.is_zero() {
            (self.wait)(ahead);
        }
    }

    /// Makes a call, and makes it again a little later where there were too many.
    pub(super) fn patiently(&self, call: impl Fn() -> Result<Value, AwsError>) -> Result<Value, AwsError> {
        for time in 1..TRIES {
            match call() {
                Err(refusal) if refusal.code().is_some_and(|code| THROTTLED.contains(&code)) => {
                    (self.wait)(Duration::from_millis(500) * time);
                }
                other => return other,
            }
        }
        call()
    }
}
