//! Firebase: `firebase auth:export users.json`, then `jq -c '.users[]'`, or `auth:export users.csv`, which has no header.

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
        hash: record.text("passwordHash").map(|_| hash(record, hashing)),
        left_out,
        ..Person::default()
    })
}

fn hash(record: &Record, hashing: &Hashing) -> Result<ForeignHash, NotAForeignHash> {
    let Hashing { signer_key, salt_separator, rounds, mem_cost } = hashing;
    let hash = record.base64("passwordHash").ok_or(NotAForeignHash::Damaged)?;
    // The project itself had brought this user in, with bcrypt's text.
    if let Some(text) = std::str::from_utf8(&hash).ok().filter(|text| text.starts_with('$')) {
        return text.parse();
    }
    let key = signer_key
        .as_ref()
        .and_then(|key| decode(key.secret().expose()))
        .map(Secret::new)
        .ok_or(NotAForeignHash::Unknown)?;
    let separator = decode(salt_separator).ok_or(NotAForeignHash::Damaged)?;
    let salt = record.base64("salt").ok_or(NotAForeignHash::Damaged)?;
    let cost = Cost { log_n: *mem_cost, r: *rounds, p: 1 };
    ForeignHash::firebase(cost, &salt, &separator, &key, &hash)
}
