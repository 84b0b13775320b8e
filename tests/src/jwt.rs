//! JSON Web Tokens as a client and an attacker handle them: decoded without a key, and put together by hand.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The three segments of a token, as they are on the wire.
#[derive(Debug, Clone, Copy)]
pub struct Segments<'a> {
    /// The first segment.
    pub header: &'a str,
    /// The second segment.
    pub claims: &'a str,
    /// The third segment.
    pub signature: &'a str,
}

/// Splits a token.
#[must_use]
pub fn split(token: &str) -> Segments<'_> {
    let segments: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = segments[..] else { panic!("not three segments: {token}") };
    Segments { header, claims, signature }
}

/// The header, letter by letter.
#[must_use]
pub fn header(token: &str) -> String {
    String::from_utf8(decode(split(token).header)).expect("a header in UTF-8")
}

/// The claims.
#[must_use]
pub fn claims(token: &str) -> Value {
    serde_json::from_slice(&decode(split(token).claims)).expect("claims in JSON")
}

/// A segment that says `text`.
#[must_use]
pub fn segment(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The HS256 signature of `header.claims` under a key.
#[must_use]
pub fn hs256(header: &str, claims: &str, key: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, format!("{header}.{claims}").as_bytes()))
}

fn decode(segment: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(segment).unwrap_or_else(|error| panic!("not base64url ({error}): {segment}"))
}
