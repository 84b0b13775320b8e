//! The ring under another key-encryption key: for one that leaked.

use super::{SealedGeneration, SealedRing, kid};
use crate::random::Random;
use crate::token::Algorithm;
use crate::token::seal::{CannotOpen, Kek};

impl SealedRing {
    /// The same keys, sealed under `new` in place of `old`. What has `old` alone opens it no more.
    ///
    /// # Errors
    /// [`CannotOpen`] when the ring was sealed under another key than `old`.
    pub fn rewrap(mut self, old: &Kek, new: &Kek, random: &Random) -> Result<Self, CannotOpen> {
        let wrap = |place: &str, sealed: &[u8]| Ok(new.seal(place, old.open(place, sealed)?.expose(), random));
        self.root = wrap("root", &self.root)?;
        for SealedGeneration { id, hs256, pairs, .. } in &mut self.generations {
            *hs256 = wrap(&kid(id, Algorithm::Hs256), hs256)?;
            for (algorithm, pair) in Algorithm::ASYMMETRIC.into_iter().zip(pairs) {
                pair.private = wrap(&kid(id, algorithm), &pair.private)?;
            }
        }
        self.version += 1;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::clock::Timestamp;
    use crate::id::AppId;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::Algorithm;
    use crate::token::ring::{Purpose, SealedRing};
    use crate::token::seal::Kek;

    #[test]
    fn the_same_keys_open_under_the_new_secret_and_no_more_under_the_old() -> Result<(), Box<dyn std::error::Error>> {
        let (now, random) = (Timestamp::from_unix(1_795_255_200), Random::system());
        let kek = |secret: &str| Kek::new(&Secret::new(secret.to_owned()));
        let ring = SealedRing::create(&kek("old"), &random, now)?;
        let wrapped = ring.clone().rewrap(&kek("old"), &kek("new"), &random)?;
        assert_eq!(wrapped.version, ring.version + 1);
        assert!(ring.clone().rewrap(&kek("another"), &kek("new"), &random).is_err());
        assert!(wrapped.clone().open(Arc::new(kek("old"))).is_err());

        let (before, after) = (ring.open(Arc::new(kek("old")))?, wrapped.open(Arc::new(kek("new")))?);
        let app: AppId = "demo".parse()?;
        assert_eq!(before.blind("email", &app, "ada"), after.blind("email", &app, "ada"), "users are found again");
        let published =
            |ring: &crate::token::ring::KeyRing| ring.public_keys(now).map(|key| key.kid).collect::<Vec<_>>();
        assert_eq!(published(&before), published(&after));
        for algorithm in Algorithm::ASYMMETRIC {
            let generation = after.current(now).ok_or("no generation")?;
            after.sign(generation, algorithm, &Purpose { api: "app", app: &app }, b"message")?;
        }
        Ok(())
    }
}
