//! SES version 2: `SendEmail` with simple content.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::{Kind, Message, Messages, now, wire::ses_error};
use crate::random;

/// SES's mailbox simulator takes everything and delivers to nobody.
const SIMULATOR: &str = "@simulator.amazonses.com";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    from_email_address: Option<String>,
    destination: Option<Destination>,
    content: Option<EmailContent>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Destination {
    #[serde(rename = "ToAddresses")]
    to: Vec<String>,
    #[serde(rename = "CcAddresses")]
    cc: Vec<String>,
    #[serde(rename = "BccAddresses")]
    bcc: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EmailContent {
    simple: Option<Simple>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Content,
    body: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    text: Option<Content>,
    html: Option<Content>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    data: String,
}

/// Why SES takes none of a mail.
struct SesError {
    status: StatusCode,
    error: &'static str,
    message: String,
}

impl SesError {
    fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self { status, error, message: message.into() }
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequestException", message)
    }
}

pub(super) async fn send_email(State(messages): State<Messages>, body: Bytes) -> Response {
    match take(&messages, &body) {
        Ok(id) => Json(json!({ "MessageId": id })).into_response(),
        Err(refused) => ses_error(refused.status, refused.error, &refused.message),
    }
}

fn take(messages: &Messages, body: &[u8]) -> Result<String, SesError> {
    let accepted = accept(body)?;
    let id = random::hex(16)
        .map_err(|error| SesError::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", error.to_string()))?;
    for message in accepted {
        messages.add(message);
    }
    Ok(id)
}

/// One message per recipient, or SES's refusal of all of them.
fn accept(body: &[u8]) -> Result<Vec<Message>, SesError> {
    let request: SendEmail = serde_json::from_slice(body).map_err(|error| SesError::bad_request(error.to_string()))?;
    if request.from_email_address.is_none_or(|from| !from.contains('@')) {
        return Err(SesError::bad_request("FromEmailAddress must be an address."));
    }
    let Some(simple) = request.content.and_then(|content| content.simple) else {
        return Err(SesError::bad_request("This local SES takes Simple content only, not Raw or Template."));
    };
    if simple.body.text.is_none() && simple.body.html.is_none() {
        return Err(SesError::bad_request("Body needs Text or Html."));
    }
    let recipients = recipients(request.destination.unwrap_or_default())?;
    let (text, html) = (simple.body.text.map(|text| text.data), simple.body.html.map(|html| html.data));
    let sent_at = now();
    Ok(recipients
        .into_iter()
        .filter(|to| !to.to_ascii_lowercase().ends_with(SIMULATOR))
        .map(|to| Message {
            kind: Kind::Email,
            to,
            subject: Some(simple.subject.data.clone()),
            text: text.clone(),
            html: html.clone(),
            sent_at: sent_at.clone(),
            attributes: BTreeMap::new(),
        })
        .collect())
}

fn recipients(destination: Destination) -> Result<Vec<String>, SesError> {
    let all = [destination.to, destination.cc, destination.bcc].concat();
    let all: Vec<_> = all.iter().map(|recipient| address(recipient).to_owned()).collect();
    if all.is_empty() {
        return Err(SesError::bad_request("Destination needs an address."));
    }
    for to in &all {
        match to.split_once('@').map(|(local, _)| local.to_ascii_lowercase()).as_deref() {
            None => return Err(SesError::bad_request(format!("{to} is not an address."))),
            Some("throttle") => {
                let message = "Maximum sending rate exceeded.";
                return Err(SesError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", message));
            }
            Some("reject") => {
                let message = "Email address is not verified.";
                return Err(SesError::new(StatusCode::BAD_REQUEST, "MessageRejected", message));
            }
            Some(_) => {}
        }
    }
    Ok(all)
}

/// `ada@example.com` of `Ada <ada@example.com>`.
fn address(recipient: &str) -> &str {
    recipient.rsplit_once('<').map_or(recipient, |(_, rest)| rest.trim_end_matches('>')).trim()
}
