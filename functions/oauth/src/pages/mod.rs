//! What people see: pages in two languages that work without script, and refusals as pages.

use askama::Template;
use browser::wire::BrowserError;
use runtime::{Answer, Cause, Cors, Dialect, Manner, Reason, Refusal, Refused};
use shared::config::{Config, Origins};
use shared::language::Language;
use shared::limit::Quota;
use shared::store::StoreError;

use crate::wire::OauthApi;

/// The OAuth API for people.
#[derive(Clone, Copy, Debug)]
pub struct Pages;

impl Dialect for Pages {
    const NAME: &'static str = OauthApi::NAME;
    type Error = PageError;
    const CORS_HEADERS: &'static str = OauthApi::CORS_HEADERS;

    fn quota(config: &Config) -> Quota {
        OauthApi::quota(config)
    }

    /// No page of another origin reads these (RFC 9700 §2.6).
    fn cors(_: &Origins) -> Cors<'_> {
        Cors::Listed { origins: &[], credentials: false }
    }
}

/// Everything that pages refuse with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageError {
    /// No client of that id: the browser is sent nowhere.
    UnknownClient,
    /// No address that this client registered: the browser is sent nowhere.
    UnknownRedirect,
    /// The client is told, by way of the browser.
    Back {
        /// 302 after a GET, 303 after a POST: the form is not sent on.
        status: u16,
        /// Where the browser goes.
        location: String,
    },
    /// The form was not shown to this session.
    NoTicket,
    /// What the Browser API refuses with, too.
    Browser(BrowserError),
}

impl PageError {
    /// Status, title and detail, both in Chinese and in English.
    fn row(&self, language: Language) -> (u16, &'static str, &'static str) {
        let say = |chinese, english| language.say(chinese, english);
        let refused = say("请求无效", "This request cannot be served");
        match self {
            Self::UnknownClient => (
                400,
                refused,
                say("请求访问的应用未注册或已停用。", "The app that sent you here is not registered, or no longer."),
            ),
            Self::UnknownRedirect => (
                400,
                refused,
                say(
                    "应用给出的返回地址未注册。请联系应用的开发者。",
                    "The address to return to is not one that the app registered. Tell the app's developers.",
                ),
            ),
            Self::NoTicket => (
                403,
                say("页面已失效", "This page has expired"),
                say("请返回应用重新开始。", "Go back to the app and start again."),
            ),
            Self::Back { status, .. } => (*status, refused, ""),
            Self::Browser(error @ BrowserError::NotFound) => {
                (404, say("页面不存在", "Page not found"), error.detail(language))
            }
            Self::Browser(error) => (error.status(), say("请稍后再试", "Not now"), error.detail(language)),
        }
    }
}

impl From<BrowserError> for PageError {
    fn from(error: BrowserError) -> Self {
        Self::Browser(error)
    }
}

impl From<Cause> for PageError {
    /// What may succeed soon.
    fn from(cause: Cause) -> Self {
        Self::Browser(BrowserError::Unavailable(cause))
    }
}

impl From<Refusal> for PageError {
    fn from(refusal: Refusal) -> Self {
        Self::Browser(refusal.into())
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Browser(error.into())
    }
}

impl Refused for PageError {
    fn answer(&self, manner: Manner) -> Answer {
        let language = manner.language;
        let (status, title, detail) = self.row(language);
        match self {
            Self::Back { status, location } => redirect(*status, location),
            Self::Browser(error) => {
                let page = show(status, language, &ErrorPage { language, title, detail }, &[Lead::Home]);
                match error.answer(manner).header("retry-after") {
                    Some(wait) => page.with("retry-after", wait.to_owned()),
                    None => page,
                }
            }
            _ => show(status, language, &ErrorPage { language, title, detail }, &[Lead::Home]),
        }
    }

    fn cause(&self) -> Option<String> {
        match self {
            Self::Browser(error) => error.cause(),
            _ => None,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::UnknownClient => Reason::UnknownClient,
            Self::UnknownRedirect => Reason::UnknownRedirectUri,
            Self::Back { .. } => Reason::AuthorizationError,
            Self::NoTicket => Reason::StaleForm,
            Self::Browser(error) => error.reason(),
        }
    }

    const EACH: &'static [Self] = runtime::one_of_each!(PageError:
        UnknownClient,
        UnknownRedirect,
        Back { status: 302, location: String::new() },
        NoTicket,
        Browser(BrowserError::NoToken),
    );
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    language: Language,
    title: &'static str,
    detail: &'static str,
}

/// The style of every page: the Browser API's, and what these pages have besides.
pub(crate) const STYLE: &str =
    concat!(include_str!("../../../browser/templates/page.css"), include_str!("../../templates/pages.css"));

/// Of [`STYLE`], in base64.
const STYLE_HASH: &str = "cNwT0srM+TRjvmuTDGzddZpuu5S1vSFSJzXl1ZbeQXU=";

/// A page.
#[expect(clippy::expect_used, reason = "a template of strings fails only when a String does")]
pub(crate) fn show(status: u16, language: Language, page: &impl Template, leads: &[Lead<'_>]) -> Answer {
    let mut policy =
        format!("default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'");
    for lead in leads {
        match lead {
            Lead::Home => policy.push_str("; form-action 'self'"),
            Lead::Image(source) => policy = format!("{policy}; img-src {source}"),
        }
    }
    let answer = Answer::text("text/html; charset=utf-8", page.render().expect("renders"));
    Answer { status, ..answer }
        .with("content-language", language.tag())
        .with("content-security-policy", policy)
        .with("x-frame-options", "DENY")
        // The request stands in the address: no other site is told. `no-referrer` would have a form's own POST say
        // `Origin: null` (Fetch §3.1). No `Cross-Origin-Opener-Policy`: a client's page that opened this one in a window of
        // its own would stay cut off from it.
        .with("referrer-policy", "same-origin")
}

/// Where a page leads.
#[derive(Clone, Debug)]
pub(crate) enum Lead<'a> {
    /// Its forms stay here. Browsers hold every redirect that follows a form to the form's policy (CSP 3 §6.4.1), so the
    /// page that leads back to a client says nothing: where its callback sends the browser next is not ours to know.
    Home,
    /// A picture is there.
    Image(&'a str),
}

/// Sends the browser on. Codes stand in the address: nobody is told by `Referer`.
pub(crate) fn redirect(status: u16, location: &str) -> Answer {
    Answer::empty(status).with("location", location.to_owned()).with("referrer-policy", "no-referrer")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{STYLE, STYLE_HASH};

    #[test]
    fn the_policy_allows_the_style_sheet_and_no_other() {
        assert_eq!(STYLE_HASH, STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes())));
    }
}
