//! Preflights (Fetch §4.8): one function answers those of every route, from the routes' own table.

use shared::config::Origins;

use crate::answer::Answer;
use crate::endpoint::{Cors, Dialect, Endpoint};
use crate::event::{Event, Request};
use crate::reason::Reason;
use crate::respond::listed;
use crate::route::Route;
use crate::telemetry::refused_unread;

/// How long a browser may remember a preflight: long enough to matter, short enough to change one's mind.
const PREFLIGHT_SECONDS: &str = "600";

/// What the log calls them.
const ROUTE: &str = "preflight";

/// What pages of other origins may ask of a route.
#[derive(Clone, Copy, Debug)]
pub struct Preflight {
    /// The route.
    pub route: Route,
    headers: &'static str,
    cors: fn(&Origins) -> Cors<'_>,
}

impl Preflight {
    /// What an endpoint's dialect says.
    #[must_use]
    pub const fn of<E: Endpoint>() -> Self {
        Self { route: E::ROUTE, headers: E::Dialect::CORS_HEADERS, cors: E::Dialect::cors }
    }

    /// The request headers and the origins that it allows.
    #[must_use]
    pub fn says<'a>(&self, origins: &'a Origins) -> (&'static str, Cors<'a>) {
        (self.headers, (self.cors)(origins))
    }

    /// Answers a preflight of one of `table`'s paths. Where callers decide it names none, so it allows what some caller
    /// may allow; the answer to the request itself decides.
    #[must_use]
    pub fn respond(table: &[Self], origins: &Origins, event: Event) -> Answer {
        let id = event.request_context.request_id.clone();
        let refuse = |status, reason| refused_unread(ROUTE, id.as_deref(), Answer::empty(status), reason);
        let Ok(request) = Request::try_from(event) else { return refuse(400, Reason::MalformedEvent) };
        let path = request.whole_path();
        let path = path.strip_prefix('/').unwrap_or(&path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let of_path: Vec<_> = table.iter().filter(|entry| entry.is_at(path)).collect();
        let Some(first) = of_path.first() else { return refuse(404, Reason::NotFound) };
        let answer = Answer::empty(204);
        let (headers, cors) = first.says(origins);
        let answer = match cors {
            Cors::Callers | Cors::Registered => answer.with("access-control-allow-origin", "*"),
            Cors::Listed { origins, credentials } => {
                let answer = listed(answer, origins, credentials, &request);
                if answer.header("access-control-allow-origin").is_none() {
                    return answer;
                }
                answer
            }
        };
        let methods: Vec<_> = of_path.iter().flat_map(|entry| entry.route.methods).copied().collect();
        answer
            .with("access-control-allow-methods", format!("{}, OPTIONS", methods.join(", ")))
            .with("access-control-allow-headers", headers)
            .with("access-control-max-age", PREFLIGHT_SECONDS)
    }

    /// Whether `path`, without the slashes around it, is one of the route's.
    fn is_at(&self, path: &str) -> bool {
        let mut given = path.split('/');
        let mut own = self.route.path.trim_start_matches('/').split('/');
        loop {
            match (own.next(), given.next()) {
                (None, None) => return true,
                (Some(name), Some(value)) if name.starts_with('{') && !value.is_empty() => {}
                (Some(literal), Some(value)) if literal == value => {}
                _ => return false,
            }
        }
    }
}
