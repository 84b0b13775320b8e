//! Amazon Cognito: `aws cognito-idp list-users | jq -c '.Users[]'`, or CSV with the header of its own import. Cognito gives no
//! password out.

use super::person::{LeftOut, Person, Refusal};
use super::record::Record;

pub(super) fn read(record: &Record) -> Result<Person, Refusal> {
    // `list-users` has a list of names and values where CSV has columns.
    let attributes: Record = Record(
        record
            .list("Attributes")
            .iter()
            .filter_map(|attribute| Some((attribute.owned("Name")?, attribute.0.get("Value")?.clone())))
            .collect(),
    );
    let text = |name: &str| attributes.owned(name).or_else(|| record.owned(name));
    let flag = |name: &str| attributes.flag(name) || record.flag(name);
    let username = record.owned("Username").or_else(|| record.owned("cognito:username"));
    let mut left_out = Vec::new();
    if record.flag("cognito:mfa_enabled") || record.has("MFAOptions") {
        left_out.push(LeftOut::Factor);
    }
    if attributes.0.keys().chain(record.0.keys()).any(|name| name.starts_with("custom:") && text(name).is_some()) {
        left_out.push(LeftOut::Data);
    }
    // Users of another provider have a name that nobody types: Google_1234.
    let is_external = text("identities").is_some() || record.text("UserStatus").as_deref() == Some("EXTERNAL_PROVIDER");
    if is_external {
        left_out.push(LeftOut::Providers);
    }
    Ok(Person {
        origin: text("sub").or_else(|| username.clone()).ok_or(Refusal::NoOrigin("sub or Username"))?,
        email: text("email"),
        email_verified: flag("email_verified"),
        phone: text("phone_number"),
        phone_verified: flag("phone_number_verified"),
        username: text("preferred_username").or(username.filter(|name| !is_external && !is_uuid(name))),
        name: text("name").or_else(|| super::person::full_name(text("given_name"), text("family_name"))),
        disabled: !record.flag_unless_given("Enabled"),
        created: record.time("UserCreateDate"),
        left_out,
        ..Person::default()
    })
}

/// Cognito's own name for users who have none.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}
