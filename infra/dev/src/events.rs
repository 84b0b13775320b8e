//! The event files under `infra/events/`, for `sam local invoke`: one for every operation, made from what it says about
//! itself.

use runtime::{Operation, Security};
use serde_json::Value;

use crate::event::Request;
use crate::example;

const DIRECTORY: &str = "infra/events";

/// The files, by their paths.
pub(crate) fn files(operations: &[Operation]) -> anyhow::Result<Vec<(String, String)>> {
    let file = |operation: &Operation| {
        let path = format!("{DIRECTORY}/{}.json", operation.route.name);
        Ok((path, serde_json::to_string_pretty(&event(operation))? + "\n"))
    };
    operations.iter().map(file).collect()
}

fn event(operation: &Operation) -> Value {
    let route = operation.route;
    let (mut headers, mut cookies) = (Vec::new(), Vec::new());
    for security in operation.security {
        match security {
            // The demo app's; its secret is in the file that `cargo dev up --info` writes.
            Security::App => headers.extend([("x-app-id", "demo".to_owned()), ("x-app-secret", "SECRET".to_owned())]),
            Security::Bearer => headers.push(("authorization", "Bearer TOKEN".to_owned())),
            Security::Session => cookies.push("access_token=TOKEN".to_owned()),
            // The form itself names the client; the others may come without.
            Security::Client | Security::MaybeBearer | Security::MaybeRefresh => {}
            Security::Refresh => cookies.push("refresh_token=TOKEN".to_owned()),
        }
    }
    let path: Vec<_> =
        route.path.split('/').map(|segment| if segment.starts_with('{') { "example" } else { segment }).collect();
    let body = operation.request.as_ref().map(|(media_type, schema)| (*media_type, body(media_type, schema)));
    let (method, path) = (route.method, path.join("/"));
    Request { method, route: route.path, path: &path, query: "", headers, cookies, body }.to_event()
}

/// Every field that the schema names, or its first alternative.
fn body(media_type: &str, schema: &Value) -> String {
    let body = example::body(schema);
    if media_type == "application/x-www-form-urlencoded" {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let fields = body.as_object().into_iter().flatten();
        let pairs: Vec<_> = fields.map(|(name, value)| format!("{name}={}", text(value))).collect();
        return pairs.join("&");
    }
    body.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{body, files};

    #[test]
    fn a_body_has_the_media_type_s_form() {
        let schema = json!({"properties": {"token": {"type": "string"}, "count": {"type": "integer"}}});
        let token = "0".repeat(64);
        assert_eq!(body("application/x-www-form-urlencoded", &schema), format!("count=1&token={token}"));
        assert_eq!(body("application/json", &schema), json!({"count": 1, "token": token}).to_string());
    }

    #[test]
    fn every_operation_has_an_event_that_names_its_route() {
        let operations =
            [app::operations(), browser::operations(), account::operations(), oauth::operations(), pages::operations()]
                .concat();
        let files = files(&operations).unwrap_or_default();
        let keys: Vec<_> = files
            .iter()
            .filter_map(|(_, text)| serde_json::from_str::<Value>(text).ok()?["routeKey"].as_str().map(str::to_owned))
            .collect();
        let routes: Vec<_> =
            operations.iter().map(|operation| format!("{} {}", operation.route.method, operation.route.path)).collect();
        assert_eq!(keys, routes);
    }
}
