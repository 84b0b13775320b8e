//! Passwords: the canonical secret, its hash at rest, and the memory that hashing needs.

use std::str::FromStr;

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;

use crate::random::Random;
use crate::secret::Secret;
use crate::user::arena;
use crate::user::foreign::ForeignHash;
use crate::user::nfc::nfc;

/// The secret that every dialect agrees on: the lower-case hex SHA-256 of the password's UTF-8, in Unicode's form NFC.
///
/// Clients of the Account API send it; the other dialects make it from what was typed. So one user signs in through
/// every dialect, and the digest typed as a password is hashed once more and opens nothing.
///
/// What was typed stays beside it, for hashes of other products.
#[derive(Debug)]
pub struct CanonicalPassword {
    digest: Secret<String>,
    typed: Option<Secret<String>>,
}

impl CanonicalPassword {
    /// From the password as it was typed.
    #[must_use]
    pub fn from_plain(plain: &Secret<String>) -> Self {
        let digest = digest::digest(&digest::SHA256, nfc(plain.expose()).expose().as_bytes());
        let typed = Some(Secret::new(plain.expose().clone()));
        Self { digest: Secret::new(crate::hex::hex(digest.as_ref())), typed }
    }

    /// What was typed, where it was.
    pub(crate) const fn typed(&self) -> Option<&Secret<String>> {
        self.typed.as_ref()
    }

    /// As a client presents it that hashes by itself, to be compared. A text that is not a digest is compared, too: it opens
    /// nothing, and takes as long as any other.
    #[must_use]
    pub const fn presented(text: Secret<String>) -> Self {
        Self { digest: text, typed: None }
    }
}

/// As a client sets it that hashes by itself.
impl FromStr for CanonicalPassword {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let is_digest = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_digest.then(|| Self::presented(Secret::new(text.to_owned()))).ok_or(NotADigest)
    }
}

/// The text is not 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a digest of SHA-256 in lower-case hex")]
pub struct NotADigest;

/// A password at rest: argon2id in PHC form, or another product's hash until its user signs in.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// What another product's hash begins with. Releases before this one take it for damage, and no password opens it there.
const FOREIGN: &str = "foreign:";

impl PasswordHash {
    /// The hash of a user who was moved here.
    #[must_use]
    pub fn foreign(hash: &ForeignHash) -> Self {
        Self(format!("{FOREIGN}{hash}"))
    }

    /// Whether another product made it.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.0.starts_with(FOREIGN)
    }

    /// The text, for the store.
    #[must_use]
    pub fn as_phc(&self) -> &str {
        &self.0
    }

    /// A text from the store. It is read when a password is compared with it.
    #[must_use]
    pub const fn from_phc(phc: String) -> Self {
        Self(phc)
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What comparing a password said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Right,
    /// The password is right, and its hash was made with other parameters than today's or by another product: hash it again.
    RightButStale,
    /// Another product made the hash, of the password itself, and the client sent a digest: nobody can tell.
    NeedsPlain,
    /// The password is wrong, or there is nobody to compare with.
    Wrong,
}

/// Hashes and compares passwords, in memory that the process keeps.
#[derive(Debug)]
pub struct Hasher {
    params: Params,
}

/// OWASP's and RFC 9106's second recommendation: 19 MiB, two passes, one lane. Raising it makes every older hash
/// [`Verdict::RightButStale`], to be replaced at the next login.
#[expect(clippy::cast_possible_truncation, reason = "19 MiB")]
const MEMORY_KIB: u32 = arena::BLOCKS as u32;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;

/// A stored hash that asks for more memory than this is damage, not a parameter.
const MEMORY_KIB_MAX: u32 = 1 << 16;

/// The same of KiB times passes: some half a second on a whole core. A file that moves an app has hashes that somebody else may have written.
const WORK_MAX: u64 = 1 << 20;

/// KiB and passes of today's hashes, for the benchmark that compares with the bare hash.
pub const COST: (u32, u32) = (MEMORY_KIB, PASSES);

impl Hasher {
    /// The parameters of today's hashes.
    #[must_use]
    pub fn new() -> Self {
        Self::with_cost(MEMORY_KIB, PASSES)
    }

    /// Begins to prepare the memory on another thread. Do it before a request reads the store and then hashes, so that its hash finds the memory
    /// ready: `docs/decisions/0381-the-arena-is-prepared-by-the-first-hash.md`.
    pub fn prepare_memory(&self) {
        arena::prepare();
    }

    #[expect(clippy::expect_used, reason = "the parameters are constants of this file and its tests")]
    fn with_cost(memory_kib: u32, passes: u32) -> Self {
        let params = Params::new(memory_kib, passes, LANES, Some(OUTPUT_BYTES)).expect("valid parameters");
        Self { params }
    }

