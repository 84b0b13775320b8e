//! What goes wrong between a function and AWS, or another service, on demand: a proxy to put before the engine, the
//! outbox, or what stands in for that service.
//!
//! No local engine throttles, loses an answer or conflicts by itself; the product must survive all of that. The proxy
//! also counts the calls and can delay each answer, which is how benchmarks see how many round trips are in sequence.

mod access;
mod answer;
mod call;
mod death;

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use axum::{body::Body, extract::Request, response::Response};
use hyper::service::service_fn;

pub use self::access::Access;
use self::call::Call;
pub use self::death::Death;
use self::death::{Last, Step};
use crate::server::{HangUp, Server};

/// The largest request that AWS takes from us is far below this.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// What happens to a call instead of its plain answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused as too fast, in the service's own words; not carried out.
    Throttle,
    /// The service's own internal error; not carried out.
    InternalError,
    /// The connection is closed before the call reaches the service.
    Drop,
    /// `TransactionConflictException`, or for a transaction its cancellation with that reason; not carried out.
    Conflict,
    /// Carried out, and answered after this time.
    Slow(Duration),
    /// Carried out, and then the connection is closed without an answer.
    AnswerLost,
    /// Not carried out, answered 200 with bytes that are not an answer.
    Garbage,
    /// Carried out, and answered 200 with bytes that are not an answer.
    AnswerGarbled,
    /// Not carried out, answered 200 with this.
    Answer(String),
    /// Not carried out, answered 302 with this place to go to.
    Redirect(String),
}

impl Fault {
    /// Each that a service of AWS may show; one that is slow ends within the SDK's patience.
    #[must_use]
    pub const fn each() -> [Self; 8] {
        [
            Self::Throttle,
            Self::InternalError,
            Self::Drop,
            Self::Conflict,
            Self::AnswerLost,
            Self::Garbage,
            Self::AnswerGarbled,
            Self::Slow(Duration::from_millis(1200)),
        ]
    }
}

/// Which calls a fault is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct On(Which);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Which {
    Any,
    Operation(String),
    Path(String),
}

impl On {
    /// Every call.
    #[must_use]
    pub const fn any() -> Self {
        Self(Which::Any)
    }

    /// The calls of one operation: `PutItem`, `SendEmail`, `Publish`, `siteverify`, `range`.
    #[must_use]
    pub fn operation(name: impl Into<String>) -> Self {
        Self(Which::Operation(name.into()))
    }

    /// The calls of one path, without its query.
    #[must_use]
    pub fn path(path: impl Into<String>) -> Self {
        Self(Which::Path(path.into()))
    }

    fn matches(&self, call: &Call) -> bool {
        match &self.0 {
            Which::Any => true,
            Which::Operation(operation) => *operation == call.operation,
            Which::Path(path) => path == call.path(),
        }
    }
}

/// How often a fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// At the next matching call.
    Once,
    /// At the next so many matching calls.
    Exactly(u32),
    /// At every matching call, until [`FaultProxy::heal`].
    Forever,
}

/// A running proxy; it ends when dropped.
#[derive(Debug)]
pub struct FaultProxy {
    server: Server,
    plan: Arc<Mutex<Plan>>,
}

#[derive(Debug, Default)]
struct Plan {
    rules: Vec<Rule>,
    calls: BTreeMap<String, usize>,
    touched: Option<BTreeSet<Access>>,
    latency: Duration,
    last: Option<Last>,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    on: On,
    left: Option<u32>,
}

impl FaultProxy {
    /// A proxy on any port before the service at the URL `upstream`, at first without faults.
    ///
    /// # Errors
    /// When the operating system has no port or thread left.
    pub fn start(upstream: &str) -> Result<Self> {
        let plan = Arc::new(Mutex::new(Plan::default()));
        // The developer's own proxy settings are not for the loopback interface.
        let client = reqwest::Client::builder().no_proxy().build().context("no HTTP client")?;
        let proxy = Proxy { client, upstream: upstream.trim_end_matches('/').to_owned(), plan: Arc::clone(&plan) };
        let server = Server::http(0, "faults", service_fn(move |request| proxy.clone().handle(request)))?;
        Ok(Self { server, plan })
    }

