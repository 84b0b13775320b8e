//! One sentence of the report.

use std::fmt;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// As it should be.
    Fine(String),
    /// It works, and should be looked at.
    Advice(String),
    /// It does not work, or will hurt.
    Wrong(String),
}

impl Finding {
    pub(super) const fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong(_))
    }

    /// The worst is the greatest, and stands last, where a terminal shows it.
    pub(super) const fn severity(&self) -> u8 {
        match self {
            Self::Fine(_) => 0,
            Self::Advice(_) => 1,
            Self::Wrong(_) => 2,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine(sentence) => write!(f, "ok      {sentence}"),
            Self::Advice(sentence) => write!(f, "advice  {sentence}"),
            Self::Wrong(sentence) => write!(f, "WRONG   {sentence}"),
        }
    }
}
