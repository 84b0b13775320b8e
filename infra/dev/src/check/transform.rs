//! What `CloudFormation` and API Gateway would refuse of the template, once SAM has transformed it. Counted in what SAM's own
//! translator makes of it, not by an estimate.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde_json::Value;

/// `CloudFormation` takes 500 resources in a stack; this many leave room for a repair.
const MOST_RESOURCES: usize = 480;
/// Routes of an HTTP API
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>).
const MOST_ROUTES: usize = 300;

/// Fails with everything that would be refused.
pub(super) fn judge(stack: &Value) -> Result<()> {
    let complaints = complaints(stack);
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

fn complaints(stack: &Value) -> Vec<String> {
    let Some(resources) = stack["Resources"].as_object() else { return vec!["there are no Resources".to_owned()] };
    let mut complaints = Vec::new();
    if resources.len() > MOST_RESOURCES {
        complaints.push(format!(
            "{} resources, and a stack takes 500. A function costs six: itself, version, alias, permission, role and log group. \
             Let operations that need the same rights share a function (`Route::of`), or move the roles and log groups of an \
             API into a part under infra/, which they allow because they refer to no function.",
            resources.len()
        ));
    }
    for (id, api) in resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::ApiGatewayV2::Api") {
        complaints.extend(of_api(id, &api["Properties"]["Body"]));
    }
    complaints.extend(duplicates(stack));
    complaints
}

fn of_api(id: &str, body: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    let servers = body["servers"].as_array().map_or(&[][..], Vec::as_slice);
    if servers.iter().any(|server| !server["url"].is_string()) {
        complaints
            .push(format!("{id}: a server without url is a warning, on which FailOnWarnings fails the deployment"));
    }
    let mut routes = 0;
    for (path, methods) in body["paths"].as_object().into_iter().flatten() {
        routes += methods.as_object().map_or(0, serde_json::Map::len);
        if path != "/" && path.ends_with('/') {
            complaints.push(format!("{id}: no route of an HTTP API ends in a slash: write {path}{{proxy+}}"));
        }
    }
    if routes > MOST_ROUTES {
        complaints.push(format!(
            "{id}: {routes} routes, and an API takes {MOST_ROUTES} until AWS raises that. Where one function answers all methods \
             of a path, one ANY route is enough: see infra/dev/src/api.rs."
        ));
    }
    complaints
}

/// Permissions that say the same. Each takes room in a function's policy, which has 20 KB.
fn duplicates(stack: &Value) -> Vec<String> {
    let mut first = BTreeMap::new();
    let mut complaints = Vec::new();
    for (id, resource) in stack["Resources"].as_object().into_iter().flatten() {
        if resource["Type"] != "AWS::Lambda::Permission" {
            continue;
        }
        if let Some(other) = first.insert(resource["Properties"].to_string(), id) {
            complaints.push(format!("{id} permits what {other} does: one permission for each function is enough"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{complaints, judge};

    fn stack(body: &Value) -> Value {
        json!({"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": body}}}})
    }

    #[track_caller]
    fn assert_refused(stack: &Value, why: &str) {
        let complaints = complaints(stack);
        assert!(complaints.len() == 1 && complaints[0].contains(why), "{complaints:?}");
        assert!(judge(stack).is_err());
    }

    #[test]
    fn what_is_taken_is_not_complained_about() {
        let body =
            json!({"servers": [{"url": "/"}], "paths": {"/": {"get": {}}, "/a/{proxy+}": {"get": {}, "head": {}}}});
        assert_eq!(complaints(&stack(&body)), [""; 0]);
    }

    #[test]
    fn a_path_that_ends_in_a_slash_is_refused() {
        assert_refused(&stack(&json!({"paths": {"/a/": {"get": {}}}})), "write /a/{proxy+}");
    }

    #[test]
    fn a_server_without_url_is_refused() {
        let server = json!({"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": false}});
        assert_refused(&stack(&json!({"servers": [server], "paths": {}})), "without url");
    }

    #[test]
    fn more_routes_than_an_api_takes_are_refused() {
        let paths = |count: usize| -> Map<_, _> {
            (0..count).map(|number| (format!("/{number}"), json!({"get": {}, "head": {}}))).collect()
        };
        assert_eq!(complaints(&stack(&json!({"paths": paths(150)}))), [""; 0]);
        assert_refused(&stack(&json!({"paths": paths(151)})), "302 routes");
    }

    #[test]
    fn more_resources_than_a_stack_should_have_are_refused() {
        let of = |count: usize| {
            let logs: Map<_, _> =
                (0..count).map(|number| (format!("L{number}"), json!({"Type": "AWS::Logs::LogGroup"}))).collect();
            json!({"Resources": logs})
        };
        assert_eq!(complaints(&of(480)), [""; 0]);
        assert_refused(&of(481), "481 resources");
    }

    #[test]
    fn a_permission_that_is_there_twice_is_refused() {
        let permission = |path: &str| json!({"Type": "AWS::Lambda::Permission", "Properties": {"SourceArn": path}});
        let resources = |second: &str| json!({"Resources": {"A": permission("/a"), "B": permission(second)}});
        assert_eq!(complaints(&resources("/b")), [""; 0]);
        assert_refused(&resources("/a"), "B permits what A does");
    }
}
