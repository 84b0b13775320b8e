//! Supabase: the rows of `auth.users`, as CSV or `row_to_json`.

use shared::clock::Timestamp;

use super::person::{LeftOut, Person, Refusal};
use super::record::Record;

/// What of `raw_user_meta_data` is kept, and what `GoTrue` writes there that is in other columns, too.
const KNOWN_OF_USER: [&str; 7] = ["email", "email_verified", "full_name", "name", "phone_verified", "sub", "username"];

/// The same of `raw_app_meta_data`.
const KNOWN_OF_APP: [&str; 2] = ["provider", "providers"];

pub(super) fn read(record: &Record, now: Timestamp) -> Result<Person, Refusal> {
    if record.flag("is_anonymous") || record.text("deleted_at").is_some() {
        return Err(Refusal::Gone);
    }
    let data = record.inner("raw_user_meta_data");
    let name = |field: &str| data.as_ref()?.owned(field);
    let mut left_out = Vec::new();
    let of_app = record.inner("raw_app_meta_data");
    if has_more(data.as_ref(), &KNOWN_OF_USER) || has_more(of_app.as_ref(), &KNOWN_OF_APP) {
        left_out.push(LeftOut::Data);
    }
    let providers = of_app.and_then(|app| {
        let own = |provider: &serde_json::Value| matches!(provider.as_str(), Some("email" | "phone"));
        Some(app.0.get("providers")?.as_array()?.iter().any(|provider| !own(provider)))
    });
    if providers == Some(true) {
        left_out.push(LeftOut::Providers);
    }
    Ok(Person {
        origin: record.owned("id").ok_or(Refusal::NoOrigin("id"))?,
        email: record.owned("email"),
        email_verified: record.text("email_confirmed_at").is_some(),
        // GoTrue keeps numbers without their plus.
        phone: record.owned("phone").map(|phone| format!("+{}", phone.trim_start_matches('+'))),
        phone_verified: record.text("phone_confirmed_at").is_some(),
        username: name("username"),
        name: name("full_name").or_else(|| name("name")),
        // Nobody is shut out here for a time. GoTrue keeps the time of a ban that is over.
        disabled: record.text("banned_until").is_some()
            && !matches!(record.time("banned_until"), Some(Ok(until)) if until <= now),
        created: record.time("created_at"),
        hash: record.text("encrypted_password").map(|hash| hash.parse()),
        left_out,
        ..Person::default()
    })
}

/// Whether there is a field that is not known.
fn has_more(inner: Option<&Record>, known: &[&str]) -> bool {
    inner.is_some_and(|inner| inner.0.keys().any(|name| !known.contains(&name.as_str())))
}
