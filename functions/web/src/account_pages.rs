//! The dialect of the pages about a user's own account, in `browser` and in `pages`: an error is a page.

use runtime::{Answer, COME_BACK, Cause, Cors, Dialect, Preferences, Reason, Request, WireError};
use shared::clock::Seconds;
use shared::config::{Config, Origins};
use shared::language::Language;
use shared::limit::Quota;

use crate::words::{self, Words};

/// The account's pages, which are counted with the Browser API's requests.
#[derive(Clone, Copy, Debug)]
pub struct AccountPages;

impl Dialect for AccountPages {
    const NAME: &'static str = "browser";
    type Error = PageError;
    const CORS_HEADERS: &'static str = crate::origin::CORS_HEADERS;

    fn chosen_language(request: &Request) -> Option<Language> {
        crate::frame::chosen(request)
    }

    fn quota(config: &Config) -> Quota {
        *config.rate_limit_default
    }

    /// No page of another origin reads these.
    fn cors(_: &Origins) -> Cors<'_> {
        Cors::Listed { origins: &[], credentials: false }
    }
}

/// Everything that the pages refuse with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageError {
    /// A page of another site sent the request.
    ForeignOrigin,
    /// Nothing is served at the path.
    NotFound,
    /// The body is over 64 KiB.
    BodyTooLarge,
    /// The address has to wait.
    TooManyRequests {
        /// How long.
        retry_after: Seconds,
    },
    /// A dependency is down: the same request may succeed soon.
    Unavailable(Cause),
    /// Anything else.
    Internal(Cause),
}

impl PageError {
    /// The table to the page: status, title and detail.
    const fn row(&self) -> (u16, [Words; 2]) {
        match self {
            Self::ForeignOrigin => (403, [words::CANNOT_BE_SERVED, words::FOREIGN_PAGE]),
            Self::NotFound => (404, [words::PAGE_NOT_FOUND, words::NOT_FOUND]),
            Self::BodyTooLarge => (413, [words::CANNOT_BE_SERVED, words::BODY_TOO_LARGE]),
            Self::TooManyRequests { .. } => (429, [words::NOT_NOW, words::on_page::TOO_MANY_REQUESTS]),
            Self::Unavailable(_) => (503, [words::NOT_NOW, words::on_page::UNAVAILABLE]),
            Self::Internal(_) => (500, [words::NOT_NOW, words::INTERNAL]),
        }
    }
}

runtime::say_common_refusals!(PageError);
crate::say_not_admitted!(PageError);

impl WireError for PageError {
    fn answer(&self, preferences: Preferences) -> Answer {
        let (status, said) = self.row();
        let page = crate::refusal(status, preferences.language, said);
        match self {
            Self::TooManyRequests { retry_after } => page.with("retry-after", retry_after.to_string()),
            Self::Unavailable(_) => page.with("retry-after", COME_BACK.to_string()),
            _ => page,
        }
    }

    runtime::say_cause!(Unavailable, Internal);

    fn reason(&self) -> Reason {
        match self {
            Self::ForeignOrigin => Reason::ForeignOrigin,
            Self::NotFound => Reason::NotFound,
            Self::BodyTooLarge => Reason::BodyTooLarge,
            Self::TooManyRequests { .. } => Reason::RateLimited,
            Self::Unavailable(cause) | Self::Internal(cause) => cause.reason(),
        }
    }

    const EACH: &'static [Self] = runtime::one_of_each!(PageError:
        ForeignOrigin,
        NotFound,
        BodyTooLarge,
        TooManyRequests { retry_after: Seconds(1) },
        Unavailable(Cause::TooSlow),
        Internal(Cause::Panic),
    );
}