    /// The URL to give to a client instead of the service's own.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.server.url()
    }

    /// Lets `fault` happen to the calls `on`, so many `times`. Of several that match a call, the first given is used.
    pub fn inject(&self, fault: Fault, on: On, times: Times) {
        let left = match times {
            Times::Once => Some(1),
            Times::Exactly(times) => Some(times),
            Times::Forever => None,
        };
        self.plan().rules.push(Rule { fault, on, left });
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.plan().rules.clear();
    }

    /// Faults that were injected and have not happened as often as they should; [`Times::Forever`] is never counted.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.plan().rules.iter().filter(|rule| rule.left.is_some()).count()
    }

    /// Adds this time to every answer.
    pub fn set_latency(&self, latency: Duration) {
        self.plan().latency = latency;
    }

    /// What `calling` answers; nothing when its process was killed before. Calls that it had made beside may have been
    /// carried out or not; none is answered any more.
    pub async fn kill<T>(&self, death: Death, calling: impl Future<Output = T>) -> Option<T> {
        let (last, killed) = Last::new(death);
        self.plan().last = Some(last);
        let answer = tokio::select! {
            answer = calling => Some(answer),
            () = killed.notified() => None,
        };
        self.plan().last = None;
        answer
    }

    /// How often each operation was called since the start or [`Self::reset_calls`], faults included.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, usize> {
        self.plan().calls.clone()
    }

    /// Counts from zero again.
    pub fn reset_calls(&self) {
        self.plan().calls.clear();
    }

    /// What calls to `DynamoDB` touched since this was last asked; nothing is noted before it is asked for.
    #[must_use]
    pub fn touched(&self) -> BTreeSet<Access> {
        self.plan().touched.replace(BTreeSet::new()).unwrap_or_default()
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        lock(&self.plan)
    }
}

fn lock(plan: &Mutex<Plan>) -> MutexGuard<'_, Plan> {
    // A panic elsewhere leaves a plan that is still a plan.
    plan.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Plan {
    /// Counts the call, and says what happens to it.
    fn next(&mut self, call: &Call) -> Option<Fault> {
        *self.calls.entry(call.operation.clone()).or_default() += 1;
        if let Some(touched) = &mut self.touched {
            touched.extend(access::read(&call.operation, &call.body));
        }
        let index = self.rules.iter().position(|rule| rule.on.matches(call))?;
        let rule = &mut self.rules[index];
        let fault = rule.fault.clone();
        if let Some(left) = &mut rule.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.rules.remove(index);
            }
        }
        Some(fault)
    }
}

#[derive(Clone)]
struct Proxy {
    client: reqwest::Client,
    upstream: String,
    plan: Arc<Mutex<Plan>>,
}

impl Proxy {
    async fn handle(self, request: Request<Body>) -> Result<Response, HangUp> {
        let call = Call::read(request, MAX_BODY).await.map_err(|_| HangUp)?;
        let (fault, latency, step) = {
            let mut plan = lock(&self.plan);
            (plan.next(&call), plan.latency, plan.last.as_mut().map_or(Step::Lives, Last::step))
        };
        match step {
            Step::Lives => {}
            Step::Dies { carried_out, killed } => {
                if carried_out {
                    self.forward(call).await?;
                }
                killed.notify_one();
                return std::future::pending().await;
            }
            Step::Dead => return std::future::pending().await,
        }
        let answer = match fault {
            None => self.forward(call).await,
            Some(Fault::Drop) => Err(HangUp),
            Some(Fault::AnswerLost) => self.forward(call).await.and(Err(HangUp)),
            Some(Fault::Slow(delay)) => after(delay, self.forward(call)).await,
            Some(Fault::Throttle) => Ok(answer::throttled(&call)),
            Some(Fault::InternalError) => Ok(answer::internal_error(&call)),
            Some(Fault::Conflict) => Ok(answer::conflict(&call)),
            Some(Fault::Garbage) => Ok(answer::garbage(&call)),
            Some(Fault::AnswerGarbled) => {
                let unreadable = answer::garbage(&call);
                self.forward(call).await.map(|_| unreadable)
            }
            Some(Fault::Answer(body)) => Ok(Response::new(Body::from(body))),
            Some(Fault::Redirect(place)) => Ok(answer::redirect(&place)),
        };
        after(latency, std::future::ready(answer)).await
    }

    async fn forward(&self, call: Call) -> Result<Response, HangUp> {
        let target = format!("{}{}", self.upstream, call.path_and_query());
        let request = self.client.request(call.method, target).headers(call.headers).body(call.body);
        let answer = request.send().await.map_err(|_| HangUp)?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = answer.status();
        *response.headers_mut() = answer.headers().clone();
        call::remove_hop_by_hop(response.headers_mut());
        *response.body_mut() = Body::from(answer.bytes().await.map_err(|_| HangUp)?);
        Ok(response)
    }
}

/// What `doing` gives, `delay` later.
async fn after<T>(delay: Duration, doing: impl Future<Output = T>) -> T {
    let done = doing.await;
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    done
}
