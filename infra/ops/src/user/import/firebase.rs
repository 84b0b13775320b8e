//! Firebase: `firebase auth:export users.json`, then `jq -c '.users[]'`, or `auth:export users.csv`, which has no header.

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use shared::secret::Secret;
use shared::user::foreign::{Cost, ForeignHash, NotAForeignHash};

use super::person::{LeftOut, Person, Refusal};
use super::record::{Record, decode};
use crate::given_secret::GivenSecret;

/// The columns of `auth:export`'s CSV.
pub(super) const COLUMNS: [&str; 28] = [
    "localId",
    "email",
    "emailVerified",
    "passwordHash",
    "salt",
    "displayName",
    "photoUrl",
    "google.id",
    "google.email",
    "google.name",
    "google.photo",
    "facebook.id",
    "facebook.email",
    "facebook.name",
    "facebook.photo",
    "twitter.id",
    "twitter.email",
    "twitter.name",
    "twitter.photo",
    "github.id",
    "github.email",
    "github.name",
    "github.photo",
    "createdAt",
    "lastSignedInAt",
    "phoneNumber",
    "disabled",
    "customAttributes",
];

/// How a project of Firebase hashes: its console shows it under Authentication, Users, Password hash parameters.
#[derive(Args, Debug)]
pub(super) struct Hashing {
    /// Firebase's `base64_signer_key`
    #[arg(long = "firebase-signer-key", value_name = "BASE64", env = "FIREBASE_SIGNER_KEY", hide_env_values = true)]
    signer_key: Option<GivenSecret>,
    /// Firebase's `base64_salt_separator`
    #[arg(long = "firebase-salt-separator", value_name = "BASE64", default_value = "Bw==")]
    salt_separator: String,
    /// Firebase's `rounds`
    #[arg(long = "firebase-rounds", value_name = "NUMBER", default_value_t = 8)]
    rounds: u32,
    /// Firebase's `mem_cost`
    #[arg(long = "firebase-mem-cost", value_name = "NUMBER", default_value_t = 14)]
    mem_cost: u8,
}

impl Hashing {
    /// Fails if no hash could be compared with these values. A user who is here without a password is not given one by another run.
    pub(super) fn check(&self) -> Result<()> {
        ensure!(decode(&self.salt_separator).is_some(), "--firebase-salt-separator is not base64");
        let Some(key) = &self.signer_key else { return Ok(()) };
        let key = Secret::new(decode(key.secret().expose()).context("--firebase-signer-key is not base64")?);
        let some_hash = self.own_hash(&key, &[], &vec![0; key.expose().len()]);
        some_hash.context("check --firebase-signer-key, --firebase-rounds and --firebase-mem-cost")?;
        Ok(())
    }

    /// A hash that Firebase made itself.
    fn own_hash(&self, key: &Secret<Vec<u8>>, salt: &[u8], hash: &[u8]) -> Result<ForeignHash, NotAForeignHash> {
        let separator = decode(&self.salt_separator).ok_or(NotAForeignHash::Damaged)?;
        let cost = Cost { log_n: self.mem_cost, r: self.rounds, p: 1 };
        ForeignHash::firebase(cost, salt, &separator, key, hash)
    }
}

pub(super) fn read(record: &Record, hashing: &Hashing) -> Result<Person, Refusal> {
    let email = record.owned("email");
    let providers = record.list("providerUserInfo");
    let is_foreign =
        |provider: &Record| provider.text("providerId").is_some_and(|id| !matches!(&*id, "password" | "phone"));
    let by_column = ["google.id", "facebook.id", "twitter.id", "github.id"].iter().any(|id| record.has(id));
    let mut left_out = Vec::new();
    if by_column || providers.iter().any(is_foreign) {
        left_out.push(LeftOut::Providers);
    }
    if record.has("mfaInfo") {
        left_out.push(LeftOut::Factor);
    }
    if record.has("customAttributes") {
        left_out.push(LeftOut::Data);
    }
    let phone = record.owned("phoneNumber");
    Ok(Person {
        origin: record.owned("localId").ok_or(Refusal::NoOrigin("localId"))?,
        email,
        email_verified: record.flag("emailVerified"),
        // Firebase has no number that was not verified.
        phone_verified: phone.is_some(),
        phone,
        name: record.owned("displayName"),
        disabled: record.flag("disabled"),
        created: record.time("createdAt"),
        hash: hash(record, hashing)?,
        left_out,
        ..Person::default()
    })
}

/// The hash of the password, if there is one. One of Firebase's own takes the signer key.
fn hash(record: &Record, hashing: &Hashing) -> Result<Option<Result<ForeignHash, NotAForeignHash>>, Refusal> {
    if record.text("passwordHash").is_none() {
        return Ok(None);
    }
    let Some(hash) = record.base64("passwordHash") else { return Ok(Some(Err(NotAForeignHash::Damaged))) };
    // The project itself had brought this user in, with bcrypt's text.
    if let Some(text) = std::str::from_utf8(&hash).ok().filter(|text| text.starts_with('$')) {
        return Ok(Some(text.parse()));
    }
    let key = hashing.signer_key.as_ref().ok_or(Refusal::NoSignerKey)?;
    let key = Secret::new(decode(key.secret().expose()).unwrap_or_default());
    if key.expose().len() != hash.len() {
        return Err(Refusal::OtherSignerKey);
    }
    let Some(salt) = record.base64("salt") else { return Ok(Some(Err(NotAForeignHash::Damaged))) };
    Ok(Some(hashing.own_hash(&key, &salt, &hash)))
}
