//! How a page looks, and the headers that every page is sent with: docs/decisions/0130-what-pages-share.md.

use askama::Template;
use runtime::Answer;
use shared::language::Language;

use crate::words::{Words, say};

/// The style of every page.
pub const STYLE: &str = include_str!("../templates/page.css");

/// Of [`STYLE`], in base64.
const STYLE_HASH: &str = "03rE3SGNeB19I2PT4ZJkkGHYIA6wk9iHgoyJ65IQfUY=";

/// The one script of a page that has one: it sends the page's form.
pub const SUBMIT: &str = "document.forms[0].submit()";

/// Of [`SUBMIT`], in base64.
const SUBMIT_HASH: &str = "ePniVEkSivX/c7XWBGafqh8tSpiRrKiqYeqbG7N1TOE=";

/// No page of ours needs any of these, nor does anything that could get into one.
const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// Where a page may stand, and where its forms may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting<'a> {
    /// Between our own pages.
    Ours,
    /// In a window that a client's page may have opened. Its forms end here.
    OnTheWay,
    /// In such a window, with a form that may end at the client. Browsers hold every redirect that follows a form to the form's
    /// policy (CSP 3 §6.4.1), so nothing is said of forms: where the client's callback sends the browser next is not ours to
    /// know.
    Leaving {
        /// The origin of the client's picture.
        picture: Option<&'a str>,
    },
    /// In such a window, with a form that sends itself to the client.
    Posting,
}

impl Setting<'_> {
    /// Nothing but the one style sheet, by its hash.
    fn content_security_policy(self) -> String {
        let policy =
            format!("default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'");
        match self {
            Self::Ours | Self::OnTheWay => policy + "; form-action 'self'",
            Self::Leaving { picture: Some(source) } => format!("{policy}; img-src {source}"),
            Self::Leaving { picture: None } => policy,
            Self::Posting => format!("{policy}; script-src 'sha256-{SUBMIT_HASH}'"),
        }
    }

    const fn opener(self) -> Opener {
        match self {
            Self::Ours => Opener::Cut,
            Self::OnTheWay | Self::Leaving { .. } | Self::Posting => Opener::Kept,
        }
    }
}

/// Whether the page that opened a page's window keeps a hold of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// A page of another origin has none.
    Cut,
    /// A client signs its users in in a window of its own and waits for it to come back: cut off, it would wait for ever.
    Kept,
}

/// The answer with the headers that every page has, whatever it shows. `Strict-Transport-Security` has every answer of ours.
#[must_use]
pub fn secured(answer: Answer, opener: Opener) -> Answer {
    let opener = match opener {
        Opener::Cut => "same-origin",
        Opener::Kept => "unsafe-none",
    };
    answer
        .with("x-frame-options", "DENY")
        .with("cross-origin-opener-policy", opener)
        .with("permissions-policy", PERMISSIONS)
}

/// A page.
#[must_use]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a template of strings fails only when a String does"
)]
pub fn show(status: u16, language: Language, page: &impl Template, setting: Setting<'_>) -> Answer {
    let answer = Answer::text("text/html; charset=utf-8", page.render().expect("renders"));
    let answer = Answer { status, ..answer }
        .with("content-language", language.tag())
        .with("content-security-policy", setting.content_security_policy())
        // A request or a token stands in the address: no other site is told. `no-referrer` would have a form's own POST say
        // `Origin: null` (Fetch §3.1).
        .with("referrer-policy", "same-origin");
    secured(answer, setting.opener())
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    language: Language,
    title: &'static str,
    detail: &'static str,
}

/// A page that refuses a request, with a title and a sentence.
#[must_use]
pub fn refusal(status: u16, language: Language, [title, detail]: [Words; 2]) -> Answer {
    let page = ErrorPage { language, title: say(title, language), detail: say(detail, language) };
    show(status, language, &page, Setting::OnTheWay)
}

/// Sends the browser on. Codes stand in the address: nobody is told by `Referer`.
#[must_use]
pub fn redirect(status: u16, location: &str) -> Answer {
    Answer::empty(status).with("location", location.to_owned()).with("referrer-policy", "no-referrer")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use shared::language::Language;

    use super::{STYLE, STYLE_HASH, SUBMIT, SUBMIT_HASH, Setting, refusal, show};
    use crate::words;

    #[test]
    fn the_policy_allows_the_style_sheet_and_no_other() {
        assert_eq!(STYLE_HASH, STANDARD.encode(digest::digest(&digest::SHA256, STYLE.as_bytes())));
        let page = refusal(404, Language::English, [words::PAGE_NOT_FOUND, words::NOT_FOUND]);
        assert!(page.body.contains(&format!("<style>{STYLE}</style>")));
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains(&format!("style-src 'sha256-{STYLE_HASH}';")), "{policy}");
    }

    #[test]
    fn the_one_script_runs_on_the_page_that_sends_itself_and_on_no_other() {
        assert_eq!(SUBMIT_HASH, STANDARD.encode(digest::digest(&digest::SHA256, SUBMIT.as_bytes())));
        for setting in [Setting::Ours, Setting::OnTheWay, Setting::Leaving { picture: None }] {
            assert!(!setting.content_security_policy().contains("script-src"), "{setting:?}");
        }
        assert!(Setting::Posting.content_security_policy().contains(SUBMIT_HASH));
    }

    #[test]
    fn every_page_has_the_same_set_of_headers() {
        let page = super::ErrorPage { language: Language::Chinese, title: "", detail: "" };
        let names = |setting| {
            let answer = show(200, Language::Chinese, &page, setting);
            answer.headers.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
        };
        let all = names(Setting::Ours);
        for name in [
            "content-security-policy",
            "x-frame-options",
            "cross-origin-opener-policy",
            "permissions-policy",
            "referrer-policy",
            "content-language",
        ] {
            assert_eq!(all.iter().filter(|known| **known == name).count(), 1, "{name}");
        }
        for setting in [Setting::OnTheWay, Setting::Leaving { picture: Some("https://a.example") }] {
            assert_eq!(names(setting), all, "{setting:?}");
        }
    }

    #[test]
    fn a_client_that_opened_a_window_keeps_it_and_nobody_else_does() {
        let page = super::ErrorPage { language: Language::Chinese, title: "", detail: "" };
        for (setting, policy) in [
            (Setting::Ours, "same-origin"),
            (Setting::OnTheWay, "unsafe-none"),
            (Setting::Leaving { picture: None }, "unsafe-none"),
        ] {
            let answer = show(200, Language::Chinese, &page, setting);
            assert_eq!(answer.header("cross-origin-opener-policy"), Some(policy), "{setting:?}");
        }
    }
}
