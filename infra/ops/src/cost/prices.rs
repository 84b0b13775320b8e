//! `infra/prices.json`: prices with their sources and date, and what is assumed where nothing can be counted.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

const FILE: &str = "infra/prices.json";

/// The file.
#[derive(Debug, Deserialize)]
pub(super) struct Prices {
    pub(super) as_of: String,
    region: String,
    pub(super) usd: Usd,
    pub(super) assumed: Assumed,
    /// How often each row of the benchmark happens.
    pub(super) a_month_of_1000_users: BTreeMap<String, f64>,
}

/// What AWS takes for one.
#[derive(Debug, Deserialize)]
pub(super) struct Usd {
    pub(super) http_api_request: Price,
    pub(super) lambda_request: Price,
    pub(super) lambda_gb_second: Price,
    pub(super) dynamodb_write_unit: Price,
    pub(super) dynamodb_read_unit: Price,
    pub(super) log_gb: Price,
    pub(super) access_log_gb: Price,
    pub(super) data_out_gb: Price,
    pub(super) mail: Price,
    pub(super) secret_month: Price,
    pub(super) alarm_month: Price,
}

/// A price, which names its source.
#[derive(Debug, Deserialize)]
pub(super) struct Price {
    pub(super) price: f64,
    #[expect(dead_code, reason = "read so that no price goes without")]
    source: String,
}

/// What is not counted.
#[derive(Debug, Deserialize)]
pub(super) struct Assumed {
    pub(super) dynamodb_ms: Value,
    pub(super) message_ms: Value,
    pub(super) access_log_bytes: Value,
    pub(super) log_event_bytes: Value,
    pub(super) response_bytes: Value,
    pub(super) vcpu_mb: Value,
}

/// A value, which says why.
#[derive(Debug, Deserialize)]
pub(super) struct Value {
    pub(super) value: f64,
    #[expect(dead_code, reason = "read so that nothing is assumed without a reason")]
    why: String,
}

impl Prices {
    pub(super) fn read() -> Result<Self> {
        serde_json::from_str(&super::read(FILE)?).with_context(|| format!("{FILE} is not as cargo ops cost reads it"))
    }

    /// The region alone.
    pub(super) fn region(&self) -> &str {
        self.region.split(',').next().unwrap_or_default()
    }
}
