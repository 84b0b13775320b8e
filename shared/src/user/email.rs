//! E-mail addresses.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use idna::AsciiDenyList;

/// An address as Latchet knows it: trimmed, lower case, `dot-atom@domain` in ASCII, the domain in A-labels (RFC 5890).
///
/// Narrower than RFC 5322 on purpose: quoted local parts, comments, address literals and local parts outside ASCII
/// (RFC 6531) are not accepted, since SES would not deliver to them and a mail header must hold the address safely.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// RFC 5321 §4.5.3.1: 64 octets of local part, and a path of 256 with its brackets.
    const LOCAL_MAX: usize = 64;
    const MAX: usize = 254;
    const LABEL_MAX: usize = 63;

    /// The normalised address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }

    /// The domain as DNS has it: `bücher.example` is `xn--bcher-kva.example` (UTS #46). Phone keyboards add a full stop.
    fn a_labels(domain: &str) -> Result<Cow<'_, str>, NotAnEmail> {
        let domain = domain.strip_suffix(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']).unwrap_or(domain);
        if domain.is_ascii() {
            return Ok(Cow::Borrowed(domain));
        }
        // A character becomes less than its bytes in an A-label, so what is longer fits no address.
        let fits = domain.len() <= 4 * Self::MAX;
        let ascii = fits.then(|| idna::domain_to_ascii_cow(domain.as_bytes(), AsciiDenyList::URL).ok());
        ascii.flatten().ok_or(NotAnEmail)
    }

    fn is_local_part(local: &str) -> bool {
        (1..=Self::LOCAL_MAX).contains(&local.len())
            && local.split('.').all(|atom| {
                !atom.is_empty()
                    && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
            })
    }

    fn is_domain(domain: &str) -> bool {
        domain.contains('.')
            && domain.split('.').all(|label| {
                (1..=Self::LABEL_MAX).contains(&label.len())
                    && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            })
            // A top-level domain of digits would be an IPv4 address without its brackets.
            && !domain.bytes().rev().take_while(|byte| *byte != b'.').all(|byte| byte.is_ascii_digit())
    }
}

impl FromStr for Email {
    type Err = NotAnEmail;

    fn from_str(text: &str) -> Result<Self, NotAnEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once(['@', '\u{ff20}']).ok_or(NotAnEmail)?;
        let domain = Self::a_labels(domain)?;
        let email = format!("{local}@{domain}");
        let fits = email.len() <= Self::MAX && Self::is_local_part(local) && Self::is_domain(&domain);
        fits.then(|| Self(email.to_ascii_lowercase())).ok_or(NotAnEmail)
    }
}

/// Shows the first character and the domain: enough to find a problem in a log, too little to write to somebody.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, domain) = self.0.split_once('@').unwrap_or_default();
        write!(f, "{}***@{domain}", local.chars().next().unwrap_or_default())
    }
}

/// The text is not an address that mail can be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct NotAnEmail;

#[cfg(test)]
mod tests {
    use super::Email;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_trimmed_and_lower_cased() {
        let email: Email = "  Ada.Lovelace+Math@Example.COM\n".parse().expect("an address");
        assert_eq!(email.as_str(), "ada.lovelace+math@example.com");
        assert_eq!(format!("{email:?}"), "a***@example.com");
    }

    #[test]
    fn a_domain_becomes_a_labels_and_what_keyboards_add_is_dropped() {
        for (typed, kept) in [
            ("user@bücher.example", "user@xn--bcher-kva.example"),
            ("user@BU\u{308}CHER.example", "user@xn--bcher-kva.example"),
            ("user@xn--bcher-kva.example", "user@xn--bcher-kva.example"),
            ("小明@例え.jp", ""),
            ("ming@例え。jp", "ming@xn--r8jz45g.jp"),
            ("ada＠example.com", "ada@example.com"),
            ("ada＠ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"),
            ("ada@example.com.", "ada@example.com"),
            ("ada@example.com。", "ada@example.com"),
            ("ada@bücher.example.", "ada@xn--bcher-kva.example"),
        ] {
            let read = typed.parse::<Email>().map(|email| email.as_str().to_owned()).unwrap_or_default();
            assert_eq!(read, kept, "{typed}");
        }
    }

    #[test]
    fn what_no_mail_server_takes_is_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}.com", "b.".repeat(130));
        for text in [
            "",
            "@",
            "a",
            "a@",
            "@b.c",
            "a@b",
            "a@b..c",
            "a..b@c.de",
            ".a@b.cd",
            "a.@b.cd",
            "a b@c.de",
            "a@b c.de",
            "a@-b.de",
            "a@b-.de",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "\"a\"@b.cd",
            "a@b.cd\r\nBcc: x@y.zz",
            "a\0@b.cd",
            "é@b.cd",
            "a@b\u{fc}..cd",
            "a@b\u{fc} b.cd",
            "a@\u{200d}.cd",
            "a@b.cd..",
            "a＠b@c.de",
            "a@b.cd,c@d.ef",
            "<a@b.cd>",
            "a@b@c.de",
            &long_local,
            &long,
        ] {
            assert!(text.parse::<Email>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_normal_and_safe_in_a_header(text in "\\PC{0,12}@[a-zA-Z0-9.-]{0,12}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.as_str().parse::<Email>().expect("stays an address"), email.clone());
                prop_assert!(email.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
