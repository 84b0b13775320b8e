//! From an event to an answer: the same for Lambda and for tests.

use std::panic::AssertUnwindSafe;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::FutureExt as _;
use shared::audit::Author;
use shared::clock::{Clock, Timestamp};
use shared::config::Config;
use shared::language::Language;
use shared::limit::{Quota, Standing, Subject};
use shared::service::in_time::STEPS_END;
use shared::service::take_back::REFUND;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::context::{Context, Counter};
use crate::endpoint::{Cors, Counted, Endpoint};
use crate::erased::{Answered, DialectRules, Erased, Identified};
use crate::event::{Event, Request};
use crate::gate::{Admitted, Gate, Verdict};
use crate::host_cookies::forgetting_host_cookies;
use crate::reason::Reason;
use crate::refusal::{Preferences, RuntimeError, WireError};
use crate::telemetry::{RequestLine, milliseconds, refused_unread};

/// The longest body that is read; no operation needs a hundredth of it.
const LONGEST_BODY: usize = 64 * 1024;

/// We answer before anybody gives up on us: callers within five seconds, Lambda at ten, the gateway at thirty.
const DEADLINE: Duration = Duration::from_millis(4200);

// What the service gives back after its own deadline has to fit into the request's.
const _: () = assert!(STEPS_END.as_millis() + 1000 <= DEADLINE.as_millis());

/// By when what a request wrote must be undone that is not answered with success. A request that failed early has all that time for it.
const UNDO_END: Duration = Duration::from_millis(4500);

// A request that used up its time can still undo one write.
const _: () = assert!(DEADLINE.as_millis() + 300 <= UNDO_END.as_millis());

// A refund that takes too long changes no refusal into a failure.
const _: () = assert!(DEADLINE.as_millis() + REFUND.as_millis() < UNDO_END.as_millis());

/// For a year, and for our host alone: its neighbours are not ours.
const STRICT_TRANSPORT: &str = "max-age=31536000";

const EXPOSED: &str = "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After";

/// What the answer and the log line need to know about a request, also where it failed half-way.
#[derive(Default)]
struct RequestRecord {
    standing: OnceLock<Standing>,
    app: OnceLock<String>,
    origins: OnceLock<Vec<String>>,
}

/// Answers one event. Never fails: what goes wrong is an answer of the dialect. A panic is, too, but in a release build.
///
/// `HEAD` is answered as `GET`, body and all: the gateway sends the body's length and not the body. An answer without
/// one would be given `content-length: 0`, which is not what `GET` gives (RFC 9110 §8.6).
pub async fn respond<E: Endpoint>(ctx: &E::Ctx, event: Event) -> Answer {
    respond_as(&Erased::of::<E>(), ctx, event).await
}

async fn respond_as<C: Context, Er: WireError>(endpoint: &Erased<C::Moment, Er>, ctx: &C, event: Event) -> Answer {
    let id = event.request_context.request_id.clone();
    let Ok(request) = Request::try_from(event) else {
        return refused_unread(endpoint.route.name, id.as_deref(), Answer::empty(400), Reason::MalformedEvent);
    };
    let config = ctx.config();
    let stopwatch = Clock::stopwatch();
    let calls_before = ctx.calls();
    let record = RequestRecord::default();
    let (reason, cause, answer) = match perform(endpoint, ctx, &request, &record).await {
        Ok(Answered { reason, answer }) => (reason, None, answer),
        Err(error) => {
            let preferences = preferences(&endpoint.dialect, config, &request);
            (Some(error.reason()), error.cause(), error.answer(preferences))
        }
    };
    let answer = decorate(forgetting_host_cookies(answer, &request), &endpoint.dialect, config, &request, &record);
    RequestLine {
        level: if cause.is_some() { "error" } else { "info" },
        route: endpoint.route.name,
        app: record.app.get().map(String::as_str),
        status: answer.status,
        ms: milliseconds(stopwatch.elapsed()),
        calls: ctx.calls().wrapping_sub(calls_before),
        request: request.id(),
        reason,
        cause,
    }
    .print();
    answer
}

