//! A certificate for the servers of this machine, and the authority that signed it.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What clients call this machine.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Apple's systems take no certificate of a server that is good for longer than 825 days.
const GOOD_FOR: Duration = Duration::days(800);

/// How old a kept certificate may be before it is replaced.
const REPLACED_AFTER: Duration = Duration::days(700);

/// A file of the directory in which a certificate is kept.
const AUTHORITY: &str = "authority.pem";
const CERTIFICATE: &str = "localhost.pem";
const KEY: &str = "localhost.key";

/// A certificate with its key.
#[derive(Debug)]
pub struct Certificate {
    authority: String,
    leaf: String,
    key: String,
}

impl Certificate {
    /// Issues a certificate. The authority's key is dropped, so nobody can sign another certificate that its clients would trust.
    ///
    /// # Errors
    /// When this machine has no randomness.
    pub fn issue() -> Result<Self> {
        let now = OffsetDateTime::now_utc();
        let params = |names: &[&str], name: &str| -> Result<CertificateParams> {
            let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
            let mut params = CertificateParams::new(names)?;
            params.distinguished_name.push(DnType::CommonName, name);
            (params.not_before, params.not_after) = (now - Duration::days(1), now + GOOD_FOR);
            Ok(params)
        };
        let mut authority = params(&[], "Latchet on this machine")?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let authority_key = KeyPair::generate()?;
        let signed = authority.self_signed(&authority_key)?;
        let key = KeyPair::generate()?;
        let certificate = params(&NAMES, "localhost")?.signed_by(&key, &Issuer::new(authority, authority_key))?;
        Ok(Self { authority: signed.pem(), leaf: certificate.pem(), key: key.serialize_pem() })
    }

    /// The certificate that is kept in `directory`; issued if there is none or if it is about to expire.
    ///
    /// # Errors
    /// When the files cannot be read or written.
    pub fn kept_in(directory: &Path) -> Result<Self> {
        let unreadable = || format!("cannot read the certificate in {}: remove that directory", directory.display());
        let file = directory.join(AUTHORITY);
        let age = match fs::metadata(&file).and_then(|metadata| metadata.modified()) {
            Ok(written) => written.elapsed().unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Self::issue()?.keep(directory),
            Err(error) => return Err(error).with_context(unreadable),
        };
        if age > REPLACED_AFTER {
            return Self::issue()?.keep(directory);
        }
        let read = |name| fs::read_to_string(directory.join(name)).with_context(unreadable);
        Ok(Self { authority: read(AUTHORITY)?, leaf: read(CERTIFICATE)?, key: read(KEY)? })
    }

    /// The authority's file is written last: where it is, the others are.
    fn keep(self, directory: &Path) -> Result<Self> {
        let write = |name, mode, text: &str| -> Result<()> {
            let path = directory.join(name);
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&path)?;
            Ok(file.write_all(text.as_bytes())?)
        };
        let all = || -> Result<()> {
            fs::create_dir_all(directory)?;
            write(KEY, 0o600, &self.key)?;
            write(CERTIFICATE, 0o644, &self.leaf)?;
            write(AUTHORITY, 0o644, &self.authority)
        };
        all().with_context(|| format!("cannot write a certificate in {}", directory.display()))?;
        Ok(self)
    }

    /// The file of the authority, for clients that are told whom to trust.
    #[must_use]
    pub fn authority_in(directory: &Path) -> std::path::PathBuf {
        directory.join(AUTHORITY)
    }

    /// The authority, in PEM.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What accepts connections.
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor> {
        let certificate = CertificateDer::from_pem_slice(self.leaf.as_bytes())?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes())?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_certificate_is_kept_for_the_next_start_and_its_key_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let first = Certificate::kept_in(directory.path()).unwrap();
        let again = Certificate::kept_in(directory.path()).unwrap();
        assert_eq!((first.authority(), &first.key), (again.authority(), &again.key));
        again.acceptor().unwrap();
        let mode = fs::metadata(directory.path().join(KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
