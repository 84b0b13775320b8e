//! The one HTTPS connector of a process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::{error::Error, io};

use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::trust;

/// The SDK's HTTP client, which is asked for its connector once: all services have one time-out for connecting.
///
/// Each service's client begins by having the HTTP client try itself out. The SDK's then reads every certificate that the
/// machine trusts, and drops what it made: docs/decisions/0311-the-connector-is-made-once.md.
#[derive(Debug)]
pub(super) struct OneConnector {
    trusted: Option<String>,
    connector: OnceLock<SharedHttpConnector>,
}

impl OneConnector {
    /// `trusted` is the file of the certificates that this machine trusts, if it is not in the usual place.
    pub(super) const fn new(trusted: Option<String>) -> Self {
        Self { trusted, connector: OnceLock::new() }
    }
}

/// `validate_base_client_config` stays as the trait has it: it does nothing.
impl HttpClient for OneConnector {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let make = || {
            let all = All { settings: settings.clone(), components: components.clone(), connector: OnceLock::new() };
            let few = trust::for_aws(self.trusted.as_deref());
            if few.is_empty() {
                return all.connector().clone();
            }
            let few = client(TrustStore::empty().with_pem_certificate(few)).http_connector(settings, components);
            SharedHttpConnector::new(FewFirst(Arc::new(Trusted { few, all, others: AtomicBool::new(false) })))
        };
        self.connector.get_or_init(make).clone()
    }
}

fn client(store: TrustStore) -> SharedHttpClient {
    let client = aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc));
    match TlsContext::builder().with_trust_store(store).build() {
        Ok(context) => client.tls_context(context).build_https(),
        // The SDK has no way to fail here yet.
        Err(_) => client.build_https(),
    }
}

/// A connector that trusts the few certificates that AWS's services are under, and all that the machine trusts after a service was under another one.
///
/// The connection that finds this out fails, and the SDK makes another one for it. To read all certificates takes half of INIT:
/// docs/decisions/0363-few-certificates-first.md.
#[derive(Debug)]
struct FewFirst(Arc<Trusted>);

#[derive(Debug)]
struct Trusted {
    few: SharedHttpConnector,
    all: All,
    others: AtomicBool,
}

impl HttpConnector for FewFirst {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let trusted = Arc::clone(&self.0);
        if trusted.others.load(Ordering::Relaxed) {
            return trusted.all.connector().call(request);
        }
        let answer = trusted.few.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            if answer.as_ref().is_err_and(is_of_tls) {
                trusted.others.store(true, Ordering::Relaxed);
            }
            answer
        })
    }
}

/// Made when it is first needed.
#[derive(Debug)]
struct All {
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
    connector: OnceLock<SharedHttpConnector>,
}

impl All {
    fn connector(&self) -> &SharedHttpConnector {
        let Self { settings, components, connector } = self;
        connector.get_or_init(|| client(TrustStore::default()).http_connector(settings, components))
    }
}

/// Whether a handshake failed: the TLS library says so as data that is not valid.
fn is_of_tls(error: &ConnectorError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        // An error of the operating system's kind passes over what it holds when it is asked for its cause.
        let held = error.downcast_ref::<io::Error>().map(|error| (error.kind(), error.get_ref()));
        if matches!(held, Some((io::ErrorKind::InvalidData, _))) {
            return true;
        }
        cause = match held {
            Some((_, Some(held))) => Some(held),
            _ => error.source(),
        };
    }
    false
}
