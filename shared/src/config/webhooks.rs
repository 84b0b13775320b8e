//! What webhooks need of the environment.

use super::environment::{Environment, of_process};
use super::{AwsConfig, ConfigError, Tables};
use crate::secret::Secret;

/// The configuration of the function that finds out which endpoints are told of what. It opens no secret.
#[derive(Clone, Debug)]
pub struct WebhooksConfig {
    /// Endpoint and credentials of the AWS services.
    pub aws: AwsConfig,
    /// `CORE_TABLE` and `LIVE_TABLE`. It counts nothing.
    pub tables: Tables,
    /// `WEBHOOK_QUEUE`: the address of the queue.
    pub queue: String,
    /// `AWS_ENDPOINT_URL_SQS`: where the queue is in a local run.
    pub sqs_endpoint: Option<String>,
}

/// The configuration of the function that sends messages to endpoints.
#[derive(Debug)]
pub struct DeliverConfig {
    /// What it has in common with the other.
    pub common: WebhooksConfig,
    /// `WEBHOOK_DEAD_LETTERS`: the address of the queue of what nobody took.
    pub dead_letters: String,
    /// `PUBLIC_URL`: a deployment on this machine may call this machine.
    pub public_url: String,
    /// `KEY_RING_KEK`, which opens the ring, which opens the endpoints' secrets.
    pub kek: Secret<String>,
}

impl WebhooksConfig {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&of_process)
    }

    /// Reads variables through `lookup`; an empty one counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn read(lookup: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(lookup);
        Ok(Self {
            aws: env.aws()?,
            tables: Tables {
                core: env.required("CORE_TABLE")?,
                live: env.required("LIVE_TABLE")?,
                rate: String::new(),
            },
            queue: env.required("WEBHOOK_QUEUE")?,
            sqs_endpoint: env.optional("AWS_ENDPOINT_URL_SQS"),
        })
    }
}

impl DeliverConfig {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&of_process)
    }

    /// Reads variables through `lookup`; an empty one counts as absent.
    ///
    /// # Errors
    /// The first variable that is missing or cannot be used.
    pub fn read(lookup: &dyn Fn(&'static str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Environment::new(lookup);
        Ok(Self {
            common: WebhooksConfig::read(lookup)?,
            dead_letters: env.required("WEBHOOK_DEAD_LETTERS")?,
            public_url: env.public_url()?,
            kek: env.kek()?,
        })
    }
}
