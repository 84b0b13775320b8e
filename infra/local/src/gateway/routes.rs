//! Which function a request is for.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use crate::queue::Queue;

/// All routes of an HTTP API.
pub(super) struct Routes(Vec<Pattern>);

/// The route that a request was matched to.
pub(super) struct Found {
    pub(super) queue: Arc<Queue>,
    /// `POST /path/{id}`, or `$default`.
    pub(super) key: String,
    pub(super) parameters: BTreeMap<String, String>,
}

struct Pattern {
    key: String,
    method: Option<String>,
    path: Option<Vec<Segment>>,
    queue: Arc<Queue>,
}

/// In the order in which the gateway prefers them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
    Greedy(String),
}

impl Routes {
    pub(super) fn new(queues: &[Arc<Queue>]) -> Self {
        let patterns = queues.iter().flat_map(|queue| queue.function().routes.iter().map(move |route| (queue, route)));
        Self(
            patterns
                .map(|(queue, route)| {
                    let any_path = route.path == "$default";
                    Pattern {
                        key: if any_path { "$default".to_owned() } else { format!("{} {}", route.method, route.path) },
                        method: (route.method != "ANY").then(|| route.method.clone()),
                        path: (!any_path).then(|| segments(&route.path)),
                        queue: Arc::clone(queue),
                    }
                })
                .collect(),
        )
    }

    /// The most specific route for a request: literal segments before parameters before a rest, a method before any.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<Found> {
        self.0
            .iter()
            .filter(|pattern| pattern.method.as_deref().is_none_or(|of| of == method))
            .filter_map(|pattern| Some((pattern, pattern.parameters(path)?)))
            .min_by_key(|(pattern, _)| pattern.rank())
            .map(|(pattern, parameters)| Found {
                queue: Arc::clone(&pattern.queue),
                key: pattern.key.clone(),
                parameters,
            })
    }
}

impl Pattern {
    /// The parameters' values when `path` is one of this pattern.
    fn parameters(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let Some(pattern) = &self.path else { return Some(parameters) };
        let mut rest = Some(path.strip_prefix('/').unwrap_or(path));
        for segment in pattern {
            let left = rest?;
            let (here, after) = left.split_once('/').map_or((left, None), |(here, after)| (here, Some(after)));
            match segment {
                Segment::Literal(literal) if literal == here => rest = after,
                Segment::Parameter(name) if !here.is_empty() => {
                    parameters.insert(name.clone(), here.to_owned());
                    rest = after;
                }
                Segment::Greedy(name) if !left.is_empty() => {
                    parameters.insert(name.clone(), left.to_owned());
                    rest = None;
                }
                _ => return None,
            }
        }
        rest.is_none().then_some(parameters)
    }

    /// Less is preferred: for each segment its kind, and nothing after `$default`.
    fn rank(&self) -> (Reverse<bool>, Vec<u8>, bool) {
        let kinds = self.path.iter().flatten().map(|segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Parameter(_) => 1,
            Segment::Greedy(_) => 2,
        });
        (Reverse(self.path.is_some()), kinds.collect(), self.method.is_none())
    }
}

fn segments(path: &str) -> Vec<Segment> {
    path.strip_prefix('/')
        .unwrap_or(path)
        .split('/')
        .map(|segment| match segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
            Some(name) => name
                .strip_suffix('+')
                .map_or_else(|| Segment::Parameter(name.to_owned()), |name| Segment::Greedy(name.to_owned())),
            None => Segment::Literal(segment.to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::template::{Function, Route};

    fn routes(of: &[(&str, &str)]) -> Routes {
        let queues: Vec<_> = of
            .iter()
            .map(|(method, path)| {
                Queue::new(Function {
                    logical_id: String::new(),
                    bin: String::new(),
                    memory_mb: 128,
                    timeout: Duration::from_secs(1),
                    environment: BTreeMap::new(),
                    routes: vec![Route { method: (*method).to_owned(), path: (*path).to_owned() }],
                })
            })
            .collect();
        Routes::new(&queues)
    }

    fn key(routes: &Routes, method: &str, path: &str) -> Option<String> {
        routes.find(method, path).map(|found| found.key)
    }

    #[test]
    fn a_trailing_slash_makes_another_route() {
        let routes = routes(&[("GET", "/a"), ("GET", "/b/")]);
        assert_eq!(key(&routes, "GET", "/a").as_deref(), Some("GET /a"));
        assert_eq!(key(&routes, "GET", "/a/"), None);
        assert_eq!(key(&routes, "GET", "/b"), None);
        assert_eq!(key(&routes, "GET", "/b/").as_deref(), Some("GET /b/"));
    }

    #[test]
    fn each_method_has_its_own_routes() {
        let routes = routes(&[("GET", "/a")]);
        assert_eq!(key(&routes, "HEAD", "/a"), None);
        assert_eq!(key(&routes, "POST", "/a"), None);
    }

    #[test]
    fn parameters_are_named_and_never_empty() {
        let routes = routes(&[("GET", "/m/{id}/"), ("GET", "/files/{rest+}")]);
        assert_eq!(routes.find("GET", "/m/7/").unwrap().parameters["id"], "7");
        assert_eq!(routes.find("GET", "/files/a/b").unwrap().parameters["rest"], "a/b");
        assert_eq!(key(&routes, "GET", "/m//"), None);
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes =
            routes(&[("ANY", "$default"), ("GET", "/{rest+}"), ("GET", "/{id}"), ("ANY", "/a"), ("GET", "/a")]);
        assert_eq!(key(&routes, "GET", "/a").as_deref(), Some("GET /a"));
        assert_eq!(key(&routes, "PUT", "/a").as_deref(), Some("ANY /a"));
        assert_eq!(key(&routes, "GET", "/b").as_deref(), Some("GET /{id}"));
        assert_eq!(key(&routes, "GET", "/b/c").as_deref(), Some("GET /{rest+}"));
        assert_eq!(key(&routes, "PUT", "/b").as_deref(), Some("$default"));
    }
}
