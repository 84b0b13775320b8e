//! The outbox for people: a page without script, with each mail as its reader sees it.

use std::fmt::Write;

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

use super::{Filter, Kind, Message, wire::escape};

/// A mail is somebody else's HTML: no script, no remote image, no form of it runs here.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;\
color:#1a1a1a;background:#fff}article{border:1px solid #767676;border-radius:.5rem;padding:0 1rem 1rem;\
margin:1.5rem 0}iframe{width:100%;height:24rem;border:1px solid #767676}pre{white-space:pre-wrap;\
overflow-wrap:anywhere}label{margin-right:.5rem}a{color:#0645ad}";

/// The newest message first: that is the one somebody waits for.
pub(super) fn show(messages: &[Message], filter: &Filter) -> Response {
    let mut list = String::new();
    for message in messages.iter().rev() {
        article(&mut list, message);
    }
    if list.is_empty() {
        list.push_str("<p>No messages yet.</p>");
    }
    let to = escape(filter.to.as_deref().unwrap_or_default());
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Outbox</title><style>{STYLE}</style></head>\
         <body><main><h1>Outbox</h1><p>What the service sent by SES and SNS on this machine; nothing was delivered.</p>\
         <form method=\"get\" action=\"/outbox\"><label for=\"to\">Recipient</label>\
         <input id=\"to\" name=\"to\" value=\"{to}\"> <button>Show</button> <a href=\"\">Refresh</a></form>\
         {list}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Html(html)).into_response()
}

fn article(list: &mut String, message: &Message) {
    let title = match message.kind {
        Kind::Email => escape(message.subject.as_deref().unwrap_or("(no subject)")),
        Kind::Sms => "Text message".to_owned(),
    };
    // Writing to a String cannot fail.
    let _ = write!(
        list,
        "<article><h2>{title}</h2><p>To {to}, <time datetime=\"{at}\">{at}</time></p>",
        to = escape(&message.to),
        at = escape(&message.sent_at),
    );
    if let Some(html) = &message.html {
        // Its links open beside the outbox, where they are an ordinary page.
        let document = escape(&format!("<base target=\"_blank\">{html}"));
        let _ = write!(
            list,
            "<iframe title=\"The mail as HTML: {title}\" srcdoc=\"{document}\" \
             sandbox=\"allow-popups allow-popups-to-escape-sandbox\"></iframe>"
        );
    }
    if let Some(text) = &message.text {
        let _ = write!(list, "<h3>Plain text</h3><pre>{}</pre>", escape(text));
    }
    list.push_str("</article>");
}
