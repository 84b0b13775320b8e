//! The page before the site of a client that anybody can make (RFC 9700 §4.11.2).
//!
//! Anybody can describe or register a client, with any address of theirs. Without the page, a link to us would take its reader there, and readers trust a
//! link to us.

use std::fmt;

use askama::Template;
use runtime::Answer;
use shared::app::App;
use shared::language::Language;
use shared::oauth::client::Client;
use shared::oauth::redirect::RedirectUri;
use web::{Frame, Setting};

use crate::protocol::authorize::FormPost;

/// Whether the browser shows the page before it goes to `address`. An address on the user's own machine needs none: no site is behind it.
pub(crate) fn needs_page(app: &App, client: &Client, address: &str) -> bool {
    client.anybody_can_make(&app.policy.registration) && RedirectUri::is_on_the_web(address)
}

/// Why the browser would go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The client's request cannot be served, and it would be told so.
    Refused,
    /// The client asked to sign its user out, who is not signed in.
    SignedOut,
}

/// How the browser goes on.
#[derive(Clone, PartialEq, Eq)]
enum Way {
    Link(String),
    Form(FormPost),
}

/// The page.
#[derive(Clone, PartialEq, Eq)]
pub struct Onward {
    language: Language,
    why: Why,
    way: Way,
}

/// No address: what a client wants to see again stands in it.
impl fmt::Debug for Onward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Onward").field("why", &self.why).finish_non_exhaustive()
    }
}

#[derive(Template)]
#[template(path = "onward.html")]
struct Page<'a> {
    frame: Frame,
    why: Why,
    host: String,
    link: Option<&'a str>,
    form: Option<&'a FormPost>,
}

impl Onward {
    /// By a link.
    pub(crate) const fn by_link(language: Language, why: Why, location: String) -> Self {
        Self { language, why, way: Way::Link(location) }
    }

    /// By a form, which the browser does not send by itself.
    pub(crate) const fn by_form(language: Language, form: FormPost) -> Self {
        Self { language, why: Why::Refused, way: Way::Form(form) }
    }

    /// The status of the page.
    pub(crate) const fn status(&self) -> u16 {
        match self.why {
            Why::Refused => 400,
            Why::SignedOut => 200,
        }
    }

    pub(crate) fn answer(&self) -> Answer {
        let (link, form) = match &self.way {
            Way::Link(location) => (Some(location.as_str()), None),
            Way::Form(form) => (None, Some(form)),
        };
        let host = RedirectUri::destination(link.or(form.map(FormPost::action)).unwrap_or_default());
        let page = Page { frame: Frame::bare(self.language), why: self.why, host, link, form };
        let setting = if form.is_some() { Setting::Leaving { picture: None } } else { Setting::OnTheWay };
        web::show(self.status(), &page.frame, &page, setting)
    }
}