/// Runs the operation up to the deadline. What a request wrote that is not answered with success is undone, where that would
/// do harm.
async fn perform<C: Context, Er: WireError>(
    endpoint: &Erased<C::Moment, Er>,
    ctx: &C,
    request: &Request,
    record: &RequestRecord,
) -> Result<Answered, Er> {
    if request.is_beside(&endpoint.route) {
        return Err(RuntimeError::NotFound.into());
    }
    let (now, began) = (ctx.now(), Instant::now());
    let language = preferences(&endpoint.dialect, ctx.config(), request).language;
    let author = Author::of_request(request.source(), request.id()).reading(language);
    let at = ctx.at_by(now, author);
    // A half-done request leaves nothing half-done in memory: every lock is recovered, every cache only remembers. This is for the local
    // run and for tests. In a release build a panic ends the process (docs/decisions/0273-a-panic-ends-the-process.md).
    let exchange = AssertUnwindSafe(exchange(endpoint, ctx, &at, now, request, record)).catch_unwind();
    let outcome = match tokio::time::timeout(DEADLINE, exchange).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(RuntimeError::Panicked.into()),
        Err(_) => Err(RuntimeError::TooSlow.into()),
    };
    // The answer to a HEAD has no body (RFC 9110 §9.3.2): the client never sees what a GET would have given it.
    if outcome.is_ok() && request.method() != "HEAD" {
        C::is_answered(&at);
        return outcome;
    }
    let failed = outcome.as_ref().is_err_and(|error| error.cause().is_some());
    let undone = match tokio::time::timeout_at(began + UNDO_END, C::take_back(&at, failed)).await {
        Ok(undone) => undone.map_err(Er::from),
        Err(_) => Err(RuntimeError::TooSlow.into()),
    };
    match (undone, outcome) {
        (Err(not_undone), Ok(_)) => Err(not_undone),
        // A failure of ours is told as it was; a refusal would say that everything is as before.
        (Err(not_undone), Err(error)) if error.cause().is_none() => Err(not_undone),
        (_, outcome) => outcome,
    }
}

/// Checks in the order of `docs/api/app.md#requests-and-answers`: limit, credentials, input, rule. The limiter's write and the operation run at the
/// same time; the limiter's refusal comes first.
async fn exchange<C: Context, Er: WireError>(
    endpoint: &Erased<C::Moment, Er>,
    ctx: &C,
    at: &C::Moment,
    now: Timestamp,
    request: &Request,
    record: &RequestRecord,
) -> Result<Answered, Er> {
    let Some(counter) = ctx.counter().filter(|_| endpoint.counted) else {
        return Ok(operate(endpoint, at, request, record, Gate::open()).await?.into_output());
    };
    let subject = Subject::new(endpoint.dialect.name, request.source());
    let address = Counted { subject, quota: (endpoint.dialect.quota)(counter.config()) };
    if endpoint.caller.has_a_counter {
        if let Some(standing) = counter.refused(&address.subject, now)
            && request.body().len() <= LONGEST_BODY
            && (endpoint.caller.is_found_elsewhere)(at, request)
        {
            passes(standing, record)?;
        }
        let caller = identify(endpoint, at, request, record).await;
        let own = caller.as_ref().ok().and_then(|caller| caller.counted(counter.config()));
        let run = |gate| async move { caller?.operate(at, request, gate).await };
        return beside_limiter(counter, own.unwrap_or(address), now, record, run).await;
    }
    beside_limiter(counter, address, now, record, |gate| operate(endpoint, at, request, record, gate)).await
}

/// Runs an operation beside the limiter's write.
async fn beside_limiter<'a, C: Counter, Er: WireError, F>(
    counter: &'a C,
    by: Counted,
    now: Timestamp,
    record: &'a RequestRecord,
    run: impl FnOnce(Gate<'a>) -> F,
) -> Result<Answered, Er>
where
    F: Future<Output = Result<Admitted<Answered>, Er>>,
{
    let Counted { subject, quota } = by;
    if let Some(standing) = counter.refused(&subject, now) {
        passes(standing, record)?;
    }
    let gate = Gate::of(admit(counter, subject, quota, now, record));
    let (verdict, outcome) = tokio::join!(gate.clone().verdict(), run(gate));
    verdict?;
    Ok(outcome?.into_output())
}

/// Who calls, with what, and what becomes of it.
async fn operate<M, Er: WireError>(
    endpoint: &Erased<M, Er>,
    at: &M,
    request: &Request,
    record: &RequestRecord,
    gate: Gate<'_>,
) -> Result<Admitted<Answered>, Er> {
    identify(endpoint, at, request, record).await?.operate(at, request, gate).await
}

/// Who calls.
async fn identify<M, Er: WireError>(
    endpoint: &Erased<M, Er>,
    at: &M,
    request: &Request,
    record: &RequestRecord,
) -> Result<Box<dyn Identified<M, Er>>, Er> {
    let too_long = endpoint.reads_body && request.body().len() > LONGEST_BODY;
    if too_long && endpoint.caller.in_body {
        return Err(RuntimeError::BodyTooLarge.into());
    }
    let caller = (endpoint.caller.identify)(at, request).await?;
    if let Some(app) = caller.app() {
        let _ = record.app.set(app.to_owned());
    }
    let _ = record.origins.set(caller.origins().to_vec());
    if too_long { Err(RuntimeError::BodyTooLarge.into()) } else { Ok(caller) }
}

