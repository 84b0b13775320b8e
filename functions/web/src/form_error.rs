//! Why a page shows its form again.

use runtime::Reason;

use crate::words::Words;

/// The status of the page, what it says of the form, and the reason for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormError {
    /// The status.
    pub status: u16,
    /// What it says, in Chinese and in English.
    pub says: Words,
    /// The word of the log.
    pub reason: Reason,
}

impl From<(u16, Words, Reason)> for FormError {
    fn from((status, says, reason): (u16, Words, Reason)) -> Self {
        Self { status, says, reason }
    }
}
