//! `cargo ops streams` as it is started, with a program `aws` that answers from files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::Result;
use tempfile::TempDir;

/// A stack whose one table was restored: the file `stream` is there once its stream is on, and `made` has what a mapping was made of.
const AWS: &str = r#"#!/bin/bash
set -eu
cd "$(dirname "$0")"
while [[ $# -gt 0 ]]; do
  case $1 in
    --cli-input-json) body=$2; shift ;;
    describe-*|list-*|get-*|update-*|create-*) call=$1 ;;
  esac
  shift
done
arn=arn:aws:dynamodb:eu-west-1:1:table/latchet-core/stream
case $call in
  describe-stacks) echo '{"Stacks": [{"StackStatus": "UPDATE_COMPLETE"}]}' ;;
  list-stack-resources)
    echo '{"StackResourceSummaries": [
      {"LogicalResourceId": "CoreTable", "ResourceType": "AWS::DynamoDB::Table", "PhysicalResourceId": "latchet-core"},
      {"LogicalResourceId": "AuditCore", "ResourceType": "AWS::Lambda::EventSourceMapping", "PhysicalResourceId": "old"}]}' ;;
  describe-table)
    stream=
    [[ ! -e stream ]] || stream=", \"StreamSpecification\": {\"StreamEnabled\": true, \"StreamViewType\": \"NEW_AND_OLD_IMAGES\"}"
    echo "{\"Table\": {\"TableStatus\": \"ACTIVE\", \"LatestStreamArn\": \"$arn/new\"$stream}}" ;;
  update-table) touch stream; echo '{}' ;;
  get-event-source-mapping)
    echo "{\"UUID\": \"old\", \"FunctionArn\": \"arn:aws:lambda:eu-west-1:1:function:latchet-audit:live\", \"State\": \"Enabled\",
      \"EventSourceArn\": \"$arn/old\", \"BatchSize\": 100, \"FilterCriteria\": {\"Filters\": [{\"Pattern\": \"{}\"}]}}" ;;
  list-event-source-mappings) echo '{"EventSourceMappings": []}' ;;
  create-event-source-mapping)
    if [[ -e denied ]]; then
      echo "An error occurred (InvalidParameterValueException) when calling the CreateEventSourceMapping operation: Cannot access stream" >&2
      exit 254
    fi
    echo "$body" >made; echo '{}' ;;
esac
"#;

fn account() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let aws = folder.path().join("aws");
    fs::write(&aws, AWS)?;
    fs::set_permissions(&aws, fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

fn streams(account: &Path) -> Result<Output> {
    let path = format!("{}:/usr/bin:/bin", account.display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
    command.args(["streams", "--stack", "latchet", "--region", "eu-west-1"]).env("PATH", path);
    Ok(command.output()?)
}

#[test]
fn the_stream_is_turned_on_and_the_mapping_made_with_the_settings_of_the_stacks() -> Result<()> {
    let account = account()?;
    let output = streams(account.path())?;
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout)?;
    assert_eq!(
        said,
        "latchet-core: the stream was turned on\nlatchet-audit:live reads the stream of latchet-core: made the mapping\n"
    );
    let made: serde_json::Value = serde_json::from_slice(&fs::read(account.path().join("made"))?)?;
    let expected = serde_json::json!({
        "FunctionName": "arn:aws:lambda:eu-west-1:1:function:latchet-audit:live", "StartingPosition": "TRIM_HORIZON",
        "EventSourceArn": "arn:aws:dynamodb:eu-west-1:1:table/latchet-core/stream/new",
        "BatchSize": 100, "FilterCriteria": {"Filters": [{"Pattern": "{}"}]},
    });
    assert_eq!(made, expected);
    Ok(())
}

#[test]
fn a_mapping_that_aws_refuses_fails_the_command() -> Result<()> {
    let account = account()?;
    fs::write(account.path().join("denied"), "")?;
    let output = streams(account.path())?;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr)?.contains("Cannot access stream"));
    Ok(())
}
