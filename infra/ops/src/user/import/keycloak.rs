//! Keycloak: `kc.sh export --realm R --users realm_file`, then `jq -c '.users[]'`.

use std::num::NonZeroU32;

use shared::secret::Secret;
use shared::user::foreign::{ForeignHash, NotAForeignHash, Pbkdf2};

use super::person::{LeftOut, Person, Refusal, full_name};
use super::record::Record;

pub(super) fn read(record: &Record) -> Result<Person, Refusal> {
    let attributes = record.inner("attributes");
    let attribute = |name: &str| attributes.as_ref()?.first(name);
    let credentials = record.list("credentials");
    let of = |kind: &'static str| credentials.iter().filter(move |each| each.text("type").as_deref() == Some(kind));
    let totp = of("otp").find_map(totp);
    let mut left_out = Vec::new();
    let factors = credentials.iter().filter(|each| each.text("type").as_deref() != Some("password")).count();
    if factors > usize::from(totp.is_some()) {
        left_out.push(LeftOut::Factor);
    }
    if record.has("federatedIdentities") || record.has("federationLink") {
        left_out.push(LeftOut::Providers);
    }
    let has_roles = record.texts("realmRoles").any(|role| !is_everybodys(role));
    let has_attributes =
        attributes.as_ref().is_some_and(|all| all.0.keys().any(|name| !name.starts_with("phoneNumber")));
    if record.has("groups") || record.has("clientRoles") || has_roles || has_attributes {
        left_out.push(LeftOut::Data);
    }
    let username = record.owned("username");
    Ok(Person {
        origin: record.owned("id").or_else(|| username.clone()).ok_or(Refusal::NoOrigin("id or username"))?,
        email: record.owned("email"),
        email_verified: record.flag("emailVerified"),
        phone: attribute("phoneNumber"),
        phone_verified: attribute("phoneNumberVerified").as_deref() == Some("true"),
        username,
        name: full_name(record.owned("firstName"), record.owned("lastName")),
        disabled: !record.flag_unless_given("enabled"),
        created: record.time("createdTimestamp"),
        hash: of("password").next().map(hash),
        totp,
        left_out,
    })
}

/// A role that Keycloak gives to each user.
fn is_everybodys(role: &str) -> bool {
    role.starts_with("default-roles-") || matches!(role, "offline_access" | "uma_authorization")
}

/// Both halves of a credential are JSON in a text.
fn hash(credential: &Record) -> Result<ForeignHash, NotAForeignHash> {
    let read = || Some((credential.inner("secretData")?, credential.inner("credentialData")?));
    let (secret, data) = read().ok_or(NotAForeignHash::Damaged)?;
    let algorithm = data.owned("algorithm").ok_or(NotAForeignHash::Damaged)?;
    let (salt, hash) = secret.base64("salt").zip(secret.base64("value")).ok_or(NotAForeignHash::Damaged)?;
    let iterations = data.text("hashIterations").and_then(|count| count.parse::<NonZeroU32>().ok());
    let iterations = iterations.ok_or(NotAForeignHash::Damaged)?;
    match algorithm.as_str() {
        "argon2" => argon2(&data, iterations, &salt, &hash),
        // The first of Keycloak's, which its name does not say, is of SHA-1.
        "pbkdf2" => Pbkdf2 { digest: "sha1".parse()?, iterations, salt, hash }.to_string().parse(),
        other => {
            let digest = other.strip_prefix("pbkdf2-").ok_or(NotAForeignHash::Unknown)?.parse()?;
            Pbkdf2 { digest, iterations, salt, hash }.to_string().parse()
        }
    }
}

fn argon2(data: &Record, passes: NonZeroU32, salt: &[u8], hash: &[u8]) -> Result<ForeignHash, NotAForeignHash> {
    let more = data.inner("additionalParameters").ok_or(NotAForeignHash::Damaged)?;
    let first = |name: &str| more.first(name).ok_or(NotAForeignHash::Damaged);
    let version = match first("version")?.as_str() {
        "1.3" => 19,
        "1.0" => 16,
        _ => return Err(NotAForeignHash::Unknown),
    };
    let (kind, memory, lanes) = (first("type")?, first("memory")?, first("parallelism")?);
    let (salt, hash) = (super::record::encode(salt), super::record::encode(hash));
    format!("$argon2{kind}$v={version}$m={memory},t={passes},p={lanes}${salt}${hash}").parse()
}

/// The secret of an authenticator app is kept as its letters: Keycloak takes their bytes for the key.
fn totp(credential: &Record) -> Option<Secret<Vec<u8>>> {
    let (secret, data) = (credential.inner("secretData")?, credential.inner("credentialData")?);
    let is = |name: &str, usual: &str| data.text(name).is_none_or(|value| value == usual);
    let usual = is("subType", "totp") && is("digits", "6") && is("period", "30") && is("algorithm", "HmacSHA1");
    let secret = secret.text("value").filter(|_| usual)?;
    match data.text("secretEncoding").as_deref() {
        None => Some(Secret::new(secret.as_bytes().to_vec())),
        Some("BASE32") => super::person::base32(&secret),
        Some(_) => None,
    }
}
