//! Whether a password is among those that breaches have made known: by a list in the binary, and by a public service.
//!
//! The list is a table of fingerprints, so that it costs two bytes a password. A function that does not ask does not carry
//! it: the linker drops what nobody reads.

use std::collections::HashSet;
use std::time::Duration;

use aws_lc_rs::digest;

use crate::hex::hex;
use crate::outbound::{Bounds, Header, Outage, Outbound, WebUrl};
use crate::secret::Secret;
use crate::user::new_password::NewPassword;
use crate::user::nfc::nfc;

/// Fingerprints of the most common breached passwords; `cargo dev breached` makes it.
static LIST: &[u8] = include_bytes!("../../assets/breached.bin");

/// Has the service pad its answer, so that its length does not tell the prefix.
const PADDED: Header = Header { name: "add-padding", value: "true" };

/// What is known of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: it may be set.
    Unknown,
    /// It was in a breach: it must not be set.
    Breached,
    /// It is not on the list, and the service did not say. It may be set; to be logged.
    Unanswered(Outage),
}

/// Knows breached passwords.
#[derive(Debug)]
pub struct Breached {
    outbound: Outbound,
    range: Option<WebUrl>,
    bounds: Bounds,
}

impl Breached {
    /// How long the service may take, all in all.
    pub const PATIENCE: Duration = Duration::from_secs(1);
    /// A range has some thousand lines of 40 bytes.
    const LONGEST_RANGE: usize = 512 * 1024;

    /// By the list, and by the service of that URL where there is one. Nothing is connected.
    #[must_use]
    pub fn new(range: Option<WebUrl>) -> Self {
        let bounds = Bounds { time: Self::PATIENCE, bytes: Self::LONGEST_RANGE };
        Self { outbound: Outbound::default(), range, bounds }
    }

    /// The same with another patience: a test does not wait a second.
    #[must_use]
    pub fn with_patience(self, time: Duration) -> Self {
        Self { bounds: Bounds { time, ..self.bounds }, ..self }
    }

    /// What is known of `password`. A service that fails refuses nobody.
    pub async fn check(&self, password: &NewPassword) -> Verdict {
        if List(LIST).has(Fingerprint::of(password.expose())) {
            return Verdict::Breached;
        }
        let Some(url) = &self.range else { return Verdict::Unknown };
        match self.ask(url, password).await {
            Ok(true) => Verdict::Breached,
            Ok(false) => Verdict::Unknown,
            Err(outage) => Verdict::Unanswered(outage),
        }
    }

    /// Tells the service five digits of the password's SHA-1, which a thousand breached ones share, and looks for the other
    /// 35 in what it says. It pads its answer, so that not even the length tells which five were asked for.
    async fn ask(&self, url: &WebUrl, password: &NewPassword) -> Result<bool, Outage> {
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, password.expose().as_bytes());
        let digest = Secret::new(hex(digest.as_ref()).to_ascii_uppercase());
        let (prefix, suffix) = digest.expose().split_at(PREFIX);
        let reply = self.outbound.get(url, prefix, PADDED, self.bounds).await?;
        if reply.status != 200 {
            return Err(Outage::Status(reply.status));
        }
        let lines = std::str::from_utf8(&reply.body).map_err(|_| Outage::Unreadable)?;
        find(lines, suffix)
    }
}

/// Hexadecimal digits of a SHA-1 that are told to the service.
const PREFIX: usize = 5;

/// Whether the lines `SUFFIX:COUNT` have the suffix, with a count that is not padding's.
fn find(lines: &str, suffix: &str) -> Result<bool, Outage> {
    let mut lines = lines.lines().filter(|line| !line.is_empty()).peekable();
    // Every range has passwords: an empty answer is a failure.
    lines.peek().ok_or(Outage::Unreadable)?;
    lines.try_fold(false, |found, line| {
        let (other, count) = line.split_once(':').ok_or(Outage::Unreadable)?;
        let count: u64 = count.trim().parse().map_err(|_| Outage::Unreadable)?;
        if other.len() != suffix.len() || !other.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Outage::Unreadable);
        }
        Ok(found || (count > 0 && other.eq_ignore_ascii_case(suffix)))
    })
}

/// 31 bits of the SHA-256 of a password in lower case: `Password1` is no better than `password1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fingerprint {
    bucket: u16,
    rest: u16,
}

impl Fingerprint {
    fn of(password: &str) -> Self {
        let folded = Secret::new(nfc(password).expose().to_lowercase());
        let digest = digest::digest(&digest::SHA256, folded.expose().as_bytes());
        let word = |at: usize| digest.as_ref()[at..at + 2].iter().fold(0, |word, byte| word << 8 | u16::from(*byte));
        Self { bucket: word(0) >> 1, rest: word(2) }
    }
}

/// How many buckets there are: as many as fingerprints have.
const BUCKETS: usize = 1 << 15;

/// The size of each bucket in a byte, and then the rests of all buckets, sorted, of two bytes each.
///
/// With 100,000 passwords a bucket has three. That a password of nobody's meets the rest of one of them has a chance of
/// 1 : 21,000.
struct List<'a>(&'a [u8]);

