//! `infra/account_texts.py`, run as `CloudFormation` runs it, against clients that write down what they are asked.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

/// Stands in for boto3 and cfnresponse, calls the handler with the event in `argv[1]`, and prints the calls.
const HARNESS: &str = r#"
import json, sys, types
calls, default, groups = [], json.loads(sys.argv[2]), json.loads(sys.argv[3])
class Missing(Exception): pass
class There(Exception): pass
class Client:
    exceptions = types.SimpleNamespace(ResourceNotFoundException=Missing, ResourceAlreadyExistsException=There)
    def __getattr__(self, name):
        def call(**arguments):
            calls.append([name, arguments])
            if name == "describe_protect_configurations":
                return {"ProtectConfigurations": [{"AccountDefault": default}]}
            if name == "create_log_group" and arguments["logGroupName"] in groups:
                raise There()
        return call
boto3 = types.ModuleType("boto3")
boto3.client = lambda name: Client()
cfnresponse = types.ModuleType("cfnresponse")
cfnresponse.SUCCESS, cfnresponse.FAILED = "SUCCESS", "FAILED"
cfnresponse.send = lambda event, context, status, data, physical, reason=None: calls.append([status, physical, reason])
sys.modules.update(boto3=boto3, cfnresponse=cfnresponse)
import account_texts
account_texts.handler(json.loads(sys.argv[1]), None)
print(json.dumps(calls))
"#;

fn calls(kind: &str, is_default: bool, groups: &[&str]) -> Result<Vec<Value>> {
    let event = json!({"RequestType": kind, "ResourceProperties": {
        "ProtectConfigurationId": "protect-1", "MonthLimit": "5", "DeliveryRole": "role", "FailureLogs": "failures",
        "LogRetentionDays": "30",
    }});
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let output = Command::new("python3")
        .args(["-B", "-c", HARNESS, &event.to_string(), &is_default.to_string(), &json!(groups).to_string()])
        .env("PYTHONPATH", folder)
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[test]
fn a_deploy_has_undelivered_texts_logged_for_as_long_as_log_lines_are_kept() -> Result<()> {
    for (groups, kind) in [(&[][..], "Create"), (&["failures"][..], "Update")] {
        let calls = calls(kind, false, groups)?;
        assert!(calls.contains(&json!(["put_retention_policy", {"logGroupName": "failures", "retentionInDays": 30}])));
        let attributes = json!({
            "DefaultSMSType": "Transactional", "DeliveryStatusIAMRole": "role", "DeliveryStatusSuccessSamplingRate": "0",
            "MonthlySpendLimit": "5",
        });
        assert!(calls.contains(&json!(["set_sms_attributes", {"attributes": attributes}])), "{calls:?}");
        assert_eq!(calls.last(), Some(&json!(["SUCCESS", "protect-1", null])));
    }
    Ok(())
}

#[test]
fn a_removed_stack_takes_its_own_default_along_and_no_other() -> Result<()> {
    for is_default in [true, false] {
        let calls = calls("Delete", is_default, &[])?;
        let taken = calls.contains(&json!(["delete_account_default_protect_configuration", {}]));
        assert_eq!(taken, is_default, "{calls:?}");
        assert_eq!(calls.last(), Some(&json!(["SUCCESS", "protect-1", null])));
    }
    Ok(())
}
