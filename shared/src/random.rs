//! Randomness as a parameter: the one place that asks the machine for it.

use std::fmt;
use std::sync::Arc;

/// A source of unpredictable bytes.
///
/// Production has [`SystemEntropy`]; a test may hand in bytes of its own to meet a collision on purpose.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with randomness fit for keys.
    fn fill(&self, bytes: &mut [u8]);
}

/// A shared source of randomness.
#[derive(Clone)]
pub struct Random(Arc<dyn Entropy>);

impl Random {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        Self::from_entropy(SystemEntropy)
    }

    /// Randomness from a source of the caller's.
    pub fn from_entropy(source: impl Entropy + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// `N` fresh bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

/// The TLS library's generator, seeded by the operating system.
#[derive(Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that takes randomness from the machine")]
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing may be issued: the process ends, and the gateway answers 500"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).expect("the operating system has randomness");
    }
}
