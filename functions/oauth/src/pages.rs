//! What people see: pages in two languages that work without script, and refusals as pages.

use runtime::{Answer, COME_BACK, Cause, Cors, Dialect, Preferences, Reason, Request, WireError};
use shared::clock::Seconds;
use shared::config::{Config, Origins};
use shared::language::Language;
use shared::limit::Quota;
use shared::service::quotas::NotInQuota;
use web::words::{self, Words};

use crate::protocol::authorize::{AuthorizeError, Back, FormPost};
use crate::protocol::wire::OauthApi;

/// The OAuth API's dialect for pages: an error is a page.
#[derive(Clone, Copy, Debug)]
pub struct Pages;

impl Dialect for Pages {
    const NAME: &'static str = OauthApi::NAME;
    type Error = PageError;
    const CORS_HEADERS: &'static str = OauthApi::CORS_HEADERS;

    /// As on the pages themselves: by the link at their foot, or else by the client.
    fn chosen_language(request: &Request) -> Option<Language> {
        web::frame::chosen(request).or_else(|| request.query("ui_locales").and_then(Language::first_of))
    }

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
    Back(Back, AuthorizeError),
    /// A client sent its user here to sign out, with an ID token that is not its own, or with a parameter twice.
    InvalidHint,
    /// The form was not shown to this session.
    NoTicket,
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

/// A refusal on the page: status, title and detail.
type Row = (u16, [Words; 2]);

impl PageError {
    /// For the reference of an operation that may send the browser back by a redirect after a GET.
    pub const BACK_AFTER_GET: Self = Self::back(302);

    /// The same after a POST: the form is not sent on.
    pub const BACK_AFTER_POST: Self = Self::back(303);

    /// The same by a form that the browser posts.
    pub const BACK_BY_FORM: Self = Self::Back(Back::Form(FormPost::EMPTY), AuthorizeError::Ambiguous);

    const fn back(status: u16) -> Self {
        Self::Back(Back::Redirect { status, location: String::new() }, AuthorizeError::Ambiguous)
    }

    /// The table to the page.
    const fn row(&self) -> Row {
        match self {
            Self::UnknownClient => (
                400,
                [
                    words::CANNOT_BE_SERVED,
                    ["请求访问的应用未注册或已停用。", "The app that sent you here is not registered, or was removed."],
                ],
            ),
            Self::UnknownRedirect => (
                400,
                [
                    words::CANNOT_BE_SERVED,
                    [
                        "应用给出的返回地址未注册。请联系应用的开发者。",
                        "The address to return to is not one that the app registered. Tell the app's developers.",
                    ],
                ],
            ),
            // Never shown: the browser goes on.
            Self::Back(back, _) => (back.status(), [words::CANNOT_BE_SERVED; 2]),
            Self::InvalidHint => (
                400,
                [
                    words::CANNOT_BE_SERVED,
                    [
                        "应用发来的退出请求无效。请联系应用的开发者。",
                        "The app's request to sign you out is not valid. Tell the app's developers.",
                    ],
                ],
            ),
            Self::NoTicket => (
                403,
                [
                    ["页面已失效", "This page has expired"],
                    ["请返回应用重新开始。", "Go back to the app and start again."],
                ],
            ),
            Self::ForeignOrigin => (403, [words::CANNOT_BE_SERVED, words::FOREIGN_PAGE]),
            Self::NotFound => (404, [words::PAGE_NOT_FOUND, words::NOT_FOUND]),
            Self::BodyTooLarge => (413, [words::CANNOT_BE_SERVED, words::BODY_TOO_LARGE]),
            Self::TooManyRequests { .. } => (429, [words::NOT_NOW, words::on_page::TOO_MANY_REQUESTS]),
            Self::Unavailable(_) => (503, [words::NOT_NOW, words::on_page::UNAVAILABLE]),
            Self::Internal(_) => (500, [words::NOT_NOW, words::INTERNAL]),
        }
    }
}

impl WireError for PageError {
    fn answer(&self, preferences: Preferences) -> Answer {
        let (status, said) = self.row();
        let page = || web::refusal(status, preferences.language, said);
        match self {
            Self::Back(back, _) => back.answer(),
            Self::TooManyRequests { retry_after } => page().with("retry-after", retry_after.to_string()),
            Self::Unavailable(_) => page().with("retry-after", COME_BACK.to_string()),
            _ => page(),
        }
    }

    runtime::say_cause!(Unavailable, Internal);

    fn reason(&self) -> Reason {
        match self {
            Self::UnknownClient => Reason::UnknownClient,
            Self::UnknownRedirect => Reason::UnknownRedirectUri,
            Self::Back(_, why) => why.reason(),
            Self::InvalidHint => Reason::InvalidLogoutRequest,
            Self::NoTicket => Reason::StaleForm,
            Self::ForeignOrigin => Reason::ForeignOrigin,
            Self::NotFound => Reason::NotFound,
            Self::BodyTooLarge => Reason::BodyTooLarge,
            Self::TooManyRequests { .. } => Reason::RateLimited,
            Self::Unavailable(cause) | Self::Internal(cause) => cause.reason(),
        }
    }

    const EACH: &'static [Self] = runtime::one_of_each!(PageError:
        UnknownClient,
        UnknownRedirect,
        Back(Back::Redirect { status: 302, location: String::new() }, AuthorizeError::Ambiguous),
        InvalidHint,
        NoTicket,
        ForeignOrigin,
        NotFound,
        BodyTooLarge,
        TooManyRequests { retry_after: Seconds(1) },
        Unavailable(Cause::TooSlow),
        Internal(Cause::Panic),
    );
}

runtime::say_common_refusals!(PageError);
web::say_not_admitted!(PageError);

impl From<NotInQuota> for PageError {
    fn from(error: NotInQuota) -> Self {
        match error {
            NotInQuota::TooOften(retry_after) => Self::TooManyRequests { retry_after },
            NotInQuota::Store(error) => error.into(),
        }
    }
}

impl From<Cause> for PageError {
    /// What may succeed soon.
    fn from(cause: Cause) -> Self {
        Self::Unavailable(cause)
    }
}
