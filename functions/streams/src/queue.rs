//! The queue between the tables' streams and the endpoints: SQS, by its SDK (docs/decisions/0270-webhooks-wait-in-sqs.md).

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use shared::aws::Aws;
use shared::clock::Seconds;
use shared::webhook::delivery::Parcel;

/// A queue of SQS.
#[derive(Clone, Debug)]
pub struct Queue {
    sqs: aws_sdk_sqs::Client,
    url: String,
}

/// The queue did not do what it was asked. The text holds no data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {cause}")]
pub struct QueueError {
    operation: &'static str,
    cause: String,
}

impl Queue {
    /// The queue at `url`, as the stack names it. In a local run it is at `endpoint`.
    #[must_use]
    pub fn new(aws: &Aws, endpoint: Option<String>, url: String) -> Self {
        Self { sqs: aws_sdk_sqs::Client::new(&aws.further(endpoint)), url }
    }

    /// Another queue of the same deployment.
    #[must_use]
    pub fn beside(&self, url: String) -> Self {
        Self { sqs: self.sqs.clone(), url }
    }

    /// Puts a parcel into the queue. One whose answer was lost may be there twice: who takes it out asks the table.
    ///
    /// # Errors
    /// [`QueueError`]
    pub async fn send(&self, parcel: &Parcel) -> Result<(), QueueError> {
        let body = serde_json::to_string(parcel);
        let body = body.map_err(|error| QueueError { operation: "SendMessage", cause: error.to_string() })?;
        let sent = self.sqs.send_message().queue_url(&self.url).message_body(body).send().await;
        sent.map(drop).map_err(|error| failed("SendMessage", &error))
    }

    /// Hides a message that was taken out for a time longer, twelve hours at most.
    ///
    /// # Errors
    /// [`QueueError`]: it comes back when the queue's own time is over.
    pub async fn postpone(&self, receipt: &str, by: Seconds) -> Result<(), QueueError> {
        let by = i32::try_from(by.0).unwrap_or(LONGEST).clamp(0, LONGEST);
        let hide = self.sqs.change_message_visibility().queue_url(&self.url).receipt_handle(receipt);
        let hidden = hide.visibility_timeout(by).send().await;
        hidden.map(drop).map_err(|error| failed("ChangeMessageVisibility", &error))
    }
}

/// SQS counts from when the message was taken out: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>.
const LONGEST: i32 = 12 * 3600 - 60;

fn failed<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> QueueError {
    let cause = match error {
        SdkError::ServiceError(refused) => refused.err().code().unwrap_or("unknown error"),
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "connection failed",
        _ => "no usable answer",
    };
    QueueError { operation, cause: cause.to_owned() }
}
