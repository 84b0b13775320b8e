//! `AWS::DynamoDB::Table` to [`Table`].

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::{Table, intrinsics::Scope};

/// What of a table's properties is part of a `CreateTable` request and means something here.
const PASSED_ON: [&str; 5] =
    ["AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"];

pub(super) fn parse(id: &str, resource: &Value, scope: &Scope<'_>) -> Result<Table> {
    let place = format!("Resources.{id}.Properties");
    let properties = &resource["Properties"];
    let name = local_name(id);
    let mut create = json!({ "TableName": name, "BillingMode": "PAY_PER_REQUEST" });
    for property in PASSED_ON {
        if let Some(value) = properties.get(property) {
            create[property] = scope.resolve(value, &format!("{place}.{property}"))?;
        }
    }
    // The template has no word for it but the kind of view.
    if let Some(view) = properties["StreamSpecification"].get("StreamViewType") {
        create["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
    }
    for required in ["AttributeDefinitions", "KeySchema"] {
        if !create[required].is_array() {
            bail!("{place}.{required} is missing: list the table's keys, pk and sk");
        }
    }
    let ttl_attribute = match properties.get("TimeToLiveSpecification") {
        Some(ttl) => {
            let place = format!("{place}.TimeToLiveSpecification");
            let enabled = ttl.get("Enabled").map_or(Ok("true".to_owned()), |enabled| scope.text(enabled, &place))?;
            (enabled == "true").then(|| scope.text(&ttl["AttributeName"], &place)).transpose()?
        }
        None => None,
    };
    Ok(Table { logical_id: id.to_owned(), key: key(id), name, create, ttl_attribute })
}

/// The table's name in a local run: `latchet-core` for `CoreTable`.
pub(super) fn local_name(logical_id: &str) -> String {
    format!("latchet-{}", key(logical_id))
}

/// `core` for `CoreTable`, `some-thing` for `SomeThingTable`.
fn key(logical_id: &str) -> String {
    let stem = logical_id.strip_suffix("Table").filter(|stem| !stem.is_empty()).unwrap_or(logical_id);
    stem.char_indices().fold(String::new(), |mut key, (index, letter)| {
        if index > 0 && letter.is_ascii_uppercase() {
            key.push('-');
        }
        key.push(letter.to_ascii_lowercase());
        key
    })
}
