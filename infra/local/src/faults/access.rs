//! What a call to `DynamoDB` touches, as IAM sees it.

use serde_json::Value;

/// One action on one partition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// `GetItem`, `PutItem`, …; the parts of a transaction are actions of their own.
    pub action: String,
    /// The table's name.
    pub table: String,
    /// The partition key.
    pub partition: String,
}

/// What an operation with this body touches.
pub(super) fn read(operation: &str, body: &[u8]) -> Vec<Access> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match body["TransactItems"].as_array() {
        None => vec![access(operation, &body)],
        Some(items) => items
            .iter()
            .filter_map(Value::as_object)
            .flatten()
            .map(|(part, item)| access(if part == "ConditionCheck" { "ConditionCheckItem" } else { part }, item))
            .map(|part| match part.action.as_str() {
                "Put" | "Update" | "Delete" | "Get" => Access { action: format!("{}Item", part.action), ..part },
                _ => part,
            })
            .collect(),
    }
}

fn access(action: &str, call: &Value) -> Access {
    let queried = call["KeyConditionExpression"].as_str().and_then(|condition| condition.strip_prefix("pk = "));
    let name = queried.and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let keys = [&call["Key"]["pk"], &call["Item"]["pk"], &call["ExpressionAttributeValues"][name]];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let partition = keys.iter().find_map(|key| key["S"].as_str()).unwrap_or_default().to_owned();
    Access { action: action.to_owned(), table: text(&call["TableName"]), partition }
}