    /// Hashes a password that is being set.
    #[must_use]
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "salt and output have the lengths of PHC")]
    pub fn hash(&self, password: &CanonicalPassword, random: &Random) -> PasswordHash {
        let salt: [u8; 16] = random.bytes();
        let output = derive(&self.params, password, &salt).expect("valid parameters");
        let phc = Phc {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: (&self.params).try_into().expect("parameters have a PHC form"),
            salt: Some(Salt::new(&salt).expect("16 bytes")),
            hash: Some(Output::new(&output).expect("32 bytes")),
        };
        PasswordHash(phc.to_string())
    }

    /// Compares a password with what is stored, or with nothing: an unknown user costs what a known one costs.
    #[must_use]
    pub fn verify(&self, password: &CanonicalPassword, stored: Option<&PasswordHash>) -> Verdict {
        if let Some(foreign) = stored.and_then(|hash| hash.0.strip_prefix(FOREIGN)) {
            return self.verify_foreign(password, foreign);
        }
        if let Some(stored) = stored.and_then(|hash| Stored::parse(hash.as_phc())) {
            return self.compare(password, &stored);
        }
        self.derive_for_nothing(password);
        Verdict::Wrong
    }

    /// A right password is hashed by us next. So ours is computed for the others, too: of hashes quicker than ours, which an old
    /// product's may be, the time does not tell that there is one.
    fn verify_foreign(&self, password: &CanonicalPassword, foreign: &str) -> Verdict {
        let verdict = match (&password.typed, foreign.parse::<ForeignHash>()) {
            (Some(typed), Ok(hash)) if hash.opens(typed) => return Verdict::RightButStale,
            (None, Ok(_)) => Verdict::NeedsPlain,
            (Some(_), Ok(_)) | (_, Err(_)) => Verdict::Wrong,
        };
        self.derive_for_nothing(password);
        verdict
    }

    /// The derived bytes go nowhere: only the time counts.
    fn derive_for_nothing(&self, password: &CanonicalPassword) {
        let _ = derive(&self.params, password, b"nobody's salt 16");
    }

    fn compare(&self, password: &CanonicalPassword, stored: &Stored) -> Verdict {
        let Ok(derived) = derive(&stored.params, password, stored.salt.as_ref()) else { return Verdict::Wrong };
        if verify_slices_are_equal(&derived, stored.output.as_bytes()).is_err() {
            Verdict::Wrong
        } else if stored.params == self.params {
            Verdict::Right
        } else {
            Verdict::RightButStale
        }
    }
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

fn derive(params: &Params, password: &CanonicalPassword, salt: &[u8]) -> argon2::Result<[u8; OUTPUT_BYTES]> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut output = [0; OUTPUT_BYTES];
    arena::with(params.block_count(), |blocks| {
        argon2.hash_password_into_with_memory(password.digest.expose().as_bytes(), salt, &mut output, blocks)
    })?;
    Ok(output)
}

/// A PHC string taken apart.
struct Stored {
    params: Params,
    salt: Salt,
    output: Output,
}

impl Stored {
    fn parse(phc: &str) -> Option<Self> {
        let phc = Phc::new(phc).ok()?;
        let params = Params::try_from(&phc).ok()?;
        let ours = phc.algorithm == Algorithm::Argon2id.ident()
            && phc.version == Some(Version::V0x13.into())
            && params.output_len() == Some(OUTPUT_BYTES)
            && params.m_cost() <= MEMORY_KIB_MAX
            && u64::from(params.m_cost()) * u64::from(params.t_cost()) <= WORK_MAX;
        ours.then_some(Self { params, salt: phc.salt?, output: phc.hash? })
    }
}

#[cfg(test)]
mod tests {
    use super::{CanonicalPassword, Hasher, PasswordHash, Verdict};
    use crate::random::Random;
    use crate::secret::Secret;

    fn canonical(plain: &str) -> CanonicalPassword {
        CanonicalPassword::from_plain(&Secret::new(plain.to_owned()))
    }

    #[test]
    fn the_canonical_secret_is_lower_case_hex_sha_256() {
        assert_eq!(
            canonical("123456").digest.expose(),
            "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92"
        );
    }

    #[test]
    fn a_password_is_the_same_however_its_accents_were_typed() {
        assert_eq!(canonical("cre\u{300}me").digest.expose(), canonical("cr\u{e8}me").digest.expose());
        assert_ne!(canonical("creme").digest.expose(), canonical("cr\u{e8}me").digest.expose());
    }

