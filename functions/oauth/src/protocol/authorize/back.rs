//! The way back to the client, in the response mode that it asked for.

use askama::Template;
use runtime::{Answer, Moment};
use shared::language::Language;
use shared::oauth::client::Client;
use shared::oauth::redirect::RedirectUri;
use web::{Frame, Setting};

use crate::pages::PageError;

/// How the browser brings the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the query of a redirect (RFC 6749 §4.1.2).
    #[default]
    Query,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode §2).
    FormPost,
}

impl ResponseMode {
    /// The modes by their names, as the metadata lists them.
    pub(crate) const NAMES: [&str; 2] = ["query", "form_post"];

    /// The mode of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// The form that the browser posts to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormPost {
    language: Language,
    action: String,
    fields: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "form-post.html")]
struct Posted<'a> {
    frame: Frame,
    form: &'a FormPost,
}

impl FormPost {
    /// One without fields, for the list of refusals.
    pub(crate) const EMPTY: Self = Self { language: Language::English, action: String::new(), fields: Vec::new() };

    /// The page with the form. It sends itself, or has a button where scripts do not run.
    pub(crate) fn answer(&self) -> Answer {
        let page = Posted { frame: Frame::bare(self.language), form: self };
        web::show(200, &page.frame, &page, Setting::Posting)
    }
}

/// The way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    /// By a redirect.
    Redirect {
        /// 302 after a GET, 303 after a POST: the form is not sent on.
        status: u16,
        /// Where the browser goes.
        location: String,
    },
    /// By a form.
    Form(FormPost),
}

impl Back {
    pub(super) fn answer(&self) -> Answer {
        match self {
            Self::Redirect { status, location } => web::redirect(*status, location),
            Self::Form(form) => form.answer(),
        }
    }
}

impl From<Back> for PageError {
    fn from(back: Back) -> Self {
        match back {
            Back::Redirect { status, location } => Self::Back { status, location },
            Back::Form(form) => Self::BackByForm(form),
        }
    }
}

/// Where an answer to a request goes, and how.
#[derive(Clone, Debug)]
pub(super) struct Return<'a> {
    pub(super) client: &'a Client,
    pub(super) redirect_uri: &'a str,
    pub(super) state: Option<&'a str>,
    pub(super) mode: ResponseMode,
    pub(super) language: Language,
    /// Of a redirect.
    pub(super) status: u16,
}

impl Return<'_> {
    /// The way back with these parameters, `state` and `iss`: who answers is said in every answer (RFC 9207).
    pub(super) fn with(&self, at: &Moment, pairs: &[(&str, &str)]) -> Back {
        let (issuer, mut pairs) = (at.config.issuer(&self.client.app), pairs.to_vec());
        pairs.extend(self.state.map(|state| ("state", state)));
        pairs.push(("iss", &issuer));
        match self.mode {
            ResponseMode::Query => Back::Redirect {
                status: self.status,
                location: RedirectUri::with_query(self.redirect_uri, &runtime::query(&pairs)),
            },
            ResponseMode::FormPost => Back::Form(FormPost {
                language: self.language,
                action: self.redirect_uri.to_owned(),
                fields: pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            }),
        }
    }
}
