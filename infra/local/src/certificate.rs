//! A certificate for the servers of this machine, and the authority that signed it.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize,
};
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
    /// The server's certificate, and those of the authorities between.
    leaf: String,
    key: String,
}

impl Certificate {
    /// Issues a certificate. The authority's key is dropped, so nobody can sign another certificate that its clients would trust.
    ///
    /// # Errors
    /// When this machine has no randomness.
    pub fn issue() -> Result<Self> {
        let authority = params(&[], "Latchet on this machine", Some(0))?;
        let authority_key = KeyPair::generate()?;
        let signed = authority.self_signed(&authority_key)?;
        let key = KeyPair::generate()?;
        let certificate = params(&NAMES, "localhost", None)?.signed_by(&key, &Issuer::new(authority, authority_key))?;
        Ok(Self { authority: signed.pem(), leaf: certificate.pem(), key: key.serialize_pem() })
    }

    /// Issues a certificate as the services of AWS have them, so that a client checks as much: RSA of 2048 bits, under an authority that is under
    /// another one. One key signs all three, which a client does not notice.
    ///
    /// # Errors
    /// When this machine has no randomness.
    pub fn issue_as_aws() -> Result<Self> {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let root = params(&[], "Latchet as Amazon Root CA 1", Some(1))?;
        let between = params(&[], "Latchet as Amazon RSA 2048 M01", Some(0))?;
        let signed = root.self_signed(&key)?;
        let chained = between.clone().signed_by(&key, &Issuer::from_params(&root, &key))?;
        let leaf = params(&NAMES, "localhost", None)?.signed_by(&key, &Issuer::from_params(&between, &key))?;
        Ok(Self { authority: signed.pem(), leaf: leaf.pem() + &chained.pem(), key: key.serialize_pem() })
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
        let chain = CertificateDer::pem_slice_iter(self.leaf.as_bytes()).collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes())?;
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// What a certificate says: whom it is for, and of an authority's, how many others may be between it and a server's.
fn params(names: &[&str], name: &str, authority: Option<u8>) -> Result<CertificateParams> {
    let now = OffsetDateTime::now_utc();
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (now - Duration::days(1), now + GOOD_FOR);
    if let Some(between) = authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(between));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    }
    Ok(params)
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
