//! `DynamoDB` in this process: its HTTP API on the loopback interface, in memory or in a file.

use std::path::Path;

use anyhow::{Context, Result, bail};
use dynoxide::storage::Storage;
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
    Embedded(Server, Changes),
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
        let database = order_streams(name).and_then(|()| Ok(Database::new(name)?)).with_context(|| {
            let way_out = "end the run that has it open, or remove it to begin with an empty one";
            format!("{name} cannot be opened as a database: {way_out}")
        })?;
        Self::start(port, database, tables).with_context(|| format!("the database {name} cannot be used"))
    }

    /// For tests: a fresh database with the tables `core`, `live`, `rate` and `audit`, so named, on any port; in the second
    /// engine that `TEST_DYNAMODB_ENDPOINT` names, where it is set.
    ///
    /// # Errors
    /// When the operating system has no port or thread left.
    pub fn for_test() -> Result<Self> {
        let tables = ["core", "live", "rate", "audit"].map(test_table);
        match SecondEngine::from_env(&tables) {
            Some(second) => Ok(Self { place: Place::Elsewhere(second?) }),
            None => Self::memory(0, &tables),
        }
    }

    /// As [`Self::for_test`], in a file as the local run has it: the database in memory gets slower with every write, see `order_streams`.
    ///
    /// # Errors
    /// As [`Self::file`].
    pub fn for_test_in(path: &Path) -> Result<Self> {
        Self::file(0, path, &["core", "live", "rate", "audit"].map(test_table))
    }

    /// The access key to give to a client: it selects the database of this engine.
    #[must_use]
    pub fn access_key(&self) -> &str {
        match &self.place {
            Place::Embedded(..) => "test",
            Place::Elsewhere(second) => &second.account,
        }
    }

    /// The streams of its tables; none of an engine that runs elsewhere.
    #[must_use]
    pub const fn changes(&self) -> Option<&Changes> {
        match &self.place {
            Place::Embedded(_, changes) => Some(changes),
            Place::Elsewhere(_) => None,
        }
    }

    /// An item as it is stored, read past every client; none of an engine that runs elsewhere.
    ///
    /// # Errors
    /// When the table is not there.
    pub fn item(&self, table: &str, key: &Value) -> Result<Option<Value>> {
        let Place::Embedded(_, Changes(database)) = &self.place else { return Ok(None) };
        let found = database.get_item(serde_json::from_value(json!({ "TableName": table, "Key": key }))?)?;
        Ok(serde_json::to_value(found)?.get("Item").filter(|item| !item.is_null()).cloned())
    }

    /// Writes an item past every client; nothing into an engine that runs elsewhere.
    ///
    /// # Errors
    /// When the table is not there, or the item is none.
    pub fn put(&self, table: &str, item: &Value) -> Result<()> {
        let Place::Embedded(_, Changes(database)) = &self.place else { return Ok(()) };
        database.put_item(serde_json::from_value(json!({ "TableName": table, "Item": item }))?)?;
        Ok(())
    }

    /// The URL to give to a client, such as `http://127.0.0.1:3002`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        match &self.place {
            Place::Embedded(server, _) => server.url(),
            Place::Elsewhere(second) => second.endpoint.clone(),
        }
    }

    fn start(port: u16, database: Database, tables: &[Table]) -> Result<Self> {
        for table in tables {
            create(&database, table).with_context(|| format!("the table {} cannot be made", table.logical_id))?;
        }
        let changes = Changes(database.clone());
        let server = Server::run(port, "dynamodb", |listener| dynoxide::server::serve_on(listener, database))?;
        Ok(Self { place: Place::Embedded(server, changes) })
    }
}

/// The streams of an engine's tables.
#[derive(Clone)]
pub struct Changes(Database);

impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Changes")
    }
}

impl Changes {
    /// The records of a table's stream that come after the one of that sequence number, or all, up to a thousand.
    ///
    /// # Errors
    /// When the table is not there or has no stream.
    pub fn after(&self, table: &str, sequence_number: Option<&str>) -> Result<Vec<Value>> {
        let described = self.0.describe_table(serde_json::from_value(json!({ "TableName": table }))?)?;
        let stream = serde_json::to_value(described)?["Table"]["LatestStreamArn"].clone();
        let described = self.0.describe_stream(serde_json::from_value(json!({ "StreamArn": stream }))?)?;
        let shard = &serde_json::to_value(described)?["StreamDescription"]["Shards"][0]["ShardId"];
        let mut from = json!({ "StreamArn": stream, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        if let Some(number) = sequence_number {
            from["ShardIteratorType"] = json!("AFTER_SEQUENCE_NUMBER");
            from["SequenceNumber"] = json!(number);
        }
        let iterator = serde_json::to_value(self.0.get_shard_iterator(serde_json::from_value(from)?)?)?;
        let records = json!({ "ShardIterator": iterator["ShardIterator"], "Limit": 1000 });
        let records = serde_json::to_value(self.0.get_records(serde_json::from_value(records)?)?)?;
        Ok(records["Records"].as_array().cloned().unwrap_or_default())
    }
}

/// What a database in a file needs so that a write costs the same after a year: an index over the records of its streams, and that
/// records older than a day are removed, as `DynamoDB` removes them.
///
/// For each write dynoxide 3.2 looks for the greatest number of a stream by reading all its records, and keeps them for ever. After four thousand users
/// an import came down from 300 users a second to 50. The engine takes no statement of SQL, so this is done before it opens the file.
const STREAMS: &str = "
    CREATE INDEX IF NOT EXISTS stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    DELETE FROM _stream_records WHERE created_at < unixepoch() - 86400;
";

fn order_streams(database: &str) -> Result<()> {
    Ok(Storage::new(database)?.conn().execute_batch(STREAMS)?)
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
    if key == "audit" {
        let by = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
        create["AttributeDefinitions"] = json!([by("pk"), by("sk"), by("day")]);
        create["GlobalSecondaryIndexes"] = json!([{
            "IndexName": "days",
            "KeySchema": [
                { "AttributeName": "day", "KeyType": "HASH" },
                { "AttributeName": "sk", "KeyType": "RANGE" },
            ],
            "Projection": { "ProjectionType": "ALL" },
        }]);
    }
    if let Some(view) = match key {
        "core" | "live" => Some("NEW_AND_OLD_IMAGES"),
        "audit" => Some("NEW_IMAGE"),
        _ => None,
    } {
        create["StreamSpecification"] = json!({ "StreamEnabled": true, "StreamViewType": view });
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
            "{} has other keys or indexes there than in the template: remove the database to begin with an empty one",
            table.name
        );
    }
    let lacks_stream = there["Table"]["LatestStreamArn"].is_null() && !table.create["StreamSpecification"].is_null();
    if lacks_stream {
        let update = json!({ "TableName": table.name, "StreamSpecification": table.create["StreamSpecification"] });
        database.update_table(serde_json::from_value(update)?)?;
    }
    Ok(())
}
