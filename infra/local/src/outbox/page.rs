//! The outbox for people: a page without script, with a list of messages and the one that is open, as its reader sees it.

use std::fmt::Write;

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

use super::{Filter, Kind, Message, wire::escape};

/// A mail is somebody else's HTML: no script, no remote image, no form of it runs here.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("outbox.css");

/// The style sheets of the service's own pages.
const OF_PAGES: &str = concat!(
    include_str!("../../../../functions/web/templates/page.css"),
    include_str!("../../../../functions/web/templates/parts.css"),
    include_str!("../../../../functions/web/templates/ways.css"),
);

/// Every part of those pages, in every state. It is served here alone, for those who work on them.
const KIT: &str = include_str!("kit.html");

/// The page of the parts.
pub(super) fn kit() -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Kit</title><style>{OF_PAGES}</style></head>\
         <body>{KIT}</body></html>"
    );
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

/// The seconds after which the page asks for the newest message. A message that somebody opened stays.
const REFRESH: &str = "<meta http-equiv=\"refresh\" content=\"5\">";

/// Messages, each with its number, oldest first. The one that is asked for is open, or the newest: that is the one that somebody
/// waits for.
pub(super) fn show(messages: &[(usize, Message)], filter: &Filter) -> Response {
    let asked = filter.open.and_then(|number| messages.iter().find(|(known, _)| *known == number));
    let open = asked.or_else(|| messages.last());
    let list: String = messages.iter().rev().map(|each| entry(each, open, filter)).collect();
    let opened =
        open.map_or_else(|| "<p class=\"soft\">No messages yet.</p>".to_owned(), |(_, message)| article(message));
    let (to, refresh) = (filter.to.as_deref().unwrap_or_default(), if asked.is_none() { REFRESH } else { "" });
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">{refresh}<title>Outbox</title><style>{STYLE}</style></head>\
         <body><header><h1>Outbox</h1><p class=\"soft\">What the service sent by SES and SNS on this machine; nothing was \
         delivered. The newest message opens by itself.</p>\
         <form method=\"get\" action=\"/outbox\"><label for=\"to\">Recipient</label>\
         <input id=\"to\" name=\"to\" value=\"{}\"><button>Show</button></form></header>\
         <main><nav aria-label=\"Messages\"><ol>{list}</ol></nav>{opened}</main></body></html>",
        escape(to)
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Html(html)).into_response()
}

/// A line of the list.
fn entry((number, message): &(usize, Message), open: Option<&(usize, Message)>, filter: &Filter) -> String {
    let current = if open.is_some_and(|(open, _)| open == number) { " aria-current=\"true\"" } else { "" };
    let to = filter.to.as_deref().map(|to| format!("to={}&", encoded(to))).unwrap_or_default();
    format!(
        "<li><a href=\"?{}\"{current}><strong>{}</strong><span>{}</span><time datetime=\"{at}\">{}</time></a></li>",
        escape(&format!("{to}open={number}")),
        title(message),
        escape(&message.to),
        // 09:30:00 of 2026-01-31T09:30:00.000Z.
        escape(message.sent_at.get(11..19).unwrap_or(&message.sent_at)),
        at = escape(&message.sent_at),
    )
}

fn title(message: &Message) -> String {
    match message.kind {
        Kind::Email => escape(message.subject.as_deref().unwrap_or("(no subject)")),
        Kind::Sms => "Text message".to_owned(),
    }
}

/// A value in a query.
fn encoded(value: &str) -> String {
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The message that is open.
fn article(message: &Message) -> String {
    let (title, to, at) = (title(message), escape(&message.to), escape(&message.sent_at));
    let text = message.text.as_deref().map(escape);
    let body = match (&message.html, text) {
        // A phone shows its text in a bubble.
        (None, Some(text)) if message.kind == Kind::Sms => format!("<p class=\"bubble\">{text}</p>"),
        (None, text) => format!("<pre>{}</pre>", text.unwrap_or_default()),
        (Some(html), text) => {
            let text = text.map(|text| format!("<details><summary>Plain text</summary><pre>{text}</pre></details>"));
            format!(
                "<iframe title=\"The mail as HTML: {title}\" srcdoc=\"{}\" \
                 sandbox=\"allow-popups allow-popups-to-escape-sandbox\"></iframe>{}",
                escape(&in_frame(html)),
                text.unwrap_or_default()
            )
        }
    };
    format!(
        "<article><h2>{title}</h2><p class=\"soft\">To {to}, <time datetime=\"{at}\">{at}</time></p>{body}</article>"
    )
}

/// A mail whose links open beside the outbox, where they are an ordinary page. The element that says so stands in the head:
/// before `<!doctype html>` it would put the mail into quirks mode.
fn in_frame(html: &str) -> String {
    const BASE: &str = "<base target=\"_blank\">";
    match html.split_once("<head>") {
        Some((before, after)) => format!("{before}<head>{BASE}{after}"),
        None => format!("{BASE}{html}"),
    }
}
