//! `infra/body.py`: what the first command of docs/on-aws.md gives to API Gateway.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

#[test]
fn the_gateways_body_has_no_intrinsic_function_left() -> Result<()> {
    let uri =
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-app-health:live";
    let stack = json!({"Resources": {
        "Other": {"Type": "AWS::DynamoDB::Table"},
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": {
            "info": {"title": {"Ref": "AWS::StackName"}},
            "servers": [{"url": "/", "closed": {"Fn::If": ["HasDomain", true, false]}}],
            "paths": {"/health": {"get": {"uri": {"Fn::Sub": uri}}}},
        }}},
    }});
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../body.py");
    let mut python = Command::new("python3")
        .args([script, "123456789012", "eu-central-1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    python.stdin.take().context("no input")?.write_all(stack.to_string().as_bytes())?;
    let output = python.wait_with_output()?;
    ensure!(output.status.success(), "body.py: {}", output.status);
    let body: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(
        body,
        json!({
            "info": {"title": "latchet"},
            "servers": [{"url": "/", "closed": false}],
            "paths": {"/health": {"get": {"uri": "arn:aws:lambda:eu-central-1:123456789012:function:latchet-app-health:live"}}},
        })
    );
    Ok(())
}
