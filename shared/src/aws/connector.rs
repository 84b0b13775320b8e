//! The one HTTPS connector of a process.

use std::sync::OnceLock;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// The SDK's HTTP client, which is asked for its connector once: all services have one time-out for connecting.
///
/// Each service's client begins by having the HTTP client try itself out. The SDK's then reads every certificate that the
/// machine trusts, and drops what it made: docs/decisions/0311-the-connector-is-made-once.md.
#[derive(Debug)]
pub(super) struct OneConnector {
    client: SharedHttpClient,
    connector: OnceLock<SharedHttpConnector>,
}

impl OneConnector {
    pub(super) const fn of(client: SharedHttpClient) -> Self {
        Self { client, connector: OnceLock::new() }
    }
}

/// `validate_base_client_config` stays as the trait has it: it does nothing.
impl HttpClient for OneConnector {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        self.connector.get_or_init(|| self.client.http_connector(settings, components)).clone()
    }
}
