//! How SES version 2 (REST, JSON) and SNS (the query protocol, XML) word an error.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

const REQUEST_ID: &str = "00000000-0000-4000-8000-000000000000";

/// An error of SES: its name in a header, its message in JSON.
pub(crate) fn ses_error(status: StatusCode, error: &'static str, message: &str) -> Response {
    let mut response = (status, json!({ "message": message }).to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(error));
    headers.insert(HeaderName::from_static("x-amzn-requestid"), HeaderValue::from_static(REQUEST_ID));
    response
}

/// An error of SNS: all of it in XML.
pub(crate) fn sns_error(status: StatusCode, code: &str, message: &str) -> Response {
    let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
    let body = format!(
        "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>{fault}</Type>\
         <Code>{code}</Code><Message>{}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>",
        escape(message)
    );
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

/// SNS's answer to a message that it took.
pub(crate) fn sns_published(message_id: &str) -> Response {
    let body = format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
         <MessageId>{message_id}</MessageId></PublishResult><ResponseMetadata><RequestId>{REQUEST_ID}</RequestId>\
         </ResponseMetadata></PublishResponse>"
    );
    ([(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

/// `text` so that it can stand in XML and in HTML, in an attribute too.
pub(crate) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}
