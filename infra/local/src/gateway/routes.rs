//! Which function a request is for: the rules of API Gateway's HTTP APIs, each with the page that it is from, under
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/>.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::{Context, Result, bail};

use crate::{queue::Queue, template::Route};

/// Routes of one API.
const MOST: usize = 300;

/// All routes of an HTTP API.
pub(super) struct Routes(Vec<Pattern>);

/// The route that a request was matched to.
pub(super) struct MatchedRoute {
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

impl Segment {
    fn shape(&self) -> &str {
        match self {
            Self::Literal(literal) => literal,
            Self::Parameter(_) => "{}",
            Self::Greedy(_) => "{+}",
        }
    }
}

impl Routes {
    /// # Errors
    /// A key that the gateway would refuse.
    pub(super) fn new(queues: &[Arc<Queue>]) -> Result<Self> {
        let mut patterns: Vec<Pattern> = Vec::new();
        for queue in queues {
            for route in &queue.function().routes {
                let pattern = Pattern::new(route, queue)?;
                if let Some(other) = patterns.iter().find(|other| other.shape() == pattern.shape()) {
                    // 409 ConflictException, apis-apiid-routes.html of the API reference.
                    bail!("the route {} conflicts with {}: remove one of them", pattern.key, other.key);
                }
                patterns.push(pattern);
            }
        }
        // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
        if patterns.len() > MOST {
            bail!(
                "{} routes, and an HTTP API takes {MOST}: serve the methods of a path by one ANY route",
                patterns.len()
            );
        }
        Ok(Self(patterns))
    }

    /// The best match, in the order of http-api-develop-routes.html: a full match, then one with a greedy variable, then
    /// `$default`. Of two full matches literal segments come before variables, and a method before `ANY`.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<MatchedRoute> {
        self.0
            .iter()
            .filter(|pattern| pattern.method.as_deref().is_none_or(|of| of == method))
            .filter_map(|pattern| Some((pattern, pattern.parameters(path)?)))
            .min_by_key(|(pattern, _)| pattern.rank())
            .map(|(pattern, parameters)| MatchedRoute {
                queue: Arc::clone(&pattern.queue),
                key: pattern.key.clone(),
                parameters,
            })
    }
}

impl Pattern {
    fn new(route: &Route, queue: &Arc<Queue>) -> Result<Self> {
        let any_path = route.path == "$default";
        let key = if any_path { "$default".to_owned() } else { format!("{} {}", route.method, route.path) };
        let path =
            if any_path { None } else { Some(segments(&route.path).with_context(|| format!("the route {key}"))?) };
        let method = (route.method != "ANY").then(|| route.method.clone());
        Ok(Self { key, method, path, queue: Arc::clone(queue) })
    }

    /// What no two routes have in common: names of variables do not tell routes apart.
    fn shape(&self) -> (Option<&str>, Option<Vec<&str>>) {
        (self.method.as_deref(), self.path.as_ref().map(|path| path.iter().map(Segment::shape).collect()))
    }

    /// The variables' values when `path` is one of this pattern.
    fn parameters(&self, path: &str) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let Some(pattern) = &self.path else { return Some(parameters) };
        let whole = path.strip_prefix('/').unwrap_or(path);
        let mut rest = Some(whole);
        for segment in pattern {
            let left = rest?;
            let (here, after) = left.split_once('/').map_or((left, None), |(here, after)| (here, Some(after)));
            match segment {
                Segment::Literal(literal) if literal == here => rest = after,
                Segment::Parameter(name) if !here.is_empty() => {
                    parameters.insert(name.clone(), here.to_owned());
                    rest = after;
                }
                // `/metrics/{proxy+}` takes `/metrics/`, with an empty value (storacha/w3infra#166, in use since 2023). The
                // root has no such rest: `/{proxy+}` is not for it.
                Segment::Greedy(name) if !whole.is_empty() => {
                    parameters.insert(name.clone(), left.to_owned());
                    rest = None;
                }
                _ => return None,
            }
        }
        rest.is_none().then_some(parameters)
    }

    /// Less is preferred.
    fn rank(&self) -> (bool, bool, Vec<u8>, bool) {
        let segments = || self.path.iter().flatten();
        let kinds = segments().map(|segment| match segment {
            Segment::Literal(_) => 0,
            Segment::Parameter(_) => 1,
            Segment::Greedy(_) => 2,
        });
        let greedy = segments().any(|segment| matches!(segment, Segment::Greedy(_)));
        (self.path.is_none(), greedy, kinds.collect(), self.method.is_none())
    }
}

/// The segments of a path that the gateway takes.
fn segments(path: &str) -> Result<Vec<Segment>> {
    let Some(inner) = path.strip_prefix('/') else { bail!("must start with a slash: /{path}") };
    // «Invalid route name ending in /», by people who tried (storacha/w3infra#166); SAM and CDK say the same.
    if inner.ends_with('/') {
        bail!("ends in a slash, which no route of an HTTP API does: write {path}{{proxy+}}");
    }
    let segments: Vec<_> = inner.split('/').map(segment).collect();
    let greedy = segments.iter().position(|segment| matches!(segment, Segment::Greedy(_)));
    // «The greedy path variable must be at the end of the resource path», http-api-develop-routes.html.
    if greedy.is_some_and(|at| at + 1 < segments.len()) {
        bail!("has a greedy variable that is not at its end");
    }
    let mut names = BTreeSet::new();
    for segment in &segments {
        if let Segment::Parameter(name) | Segment::Greedy(name) = segment
            && !names.insert(name)
        {
            bail!("has two variables named {name}");
        }
    }
    Ok(segments)
}

