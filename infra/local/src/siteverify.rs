//! A captcha's provider, in the protocol that reCAPTCHA, hCaptcha and Turnstile share. One response is good, always.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::{Form, Json, Router, extract::State, routing::post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::Server;

/// The path that takes questions.
pub const PATH: &str = "/siteverify";
/// What a widget would show itself with.
pub const SITE_KEY: &str = "local-site-key";
/// The one secret that is known.
pub const SECRET: &str = "local-captcha-secret";
/// The one response that is good.
pub const RESPONSE: &str = "recaptcha_response";

/// A question as it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Question {
    /// What the asker authenticates with.
    #[serde(default)]
    pub secret: String,
    /// What the widget gave.
    #[serde(default)]
    pub response: String,
    /// Whose browser showed the widget.
    #[serde(default)]
    pub remoteip: String,
}

/// The questions so far, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Questions(Arc<Mutex<Vec<Question>>>);

/// A running provider; it ends when dropped.
#[derive(Debug)]
pub struct Siteverify {
    server: Server,
    questions: Questions,
}

impl Siteverify {
    /// A provider on `port` (0 = any).
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(port: u16) -> Result<Self> {
        let questions = Questions::default();
        Ok(Self { server: Server::router(port, "siteverify", router(questions.clone()))?, questions })
    }

    /// The URL to put a [`crate::faults::FaultProxy`] before; questions go to its [`PATH`].
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.server.url()
    }

    /// The questions so far, oldest first.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        // A panic elsewhere leaves a list that is still a list.
        self.questions.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(crate) fn router(questions: Questions) -> Router {
    Router::new().route(PATH, post(answer)).with_state(questions)
}

async fn answer(State(questions): State<Questions>, Form(question): Form<Question>) -> Json<Value> {
    let answer = judge(&question);
    questions.0.lock().unwrap_or_else(PoisonError::into_inner).push(question);
    Json(answer)
}

fn judge(question: &Question) -> Value {
    let code = match (question.secret.as_str(), question.response.as_str()) {
        ("", _) => "missing-input-secret",
        (SECRET, RESPONSE) => {
            return json!({
                "success": true,
                "challenge_ts": "2026-01-01T00:00:00Z",
                "hostname": "localhost",
                "error-codes": [],
            });
        }
        (SECRET, "") => "missing-input-response",
        (SECRET, _) => "invalid-input-response",
        _ => "invalid-input-secret",
    };
    json!({ "success": false, "error-codes": [code] })
}
