//! SES and SNS that deliver to nobody: what they are given can be read here, by people and by tests. A captcha's
//! provider is beside them.

mod page;
mod ses;
mod sns;
pub(crate) mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use crate::server::Server;
use crate::siteverify::{self, Questions};

/// As in `2026-01-31T12:00:00.000Z`.
const RFC3339: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// One message to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// By which service.
    pub kind: Kind,
    /// The address or phone number.
    pub to: String,
    /// A mail's subject.
    pub subject: Option<String>,
    /// A mail's plain text, or the whole text message.
    pub text: Option<String>,
    /// A mail's HTML.
    pub html: Option<String>,
    /// When it was sent: RFC 3339, in UTC, with milliseconds.
    pub sent_at: String,
    /// What SNS was told beside a text message: sender, type, price.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// The kind of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// By SES.
    Email,
    /// By SNS.
    Sms,
}

/// The running outbox; it ends when dropped.
#[derive(Debug)]
pub struct Outbox {
    server: Server,
    messages: Messages,
}

/// The messages so far, oldest first.
#[derive(Clone, Debug, Default)]
struct Messages(Arc<Mutex<Vec<Message>>>);

impl Outbox {
    /// An empty outbox on `port` (0 = any).
    ///
    /// # Errors
    /// When the port is taken.
    pub fn start(port: u16) -> Result<Self> {
        let messages = Messages::default();
        let router = Router::new()
            .route("/v2/email/outbound-emails", post(ses::send_email))
            .route("/", post(sns::publish).get(|| async { Redirect::to("/outbox") }))
            .route("/outbox", get(read).delete(empty))
            .route(page::SCRIPT_PATH, get(|| async { page::script() }))
            .route("/kit", get(|| async { page::kit() }))
            .fallback(unknown)
            .layer(DefaultBodyLimit::disable())
            .with_state(messages.clone())
            .merge(siteverify::router(Questions::default()));
        Ok(Self { server: Server::router(port, "outbox", router)?, messages })
    }

    /// The URL to give to the SES and SNS clients.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.server.url()
    }

    /// The URL at which the captcha's provider of [`siteverify`] answers.
    #[must_use]
    pub fn siteverify(&self) -> String {
        format!("{}{}", self.server.url(), siteverify::PATH)
    }

    /// The URL at which the messages can be read.
    #[must_use]
    pub fn page(&self) -> String {
        format!("{}/outbox", self.server.url())
    }

    /// The messages so far, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.messages.lock().clone()
    }
}

impl Messages {
    fn lock(&self) -> MutexGuard<'_, Vec<Message>> {
        // A panic elsewhere leaves a list that is still a list.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, message: Message) {
        self.lock().push(message);
    }
}

/// Which messages are asked for.
#[derive(Debug, Default, Deserialize)]
struct Filter {
    to: Option<String>,
    kind: Option<Kind>,
    /// The number of the message that the page shows whole.
    open: Option<usize>,
}

impl Filter {
    fn matches(&self, message: &Message) -> bool {
        self.kind.is_none_or(|kind| kind == message.kind)
            && self.to.as_deref().is_none_or(|to| to.is_empty() || same_recipient(to, &message.to))
    }
}

/// A `+` that nobody encoded arrives as a space; the case of an address is nobody's concern.
fn same_recipient(asked: &str, to: &str) -> bool {
    let asked = asked.strip_prefix(' ').map_or_else(|| asked.to_owned(), |number| format!("+{number}"));
    asked.trim().eq_ignore_ascii_case(to)
}

async fn read(State(messages): State<Messages>, Query(filter): Query<Filter>, headers: HeaderMap) -> Response {
    let numbered = messages.lock().clone().into_iter().enumerate();
    let found: Vec<_> = numbered.filter(|(_, message)| filter.matches(message)).collect();
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/html") {
        return page::show(&found, &filter);
    }
    axum::Json(found.into_iter().map(|(_, message)| message).collect::<Vec<_>>()).into_response()
}

async fn empty(State(messages): State<Messages>) -> StatusCode {
    messages.lock().clear();
    StatusCode::NO_CONTENT
}

async fn unknown(uri: Uri) -> Response {
    let said = format!(
        "{} is not here: this outbox knows SES's SendEmail, SNS's Publish, /siteverify and /outbox.\n",
        uri.path()
    );
    (StatusCode::NOT_FOUND, said).into_response()
}

fn now() -> String {
    // The format has no component that a date could lack.
    OffsetDateTime::now_utc().format(RFC3339).unwrap_or_default()
}
