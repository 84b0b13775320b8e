//! The reader's language.

use runtime::{Endpoint, Input, Request};
use serde_json::Value;
use shared::config::Config;
use shared::language::Language;

use crate::wire::{AppApi, AppError};

/// What a request says about its reader's language: `?lang=`, which the page's switch sets, and `Accept-Language`.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Chosen by hand.
    pub chosen: Option<Language>,
    accept_language: Option<String>,
}

impl Reader {
    /// What `request` says.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self {
            chosen: request.query("lang").and_then(|tag| tag.parse().ok()),
            accept_language: request.header("accept-language").map(str::to_owned),
        }
    }

    /// The language to answer in.
    #[must_use]
    pub fn language(&self, config: &Config) -> Language {
        let negotiated = || Language::negotiate(self.accept_language.as_deref(), config.default_language);
        self.chosen.unwrap_or_else(negotiated)
    }
}

impl<E: Endpoint<Dialect = AppApi>> Input<E> for Reader {
    fn parse(request: &Request) -> Result<Self, AppError> {
        Ok(Self::of(request))
    }

    fn schema() -> Option<Value> {
        None
    }
}
