//! The outbox for people: a list of messages and the one that is open, as its reader sees it. A script asks for new ones.

use std::fmt::Write;

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

use super::{Filter, Kind, Message, wire::escape};

/// A mail is somebody else's HTML: no remote image and no form of it works here. Its frame has this policy too, and runs no script
/// at all, for it is sandboxed.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; img-src data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where the script is.
pub(super) const SCRIPT_PATH: &str = "/outbox.js";

/// The script.
pub(super) fn script() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, include_str!("outbox.js")).into_response()
}

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

/// Without script the page loads itself again after these seconds. A message that somebody opened stays.
const REFRESH: &str = "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>";

/// Messages, each with its number, oldest first. The one that is asked for is open, or the newest: that is the one that somebody
/// waits for.
pub(super) fn show(messages: &[(usize, Message)], filter: &Filter) -> Response {
    let asked = filter.open.and_then(|number| messages.iter().find(|(known, _)| *known == number));
    let open = asked.or_else(|| messages.last());
    let list: String = messages.iter().rev().map(|each| entry(each, open, filter)).collect();
    let opened = open.map_or_else(
        || "<p id=\"message\" class=\"soft\" tabindex=\"-1\">No messages yet.</p>".to_owned(),
        |(_, message)| article(message),
    );
    // Another text as soon as a message came or all are gone.
    let state = messages.last().map(|(number, message)| format!("{number} {}", message.sent_at)).unwrap_or_default();
    let (to, refresh) = (filter.to.as_deref().unwrap_or_default(), if asked.is_none() { REFRESH } else { "" });
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{refresh}<title>Outbox</title>\
         <link rel=\"icon\" href=\"data:,\"><script src=\"{SCRIPT_PATH}\" defer></script><style>{STYLE}</style></head>\
         <body data-state=\"{}\"><a class=\"skip\" href=\"#message\">Skip to the message</a>\
         <header><h1>Outbox</h1><p class=\"soft\">What the service sent by SES and SNS on this machine; nothing was \
         delivered. The newest message opens by itself.</p><p id=\"news\" class=\"soft\" role=\"status\"></p>\
         <form method=\"get\" action=\"/outbox\"><label for=\"to\">Recipient</label>\
         <input id=\"to\" name=\"to\" value=\"{}\"><button>Show</button></form></header>\
         <main><nav aria-label=\"Messages\"><ol>{list}</ol></nav>{opened}</main></body></html>",
        escape(&state),
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
        "<li><a href=\"?{}\"{current}><strong{}>{}</strong><span>{}</span><time datetime=\"{at}\">{}</time></a></li>",
        escape(&format!("{to}open={number}")),
        language(message.subject.as_deref()),
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

/// The language of a text, where it is not that of the page: a screen reader has another voice for it.
fn language(text: Option<&str>) -> &'static str {
    let is_chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
    if text.is_some_and(|text| text.contains(is_chinese)) { " lang=\"zh\"" } else { "" }
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
    let (text, spoken) = (message.text.as_deref().map(escape), language(message.text.as_deref()));
    let body = match (&message.html, text) {
        (None, Some(text)) if message.kind == Kind::Sms => phone(&text, spoken, message),
        (None, text) => format!("<pre{spoken}>{}</pre>", text.unwrap_or_default()),
        (Some(html), text) => {
            let text =
                text.map(|text| format!("<details><summary>Plain text</summary><pre{spoken}>{text}</pre></details>"));
            format!(
                "<iframe title=\"The mail as HTML: {title}\" srcdoc=\"{}\" \
                 sandbox=\"allow-popups allow-popups-to-escape-sandbox\"></iframe>{}",
                escape(&in_frame(html)),
                text.unwrap_or_default()
            )
        }
    };
    format!(
        "<article id=\"message\" tabindex=\"-1\"><h2{}>{title}</h2><p class=\"soft\">To {to}, <time datetime=\"{at}\">{at}</time></p>\
         {body}</article>",
        language(message.subject.as_deref())
    )
}

/// A text as a phone shows it: who it is from, and a bubble. Below it what SNS was told beside the text.
fn phone(text: &str, spoken: &str, message: &Message) -> String {
    let sender = message.attributes.get(SENDER).map_or_else(|| "Unknown sender".to_owned(), |sender| escape(sender));
    let told =
        message.attributes.iter().map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", escape(name), escape(value)));
    let told: String = told.collect();
    let told = if told.is_empty() { told } else { format!("<dl>{told}</dl>") };
    format!("<div class=\"phone\"><p class=\"sender\">{sender}</p><p class=\"bubble\"{spoken}>{text}</p></div>{told}")
}

/// The attribute that names the sender of a text.
const SENDER: &str = "AWS.SNS.SMS.SenderID";

/// A mail whose links open beside the outbox, where they are an ordinary page. The element that says so stands behind the doctype,
/// and a mail without a doctype is given one: else the mail would be in quirks mode.
fn in_frame(html: &str) -> String {
    const BASE: &str = "<base target=\"_blank\">";
    let start = html.trim_start();
    let has_doctype = start.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
    match start.split_once('>').filter(|_| has_doctype) {
        Some((doctype, mail)) => match mail.split_once("<head>") {
            Some((before, after)) => format!("{doctype}>{before}<head>{BASE}{after}"),
            None => format!("{doctype}>{BASE}{mail}"),
        },
        None => format!("<!doctype html>{BASE}{html}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{in_frame, language};

    #[test]
    fn a_mail_is_in_standards_mode_and_its_links_open_beside_the_outbox() {
        for (mail, framed) in [
            (
                "<!doctype html><html><head><title>a</title></head>",
                "<!doctype html><html><head><base target=\"_blank\"><title>a</title></head>",
            ),
            ("\n<!DOCTYPE html><p>a</p>", "<!DOCTYPE html><base target=\"_blank\"><p>a</p>"),
            ("<HEAD></HEAD><p>a</p>", "<!doctype html><base target=\"_blank\"><HEAD></HEAD><p>a</p>"),
            ("", "<!doctype html><base target=\"_blank\">"),
        ] {
            assert_eq!(in_frame(mail), framed);
        }
    }

    #[test]
    fn chinese_is_marked_as_chinese() {
        assert_eq!(language(Some("您的验证码")), " lang=\"zh\"");
        assert_eq!((language(Some("Your code")), language(None)), ("", ""));
    }
}
