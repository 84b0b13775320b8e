//! The tables' streams, handed to the functions that read them, as Lambda's event source mappings do.
//!
//! Every record is handed over, whatever the template filters: a filter saves invocations, and a function has to do without it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::engine::Changes;
use crate::queue::Queue;
use crate::template::Table;

/// How often a stream is looked at that had nothing new.
const PAUSE: Duration = Duration::from_millis(200);

/// How long a batch rests that was not taken.
const AGAIN: Duration = Duration::from_secs(1);

/// The readers of all streams. They end when this is dropped.
#[derive(Debug)]
pub struct Streams {
    _readers: JoinSet<()>,
}

impl Streams {
    /// Reads the streams of `tables` for the functions of `queues`, from their beginning. Needs a Tokio runtime.
    #[must_use]
    pub fn start(changes: &Changes, tables: &[Table], queues: &[Arc<Queue>]) -> Self {
        let mut readers = JoinSet::new();
        for queue in queues {
            for source in &queue.function().streams {
                let Some(table) = tables.iter().find(|table| table.logical_id == *source) else { continue };
                readers.spawn(read(changes.clone(), table.name.clone(), Arc::clone(queue)));
            }
        }
        Self { _readers: readers }
    }
}

async fn read(changes: Changes, table: String, queue: Arc<Queue>) {
    let mut after: Option<String> = None;
    loop {
        let (reader, name, place) = (changes.clone(), table.clone(), after.clone());
        let found = tokio::task::spawn_blocking(move || reader.after(&name, place.as_deref())).await;
        let Ok(Ok(records)) = found else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        let Some(last) = records.last().map(|record| record["dynamodb"]["SequenceNumber"].clone()) else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let event = json!({"Records": records.iter().map(|record| of_table(record, &table)).collect::<Vec<_>>()});
        while queue.invoke(event.to_string().into()).await.is_err() {
            tokio::time::sleep(AGAIN).await;
        }
        after = last.as_str().map(str::to_owned);
    }
}

fn of_table(record: &Value, table: &str) -> Value {
    let mut record = record.clone();
    record["eventSourceARN"] = json!(format!("arn:aws:dynamodb:us-east-1:123456789012:table/{table}/stream/local"));
    record
}
