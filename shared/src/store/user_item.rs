//! How a user's item is read.

use crate::id::{Epoch, UserId};
use crate::language::Language;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader};
use crate::user::User;
use crate::user::email_proof::EmailProof;
use crate::user::role::Roles;

pub(super) fn read_user(id: UserId, attributes: &Attributes) -> Result<User, StoreError> {
    let item = Reader::new("user", attributes);
    Ok(User {
        id,
        epoch: Epoch(item.number("epoch")?),
        disabled: item.flag("disabled")?,
        created: item.time("created")?,
        name: item.maybe_text("name")?.unwrap_or_default().to_owned(),
        locale: item.maybe_text("locale")?.and_then(Language::first_of),
        profile_since: item.maybe_time("profile_since")?.map_or_else(|| item.time("created"), Ok)?,
        username: item.maybe_parsed("username")?,
        email: item.maybe_parsed("email")?,
        email_proof: read_proof(&item)?,
        phone: item.maybe_parsed("phone")?,
        roles: read_roles(&item)?,
        second_factor: item.maybe_bytes("totp")?.is_some(),
        mementos: item.maybe_number("mementos")?.unwrap_or(0),
        passkeys_since: Epoch(item.maybe_number("passkeys_since")?.unwrap_or_default()),
    })
}

fn read_roles(item: &Reader<'_>) -> Result<Roles, StoreError> {
    let roles = item.set("roles")?.iter().map(|role| role.parse()).collect::<Result<_, _>>();
    roles.map_err(|_| item.corrupt("roles"))
}

fn read_proof(item: &Reader<'_>) -> Result<EmailProof, StoreError> {
    let code = item.maybe_text("email_code")?;
    if item.maybe_time("email_proven")?.is_some() || (code.is_some() && code == item.maybe_text("email_try")?) {
        return Ok(EmailProof::Proven);
    }
    match (item.maybe_time("email_sent")?, item.maybe_time("email_expires")?) {
        (Some(sent), Some(expires)) => {
            let (tries, mailed) = (item.number("email_tries")?, !item.flag("email_unsent")?);
            Ok(EmailProof::Asked { sent, expires, tries, mailed })
        }
        _ => Ok(EmailProof::Missing),
    }
}
