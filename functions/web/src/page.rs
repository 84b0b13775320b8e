//! How a page looks, and the headers that every page is sent with: docs/decisions/0130-what-pages-share.md.

use std::sync::LazyLock;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::Answer;
use shared::language::Language;

use crate::frame::Frame;
use crate::words::{Words, say};

/// The sheet of every page, that of pages with lists and codes, and that of the sign-in page, with the hash of each in base64.
static SHEETS: LazyLock<[(String, String); 3]> = LazyLock::new(|| {
    let sheets = [
        include_str!("../templates/page.css"),
        include_str!("../templates/parts.css"),
        include_str!("../templates/ways.css"),
    ];
    sheets.map(|sheet| {
        let sheet = squeezed(sheet);
        let hash = hash(&sheet);
        (sheet, hash)
    })
});

/// A sheet without the line breaks and spaces that only its readers need.
fn squeezed(sheet: &str) -> String {
    let css = sheet.lines().map(|line| line.replace("; }", "}")).collect::<String>();
    [(" { ", "{"), ("} ", "}"), ("; ", ";"), (": ", ":")].iter().fold(css, |css, (from, to)| css.replace(from, to))
}

/// The style of every page, as it stands there.
#[must_use]
pub fn style() -> &'static str {
    let [(style, _), ..] = &*SHEETS;
    style
}

/// The style of what stands on some pages: lists to tick, what a client asks for, codes. A page is shown with it unless it says otherwise.
#[must_use]
pub fn parts() -> &'static str {
    let [_, (parts, _), _] = &*SHEETS;
    parts
}

/// The style of the ways in beside the password.
#[must_use]
pub fn ways() -> &'static str {
    let [.., (ways, _)] = &*SHEETS;
    ways
}

/// The mark in the browser's tab.
pub const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' \
                        height='32' rx='8' fill='%231f5f5b'/%3E%3Cpath d='M11 15v-3a5 5 0 0 1 10 0v3h1v9H10v-9zm2 0h6v-3a3 3 0 0 0-6 \
                        0z' fill='%23fff'/%3E%3C/svg%3E";

/// The script of a page with a password field: its button shows what was typed. Without script there is no button.
pub const REVEAL: &str = include_str!("../templates/reveal.js");

/// The script of a page with a form for a passkey, which it shows where the browser has them: it asks the browser for one and sends the
/// form with it.
pub const PASSKEY: &str = include_str!("../templates/passkey.js");

/// What a page may have, with the hash of each in base64.
static SCRIPTS: LazyLock<[(&str, String); 2]> =
    LazyLock::new(|| [REVEAL, PASSKEY].map(|script| (script, hash(script))));

/// The script of a page that sends its own form.
pub const SUBMIT: &str = "document.forms[0].submit()";

/// Of [`SUBMIT`], in base64.
static SUBMIT_HASH: LazyLock<String> = LazyLock::new(|| hash(SUBMIT));

