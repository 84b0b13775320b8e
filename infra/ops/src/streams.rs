//! `cargo ops streams`: has every function read the streams of its tables again, after a restore.
//!
//! AWS restores no stream settings, and the stream of a table that was created again has another ARN. The stack's event source
//! mappings go on naming the old stream, and nothing can change that: a mapping's stream is fixed. So each of them is made once
//! more on the new stream, with the same settings (docs/decisions/0375-streams-after-a-restore.md).

mod mapping;

use std::collections::BTreeMap;
use std::fmt;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

pub(crate) use self::mapping::Mapping;
use crate::doctor::aws::{Aws, AwsApi, AwsError};
use crate::doctor::stack::{Resources, Stack, text};
use crate::out::say;

/// Which stack's.
#[derive(Args, Debug)]
pub struct Options {
    /// The stack whose tables were restored
    #[arg(long, value_name = "NAME")]
    stack: String,
    /// Its region
    #[arg(long, env = "AWS_REGION")]
    region: String,
}

/// The tables that functions follow, by their names in the template, and what their streams hold.
pub(crate) const FOLLOWED: [(&str, &str); 3] =
    [("CoreTable", "NEW_AND_OLD_IMAGES"), ("LiveTable", "NEW_AND_OLD_IMAGES"), ("AuditTable", "NEW_IMAGE")];

/// How long it is waited between two looks at a table that is not ready.
const PAUSE: Duration = Duration::from_secs(5);

/// Turns the streams on and makes the event source mappings that are missing.
///
/// # Errors
/// When the stack cannot be looked at, a stream holds something else than the functions read, or AWS refuses a change.
pub(crate) fn run(options: &Options) -> Result<()> {
    let aws = Aws::new(Some(&options.region))?;
    // The name of a stack that does not exist is told in a sentence.
    Stack::describe(&aws, &options.stack)?;
    let resources = Resources::of(&aws, &options.stack)?;
    follow(&aws, &resources, &thread::sleep, |done| say!("{done}").map_err(Into::into))
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Done {
    /// A table's stream was off.
    TurnedOn { table: String },
    /// No mapping named the table's stream.
    Made { function: String, table: String },
    /// A mapping was off, or had other settings than the stack's.
    Mended { function: String, table: String },
    /// Nothing was to be done.
    Already { function: String, table: String },
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TurnedOn { table } => write!(f, "{table}: the stream was turned on"),
            Self::Made { function, table } => write!(f, "{function} reads the stream of {table}: made the mapping"),
            Self::Mended { function, table } => {
                write!(f, "{function} reads the stream of {table}: gave the mapping the stack's settings")
            }
            Self::Already { function, table } => write!(f, "{function} reads the stream of {table} already"),
        }
    }
}

fn follow(
    aws: &dyn AwsApi,
    resources: &Resources,
    wait: &dyn Fn(Duration),
    mut tell: impl FnMut(&Done) -> Result<()>,
) -> Result<()> {
    let mappings = Mapping::of_stack(aws, resources)?;
    ensure!(!mappings.is_empty(), "the stack has no event source mapping of a table's stream: is it Latchet's?");
    let mut streams = BTreeMap::new();
    for (id, name) in resources.of_type("AWS::DynamoDB::Table") {
        let Some((_, holds)) = FOLLOWED.iter().find(|(table, _)| *table == id) else { continue };
        let (stream, was_off) = turn_on(aws, name, holds, wait)?;
        if was_off {
            tell(&Done::TurnedOn { table: name.to_owned() })?;
        }
        streams.insert(name, stream);
    }
    for ours in mappings {
        let table = ours.table();
        let stream = streams.get(table).with_context(|| format!("{table} is not a table of this stack"))?;
        tell(&have_read(aws, &ours, stream)?)?;
    }
    Ok(())
}

/// The ARN of a table's stream, which is turned on where it is off, and whether it was. A table that is being restored is waited for.
fn turn_on(aws: &dyn AwsApi, table: &str, holds: &str, wait: &dyn Fn(Duration)) -> Result<(String, bool)> {
    let mut was_off = false;
    loop {
        let stream = TableStream::of(aws, table)?;
        if !stream.is_ready {
            wait(PAUSE);
            continue;
        }
        if let Some((arn, held)) = stream.on {
            ensure!(
                held == holds,
                "the stream of {table} holds {held}, and the functions read {holds}: turn it off (aws dynamodb update-table \
                 --table-name {table} --stream-specification StreamEnabled=false) and give this command again"
            );
            return Ok((arn, was_off));
        }
        let specification = format!("StreamEnabled=true,StreamViewType={holds}");
        aws.ask(&["dynamodb", "update-table", "--table-name", table, "--stream-specification", &specification])?;
        was_off = true;
    }
}

/// Sees to it that a function reads `stream` by a mapping like the stack's.
fn have_read(aws: &dyn AwsApi, ours: &Mapping, stream: &str) -> Result<Done> {
    let (function, table) = (ours.function_name().to_owned(), ours.table().to_owned());
    let Some(there) = ours.on(aws, stream)? else {
        let mut body = ours.settings.clone();
        body.insert("FunctionName".to_owned(), json!(ours.function));
        body.insert("EventSourceArn".to_owned(), json!(stream));
        // From the first record that the stream has: nothing of it was read.
        body.insert("StartingPosition".to_owned(), json!("TRIM_HORIZON"));
        aws.ask(&["lambda", "create-event-source-mapping", "--cli-input-json", &Value::Object(body).to_string()])?;
        return Ok(Done::Made { function, table });
    };
    if there.is_on() && there.settings == ours.settings {
        return Ok(Done::Already { function, table });
    }
    let mut body = ours.settings.clone();
    body.insert("UUID".to_owned(), json!(there.uuid));
    body.insert("Enabled".to_owned(), json!(true));
    aws.ask(&["lambda", "update-event-source-mapping", "--cli-input-json", &Value::Object(body).to_string()])?;
    Ok(Done::Mended { function, table })
}

/// A table, as far as its stream goes.
pub(crate) struct TableStream {
    /// Whether nobody is changing the table.
    is_ready: bool,
    /// The stream's ARN and what it holds; none where it is off.
    pub(crate) on: Option<(String, String)>,
}

impl TableStream {
    /// What `describe-table` says of it.
    pub(crate) fn of(aws: &dyn AwsApi, table: &str) -> Result<Self, AwsError> {
        let answer = aws.ask(&["dynamodb", "describe-table", "--table-name", table])?;
        let described = &answer["Table"];
        let specification = &described["StreamSpecification"];
        let held = text(&specification["StreamViewType"]).filter(|_| specification["StreamEnabled"] == true);
        // A stream that was turned off keeps its ARN for a day.
        let on = text(&described["LatestStreamArn"]).zip(held);
        Ok(Self { is_ready: described["TableStatus"] == "ACTIVE", on })
    }
}

#[cfg(test)]
mod tests;
