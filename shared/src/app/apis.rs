//! Which APIs serve an app. OAuth is not among them: its clients are registered one by one.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// An API that lets people sign up and in with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Api {
    /// `docs/api/app.md`
    App,
    /// `docs/api/browser.md`
    Browser,
    /// `docs/api/account.md`
    Account,
}

impl Api {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::App, Self::Browser, Self::Account];

    /// The API's name, as it is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Browser => "browser",
            Self::Account => "account",
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write app, browser or account")]
pub struct NotAnApi;

impl FromStr for Api {
    type Err = NotAnApi;

    fn from_str(text: &str) -> Result<Self, NotAnApi> {
        Self::ALL.into_iter().find(|api| api.name() == text).ok_or(NotAnApi)
    }
}

/// Some of the APIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apis(BTreeSet<Api>);

impl Apis {
    /// These.
    #[must_use]
    pub fn of(apis: impl IntoIterator<Item = Api>) -> Self {
        Self(apis.into_iter().collect())
    }

    /// Whether the API is among them.
    #[must_use]
    pub fn have(&self, api: Api) -> bool {
        self.0.contains(&api)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Api> + '_ {
        self.0.iter().copied()
    }
}

impl Default for Apis {
    /// All: an app whose owner named none.
    fn default() -> Self {
        Self::of(Api::ALL)
    }
}
