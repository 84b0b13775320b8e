//! Auth0: the lines of an export job, those of its support with `passwordHash`, and what its own import takes.

use std::num::NonZeroU32;

use shared::user::foreign::{Cost, ForeignHash, NotAForeignHash, Salted, Scrypt};

use super::person::{LeftOut, Person, Refusal, base32, full_name};
use super::record::{Record, decode};

pub(super) fn read(record: &Record) -> Result<Person, Refusal> {
    // The file with hashes has the id without the connection's name.
    let id = record.owned("user_id").map(|id| id.strip_prefix("auth0|").map_or(id.clone(), str::to_owned));
    let id = id.or_else(|| record.inner("_id")?.owned("$oid")).or_else(|| record.owned("_id"));
    let factors = record.list("mfa_factors");
    let totp = factors.iter().find_map(|factor| base32(&factor.inner("totp")?.text("secret")?));
    let mut left_out = Vec::new();
    if factors.iter().any(|factor| !factor.has("totp")) || (!factors.is_empty() && totp.is_none()) {
        left_out.push(LeftOut::Factor);
    }
    let is_foreign = |identity: &Record| identity.text("provider").is_some_and(|provider| provider != "auth0");
    if record.list("identities").iter().any(is_foreign) {
        left_out.push(LeftOut::Providers);
    }
    if record.has("app_metadata") || record.has("user_metadata") {
        left_out.push(LeftOut::Data);
    }
    let name = record.owned("name").filter(|name| record.text("email").as_deref() != Some(name));
    Ok(Person {
        origin: id.ok_or(Refusal::NoOrigin("user_id or _id"))?,
        email: record.owned("email"),
        email_verified: record.flag("email_verified"),
        phone: record.owned("phone_number"),
        phone_verified: record.flag("phone_verified"),
        username: record.owned("username"),
        name: name.or_else(|| full_name(record.owned("given_name"), record.owned("family_name"))),
        disabled: record.flag("blocked"),
        // The file with hashes is MongoDB's JSON.
        created: match record.inner("created_at") {
            Some(inner) => inner.time("$date"),
            None => record.time("created_at"),
        },
        hash: hash(record),
        totp,
        left_out,
    })
}

fn hash(record: &Record) -> Option<Result<ForeignHash, NotAForeignHash>> {
    let text = record.text("passwordHash").or_else(|| record.text("password_hash"));
    if let Some(text) = text {
        return Some(text.parse());
    }
    record.inner("custom_password_hash").map(|custom| custom_hash(&custom))
}

/// A hash from a product before Auth0.
fn custom_hash(custom: &Record) -> Result<ForeignHash, NotAForeignHash> {
    // We hash what is typed as UTF-8.
    let encoding = custom.inner("password").and_then(|password| password.owned("encoding"));
    if encoding.is_some_and(|encoding| !matches!(encoding.as_str(), "utf8" | "ascii")) {
        return Err(NotAForeignHash::Unknown);
    }
    let hash = custom.inner("hash").ok_or(NotAForeignHash::Damaged)?;
    let value = hash.text("value").ok_or(NotAForeignHash::Damaged)?;
    let salt = custom.inner("salt");
    let salted = |digest| {
        let salt_bytes = salt.as_ref().map_or(Some(Vec::new()), |salt| bytes(salt, "utf8"));
        let salt_bytes = salt_bytes.ok_or(NotAForeignHash::Damaged)?;
        let is_after = salt.as_ref().is_some_and(|salt| salt.text("position").as_deref() == Some("suffix"));
        let (before, after) = if is_after { (Vec::new(), salt_bytes) } else { (salt_bytes, Vec::new()) };
        let hash = bytes(&hash, "hex").ok_or(NotAForeignHash::Damaged)?;
        Salted { digest, before, after, hash }.to_string().parse()
    };
    match custom.text("algorithm").as_deref() {
        Some("bcrypt" | "argon2" | "pbkdf2") => value.parse(),
        Some("scrypt") => scrypt(custom, salt.as_ref(), &hash),
        Some(digest @ ("md5" | "sha1" | "sha256" | "sha512")) => salted(digest.parse()?),
        _ => Err(NotAForeignHash::Unknown),
    }
}

fn scrypt(custom: &Record, salt: Option<&Record>, hash: &Record) -> Result<ForeignHash, NotAForeignHash> {
    let number = |name: &str| custom.text(name)?.parse::<NonZeroU32>().ok();
    let read = || {
        let n = number("cost").filter(|n| n.is_power_of_two())?;
        let log_n = u8::try_from(n.ilog2()).ok()?;
        let cost = Cost { log_n, r: number("blockSize")?.get(), p: number("parallelization")?.get() };
        Some(Scrypt { cost, salt: bytes(salt?, "utf8")?, hash: bytes(hash, "base64")? })
    };
    read().ok_or(NotAForeignHash::Damaged)?.to_string().parse()
}

/// The value, in the encoding that stands beside it.
fn bytes(value: &Record, default: &str) -> Option<Vec<u8>> {
    let text = value.text("value")?;
    match value.text("encoding").as_deref().unwrap_or(default) {
        "hex" => super::record::unhex(&text),
        "base64" => decode(&text),
        // Its spaces are part of it.
        "utf8" => Some(value.0.get("value")?.as_str()?.as_bytes().to_vec()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::secret::Secret;

    use super::hash;
    use crate::user::import::record::Record;

    /// The hash is Python's `hashlib.sha256(b" pepper " + b"correct horse 17")`.
    #[test]
    fn spaces_around_a_salt_are_part_of_it() {
        let line = json!({"custom_password_hash": {
            "algorithm": "sha256",
            "hash": {"value": "2f41d8e8e2defec1cb706adecef57a2f3d27ac3107dc15038fbda1e2200953da", "encoding": "hex"},
            "salt": {"value": " pepper ", "encoding": "utf8", "position": "prefix"},
        }});
        let record = Record(line.as_object().expect("an object").clone());
        let hash = hash(&record).expect("a hash").expect("a known one");
        assert!(hash.opens(&Secret::new("correct horse 17".to_owned())));
    }
}
