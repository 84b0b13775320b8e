//! What the functions' roles allow with the tables. Nothing here enforces it: tests compare it with what is called.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

use super::{Function, Table};

/// Calls on a table that a function's role allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// The function's short name.
    pub name: String,
    /// `PutItem`, `Query`, …
    pub actions: Vec<String>,
    /// What the table is called among the tables, such as `core`.
    pub table: String,
    /// Patterns of the partitions that are meant, where not all are: `KEYS`, `A#*`.
    pub partitions: Option<Vec<String>>,
}

impl Right {
    /// Whether the role allows this with an item of that partition.
    #[must_use]
    pub fn allows(&self, action: &str, table: &str, partition: &str) -> bool {
        let meant = |pattern: &String| match pattern.strip_suffix('*') {
            Some(beginning) => partition.starts_with(beginning),
            None => partition == pattern,
        };
        self.table == table
            && self.actions.iter().any(|allowed| allowed == action)
            && self.partitions.as_ref().is_none_or(|patterns| patterns.iter().any(meant))
    }
}

/// The rights of the roles that the functions name by `!GetAtt Role.Arn`.
pub(super) fn parse(functions: &[Function], tables: &[Table], resources: &Map<String, Value>) -> Result<Vec<Right>> {
    let mut rights = Vec::new();
    for function in functions {
        let Some(role) = attribute_of(&resources[&function.logical_id]["Properties"]["Role"]) else { continue };
        for policy in list(&resources.get(role).unwrap_or(&Value::Null)["Properties"]["Policies"]) {
            for statement in list(&policy["PolicyDocument"]["Statement"]) {
                let Some(table) =
                    tables.iter().find(|table| attribute_of(&statement["Resource"]) == Some(&table.logical_id))
                else {
                    continue;
                };
                rights.push(right(&function.name, &table.key, statement).with_context(|| format!("Resources.{role}"))?);
            }
        }
    }
    Ok(rights)
}

fn right(name: &str, table: &str, statement: &Value) -> Result<Right> {
    if statement["Effect"] != "Allow" {
        bail!("a statement on a table does not allow: only rights that add up are understood");
    }
    let actions =
        texts(&statement["Action"]).iter().map(|action| action.trim_start_matches("dynamodb:").to_owned()).collect();
    Ok(Right {
        name: name.to_owned(),
        actions,
        table: table.to_owned(),
        partitions: partitions(&statement["Condition"])?,
    })
}

/// `ForAllValues:StringLike` and `…:StringEquals` of `dynamodb:LeadingKeys`; any other condition is not understood.
fn partitions(condition: &Value) -> Result<Option<Vec<String>>> {
    let Some(condition) = condition.as_object() else { return Ok(None) };
    let known = condition.iter().next().filter(|_| condition.len() == 1);
    match known.map(|(operator, keys)| (operator.as_str(), &keys["dynamodb:LeadingKeys"])) {
        Some(("ForAllValues:StringEquals" | "ForAllValues:StringLike", keys)) if !keys.is_null() => {
            Ok(Some(texts(keys)))
        }
        _ => bail!("a condition on a table names something else than dynamodb:LeadingKeys"),
    }
}

fn attribute_of(value: &Value) -> Option<&str> {
    value["Fn::GetAtt"][0].as_str()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn texts(value: &Value) -> Vec<String> {
    let one = value.as_str().map(str::to_owned);
    one.into_iter().chain(list(value).iter().filter_map(Value::as_str).map(str::to_owned)).collect()
}
