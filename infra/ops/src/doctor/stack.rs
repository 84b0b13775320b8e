//! The stack: as it was deployed, what it is made of, its secret.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::Value;
use shared::config::Tables;

use super::aws::AwsApi;
use super::finding::Finding;
use super::unasked;

/// What `describe-stacks` says.
pub(crate) struct Stack {
    name: String,
    status: String,
    outputs: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

impl Stack {
    pub(crate) fn describe(aws: &dyn AwsApi, name: &str) -> Result<Self> {
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
    pub(crate) fn parameter(&self, key: &str) -> &str {
        self.parameters.get(key).map_or("", String::as_str)
    }

    /// As `CloudFormation` calls it.
    pub(crate) fn status(&self) -> &str {
        &self.status
    }

    /// Whether it is being deployed.
    pub(crate) fn is_busy(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS")
    }

    pub(crate) fn tables(&self) -> Result<Tables> {
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
        // Left out, it is the address that AWS gave.
        if self.parameter("CertificateArn").is_empty() && !url.is_empty() && url != address {
            findings.push(Finding::Advice(format!(
                "PublicUrl is {url}, and AWS gave the address {address}: mailed links and tokens name the former. \
                 Unless that leads here, run cargo ops release and deploy again with an empty PublicUrl."
            )));
        }
        findings
    }
}

/// What a stack and its nested parts are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resources {
    /// The stack's own name, and those of its parts.
    pub(super) stacks: Vec<String>,
    /// Of each resource: its logical id, its type and AWS's name for it.
    all: Vec<[String; 3]>,
}

impl Resources {
    pub(crate) fn of(aws: &dyn AwsApi, name: &str) -> Result<Self> {
        let mut found = Self { stacks: vec![name.to_owned()], all: Vec::new() };
        // Parts have no parts of their own, and would be found all the same.
        let mut next = 0;
        while let Some(stack) = found.stacks.get(next).cloned() {
            found.add(&aws.ask(&["cloudformation", "list-stack-resources", "--stack-name", &stack])?);
            next += 1;
        }
        Ok(found)
    }

    /// What one answer lists.
    #[cfg(test)]
    pub(crate) fn read(answer: &Value) -> Self {
        let mut found = Self::default();
        found.add(answer);
        found
    }

    fn add(&mut self, answer: &Value) {
        for resource in answer["StackResourceSummaries"].as_array().into_iter().flatten() {
            let keys = ["LogicalResourceId", "ResourceType", "PhysicalResourceId"];
            let [id, kind, name] = keys.map(|key| text(&resource[key]).unwrap_or_default());
            if kind == "AWS::CloudFormation::Stack" {
                self.stacks.push(name.clone());
            }
            self.all.push([id, kind, name]);
        }
    }

    /// The logical ids and names of those of a type.
    pub(crate) fn of_type<'a>(&'a self, of: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.all.iter().filter(move |[_, kind, _]| kind == of).map(|[id, _, name]| (id.as_str(), name.as_str()))
    }
}

pub(super) fn secret(aws: &dyn AwsApi, arn: &str) -> Vec<Finding> {
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
            "The secret of the key ring has two values, AWSCURRENT and AWSPREVIOUS, and the next deploy takes the current one. Find \
             out which one opens the ring: give each to cargo ops doctor as KEY_RING_KEK (aws secretsmanager get-secret-value \
             --version-stage). If the current one does, remove the other's stage: aws secretsmanager update-secret-version-stage \
             --version-stage AWSPREVIOUS --remove-from-version-id. If the former one does, make it current before you deploy."
                .to_owned(),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::Fine("The secret of the key ring is as it was made.".to_owned()));
    }
    findings
}

pub(crate) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Finding, Resources, Stack, judge_secret};

    fn sentences(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(ToString::to_string).collect()
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

    /// In a stack that was started from a copy of the table the former value opens nothing, and the current one does.
    #[test]
    fn the_advice_on_a_changed_secret_is_to_try_both_values_first() {
        let changed = json!({"VersionIdsToStages": {"a": ["AWSCURRENT"], "b": ["AWSPREVIOUS"]}});
        let said = judge_secret(&changed)[0].to_string();
        assert!(said.contains("which one opens the ring: give each to cargo ops doctor as KEY_RING_KEK"), "{said}");
        // The handbook leaves no value behind that this would be said of.
        let handbook = include_str!("../../../../docs/operations.md");
        let count = |command: &str| handbook.matches(command).count();
        assert_eq!(
            count("secretsmanager put-secret-value"),
            count("--version-stage AWSPREVIOUS --remove-from-version-id")
        );
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
        assert_eq!(findings("UPDATE_COMPLETE", "").len(), 1);
        assert_eq!(findings("UPDATE_COMPLETE", "https://b.example").len(), 2);
        assert!(Stack::read("latchet", &Value::Null).is_err());
    }
    #[test]
    fn the_parts_of_a_stack_are_found_and_what_is_in_them() {
        let found = Resources::read(&json!({"StackResourceSummaries": [
            {"LogicalResourceId": "Alarms", "ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": "arn:alarms"},
            {"LogicalResourceId": "SlowAlarm", "ResourceType": "AWS::CloudWatch::Alarm", "PhysicalResourceId": "latchet-slow"},
        ]}));
        assert_eq!(found.stacks, ["arn:alarms"]);
        assert_eq!(found.of_type("AWS::CloudWatch::Alarm").collect::<Vec<_>>(), [("SlowAlarm", "latchet-slow")]);
    }
}
