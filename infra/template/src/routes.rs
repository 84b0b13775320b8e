//! `AWS::Serverless::HttpApi` to the routes of its `DefinitionBody`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::{Function, Route, intrinsics::Scope, of_type};

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const ANY: &str = "x-amazon-apigateway-any-method";

/// Gives each function the routes whose integrations call it.
pub(super) fn assign(functions: &mut [Function], resources: &Map<String, Value>, scope: &Scope<'_>) -> Result<()> {
    let names = names(functions, resources, scope)?;
    for (id, api) in of_type(resources, "AWS::Serverless::HttpApi") {
        let paths = api["Properties"]["DefinitionBody"]["paths"].as_object();
        for (path, methods) in paths.into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                let place = format!("Resources.{id}.Properties.DefinitionBody.paths.{path}.{method}.{INTEGRATION}.uri");
                let uri = scope.text(&operation[INTEGRATION]["uri"], &place)?;
                let name = function_name(&uri).with_context(|| format!("{place} calls no function's alias: {uri}"))?;
                let Some(function) = names.get(name).and_then(|at| functions.get_mut(*at)) else {
                    bail!("{place} calls {name}, and no function has that FunctionName");
                };
                let method = if method == ANY { "ANY".to_owned() } else { method.to_ascii_uppercase() };
                function.routes.push(Route { method, path: path.clone() });
            }
        }
    }
    Ok(())
}

/// The functions by their names.
fn names(functions: &[Function], resources: &Map<String, Value>, scope: &Scope<'_>) -> Result<BTreeMap<String, usize>> {
    let named = functions.iter().enumerate().filter_map(|(at, function)| {
        let name = resources[&function.logical_id]["Properties"].get("FunctionName")?;
        let place = format!("Resources.{}.Properties.FunctionName", function.logical_id);
        Some(scope.text(name, &place).map(|name| (name, at)))
    });
    named.collect()
}

/// `name` of `…:function:name:live/invocations`.
fn function_name(uri: &str) -> Option<&str> {
    let (_, qualified) = uri.split_once(":function:")?;
    let (name, _) = qualified.strip_suffix("/invocations")?.split_once(':')?;
    Some(name)
}
