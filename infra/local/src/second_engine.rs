//! A second, independent engine for the tests: the embedded one could be wrong in the same way as we are.

use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::random;
use crate::template::Table;

/// Where it runs: set by the person or script that started one, such as `ministack` or Amazon's DynamoDB Local.
const ENDPOINT: &str = "TEST_DYNAMODB_ENDPOINT";

/// A database of one test's own in a running engine.
#[derive(Debug)]
pub(crate) struct SecondEngine {
    pub(crate) endpoint: String,
    /// Both engines keep the tables of two accounts apart, and take a 12-digit access key for an account.
    pub(crate) account: String,
}

impl SecondEngine {
    /// The engine that the environment names, with `tables` for one test; `None` when it names none.
    pub(crate) fn from_env(tables: &[Table]) -> Option<Result<Self>> {
        let endpoint = std::env::var(ENDPOINT).ok().filter(|endpoint| !endpoint.is_empty())?;
        Some(Self::start(endpoint, tables))
    }

    fn start(endpoint: String, tables: &[Table]) -> Result<Self> {
        let digits = u64::from_str_radix(&random::hex(7)?, 16)? % 900_000_000_000 + 100_000_000_000;
        let account = digits.to_string();
        let requests: Vec<Value> = tables.iter().map(|table| table.create.clone()).collect();
        let (to, by) = (endpoint.clone(), account.clone());
        // A thread of its own: the caller is a test that has a runtime already.
        let made = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async { create(&to, &by, &requests).await })
        });
        made.join().map_err(|_| anyhow!("creating the tables panicked"))??;
        Ok(Self { endpoint, account })
    }
}

async fn create(endpoint: &str, account: &str, tables: &[Value]) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    for table in tables {
        let answer = client
            .post(endpoint)
            .header("x-amz-target", "DynamoDB_20120810.CreateTable")
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", authorization(account))
            .body(table.to_string())
            .send()
            .await
            .with_context(|| format!("{ENDPOINT}: nothing answers at {endpoint}"))?;
        if !answer.status().is_success() {
            bail!("{ENDPOINT}: {}", answer.text().await?);
        }
    }
    Ok(())
}

/// Neither engine checks the signature; the account is read from the credential.
fn authorization(account: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
    )
}
