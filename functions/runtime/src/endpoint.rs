//! The shape of an operation.

use serde_json::Value;
use shared::clock::Seconds;
use shared::config::{Config, Origins};
use shared::language::Language;
use shared::limit::{Quota, Subject};

use crate::answer::Answer;
use crate::context::Context;
use crate::describe::{Operation, Security};
use crate::event::Request;
use crate::gate::{Admitted, Gate};
use crate::reason::Reason;
use crate::refusal::{Preferences, RuntimeError, WireError};
use crate::route::Route;

/// One operation.
pub trait Endpoint: Sized + 'static {
    /// Where it is served.
    const ROUTE: Route;
    /// One sentence for the reference.
    const SUMMARY: &'static str;
    /// The wire dialect it belongs to.
    type Dialect: Dialect;
    /// What it needs around it.
    type Ctx: Context;
    /// Who may call.
    type Caller: Caller<Self>;
    /// What it takes, parsed.
    type Input: Input<Self>;
    /// What it gives.
    type Output: Output;

    /// The operation's own errors, for the reference. The errors of every operation are not listed.
    const ERRORS: &'static [<Self::Dialect as Dialect>::Error];

    /// Done in INIT: allocate, connect.
    fn prepare(_: &Self::Ctx) {}

    /// The operation: reads and compares beside the limiter, passes `gate`, saves, and answers.
    ///
    /// `at` is the moment of the request: its time, its key ring, the service. Before the gate it may only count attempts, or
    /// write what the moment takes back.
    ///
    /// # Errors
    /// The dialect's.
    fn call(
        at: &At<Self>,
        caller: Self::Caller,
        input: Self::Input,
        gate: Gate<'_>,
    ) -> impl Future<Output = Result<Admitted<Self::Output>, ErrorOf<Self>>> + Send;

    /// Whether a body that is too long is refused. `false` for an operation that must always be carried out and ignores its body.
    const READS_BODY: bool = true;

    /// Whether its requests are counted, and refused beyond the dialect's limit, where its surroundings can count.
    const COUNTED: bool = true;

    /// The media type of the body that it takes.
    const TAKES: &'static str = "application/json";

    /// What the reference says about it.
    #[must_use]
    fn describe() -> Operation {
        Operation::of::<Self>()
    }
}

/// One request's view of what an endpoint needs around it.
pub(crate) type At<E> = <<E as Endpoint>::Ctx as Context>::Moment;

/// An endpoint's error: its dialect's.
pub(crate) type ErrorOf<E> = <<E as Endpoint>::Dialect as Dialect>::Error;

/// A wire dialect: the operations that share their errors and their limit.
pub trait Dialect: 'static {
    /// Its name: what its requests are counted under.
    const NAME: &'static str;
    /// Its errors, one table to the wire.
    type Error: WireError;
    /// The request headers that pages of other origins may send.
    const CORS_HEADERS: &'static str;

    /// Where the document is that says who issues tokens for its operations (RFC 9728). A 401 names it.
    const RESOURCE_METADATA: Option<&'static str> = None;

    /// The language that somebody chose for what they are shown. It comes before that of `Accept-Language`.
    #[must_use]
    fn chosen_language(_: &Request) -> Option<Language> {
        None
    }

    /// How many requests one address may send.
    fn quota(config: &Config) -> Quota;

    /// Which origins' pages may call.
    fn cors(origins: &Origins) -> Cors<'_>;
}

/// Which origins' pages may call and read the answer (Fetch §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cors<'a> {
    /// Those of the caller; all of them where it names none. No cookies.
    Callers,
    /// Those of the caller, and none where it names none or is not known. No cookies. A preflight names no caller, so it is
    /// answered to every origin.
    Registered,
    /// These.
    Listed {
        /// As browsers write them: scheme, host, port unless it is the scheme's.
        origins: &'a [String],
        /// Whether they call with cookies.
        credentials: bool,
    },
}

