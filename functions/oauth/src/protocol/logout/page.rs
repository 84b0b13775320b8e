//! The page that asks whether to sign out, and the ones that say what became of it.

use askama::Template;
use runtime::{Answer, Output};
use serde_json::{Value, json};
use shared::secret::Secret;
use web::{Frame, Setting};

use super::onward::Onward;
use crate::protocol::hidden::Hidden;

/// The page that asks.
#[derive(Debug, Template)]
#[template(path = "sign-out.html")]
pub struct Question {
    pub(super) frame: Frame,
    pub(super) client: Option<String>,
    pub(super) person: String,
    pub(super) hidden: Hidden,
}

/// The page at the end.
#[derive(Debug, Template)]
#[template(path = "signed-out.html")]
pub struct End {
    pub(super) frame: Frame,
    /// Whether nobody is signed in.
    pub(super) is_out: bool,
}

/// What somebody sees who is to be signed out.
#[derive(Debug)]
pub enum LogoutView {
    /// The question.
    Question(Box<Question>),
    /// The end, with the lines that remove the cookies.
    End(End, ClearedCookies),
    /// The page before the site of a client that the app's owner did not register.
    Onward(Onward, ClearedCookies),
    /// On to the client, or to the same request by another method.
    On {
        /// 302 after a GET, 303 after a POST.
        status: u16,
        /// Where. A request that goes on by another method has the ID token in its address.
        location: Secret<String>,
        /// The lines that remove the cookies.
        cookies: ClearedCookies,
    },
}

/// The lines that remove a browser's cookies; none where it had none. They hold no token.
#[derive(Debug, Default)]
pub struct ClearedCookies(pub(super) Option<[String; 2]>);

impl IntoIterator for ClearedCookies {
    type Item = String;
    type IntoIter = std::iter::Flatten<std::option::IntoIter<[String; 2]>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().flatten()
    }
}

impl Output for LogoutView {
    const OTHERWISE: &'static [u16] = &[302, 303];
    const MEDIA_TYPE: &'static str = "text/html";

    fn answer(self) -> Answer {
        match self {
            // The form may end at the client.
            Self::Question(page) => web::show(200, &page.frame, &*page, Setting::Leaving { picture: None }),
            Self::End(page, cookies) => web::show(200, &page.frame, &page, Setting::OnTheWay).with_cookies(cookies),
            Self::Onward(page, cookies) => web::show(200, &page.frame, &page, Setting::OnTheWay).with_cookies(cookies),
            Self::On { status, location, cookies } => web::redirect(status, location.expose()).with_cookies(cookies),
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
