//! What was changed by hand since the stack was deployed: AWS's own look at every resource, and the policies that were
//! attached to its roles, which that look leaves out.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::aws::{Aws, AwsApi as _};
use super::finding::Finding;
use super::stack::{Resources, text};
use super::unasked;

/// How often, and with which pause, the look at a stack is asked for: three minutes in all.
const LOOKS: u32 = 36;
const PAUSE: Duration = Duration::from_secs(5);

pub(super) fn drift(aws: &Aws, resources: &Resources) -> Vec<Finding> {
    let mut findings = Vec::new();
    for stack in &resources.stacks {
        match drifted(aws, stack) {
            Ok(drifts) => findings.extend(judge(&drifts)),
            Err(error) => findings.push(unasked(&format!("What was changed by hand in {stack}"), &error)),
        }
    }
    for (id, role) in resources.of_type("AWS::IAM::Role") {
        match aws.ask(&["iam", "list-attached-role-policies", "--role-name", role]) {
            Ok(answer) => findings.extend(judge_attached(id, &answer)),
            Err(error) => findings.push(unasked(&format!("The policies of {role}"), &error)),
        }
    }
    if findings.is_empty() {
        findings.push(Finding::Fine("Every role and resource is as it was deployed.".to_owned()));
    }
    findings
}

fn drifted(aws: &Aws, stack: &str) -> Result<Value> {
    let started = aws.ask(&["cloudformation", "detect-stack-drift", "--stack-name", stack])?;
    let id = text(&started["StackDriftDetectionId"]).context("CloudFormation returned no id of a drift detection")?;
    let status = ["cloudformation", "describe-stack-drift-detection-status", "--stack-drift-detection-id", &id];
    let mut answer = aws.ask(&status)?;
    for _ in 0..LOOKS {
        if answer["DetectionStatus"] != "DETECTION_IN_PROGRESS" {
            break;
        }
        thread::sleep(PAUSE);
        answer = aws.ask(&status)?;
    }
    finished(&answer)?;
    let mut drifts = vec!["cloudformation", "describe-stack-resource-drifts", "--stack-name", stack];
    drifts.extend(["--stack-resource-drift-status-filters", "MODIFIED", "DELETED"]);
    Ok(aws.ask(&drifts)?)
}

/// What was not looked at is not fine.
fn finished(status: &Value) -> Result<()> {
    let state = text(&status["DetectionStatus"]).unwrap_or_default();
    let reason = text(&status["DetectionStatusReason"]).unwrap_or_default();
    ensure!(state == "DETECTION_COMPLETE", "AWS's look ended as {state}. {reason}");
    Ok(())
}

/// The only policy that is attached to a role; all others stand in it.
const ATTACHED: (&str, &str) = ("RolloutRole", "AWSCodeDeployRoleForLambda");

fn judge_attached(id: &str, answer: &Value) -> Vec<Finding> {
    let names = answer["AttachedPolicies"].as_array().into_iter().flatten();
    let foreign = names.filter_map(|policy| text(&policy["PolicyName"])).filter(|name| (id, name.as_str()) != ATTACHED);
    foreign.map(|name| Finding::Wrong(format!("{id} was given the policy {name} by hand."))).collect()
}

fn judge(answer: &Value) -> Vec<Finding> {
    let drifts = answer["StackResourceDrifts"].as_array().map_or(&[][..], Vec::as_slice);
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{finished, judge, judge_attached};

    #[test]
    fn a_role_that_was_changed_by_hand_is_wrong_and_a_retention_is_worth_a_look() {
        let drift = |kind: &str| {
            json!({"StackResourceDrifts": [{
                "LogicalResourceId": "It", "ResourceType": kind, "StackResourceDriftStatus": "MODIFIED",
                "PropertyDifferences": [{"PropertyPath": "/Policies"}],
            }]})
        };
        let role = judge(&drift("AWS::IAM::Role")).remove(0).to_string();
        assert_eq!(role, "WRONG   It (AWS::IAM::Role) was changed by hand: /Policies.");
        assert!(!judge(&drift("AWS::Logs::LogGroup"))[0].is_wrong());
        assert!(judge(&json!({"StackResourceDrifts": []})).is_empty());
    }

    #[test]
    fn a_look_that_failed_or_takes_too_long_is_no_look() {
        assert!(finished(&json!({"DetectionStatus": "DETECTION_COMPLETE"})).is_ok());
        for status in ["DETECTION_FAILED", "DETECTION_IN_PROGRESS"] {
            assert!(finished(&json!({"DetectionStatus": status})).is_err(), "{status}");
        }
    }

    #[test]
    fn a_policy_that_was_attached_by_hand_is_wrong() {
        let attached = |name: &str| json!({"AttachedPolicies": [{"PolicyName": name}]});
        assert!(judge_attached("AppLoginRole", &json!({"AttachedPolicies": []})).is_empty());
        assert!(judge_attached("RolloutRole", &attached("AWSCodeDeployRoleForLambda")).is_empty());
        assert!(judge_attached("AppLoginRole", &attached("AWSCodeDeployRoleForLambda"))[0].is_wrong());
        assert!(judge_attached("RolloutRole", &attached("AdministratorAccess"))[0].is_wrong());
    }
}
