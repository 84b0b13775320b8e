//! The gateway's definition in `template.yaml`: its routes, and who may call the functions, from the routes of the code.
//!
//! Between marks in the template and not in a file of its own: `AWS::Include` wants that file in S3, `sam local` does not
//! read it, and a check of the template would not see it (docs/decisions/0086-one-definition-of-the-api.md).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Result;
use runtime::{Operation, Route};

/// The function that answers `OPTIONS` on every path.
const PREFLIGHT: &str = "preflight";

/// A function's integration, by its name: the definition refers to no function, so that functions can refer to the API.
const URI: &str = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/\
    arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}";

/// The method of a route for every method that has none of its own.
const ANY: &str = "ANY";

/// What OpenAPI documents for API Gateway call it.
const ANY_IN_OPENAPI: &str = "x-amazon-apigateway-any-method";

/// So many methods of a path are cheaper as `ANY` and `OPTIONS`, which are two routes.
const WORTH_ANY: usize = 3;

/// One of the gateway's routes.
#[derive(Clone)]
struct Call<'a> {
    method: &'a str,
    path: String,
    function: &'a str,
}

/// The property `DefinitionBody` of the API.
pub(crate) fn definition(operations: &[Operation]) -> Result<String> {
    // `url`: without it the import warns, and FailOnWarnings fails the deployment
    // (aws/serverless-application-model#2424). So this is not said by the property DisableExecuteApiEndpoint, for which SAM
    // writes a server that has none.
    let mut text = "      DefinitionBody:
        openapi: 3.0.1
        info: {title: !Ref \"AWS::StackName\", version: \"1.0\"}
        servers:
          - url: /
            x-amazon-apigateway-endpoint-configuration: {disableExecuteApiEndpoint: !If [HasDomain, true, false]}
        paths:
"
    .to_owned();
    let calls = calls(operations);
    let mut written = BTreeSet::new();
    for Call { path, .. } in &calls {
        if !written.insert(path) {
            continue;
        }
        writeln!(text, "          {path}:")?;
        for Call { method, function, .. } in calls.iter().filter(|call| call.path == *path) {
            let integration = format!(
                "{{type: aws_proxy, httpMethod: POST, payloadFormatVersion: \"2.0\", \
                 uri: !Sub \"{URI}-{function}:live/invocations\"}}"
            );
            let method = if *method == ANY { ANY_IN_OPENAPI.to_owned() } else { method.to_ascii_lowercase() };
            writeln!(text, "            {method}:")?;
            if let Some(parameters) = parameters(path) {
                writeln!(text, "              parameters: {parameters}")?;
            }
            writeln!(text, "              responses: {{default: {{description: From {function}.}}}}")?;
            writeln!(text, "              x-amazon-apigateway-integration: {integration}")?;
        }
    }
    Ok(text)
}

/// The permissions: one for each function.
pub(crate) fn permissions(operations: &[Operation]) -> Result<String> {
    let functions: BTreeSet<_> = calls(operations).into_iter().map(|call| call.function).collect();
    let mut text = String::new();
    for function in functions {
        let id = logical_id(function);
        write!(
            text,
            "  {id}Call:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      Principal: apigateway.amazonaws.com
      FunctionName: !Ref {id}.Alias
      SourceArn: !Sub arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{Api}}/*
"
        )?;
    }
    Ok(text)
}

/// Every route of the gateway.
fn calls(operations: &[Operation]) -> Vec<Call<'_>> {
    let of_operations = operations.iter().flat_map(|operation| {
        let of = move |(method, path)| Call { method, path, function: operation.route.function };
        operation.route.keys().into_iter().map(of)
    });
    let preflights = ["/".to_owned(), Route::REST.to_owned()].map(preflight);
    joined(&of_operations.collect::<Vec<_>>()).into_iter().chain(preflights).collect()
}

fn preflight<'a>(path: String) -> Call<'a> {
    Call { method: "OPTIONS", path, function: PREFLIGHT }
}

/// The same calls, with `ANY` where one function answers many methods of a path. Its `OPTIONS` gets a route of its own there: `ANY`
/// at the very path would come before the greedy route of the preflights.
fn joined<'a>(calls: &[Call<'a>]) -> Vec<Call<'a>> {
    let mut of_paths: BTreeMap<&str, Vec<&Call<'_>>> = BTreeMap::new();
    for call in calls {
        of_paths.entry(&call.path).or_default().push(call);
    }
    let is_joined = |path: &str| {
        let of_path = of_paths.get(path).map_or(&[][..], Vec::as_slice);
        let functions: BTreeSet<_> = of_path.iter().map(|call| call.function).collect();
        of_path.len() >= WORTH_ANY && functions.len() == 1
    };
    let mut written = BTreeSet::new();
    let mut all = Vec::new();
    for call in calls {
        if !is_joined(&call.path) {
            all.push(call.clone());
        } else if written.insert(&call.path) {
            all.extend([Call { method: ANY, ..call.clone() }, preflight(call.path.clone())]);
        }
    }
    all
}

/// The variables of a path, as SAM declares them.
fn parameters(path: &str) -> Option<String> {
    let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let declared: Vec<_> = names.map(|name| format!("{{name: {name}, in: path, required: true}}")).collect();
    (!declared.is_empty()).then(|| format!("[{}]", declared.join(", ")))
}

/// `AppSendCode` for `app-send-code`, as the template's resources are called.
fn logical_id(function: &str) -> String {
    let capital = |word: &str| {
        word.chars().take(1).map(|first| first.to_ascii_uppercase()).chain(word.chars().skip(1)).collect::<String>()
    };
    function.split('-').map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::{Call, joined};

    #[test]
    fn a_path_whose_many_methods_one_function_answers_has_one_route_and_one_for_its_preflights() {
        let call =
            |method: &'static str, path: &str, function: &'static str| Call { method, path: path.to_owned(), function };
        let calls = vec![
            call("GET", "/a", "one"),
            call("HEAD", "/a", "one"),
            call("GET", "/b", "one"),
            call("POST", "/a", "one"),
            call("HEAD", "/b", "one"),
            call("POST", "/b", "two"),
        ];
        let joined: Vec<_> = joined(&calls).into_iter().map(|call| (call.method, call.path, call.function)).collect();
        let wanted = [
            ("ANY", "/a", "one"),
            ("OPTIONS", "/a", "preflight"),
            ("GET", "/b", "one"),
            ("HEAD", "/b", "one"),
            ("POST", "/b", "two"),
        ];
        assert_eq!(joined, wanted.map(|(method, path, function)| (method, path.to_owned(), function)));
    }
}
