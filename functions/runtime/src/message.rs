//! What a log line says that is not of a request, by a stable text: listed in `docs/operations.md`.

use serde::{Serialize, Serializer};
use shared::service::notice::UnfinishedStep;

/// The `message` of a log line. An operator's queries use its text, so it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Message {
    /// The environment of the process lacks something, or has something that cannot be used.
    NotConfigured,
    /// The template's `Handler` names no function of the program.
    WrongHandler,
    /// The async runtime did not start.
    NoAsyncRuntime,
    /// The Runtime API ended the connection.
    RuntimeApiGone,
    /// The key ring could not be read before the first request.
    KeyRingUnread,
    /// A panic, with its place.
    Panic,
    /// A budget held a message back.
    Suppressed,
    /// A mail was not sent, where the answer does not tell.
    MailNotSent,
    /// A refresh token came back after its successor was used.
    TokenReused,
    /// A request went on without a captcha.
    CaptchaUnverified,
    /// A password was taken without the service of breached passwords.
    BreachUnanswered,
    /// A user of an old pool was not moved here.
    UserNotMoved,
    /// An event was not taken and comes again.
    EventComesAgain,
    /// What was handed over is not an event of a stream.
    NotAStreamEvent,
    /// What was handed over is not an event of a queue.
    NotAQueueEvent,
    /// A record of a stream that cannot be read, so that the trail lacks it.
    ChangeMissing,
    /// A record of a stream that cannot be read, so that no endpoint hears of it.
    WebhookMissing,
    /// A record of a stream that cannot be read, so that its user is not told.
    ConnectionUntold,
    /// A message of the queue that cannot be read.
    UnreadableQueueMessage,
    /// An endpoint did not take a message.
    EndpointRefused,
    /// A message could not be hidden for as long as it should wait.
    EarlyQueueMessage,
    /// A message was not delivered, by a failure of ours.
    QueueMessageComesAgain,
    /// A step that the answer does not depend on failed.
    Unfinished(UnfinishedStep),
}

/// Every step. One that is missing does not compile: add it here, and to `docs/operations.md`.
const STEPS: &[UnfinishedStep] = crate::one_of_each!(UnfinishedStep:
    EndFormerSession,
    NoteGrantUse,
    NoteClientUse,
    ForgetTries,
    WithdrawNewEmailCode,
    TellFormerAddress,
    Tell,
    AskToVerify,
    MailVerification,
    WriteVerification,
    NoteVerificationMailed,
    WithdrawVerification,
);

impl Message {
    /// All of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let alone: &[Self] = crate::one_of_each!(Message:
            NotConfigured,
            WrongHandler,
            NoAsyncRuntime,
            RuntimeApiGone,
            KeyRingUnread,
            Panic,
            Suppressed,
            MailNotSent,
            TokenReused,
            CaptchaUnverified,
            BreachUnanswered,
            UserNotMoved,
            EventComesAgain,
            NotAStreamEvent,
            NotAQueueEvent,
            ChangeMissing,
            WebhookMissing,
            ConnectionUntold,
            UnreadableQueueMessage,
            EndpointRefused,
            EarlyQueueMessage,
            QueueMessageComesAgain,
            Unfinished(UnfinishedStep::Tell),
        );
        let alone = alone.iter().copied().filter(|message| !matches!(message, Self::Unfinished(_)));
        alone.chain(STEPS.iter().copied().map(Self::Unfinished)).collect()
    }

    /// The text.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotConfigured => "the function is not configured",
            Self::WrongHandler => "the template's Handler is not a function of this program",
            Self::NoAsyncRuntime => "the async runtime did not start",
            Self::RuntimeApiGone => "the Runtime API went away",
            Self::KeyRingUnread => "the key ring could not be read in INIT",
            Self::Panic => "panic",
            Self::Suppressed => "suppressed",
            Self::MailNotSent => "mail not sent",
            Self::TokenReused => "token reused",
            Self::CaptchaUnverified => "captcha unverified",
            Self::BreachUnanswered => "breach check unanswered",
            Self::UserNotMoved => "user not moved",
            Self::EventComesAgain => "an event was not taken and comes again",
            Self::NotAStreamEvent => "an event is not of a stream",
            Self::NotAQueueEvent => "an event is not of a queue",
            Self::ChangeMissing => "a change is missing in the audit trail",
            Self::WebhookMissing => "a webhook is missing",
            Self::ConnectionUntold => "a user was not told of a connection",
            Self::UnreadableQueueMessage => "a message in the queue cannot be read",
            Self::EndpointRefused => "an endpoint did not take a message",
            Self::EarlyQueueMessage => "a message comes back earlier than it should",
            Self::QueueMessageComesAgain => "a message was not delivered and comes again",
            Self::Unfinished(step) => step.says(),
        }
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}
