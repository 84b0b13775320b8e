//! Where an operation is served.

/// Where an operation is served. Every path is also served with a trailing slash; `preflight` answers its `OPTIONS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The name of the operation, of its log lines and of the metrics.
    pub name: &'static str,
    /// The name of the binary: the operation's own, unless operations share a function.
    pub function: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path, without its trailing slash.
    pub path: &'static str,
    /// The methods that it answers: its own, and `HEAD` as `GET` without a body (RFC 9110 §9.3.2).
    pub methods: &'static [&'static str],
}

impl Route {
    /// What stands behind a path in the gateway's second route for it. A route cannot end in a slash
    /// (docs/decisions/0085-routes-that-api-gateway-takes.md), so `X/` is `X/{proxy+}` with an empty rest.
    pub const REST: &'static str = "/{proxy+}";

    /// The method and path of each of the gateway's routes that lead here, the path as its documents write it.
    #[must_use]
    pub fn keys(&self) -> Vec<(&'static str, String)> {
        let with_slash = (self.path != "/").then(|| format!("{}{}", self.path, Self::REST));
        let paths = [Some(self.path.to_owned()), with_slash].into_iter().flatten();
        paths.flat_map(|path| self.methods.iter().map(move |method| (*method, path.clone()))).collect()
    }

    /// A `GET` route.
    #[must_use]
    pub const fn get(name: &'static str, path: &'static str) -> Self {
        Self { name, function: name, method: "GET", path, methods: &["GET", "HEAD"] }
    }

    /// A `POST` route.
    #[must_use]
    pub const fn post(name: &'static str, path: &'static str) -> Self {
        Self { name, function: name, method: "POST", path, methods: &["POST"] }
    }

    /// A `PUT` route.
    #[must_use]
    pub const fn put(name: &'static str, path: &'static str) -> Self {
        Self { name, function: name, method: "PUT", path, methods: &["PUT"] }
    }

    /// A `PATCH` route.
    #[must_use]
    pub const fn patch(name: &'static str, path: &'static str) -> Self {
        Self { name, function: name, method: "PATCH", path, methods: &["PATCH"] }
    }

    /// A `DELETE` route.
    #[must_use]
    pub const fn delete(name: &'static str, path: &'static str) -> Self {
        Self { name, function: name, method: "DELETE", path, methods: &["DELETE"] }
    }

    /// The route as one of those that `function` serves.
    #[must_use]
    pub const fn of(self, function: &'static str) -> Self {
        Self { function, ..self }
    }
}
