//! Pages of apps that reset links open.

use std::str::FromStr;

use crate::origin::Origin;

/// The page of an app that asks for a new password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetPage(String);

/// Why a text is not a page that a link can open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAResetPage {
    /// No address, or one that a mail cannot carry as it is.
    #[error(
        "a reset page is an address of up to 512 letters without spaces, quotes and line breaks: write https://shop.example/reset"
    )]
    Malformed,
    /// The token would be sent in clear.
    #[error(
        "a reset page is https, or http of this machine: anybody who reads the link on its way could set the password"
    )]
    InClear,
}

/// A link is longer by its token, and mail programs break what is too long.
const LONGEST: usize = 512;

impl ResetPage {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ResetPage {
    type Err = NotAResetPage;

    /// An `https` address, an `http` one of this machine, or one of an app's own scheme, which has a dot (RFC 8252 §7.1).
    fn from_str(text: &str) -> Result<Self, NotAResetPage> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\^`{|}".contains(&byte);
        let fits = text.len() <= LONGEST && text.bytes().all(plain) && text.matches('#').count() <= 1;
        let (scheme, rest) = text.split_once(':').filter(|_| fits).ok_or(NotAResetPage::Malformed)?;
        if scheme.contains('.') && rest.starts_with('/') {
            return Ok(Self(text.to_owned()));
        }
        let (origin, rest) = Origin::of(text).map_err(|_| NotAResetPage::Malformed)?;
        match (origin.is_web(), origin.is_safe()) {
            (true, true) => Ok(Self(format!("{origin}{rest}"))),
            (true, false) => Err(NotAResetPage::InClear),
            (false, _) => Err(NotAResetPage::Malformed),
        }
    }
}

/// `page` with `token`: in its query, or in that of a fragment that is a path of the page's own (`#/reset`), which is all that
/// such a page reads.
pub(super) fn with_token(page: &str, token: &str) -> String {
    let add = |address: &str| {
        let joint = match address.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{address}{joint}token={token}")
    };
    match page.split_once('#') {
        None => add(page),
        Some((page, path)) if path.starts_with(['/', '!']) => format!("{page}#{}", add(path)),
        Some((page, fragment)) => format!("{}#{fragment}", add(page)),
    }
}

#[cfg(test)]
mod tests {
    use super::{NotAResetPage, ResetPage, with_token};

    #[test]
    fn the_token_is_where_the_page_reads_it() {
        for (page, link) in [
            ("https://a.example/reset", "https://a.example/reset?token=t"),
            ("https://a.example", "https://a.example?token=t"),
            ("https://a.example/reset?lang=en", "https://a.example/reset?lang=en&token=t"),
            ("https://a.example/reset?", "https://a.example/reset?token=t"),
            ("https://a.example/reset#top", "https://a.example/reset?token=t#top"),
            ("https://a.example/reset?lang=en#top", "https://a.example/reset?lang=en&token=t#top"),
            ("https://a.example/#/reset", "https://a.example/#/reset?token=t"),
            ("https://a.example/?x=1#/reset", "https://a.example/?x=1#/reset?token=t"),
            ("https://a.example/#!/reset?lang=en", "https://a.example/#!/reset?lang=en&token=t"),
        ] {
            assert_eq!(with_token(page, "t"), link);
        }
    }

    #[test]
    fn a_page_is_kept_as_a_browser_writes_it() {
        let kept = |text: &str| text.parse::<ResetPage>().map(|page| page.as_str().to_owned());
        assert_eq!(kept("HTTPS://Shop.example:443/Reset"), Ok("https://shop.example/Reset".to_owned()));
        for page in ["http://localhost:5173/#/reset", "http://127.0.0.1/reset", "com.example.shop:/reset"] {
            assert_eq!(kept(page), Ok(page.to_owned()));
        }
        assert_eq!(kept("http://shop.example/reset"), Err(NotAResetPage::InClear));
        for text in [
            "",
            "shop.example/reset",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://shop.example/a b",
            "https://shop.example/\"x",
            "https://shop.example/\r\nBcc: all",
            "https://me@shop.example/",
            "https://*/",
            "https://a.example/#a#b",
            "myshop://reset",
        ] {
            assert_eq!(kept(text), Err(NotAResetPage::Malformed), "{text}");
        }
    }
}
