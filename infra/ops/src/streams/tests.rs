use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Done, FOLLOWED, follow};
use crate::doctor::aws::{AwsApi, AwsError};
use crate::doctor::stack::Resources;

const OLD: &str = "2026-01-01T00:00:00.000";
const NEW: &str = "2026-11-21T10:00:00.000";

/// An account with the stack's three tables and two of its mappings, which name the streams of old tables, and one of a queue.
struct Account {
    /// Of each table: how often it is still being made, and whether its stream is on.
    tables: Mutex<BTreeMap<&'static str, (u32, bool)>>,
    mappings: Mutex<Vec<Value>>,
}

fn arn(table: &str, time: &str) -> String {
    format!("arn:aws:dynamodb:eu-west-1:1:table/{table}/stream/{time}")
}

fn mapping(uuid: &str, function: &str, source: &str, filter: &str) -> Value {
    json!({
        "UUID": uuid, "FunctionArn": format!("arn:aws:lambda:eu-west-1:1:function:{function}:live"), "EventSourceArn": source,
        "StartingPosition": "TRIM_HORIZON", "State": "Enabled", "StateTransitionReason": "User action",
        "BatchSize": 100, "MaximumBatchingWindowInSeconds": 5, "ParallelizationFactor": 1, "BisectBatchOnFunctionError": true,
        "MaximumRecordAgeInSeconds": 82800, "MaximumRetryAttempts": -1, "FilterCriteria": {"Filters": [{"Pattern": filter}]},
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:1:dead"}},
    })
}

impl Account {
    fn restored() -> Self {
        Self {
            tables: Mutex::new([("core", (2, false)), ("live", (0, false)), ("audit", (0, true))].into()),
            mappings: Mutex::new(vec![
                mapping("1", "latchet-audit", &arn("core", OLD), "users"),
                mapping("2", "latchet-webhooks", &arn("audit", NEW), "entries"),
                mapping("3", "latchet-deliver", "arn:aws:sqs:eu-west-1:1:queue", "none"),
            ]),
        }
    }

    fn resources() -> Resources {
        let tables = [("CoreTable", "core"), ("LiveTable", "live"), ("RateTable", "rate"), ("AuditTable", "audit")];
        let mappings = [("AuditCore", "1"), ("WebhooksTrail", "2"), ("DeliverQueue", "3")];
        let entry = |kind: &str, (id, name): (&str, &str)| json!({"LogicalResourceId": id, "ResourceType": kind, "PhysicalResourceId": name});
        let tables = tables.map(|table| entry("AWS::DynamoDB::Table", table));
        let mappings = mappings.map(|mapping| entry("AWS::Lambda::EventSourceMapping", mapping));
        let all = [&tables[..], &mappings[..]].concat();
        Resources::read(&json!({"StackResourceSummaries": all}))
    }

    fn follow(&self) -> anyhow::Result<Vec<Done>> {
        let (mut told, waited) = (Vec::new(), Cell::new(Duration::ZERO));
        let wait = |time| waited.set(waited.get() + time);
        follow(self, &Self::resources(), &wait, |done| {
            told.push(done.clone());
            Ok(())
        })?;
        Ok(told)
    }
}

