//! The file of the certificates that a machine trusts, and the few of them that a connection to AWS begins with.

use std::{fs, iter};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;

/// Where Amazon Linux, which Lambda is, and Debian keep the certificates that the machine trusts.
const PLACES: [&str; 2] = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

/// The first line of each certificate of the authorities that AWS says its services are under: Amazon Root CA 1 to 4, and Starfield Services Root
/// Certificate Authority - G2, from <https://www.amazontrust.com/repository/>. It has the serial number, and a line of base64 is 48 bytes in
/// every file of this kind. A file that breaks its lines elsewhere has none of them, and is read whole.
const AUTHORITIES: [&[u8]; 5] = [
    b"MIIDQTCCAimgAwIBAgITBmyfz5m/jAo54vB4ikPmljZbyjANBgkqhkiG9w0BAQsF",
    b"MIIFQTCCAymgAwIBAgITBmyf0pY1hp8KD+WGePhbJruKNzANBgkqhkiG9w0BAQwF",
    b"MIIBtjCCAVugAwIBAgITBmyf1XSXNmY/Owua2eiedgPySjAKBggqhkjOPQQDAjA5",
    b"MIIB8jCCAXigAwIBAgITBmyf18G7EEwpQ+Vxe3ssyBrBDjAKBggqhkjOPQQDAzA5",
    b"MIID7zCCAtegAwIBAgIBADANBgkqhkiG9w0BAQsFADCBmDELMAkGA1UEBhMCVVMx",
];

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// So few certificates are all read.
const FEW: usize = 8;

/// The certificates that a connection to AWS is likely to need, of those that this machine trusts: those of Amazon's authorities, and the first and the
/// last of the file, where people put one of their own. None where all may as well be read. `file` is where they are, if not in the usual place.
pub(crate) fn for_aws(file: Option<&str>) -> Vec<CertificateDer<'static>> {
    let bundle = match file {
        Some(file) => fs::read(file).ok(),
        None => PLACES.iter().find_map(|place| fs::read(place).ok()),
    };
    bundle.map(|bundle| among(&bundle)).unwrap_or_default()
}

fn among(bundle: &[u8]) -> Vec<CertificateDer<'static>> {
    let blocks: Vec<_> = blocks(bundle).collect();
    if blocks.len() <= FEW || !blocks.iter().any(|block| is_amazons(block)) {
        return Vec::new();
    }
    let last = blocks.len() - 1;
    let is_wanted = |(index, block): &(usize, &[u8])| *index == 0 || *index == last || is_amazons(block);
    blocks.into_iter().enumerate().filter(is_wanted).map(|(_, block)| decoded(block).into()).collect()
}

/// What is between the marks of each certificate. Base64 has no dash, so that only dashes are looked for: this runs in each start.
fn blocks(bundle: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bundle;
    iter::from_fn(move || {
        loop {
            let (_, marked) = rest.split_at_checked(memchr::memchr(b'-', rest)?)?;
            let Some(inside) = marked.strip_prefix(BEGIN) else {
                rest = marked.get(1..)?;
                continue;
            };
            let block;
            (block, rest) = inside.split_at_checked(memchr::memchr(b'-', inside)?)?;
            return Some(block.trim_ascii_start());
        }
    })
}

fn is_amazons(block: &[u8]) -> bool {
    AUTHORITIES.iter().any(|line| block.starts_with(line))
}

/// The bytes of a certificate; none of one that is damaged.
fn decoded(block: &[u8]) -> Vec<u8> {
    let text: Vec<_> = block.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use rustls::RootCertStore;

    use super::{AUTHORITIES, STANDARD, among, for_aws};

    fn block(content: &str) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{content}\n-----END CERTIFICATE-----\n")
    }

    fn amazons() -> Vec<&'static str> {
        AUTHORITIES.iter().map(|line| std::str::from_utf8(line).expect("base64")).collect()
    }

    #[test]
    fn amazons_authorities_and_both_ends_are_taken_of_many_certificates() {
        let (own, others) = (STANDARD.encode("Ours"), block(&STANDARD.encode("Another's")).repeat(9));
        let middle: Vec<_> = amazons().into_iter().map(|line| block(line) + &others).collect();
        let bundle = format!("{0}# -- a comment --\n{others}{1}{0}", block(&own), middle.concat());
        let expected: Vec<_> = [own.as_str()].into_iter().chain(amazons()).chain([own.as_str()]).collect();
        for bundle in [bundle.clone(), bundle.replace('\n', "\r\n")] {
            let taken: Vec<_> =
                among(bundle.as_bytes()).iter().map(|certificate| STANDARD.encode(certificate)).collect();
            assert_eq!(taken, expected);
        }
    }

    /// A certificate has the name of its authority in the clear.
    #[test]
    fn the_lines_are_those_of_amazons_certificates() {
        let certificates = among((include_str!("../tests/amazon.pem").repeat(2)).as_bytes());
        let names = ["Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4"];
        let names = names.into_iter().chain(["Starfield Services Root Certificate Authority - G2"]);
        let names: Vec<_> = names.clone().chain(names).collect();
        assert_eq!(certificates.len(), names.len());
        for (certificate, name) in certificates.into_iter().zip(names) {
            assert!(certificate.windows(name.len()).any(|part| part == name.as_bytes()), "{name}");
            assert!(RootCertStore::empty().add(certificate).is_ok(), "{name}");
        }
    }

    #[test]
    fn few_certificates_and_those_without_amazons_are_left_to_be_read_whole() {
        let [first, ..] = *amazons() else { panic!("five authorities") };
        assert_eq!(among(block(first).repeat(8).as_bytes()), []);
        assert_eq!(among(block("T3RoZXI=").repeat(20).as_bytes()), []);
        assert_eq!(for_aws(Some("/nowhere/certificates.pem")), []);
    }

    #[test]
    fn what_is_no_certificate_ends_nothing() {
        let [first, ..] = *amazons() else { panic!("five authorities") };
        let damaged = format!("{}{}-----BEGIN CERTIFICATE-----\n{first}", block("%%%"), block(first).repeat(9));
        assert_eq!(among(damaged.as_bytes()).len(), 10);
    }
}
