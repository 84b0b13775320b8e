//! The stack: as it was deployed, its alarms, its secret.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use shared::config::Tables;

use super::aws::Aws;
use super::finding::Finding;
use super::unasked;

/// What `describe-stacks` says.
pub(super) struct Stack {
    name: String,
    status: String,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

impl Stack {
    pub(super) fn describe(aws: &Aws, name: &str) -> Result<Self> {
        let answer = aws.ask(&["cloudformation", "describe-stacks", "--stack-name", name])?;
        Self::read(name, &answer["Stacks"][0])
    }

    fn read(name: &str, stack: &Value) -> Result<Self> {
        let pairs = |list: &str, key: &str, value: &str| {
            let entries = stack[list].as_array().into_iter().flatten();
            entries.filter_map(|entry| Some((text(&entry[key])?, text(&entry[value])?))).collect()
        };
        Ok(Self {
            name: name.to_owned(),
            status: text(&stack["StackStatus"]).with_context(|| format!("there is no stack {name}"))?,
            outputs: pairs("Outputs", "OutputKey", "OutputValue"),
            parameters: pairs("Parameters", "ParameterKey", "ParameterValue"),
        })
    }

    pub(super) fn output(&self, key: &str) -> Result<String> {
        let found = self.outputs.get(key).cloned();
        found.with_context(|| format!("the stack {} has no output {key}: is it Latchet's?", self.name))
    }

    /// The value that was deployed; empty where the stack has no such parameter.
    pub(super) fn parameter(&self, key: &str) -> &str {
        self.parameters.get(key).map_or("", String::as_str)
    }