impl AwsApi for Account {
    fn ask(&self, call: &[&str]) -> Result<Value, AwsError> {
        let value = |option: &str| call.iter().skip_while(|word| **word != option).nth(1).copied().unwrap_or_default();
        let (mut tables, mut mappings) = (self.tables.lock().unwrap(), self.mappings.lock().unwrap());
        let body = || serde_json::from_str::<Value>(value("--cli-input-json")).unwrap();
        match call[1] {
            "describe-table" => {
                let name = value("--table-name");
                let (busy, on) = tables.get_mut(name).unwrap();
                let status = if *busy > 0 { "CREATING" } else { "ACTIVE" };
                *busy = busy.saturating_sub(1);
                let holds = FOLLOWED.iter().find(|(id, _)| id.to_lowercase().starts_with(name)).unwrap().1;
                let mut table = json!({"TableName": name, "TableStatus": status});
                if *on {
                    table["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": holds});
                    table["LatestStreamArn"] = json!(arn(name, NEW));
                }
                Ok(json!({"Table": table}))
            }
            "update-table" => {
                let holds = value("--stream-specification");
                assert_eq!(holds, "StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES");
                let table = tables.get_mut(value("--table-name")).unwrap();
                assert_eq!(table.0, 0, "a table that is being made cannot be updated");
                *table = (1, true);
                Ok(Value::Null)
            }
            "get-event-source-mapping" => {
                Ok(mappings.iter().find(|one| one["UUID"] == value("--uuid")).unwrap().clone())
            }
            "list-event-source-mappings" => {
                let (function, source) = (value("--function-name"), value("--event-source-arn"));
                let found =
                    mappings.iter().filter(|one| one["FunctionArn"] == function && one["EventSourceArn"] == source);
                Ok(json!({"EventSourceMappings": found.collect::<Vec<_>>()}))
            }
            "create-event-source-mapping" => {
                let mut made = body();
                made["FunctionArn"] = made["FunctionName"].take();
                made["UUID"] = json!("made");
                made["State"] = json!("Creating");
                mappings.push(made);
                Ok(Value::Null)
            }
            "update-event-source-mapping" => {
                let body = body();
                let mended = mappings.iter_mut().find(|one| one["UUID"] == body["UUID"]).unwrap();
                for (name, setting) in body.as_object().unwrap() {
                    mended[name] = setting.clone();
                }
                mended["State"] = json!("Updating");
                Ok(Value::Null)
            }
            other => panic!("{other}"),
        }
    }
}

fn already(function: &str, table: &str) -> Done {
    Done::Already { function: function.to_owned(), table: table.to_owned() }
}

#[test]
fn a_function_reads_the_stream_of_a_restored_table_as_it_read_the_old_one() {
    let account = Account::restored();
    let told = account.follow().unwrap();
    let expected = [
        Done::TurnedOn { table: "core".to_owned() },
        Done::TurnedOn { table: "live".to_owned() },
        Done::Made { function: "latchet-audit:live".to_owned(), table: "core".to_owned() },
        already("latchet-webhooks:live", "audit"),
    ];
    assert_eq!(told, expected);
    let mut made = account.mappings.lock().unwrap().last().unwrap().clone();
    assert_eq!(made["EventSourceArn"], arn("core", NEW));
    // Everything but what is this mapping's own, and the destination that a stream cannot have.
    let mut old = mapping("made", "latchet-audit", &arn("core", NEW), "users");
    old["DestinationConfig"].as_object_mut().unwrap().remove("OnSuccess");
    for name in ["State", "StateTransitionReason", "FunctionName"] {
        for one in [&mut made, &mut old] {
            one.as_object_mut().unwrap().remove(name);
        }
    }
    assert_eq!(made, old);

    let told = account.follow().unwrap();
    assert_eq!(told, [already("latchet-audit:live", "core"), already("latchet-webhooks:live", "audit")]);
}

#[test]
fn a_mapping_that_is_off_or_differs_from_the_stacks_is_set_as_the_stacks() {
    let account = Account::restored();
    account.follow().unwrap();
    // A deploy gave the stack's own mapping another filter, and somebody turned the other one off.
    account.mappings.lock().unwrap()[0]["FilterCriteria"] = json!({"Filters": [{"Pattern": "apps"}]});
    account.mappings.lock().unwrap()[1]["State"] = json!("Disabled");
    let mended = |function: &str, table: &str| Done::Mended { function: function.to_owned(), table: table.to_owned() };
    let expected = [mended("latchet-audit:live", "core"), mended("latchet-webhooks:live", "audit")];
    assert_eq!(account.follow().unwrap(), expected);
    let made = account.mappings.lock().unwrap().last().unwrap().clone();
    assert_eq!((&made["FilterCriteria"]["Filters"][0]["Pattern"], &made["Enabled"]), (&json!("apps"), &json!(true)));
}

#[test]
fn the_streams_hold_what_the_template_says() -> anyhow::Result<()> {
    let given = [("PublicUrl", "https://auth.example"), ("MailFrom", "auth@example.com")];
    let given = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let template = template::Template::parse(include_str!("../../../../template.yaml"), &given)?;
    let held = template.tables.iter().filter_map(|table| {
        Some((table.logical_id.clone(), table.create["StreamSpecification"]["StreamViewType"].as_str()?.to_owned()))
    });
    let known = FOLLOWED.map(|(table, holds)| (table.to_owned(), holds.to_owned()));
    assert_eq!(held.collect::<BTreeMap<_, _>>(), known.into());
    Ok(())
}
