//! Errors of the store itself: unavailable, a corrupt item, unusable keys.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::token::ring::KeyError;

/// The store did not do what it was asked, for a reason that is not the caller's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB did not answer, or refused to work, until the tries ran out. A later try may succeed; whether this
    /// one had an effect is not known.
    #[error("{operation}: {cause}")]
    Unavailable {
        /// The DynamoDB operation.
        operation: &'static str,
        /// DynamoDB's error code, or how the connection failed.
        cause: String,
    },
    /// An item is not as this release writes or reads it.
    #[error("an item of {entity} has no usable `{attribute}`")]
    Corrupt {
        /// What the item should be.
        entity: &'static str,
        /// The attribute.
        attribute: &'static str,
    },
    /// The key ring cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// Causes after which the same call may succeed in a moment: error codes of DynamoDB, its reasons for cancelling a transaction,
/// failures of the connection, and other changes of the same user.
const PASSING: [&str; 18] = [
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    "cancelled without a reason",
    "connection failed",
    "the user kept changing",
    "the user kept moving on",
    "the user moved on in this moment",
    "timeout",
    "unknown error",
    "unreadable answer",
];

/// Causes that lie in an item: of a write, and of a transaction that has it.
const OF_ITEM: [&str; 2] = ["ValidationException", "ValidationError"];

impl StoreError {
    /// The error of a request that met another change of its user. Its repetition finds whether its session still stands.
    #[must_use]
    pub fn moved_on() -> Self {
        Self::Unavailable { operation: "UpdateItem", cause: "the user moved on in this moment".to_owned() }
    }

    /// Whether the same call may succeed in a moment. It does not if a table is missing, or if the role may not write.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable { cause, .. } if PASSING.contains(&cause.as_str()))
    }

    /// Whether DynamoDB or a reader refused the item itself, so that a run can go on with the next item. Other errors would meet every
    /// item: a missing table, or a role that may not write.
    #[must_use]
    pub fn concerns_the_item(&self) -> bool {
        match self {
            Self::Unavailable { cause, .. } => OF_ITEM.contains(&cause.as_str()),
            Self::Corrupt { .. } => true,
            Self::Keys(_) => false,
        }
    }

    /// A drawn number belongs to somebody: asking again draws another.
    pub(super) fn user_id_taken() -> Self {
        Self::Unavailable { operation: "TransactWriteItems", cause: "the drawn user id is taken".to_owned() }
    }

    /// What went wrong with an operation, in words that hold no data: never the message, which may quote the request.
    pub(super) fn unavailable<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> Self {
        let cause = match error {
            SdkError::ServiceError(refused) => refused.err().code().unwrap_or("unknown error"),
            SdkError::TimeoutError(_) => "timeout",
            SdkError::DispatchFailure(_) => "connection failed",
            SdkError::ResponseError(_) => "unreadable answer",
            _ => "request not built",
        };
        Self::Unavailable { operation, cause: cause.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::StoreError;

    #[test]
    fn a_store_that_is_busy_may_answer_in_a_moment_and_a_mistake_stays() {
        let is_passing =
            |cause: &str| StoreError::Unavailable { operation: "PutItem", cause: cause.to_owned() }.is_passing();
        for cause in ["timeout", "connection failed", "ThrottlingException", "ThrottlingError", "InternalServerError"] {
            assert!(is_passing(cause), "{cause}");
        }
        for cause in ["ValidationException", "AccessDeniedException", "ExpiredTokenException", "request not built"] {
            assert!(!is_passing(cause), "{cause}");
        }
        assert!(!StoreError::Corrupt { entity: "user", attribute: "id" }.is_passing());
    }

    #[test]
    fn an_item_that_is_refused_is_not_an_error_of_the_whole_run() {
        let concerns_the_item =
            |cause: &str| StoreError::Unavailable { operation: "PutItem", cause: cause.to_owned() }.concerns_the_item();
        assert!(concerns_the_item("ValidationException") && concerns_the_item("ValidationError"));
        assert!(StoreError::Corrupt { entity: "user", attribute: "id" }.concerns_the_item());
        for cause in ["timeout", "AccessDeniedException", "ResourceNotFoundException", "ExpiredTokenException"] {
            assert!(!concerns_the_item(cause), "{cause}");
        }
    }
}
