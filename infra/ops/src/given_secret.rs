//! A secret that an operator gives by an option or the environment.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use shared::secret::Secret;

/// The secret. It prints as `***`; `clap` clones what it has parsed, so the secret itself is shared.
#[derive(Clone, Debug)]
pub(crate) struct GivenSecret(Arc<Secret<String>>);

impl FromStr for GivenSecret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Arc::new(Secret::new(text.to_owned()))))
    }
}

impl GivenSecret {
    /// The secret.
    pub(crate) fn secret(&self) -> &Secret<String> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::GivenSecret;

    #[test]
    fn a_secret_of_an_option_prints_stars() {
        let secret: GivenSecret = "hunter2".parse().expect("any text");
        assert_eq!(format!("{secret:?}"), "GivenSecret(***)");
        assert_eq!(secret.secret().expose(), "hunter2");
    }
}
