//! Supabase: the rows of `auth.users`, as CSV or `row_to_json`.

use super::person::{LeftOut, Person, Refusal};
use super::record::Record;

pub(super) fn read(record: &Record) -> Result<Person, Refusal> {
    if record.flag("is_anonymous") || record.text("deleted_at").is_some() {
        return Err(Refusal::Gone);
    }
    let data = record.inner("raw_user_meta_data");
    let name = |field: &str| data.as_ref()?.owned(field);
    let mut left_out = Vec::new();
    let providers = record.inner("raw_app_meta_data").and_then(|app| {
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
        // Nobody is shut out here for a time: who is shut out there when the file was written is shut out.
        disabled: record.text("banned_until").is_some(),
        created: record.time("created_at"),
        hash: record.text("encrypted_password").map(|hash| hash.parse()),
        left_out,
        ..Person::default()
    })
}
