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
    bundle.map(|bundle| among(&bundle)).unwrap_or_default()
}

fn among(bundle: &str) -> String {
    let blocks: Vec<_> = bundle.split(BEGIN).skip(1).filter_map(|rest| rest.split(END).next()).collect();
    let amazons: Vec<_> = blocks.iter().map(|block| is_amazons(block)).collect();
    if blocks.len() <= FEW || !amazons.contains(&true) {
        return String::new();
    }
    let mut chosen = String::new();
    for (index, (block, amazons)) in blocks.iter().zip(amazons).enumerate() {
        if amazons || index == 0 || index + 1 == blocks.len() {
            chosen.extend([BEGIN, block, END, "\n"]);
        }
    }
    chosen
}

fn is_amazons(block: &str) -> bool {
    let text: String = block.lines().map(str::trim).collect();
    STANDARD.decode(text).is_ok_and(|certificate| AUTHORITIES.iter().any(|name| names(&certificate, name)))
}

fn names(certificate: &[u8], authority: &[u8]) -> bool {
    certificate.windows(authority.len()).any(|part| part == authority)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::{BEGIN, END, STANDARD, among, for_aws};

    fn block(content: &str) -> String {
        format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(content))
    }

    #[test]
    fn amazons_authorities_and_both_ends_are_taken_of_many_certificates() {
        let (own, others) = (block("CN=Ours"), block("O=Other, CN=Other Root").repeat(9));
        let (first, last) =
            (block("O=Amazon, CN=Amazon Root CA 1"), block("CN=Starfield Services Root Certificate Authority - G2"));
        let bundle = format!("{own}# a comment\n{others}{first}{BEGIN}\n%%%\n{END}\n{others}{last}{others}{own}");
        assert_eq!(among(&bundle), format!("{own}{first}{last}{own}"));
    }

    #[test]
    fn few_certificates_and_those_without_amazons_are_left_to_be_read_whole() {
        assert_eq!(among(&block("O=Amazon, CN=Amazon Root CA 1").repeat(8)), "");
        assert_eq!(among(&block("O=Other, CN=Other Root").repeat(20)), "");
        assert_eq!(for_aws(Some("/nowhere/certificates.pem")), "");
    }
}
