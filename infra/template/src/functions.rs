//! `AWS::Serverless::Function` to [`Function`].

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{Function, intrinsics::Scope};

// What Lambda takes when neither the function nor Globals says anything.
const DEFAULT_MEMORY_MB: u64 = 128;
const DEFAULT_TIMEOUT_S: u64 = 3;

pub(super) fn parse(id: &str, resource: &Value, document: &Value, scope: &Scope<'_>) -> Result<Function> {
    let place = format!("Resources.{id}.Properties");
    let own = &resource["Properties"];
    let globals = &document["Globals"]["Function"];
    let reader = Reader { own, globals, scope, place: &place };
    Ok(Function {
        logical_id: id.to_owned(),
        name: handler(&reader, id)?,
        program: program(id, resource)?,
        memory_mb: u32::try_from(reader.number("MemorySize", DEFAULT_MEMORY_MB)?)
            .with_context(|| format!("{place}.MemorySize is not a number of MB that Lambda knows"))?,
        timeout: Duration::from_secs(reader.number("Timeout", DEFAULT_TIMEOUT_S)?),
        environment: reader.environment()?,
        routes: Vec::new(),
        streams: sources(resource, "DynamoDB", "Stream"),
        queues: sources(resource, "SQS", "Queue"),
    })
}

/// What the events of that kind come from.
fn sources(resource: &Value, kind: &str, property: &str) -> Vec<String> {
    let events = resource["Properties"]["Events"].as_object().into_iter().flatten();
    let of_kind = events.filter(|(_, event)| event["Type"] == kind);
    of_kind
        .filter_map(|(_, event)| event["Properties"][property]["Fn::GetAtt"][0].as_str().map(str::to_owned))
        .collect()
}

struct Reader<'a> {
    own: &'a Value,
    globals: &'a Value,
    scope: &'a Scope<'a>,
    place: &'a str,
}

impl Reader<'_> {
    fn property(&self, name: &str) -> Option<&Value> {
        self.own.get(name).or_else(|| self.globals.get(name))
    }

    fn number(&self, name: &str, default: u64) -> Result<u64> {
        let place = format!("{}.{name}", self.place);
        let Some(value) = self.property(name) else { return Ok(default) };
        self.scope.text(value, &place)?.parse().with_context(|| format!("{place} must be a whole number"))
    }

    fn environment(&self) -> Result<BTreeMap<String, String>> {
        let mut environment = BTreeMap::new();
        for (properties, place) in [(self.globals, "Globals.Function"), (self.own, self.place)] {
            let Some(variables) = properties["Environment"]["Variables"].as_object() else { continue };
            for (name, value) in variables {
                let place = format!("{place}.Environment.Variables.{name}");
                if self.scope.resolve(value, &place)?.is_null() {
                    environment.remove(name);
                } else {
                    environment.insert(name.clone(), self.scope.text(value, &place)?);
                }
            }
        }
        Ok(environment)
    }
}

fn handler(reader: &Reader<'_>, id: &str) -> Result<String> {
    match reader.own["Handler"].as_str() {
        Some(handler) if !handler.is_empty() => Ok(handler.to_owned()),
        _ => bail!("Resources.{id}.Properties.Handler is missing: name the function of the program, such as app-login"),
    }
}

fn program(id: &str, resource: &Value) -> Result<String> {
    let place = format!("Resources.{id}.Metadata.BuildProperties.Binary");
    match resource["Metadata"]["BuildProperties"]["Binary"].as_str() {
        Some(program) if !program.is_empty() => Ok(program.to_owned()),
        _ => bail!("{place} is missing: name the program that SAM builds and the function runs, such as app-api"),
    }
}
