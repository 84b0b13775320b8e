//! What `infra/deploy-role.yaml` promises: whom it trusts, and that IAM takes its policies however long the names are.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

fn roles() -> Result<Value> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy-role.yaml"));
    local::template::document(&fs::read_to_string(path)?)
}

/// As IAM counts a policy: without white space, and with the longest names that the template takes.
fn length(policy: &Value) -> Result<usize> {
    let longest = [
        ("${AWS::Partition}", "aws-us-gov".to_owned()),
        ("${AWS::Region}", "ap-southeast-1".to_owned()),
        ("${AWS::AccountId}", "1".repeat(12)),
        ("${StackPrefix}", "p".repeat(41)),
        ("${AWS::StackName}", "n".repeat(60)),
        ("${Artifacts.Arn}", format!("arn:aws-us-gov:s3:::{}", "b".repeat(63))),
    ];
    let text = longest.iter().fold(resolved(policy).to_string(), |text, (name, value)| text.replace(name, value));
    anyhow::ensure!(!text.contains("${"), "{text} has a name that this test does not know");
    Ok(text.len())
}

/// The value of an intrinsic function, as long as it can be.
fn resolved(value: &Value) -> Value {
    match value {
        Value::Object(entries) if entries.len() == 1 && entries.contains_key("Fn::Sub") => entries["Fn::Sub"].clone(),
        // An ARN of this stack: a role, a policy or the stack itself.
        Value::Object(entries) if entries.contains_key("Ref") || entries.contains_key("Fn::GetAtt") => {
            Value::from("r".repeat(150))
        }
        Value::Object(entries) => entries.iter().map(|(name, value)| (name.clone(), resolved(value))).collect(),
        Value::Array(values) => values.iter().map(resolved).collect(),
        other => other.clone(),
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
#[test]
fn iam_takes_every_policy_with_the_longest_names() -> Result<()> {
    let roles = roles()?;
    let resources = roles["Resources"].as_object().context("no Resources")?;
    for (id, resource) in resources {
        let properties = &resource["Properties"];
        let beside = resources.iter().filter(|(_, other)| {
            other["Type"] == "AWS::IAM::RolePolicy" && other["Properties"]["RoleName"]["Ref"] == id.as_str()
        });
        let inline = properties["Policies"].as_array().into_iter().flatten().map(|policy| &policy["PolicyDocument"]);
        let inline = inline.chain(beside.map(|(_, policy)| &policy["Properties"]["PolicyDocument"]));
        let held = inline.map(length).sum::<Result<usize>>()?;
        assert!(held <= 10_240, "{id} holds {held} characters of policies");
        if resource["Type"] == "AWS::IAM::ManagedPolicy" {
            let length = length(&properties["PolicyDocument"])?;
            assert!(length <= 6_144, "{id} has {length} characters");
        }
    }
    Ok(())
}

/// A deploy that fails goes back to the zips of the one before, however long ago that was
/// (docs/decisions/0374-artifacts-stay.md).
#[test]
fn only_the_artifacts_of_previews_expire() -> Result<()> {
    let roles = roles()?;
    let lifecycle = roles["Resources"]["Artifacts"]["Properties"]["LifecycleConfiguration"]["Rules"].as_array();
    let expiring: Vec<_> = lifecycle.into_iter().flatten().filter(|rule| !rule["ExpirationInDays"].is_null()).collect();
    assert_eq!(expiring.len(), 1);
    let status = &expiring[0]["Status"]["Fn::If"];
    assert_eq!(*status, serde_json::json!(["IsForPreviews", "Enabled", "Disabled"]));
    Ok(())
}

#[test]
fn a_workflow_is_trusted_by_the_whole_name_that_github_gives_it() -> Result<()> {
    let roles = roles()?;
    let trust =
        &roles["Resources"]["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"];
    let condition = trust.as_object().context("no condition")?;
    assert_eq!(condition.keys().collect::<Vec<_>>(), ["StringEquals"], "a pattern could match another repository");
    assert_eq!(
        trust["StringEquals"]["token.actions.githubusercontent.com:sub"]["Fn::Sub"],
        "repo:${Repository}:environment:${Environment}"
    );
    let pattern = roles["Parameters"]["Repository"]["AllowedPattern"].as_str().context("no pattern")?;
    for (name, taken) in [
        ("you/latchet", true),
        ("you@123456/latchet@456789", true),
        ("you@123456/latchet", false),
        ("you/*", false),
        ("you/latchet:environment:production", false),
        ("you@/latchet@", false),
    ] {
        let script = "import re, sys; sys.exit(re.fullmatch(sys.argv[1], sys.argv[2]) is None)";
        let matched = std::process::Command::new("python3").args(["-c", script, pattern, name]).status()?;
        assert_eq!(matched.success(), taken, "{name}");
    }
    Ok(())
}
