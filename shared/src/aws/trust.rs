//! Which certificates a connection to AWS begins with.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Where Amazon Linux, which Lambda is, and Debian keep the certificates that the machine trusts.
const PLACES: [&str; 2] = ["/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

/// The names of the authorities that AWS says its services are under: <https://www.amazontrust.com/repository/>.
const AUTHORITIES: [&[u8]; 2] = [b"Amazon Root CA", b"Starfield Services Root Certificate Authority"];

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// So few certificates are all read.
const FEW: usize = 8;

/// The certificates that a connection to AWS is likely to need, of those that this machine trusts, as PEM: those of Amazon's authorities, and the first
/// and the last of the file, where people put one of their own. Nothing where all may as well be read. `file` is where they are, if not in the usual place.
pub(super) fn for_aws(file: Option<&str>) -> String {
    let bundle = match file {
        Some(file) => fs::read_to_string(file).ok(),
        None => PLACES.iter().find_map(|place| fs::read_to_string(place).ok()),
    };
    bundle.map(|bundle| among(&bundle, is_readable)).unwrap_or_default()
}

fn among(bundle: &str, is_readable: impl Fn(&[u8]) -> bool) -> String {
    let blocks: Vec<_> = bundle.split(BEGIN).skip(1).filter_map(|rest| rest.split(END).next()).collect();
    let certificates: Vec<_> = blocks.iter().map(|block| decoded(block)).collect();
    if blocks.len() <= FEW || !certificates.iter().any(|certificate| is_amazons(certificate)) {
        return String::new();
    }
    let mut chosen = String::new();
    for (index, (block, certificate)) in blocks.iter().zip(certificates).enumerate() {
        let is_wanted = is_amazons(&certificate) || index == 0 || index + 1 == blocks.len();
        if is_wanted && is_readable(&certificate) {
            chosen.extend([BEGIN, block, END, "\n"]);
        }
    }
    chosen
}

/// The bytes of a block; none of one that is damaged.
fn decoded(block: &str) -> Vec<u8> {
    let text: String = block.lines().map(str::trim).collect();
    STANDARD.decode(text).unwrap_or_default()
}

/// Whether the TLS library reads it. Of certificates that it is given by name the SDK panics on one that it cannot read; of those that the
/// machine trusts it leaves such a one out.
fn is_readable(certificate: &[u8]) -> bool {
    webpki::anchor_from_trusted_cert(&certificate.into()).is_ok()
}

fn is_amazons(certificate: &[u8]) -> bool {
    AUTHORITIES.iter().any(|name| names(certificate, name))
}

fn names(certificate: &[u8], authority: &[u8]) -> bool {
    certificate.windows(authority.len()).any(|part| part == authority)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::{BEGIN, END, STANDARD, among, for_aws, is_readable};

    const AMAZON: &str = include_str!("../../tests/trust/amazon-root-ca-1.pem");

    fn block(content: &str) -> String {
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(content))
    }

    #[test]
    fn amazons_authorities_and_both_ends_are_taken_of_many_certificates() {
        let (own, others) = (block("CN=Ours"), block("O=Other, CN=Other Root").repeat(9));
        let (first, last) =
            (block("O=Amazon, CN=Amazon Root CA 1"), block("CN=Starfield Services Root Certificate Authority - G2"));
        let bundle = format!("{own}# a comment\n{others}{first}{BEGIN}\n%%%\n{END}\n{others}{last}{others}{own}");
        assert_eq!(among(&bundle, |_| true), format!("{own}{first}{last}{own}"));
    }

    /// The SDK would panic on it.
    #[test]
    fn what_is_no_certificate_is_left_out() {
        let damaged = format!("{BEGIN}\n%%%\n{END}\n");
        for other in [block("no certificate"), block(""), damaged] {
            let chosen = among(&format!("{other}{}{other}", AMAZON.repeat(9)), is_readable);
            assert_eq!(chosen.matches(BEGIN).count(), 9, "{chosen}");
        }
    }

    #[test]
    fn few_certificates_and_those_without_amazons_are_left_to_be_read_whole() {
        assert_eq!(among(&block("O=Amazon, CN=Amazon Root CA 1").repeat(8), |_| true), "");
        assert_eq!(among(&block("O=Other, CN=Other Root").repeat(20), |_| true), "");
        assert_eq!(for_aws(Some("/nowhere/certificates.pem")), "");
    }
}
