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

/// A certificate names its issuer, which of an authority is itself, in the bytes of its first characters. A multiple of four, as base64 wants.
const ISSUER: usize = 512;

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
    let amazons: Vec<_> = blocks.iter().map(|block| is_amazons(&decoded(block, ISSUER))).collect();
    if blocks.len() <= FEW || !amazons.contains(&true) {
        return String::new();
    }
    let mut chosen = String::new();
    for (index, (block, amazons)) in blocks.iter().zip(amazons).enumerate() {
        let is_wanted = amazons || index == 0 || index + 1 == blocks.len();
        if is_wanted && is_readable(&decoded(block, block.len())) {
            chosen.extend([BEGIN, block, END, "\n"]);
        }
    }
    chosen
}

/// The first bytes of a block, of so many characters; none of one that is damaged.
fn decoded(block: &str, characters: usize) -> Vec<u8> {
    let mut text = String::with_capacity(characters);
    for line in block.lines() {
        let room = characters - text.len();
        text.push_str(line.trim().get(..room).unwrap_or(line.trim()));
    }
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

/// By the first byte, since hundreds of names are looked for in each start: a comparison at every byte would take as long as the handshake.
fn names(certificate: &[u8], authority: &[u8]) -> bool {
    let mut starts = certificate.iter().zip(0..).filter(|(byte, _)| authority.first() == Some(byte));
    starts.any(|(_, at)| certificate.get(at..).is_some_and(|rest| rest.starts_with(authority)))
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
