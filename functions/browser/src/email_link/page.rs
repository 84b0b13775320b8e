//! The page of the link in a verification mail, in each of its states.

use askama::Template;
use runtime::{Answer, COME_BACK, Cause, Cors, Dialect, Output, Preferences, Reason, WireError};
use serde_json::{Value, json};
use shared::clock::{Seconds, Timestamp};
use shared::config::{Config, Origins};
use shared::limit::Quota;
use shared::secret::Secret;
use web::words::{self, Words};
use web::{Frame, Setting};

use crate::wire::BrowserApi;

/// The Browser API's dialect for pages: an error is a page.
#[derive(Clone, Copy, Debug)]
pub struct VerifyPages;

impl Dialect for VerifyPages {
    const NAME: &'static str = BrowserApi::NAME;
    type Error = PageError;
    const CORS_HEADERS: &'static str = BrowserApi::CORS_HEADERS;

    fn quota(config: &Config) -> Quota {
        BrowserApi::quota(config)
    }

    fn cors(_: &Origins) -> Cors<'_> {
        Cors::Listed { origins: &[], credentials: false }
    }
}

/// Everything that the page refuses with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageError {
    /// A page that is none of ours sent the request.
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
            Self::ForeignOrigin => (403, [words::CANNOT_BE_SERVED, words::FOREIGN_ORIGIN]),
            Self::NotFound => (404, [words::PAGE_NOT_FOUND, words::NOT_FOUND]),
            Self::BodyTooLarge => (413, [words::CANNOT_BE_SERVED, words::BODY_TOO_LARGE]),
            Self::TooManyRequests { .. } => (429, [words::NOT_NOW, words::TOO_MANY_REQUESTS]),
            Self::Unavailable(_) => (503, [words::NOT_NOW, words::UNAVAILABLE]),
            Self::Internal(_) => (500, [words::NOT_NOW, words::INTERNAL]),
        }
    }
}

runtime::say_common_refusals!(PageError);
web::say_not_admitted!(PageError);

impl WireError for PageError {
    fn answer(&self, preferences: Preferences) -> Answer {
        let (status, said) = self.row();
        let page = web::refusal(status, preferences.language, said);
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

/// The page's content.
#[derive(Debug)]
pub enum State {
    /// Press the button.
    Ask(Secret<String>),
    /// Type the code where you signed up, or say that it was not you.
    Elsewhere {
        /// The link's.
        token: Secret<String>,
        /// The code, if it is known here.
        code: Option<Secret<String>>,
        /// When the mail was asked for.
        sent: Timestamp,
        /// With what.
        device: Option<String>,
    },
    /// The account is removed.
    Disowned,
    /// The address is proven.
    Proven,
    /// The link proves nothing, or no longer.
    Dead,
}

/// The page of the link in a verification mail.
#[derive(Debug, Template)]
#[template(path = "verify-email.html")]
pub struct VerifyPage {
    pub(super) frame: Frame,
    pub(super) state: State,
}

impl Output for VerifyPage {
    const OTHERWISE: &'static [u16] = &[400];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        matches!(self.state, State::Dead).then_some(Reason::DeadLink)
    }

    fn answer(self) -> Answer {
        let status = if matches!(self.state, State::Dead) { 400 } else { 200 };
        web::show(status, &self.frame, &self, Setting::Ours)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use runtime::Output as _;
    use shared::language::Language;
    use shared::secret::Secret;

    use web::Frame;

    use super::{State, VerifyPage};

    #[test]
    fn a_page_asks_in_both_languages_and_escapes_what_it_is_given() {
        for (language, button) in [(Language::Chinese, "验证邮箱"), (Language::English, "Verify")] {
            let state = State::Ask(Secret::new("\"><script>".to_owned()));
            let page = VerifyPage { frame: Frame::bare(language), state }.answer();
            assert!(
                page.status == 200 && page.body.contains(button) && !page.body.contains("<script>"),
                "{}",
                page.body
            );
        }
    }
}
