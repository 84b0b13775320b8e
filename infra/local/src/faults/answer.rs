//! Errors in the words of the service that was called.

use axum::{
    body::Body,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::call::{Call, Service};
use crate::outbox::wire;

pub(super) fn throttled(call: &Call) -> Response {
    match call.service {
        Service::DynamoDb => dynamodb(
            StatusCode::BAD_REQUEST,
            "ProvisionedThroughputExceededException",
            json!({ "message": "The level of configured provisioned throughput for the table was exceeded." }),
        ),
        Service::Ses => {
            wire::ses_error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Maximum sending rate exceeded.")
        }
        Service::Sns => wire::sns_error(StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded"),
        Service::Web => StatusCode::TOO_MANY_REQUESTS.into_response(),
    }
}

pub(super) fn internal_error(call: &Call) -> Response {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    match call.service {
        Service::DynamoDb => {
            dynamodb(status, "InternalServerError", json!({ "message": "The request could not be processed." }))
        }
        Service::Ses => wire::ses_error(status, "InternalFailure", "The request could not be processed."),
        Service::Sns => wire::sns_error(status, "InternalError", "The request could not be processed."),
        Service::Web => status.into_response(),
    }
}

pub(super) fn conflict(call: &Call) -> Response {
    let status = StatusCode::BAD_REQUEST;
    match (call.service, call.operation.as_str()) {
        (Service::DynamoDb, "TransactWriteItems" | "TransactGetItems") => {
            dynamodb(status, "TransactionCanceledException", cancellation(&call.body))
        }
        (Service::DynamoDb, _) => dynamodb(
            status,
            "TransactionConflictException",
            json!({ "message": "Transaction is ongoing for the item" }),
        ),
        (Service::Ses, _) => wire::ses_error(StatusCode::CONFLICT, "ConflictException", "It is being changed."),
        (Service::Sns, _) => wire::sns_error(StatusCode::CONFLICT, "ConcurrentAccess", "It is being changed."),
        (Service::Web, _) => StatusCode::CONFLICT.into_response(),
    }
}

pub(super) fn garbage(call: &Call) -> Response {
    // Neither JSON nor XML nor UTF-8.
    let body = &b"\xff\xfe<{\"garbage\": \x00"[..];
    match call.service {
        Service::DynamoDb => ([(header::CONTENT_TYPE, "application/x-amz-json-1.0")], body).into_response(),
        Service::Ses | Service::Web => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Service::Sns => ([(header::CONTENT_TYPE, "text/xml")], body).into_response(),
    }
}

pub(super) fn redirect(place: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
}

/// A transaction of which the first item conflicted: one reason per item, as `DynamoDB` lists them.
fn cancellation(body: &[u8]) -> Value {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let items = request["TransactItems"].as_array().map_or(1, Vec::len).max(1);
    let codes: Vec<_> = (0..items).map(|index| if index == 0 { "TransactionConflict" } else { "None" }).collect();
    let reasons: Vec<_> = codes
        .iter()
        .map(|code| match *code {
            "None" => json!({ "Code": "None" }),
            code => json!({ "Code": code, "Message": "Transaction is ongoing for the item" }),
        })
        .collect();
    json!({
        "Message": format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        ),
        "CancellationReasons": reasons,
    })
}

fn dynamodb(status: StatusCode, error: &str, mut body: Value) -> Response {
    body["__type"] = json!(format!("com.amazonaws.dynamodb.v20120810#{error}"));
    let headers = [
        (header::CONTENT_TYPE, "application/x-amz-json-1.0"),
        (HeaderName::from_static("x-amzn-requestid"), "LOCALFAULT"),
    ];
    (status, headers, Body::from(body.to_string())).into_response()
}
