//! The streams: on, and each function that should read one does. Where one does not, the audit trail or webhooks miss what happens.

use super::aws::{AwsApi, AwsError};
use super::finding::Finding;
use super::stack::Resources;
use super::unasked;
use crate::streams::{FOLLOWED, Mapping, TableStream};

pub(super) fn of(aws: &dyn AwsApi, resources: &Resources, stack: &str) -> Vec<Finding> {
    match look(aws, resources, stack) {
        Ok(wrong) if wrong.is_empty() => {
            vec![Finding::Fine("Every function reads the streams of its tables.".to_owned())]
        }
        Ok(wrong) => wrong,
        Err(error) => vec![unasked("The tables' streams", &error)],
    }
}

fn look(aws: &dyn AwsApi, resources: &Resources, stack: &str) -> Result<Vec<Finding>, AwsError> {
    let mut findings = Vec::new();
    let mut streams = Vec::new();
    for (id, table) in resources.of_type("AWS::DynamoDB::Table") {
        let Some((_, holds)) = FOLLOWED.iter().find(|(followed, _)| *followed == id) else { continue };
        match TableStream::of(aws, table)?.on {
            None => findings.push(Finding::Wrong(format!(
                "{table} has no stream: what happens is missing in the audit trail, and no webhook is sent. Turn it on now: cargo \
                 ops streams --stack {stack}."
            ))),
            Some((_, held)) if held != *holds => findings.push(Finding::Wrong(format!(
                "The stream of {table} holds {held}, and the functions read {holds}: turn it off, then run cargo ops streams \
                 --stack {stack}."
            ))),
            Some((stream, _)) => streams.push((table, stream)),
        }
    }
    for ours in Mapping::of_stack(aws, resources)? {
        // A table without a stream was told of.
        let Some((_, stream)) = streams.iter().find(|(table, _)| *table == ours.table()) else { continue };
        findings.extend(judge(&ours, ours.on(aws, stream)?.as_ref(), stack));
    }
    Ok(findings)
}

/// What is wrong with the mapping by which a function reads the stream that its table has now.
fn judge(ours: &Mapping, there: Option<&Mapping>, stack: &str) -> Option<Finding> {
    let (function, table) = (ours.function_name(), ours.table());
    let repair = format!("run cargo ops streams --stack {stack}");
    match there {
        None => Some(Finding::Wrong(format!("{function} does not read the stream that {table} has now: {repair}."))),
        Some(there) if !there.is_on() => {
            let state = &there.state;
            Some(Finding::Wrong(format!(
                "{function} does not read the stream of {table} (its mapping is {state}): {repair}."
            )))
        }
        Some(there) if there.settings != ours.settings => Some(Finding::Wrong(format!(
            "{function} reads the stream of {table} with other settings than the stack's: {repair}."
        ))),
        Some(there) if there.is_coming() => Some(Finding::Advice(format!(
            "Lambda is still connecting {function} to the stream of {table}: look again in a minute."
        ))),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::of;
    use crate::doctor::aws::{AwsApi, AwsError};
    use crate::doctor::stack::Resources;

    /// A stack of the core table and the mapping of its stream, as AWS tells of them.
    struct Account {
        table: Value,
        ours: Value,
        /// What else reads the stream that the table has now.
        others: Value,
    }

    const NOW: &str = "arn:aws:dynamodb:eu-west-1:1:table/core/stream/now";

    fn mapping(stream: &str, state: &str) -> Value {
        json!({
            "UUID": "1", "FunctionArn": "arn:aws:lambda:eu-west-1:1:function:latchet-audit:live", "EventSourceArn": stream,
            "State": state, "BatchSize": 100,
        })
    }

    impl Account {
        fn new() -> Self {
            let specification = json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"});
            Self {
                table: json!({"TableStatus": "ACTIVE", "LatestStreamArn": NOW, "StreamSpecification": specification}),
                ours: mapping(NOW, "Enabled"),
                others: json!([]),
            }
        }

        fn said(&self) -> String {
            let resources = Resources::read(&json!({"StackResourceSummaries": [
                {"LogicalResourceId": "CoreTable", "ResourceType": "AWS::DynamoDB::Table", "PhysicalResourceId": "core"},
                {"LogicalResourceId": "AuditCore", "ResourceType": "AWS::Lambda::EventSourceMapping", "PhysicalResourceId": "1"},
            ]}));
            let found: Vec<_> = of(self, &resources, "latchet").iter().map(ToString::to_string).collect();
            found.join("\n")
        }
    }

    impl AwsApi for Account {
        fn ask(&self, call: &[&str]) -> Result<Value, AwsError> {
            match call[1] {
                "describe-table" => Ok(json!({"Table": self.table})),
                "get-event-source-mapping" => Ok(self.ours.clone()),
                "list-event-source-mappings" => Ok(json!({"EventSourceMappings": self.others})),
                _ => Err(AwsError::new("aws: not asked for")),
            }
        }
    }

    #[test]
    fn a_stream_that_is_off_or_holds_something_else_is_wrong() {
        let mut account = Account::new();
        assert_eq!(account.said(), "ok      Every function reads the streams of its tables.");
        account.table["StreamSpecification"]["StreamViewType"] = json!("KEYS_ONLY");
        assert!(account.said().starts_with("WRONG   The stream of core holds KEYS_ONLY"), "{}", account.said());
        // A restored table has no such setting, and one that was turned off still has its last stream's name.
        account.table.as_object_mut().unwrap().remove("StreamSpecification");
        assert!(account.said().starts_with("WRONG   core has no stream"), "{}", account.said());
    }

    #[test]
    fn a_function_reads_the_stream_that_its_table_has_now() {
        let mut account = Account {
            ours: mapping("arn:aws:dynamodb:eu-west-1:1:table/core/stream/old", "Enabled"),
            ..Account::new()
        };
        assert!(account.said().starts_with("WRONG   latchet-audit:live does not read the stream that core has now"));
        account.others = json!([mapping(NOW, "Enabled")]);
        assert!(account.said().starts_with("ok"), "{}", account.said());
        account.others[0]["State"] = json!("Creating");
        assert!(account.said().starts_with("advice"), "{}", account.said());
        account.others[0]["State"] = json!("Disabled");
        assert!(account.said().contains("its mapping is Disabled"), "{}", account.said());
        account.others[0] = mapping(NOW, "Enabled");
        account.others[0]["BatchSize"] = json!(10);
        assert!(account.said().contains("with other settings than the stack's"), "{}", account.said());
    }
}
