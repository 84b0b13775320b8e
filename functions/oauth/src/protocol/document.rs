//! A document for anybody, which caches may keep for some minutes and then ask whether it has changed (RFC 9110 §13.1.2).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use runtime::{Answer, Ctx, Endpoint, Input, Output, Request};
use serde_json::{Value, json};

use crate::protocol::wire::{OauthDocuments, OauthError};

/// Shorter than a key is published before it signs, even after a function's own five minutes.
const CACHE: &str = "public, max-age=300";

/// The copies that the client has, as `If-None-Match` names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(String);

impl Known {
    pub(super) fn of(request: &Request) -> Self {
        Self(request.header("if-none-match").unwrap_or_default().to_owned())
    }

    /// The document, without its text where the client has it.
    pub(super) fn or(&self, document: &Value) -> Document {
        let body = document.to_string();
        let tag = tag(&body);
        // Compared weakly: a proxy that compresses marks the tag (RFC 9110 §8.8.3.2).
        let is_known =
            self.0.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag);
        Document { tag, body: (!is_known).then_some(body) }
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = OauthDocuments>> Input<E> for Known {
    fn parse(request: &Request) -> Result<Self, OauthError> {
        Ok(Self::of(request))
    }

    fn schema() -> Option<Value> {
        None
    }
}

/// Tells the text from other versions of it. It is no secret and proves nothing, so a fast hash does.
fn tag(body: &str) -> String {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    tag: String,
    /// `None`: the client has it.
    body: Option<String>,
}

impl Output for Document {
    const OTHERWISE: &'static [u16] = &[304];

    fn answer(self) -> Answer {
        let answer = match self.body {
            Some(body) => Answer::text("application/json; charset=utf-8", body),
            None => Answer::empty(304),
        };
        answer.with("cache-control", CACHE).with("etag", self.tag)
    }

    fn schema() -> Value {
        json!({"type": "object"})
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Known;

    #[test]
    fn a_client_that_has_the_document_is_not_sent_it_again() {
        let document = json!({"issuer": "https://auth.example"});
        let first = Known::default().or(&document);
        assert!(first.body.is_some());
        for known in [first.tag.clone(), format!("W/{}", first.tag), format!("\"x\", {}", first.tag), "*".to_owned()] {
            assert_eq!(Known(known.clone()).or(&document).body, None, "{known}");
        }
        for other in ["", "\"x\"", &first.tag[1..]] {
            assert!(Known(other.to_owned()).or(&document).body.is_some(), "{other}");
        }
        assert!(Known(first.tag).or(&json!({"issuer": "https://other.example"})).body.is_some());
    }
}
