//! Logs: one JSON line per request. What goes into a line is listed here, so that nothing else can.

use std::fmt::Display;
use std::panic;
use std::time::Duration;

use serde::Serialize;
use shared::budget::{Charge, Scope};
use shared::id::{AppId, SessionId};
use shared::notify::email::NotSent;
use shared::service::notice::Notice;

use crate::answer::Answer;
use crate::message::Message;
use crate::metric::{Count, Metric};
use crate::reason::Reason;

/// What is logged of a request.
#[derive(Debug, Serialize)]
pub(crate) struct RequestLine<'a> {
    pub(crate) level: &'static str,
    pub(crate) route: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app: Option<&'a str>,
    pub(crate) status: u16,
    pub(crate) ms: f64,
    /// Requests to AWS, repeated ones too.
    pub(crate) calls: u32,
    pub(crate) request: &'a str,
    /// Why the request was refused: the name of the dialect's error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<Reason>,
    /// What went wrong, for a failure that is not the caller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<String>,
}

impl RequestLine<'_> {
    pub(crate) fn print(&self) {
        // Only a failure is counted: the gateway counts requests, and what is counted here is paid for.
        if self.status >= 500 { print(&counted(Metric::Failures, self)) } else { print(self) }
    }
}

/// The route of a line about a request that was refused before anybody looked which route it is for.
pub(crate) const UNROUTED: &str = "none";

/// Logs that a request was refused before it was read, and gives the answer back.
pub(crate) fn refused_unread(route: &'static str, request: Option<&str>, answer: Answer, reason: Reason) -> Answer {
    let (status, request) = (answer.status, request.unwrap_or_default());
    let reason = Some(reason);
    RequestLine { level: "info", route, app: None, status, ms: 0.0, calls: 0, request, reason, cause: None }.print();
    answer
}

/// A line that is also one more of a metric.
#[derive(Serialize)]
struct Counted<'a, L> {
    #[serde(flatten)]
    line: &'a L,
    #[serde(flatten)]
    count: Option<Count>,
}

fn counted<L: Serialize>(metric: Metric, line: &L) -> Counted<'_, L> {
    Counted { line, count: Count::of(metric) }
}

/// Milliseconds, to the microsecond.
pub(crate) fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

/// Logs something that an operator should know and no caller needs to.
pub(crate) fn warn(message: Message, cause: &dyn Display) {
    #[derive(Serialize)]
    struct Line {
        level: &'static str,
        message: Message,
        cause: String,
    }
    print(&Line { level: "warn", message, cause: cause.to_string() });
}

/// Logs that something is passed over which does not come again: it counts as a failure.
pub(crate) fn lost(message: Message, cause: &dyn Display) {
    #[derive(Serialize)]
    struct Line {
        level: &'static str,
        message: Message,
        cause: String,
    }
    print(&counted(Metric::Failures, &Line { level: "error", message, cause: cause.to_string() }));
}

/// Logs what the service says beside its answers.
pub(crate) fn report(notice: &Notice<'_>) {
    match notice {
        Notice::Suppressed { app, charge } => log_suppressed(app, charge),
        Notice::Unmailed { app, cause } => log_unmailed(app, cause),
        Notice::Reused { app, session } => log_reuse(app, session),
        Notice::CaptchaUnverified { app, outage } => log_unanswered(Message::CaptchaUnverified, app, outage),
        Notice::BreachUnanswered { app, outage } => log_unanswered(Message::BreachUnanswered, app, outage),
        Notice::NotMoved { app, why } => log_unmoved(app, why),
        Notice::Unfinished { step, cause } => warn(Message::Unfinished(*step), cause),
    }
}

/// A user of the app's old pool was not moved here; which is not said.
fn log_unmoved(app: &AppId, why: &'static str) {
    #[derive(Serialize)]
    struct Line<'a> {
        level: &'static str,
        message: Message,
        app: &'a str,
        cause: &'static str,
    }
    print(&Line { level: "warn", message: Message::UserNotMoved, app: app.as_str(), cause: why });
}

/// A message was not sent because a budget is used up; to whom is not said.
fn log_suppressed(app: &AppId, charge: &Charge) {
    #[derive(Serialize)]
    struct Line<'a> {
        level: &'static str,
        message: Message,
        app: &'a str,
        channel: &'static str,
        scope: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        prefix: Option<&'a str>,
    }
    let prefix = if let Scope::Prefix(prefix) = &charge.scope { Some(prefix.as_str()) } else { None };
    let (channel, scope) = (charge.channel.name(), charge.scope.name());
    let line = Line { level: "warn", message: Message::Suppressed, app: app.as_str(), channel, scope, prefix };
    print(&counted(Metric::MessagesSuppressed, &line));
}

/// A mail was not sent though the request was answered as if it had been; to whom is not said.
fn log_unmailed(app: &AppId, refusal: &NotSent) {
    #[derive(Serialize)]
    struct Line<'a> {
        level: &'static str,
        message: Message,
        app: &'a str,
        cause: String,
    }
    let line = Line { level: "warn", message: Message::MailNotSent, app: app.as_str(), cause: refusal.to_string() };
    print(&counted(Metric::MailsRefused, &line));
}

/// A refresh token came back whose successor was in use, and its session was ended for it.
fn log_reuse(app: &AppId, session: &SessionId) {
    #[derive(Serialize)]
    struct Line<'a> {
        level: &'static str,
        message: Message,
        app: &'a str,
        session: String,
    }
    let line = Line { level: "warn", message: Message::TokenReused, app: app.as_str(), session: session.to_string() };
    print(&counted(Metric::TokensReused, &line));
}

/// A service that should have had a say was not heard, and the request went on.
fn log_unanswered(message: Message, app: &AppId, outage: &dyn Display) {
    #[derive(Serialize)]
    struct Line<'a> {
        level: &'static str,
        message: Message,
        app: &'a str,
        cause: String,
    }
    let line = Line { level: "warn", message, app: app.as_str(), cause: outage.to_string() };
    print(&counted(Metric::ChecksUnanswered, &line));
}

/// Logs where a panic happened. Its message may quote a request, so it is not logged.
pub(crate) fn log_panics() {
    #[derive(Serialize)]
    struct Line {
        level: &'static str,
        message: Message,
        location: Option<String>,
    }
    panic::set_hook(Box::new(|info| {
        print(&Line { level: "error", message: Message::Panic, location: info.location().map(ToString::to_string) });
    }));
}

fn print(line: &impl Serialize) {
    if let Ok(line) = serde_json::to_string(line) {
        println!("{line}");
    }
}
