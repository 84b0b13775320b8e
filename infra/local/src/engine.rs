//! `DynamoDB` in this process: its HTTP API on the loopback interface, in memory or in a file.

use std::path::Path;

use anyhow::{Context, Result, bail};
use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};

use crate::second_engine::SecondEngine;
use crate::{server::Server, template::Table};

/// A running engine; it ends when dropped.
#[derive(Debug)]
pub struct Engine {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Embedded(Server),
    Elsewhere(SecondEngine),
}

impl Engine {
    /// An empty database that is gone with the engine, holding `tables`, on `port` (0 = any).
    ///
    /// # Errors
    /// When the port is taken or a table definition is refused.
    pub fn memory(port: u16, tables: &[Table]) -> Result<Self> {
        Self::start(port, Database::memory()?, tables)
    }

    /// The database in the file at `path`, made if it is not there; tables that exist are kept with their items.
    ///
    /// # Errors
    /// When the port is taken, the file is not a database, or a table in it has other keys than in `tables`.
    pub fn file(port: u16, path: &Path, tables: &[Table]) -> Result<Self> {
        let name = path.to_str().context("the database's path is not UTF-8: move the repository")?;
        let database = Database::new(name)
            .with_context(|| format!("{name} cannot be opened as a database: remove it to start afresh"))?;
        Self::start(port, database, tables).with_context(|| format!("the database {name} cannot be used"))
    }

    /// For tests: a fresh database with the tables `core`, `live` and `rate`, so named, on any port; in the second
    /// engine that `TEST_DYNAMODB_ENDPOINT` names, where it is set.
    ///
    /// # Errors
    /// When the operating system has no port or thread left.
    pub fn for_test() -> Result<Self> {
        let tables = ["core", "live", "rate"].map(test_table);
        match SecondEngine::from_env(&tables) {
            Some(second) => Ok(Self { place: Place::Elsewhere(second?) }),
            None => Self::memory(0, &tables),
        }
    }

    /// The access key to give to a client: it selects the database of this engine.
    #[must_use]
    pub fn access_key(&self) -> &str {
        match &self.place {
            Place::Embedded(_) => "test",
            Place::Elsewhere(second) => &second.account,
        }
    }

    /// The URL to give to a client, such as `http://127.0.0.1:3002`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        match &self.place {
            Place::Embedded(server) => server.url(),
            Place::Elsewhere(second) => second.endpoint.clone(),
        }
    }

    fn start(port: u16, database: Database, tables: &[Table]) -> Result<Self> {
        for table in tables {
            create(&database, table).with_context(|| format!("the table {} cannot be made", table.logical_id))?;
        }
        let server = Server::run(port, "dynamodb", |listener| dynoxide::server::serve_on(listener, database))?;
        Ok(Self { place: Place::Embedded(server) })
    }
}

/// The definition of a table named `key`, keyed `pk` and `sk`, as `template.yaml` has them.
fn test_table(key: &str) -> Table {
    let mut create = json!({
        "TableName": key,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
        ],
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
    });
    if key == "core" {
        create["AttributeDefinitions"] = json!([
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
            { "AttributeName": "users_of", "AttributeType": "S" },
            { "AttributeName": "created", "AttributeType": "N" },
        ]);
        create["GlobalSecondaryIndexes"] = json!([{
            "IndexName": "users",
            "KeySchema": [
                { "AttributeName": "users_of", "KeyType": "HASH" },
                { "AttributeName": "created", "KeyType": "RANGE" },
            ],
            "Projection": { "ProjectionType": "KEYS_ONLY" },
        }]);
    }
    let key = key.to_owned();
    Table { logical_id: key.clone(), name: key.clone(), key, create, ttl_attribute: None }
}

fn create(database: &Database, table: &Table) -> Result<()> {
    let request = serde_json::from_value(table.create.clone())
        .map_err(|error| anyhow::anyhow!("{}", error.to_string().trim_start_matches("VALIDATION:")))?;
    match database.create_table(request) {
        Ok(_) => set_ttl(database, table),
        Err(DynoxideError::ResourceInUseException(_)) => same_keys(database, table),
        Err(error) => Err(error.into()),
    }
}

fn set_ttl(database: &Database, table: &Table) -> Result<()> {
    let Some(attribute) = &table.ttl_attribute else { return Ok(()) };
    database.update_time_to_live(serde_json::from_value(json!({
        "TableName": table.name,
        "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
    }))?)?;
    Ok(())
}

/// A database of last week may hold a table that the template has changed since.
fn same_keys(database: &Database, table: &Table) -> Result<()> {
    let there = database.describe_table(serde_json::from_value(json!({ "TableName": table.name }))?)?;
    let there: Value = serde_json::to_value(there)?;
    let indexes = |indexes: &Value| -> Vec<String> {
        let names = indexes.as_array().into_iter().flatten().map(|index| index["IndexName"].to_string());
        names.collect()
    };
    let same_indexes =
        indexes(&there["Table"]["GlobalSecondaryIndexes"]) == indexes(&table.create["GlobalSecondaryIndexes"]);
    if there["Table"]["KeySchema"] != table.create["KeySchema"] || !same_indexes {
        bail!(
            "{} has other keys or indexes there than in the template: remove the database to start afresh",
            table.name
        );
    }
    Ok(())
}