    pub(super) fn tables(&self) -> Result<Tables> {
        let table = |key: &str| self.output(key);
        Ok(Tables { core: table("CoreTableName")?, live: table("LiveTableName")?, rate: table("RateTableName")? })
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let Self { name, status, .. } = self;
        let mut findings = vec![match status.as_str() {
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" => Finding::Fine(format!("The stack {name} is deployed.")),
            "UPDATE_ROLLBACK_COMPLETE" => {
                Finding::Advice(format!("The last deploy of {name} was rolled back: the release before it runs."))
            }
            busy if busy.ends_with("_IN_PROGRESS") => Finding::Advice(format!("{name} is being deployed ({busy}).")),
            _ => Finding::Wrong(format!("The stack {name} is in the state {status}.")),
        }];
        let (url, address) = (self.parameter("PublicUrl"), self.outputs.get("ServiceUrl").map_or("", String::as_str));
        if self.parameter("CertificateArn").is_empty() && url != address {
            findings.push(Finding::Advice(format!(
                "PublicUrl is {url}, and AWS gave the address {address}: mailed links and tokens name the former. \
                 Unless that leads here, deploy again with PublicUrl={address}."
            )));
        }
        findings
    }
}

pub(super) fn alarms(aws: &Aws, name: &str) -> Vec<Finding> {
    match aws.ask(&["cloudwatch", "describe-alarms", "--alarm-name-prefix", name]) {
        Ok(answer) => judge_alarms(&answer["MetricAlarms"]),
        Err(error) => vec![unasked("The alarms", &error)],
    }
}

/// As many as the template and its part make.
const ALARMS: usize = 10;

fn judge_alarms(alarms: &Value) -> Vec<Finding> {
    let alarms = alarms.as_array().map_or(&[][..], Vec::as_slice);
    let named = |alarm: &Value| text(&alarm["AlarmName"]).unwrap_or_default();
    let mut findings = Vec::new();
    if alarms.len() < ALARMS {
        findings.push(Finding::Wrong(format!("There are {} alarms, and should be {ALARMS}.", alarms.len())));
    }
    let ringing = alarms.iter().filter(|alarm| alarm["StateValue"] == "ALARM");
    findings.extend(ringing.map(|alarm| {
        let what = text(&alarm["AlarmDescription"]).unwrap_or_default();
        Finding::Wrong(format!("{} rings: {what}", named(alarm)))
    }));
    let off = alarms.iter().filter(|alarm| alarm["ActionsEnabled"] == false);
    findings.extend(off.map(|alarm| Finding::Wrong(format!("{} is turned off.", named(alarm)))));
    if alarms.iter().any(|alarm| alarm["AlarmActions"].as_array().is_none_or(Vec::is_empty)) {
        findings.push(Finding::Wrong(
            "Nobody is told when an alarm rings: deploy with AlarmEmail or AlarmTopicArn.".to_owned(),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::Fine(format!("All {} alarms are quiet and tell somebody.", alarms.len())));
    }
    findings
}

pub(super) fn secret(aws: &Aws, arn: &str) -> Vec<Finding> {
    match aws.ask(&["secretsmanager", "describe-secret", "--secret-id", arn]) {
        Ok(answer) => judge_secret(&answer),
        Err(error) => vec![unasked("The secret of the key ring", &error)],
    }
}

fn judge_secret(secret: &Value) -> Vec<Finding> {
    let versions = secret["VersionIdsToStages"].as_object().map_or(0, serde_json::Map::len);
    let mut findings = Vec::new();
    if secret["RotationEnabled"] == true {
        findings.push(Finding::Wrong(
            "The secret of the key ring rotates: at the next rotation nobody signs in. Turn that off now.".to_owned(),
        ));
    }
    if !secret["DeletedDate"].is_null() {
        findings.push(Finding::Wrong("The secret of the key ring is being deleted: restore it.".to_owned()));
    }
    if versions > 1 {
        findings.push(Finding::Wrong(
            "The secret of the key ring was changed. Functions that are deployed next do not open the ring: make the \
             former value current again (AWSPREVIOUS)."
                .to_owned(),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::Fine("The secret of the key ring is as it was made.".to_owned()));
    }
    findings
}

/// How often, and with which pause, the look at every resource is asked for: three minutes in all.
const LOOKS: u32 = 36;
const PAUSE: Duration = Duration::from_secs(5);

pub(super) fn drift(aws: &Aws, name: &str) -> Vec<Finding> {
    match drifted(aws, name) {
        Ok(drifts) => judge_drift(&drifts),
        Err(error) => vec![unasked("What was changed by hand", &error)],
    }
}

fn drifted(aws: &Aws, name: &str) -> Result<Value> {
    let started = aws.ask(&["cloudformation", "detect-stack-drift", "--stack-name", name])?;
    let id = text(&started["StackDriftDetectionId"]).context("the look has no id")?;
    let status = ["cloudformation", "describe-stack-drift-detection-status", "--stack-drift-detection-id", &id];
    for _ in 0..LOOKS {
        if aws.ask(&status)?["DetectionStatus"] != "DETECTION_IN_PROGRESS" {
            break;
        }
        thread::sleep(PAUSE);
    }
    let mut drifts = vec!["cloudformation", "describe-stack-resource-drifts", "--stack-name", name];
    drifts.extend(["--stack-resource-drift-status-filters", "MODIFIED", "DELETED"]);
    aws.ask(&drifts)
}

fn judge_drift(answer: &Value) -> Vec<Finding> {
    let drifts = answer["StackResourceDrifts"].as_array().map_or(&[][..], Vec::as_slice);
    if drifts.is_empty() {
        return vec![Finding::Fine("Every role and resource is as it was deployed.".to_owned())];
    }
    let sentence = |drift: &Value| {
        let (id, kind) = (text(&drift["LogicalResourceId"]), text(&drift["ResourceType"]));
        let (id, kind) = (id.unwrap_or_default(), kind.unwrap_or_default());
        let differs = drift["PropertyDifferences"].as_array().into_iter().flatten();
        let paths: Vec<_> = differs.filter_map(|difference| text(&difference["PropertyPath"])).collect();
        let sentence = match drift["StackResourceDriftStatus"].as_str() {
            Some("DELETED") => format!("{id} ({kind}) was deleted by hand."),
            _ => format!("{id} ({kind}) was changed by hand: {}.", paths.join(", ")),
        };
        // Rights that nobody reviewed are worse than a longer retention.
        if kind == "AWS::IAM::Role" || sentence.ends_with("deleted by hand.") {
            Finding::Wrong(sentence)
        } else {
            Finding::Advice(sentence)
        }
    };
    drifts.iter().map(sentence).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ALARMS, Finding, Stack, judge_alarms, judge_drift, judge_secret};

    fn sentences(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(ToString::to_string).collect()
    }

    fn alarms(change: impl Fn(usize, &mut Value)) -> Value {
        let alarm = |number| {
            let mut alarm = json!({
                "AlarmName": format!("latchet-{number}"), "AlarmDescription": "Look.", "StateValue": "OK",
                "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alarms"],
            });
            change(number, &mut alarm);
            alarm
        };
        (0..ALARMS).map(alarm).collect()
    }

    #[test]
    fn an_alarm_that_rings_is_named_and_so_is_one_that_tells_nobody() {
        assert_eq!(
            sentences(&judge_alarms(&alarms(|_, _| {}))),
            ["ok      All 10 alarms are quiet and tell somebody."]
        );
        let ringing = alarms(|number, alarm| {
            if number == 3 {
                alarm["StateValue"] = "ALARM".into();
            }
        });
        assert_eq!(sentences(&judge_alarms(&ringing)), ["WRONG   latchet-3 rings: Look."]);
        let silent = alarms(|_, alarm| alarm["AlarmActions"] = json!([]));
        assert_eq!(
            sentences(&judge_alarms(&silent)),
            ["WRONG   Nobody is told when an alarm rings: deploy with AlarmEmail or AlarmTopicArn."]
        );
        assert_eq!(sentences(&judge_alarms(&json!([]))), ["WRONG   There are 0 alarms, and should be 10."]);
    }

    #[test]
    fn a_secret_that_changed_or_will_is_wrong() {
        assert!(!judge_secret(&json!({"VersionIdsToStages": {"a": ["AWSCURRENT"]}}))[0].is_wrong());
        for secret in [
            json!({"VersionIdsToStages": {"a": ["AWSCURRENT"], "b": ["AWSPREVIOUS"]}}),
            json!({"VersionIdsToStages": {"a": ["AWSCURRENT"]}, "RotationEnabled": true}),
            json!({"VersionIdsToStages": {"a": ["AWSCURRENT"]}, "DeletedDate": "2026-11-21T00:00:00Z"}),
        ] {
            assert!(judge_secret(&secret)[0].is_wrong(), "{secret}");
        }
    }

    #[test]
    fn a_role_that_was_changed_by_hand_is_wrong_and_a_retention_is_worth_a_look() {
        let drift = |kind: &str| {
            json!({"StackResourceDrifts": [{
                "LogicalResourceId": "It", "ResourceType": kind, "StackResourceDriftStatus": "MODIFIED",
                "PropertyDifferences": [{"PropertyPath": "/Policies"}],
            }]})
        };
        assert_eq!(
            sentences(&judge_drift(&drift("AWS::IAM::Role"))),
            ["WRONG   It (AWS::IAM::Role) was changed by hand: /Policies."]
        );
        assert!(!judge_drift(&drift("AWS::Logs::LogGroup"))[0].is_wrong());
        assert!(!judge_drift(&json!({"StackResourceDrifts": []}))[0].is_wrong());
    }

    #[test]
    fn a_stack_whose_deploy_failed_is_wrong_and_a_foreign_public_url_is_worth_a_look() {
        let stack = |status: &str, url: &str| {
            Stack::read(
                "latchet",
                &json!({
                    "StackStatus": status,
                    "Outputs": [{"OutputKey": "ServiceUrl", "OutputValue": "https://a.example"}],
                    "Parameters": [{"ParameterKey": "PublicUrl", "ParameterValue": url}],
                }),
            )
        };
        let findings = |status, url| stack(status, url).map(|stack| stack.findings()).unwrap_or_default();
        assert_eq!(
            sentences(&findings("UPDATE_COMPLETE", "https://a.example")),
            ["ok      The stack latchet is deployed."]
        );
        assert!(findings("ROLLBACK_FAILED", "https://a.example")[0].is_wrong());
        assert_eq!(findings("UPDATE_COMPLETE", "https://b.example").len(), 2);
        assert!(Stack::read("latchet", &Value::Null).is_err());
    }
}
