//! Event source mappings: which function reads which stream, and how.

use serde_json::{Map, Value, json};

use crate::doctor::aws::{AwsApi, AwsError};
use crate::doctor::stack::{Resources, text};

/// What a mapping is set to, by the names that `CreateEventSourceMapping`, `UpdateEventSourceMapping` and `GetEventSourceMapping`
/// share. <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>
const SETTINGS: [&str; 10] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
];

/// A mapping of a table's stream to a function.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mapping {
    pub(crate) uuid: String,
    /// The ARN of the function's alias.
    pub(crate) function: String,
    /// The ARN of the stream, …:table/NAME/stream/TIME.
    pub(crate) stream: String,
    pub(crate) state: String,
    /// Batches, filters, and where what cannot be read goes.
    pub(crate) settings: Map<String, Value>,
}

impl Mapping {
    /// Those that the stack made, whichever stream they name.
    pub(crate) fn of_stack(aws: &dyn AwsApi, resources: &Resources) -> Result<Vec<Self>, AwsError> {
        let uuids = resources.of_type("AWS::Lambda::EventSourceMapping").map(|(_, uuid)| uuid);
        let asked = uuids.map(|uuid| aws.ask(&["lambda", "get-event-source-mapping", "--uuid", uuid]));
        let all: Vec<_> = asked.map(|answer| Ok(Self::read(&answer?))).collect::<Result<_, AwsError>>()?;
        Ok(all.into_iter().flatten().collect())
    }

    /// The mapping by which the same function reads `stream`: this one, or one that was made by hand. None where there is none.
    pub(crate) fn on(&self, aws: &dyn AwsApi, stream: &str) -> Result<Option<Self>, AwsError> {
        if self.stream == stream {
            return Ok(Some(self.clone()));
        }
        let call = ["lambda", "list-event-source-mappings", "--function-name", &self.function];
        let answer = aws.ask(&[&call[..], &["--event-source-arn", stream]].concat())?;
        Ok(answer["EventSourceMappings"].as_array().into_iter().flatten().find_map(Self::read))
    }

    /// None of a queue.
    fn read(answer: &Value) -> Option<Self> {
        let stream = text(&answer["EventSourceArn"]).filter(|arn| arn.contains("/stream/"))?;
        let mut settings: Map<_, _> = SETTINGS
            .into_iter()
            .filter(|name| !answer[name].is_null())
            .map(|name| (name.to_owned(), answer[name].clone()))
            .collect();
        // AWS also tells of a destination for what was read, which a stream's mapping cannot have.
        if let Some(destination) = settings.get_mut("DestinationConfig") {
            *destination = json!({"OnFailure": destination["OnFailure"]});
        }
        Some(Self {
            uuid: text(&answer["UUID"])?,
            function: text(&answer["FunctionArn"])?,
            stream,
            state: text(&answer["State"]).unwrap_or_default(),
            settings,
        })
    }

    /// The name of the table whose stream it reads.
    pub(crate) fn table(&self) -> &str {
        let after = self.stream.split_once(":table/").map_or("", |(_, after)| after);
        after.split_once('/').map_or(after, |(table, _)| table)
    }

    /// The function's name with its alias, such as `latchet-audit:live`.
    pub(crate) fn function_name(&self) -> &str {
        self.function.split_once(":function:").map_or(&self.function, |(_, name)| name)
    }

    /// Whether it hands the function what the stream has, or will within a minute.
    pub(crate) fn is_on(&self) -> bool {
        self.state == "Enabled" || self.is_coming()
    }

    /// Whether Lambda is still at it.
    pub(crate) fn is_coming(&self) -> bool {
        matches!(self.state.as_str(), "Creating" | "Enabling" | "Updating")
    }
}
