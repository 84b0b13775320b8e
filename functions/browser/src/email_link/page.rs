//! The page, in all its states.

use askama::Template;
use runtime::{Answer, Cors, Dialect, Manner, Output, Reason, Refusal, Refused};
use serde_json::{Value, json};
use shared::config::{Config, Origins};
use shared::language::Language;
use shared::limit::Quota;
use shared::secret::Secret;
use shared::store::StoreError;

use crate::wire::{BrowserApi, BrowserError};

/// The Browser API for people: refusals are pages.
#[derive(Clone, Copy, Debug)]
pub struct Pages;

impl Dialect for Pages {
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

/// A refusal of the Browser API, as a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageError(BrowserError);

impl PageError {
    pub(super) const FOREIGN_ORIGIN: Self = Self(BrowserError::ForeignOrigin);
}

impl From<BrowserError> for PageError {
    fn from(error: BrowserError) -> Self {
        Self(error)
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl Refused for PageError {
    fn answer(&self, manner: Manner) -> Answer {
        let refusal = self.0.answer(manner);
        let page = Page { language: manner.language, state: State::Refused(self.0.detail(manner.language)) };
        let answer = page.answer();
        let answer = Answer { status: refusal.status, ..answer };
        match refusal.header("retry-after") {
            Some(wait) => answer.with("retry-after", wait.to_owned()),
            None => answer,
        }
    }

    fn cause(&self) -> Option<String> {
        self.0.cause()
    }

    fn reason(&self) -> Reason {
        self.0.reason()
    }

    /// Those of the Browser API, and each is a page.
    const EACH: &'static [Self] = &[Self(BrowserError::NoToken)];
}

/// What the page says.
#[derive(Debug)]
pub enum State {
    /// Press the button.
    Ask(Secret<String>),
    /// The address is proven.
    Proven,
    /// The link proves nothing, or no longer.
    Dead,
    /// Something else stands in the way.
    Refused(&'static str),
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "verify-email.html")]
pub struct Page {
    pub(super) language: Language,
    pub(super) state: State,
}

const STYLE: &str = include_str!("../../templates/page.css");

/// Nothing but the one style sheet, by its hash, and a form that posts to us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'sha256-OBULvU80haeE4MWot3y9PupLBm66bPvQljI0V2aGkow='; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

impl Page {
    /// The text in the page's language. Both stand side by side in the template, so neither can be forgotten.
    const fn say(&self, chinese: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }
}

impl Output for Page {
    const OTHERWISE: &'static [u16] = &[400];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        matches!(self.state, State::Dead).then_some(Reason::DeadLink)
    }

    #[expect(clippy::expect_used, reason = "a template of strings fails only when a String does")]
    fn answer(self) -> Answer {
        let page = Answer::text("text/html; charset=utf-8", self.render().expect("renders"));
        let status = if matches!(self.state, State::Dead) { 400 } else { 200 };
        Answer { status, ..page }
            .with("content-language", self.language.tag())
            .with("content-security-policy", CONTENT_SECURITY_POLICY)
            // The token stands in the address: no other site is told. `no-referrer` would have the form's own POST
            // say `Origin: null` (Fetch §3.1).
            .with("referrer-policy", "same-origin")
            .with("cross-origin-opener-policy", "same-origin")
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use runtime::Output as _;
    use shared::language::Language;
    use shared::secret::Secret;

    use super::{CONTENT_SECURITY_POLICY, Page, STYLE, State};

    #[test]
    fn the_policy_allows_the_style_sheet_and_no_other() {
        let hash = STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()));
        assert!(CONTENT_SECURITY_POLICY.contains(&format!("style-src 'sha256-{hash}';")), "{hash}");
        let page = Page { language: Language::English, state: State::Dead }.answer();
        assert!(page.body.contains(&format!("<style>{STYLE}</style>")));
    }

    #[test]
    fn a_page_asks_in_both_languages_and_escapes_what_it_is_given() {
        for (language, button) in [(Language::Chinese, "验证邮箱"), (Language::English, "Verify")] {
            let state = State::Ask(Secret::new("\"><script>".to_owned()));
            let page = Page { language, state }.answer();
            assert!(
                page.status == 200 && page.body.contains(button) && !page.body.contains("<script>"),
                "{}",
                page.body
            );
        }
    }
}
