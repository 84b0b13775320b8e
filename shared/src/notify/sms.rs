//! Text messages, by SNS.

use std::collections::HashMap;

use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::app::App;
use crate::app::sms::SmsPolicy;
use crate::aws::Aws;
use crate::config::SmsConfig;
use crate::notify::text_message::TextMessage;
use crate::user::phone::Phone;

/// Sends text messages.
#[derive(Debug)]
pub struct Texter {
    sns: aws_sdk_sns::Client,
    config: SmsConfig,
}

/// Why a text message was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTexted {
    /// SNS refuses this message or this number, and would refuse it again.
    #[error("SNS refused the message: {0}")]
    Refused(String),
    /// SNS is too busy or broken, and said so: the message was not sent.
    #[error("SNS is unavailable: {0}")]
    Busy(String),
    /// SNS did not answer. Whether the message left is not known; it was not repeated.
    #[error("SNS did not answer: {0}")]
    Unknown(String),
}

/// Tries of a message that SNS has said it did not take.
const TRIES: u32 = 2;

impl Texter {
    /// A texter for a deployment.
    #[must_use]
    pub fn new(aws: &Aws, config: SmsConfig) -> Self {
        Self { sns: aws.sns(), config }
    }

    /// Sends a message for `app`, never twice.
    ///
    /// # Errors
    /// [`NotTexted`]
    pub async fn send(&self, app: &App, to: &Phone, message: TextMessage) -> Result<(), NotTexted> {
        for _ in 1..TRIES {
            match self.try_send(app, to, &message).await {
                Err(NotTexted::Busy(_)) => {}
                outcome => return outcome,
            }
        }
        self.try_send(app, to, &message).await
    }

    async fn try_send(&self, app: &App, to: &Phone, message: &TextMessage) -> Result<(), NotTexted> {
        self.sns
            .publish()
            .phone_number(to.as_e164())
            .message(message.expose())
            .set_message_attributes(Some(self.attributes(&app.policy.sms)?))
            .send()
            .await
            .map(drop)
            .map_err(|error| read_failure(&error))
    }

    /// What SNS is told about a message. Transactional: a code is worth the carriers' better routes. The price is a
    /// ceiling: SNS sends no message that costs more.
    fn attributes(&self, policy: &SmsPolicy) -> Result<HashMap<String, MessageAttributeValue>, NotTexted> {
        let of = |app: &Option<String>, deployment: &Option<String>| app.clone().or_else(|| deployment.clone());
        let attributes = [
            ("AWS.SNS.SMS.SMSType", "String", Some("Transactional".to_owned())),
            ("AWS.SNS.SMS.MaxPrice", "Number", Some(self.config.max_price.clone())),
            ("AWS.SNS.SMS.SenderID", "String", of(&policy.sender_id, &self.config.sender_id)),
            ("AWS.MM.SMS.OriginationNumber", "String", self.config.origination_number.clone()),
            // What India's DLT knows the sender and the text by.
            ("AWS.MM.SMS.EntityId", "String", of(&policy.entity_id, &self.config.entity_id)),
            ("AWS.MM.SMS.TemplateId", "String", of(&policy.template_id, &self.config.template_id)),
        ];
        let given = attributes.into_iter().filter_map(|(name, kind, value)| Some((name, kind, value?)));
        given
            .map(|(name, kind, value)| {
                let value = MessageAttributeValue::builder().data_type(kind).string_value(value).build();
                Ok((name.to_owned(), value.map_err(|_| NotTexted::Refused("attribute".to_owned()))?))
            })
            .collect()
    }
}

/// What SNS says when it takes nothing for the moment: the query protocol has no type for it.
const THROTTLED: [&str; 3] = ["Throttling", "ThrottlingException", "Throttled"];

fn read_failure<R>(error: &SdkError<PublishError, R>) -> NotTexted {
    let SdkError::ServiceError(refused) = error else {
        let cause = match error {
            SdkError::TimeoutError(_) => "timeout",
            SdkError::DispatchFailure(_) => "connection failed",
            SdkError::ResponseError(_) => "unreadable answer",
            _ => return NotTexted::Refused("request not built".to_owned()),
        };
        return NotTexted::Unknown(cause.to_owned());
    };
    let Some(code) = refused.err().code() else { return NotTexted::Unknown("unknown error".to_owned()) };
    let busy = THROTTLED.contains(&code) || matches!(refused.err(), PublishError::InternalErrorException(_));
    if busy { NotTexted::Busy(code.to_owned()) } else { NotTexted::Refused(code.to_owned()) }
}
