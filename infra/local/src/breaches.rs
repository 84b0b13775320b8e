//! The public service that knows breached passwords by ranges of their SHA-1 (Have I Been Pwned), with few of them.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};

use crate::server::Server;

/// A question as it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The first five digits of a SHA-1.
    pub prefix: String,
    /// Whether the answer was to be padded.
    pub padded: bool,
}

/// A running service; it ends when dropped.
#[derive(Debug)]
pub struct Breaches {
    server: Server,
    shelf: Shelf,
}

#[derive(Clone, Debug)]
struct Shelf {
    known: Arc<[(String, u64)]>,
    questions: Arc<Mutex<Vec<Question>>>,
}

impl Breaches {
    /// A service on `port` (0 = any) that knows passwords by their SHA-1 in upper case, and how often each was found.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(port: u16, known: &[(&str, u64)]) -> Result<Self> {
        let known = known.iter().map(|(digest, count)| ((*digest).to_owned(), *count)).collect();
        let shelf = Shelf { known, questions: Arc::default() };
        let router = Router::new().route("/range/{prefix}", get(range)).with_state(shelf.clone());
        Ok(Self { server: Server::router(port, "breaches", router)?, shelf })
    }

    /// The URL to put a [`crate::faults::FaultProxy`] before; ranges are below its `/range`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.server.url()
    }

    /// The questions so far, oldest first.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        // A panic elsewhere leaves a list that is still a list.
        self.shelf.questions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn range(State(shelf): State<Shelf>, Path(prefix): Path<String>, headers: HeaderMap) -> (StatusCode, String) {
    let padded = headers.get("add-padding").is_some_and(|value| value == "true");
    let question = Question { prefix: prefix.clone(), padded };
    shelf.questions.lock().unwrap_or_else(PoisonError::into_inner).push(question);
    if prefix.len() != 5 || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return (StatusCode::BAD_REQUEST, "The hash prefix was not in a valid format".to_owned());
    }
    let known =
        shelf.known.iter().filter_map(|(digest, count)| Some((digest.strip_prefix(&prefix)?.to_owned(), *count)));
    // Somebody else's, so that no range is empty; and what padding looks like.
    let others = [(format!("{:0>35}", "A"), 3), (format!("{:0>35}", "B"), 0)];
    let lines: Vec<_> = known.chain(others).map(|(suffix, count)| format!("{suffix}:{count}")).collect();
    (StatusCode::OK, lines.join("\r\n"))
}