/// Who calls. A value exists only if the request proved it.
pub trait Caller<E: Endpoint>: Send + Sized + 'static {
    /// What a request must bring, for the reference and for the test that leaves it out.
    const SECURITY: &'static [Security];

    /// Whether what it proves itself with stands in the body. A body that is too long is then refused before it is read
    /// for that, as anybody can send one.
    const IN_BODY: bool = false;

    /// Whether such callers are counted by who they are ([`Caller::counted`]). They are then identified before they are
    /// counted, and those who are not known are counted by their address.
    const HAS_A_COUNTER: bool = false;

    /// Whether to find out who calls would take a call to a server that the request names. An address that has sent too many requests is
    /// refused before that, also where callers are counted by who they are.
    #[must_use]
    fn is_found_elsewhere(_: &At<E>, _: &Request) -> bool {
        false
    }

    /// Reads and checks the credentials.
    ///
    /// # Errors
    /// The dialect's: the request goes no further.
    fn identify(at: &At<E>, request: &Request) -> impl Future<Output = Result<Self, ErrorOf<E>>> + Send;

    /// The app that calls, for the log.
    fn app(&self) -> Option<&str>;

    /// What the caller is counted as, and its quota, in place of the address. For a caller that proved who it is, and that
    /// may act for many people from one address.
    fn counted(&self, _: &Config) -> Option<Counted> {
        None
    }

    /// The only origins whose pages may read the answer, where the callers decide that: none of them means any by
    /// [`Cors::Callers`], and none by [`Cors::Registered`].
    fn origins(&self) -> &[String] {
        &[]
    }
}

/// What a request is counted under, and how many there may be.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Whose requests they are.
    pub subject: Subject,
    /// How many.
    pub quota: Quota,
}

/// Anyone may call.
#[derive(Clone, Copy, Debug)]
pub struct Anyone;

impl<E: Endpoint> Caller<E> for Anyone {
    const SECURITY: &'static [Security] = &[];

    async fn identify(_: &At<E>, _: &Request) -> Result<Self, ErrorOf<E>> {
        Ok(Self)
    }

    fn app(&self) -> Option<&str> {
        None
    }
}

/// What an endpoint takes. A value exists only if it parsed.
pub trait Input<E: Endpoint>: Send + Sized {
    /// Parses the request.
    ///
    /// # Errors
    /// The dialect's.
    fn parse(request: &Request) -> Result<Self, ErrorOf<E>>;

    /// The parameters of the query that must be there.
    const QUERY: &'static [&'static str] = &[];

    /// The JSON schema of the body; `None` for an operation without one.
    fn schema() -> Option<Value>;
}

/// Nothing is taken from the request; a body is not looked at.
#[derive(Clone, Copy, Debug)]
pub struct NoInput;

impl<E: Endpoint> Input<E> for NoInput {
    fn parse(_: &Request) -> Result<Self, ErrorOf<E>> {
        Ok(Self)
    }

    fn schema() -> Option<Value> {
        None
    }
}

/// What an endpoint gives.
pub trait Output: Send {
    /// The status of the answer.
    const STATUS: u16 = 200;

    /// Other statuses of a successful answer: a redirect, or a page that asks again.
    const OTHERWISE: &'static [u16] = &[];

    /// The media type of the answer's body; empty for an answer without one.
    const MEDIA_TYPE: &'static str = "application/json";

    /// The reason for the log where a successful answer refuses something: a page that asks again.
    fn reason(&self) -> Option<Reason> {
        None
    }

    /// The answer that shows it.
    fn answer(self) -> Answer;

    /// The JSON schema of the answer's body.
    fn schema() -> Value;
}

impl Operation {
    /// What an endpoint's own constants and types say.
    #[must_use]
    pub fn of<E: Endpoint>() -> Self {
        Self {
            route: E::ROUTE,
            summary: E::SUMMARY,
            counted: E::COUNTED,
            security: E::Caller::SECURITY,
            api: E::Dialect::NAME,
            query: E::Input::QUERY,
            request: E::Input::schema().map(|schema| (E::TAKES, schema)),
            response: (E::Output::STATUS, E::Output::MEDIA_TYPE, E::Output::schema()),
            otherwise: E::Output::OTHERWISE,
            refusals: refusals::<E>(),
        }
    }
}

/// Each refusal once in every form that it takes: the operation's own, and the framework's.
fn refusals<E: Endpoint>() -> Vec<Answer> {
    let limited = E::COUNTED.then_some(RuntimeError::TooManyRequests { retry_after: Seconds(1) });
    let framework = [RuntimeError::BodyTooLarge, RuntimeError::Panicked, RuntimeError::TooSlow];
    let framework: Vec<_> = limited.into_iter().chain(framework).map(ErrorOf::<E>::from).collect();
    let mut answers: Vec<Answer> = Vec::new();
    for refused in E::ERRORS.iter().chain(&framework) {
        for json in [false, true] {
            let answer = refused.answer(Preferences { json, ..Preferences::default() });
            // A dialect may answer everything as it answers success.
            if answer.status != E::Output::STATUS && !answers.contains(&answer) {
                answers.push(answer);
            }
        }
    }
    answers
}
