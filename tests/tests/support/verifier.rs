use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

// `keys`, `issuer` and `audience` are the server's own configuration, never values of a token.
pub(crate) fn verify(keys: &JwkSet, issuer: &str, audience: &str, token: &str) -> Result<Value, Error> {
    let header = decode_header(token)?;
    let key = header.kid.and_then(|kid| keys.find(&kid)).ok_or(ErrorKind::InvalidToken)?;
    let mut rules = Validation::new(header.alg);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[audience]);
    Ok(decode(token, &DecodingKey::from_jwk(key)?, &rules)?.claims)
}