    #[test]
    fn a_password_opens_its_own_hash_and_no_other() {
        let hasher = Hasher::new();
        let hash = hasher.hash(&canonical("secret123"), &Random::system());
        assert!(hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_phc());
        assert_eq!(hasher.verify(&canonical("secret123"), Some(&hash)), Verdict::Right);
        assert_eq!(hasher.verify(&canonical("secret124"), Some(&hash)), Verdict::Wrong);
        assert_eq!(hasher.verify(&canonical("secret123"), None), Verdict::Wrong);
    }

    #[test]
    fn two_hashes_of_one_password_differ() {
        let hasher = Hasher::with_cost(64, 1);
        let random = Random::system();
        assert_ne!(hasher.hash(&canonical("a"), &random), hasher.hash(&canonical("a"), &random));
    }

    #[test]
    fn the_digest_typed_as_a_password_opens_nothing() {
        let hasher = Hasher::with_cost(64, 1);
        let hash = hasher.hash(&canonical("secret123"), &Random::system());
        let digest = canonical("secret123").digest.expose().clone();
        assert_eq!(hasher.verify(&canonical(&digest), Some(&hash)), Verdict::Wrong);
    }

    #[test]
    fn a_client_may_hash_by_itself() {
        let digest = canonical("secret123").digest.expose().clone();
        let hasher = Hasher::with_cost(64, 1);
        let hash = hasher.hash(&digest.parse().expect("a digest"), &Random::system());
        assert_eq!(hasher.verify(&canonical("secret123"), Some(&hash)), Verdict::Right);
        let presented = |text: &str| CanonicalPassword::presented(Secret::new(text.to_owned()));
        assert_eq!(hasher.verify(&presented(&digest), Some(&hash)), Verdict::Right);
        for other in ["secret123", "", &digest.to_uppercase(), &digest[1..], &format!("{digest}0")] {
            assert!(other.parse::<CanonicalPassword>().is_err(), "{other}");
            assert_eq!(hasher.verify(&presented(other), Some(&hash)), Verdict::Wrong, "{other}");
        }
    }

    #[test]
    fn a_hash_of_other_parameters_is_right_but_stale() {
        let (small, large) = (Hasher::with_cost(64, 1), Hasher::with_cost(128, 1));
        let random = Random::system();
        let (old, new) = (small.hash(&canonical("a"), &random), large.hash(&canonical("a"), &random));
        assert_eq!(large.verify(&canonical("a"), Some(&old)), Verdict::RightButStale);
        assert_eq!(small.verify(&canonical("a"), Some(&new)), Verdict::RightButStale);
    }

    #[test]
    fn another_products_hash_is_opened_by_what_was_typed_and_by_no_digest() {
        let hasher = Hasher::with_cost(64, 1);
        // The MD5 of `correct horse 17`.
        let foreign = "$salted-md5$$$hxzeUhtqB92G1I9wx3mloQ".parse().expect("a hash");
        let stored = PasswordHash::foreign(&foreign);
        assert!(stored.is_foreign() && !hasher.hash(&canonical("a"), &Random::system()).is_foreign());
        let verdict = |password: &CanonicalPassword| hasher.verify(password, Some(&stored));
        assert_eq!(verdict(&canonical("correct horse 17")), Verdict::RightButStale);
        assert_eq!(verdict(&canonical("correct horse 18")), Verdict::Wrong);
        let digest = canonical("correct horse 17").digest.expose().clone();
        assert_eq!(verdict(&digest.parse().expect("a digest")), Verdict::NeedsPlain);
        assert_eq!(verdict(&canonical(&digest)), Verdict::Wrong);
        let damaged = PasswordHash::from_phc("foreign:$2b$04$x".to_owned());
        assert_eq!(hasher.verify(&canonical("a"), Some(&damaged)), Verdict::Wrong);
    }

    #[test]
    fn a_damaged_hash_opens_nothing() {
        let hasher = Hasher::with_cost(64, 1);
        let whole = hasher.hash(&canonical("a"), &Random::system()).as_phc().to_owned();
        for damaged in [
            String::new(),
            "plain".to_owned(),
            whole.replace("argon2id", "argon2i"),
            whole.replace("v=19", "v=16"),
            whole.replace("m=64", "m=4294967295"),
            whole.replace("t=1", "t=4294967295"),
            whole[..whole.len() - 8].to_owned(),
        ] {
            let stored = PasswordHash::from_phc(damaged.clone());
            assert_eq!(hasher.verify(&canonical("a"), Some(&stored)), Verdict::Wrong, "{damaged}");
        }
    }
}
