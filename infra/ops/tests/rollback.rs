//! `cargo ops rollback` as it is started, with a program `aws` that answers from files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::Result;
use tempfile::TempDir;

/// A stack of two functions, whose last deploy left version 3, release c. What an alias names is in a file; `denied` names a function that
/// cannot be set, and `busy` says that the stack is being deployed.
const AWS: &str = r#"#!/bin/bash
set -eu
cd "$(dirname "$0")"
while [[ $# -gt 0 ]]; do
  case $1 in
    --function-name) function=$2; shift ;;
    --qualifier) qualifier=$2; shift ;;
    --function-version) version=$2; shift ;;
    describe-*|list-*|get-*|update-*) call=$1 ;;
  esac
  shift
done
case $call in
  describe-stacks)
    status=UPDATE_COMPLETE; [[ ! -e busy ]] || status=UPDATE_IN_PROGRESS
    echo "{\"Stacks\": [{\"StackStatus\": \"$status\"}]}" ;;
  list-stack-resources)
    for name in login me; do
      echo "{\"LogicalResourceId\": \"$name\", \"ResourceType\": \"AWS::Lambda::Alias\", \"PhysicalResourceId\": \"arn:aws:lambda:eu-west-1:1:function:$name:live\"}"
      echo "{\"LogicalResourceId\": \"v$name\", \"ResourceType\": \"AWS::Lambda::Version\", \"PhysicalResourceId\": \"arn:aws:lambda:eu-west-1:1:function:$name:3\"}"
    done | paste --serial --delimiters=, | sed 's/.*/{"StackResourceSummaries": [&]}/' ;;
  describe-stack-events) echo '{"Events": [], "NextToken": null}' ;;
  get-function)
    case $qualifier in live) number=$(<"$function");; *) number=$qualifier;; esac
    releases=(none a b c)
    release=${releases[$number]}
    echo "{\"Configuration\": {\"Version\": \"$number\", \"CodeSha256\": \"x\", \"Environment\": {\"Variables\": {\"RELEASE\": \"$release\"}}}}" ;;
  update-alias)
    if [[ -e denied && $(<denied) == "$function" ]]; then
      echo "An error occurred (AccessDeniedException) when calling the UpdateAlias operation: no" >&2
      exit 254
    fi
    echo "$version" >"$function"
    echo '{}' ;;
esac
"#;

fn account() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let aws = folder.path().join("aws");
    fs::write(&aws, AWS)?;
    fs::set_permissions(&aws, fs::Permissions::from_mode(0o755))?;
    for function in ["login", "me"] {
        fs::write(folder.path().join(function), "3\n")?;
    }
    Ok(folder)
}

fn rollback(account: &Path, more: &[&str]) -> Result<Output> {
    let path = format!("{}:/usr/bin:/bin", account.display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_ops"));
    command.args(["rollback", "--stack", "latchet", "--region", "eu-west-1"]).args(more).env("PATH", path);
    Ok(command.output()?)
}

fn live(account: &Path) -> Result<[String; 2]> {
    let read = |function| Ok::<_, anyhow::Error>(fs::read_to_string(account.join(function))?.trim().to_owned());
    Ok([read("login")?, read("me")?])
}

#[test]
fn every_alias_is_set_to_the_version_before_and_each_is_told() -> Result<()> {
    let account = account()?;
    let output = rollback(account.path(), &[])?;
    assert!(output.status.success(), "{output:?}");
    assert_eq!(live(account.path())?, ["2", "2"]);
    let said = String::from_utf8(output.stdout)?;
    for function in ["login", "me"] {
        let line = said.lines().find(|line| line.starts_with(function)).unwrap_or_default();
        assert!(line.ends_with("serves release b (version 2) again, after release c (version 3)"), "{said}");
    }
    assert!(said.ends_with("The 2 functions serve release b.\n"), "{said}");

    // Once more goes no further back, unless it is told to.
    assert!(rollback(account.path(), &[])?.status.success());
    assert_eq!(live(account.path())?, ["2", "2"]);
    assert!(rollback(account.path(), &["--to", "a"])?.status.success());
    assert_eq!(live(account.path())?, ["1", "1"]);
    Ok(())
}

#[test]
fn one_that_cannot_be_set_fails_the_command_and_the_others_are_set() -> Result<()> {
    let account = account()?;
    fs::write(account.path().join("denied"), "me")?;
    let output = rollback(account.path(), &[])?;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(live(account.path())?, ["2", "3"]);
    let (said, aside) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    assert!(
        said.lines().any(|line| line.starts_with("me ") && line.contains("FAILED: aws lambda update-alias")),
        "{said}"
    );
    assert!(aside.contains("1 of 2 functions were not set"), "{aside}");

    fs::remove_file(account.path().join("denied"))?;
    assert!(rollback(account.path(), &[])?.status.success());
    assert_eq!(live(account.path())?, ["2", "2"]);
    Ok(())
}

#[test]
fn a_stack_that_is_being_deployed_is_left_alone() -> Result<()> {
    let account = account()?;
    fs::write(account.path().join("busy"), "")?;
    let output = rollback(account.path(), &[])?;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr)?.contains("cancel-update-stack"));
    assert_eq!(live(account.path())?, ["3", "3"]);
    Ok(())
}
