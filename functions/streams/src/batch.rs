//! Records of a stream, as Lambda hands them over.

use serde::Deserialize;
use serde_json::Value;

/// What is taken at once.
#[derive(Deserialize)]
pub(crate) struct Batch {
    #[serde(rename = "Records")]
    pub(crate) records: Vec<Value>,
}
