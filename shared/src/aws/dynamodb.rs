//! DynamoDB as requests reach it: the SDK's operations, each by a list of plugins that is made once.
//!
//! The SDK's own client puts an operation's plugins together for every call, and among them are many that say to AWS who
//! calls, or that resolve what is always the same. docs/decisions/0312-one-list-of-plugins-per-operation.md has what is
//! left out, what stays, and what each saves.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};

use aws_credential_types::Credentials;
use aws_runtime::auth::sigv4::SCHEME_ID;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemInputBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime::client::http::connection_poisoning::ConnectionPoisoningInterceptor;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::endpoints::StaticUriEndpointResolver;
use aws_smithy_runtime::client::orchestrator::invoke;
use aws_smithy_runtime::client::retries::TokenBucket;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, ModeledAsRetryableClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime::client::retries::strategy::StandardRetryStrategy;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::endpoint::EndpointResolverParams;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef, Input,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, SharedInterceptor, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_runtime_api::client::runtime_plugin::{RuntimePlugin, RuntimePlugins, StaticRuntimePlugin};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer, Layer};
use aws_smithy_types::retry::ProvideErrorKind;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use futures_util::FutureExt as _;

use super::signer::{ByTheDay, ClockSkew, OneIdentity};
use super::{Calls, Repeatable};

/// The operations that requests wait for, and the SDK's client for the others.
#[derive(Clone, Debug)]
pub(crate) struct Dynamo(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    plugins: Plugins,
    config: aws_sdk_dynamodb::Config,
    client: OnceLock<aws_sdk_dynamodb::Client>,
}

impl Dynamo {
    pub(super) fn new(config: aws_sdk_dynamodb::Config, parts: Parts) -> Self {
        let endpoint = parts.endpoint();
        let plugins = Plugins::new(&Common::new(parts, &endpoint));
        Self(Arc::new(Inner { plugins, config, client: OnceLock::new() }))
    }

    /// For operations that no request waits for, and for pages. It is made when it is first asked for, because making it parses the SDK's
    /// rules for all regions.
    pub(crate) fn client(&self) -> &aws_sdk_dynamodb::Client {
        self.0.client.get_or_init(|| aws_sdk_dynamodb::Client::from_conf(self.0.config.clone()))
    }

    /// Sends an update that must not be repeated, since the repetition of one whose answer was lost would count twice.
    pub(crate) async fn update_once(
        &self,
        update: UpdateItemInputBuilder,
    ) -> Result<UpdateItemOutput, SdkError<UpdateItemError, HttpResponse>> {
        let input = update.build().map_err(SdkError::construction_failure)?;
        let mut once = Layer::new("Once");
        once.store_put(RetryConfig::disabled());
        let once = StaticRuntimePlugin::new().with_config(once.freeze());
        let plugins = self.0.plugins.update_item.clone().with_client_plugin(once);
        send("UpdateItem", Input::erase(input), &plugins).await
    }
}

/// An operation, ready to be sent.
pub(crate) trait SendBy: Sized {
    /// What DynamoDB answers.
    type Output;
    /// How it refuses.
    type Error;

    /// Sends it, with the same repetitions and time-outs as the SDK's client.
    fn send_by(
        self,
        db: &Dynamo,
    ) -> impl Future<Output = Result<Self::Output, SdkError<Self::Error, HttpResponse>>> + Send;
}

/// What the client and the lists of plugins are made of, so that they share it.
pub(super) struct Parts {
    pub(super) region: String,
    pub(super) endpoint: Option<String>,
    pub(super) credentials: Credentials,
    pub(super) http: SharedHttpClient,
    pub(super) timeouts: TimeoutConfig,
    pub(super) retries: RetryConfig,
    pub(super) allowance: TokenBucket,
    pub(super) calls: Calls,
}

impl Parts {
    /// The allowance of repetitions, as the client takes it.
    pub(super) fn partition(&self) -> RetryPartition {
        RetryPartition::custom("dynamodb").token_bucket(self.allowance.clone()).build()
    }

    /// Where DynamoDB is.
    fn endpoint(&self) -> String {
        let usual = || format!("https://dynamodb.{}.amazonaws.com", self.region);
        match &self.endpoint {
            Some(endpoint) => endpoint.clone(),
            None if is_usual(&self.region) => usual(),
            None => by_rules(&self.region).unwrap_or_else(usual),
        }
    }
}

