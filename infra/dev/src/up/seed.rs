//! The apps that a local service has from the start.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use local::template::Template;
use serde::Serialize;

use super::state::State;

/// What the apps are made in.
#[expect(dead_code, reason = "no app is made yet")]
pub(super) struct Ground<'a> {
    /// The URL of the engine.
    pub(super) dynamodb: String,
    /// The names of the tables, by `core`, `live` and `rate`.
    pub(super) tables: BTreeMap<String, String>,
    /// What wraps the key ring.
    pub(super) kek: &'a str,
    /// Where secrets can be kept until the next start; nowhere in memory mode.
    pub(super) directory: Option<&'a Path>,
}

/// An app and what it authenticates with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct DemoApp {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) api_key: String,
}

impl<'a> Ground<'a> {
    pub(super) fn new(dynamodb: &str, template: &Template, state: &'a State) -> Self {
        let tables = template.tables.iter().map(|table| (table.key.clone(), table.name.clone())).collect();
        Self { dynamodb: dynamodb.to_owned(), tables, kek: state.kek(), directory: state.directory() }
    }
}

/// Makes the apps where they are not there yet.
#[expect(clippy::unused_async, reason = "no app is made yet")]
pub(super) async fn seed(_ground: &Ground<'_>) -> Result<Vec<DemoApp>> {
    Ok(Vec::new())
}
