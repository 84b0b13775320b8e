//! Django: `manage.py dumpdata auth.user | jq -c '.[]'`, or the table as CSV. `docs/topics/auth/passwords` of Django describes
//! the hashes.

use std::num::NonZeroU32;

use shared::user::foreign::{Cost, Digest, ForeignHash, NotAForeignHash, Pbkdf2, Salted, Scrypt};

use super::person::{LeftOut, Person, Refusal, full_name};
use super::record::{Record, decode, unhex};

pub(super) fn read(record: &Record) -> Result<Person, Refusal> {
    let id = record.owned("pk").or_else(|| record.owned("id"));
    let inner = record.inner("fields");
    let record = inner.as_ref().unwrap_or(record);
    let mut left_out = Vec::new();
    if record.has("groups") || record.has("user_permissions") || record.flag("is_superuser") || record.flag("is_staff")
    {
        left_out.push(LeftOut::Data);
    }
    // A password that cannot be used begins with an exclamation mark.
    let password = record.owned("password").filter(|password| !password.starts_with('!'));
    Ok(Person {
        origin: id.ok_or(Refusal::NoOrigin("pk or id"))?,
        email: record.owned("email"),
        username: record.owned("username"),
        name: full_name(record.owned("first_name"), record.owned("last_name")),
        disabled: !record.flag_unless_given("is_active"),
        created: record.time("date_joined"),
        hash: password.map(|password| hash(&password)),
        left_out,
        ..Person::default()
    })
}

fn hash(text: &str) -> Result<ForeignHash, NotAForeignHash> {
    let (algorithm, rest) = text.split_once('$').unwrap_or(("unsalted_md5", text));
    match algorithm {
        "argon2" => format!("${rest}").parse(),
        "bcrypt" => rest.parse(),
        "bcrypt_sha256" => text.parse(),
        "pbkdf2_sha256" => pbkdf2(Digest::Sha256, rest),
        "pbkdf2_sha1" => pbkdf2(Digest::Sha1, rest),
        "scrypt" => scrypt(rest),
        "md5" => salted(Digest::Md5, rest),
        "sha1" => salted(Digest::Sha1, rest),
        "unsalted_md5" => salted(Digest::Md5, &format!("${}", rest.trim_start_matches('$'))),
        _ => Err(NotAForeignHash::Unknown),
    }
}

fn pbkdf2(digest: Digest, rest: &str) -> Result<ForeignHash, NotAForeignHash> {
    let [iterations, salt, hash] = fields(rest)?;
    let iterations: NonZeroU32 = iterations.parse().map_err(|_| NotAForeignHash::Damaged)?;
    let hash = decode(hash).ok_or(NotAForeignHash::Damaged)?;
    Pbkdf2 { digest, iterations, salt: salt.into(), hash }.to_string().parse()
}

fn scrypt(rest: &str) -> Result<ForeignHash, NotAForeignHash> {
    let [n, salt, r, p, hash] = fields(rest)?;
    let number = |text: &str| text.parse::<u32>().map_err(|_| NotAForeignHash::Damaged);
    let n = number(n)?;
    if !n.is_power_of_two() {
        return Err(NotAForeignHash::Damaged);
    }
    let log_n = u8::try_from(n.ilog2()).map_err(|_| NotAForeignHash::Damaged)?;
    let hash = decode(hash).ok_or(NotAForeignHash::Damaged)?;
    Scrypt { cost: Cost { log_n, r: number(r)?, p: number(p)? }, salt: salt.into(), hash }.to_string().parse()
}

/// The digest of salt and password, in hex.
fn salted(digest: Digest, rest: &str) -> Result<ForeignHash, NotAForeignHash> {
    let [salt, hash] = fields(rest)?;
    let hash = unhex(hash).ok_or(NotAForeignHash::Damaged)?;
    Salted { digest, before: salt.into(), after: Vec::new(), hash }.to_string().parse()
}

fn fields<const N: usize>(rest: &str) -> Result<[&str; N], NotAForeignHash> {
    rest.split('$').collect::<Vec<_>>().try_into().map_err(|_| NotAForeignHash::Damaged)
}
