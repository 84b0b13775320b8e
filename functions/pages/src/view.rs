//! What an operation of the account's pages answers with: a page, or the way to another one.

use askama::Template;
use runtime::{Answer, Output, Reason};
use serde_json::{Value, json};
use shared::secret::Secret;
use web::{Frame, Setting};

/// A page of the account.
pub trait Page: Template + Send {
    /// What surrounds it.
    fn frame(&self) -> &Frame;

    /// 200, or the status of the page that says what is wrong.
    fn status(&self) -> u16 {
        200
    }

    /// Why it asks again, for the log.
    fn reason(&self) -> Option<Reason> {
        None
    }
}

/// The way to another page.
#[derive(Debug)]
pub struct Go {
    to: String,
    /// The lines that change the browser's session: they hold tokens.
    cookies: Secret<Vec<String>>,
    reason: Option<Reason>,
}

impl Go {
    /// To that address.
    pub fn to(address: impl Into<String>) -> Self {
        Self { to: address.into(), cookies: Secret::new(Vec::new()), reason: None }
    }

    /// The same, and the browser keeps these cookies, or forgets them.
    #[must_use]
    pub fn with_cookies(self, lines: impl IntoIterator<Item = String>) -> Self {
        Self { cookies: Secret::new(lines.into_iter().collect()), ..self }
    }

    /// The same after something that was refused, for the log.
    #[must_use]
    pub fn because(self, reason: Reason) -> Self {
        Self { reason: Some(reason), ..self }
    }
}

/// A page, or the way to another one.
#[derive(Debug)]
pub enum View<P> {
    /// The page, with the lines that change the browser's session: they hold tokens.
    Page(Box<P>, Secret<Vec<String>>),
    /// The page, which asks again for this reason though it has no word for it.
    Refused(Box<P>, Reason),
    /// Another one is next.
    Go(Go),
}

impl<P> View<P> {
    /// The page.
    pub fn page(page: P) -> Self {
        Self::Page(Box::new(page), Secret::new(Vec::new()))
    }

    /// The page again, after something was refused of which it says nothing.
    pub fn refused(page: P, reason: Reason) -> Self {
        Self::Refused(Box::new(page), reason)
    }

    /// The page, and the browser keeps these cookies, or forgets them.
    pub fn page_with_cookies(page: P, lines: impl IntoIterator<Item = String>) -> Self {
        Self::Page(Box::new(page), Secret::new(lines.into_iter().collect()))
    }

    /// On to another one.
    pub fn go(address: impl Into<String>) -> Self {
        Self::Go(Go::to(address))
    }
}

impl<P> From<Go> for View<P> {
    fn from(go: Go) -> Self {
        Self::Go(go)
    }
}

impl Output for Go {
    const STATUS: u16 = 303;
    const MEDIA_TYPE: &'static str = "";

    fn reason(&self) -> Option<Reason> {
        self.reason
    }

    fn answer(self) -> Answer {
        // Never 307, which would send the form, and a password with it, to the next page.
        web::redirect(303, &self.to).with_cookies(self.cookies.reveal())
    }

    fn schema() -> Value {
        json!(null)
    }
}

impl<P: Page> Output for View<P> {
    const OTHERWISE: &'static [u16] = &[303, 400, 401, 404, 409, 429];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        match self {
            Self::Page(page, _) => page.reason(),
            Self::Refused(_, reason) => Some(*reason),
            Self::Go(go) => go.reason(),
        }
    }

    fn answer(self) -> Answer {
        match self {
            Self::Page(page, cookies) => {
                web::show(page.status(), page.frame(), &*page, Setting::Ours).with_cookies(cookies.reveal())
            }
            Self::Refused(page, _) => web::show(page.status(), page.frame(), &*page, Setting::Ours),
            Self::Go(go) => go.answer(),
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use runtime::{Output as _, Reason};

    use super::Go;

    #[test]
    fn the_way_to_another_page_prints_no_cookie_and_keeps_the_reason() {
        let go = Go::to("/account").with_cookies(["access_token=hunter2".to_owned()]).because(Reason::StaleForm);
        let printed = format!("{go:?}");
        assert!(!printed.contains("hunter2"), "{printed}");
        assert_eq!(go.reason(), Some(Reason::StaleForm));
        assert_eq!(go.answer().cookies, ["access_token=hunter2"]);
    }
}
