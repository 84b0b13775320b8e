//! The way back to the client, in the response mode that it asked for.

use std::fmt;

use askama::Template;
use runtime::{Answer, Moment};
use shared::language::Language;
use shared::oauth::client::Client;
use shared::oauth::redirect::RedirectUri;
use web::{Frame, Setting};

use super::refusal::AuthorizeError;

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
#[derive(Clone, PartialEq, Eq)]
pub struct FormPost {
    language: Language,
    action: String,
    fields: Vec<(String, String)>,
}

/// The names of the fields: among the values is the code.
impl fmt::Debug for FormPost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
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
#[derive(Clone, PartialEq, Eq)]
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

/// The status, or the form's names: the code stands in the address.
impl fmt::Debug for Back {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redirect { status, .. } => f.debug_struct("Redirect").field("status", status).finish_non_exhaustive(),
            Self::Form(form) => f.debug_tuple("Form").field(form).finish(),
        }
    }
}

impl Back {
    /// The status of the answer that takes the browser there.
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Redirect { status, .. } => *status,
            Self::Form(_) => 200,
        }
    }

    pub(crate) fn answer(&self) -> Answer {
        match self {
            Self::Redirect { status, location } => web::redirect(*status, location),
            Self::Form(form) => form.answer(),
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
    /// The way back with the error, for the client's developers.
    pub(super) fn refusing(&self, at: &Moment, why: AuthorizeError) -> Back {
        let (error, description) = why.row();
        let described = description.map(|description| ("error_description", description));
        let pairs: Vec<_> = [("error", error)].into_iter().chain(described).collect();
        self.with(at, &pairs)
    }

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

#[cfg(test)]
mod tests {
    use shared::language::Language;

    use super::{Back, FormPost};

    #[test]
    fn the_way_back_prints_no_code() {
        let location = "https://client.example/cb?code=hunter2".to_owned();
        let fields = vec![("code".to_owned(), "hunter2".to_owned())];
        let form = FormPost { language: Language::English, action: String::new(), fields };
        for back in [Back::Redirect { status: 302, location }, Back::Form(form)] {
            let printed = format!("{back:?}");
            assert!(!printed.contains("hunter2"), "{printed}");
        }
    }
}
