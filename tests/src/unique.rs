use std::sync::atomic::{AtomicU64, Ordering};

/// A word that no other call in this process returns: tests that share a stack stay out of each other's way.
#[must_use]
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{prefix}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A mobile number that no other call in this process returns, each in a block of ten thousand of its own: budgets are
/// kept per block.
#[must_use]
pub fn unique_phone() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("139{:04}1234", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A username that nobody has registered.
#[must_use]
pub fn unique_username() -> String {
    unique("u").replace('-', "_")
}

/// An e-mail address in its canonical form that nobody has registered.
#[must_use]
pub fn unique_email() -> String {
    format!("{}@example.com", unique("user"))
}