/// Whether a region has its services under `amazonaws.com`, as most have. Their names have three parts, and the first is an area's; those of other
/// domains have four parts or another area.
///
/// The SDK's rules say the same of all regions. To parse them takes half a million instructions in each start.
fn is_usual(region: &str) -> bool {
    const AREAS: [&str; 9] = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"];
    let parts: Vec<_> = region.split('-').collect();
    matches!(parts[..], [area, direction, number] if AREAS.contains(&area)
        && direction.bytes().all(|byte| byte.is_ascii_lowercase())
        && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Where DynamoDB is by the SDK's rules. They know no region that there is not: a call to it fails, as it would with the client.
fn by_rules(region: &str) -> Option<String> {
    let params = Params::builder().region(region).use_dual_stack(false).use_fips(false).build().ok()?;
    let endpoint = ResolveEndpoint::resolve_endpoint(&DefaultResolver::new(), &params).now_or_never()?;
    endpoint.ok().map(|endpoint| endpoint.url().to_owned())
}

/// What the lists of all operations have in common.
struct Common {
    config: FrozenLayer,
    components: RuntimeComponentsBuilder,
}

impl Common {
    fn new(parts: Parts, endpoint: &str) -> Self {
        let mut config = Layer::new("Latchet");
        config.store_put(parts.partition());
        config.store_put(parts.allowance);
        config.store_put(parts.timeouts);
        config.store_put(parts.retries);
        config.store_put(StalledStreamProtectionConfig::disabled());
        config.store_put(EndpointResolverParams::new(()));
        config.store_put(SigningName::from_static("dynamodb"));
        config.store_put(SigningRegion::from(Region::new(parts.region.clone())));
        let skew = ClockSkew::default();
        let clocks = ClockOfRefusals { sdk: ServiceClockSkewInterceptor::new(), skew: skew.clone() };
        let components = RuntimeComponentsBuilder::new("Latchet")
            .with_http_client(Some(parts.http))
            .with_endpoint_resolver(Some(StaticUriEndpointResolver::uri(endpoint)))
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
            .with_auth_scheme(ByTheDay::new(&parts.region, endpoint, skew))
            .with_identity_resolver(SCHEME_ID, OneIdentity::of(parts.credentials))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_retry_strategy(Some(StandardRetryStrategy::new()))
            .with_time_source(Some(SystemTimeSource::new()))
            .with_sleep_impl(Some(TokioSleep::new()))
            .with_interceptor(SharedInterceptor::permanent(ConnectionPoisoningInterceptor::new()))
            .with_interceptor(SharedInterceptor::permanent(clocks))
            .with_interceptor(SharedInterceptor::permanent(parts.calls))
            .with_retry_classifier(HttpStatusCodeClassifier::default())
            .with_retry_classifier(Repeatable);
        Self { config: config.freeze(), components }
    }

    /// The list for an operation, whose errors are `E`.
    fn list<E>(&self, operation: &impl RuntimePlugin) -> RuntimePlugins
    where
        E: std::error::Error + ProvideErrorKind + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let components = self
            .components
            .clone()
            .with_retry_classifier(TransientErrorClassifier::<E>::new())
            .with_retry_classifier(ModeledAsRetryableClassifier::<E>::new())
            .with_retry_classifier(AwsErrorCodeClassifier::<E>::new())
            .with_retry_classifier(ServiceClockSkewClassifier::<E>::new());
        let common = StaticRuntimePlugin::new().with_config(self.config.clone()).with_runtime_components(components);
        // How the operation is written and read, without the components that it would bring.
        let own = StaticRuntimePlugin::new();
        let own = if let Some(config) = operation.config() { own.with_config(config) } else { own };
        RuntimePlugins::new().with_client_plugin(common).with_client_plugin(own)
    }
}

/// The comparison of the clocks, of answers that refuse: only they can be due to ours. The SDK's is for the repetition, and ours for the
/// requests after it.
#[derive(Debug)]
struct ClockOfRefusals {
    sdk: ServiceClockSkewInterceptor,
    skew: ClockSkew,
}

#[dyn_dispatch_hint]
impl Intercept for ClockOfRefusals {
    fn name(&self) -> &'static str {
        "ClockOfRefusals"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.sdk.read_before_transmit(context, components, config)
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().status().is_success() {
            return Ok(());
        }
        let now = components.time_source().unwrap_or_default().now();
        self.skew.note(context.response().headers().get("date"), now);
        self.sdk.modify_before_deserialization(context, components, config)
    }
}

/// Sends an operation by its list of plugins.
#[expect(clippy::expect_used, reason = "the operation's own plugin reads the answer, as in the SDK's client")]
async fn send<O, E>(name: &'static str, input: Input, plugins: &RuntimePlugins) -> Result<O, SdkError<E, HttpResponse>>
where
    O: Debug + Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    match invoke("DynamoDB", name, input, plugins).await {
        Ok(output) => Ok(output.downcast().expect("the operation's output")),
        Err(error) => Err(error.map_service_error(|error| error.downcast().expect("the operation's error"))),
    }
}

