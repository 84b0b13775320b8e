//! A stack in the engine: deployed by SAM, asked about by the AWS CLI, called through the engine's gateway.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;

use super::copy::{Adapted, FOLDER};
use crate::second_engine::SecondEngine;
use crate::tools;

/// What the stack is called.
pub(super) const NAME: &str = "latchet";
pub(super) const REGION: &str = "us-east-1";

/// How long one request may take: a function's first one starts a Python.
const PATIENCE: Duration = Duration::from_mins(2);

/// A stack, and the programs that work on it.
pub(super) struct Stack<'a> {
    engine: &'a SecondEngine,
    /// The folder with `sam`.
    sam: PathBuf,
    client: reqwest::Client,
}

/// What the stand-in says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    pub(super) function: String,
    pub(super) version: String,
    pub(super) build: String,
    pub(super) route: String,
    pub(super) environment: BTreeMap<String, String>,
}

impl<'a> Stack<'a> {
    pub(super) fn new(engine: &'a SecondEngine) -> Result<Self> {
        let sam = std::path::absolute(tools::python_tools(".dev/venv", "infra/requirements.txt")?)?;
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { engine, sam, client })
    }

    /// A program that finds the engine where AWS would be.
    fn command(&self, program: &Path) -> Result<Command> {
        let mut path = std::path::absolute(self.engine.programs())?.into_os_string();
        path.push(":");
        path.push(tools::inherited_path());
        let mut command = Command::new(program);
        command
            .env("PATH", path)
            .env("AWS_ENDPOINT_URL", &self.engine.endpoint)
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_REGION", REGION)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_PAGER", "")
            .env("SAM_CLI_TELEMETRY", "0")
            .kill_on_drop(true);
        Ok(command)
    }

    /// `sam deploy` with the settings of samconfig.toml, and those parameters alone.
    pub(super) async fn deploy(&self, copy: &Adapted, parameters: &[&str]) -> Result<()> {
        let output = self.sam_deploy(copy, parameters).await?;
        ensure!(output.status.success(), "sam deploy failed:\n{}", tail(&output));
        Ok(())
    }

    /// A deploy that `CloudFormation` has to take back.
    pub(super) async fn deploy_in_vain(&self, copy: &Adapted, parameters: &[&str]) -> Result<()> {
        let output = self.sam_deploy(copy, parameters).await?;
        ensure!(!output.status.success(), "sam deploy took what cannot be made:\n{}", tail(&output));
        Ok(())
    }

    async fn sam_deploy(&self, copy: &Adapted, parameters: &[&str]) -> Result<Output> {
        let mut sam = self.command(&self.sam.join("sam"))?;
        sam.args(["deploy", "--no-confirm-changeset", "--config-file"])
            .arg(std::path::absolute("samconfig.toml")?)
            .arg("--template-file")
            .arg(&copy.template)
            .args(["--region", REGION, "--parameter-overrides"])
            .args(parameters);
        sam.output().await.context("sam does not start")
    }

    /// One question to the AWS CLI.
    pub(super) async fn ask(&self, question: &[&str]) -> Result<Value> {
        let output = self.command(Path::new("aws"))?.args(question).args(["--output", "json"]).output().await;
        let output = output.context("aws does not start")?;
        ensure!(output.status.success(), "aws {} failed:\n{}", question.join(" "), tail(&output));
        if output.stdout.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// A command of `cargo ops`, which `cargo dev` knows too, with the engine in the place of AWS.
    pub(super) async fn ops(&self, arguments: &[&str]) -> Result<()> {
        let output = self.command(&std::env::current_exe()?)?.args(arguments).output().await;
        let output = output.context("the operator's tool does not start")?;
        ensure!(output.status.success(), "cargo ops {} failed:\n{}", arguments.join(" "), tail(&output));
        Ok(())
    }

    pub(super) async fn status(&self) -> Result<String> {
        let stacks = self.ask(&["cloudformation", "describe-stacks", "--stack-name", NAME]).await?;
        Ok(stacks["Stacks"][0]["StackStatus"].as_str().context("a stack without a status")?.to_owned())
    }

    pub(super) async fn outputs(&self) -> Result<BTreeMap<String, String>> {
        let stacks = self.ask(&["cloudformation", "describe-stacks", "--stack-name", NAME]).await?;
        let outputs = stacks["Stacks"][0]["Outputs"].as_array().cloned().unwrap_or_default();
        let text = |output: &Value, field: &str| output[field].as_str().unwrap_or_default().to_owned();
        Ok(outputs.iter().map(|output| (text(output, "OutputKey"), text(output, "OutputValue"))).collect())
    }

    /// The resources of the main stack, by logical id: type and physical id.
    pub(super) async fn resources(&self) -> Result<BTreeMap<String, (String, String)>> {
        let listed = self.ask(&["cloudformation", "list-stack-resources", "--stack-name", NAME]).await?;
        let listed = listed["StackResourceSummaries"].as_array().context("no resources")?;
        let text = |resource: &Value, field: &str| resource[field].as_str().unwrap_or_default().to_owned();
        let entry = |resource: &Value| {
            let what = (text(resource, "ResourceType"), text(resource, "PhysicalResourceId"));
            (text(resource, "LogicalResourceId"), what)
        };
        Ok(listed.iter().map(entry).collect())
    }

    /// What answers at the deployed gateway: the status, and the body.
    ///
    /// By the engine's path for an API: at the API's host name the engine answers /health itself.
    pub(super) async fn call(&self, api: &str, method: &str, path: &str) -> Result<(u16, String)> {
        let method = reqwest::Method::from_bytes(method.as_bytes())?;
        let url = format!("{}/_aws/execute-api/{api}/$default{path}", self.engine.endpoint);
        let request = self.client.request(method, url);
        let response = request.send().await.with_context(|| format!("{path} is not answered"))?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// What the function behind a route says of itself.
    pub(super) async fn said(&self, api: &str, method: &str, path: &str) -> Result<Said> {
        match self.call(api, method, path).await? {
            (200, body) => serde_json::from_str(&body).with_context(|| format!("{method} {path} answers {body}")),
            (status, body) => bail!("{method} {path} answers {status}: {body}"),
        }
    }
}

/// The end of what a program printed: its beginning is a table of hundreds of resources.
fn tail(output: &Output) -> String {
    const LINES: usize = 40;
    let printed = [output.stdout.as_slice(), &output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    let lines: Vec<_> = printed.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n") + &format!("\n(the templates are in {FOLDER})")
}
