//! Whose certificates are trusted: those of the authorities that the machine trusts.

use std::sync::{Arc, LazyLock, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::bundle;

/// All that the machine trusts, read when the first certificate is to be checked by it. Nothing where it trusts nobody.
static ALL: LazyLock<Option<Arc<WebPkiServerVerifier>>> = LazyLock::new(|| {
    let mut roots = RootCertStore::empty();
    // A certificate that cannot be read is left out.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    verifier(roots)
});

/// Trusts what the machine trusts, and begins with a few of its certificates if told to.
///
/// To read all of them takes half of INIT: docs/decisions/0363-few-certificates-first.md.
#[derive(Debug)]
pub(crate) struct Trust {
    algorithms: WebPkiSupportedAlgorithms,
    few: Option<Few>,
}

/// The certificates that a connection to AWS is likely to need, read when the first one is checked.
#[derive(Debug)]
struct Few {
    file: Option<String>,
    verifier: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
}

impl Trust {
    pub(crate) fn all() -> Self {
        let algorithms = crypto::aws_lc_rs::default_provider().signature_verification_algorithms;
        Self { algorithms, few: None }
    }

    /// `file` is where the machine's certificates are, if they are not in the usual place.
    pub(crate) fn few_first(file: Option<String>) -> Self {
        Self { few: Some(Few { file, verifier: OnceLock::new() }), ..Self::all() }
    }
}

impl Few {
    fn verifier(&self) -> Option<&Arc<WebPkiServerVerifier>> {
        let read = || {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(bundle::for_aws(self.file.as_deref()));
            verifier(roots)
        };
        self.verifier.get_or_init(read).as_ref()
    }
}

fn verifier(roots: RootCertStore) -> Option<Arc<WebPkiServerVerifier>> {
    WebPkiServerVerifier::builder(Arc::new(roots)).build().ok()
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let few = self.few.as_ref().and_then(Few::verifier);
        if let Some(Ok(verified)) = few.map(|few| by(few)) {
            return Ok(verified);
        }
        let nobody = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        ALL.as_ref().map_or(Err(nobody), |all| by(all))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