/// The operations that requests wait for: a list of plugins for each, and its builder as a [`SendBy`].
macro_rules! calls {
    ($($name:ident: $operation:ident, $output:ident, $error:ident, $builder:ident;)+) => {
        #[derive(Debug)]
        struct Plugins {
            $($name: RuntimePlugins,)+
        }

        impl Plugins {
            fn new(common: &Common) -> Self {
                use aws_sdk_dynamodb::operation;
                Self {
                    $($name: common.list::<operation::$name::$error>(&operation::$name::$operation::new()),)+
                }
            }
        }

        impl Dynamo {
            $(#[doc = concat!("Begins a ", stringify!($operation), ".")]
            pub(crate) fn $name(&self) -> aws_sdk_dynamodb::operation::$name::builders::$builder {
                Default::default()
            })+
        }

        $(impl SendBy for aws_sdk_dynamodb::operation::$name::builders::$builder {
            type Output = aws_sdk_dynamodb::operation::$name::$output;
            type Error = aws_sdk_dynamodb::operation::$name::$error;

            async fn send_by(self, db: &Dynamo) -> Result<Self::Output, SdkError<Self::Error, HttpResponse>> {
                let input = self.build().map_err(SdkError::construction_failure)?;
                send(stringify!($operation), Input::erase(input), &db.0.plugins.$name).await
            }
        })+
    };
}

calls! {
    delete_item: DeleteItem, DeleteItemOutput, DeleteItemError, DeleteItemInputBuilder;
    get_item: GetItem, GetItemOutput, GetItemError, GetItemInputBuilder;
    put_item: PutItem, PutItemOutput, PutItemError, PutItemInputBuilder;
    query: Query, QueryOutput, QueryError, QueryInputBuilder;
    transact_write_items: TransactWriteItems, TransactWriteItemsOutput, TransactWriteItemsError, TransactWriteItemsInputBuilder;
    update_item: UpdateItem, UpdateItemOutput, UpdateItemError, UpdateItemInputBuilder;
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use aws_sdk_dynamodb::types::AttributeValue;

    use super::{SendBy as _, by_rules, is_usual};
    use crate::aws::Aws;
    use crate::config::AwsConfig;
    use crate::secret::Secret;

    /// A DynamoDB that fails once and then finds nothing, whose connections stay open. Its URL, and how many connections it has had.
    fn fails_once() -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&connections);
        let serve = move |mut connection: TcpStream, requests: Arc<AtomicUsize>| {
            let mut packet = [0; 4096];
            while connection.read(&mut packet).is_ok_and(|bytes| bytes > 0) {
                let first = requests.fetch_add(1, Ordering::Relaxed) == 0;
                let status = if first { "500 Internal Server Error" } else { "200 OK" };
                let _ = write!(connection, "HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}");
            }
        };
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::Relaxed);
                let requests = Arc::clone(&requests);
                thread::spawn(move || serve(connection, requests));
            }
        });
        (url, connections)
    }

    /// The next request on it could fail in the same way, by a host of DynamoDB's that is out of order.
    #[tokio::test]
    async fn a_connection_that_brought_a_failure_is_not_used_again() {
        let (url, connections) = fails_once();
        let aws = Aws::new(AwsConfig {
            region: "us-east-1".to_owned(),
            access_key_id: "id".to_owned(),
            secret_access_key: Arc::new(Secret::new("secret".to_owned())),
            session_token: None,
            dynamodb_endpoint: Some(url),
            ses_endpoint: None,
            sns_endpoint: None,
            trusted: None,
        });
        let db = aws.dynamodb();
        for calls in [2, 3] {
            let get = db.get_item().table_name("live").key("pk", AttributeValue::S("key".to_owned()));
            assert!(get.send_by(&db).await.expect("an answer").item.is_none());
            assert_eq!(aws.calls().count(), calls);
        }
        assert_eq!(connections.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_usual_region_is_where_the_rules_of_the_sdk_have_it() {
        for region in
            ["us-east-1", "eu-central-2", "ap-southeast-7", "sa-east-1", "ca-west-1", "il-central-1", "mx-central-1"]
        {
            assert!(is_usual(region), "{region}");
            assert_eq!(by_rules(region), Some(format!("https://dynamodb.{region}.amazonaws.com")));
        }
    }

    #[test]
    fn the_rules_are_asked_where_another_domain_may_be() {
        for region in
            ["cn-north-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1"]
        {
            assert!(!is_usual(region), "{region}");
            assert_ne!(by_rules(region), Some(format!("https://dynamodb.{region}.amazonaws.com")), "{region}");
        }
        for region in ["us-gov-west-1", "local", "", "us-east", "us-east-1a", "us-EAST-1"] {
            assert!(!is_usual(region), "{region}");
        }
    }
}