/// What a policy knows an inline text by (CSP 3 §8.2).
fn hash(text: &str) -> String {
    STANDARD.encode(digest(&SHA256, text.as_bytes()))
}

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
    /// Nothing but the style sheets and the scripts that the page has, by their hashes, and pictures of our own.
    fn content_security_policy(self, frame: &Frame, page: &str) -> String {
        let [(_, style), others @ ..] = &*SHEETS;
        let others = others.iter().filter(|(sheet, _)| page.contains(sheet.as_str()));
        let others: Vec<_> = others.map(|(_, hash)| format!(" 'sha256-{hash}'")).collect();
        let others = others.concat();
        let colour = frame.style().map(|style| format!(" 'sha256-{}'", hash(&style))).unwrap_or_default();
        let hashes: Vec<_> = match self {
            Self::Posting => vec![SUBMIT_HASH.as_str()],
            Self::Ours | Self::OnTheWay | Self::Leaving { .. } => {
                SCRIPTS.iter().filter(|(script, _)| page.contains(script)).map(|(_, hash)| hash.as_str()).collect()
            }
        };
        let sources: Vec<_> = hashes.iter().map(|hash| format!("'sha256-{hash}'")).collect();
        let script = if sources.is_empty() { String::new() } else { format!("; script-src {}", sources.join(" ")) };
        let connect = if page.contains(PASSKEY) { "; connect-src 'self'" } else { "" };
        let forms = match self {
            Self::Ours | Self::OnTheWay => "; form-action 'self'",
            Self::Leaving { .. } | Self::Posting => "",
        };
        let picture = match self {
            Self::Leaving { picture: Some(source) } => format!(" {source}"),
            Self::Ours | Self::OnTheWay | Self::Leaving { picture: None } | Self::Posting => String::new(),
        };
        format!(
            "default-src 'none'; style-src 'sha256-{style}'{others}{colour}{script}{connect}; base-uri 'none'; frame-ancestors 'none'{forms}; \
             img-src 'self' data:{picture}"
        )
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
pub fn show(status: u16, frame: &Frame, page: &impl Template, setting: Setting<'_>) -> Answer {
    let body = page.render().expect("renders");
    let policy = setting.content_security_policy(frame, &body);
    let answer = Answer::text("text/html; charset=utf-8", body);
    let answer = Answer { status, ..answer }
        .with("content-language", frame.language.tag())
        .with_cookies(frame.kept())
        .with("content-security-policy", policy)
        // A request or a token stands in the address: no other site is told. `no-referrer` would have a form's own POST say
        // `Origin: null` (Fetch §3.1).
        .with("referrer-policy", "same-origin");
    secured(answer, setting.opener())
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    title: &'static str,
    detail: &'static str,
}

/// A page that refuses a request, with a title and a sentence.
#[must_use]
pub fn refusal(status: u16, language: Language, [title, detail]: [Words; 2]) -> Answer {
    let frame = Frame::bare(language);
    let page = ErrorPage { frame, title: say(title, language), detail: say(detail, language) };
    show(status, &page.frame, &page, Setting::OnTheWay)
}

/// Sends the browser on. Codes stand in the address: nobody is told by `Referer`.
#[must_use]
pub fn redirect(status: u16, location: &str) -> Answer {
    Answer::empty(status).with("location", location.to_owned()).with("referrer-policy", "no-referrer")
}

#[cfg(test)]
mod tests {
    use shared::language::Language;

    use super::{PASSKEY, REVEAL, SCRIPTS, SHEETS, SUBMIT_HASH, Setting, parts, refusal, show, style, ways};
    use crate::frame::Frame;
    use crate::words;

    #[test]
    fn the_policy_allows_the_style_sheet_and_no_other() {
        let page = refusal(404, Language::English, [words::PAGE_NOT_FOUND, words::NOT_FOUND]);
        assert!(page.body.contains(&format!("<style>{}</style>", style())));
        let policy = page.header("content-security-policy").expect("a policy");
        let [(_, style_hash), (_, parts_hash), (_, ways_hash)] = &*SHEETS;
        assert!(policy.contains(&format!("style-src 'sha256-{style_hash}';")), "{policy}");
        for (sheet, hash) in [(parts(), parts_hash), (ways(), ways_hash)] {
            let policy = Setting::Ours.content_security_policy(&Frame::bare(Language::English), sheet);
            assert!(policy.contains(&format!("style-src 'sha256-{style_hash}' 'sha256-{hash}';")), "{policy}");
        }
        for (sheet, wasted) in [style(), parts(), ways()].into_iter().flat_map(|sheet| WASTED.map(|text| (sheet, text)))
        {
            assert!(!sheet.contains(wasted), "{wasted:?}");
        }
    }

    /// What only a reader of a sheet needs.
    const WASTED: [&str; 4] = ["\n", "  ", "; ", " {"];

    #[test]
    fn a_script_runs_on_the_page_that_has_it_and_on_no_other() {
        let frame = Frame::bare(Language::English);
        let [(_, reveal), (_, passkey)] = &*SCRIPTS;
        for setting in [Setting::Ours, Setting::OnTheWay, Setting::Leaving { picture: None }] {
            let policy = |page: &str| setting.content_security_policy(&frame, page);
            assert!(!policy("").contains("script-src"), "{setting:?}");
            assert!(policy(REVEAL).contains(&format!("; script-src 'sha256-{reveal}'; base-uri")), "{setting:?}");
            // What asks for a passkey fetches its options from us.
            let fetching = format!("; script-src 'sha256-{passkey}'; connect-src 'self'; base-uri");
            assert!(policy(PASSKEY).contains(&fetching), "{setting:?}");
            let both = format!("; script-src 'sha256-{reveal}' 'sha256-{passkey}';");
            assert!(policy(&[REVEAL, PASSKEY].concat()).contains(&both), "{setting:?}");
        }
        let policy = Setting::Posting.content_security_policy(&frame, REVEAL);
        assert!(policy.contains(&format!("; script-src 'sha256-{}'; base-uri", *SUBMIT_HASH)), "{policy}");
        assert!(!REVEAL.contains('<') && !PASSKEY.contains('<'), "they stand in a page as they are");
    }

    #[test]
    fn a_picture_from_elsewhere_is_a_clients() {
        let frame = Frame::bare(Language::English);
        let policy = |picture| Setting::Leaving { picture }.content_security_policy(&frame, "");
        assert!(policy(Some("https://cdn.example")).ends_with("; img-src 'self' data: https://cdn.example"));
        assert!(policy(None).ends_with("; img-src 'self' data:"));
    }

    #[test]
    fn every_page_has_the_same_set_of_headers() {
        let page = super::ErrorPage { frame: Frame::bare(Language::Chinese), title: "", detail: "" };
        let names = |setting| {
            let answer = show(200, &page.frame, &page, setting);
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
        let page = super::ErrorPage { frame: Frame::bare(Language::Chinese), title: "", detail: "" };
        for (setting, policy) in [
            (Setting::Ours, "same-origin"),
            (Setting::OnTheWay, "unsafe-none"),
            (Setting::Leaving { picture: None }, "unsafe-none"),
        ] {
            let answer = show(200, &page.frame, &page, setting);
            assert_eq!(answer.header("cross-origin-opener-policy"), Some(policy), "{setting:?}");
        }
    }
}