async fn admit<C: Counter>(
    counter: &C,
    subject: Subject,
    quota: Quota,
    now: Timestamp,
    record: &RequestRecord,
) -> Verdict {
    match counter.admit(subject, quota, now).await {
        Ok(standing) => passes(standing, record),
        Err(error) => {
            // Nobody knows how the client stands: nothing is promised.
            let unknown =
                Standing { limit: quota.limit, remaining: 0, reset: quota.window_end(now), retry_after: None };
            let _ = record.standing.set(unknown);
            Err(RuntimeError::NotCounted(error))
        }
    }
}

fn passes(standing: Standing, record: &RequestRecord) -> Verdict {
    let _ = record.standing.set(standing);
    standing.retry_after.map_or(Ok(()), |retry_after| Err(RuntimeError::TooManyRequests { retry_after }))
}

/// Adds the headers of every answer.
fn decorate(
    answer: Answer,
    dialect: &DialectRules,
    config: Option<&Config>,
    request: &Request,
    record: &RequestRecord,
) -> Answer {
    let mut answer = answer.with("x-content-type-options", "nosniff");
    if answer.header("cache-control").is_none() {
        answer = answer.with("cache-control", "no-store");
    }
    // A browser that came by https comes back by https alone (RFC 6797 §7.1), also to a page that asks for a password.
    if config.is_some_and(|config| config.public_url.starts_with("https://")) {
        answer = answer.with("strict-transport-security", STRICT_TRANSPORT);
    }
    if let (401, Some(path), Some(config)) = (answer.status, dialect.resource_metadata, config) {
        answer = naming_the_issuer(answer, &format!("{}{path}", config.public_url));
    }
    if let Some(standing) = record.standing.get() {
        answer = answer
            .with("x-ratelimit-limit", standing.limit.to_string())
            .with("x-ratelimit-remaining", standing.remaining.to_string())
            .with("x-ratelimit-reset", standing.reset.unix().to_string());
    }
    let callers = match config.map_or(Cors::Callers, |config| (dialect.cors)(&config.origins)) {
        Cors::Callers => record.origins.get().map_or(&[] as &[String], Vec::as_slice),
        Cors::Registered => {
            let origins = record.origins.get().map_or(&[] as &[String], Vec::as_slice);
            return exposed(listed(answer, origins, false, request));
        }
        Cors::Listed { origins, credentials } => return exposed(listed(answer, origins, credentials, request)),
    };
    exposed(match request.header("origin") {
        _ if callers.is_empty() => answer.with("access-control-allow-origin", "*"),
        Some(_) => listed(answer, callers, false, request),
        None => answer.with("vary", "origin"),
    })
}

/// Adds to the challenge where the document is that names the issuer of tokens (RFC 9728 §5.1).
fn naming_the_issuer(mut answer: Answer, document: &str) -> Answer {
    for (_, challenge) in answer.headers.iter_mut().filter(|(name, _)| *name == "www-authenticate") {
        let separator = if challenge.contains(' ') { "," } else { "" };
        *challenge = format!("{challenge}{separator} resource_metadata=\"{document}\"").into();
    }
    answer
}

/// Lets a page that may read the answer read these of its headers, too.
fn exposed(answer: Answer) -> Answer {
    let read = answer.header("access-control-allow-origin").is_some();
    if read { answer.with("access-control-expose-headers", EXPOSED) } else { answer }
}

/// Lets a page read the answer whose origin is listed.
pub(crate) fn listed(answer: Answer, origins: &[String], credentials: bool, request: &Request) -> Answer {
    if origins.is_empty() {
        return answer;
    }
    let answer = answer.with("vary", "origin");
    let Some(origin) = request.header("origin").filter(|origin| origins.iter().any(|known| known == origin)) else {
        return answer;
    };
    let answer = answer.with("access-control-allow-origin", origin.to_owned());
    if credentials { answer.with("access-control-allow-credentials", "true") } else { answer }
}

/// What the client asks for, in as far as an error's words can follow it.
fn preferences(dialect: &DialectRules, config: Option<&Config>, request: &Request) -> Preferences {
    let otherwise = config.map(|config| config.default_language).unwrap_or_default();
    let json = request.header("accept").is_some_and(|accept| {
        accept.split(',').any(|range| range.split(';').next().is_some_and(|media| media.trim() == "application/json"))
    });
    let language = (dialect.chosen_language)(request)
        .unwrap_or_else(|| Language::negotiate(request.header("accept-language"), otherwise));
    Preferences { language, json }
}
