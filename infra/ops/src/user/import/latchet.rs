//! Any other product: the fields that `docs/operations.md` lists, of which `id` and one to sign in by are enough.

use super::person::{LeftOut, Person, Refusal, base32};
use super::record::Record;

pub(super) fn read(record: &Record) -> Result<Person, Refusal> {
    let totp = record.text("totp");
    let secret = totp.as_deref().and_then(base32);
    let left_out = if totp.is_some() && secret.is_none() { vec![LeftOut::Factor] } else { Vec::new() };
    Ok(Person {
        origin: record.owned("id").ok_or(Refusal::NoOrigin("id"))?,
        email: record.owned("email"),
        email_verified: record.flag("email_verified"),
        phone: record.owned("phone"),
        phone_verified: record.flag("phone_verified"),
        username: record.owned("username"),
        name: record.owned("name"),
        disabled: record.flag("disabled"),
        created: record.time("created"),
        hash: record.text("password_hash").map(|hash| hash.parse()),
        totp: secret,
        left_out,
    })
}
