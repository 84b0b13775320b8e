//! Why the runtime or an operation refuses a request.

use shared::clock::Seconds;
use shared::language::Language;
use shared::store::StoreError;

use crate::answer::Answer;
use crate::reason::Reason;

/// The client's preferences for the answer (RFC 9110 §12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The language for people.
    pub language: Language,
    /// Whether it asked for JSON.
    pub json: bool,
}

/// Why the runtime refused a request. Each dialect has its own answer to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuntimeError {
    /// The address has sent too many requests.
    TooManyRequests {
        /// How long to wait.
        retry_after: Seconds,
    },
    /// The path goes on behind the route's own.
    NotFound,
    /// The limiter could not be asked.
    NotCounted(StoreError),
    /// The body is over the limit.
    BodyTooLarge,
    /// The answer was not found in time.
    TooSlow,
    /// A handler panicked.
    Panicked,
}

/// A dialect's error, with its one table to the wire.
pub trait WireError: From<RuntimeError> + From<StoreError> + Sized + Send + 'static {
    /// What the caller sees.
    fn answer(&self, preferences: Preferences) -> Answer;

    /// What the operator sees where the fault is ours.
    fn cause(&self) -> Option<String>;

    /// Its name for the log: the variant's, never a value from the request. `docs/operations.md` says what to do.
    fn reason(&self) -> Reason;

    /// One of each variant, for the tests that hold the pages in `docs` against the code ([`crate::one_of_each`]).
    const EACH: &'static [Self];
}
