//! What the generated reference says about an operation.

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::endpoint::Endpoint;
use crate::route::Route;

/// A credential that a request brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// The headers `x-app-id` and `x-app-secret`.
    App,
    /// `Authorization: Bearer`.
    Bearer,
    /// `Authorization: Bearer`, or the cookie `access_token`.
    Session,
    /// The cookie `refresh_token`.
    Refresh,
    /// An OAuth client's id and secret, by HTTP Basic or in the body; of a public client, the id.
    Client,
    /// `Authorization: Bearer`, from those who have a token. Nobody is refused for having none, or the answer is that of a wrong one.
    MaybeBearer,
    /// The cookie `refresh_token`, from those who have it.
    MaybeRefresh,
}

/// One operation, for the OpenAPI document, the list of endpoints and the contract test.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Where it is served.
    pub route: Route,
    /// One sentence.
    pub summary: &'static str,
    /// Whether its requests are counted against a limit.
    pub counted: bool,
    /// All of these must come along, or may.
    pub security: &'static [Security],
    /// The name of its dialect.
    pub api: &'static str,
    /// The parameters of the query that must be there.
    pub query: &'static [&'static str],
    /// The media type and the JSON schema of the body.
    pub request: Option<(&'static str, Value)>,
    /// The status of the successful answer, and its media type, empty for none, with the JSON schema.
    pub response: (u16, &'static str, Value),
    /// Other statuses of successful answers.
    pub otherwise: &'static [u16],
    /// The refusals.
    pub refusals: Vec<Answer>,
}

impl Operation {
    /// Whether an answer with this status is described.
    #[must_use]
    pub fn documents(&self, status: u16) -> bool {
        let refused = self.refusals.iter().any(|answer| answer.status == status);
        self.response.0 == status || self.otherwise.contains(&status) || refused
    }
}

/// Visits every operation of an API, each by its own type.
pub trait EndpointVisitor {
    /// Visits one operation.
    fn visit<E: Endpoint>(&mut self);
}

/// Lists an API's endpoints, once for all that is made from the list.
#[macro_export]
macro_rules! endpoints {
    ($($endpoint:ty),+ $(,)?) => {
        /// Every operation of this API, in the order of its reference.
        #[must_use]
        pub fn operations() -> Vec<$crate::Operation> {
            vec![$(<$endpoint as $crate::Endpoint>::describe()),+]
        }

        /// Shows every operation of this API to `visitor`, in the order of its reference.
        pub fn each_endpoint(visitor: &mut impl $crate::EndpointVisitor) {
            $(visitor.visit::<$endpoint>();)+
        }

        /// The preflights of every operation of this API.
        pub const PREFLIGHTS: &[$crate::Preflight] = &[$($crate::Preflight::of::<$endpoint>()),+];
    };
}

/// An object schema whose members are all required.
#[must_use]
pub fn object_schema(members: &[(&str, Value)]) -> Value {
    let names: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    let properties: Map<_, _> = members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "required": names, "properties": properties})
}

/// The schema of a one-time code beside a password.
#[must_use]
pub fn otp_schema() -> Value {
    let description = "six digits of an authenticator app, or a recovery code, where the account has a second factor";
    json!({"type": "string", "description": description})
}

/// The schema of a form: its members are all strings, of which these must be there.
#[must_use]
pub fn form_schema(required: &[&str], optional: &[&str]) -> Value {
    let names = required.iter().chain(optional);
    let members: Map<_, _> = names.map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
    json!({"type": "object", "required": required, "properties": members})
}
