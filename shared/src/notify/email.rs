//! Mail, by SES.

use aws_sdk_sesv2::config::http::HttpResponse;
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};

use crate::aws::Aws;
use crate::notify::letter::Letter;
use crate::user::email::Email;

/// Sends letters.
#[derive(Debug)]
pub struct Mailer {
    ses: aws_sdk_sesv2::Client,
    from: String,
    configuration_set: Option<String>,
}

/// To whom a letter goes.
#[derive(Clone, Copy, Debug)]
pub enum Recipient<'a> {
    /// To somebody who asked for it.
    Person(&'a Email),
    /// To nobody: SES's mailbox simulator takes it and throws it away. So a request for an address that nobody
    /// registered makes the same call, waits as long and fails when SES fails, and no stranger gets mail.
    /// The simulator counts neither against the reputation nor against the daily quota.
    Nobody,
}

const SIMULATOR: &str = "success@simulator.amazonses.com";

/// Why a letter was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// SES refuses this letter or this address, and would refuse it again.
    #[error("SES refused the letter: {0}")]
    Refused(String),
    /// SES is too busy or broken, and said so: the letter was not sent.
    #[error("SES is unavailable: {0}")]
    Busy(String),
    /// SES did not answer, or not in a way that can be read. Whether the letter left is not known; it was not repeated.
    #[error("SES did not answer: {0}")]
    Unknown(String),
}

/// Tries of a letter that SES has said it did not take.
const TRIES: u32 = 2;

impl Mailer {
    /// A mailer that sends as `from`, through a configuration set. Without one SES takes the default of the sender's identity.
    #[must_use]
    pub fn new(aws: &Aws, from: String, configuration_set: Option<String>) -> Self {
        Self { ses: aws.ses(), from, configuration_set }
    }

    /// Sends a letter, never twice.
    ///
    /// # Errors
    /// [`NotSent`]
    pub async fn send(&self, to: Recipient<'_>, letter: Letter) -> Result<(), NotSent> {
        for _ in 1..TRIES {
            match self.try_send(to, &letter).await {
                Err(NotSent::Busy(_)) => {}
                outcome => return outcome,
            }
        }
        self.try_send(to, &letter).await
    }

    async fn try_send(&self, to: Recipient<'_>, letter: &Letter) -> Result<(), NotSent> {
        let to = match to {
            Recipient::Person(email) => email.as_str(),
            Recipient::Nobody => SIMULATOR,
        };
        self.ses
            .send_email()
            .from_email_address(&self.from)
            .set_configuration_set_name(self.configuration_set.clone())
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().set_simple(Some(message(letter)?)).build())
            .send()
            .await
            .map(drop)
            .map_err(|error| read_failure(&error))
    }
}

fn read_failure(error: &SdkError<SendEmailError, HttpResponse>) -> NotSent {
    let SdkError::ServiceError(refused) = error else {
        let cause = match error {
            SdkError::TimeoutError(_) => "timeout",
            SdkError::DispatchFailure(_) => "connection failed",
            SdkError::ResponseError(_) => "unreadable answer",
            _ => return NotSent::Refused("request not built".to_owned()),
        };
        return NotSent::Unknown(cause.to_owned());
    };
    // The SDK's error for a body that it cannot read, whatever the status: a letter may have been taken.
    if refused.raw().status().is_success() {
        return NotSent::Unknown("unreadable answer".to_owned());
    }
    let code = refused.err().code().unwrap_or("unknown error").to_owned();
    match refused.err() {
        SendEmailError::MessageRejected(_) | SendEmailError::BadRequestException(_) => NotSent::Refused(code),
        _ => NotSent::Busy(code),
    }
}

fn message(letter: &Letter) -> Result<Message, NotSent> {
    let content = |data: &str| {
        Content::builder().data(data).charset("UTF-8").build().map_err(|_| NotSent::Refused("content".to_owned()))
    };
    let body = Body::builder().text(content(&letter.text)?).html(content(&letter.html)?).build();
    Ok(Message::builder().subject(content(&letter.subject)?).body(body).build())
}
