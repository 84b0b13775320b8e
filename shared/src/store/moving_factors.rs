//! What of a user's second factor hangs on the key ring: taken off it where the user leaves, and put on the ring of the place where
//! they arrive.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::factor::recovery::{RecoveryCode, RecoveryCodes, RecoveryDigest, RecoverySeed, SealedSeed};
use crate::factor::sealed::SealedTotp;
use crate::id::{AppId, UserId};
use crate::random::Random;
use crate::secret::Secret;
use crate::store::arriving::Unfit;
use crate::store::error::StoreError;
use crate::store::factors::write_digests;
use crate::store::item::{Attributes, Reader, bytes};
use crate::token::ring::KeyRing;

/// A second factor, off any key ring.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartingFactor {
    /// The secret of the authenticator app, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<String>,
    /// What the recovery codes follow from, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_seed: Option<String>,
    /// Which of those codes were not used, counted from zero.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovery_left: Vec<usize>,
}

/// Secrets are not for logs.
impl std::fmt::Debug for DepartingFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Whose factor it is, and under which ring.
#[derive(Clone, Copy)]
pub(super) struct Bound<'a> {
    pub(super) app: &'a AppId,
    pub(super) user: UserId,
    pub(super) ring: &'a KeyRing,
}

impl DepartingFactor {
    /// Takes the factor out of a user's item. Codes of a release that kept no seed stay behind: their digests say nothing under
    /// another ring.
    pub(super) fn take(item: &mut Attributes, bound: Bound<'_>) -> Result<Self, StoreError> {
        let Bound { app, user, ring } = bound;
        let digests: Vec<_> = Reader::new("user", item).string_set("recovery")?;
        let digests: Vec<_> = digests.into_iter().map(RecoveryDigest::stored).collect();
        let [totp, seed] = [taken(item, "totp")?, taken(item, "recovery_seed")?];
        item.remove("recovery");
        let corrupt = |attribute| StoreError::Corrupt { entity: "user", attribute };
        let totp = totp.map(|totp| SealedTotp::from_bytes(totp).open(app, user, ring));
        let totp = totp.transpose().map_err(|_| corrupt("totp"))?;
        let seed = seed.map(|seed| RecoverySeed::open(&SealedSeed::from_bytes(seed), app, user, ring));
        let seed = seed.transpose().map_err(|_| corrupt("recovery_seed"))?;
        let codes = seed.iter().flat_map(RecoverySeed::codes).map(|code| code.digest(app, user, ring));
        let recovery_left: Vec<_> =
            codes.enumerate().filter(|(_, digest)| digests.contains(digest)).map(|(at, _)| at).collect();
        let seed = seed.filter(|_| !recovery_left.is_empty());
        Ok(Self {
            totp: totp.map(|secret| STANDARD.encode(secret.expose())),
            recovery_seed: seed.map(|seed| STANDARD.encode(seed.reveal().expose())),
            recovery_left,
        })
    }

    /// The factor, parsed.
    pub(super) fn checked(&self) -> Result<ArrivingFactor, Unfit> {
        let decode = |text: &String, name| STANDARD.decode(text).map_err(|_| Unfit::Unreadable(name));
        let totp = self.totp.as_ref().map(|totp| decode(totp, "totp")).transpose()?;
        // With an empty secret anybody could compute the codes.
        if totp.as_ref().is_some_and(Vec::is_empty) {
            return Err(Unfit::Unreadable("totp"));
        }
        let seed = self.recovery_seed.as_ref().map(|seed| decode(seed, "recovery_seed")).transpose()?;
        let seed = seed.map(|seed| RecoverySeed::read(seed).ok_or(Unfit::Unreadable("recovery_seed"))).transpose()?;
        let left: BTreeSet<_> = self.recovery_left.iter().copied().collect();
        let is_none_twice = left.len() == self.recovery_left.len();
        if !is_none_twice || left.last().is_some_and(|last| *last >= usize::from(RecoveryCode::EACH_TIME)) {
            return Err(Unfit::Unreadable("recovery_left"));
        }
        Ok(ArrivingFactor { totp: totp.map(Secret::new), recovery: seed.map(|seed| (seed, left)) })
    }
}

/// A second factor that nothing keeps from arriving.
#[derive(Debug)]
pub(super) struct ArrivingFactor {
    totp: Option<Secret<Vec<u8>>>,
    /// What the recovery codes follow from, and which of them were not used.
    recovery: Option<(RecoverySeed, BTreeSet<usize>)>,
}

impl ArrivingFactor {
    /// The most that it adds to the item: names, nonces, tags, and ten digests of 64 bytes.
    const ADDED: usize = 1024;

    /// How many bytes it adds to the user's item, at most.
    pub(super) fn most_bytes(&self) -> usize {
        Self::ADDED + self.totp.as_ref().map_or(0, |totp| totp.expose().len())
    }

    /// Puts it into the item that the user is to have.
    pub(super) fn put(&self, item: &mut Attributes, bound: Bound<'_>, random: &Random) {
        let Bound { app, user, ring } = bound;
        if let Some(totp) = &self.totp {
            let sealed = SealedTotp::seal(totp, app, user, ring, random);
            item.insert("totp".to_owned(), bytes(sealed.as_bytes()));
        }
        if let Some((seed, left)) = &self.recovery {
            let codes = RecoveryCodes::of(seed, app, user, ring, random);
            let left: Vec<_> = left.iter().filter_map(|at| codes.digests.get(*at).cloned()).collect();
            if !left.is_empty() {
                item.insert("recovery".to_owned(), write_digests(&left));
                item.insert("recovery_seed".to_owned(), bytes(codes.seed.as_bytes()));
            }
        }
    }
}

fn taken(item: &mut Attributes, attribute: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
    match item.remove(attribute) {
        None => Ok(None),
        Some(AttributeValue::B(sealed)) => Ok(Some(sealed.into_inner())),
        Some(_) => Err(StoreError::Corrupt { entity: "user", attribute }),
    }
}