fn segment(text: &str) -> Segment {
    match text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
        Some(name) => name
            .strip_suffix('+')
            .map_or_else(|| Segment::Parameter(name.to_owned()), |name| Segment::Greedy(name.to_owned())),
        None => Segment::Literal(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::template::Function;

    fn given(of: &[(&str, &str)]) -> Result<Routes> {
        let queues: Vec<_> = of
            .iter()
            .map(|(method, path)| {
                Queue::new(Function {
                    logical_id: String::new(),
                    name: String::new(),
                    program: String::new(),
                    memory_mb: 128,
                    timeout: Duration::from_secs(1),
                    environment: BTreeMap::new(),
                    routes: vec![Route { method: (*method).to_owned(), path: (*path).to_owned() }],
                    streams: Vec::new(),
                    queues: Vec::new(),
                })
            })
            .collect();
        Routes::new(&queues)
    }

    fn routes(of: &[(&str, &str)]) -> Routes {
        given(of).unwrap()
    }

    fn refusal(of: &[(&str, &str)]) -> String {
        given(of).map_or_else(|error| format!("{error:#}"), |_| "taken".to_owned())
    }

    fn key(routes: &Routes, method: &str, path: &str) -> Option<String> {
        routes.find(method, path).map(|found| found.key)
    }

    #[test]
    fn keys_that_the_gateway_refuses_are_refused_with_what_to_do() {
        assert!(refusal(&[("GET", "/a/")]).contains("write /a/{proxy+}"));
        assert!(refusal(&[("GET", "a")]).contains("must start with a slash"));
        assert!(refusal(&[("GET", "/{rest+}/a")]).contains("not at its end"));
        assert!(refusal(&[("GET", "/{id}/of/{id}")]).contains("two variables named id"));
        assert!(
            refusal(&[("GET", "/a/{id}"), ("GET", "/a/{name}")]).contains("GET /a/{name} conflicts with GET /a/{id}")
        );
        let many: Vec<_> = (0..=300).map(|number| format!("/{number}")).collect();
        let many: Vec<_> = many.iter().map(|path| ("GET", path.as_str())).collect();
        assert!(refusal(&many).contains("301 routes"));
        assert_eq!(refusal(&many[1..]), "taken");
        assert_eq!(refusal(&[("GET", "/"), ("PUT", "/"), ("ANY", "/"), ("ANY", "$default")]), "taken");
    }

    #[test]
    fn a_trailing_slash_is_a_rest_that_is_empty() {
        let routes = routes(&[("GET", "/a"), ("GET", "/b"), ("GET", "/b/{proxy+}"), ("GET", "/{proxy+}")]);
        assert_eq!(key(&routes, "GET", "/a").as_deref(), Some("GET /a"));
        assert_eq!(key(&routes, "GET", "/a/").as_deref(), Some("GET /{proxy+}"));
        assert_eq!(key(&routes, "GET", "/b").as_deref(), Some("GET /b"));
        let found = routes.find("GET", "/b/").unwrap();
        assert_eq!((found.key.as_str(), found.parameters["proxy"].as_str()), ("GET /b/{proxy+}", ""));
        assert_eq!(key(&routes, "GET", "/"), None);
    }

    #[test]
    fn each_method_has_its_own_routes() {
        let routes = routes(&[("GET", "/a")]);
        assert_eq!(key(&routes, "HEAD", "/a"), None);
        assert_eq!(key(&routes, "POST", "/a"), None);
    }

    #[test]
    fn variables_are_named_and_never_empty() {
        let routes = routes(&[("GET", "/m/{id}"), ("GET", "/files/{rest+}")]);
        assert_eq!(routes.find("GET", "/m/7").unwrap().parameters["id"], "7");
        assert_eq!(routes.find("GET", "/files/a/b").unwrap().parameters["rest"], "a/b");
        assert_eq!(key(&routes, "GET", "/m/"), None);
    }

    /// The table of <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>.
    #[test]
    fn the_documented_example_is_routed_as_documented() {
        let routes = routes(&[
            ("ANY", "$default"),
            ("ANY", "/{proxy+}"),
            ("GET", "/pets/{proxy+}"),
            ("GET", "/pets/dog/{id}"),
            ("GET", "/pets/dog/1"),
        ]);
        for (method, path, wanted) in [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
            ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
            ("POST", "/test/5", "ANY /{proxy+}"),
        ] {
            assert_eq!(key(&routes, method, path).as_deref(), Some(wanted), "{method} {path}");
        }
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

    /// `/a/{id}` is a full match, and comes before a greedy one that begins with more literals.
    #[test]
    fn a_full_match_comes_before_any_greedy_one() {
        let routes = routes(&[("GET", "/a/b/{rest+}"), ("GET", "/a/{id}/{of}")]);
        assert_eq!(key(&routes, "GET", "/a/b/c").as_deref(), Some("GET /a/{id}/{of}"));
        assert_eq!(key(&routes, "GET", "/a/b/").as_deref(), Some("GET /a/b/{rest+}"));
    }
}
