//! SNS: `Publish` to a phone number.

use std::collections::{BTreeMap, HashMap};

use axum::{
    extract::{Form, State},
    http::StatusCode,
    response::Response,
};

use super::{
    Kind, Message, Messages, now,
    wire::{sns_error, sns_published},
};
use crate::random;

pub(super) async fn publish(
    State(messages): State<Messages>,
    Form(request): Form<HashMap<String, String>>,
) -> Response {
    let parameter = |name: &str| request.get(name).map(String::as_str).filter(|value| !value.is_empty());
    match parameter("Action") {
        Some("Publish") => {}
        Some(other) => {
            let said = format!("This local SNS knows Publish only, not {other}.");
            return sns_error(StatusCode::BAD_REQUEST, "InvalidAction", &said);
        }
        None => return sns_error(StatusCode::BAD_REQUEST, "MissingAction", "The request names no Action."),
    }
    let (Some(phone), Some(text)) = (parameter("PhoneNumber"), parameter("Message")) else {
        return invalid("This local SNS needs PhoneNumber and Message.");
    };
    if !is_phone(phone) {
        return invalid(&format!("Invalid parameter: PhoneNumber Reason: {phone} is not valid to publish to"));
    }
    if phone.ends_with("0000") {
        return invalid(&format!("Invalid parameter: PhoneNumber Reason: {phone} is opted out"));
    }
    messages.add(Message {
        kind: Kind::Sms,
        to: phone.to_owned(),
        subject: None,
        text: Some(text.to_owned()),
        html: None,
        sent_at: now(),
        attributes: attributes(&request),
    });
    match random::hex(16) {
        Ok(id) => sns_published(&id),
        Err(error) => sns_error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", &error.to_string()),
    }
}

/// `MessageAttributes`, which the query protocol flattens into numbered parameters.
fn attributes(request: &HashMap<String, String>) -> BTreeMap<String, String> {
    let names = request.iter().filter_map(|(key, name)| {
        let entry = key.strip_prefix("MessageAttributes.entry.")?.strip_suffix(".Name")?;
        let value = request.get(&format!("MessageAttributes.entry.{entry}.Value.StringValue"))?;
        Some((name.clone(), value.clone()))
    });
    names.collect()
}

/// E.164: a plus and up to fifteen digits.
fn is_phone(number: &str) -> bool {
    number
        .strip_prefix('+')
        .is_some_and(|digits| (5..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()))
}

fn invalid(message: &str) -> Response {
    sns_error(StatusCode::BAD_REQUEST, "InvalidParameter", message)
}
