//! The AWS CLI, asked for JSON.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// The CLI, in a region.
pub(super) struct Aws {
    region: String,
}

impl Aws {
    pub(super) fn new(region: Option<&str>) -> Result<Self> {
        let region = region.context("give the stack's region: --region, or AWS_REGION")?.to_owned();
        Ok(Self { region })
    }

    /// The answer to one call.
    ///
    /// # Errors
    /// What the CLI said in place of an answer.
    pub(super) fn ask(&self, call: &[&str]) -> Result<Value> {
        let mut command = Command::new("aws");
        command.args(call).args(["--region", &self.region, "--output", "json"]).env("AWS_PAGER", "");
        let output = command.output().context("cannot start the AWS CLI, `aws`: install it and sign in")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("aws {}: {}", call[..2.min(call.len())].join(" "), said.trim());
        }
        serde_json::from_slice(&output.stdout).with_context(|| format!("aws {} did not answer in JSON", call.join(" ")))
    }
}
