//! How AWS services are reached: one HTTPS client, credentials from the environment, short timeouts.

mod dynamodb;
mod signer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_smithy_runtime::client::retries::TokenBucket;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::{BeforeTransmitInterceptorContextRef, InterceptorContext};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use https::Https;

use self::dynamodb::Parts;
pub(crate) use self::dynamodb::{Dynamo, SendBy};
use crate::config::AwsConfig;

/// One try. A healthy DynamoDB answers in milliseconds; a client that waits a second is better off asking again.
const ATTEMPT: Duration = Duration::from_secs(1);
/// All tries together: a request of two operations in sequence still ends before its own deadline.
const OPERATION: Duration = Duration::from_secs(4);
/// Tries of an operation that may be repeated.
const TRIES: u32 = 3;
/// The SDK's own first pause of up to a second would outlast the client's patience.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// What every service client is made of.
#[derive(Clone, Debug)]
pub struct Aws {
    config: Arc<AwsConfig>,
    http: SharedHttpClient,
    calls: Calls,
}

impl Aws {
    /// Prepares the HTTPS client. Nothing is connected yet.
    #[must_use]
    pub fn new(config: AwsConfig) -> Self {
        let http = SharedHttpClient::new(Https::to_aws(ATTEMPT, config.trusted.clone()));
        Self { config: Arc::new(config), http, calls: Calls::default() }
    }

    /// Counts every request that leaves for AWS, repeated ones too.
    #[must_use]
    pub const fn calls(&self) -> &Calls {
        &self.calls
    }

    /// With an allowance of repetitions of its own. The SDK's default is one for all clients of the process, so that
    /// an outage of one deployment would leave the next one, in a test or a bench, without any.
    pub(crate) fn dynamodb(&self) -> Dynamo {
        let parts = Parts {
            region: self.config.region.clone(),
            endpoint: self.config.dynamodb_endpoint.clone(),
            credentials: self.credentials(),
            http: self.http.clone(),
            timeouts: timeouts(ATTEMPT),
            retries: retries(TRIES),
            allowance: TokenBucket::default(),
            calls: self.calls.clone(),
        };
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::new(parts.region.clone()))
            .credentials_provider(parts.credentials.clone())
            .http_client(parts.http.clone())
            .timeout_config(parts.timeouts.clone())
            .retry_config(parts.retries.clone())
            .retry_partition(parts.partition())
            .stalled_stream_protection(aws_sdk_dynamodb::config::StalledStreamProtectionConfig::disabled())
            .retry_classifier(Repeatable)
            .interceptor(self.calls.clone());
        config.set_endpoint_url(parts.endpoint.clone());
        Dynamo::new(config.build(), parts)
    }

    /// Mail is not sent twice: whether a lost answer meant a lost mail cannot be known, so the SDK may not repeat.
    /// What SES refused in so many words is repeated by `notify::email`.
    pub(crate) fn ses(&self) -> aws_sdk_sesv2::Client {
        let mut config = aws_sdk_sesv2::Config::builder()
            .behavior_version(aws_sdk_sesv2::config::BehaviorVersion::latest())
            .region(aws_sdk_sesv2::config::Region::new(self.config.region.clone()))
            .credentials_provider(self.credentials())
            .http_client(self.http.clone())
            .timeout_config(timeouts(ATTEMPT * 2))
            .retry_config(retries(1))
            .stalled_stream_protection(aws_sdk_sesv2::config::StalledStreamProtectionConfig::disabled())
            .interceptor(self.calls.clone());
        config.set_endpoint_url(self.config.ses_endpoint.clone());
        aws_sdk_sesv2::Client::from_conf(config.build())
    }

    /// A text message is not sent twice either, and for the same reason.
    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        let mut config = aws_sdk_sns::Config::builder()
            .behavior_version(aws_sdk_sns::config::BehaviorVersion::latest())
            .region(aws_sdk_sns::config::Region::new(self.config.region.clone()))
            .credentials_provider(self.credentials())
            .http_client(self.http.clone())
            .timeout_config(timeouts(ATTEMPT * 2))
            .retry_config(retries(1))
            .stalled_stream_protection(aws_sdk_sns::config::StalledStreamProtectionConfig::disabled())
            .interceptor(self.calls.clone());
        config.set_endpoint_url(self.config.sns_endpoint.clone());
        aws_sdk_sns::Client::from_conf(config.build())
    }

    /// What a client of a further service is made of, for the one crate that has it.
    #[must_use]
    pub fn further(&self, endpoint: Option<String>) -> aws_types::SdkConfig {
        let mut config = aws_types::SdkConfig::builder()
            .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
            .region(aws_types::region::Region::new(self.config.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(self.credentials()))
            .http_client(self.http.clone())
            .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(
                aws_smithy_async::rt::sleep::TokioSleep::new(),
            ))
            .timeout_config(timeouts(ATTEMPT * 2))
            .retry_config(retries(TRIES))
            .stalled_stream_protection(aws_sdk_dynamodb::config::StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(endpoint);
        config.build()
    }

    /// The credentials that Lambda hands to the environment live as long as the environment does.
    fn credentials(&self) -> Credentials {
        Credentials::new(
            self.config.access_key_id.clone(),
            self.config.secret_access_key.expose().clone(),
            self.config.session_token.as_ref().map(|token| token.expose().clone()),
            None,
            "environment",
        )
    }
}

fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(attempt).operation_timeout(OPERATION).build()
}

fn retries(tries: u32) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(tries).with_initial_backoff(FIRST_PAUSE).with_max_backoff(LONGEST_PAUSE)
}

/// What the SDK would not repeat by itself, and DynamoDB's verbs of ours may.
#[derive(Debug)]
struct Repeatable;

impl ClassifyRetry for Repeatable {
    fn name(&self) -> &'static str {
        "Repeatable"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        // A 200 that cannot be read: something between us and DynamoDB answered, or half an answer came.
        let unreadable = context.response().is_some_and(|response| response.status().is_success());
        // A single write met a transaction on its item; the transaction is over by the next try.
        let conflict = error.as_operation_error().is_some_and(|error| {
            error.downcast_ref().is_some_and(UpdateItemError::is_transaction_conflict_exception)
                || error.downcast_ref().is_some_and(PutItemError::is_transaction_conflict_exception)
                || error.downcast_ref().is_some_and(DeleteItemError::is_transaction_conflict_exception)
        });
        if unreadable || conflict { RetryAction::transient_error() } else { RetryAction::NoActionIndicated }
    }
}

/// How many requests went to AWS since this process began.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<AtomicU32>);

impl Calls {
    /// The count so far.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[dyn_dispatch_hint]
impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_smithy_runtime_api::box_error::BoxError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
