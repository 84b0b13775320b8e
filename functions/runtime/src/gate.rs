//! The rate limiter's answer, which an operation must have before it answers.

use std::fmt;
use std::future::ready;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};

use crate::refusal::RuntimeError;

/// What the limiter says: go on, or not.
pub(crate) type Verdict = Result<(), RuntimeError>;

/// The limiter's answer, which may still be on its way.
///
/// An operation reads before it passes the gate, and writes after it; so a request costs no round trip more for being
/// counted. What it writes before the gate is harmless without an answer, or is undone by
/// [`shared::service::Moment::take_back`].
#[derive(Clone)]
pub struct Gate<'a>(Shared<BoxFuture<'a, Verdict>>);

impl<'a> Gate<'a> {
    /// The gate that opens, or does not, when the limiter has answered. The limiter is asked once, however many wait.
    pub(crate) fn of(limiter: impl Future<Output = Verdict> + Send + 'a) -> Self {
        Self(limiter.boxed().shared())
    }

    /// The gate of an operation that is not counted.
    pub(crate) fn open() -> Self {
        Self::of(ready(Ok(())))
    }

    pub(crate) async fn verdict(self) -> Verdict {
        self.0.await
    }

    /// Waits for the limiter.
    ///
    /// # Errors
    /// [`RuntimeError`]: the request is refused.
    pub async fn pass(self) -> Result<Pass, RuntimeError> {
        self.verdict().await.map(|()| Pass(()))
    }
}

impl fmt::Debug for Gate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

/// The limiter let the request through. Only the gate gives one, and only with one there is an answer.
#[must_use = "an operation answers with it"]
#[derive(Debug)]
pub struct Pass(());

impl Pass {
    /// The output as the operation's answer.
    pub const fn give<T>(self, output: T) -> Admitted<T> {
        let Self(()) = self;
        Admitted(output)
    }
}

/// The output of an operation that passed the gate.
#[must_use = "it is the operation's answer"]
#[derive(Debug)]
pub struct Admitted<T>(T);

impl<T> Admitted<T> {
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Admitted<U> {
        Admitted(change(self.0))
    }

    pub(crate) fn into_output(self) -> T {
        self.0
    }
}
