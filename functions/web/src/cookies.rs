//! The cookies, attribute by attribute.

use shared::clock::Seconds;
use shared::config::{CookieConfig, SameSite};
use shared::factor::ticket;
use shared::passkey::challenge::{BrowserMark, LIFETIME};
use shared::secret::Secret;
use shared::session::Transport;
use shared::session::attempt::Mark;

/// The two lines that give a browser its session. They hold tokens, so they are printed as `***`.
#[derive(Debug)]
pub struct SetCookies(Secret<[String; 2]>);

impl IntoIterator for SetCookies {
    type Item = String;
    type IntoIter = std::array::IntoIter<String, 2>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.reveal().into_iter()
    }
}

/// One such line.
#[derive(Debug)]
pub struct SetCookie(Secret<String>);

impl IntoIterator for SetCookie {
    type Item = String;
    type IntoIter = std::iter::Once<String>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self.0.reveal())
    }
}

/// How long a browser keeps the mark that tells it from others. A page that is open for longer has a form that can be sent once.
const FORM_BROWSER_LIFETIME: Seconds = Seconds::days(1);

/// How cookies are named and set in this deployment.
#[derive(Clone, Copy, Debug)]
pub struct Cookies<'a>(pub &'a CookieConfig);

impl Cookies<'_> {
    /// The name of the cookie with the access token.
    #[must_use]
    pub const fn access(self) -> &'static str {
        if self.0.host_prefix { "__Host-access_token" } else { "access_token" }
    }

    /// The name of the cookie with the refresh token: `docs/api/browser.md#cookies`, but for the prefix that is an option.
    #[must_use]
    pub const fn refresh(self) -> &'static str {
        if self.0.host_prefix { "__Host-refresh_token" } else { "refresh_token" }
    }

    /// The name of the cookie that tells a browser which somebody signs in with by a passkey.
    #[must_use]
    pub const fn passkey(self) -> &'static str {
        if self.0.host_prefix { "__Host-passkey_browser" } else { "passkey_browser" }
    }

    /// The line that sets it, for as long as a challenge may be answered.
    #[must_use]
    pub fn set_passkey(self, mark: &BrowserMark) -> SetCookie {
        SetCookie(Secret::new(self.line(self.passkey(), mark.write().expose(), LIFETIME.0)))
    }

    /// The name of the cookie that binds a sign-in between its first and its second factor to the browser.
    #[must_use]
    pub const fn second_factor(self) -> &'static str {
        if self.0.host_prefix { "__Host-second_factor" } else { "second_factor" }
    }

    /// The line that sets that cookie.
    #[must_use]
    pub fn set_second_factor(self, mark: &ticket::BrowserMark) -> SetCookie {
        SetCookie(Secret::new(self.line(self.second_factor(), mark.text().expose(), ticket::LIFETIME.0)))
    }

    /// The name of the cookie that tells a browser which sends a form twice from another one.
    #[must_use]
    pub const fn form_browser(self) -> &'static str {
        if self.0.host_prefix { "__Host-form_browser" } else { "form_browser" }
    }

    /// The line that sets that cookie.
    #[must_use]
    pub fn set_form_browser(self, mark: &Mark) -> SetCookie {
        let line = self.line(self.form_browser(), mark.write().expose(), FORM_BROWSER_LIFETIME.0);
        SetCookie(Secret::new(line))
    }

    /// The lines that set both.
    #[must_use]
    pub fn set(self, access: &Secret<String>, refresh: &Secret<String>) -> SetCookies {
        let (hour, week) = (Transport::Browser.access().0, Transport::Browser.idle().0);
        let access = self.line(self.access(), access.expose(), hour);
        SetCookies(Secret::new([access, self.line(self.refresh(), refresh.expose(), week)]))
    }

    /// The lines that remove both: a browser forgets only the cookie whose domain and path are repeated.
    #[must_use]
    pub fn clear(self) -> [String; 2] {
        [self.line(self.access(), "", 0), self.line(self.refresh(), "", 0)]
    }

    /// Every attribute is written out, so that no browser's default decides.
    fn line(self, name: &str, value: &str, max_age: i64) -> String {
        let domain = self.0.domain.as_ref().map(|domain| format!("Domain={domain}; ")).unwrap_or_default();
        let secure = if self.0.secure { "Secure; " } else { "" };
        let same_site = match self.0.same_site {
            SameSite::Lax => "Lax",
            SameSite::Strict => "Strict",
            SameSite::None => "None",
        };
        format!("{name}={value}; {domain}Path=/; HttpOnly; {secure}SameSite={same_site}; Max-Age={max_age}")
    }
}

#[cfg(test)]
mod tests {
    use super::Cookies;
    use shared::config::{CookieConfig, SameSite};
    use shared::secret::Secret;

    fn config() -> CookieConfig {
        CookieConfig { domain: None, same_site: SameSite::Lax, secure: true, host_prefix: false }
    }

    fn set(config: &CookieConfig) -> [String; 2] {
        let cookies = Cookies(config).set(&Secret::new("jwt".to_owned()), &Secret::new("opaque".to_owned()));
        assert!(!format!("{cookies:?}").contains("jwt"));
        cookies.0.reveal()
    }

    #[test]
    fn the_lines_are_those_of_the_documentation() {
        assert_eq!(
            set(&config()),
            [
                "access_token=jwt; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=3600",
                "refresh_token=opaque; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=604800",
            ]
        );
    }

    #[test]
    fn clearing_repeats_every_attribute() {
        let config = CookieConfig { domain: Some("example.com".to_owned()), secure: false, ..config() };
        assert_eq!(
            Cookies(&config).clear(),
            [
                "access_token=; Domain=example.com; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
                "refresh_token=; Domain=example.com; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
            ]
        );
    }

    #[test]
    fn the_host_prefix_and_same_site_are_options() {
        let config = CookieConfig { host_prefix: true, same_site: SameSite::Strict, ..config() };
        let [access, refresh] = set(&config);
        assert!(access.starts_with("__Host-access_token=jwt; Path=/; HttpOnly; Secure; SameSite=Strict;"), "{access}");
        assert!(refresh.starts_with("__Host-refresh_token=opaque; Path=/;"), "{refresh}");
    }
}