impl List<'_> {
    fn has(&self, fingerprint: Fingerprint) -> bool {
        let Some((sizes, rests)) = self.0.split_at_checked(BUCKETS) else { return false };
        let bucket = usize::from(fingerprint.bucket);
        let from: usize = sizes[..bucket].iter().map(|size| usize::from(*size)).sum();
        let to = from + usize::from(sizes[bucket]);
        let rest = fingerprint.rest.to_be_bytes();
        rests.get(2 * from..2 * to).is_some_and(|bucket| bucket.chunks_exact(2).any(|other| other == rest))
    }
}

/// Makes the list of the first `most` of `passwords` that can be set and differ in more than case; for `cargo dev breached`.
///
/// # Errors
/// [`TooMany`] when a bucket overflows, which 100,000 passwords do not come near to.
pub fn make_list<'a>(passwords: impl IntoIterator<Item = &'a str>, most: usize) -> Result<Vec<u8>, TooMany> {
    let mut seen = HashSet::new();
    let mut prints: Vec<_> = passwords
        .into_iter()
        .filter(|plain| NewPassword::try_from(Secret::new((*plain).to_owned())).is_ok())
        .filter(|plain| seen.insert(nfc(plain).expose().to_lowercase()))
        .take(most)
        .map(Fingerprint::of)
        .collect();
    prints.sort_unstable();
    prints.dedup();
    let mut list = vec![0; BUCKETS];
    for print in prints {
        let size: &mut u8 = &mut list[usize::from(print.bucket)];
        *size = size.checked_add(1).ok_or(TooMany)?;
        list.extend(print.rest.to_be_bytes());
    }
    Ok(list)
}

/// The list has no room for so many passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the list has no room for so many passwords")]
pub struct TooMany;

#[cfg(test)]
mod tests {
    use super::{BUCKETS, Fingerprint, LIST, List, find, make_list};
    use crate::outbound::Outage;

    fn is_listed(password: &str) -> bool {
        List(LIST).has(Fingerprint::of(password))
    }

    #[test]
    fn the_list_has_a_hundred_thousand_and_the_ones_that_everybody_tries() {
        // A few of them share a fingerprint.
        let listed = (LIST.len() - BUCKETS) / 2;
        assert!((99_990..=100_000).contains(&listed), "{listed}");
        assert_eq!(LIST[..BUCKETS].iter().map(|size| usize::from(*size)).sum::<usize>(), listed);
        for password in
            ["password", "12345678", "Password", "PASSWORD1", "iloveyou", "qwertyuiop", "trustno1", "1q2w3e4r"]
        {
            assert!(is_listed(password), "{password}");
        }
        for password in ["correct horse battery staple", "密码密码密码密码", "vJ7#kq9!zR2w", "latchet-demo-2026"]
        {
            assert!(!is_listed(password), "{password}");
        }
    }

    #[test]
    fn hardly_a_password_that_is_not_listed_is_refused() {
        let refused = (0..20_000).filter(|number| is_listed(&format!("no one's password {number}"))).count();
        assert!(refused <= 2, "{refused} of 20,000");
    }

    #[test]
    fn a_list_is_of_what_can_be_set_in_any_case_once() {
        let list =
            make_list(["short", "Somebody1", "somebody1", "e\u{301}te\u{301}e\u{301}te\u{301}23", "fourth one"], 2);
        let list = list.expect("room");
        assert_eq!(list.len(), BUCKETS + 4);
        let has = |password| List(&list).has(Fingerprint::of(password));
        assert!(has("SOMEBODY1") && has("\u{c9}TÉÉTÉ23") && !has("short") && !has("fourth one"));
    }

    #[test]
    fn a_damaged_list_has_nothing() {
        for list in [vec![], vec![0; 100], vec![255; BUCKETS], vec![255; BUCKETS + 1]] {
            assert!(!List(&list).has(Fingerprint { bucket: 0x7fff, rest: 0 }));
        }
    }

    #[test]
    fn a_range_is_read_line_by_line_and_padding_is_nothing() {
        let ours = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        let other = "0000000000000000000000000000000000A";
        let case = ours.to_lowercase();
        for (lines, found) in [
            (format!("{other}:2\r\n{ours}:10434004"), Ok(true)),
            (format!("{other}:2\n{case}:1\n"), Ok(true)),
            (format!("{other}:2\r\n{ours}:0"), Ok(false)),
            (format!("{other}:2"), Ok(false)),
            (String::new(), Err(Outage::Unreadable)),
            ("\r\n".to_owned(), Err(Outage::Unreadable)),
            ("<html>".to_owned(), Err(Outage::Unreadable)),
            (format!("{ours}:1\n{other}"), Err(Outage::Unreadable)),
            (format!("{ours}:many"), Err(Outage::Unreadable)),
            (format!("{ours}1:1"), Err(Outage::Unreadable)),
            (format!("{}X:1", &ours[1..]), Err(Outage::Unreadable)),
        ] {
            assert_eq!(find(&lines, ours), found, "{lines:?}");
        }
    }
}
