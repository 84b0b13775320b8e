//! What only some functions are given.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

/// A part of the configuration that only some functions are given. It notes that it was looked at, so that tests compare
/// the variables that a function reads with those that the template gives it.
pub struct Part<T> {
    value: T,
    variables: Vec<&'static str>,
    used: AtomicBool,
}

impl<T> Part<T> {
    pub(super) const fn new(value: T, variables: Vec<&'static str>) -> Self {
        Self { value, variables, used: AtomicBool::new(false) }
    }

    /// Whether it was looked at.
    pub(super) fn was_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }
}

impl<T> Deref for Part<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.used.store(true, Ordering::Relaxed);
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Part<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// A part of any type.
pub(super) trait Used {
    fn was_used(&self) -> bool;
    fn variables(&self) -> &[&'static str];
    fn forget_use(&self);
}

impl<T> Used for Part<T> {
    fn was_used(&self) -> bool {
        self.was_used()
    }

    fn variables(&self) -> &[&'static str] {
        &self.variables
    }

    fn forget_use(&self) {
        self.used.store(false, Ordering::Relaxed);
    }
}
