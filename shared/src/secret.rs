//! Values that must not be seen: they print `***`, are wiped when dropped and are read by asking for it.

use std::fmt;

use zeroize::Zeroize;

/// A secret value.
///
/// `Debug` and `Display` print `***`, so that no log line and no error can show it. There is no `Clone`, no
/// `PartialEq`: a secret is compared in constant time by the type that knows what it is.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Marks `value` as secret.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Looks at the secret. The name is long on purpose: each use is a place to review.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + Default> Secret<T> {
    /// Takes the secret out, for the one answer that shows it.
    pub fn reveal(mut self) -> T {
        std::mem::take(&mut self.0)
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_prints_stars() {
        let secret = Secret::new(String::from("hunter2"));
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }

    #[test]
    fn revealing_consumes_the_secret() {
        assert_eq!(Secret::new(String::from("hunter2")).reveal(), "hunter2");
    }
}
