//! The parameters of a request between machines: a form, as the RFCs have it, or JSON, as the documented clients send.

use std::collections::BTreeMap;

use runtime::{Fields, Form, Malformed, Request};
use shared::secret::Secret;

/// The parameters that we use. One without a value is as good as none (RFC 6749 §3.2), and none comes twice: one token has one
/// audience. Others are ignored, however often they come.
#[derive(Debug)]
pub(crate) struct Params(Kind);

#[derive(Debug)]
enum Kind {
    Form(Form),
    Json(BTreeMap<String, Secret<String>>),
}

impl Params {
    /// Reads the body by its content type, or by its looks where it has none.
    pub(crate) fn read(request: &Request) -> Result<Self, Malformed> {
        let media = request.header("content-type").map(|value| value.split(';').next().unwrap_or_default().trim());
        let is_json = match media {
            Some(media) => media.eq_ignore_ascii_case("application/json"),
            None => request.body().starts_with(b"{"),
        };
        if !is_json {
            let form = request.form();
            let says_form = media.is_some_and(|media| media.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
            let has_ours = || KNOWN.iter().any(|name| form.all(name).next().is_some());
            // A body of another kind, or of none, is a form if it looks like one of a client's.
            let is_form = says_form || request.body().is_empty() || has_ours();
            let is_clear = is_form && !form.is_ambiguous(&KNOWN);
            return is_clear.then_some(Self(Kind::Form(form))).ok_or(Malformed);
        }
        let fields = Fields::parse_parameters(request.body(), &KNOWN)?;
        let known = fields.members().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
            let text = match value.as_str() {
                Some(text) => text.to_owned(),
                None if name == "authorization_details" => value.to_string(),
                None => return Err(Malformed),
            };
            Ok((name.to_owned(), Secret::new(text)))
        });
        Ok(Self(Kind::Json(known.collect::<Result<_, _>>()?)))
    }

    /// The value of a parameter that is a secret.
    pub(crate) fn secret(&self, name: &str) -> Option<Secret<String>> {
        self.text(name).map(|text| Secret::new(text.to_owned()))
    }

    /// The value of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match &self.0 {
            Kind::Form(form) => form.one(name).ok().flatten(),
            Kind::Json(members) => members.get(name).map(|text| text.expose().as_str()).filter(|text| !text.is_empty()),
        }
    }
}

/// Every parameter that some endpoint reads.
const KNOWN: [&str; 15] = [
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "device_code",
    "scope",
    "client_id",
    "client_secret",
    "token",
    "token_type_hint",
    "authorization_details",
    "resource",
    "client_assertion",
    "client_assertion_type",
];
