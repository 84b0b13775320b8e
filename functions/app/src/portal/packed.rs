//! Texts that `cargo dev gen` made and compressed, and that are part of the binary:
//! docs/decisions/0340-the-portal-serves-the-documentation.md.

use miniz_oxide::inflate::decompress_to_vec;
use runtime::{Answer, Endpoint, Input, Request};
use serde_json::Value;
use shared::language::Language;

use super::assets::fnv1a;
use crate::wire::{AppApi, AppError};

/// Any cache may keep it for a while, and then ask whether it has changed.
const CACHE: &str = "public, max-age=300";

/// What `cargo dev gen` writes before the compressed bytes, and behind them (RFC 1952 §2.3, without a file's name).
const GZIP_HEADER: usize = 10;
const GZIP_TRAILER: usize = 8;

/// A text of the binary, as a file of gzip.
#[derive(Debug)]
pub(super) struct PackedText {
    content_type: &'static str,
    /// The file is these, one behind the other.
    parts: [&'static [u8]; 3],
    hash: u64,
    /// Whom it is for; everybody, if nothing.
    language: Option<Language>,
}

/// How a client takes a text, and the copies of it that it has.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    gzip: bool,
    known: String,
}

impl PackedText {
    /// A text for everybody.
    pub(super) const fn new(content_type: &'static str, gzip: &'static [u8]) -> Self {
        Self { content_type, parts: [gzip, &[], &[]], hash: fnv1a(gzip), language: None }
    }

    /// A page for readers of a language: others are sent another from the same address. `text` may stand in several frames, each of which
    /// has the end of the file before its beginning. That end is a sum of all, so the hash of a frame is one of the page.
    pub(super) const fn page(frame: &'static [u8], text: &'static [u8], language: Language) -> Self {
        let (end, beginning) = frame.split_at(GZIP_TRAILER);
        let parts = [beginning, text, end];
        Self { content_type: "text/html; charset=utf-8", parts, hash: fnv1a(frame), language: Some(language) }
    }

    /// The text as the client takes it; 304 if it has it.
    pub(super) fn answer(&self, taken: &Taken) -> Answer {
        let tag = format!("\"{:016x}\"", self.hash);
        let answer = match (taken.has(&tag), taken.gzip) {
            (true, _) => Answer::empty(304),
            (false, true) => Answer::bytes(self.content_type, &self.parts.concat()).with("content-encoding", "gzip"),
            (false, false) => Answer::text(self.content_type, self.unpacked()),
        };
        // The tag is of the text, whatever its encoding: so it is a weak one (RFC 9110 §8.8.1).
        let answer = answer.with("etag", format!("W/{tag}")).with("cache-control", CACHE);
        match self.language {
            None => answer.with("vary", "accept-encoding"),
            Some(language) => {
                answer.with("content-language", language.tag()).with("vary", "accept-encoding, accept-language")
            }
        }
    }

    #[expect(clippy::expect_used, reason = "the bytes are ours, and a test unpacks each text")]
    fn unpacked(&self) -> String {
        let gzip = self.parts.concat();
        let end = gzip.len().saturating_sub(GZIP_TRAILER);
        let compressed = gzip.get(GZIP_HEADER..end).unwrap_or_default();
        let text = decompress_to_vec(compressed).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.expect("a text")
    }
}

impl Taken {
    pub(super) fn of(request: &Request) -> Self {
        Self {
            gzip: takes_gzip(request.header("accept-encoding").unwrap_or_default()),
            known: request.header("if-none-match").unwrap_or_default().to_owned(),
        }
    }

    /// Compared weakly (RFC 9110 §13.1.2).
    fn has(&self, tag: &str) -> bool {
        self.known.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
    }
}

impl<E: Endpoint<Dialect = AppApi>> Input<E> for Taken {
    fn parse(request: &Request) -> Result<Self, AppError> {
        Ok(Self::of(request))
    }

    fn schema() -> Option<Value> {
        None
    }
}

/// Whether `Accept-Encoding` names gzip, and not with a weight of zero (RFC 9110 §12.5.3).
fn takes_gzip(accept_encoding: &str) -> bool {
    accept_encoding.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse::<f32>() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (header, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("", false),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip; q=0.000, br", false),
        ] {
            assert_eq!(takes_gzip(header), takes, "{header}");
        }
    }
}
