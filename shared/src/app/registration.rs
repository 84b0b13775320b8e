//! Whether clients may register themselves with an app (RFC 7591).

use crate::app::credential::AppSecret;

/// Who may register a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// The app's owner alone.
    #[default]
    Off,
    /// Who has the initial access token of that digest.
    Token([u8; 32]),
    /// Everybody, a client without a secret.
    Open,
}

impl Registration {
    /// Whether `presented` is the initial access token.
    #[must_use]
    pub fn admits(&self, presented: &AppSecret) -> bool {
        match self {
            Self::Token(digest) => {
                aws_lc_rs::constant_time::verify_slices_are_equal(digest, &presented.digest()).is_ok()
            }
            Self::Off | Self::Open => false,
        }
    }

    /// Its name, in items and commands.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Token(_) => "token",
            Self::Open => "open",
        }
    }
}
