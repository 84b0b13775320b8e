//! What `CloudFormation`'s functions give in a local run.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use super::{Parameters, tables};

const REGION: &str = "us-east-1";
const ACCOUNT: &str = "123456789012";

/// What a template's functions can refer to.
pub(super) struct Scope<'a> {
    given: &'a Parameters,
    parameters: Option<&'a Map<String, Value>>,
    conditions: Option<&'a Map<String, Value>>,
    mappings: Option<&'a Value>,
    resources: &'a Map<String, Value>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(document: &'a Value, resources: &'a Map<String, Value>, given: &'a Parameters) -> Self {
        Self {
            given,
            parameters: document.get("Parameters").and_then(Value::as_object),
            conditions: document.get("Conditions").and_then(Value::as_object),
            mappings: document.get("Mappings"),
            resources,
        }
    }

    /// `value` with every function in it evaluated. Entries that are `AWS::NoValue` are left out.
    pub(super) fn resolve(&self, value: &Value, place: &str) -> Result<Value> {
        Ok(match value {
            Value::Object(entries) => match Call::of(entries) {
                Some(call) => self.call(&call, place)?,
                None => Value::Object(
                    entries
                        .iter()
                        .map(|(key, entry)| Ok((key.clone(), self.resolve(entry, &format!("{place}.{key}"))?)))
                        .filter(|entry| !matches!(entry, Ok((_, Value::Null))))
                        .collect::<Result<_>>()?,
                ),
            },
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| self.resolve(item, &format!("{place}[{index}]")))
                .collect::<Result<_>>()?,
            plain => plain.clone(),
        })
    }

    /// `value` as text, as the environment of a function holds it.
    pub(super) fn text(&self, value: &Value, place: &str) -> Result<String> {
        match self.resolve(value, place)? {
            Value::String(text) => Ok(text),
            number_or_bool @ (Value::Number(_) | Value::Bool(_)) => Ok(number_or_bool.to_string()),
            _ => bail!("{place} must be a plain value"),
        }
    }

    fn call(&self, call: &Call<'_>, place: &str) -> Result<Value> {
        let argument = call.argument;
        match call.name {
            "Ref" => self.reference(name(argument, place)?, place),
            "Fn::GetAtt" => self.attribute(argument, place),
            "Fn::Sub" => self.substitute(argument, place).map(Value::String),
            "Fn::Join" => self.join(argument, place).map(Value::String),
            "Fn::If" => match argument.as_array().map(Vec::as_slice) {
                Some([condition, yes, no]) => {
                    let chosen = if self.condition(name(condition, place)?, place)? { yes } else { no };
                    self.resolve(chosen, place)
                }
                _ => bail!("{place}: !If takes a condition and two values"),
            },
            "Fn::FindInMap" => self.find_in_map(argument, place),
            other => bail!("{place} uses {other}, which a local run cannot evaluate: use !Ref, !Sub, !Join or !If"),
        }
    }

    fn reference(&self, to: &str, place: &str) -> Result<Value> {
        if let Some(pseudo) = pseudo_parameter(to) {
            return Ok(pseudo);
        }
        if let Some(given) = self.given.get(to) {
            return Ok(json!(given));
        }
        if let Some(parameter) = self.parameters.and_then(|parameters| parameters.get(to)) {
            return parameter.get("Default").cloned().with_context(|| {
                format!("{place} refers to the parameter {to}, which has no Default: a local run must be given one")
            });
        }
        match self.resources.get(to) {
            Some(resource) if resource["Type"] == "AWS::DynamoDB::Table" => Ok(json!(tables::local_name(to))),
            Some(_) => Ok(json!(to)),
            None => bail!("{place} refers to {to}, which is neither a parameter nor a resource: correct the name"),
        }
    }

    fn attribute(&self, argument: &Value, place: &str) -> Result<Value> {
        let resolved = self.resolve(argument, place)?;
        let (Some(resource), Some(attribute)) = (resolved[0].as_str(), resolved[1].as_str()) else {
            bail!("{place}: !GetAtt takes a resource and an attribute, such as CoreTable.Arn");
        };
        let name = self.reference(resource, place)?;
        let name = name.as_str().unwrap_or(resource);
        Ok(json!(match attribute {
            "Arn" => format!("arn:aws:local:{REGION}:{ACCOUNT}:{name}"),
            other => format!("{name}.{other}"),
        }))
    }

    fn substitute(&self, argument: &Value, place: &str) -> Result<String> {
        let (text, variables) = match argument {
            Value::String(text) => (text.as_str(), None),
            Value::Array(both) => (both.first().and_then(Value::as_str).unwrap_or_default(), both.get(1)),
            _ => bail!("{place}: !Sub takes a text"),
        };
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                bail!("{place}: a ${{ without its }}");
            };
            result.push_str(before);
            result.push_str(&self.variable(name.trim(), variables, place)?);
            rest = after;
        }
        result.push_str(rest);
        Ok(result)
    }

    fn variable(&self, name: &str, variables: Option<&Value>, place: &str) -> Result<String> {
        // `${!Name}` is how a literal `${Name}` is written.
        if let Some(literal) = name.strip_prefix('!') {
            return Ok(format!("${{{literal}}}"));
        }
        if let Some(value) = variables.and_then(|variables| variables.get(name)) {
            return self.text(value, place);
        }
        match name.split_once('.') {
            Some((resource, attribute)) => self.text(&json!({ "Fn::GetAtt": [resource, attribute] }), place),
            None => self.text(&json!({ "Ref": name }), place),
        }
    }

    fn join(&self, argument: &Value, place: &str) -> Result<String> {
        let (Some(separator), Some(parts)) = (argument[0].as_str(), argument[1].as_array()) else {
            bail!("{place}: !Join takes a separator and a list");
        };
        let parts = parts.iter().map(|part| self.text(part, place)).collect::<Result<Vec<_>>>()?;
        Ok(parts.join(separator))
    }

    fn find_in_map(&self, argument: &Value, place: &str) -> Result<Value> {
        let keys = self.resolve(argument, place)?;
        let pointer: String = keys
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .fold(String::new(), |pointer, key| pointer + "/" + &key.replace('~', "~0").replace('/', "~1"));
        self.mappings
            .and_then(|mappings| mappings.pointer(&pointer))
            .cloned()
            .with_context(|| format!("{place} looks up {pointer}, which is not in Mappings: add it"))
    }

    fn condition(&self, name: &str, place: &str) -> Result<bool> {
        let condition = self
            .conditions
            .and_then(|conditions| conditions.get(name))
            .with_context(|| format!("{place} refers to the condition {name}, which is not in Conditions: add it"))?;
        self.holds(condition, &format!("Conditions.{name}"))
    }

    fn holds(&self, condition: &Value, place: &str) -> Result<bool> {
        let call = condition.as_object().and_then(Call::of).with_context(|| format!("{place} is not a condition"))?;
        let operands = call.argument.as_array().map_or(&[][..], Vec::as_slice);
        let mut parts = operands.iter().map(|operand| self.holds(operand, place));
        match call.name {
            "Condition" => self.condition(name(call.argument, place)?, place),
            "Fn::Equals" => match operands {
                [left, right] => Ok(self.text(left, place)? == self.text(right, place)?),
                _ => bail!("{place}: !Equals takes two values"),
            },
            "Fn::Not" => parts.next().with_context(|| format!("{place}: !Not takes a condition"))?.map(|part| !part),
            "Fn::And" => parts.try_fold(true, |all, part| Ok(all & part?)),
            "Fn::Or" => parts.try_fold(false, |any, part| Ok(any | part?)),
            other => bail!("{place} uses {other}: use !Equals, !Not, !And or !Or"),
        }
    }
}

/// An object that is a function call: `{"Ref": …}`, `{"Fn::Sub": …}`.
struct Call<'a> {
    name: &'a str,
    argument: &'a Value,
}

impl<'a> Call<'a> {
    fn of(entries: &'a Map<String, Value>) -> Option<Self> {
        let (name, argument) = entries.iter().next().filter(|_| entries.len() == 1)?;
        (name == "Ref" || name == "Condition" || name.starts_with("Fn::")).then_some(Self { name, argument })
    }
}

fn name<'a>(argument: &'a Value, place: &str) -> Result<&'a str> {
    argument.as_str().with_context(|| format!("{place}: a name was expected"))
}

fn pseudo_parameter(name: &str) -> Option<Value> {
    Some(match name {
        "AWS::AccountId" => json!(ACCOUNT),
        "AWS::NoValue" => Value::Null,
        "AWS::Partition" => json!("aws"),
        "AWS::Region" => json!(REGION),
        "AWS::StackId" => json!(format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/latchet-local/0")),
        "AWS::StackName" => json!("latchet-local"),
        "AWS::URLSuffix" => json!("amazonaws.com"),
        _ => return None,
    })
}
