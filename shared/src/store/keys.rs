//! The keys of every table. No other module knows the schema.
//!
//! | item | table | pk | sk |
//! |---|---|---|---|
//! | app, with its secrets, policy, origins | core | `A#<app>` | `APP` |
//! | the app's logo | core | `A#<app>` | `LOGO` |
//! | the last act of its kind that an operator did without a change, in an app or (`*`) to all of them | core | `A#<app>` | `ACT#<act>` |
//! | the app's entry in the directory | core | `APPS` | `<app>` |
//! | the app's entry in the portal's list, if it is shown there | core | `LISTED` | `<app>` |
//! | identity: the uniqueness lock and the password | core | `I#<app>#<kind>#<h(value)>` | `ID` |
//! | user, with the mail that asks for proof of the address | core | `U#<app>#<user>` | `USER` |
//! | OAuth client, and what keeps the id of a deleted one | core | `C#<client>` | `CLIENT` |
//! | the client's entry in the directory | core | `CLIENTS` | `<client>` |
//! | what a user lets a client have | core | `U#<app>#<user>` | `G#<client>` |
//! | memento | core | `U#<app>#<user>` | `M#<memento>` |
//! | passkey | core | `U#<app>#<user>` | `P#<SHA-256(credential id)>` |
//! | identity of a passkey: the lock on its credential | core | `I#<app>#passkey#<SHA-256(credential id)>` | `ID` |
//! | key ring | core | `KEYS` | `RING` |
//! | endpoint of an app's webhooks | core | `W#<app>` | `<endpoint>` |
//! | session | live | `U#<app>#<user>` | `S#<session>` |
//! | code by text message, with cooldown and counts | live | `N#<app>#<h(phone)>` | `SMS` |
//! | code by e-mail that signs in, with cooldown and counts | live | `N#<app>#<h(email)>` | `MAIL` |
//! | one-time token | live | `T#<SHA-256(token)>` | `T` |
//! | link that undoes a change of the e-mail address | live | `E#<SHA-256(token)>` | `E` |
//! | what a device asks for | live | `D#<h(user code)>` | `D` |
//! | a challenge that a passkey has answered | live | `K#<SHA-256(challenge)>` | `K` |
//! | an assertion that a client has used | live | `J#<SHA-256(client, jti)>` | `J` |
//! | a ticket to the second factor that was used | live | `X#<app>#<SHA-256(ticket)>` | `X` |
//! | message on its way to an endpoint | live | `V#<app>#<endpoint>` | `<second>.<message>` |
//! | a mail that an entry of the audit trail led to | live | `Z#<entry>` | `Z` |
//! | requests of a client | rate | `R#<api>#<h(client)>` | `C` |
//! | budget of a prefix, app or the deployment, or of a known place | rate | `B#<channel>#<scope>#<whose>` | `<day>` |
//! | quota of a source or mail address | rate | `B#<channel>#<scope>#<whose>` | `C` |
//! | wrong passwords for a login that nobody has | rate | `F#<app>#<kind>#<h(value)>` | `C` |
//! | the last reset mail to an address, where they come once a minute | rate | `M#<app>#<h(email)>` | `C` |
//!
//! `h` is the HMAC under the deployment's root key: no address stands in a key, and keys spread evenly. No part may
//! contain `#`: app ids, numbers, hex and base64url do not.

use crate::audit::Act;
use crate::budget::{Channel, Scope};
use crate::factor::ticket::Ticket;
use crate::id::{AppId, ClientId, SessionId, UserId};
use crate::limit::Subject;
use crate::oauth::device::UserCode;
use crate::oauth::memento::MementoId;
use crate::passkey::PasskeyId;
use crate::passkey::challenge::Challenge;
use crate::token::assertion::Assertion;
use crate::token::opaque::TokenDigest;
use crate::token::ring::KeyRing;
use crate::user::email::Email;
use crate::user::identity::{Handle, Login};
use crate::user::phone::Phone;
use crate::webhook::delivery::Parcel;
use crate::webhook::endpoint::EndpointId;

/// The tables, by how long their items live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Table {
    /// Kept for as long as the deployment lives: recovery to a point in time, deletion protection.
    Core,
    /// Lives for days: TTL.
    Live,
    /// Counters: TTL, no recovery.
    Rate,
}

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The table.
    pub table: Table,
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

/// The partition of the directory of apps, read by operators only.
pub const DIRECTORY: &str = "APPS";

/// The partition of the apps that the portal shows: those alone, so that its one query reads no other.
pub const LISTED: &str = "LISTED";

/// The partition of the directory of OAuth clients, read by operators only.
pub const CLIENTS: &str = "CLIENTS";

/// What a grant's sort key begins with.
pub const GRANT_PREFIX: &str = "G#";

/// What a memento's sort key begins with.
pub const MEMENTO_PREFIX: &str = "M#";

/// What a passkey's sort key begins with. It sorts before [`USER`], as all that a deletion removes.
pub const PASSKEY_PREFIX: &str = "P#";

/// What the sort key of an operator's act begins with.
pub const ACT_PREFIX: &str = "ACT#";

/// What a session's sort key begins with.
pub const SESSION_PREFIX: &str = "S#";

/// What the partition of messages to an endpoint begins with.
pub const DELIVERY_PREFIX: &str = "V#";

/// The index of core that has each app's users in the order of their creation.
pub const USERS_INDEX: &str = "users";

/// What that index is by: the app of a user. No other item has it.
pub const USERS_OF: &str = "users_of";

/// The sort key of an app.
pub const APP: &str = "APP";

/// The sort key of a user.
pub const USER: &str = "USER";

impl Key {
    fn new(table: Table, pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { table, pk: pk.into(), sk: sk.into() }
    }

    /// An app.
    #[must_use]
    pub fn app(app: &AppId) -> Self {
        Self::new(Table::Core, format!("A#{app}"), APP)
    }

    /// An app's logo.
    #[must_use]
    pub fn logo(app: &AppId) -> Self {
        Self::new(Table::Core, format!("A#{app}"), "LOGO")
    }

    /// The last act of its kind that an operator did without a change.
    #[must_use]
    pub fn act(app: Option<&AppId>, act: Act) -> Self {
        Self::new(Table::Core, format!("A#{}", app.map_or("*", AppId::as_str)), format!("{ACT_PREFIX}{act}"))
    }

    /// An app's entry in the directory.
    #[must_use]
    pub fn directory(app: &AppId) -> Self {
        Self::new(Table::Core, DIRECTORY, app.as_str())
    }

    /// An app's entry in the portal's list.
    #[must_use]
    pub fn listed(app: &AppId) -> Self {
        Self::new(Table::Core, LISTED, app.as_str())
    }

    /// A handle that belongs to somebody.
    #[must_use]
    pub fn identity(app: &AppId, handle: &Handle, ring: &KeyRing) -> Self {
        let blind = ring.blind(handle.kind(), app, handle.value());
        Self::new(Table::Core, format!("I#{app}#{}#{blind}", handle.kind()), "ID")
    }

    /// The wrong passwords for a login that belongs to nobody.
    #[must_use]
    pub fn failures(app: &AppId, login: &Login, ring: &KeyRing) -> Self {
        let (kind, value) = login.parts();
        Self::new(Table::Rate, format!("F#{app}#{kind}#{}", ring.blind(kind, app, value)), "C")
    }

    /// The last reset mail to an address, whether or not an account exists for it.
    #[must_use]
    pub fn reset_mail(app: &AppId, email: &Email, ring: &KeyRing) -> Self {
        Self::new(Table::Rate, format!("M#{app}#{}", ring.blind("email", app, email.as_str())), "C")
    }

    /// A user.
    #[must_use]
    pub fn user(app: &AppId, user: UserId) -> Self {
        Self::new(Table::Core, Self::partition(app, user), USER)
    }

    /// A session of a user.
    #[must_use]
    pub fn session(app: &AppId, user: UserId, session: &SessionId) -> Self {
        Self::new(Table::Live, Self::partition(app, user), format!("{SESSION_PREFIX}{session}"))
    }

    /// An OAuth client.
    #[must_use]
    pub fn client(client: &ClientId) -> Self {
        Self::new(Table::Core, format!("C#{client}"), "CLIENT")
    }

    /// An OAuth client's entry in the directory.
    #[must_use]
    pub fn client_entry(client: &ClientId) -> Self {
        Self::new(Table::Core, CLIENTS, client.as_str())
    }

    /// What a user lets a client have.
    #[must_use]
    pub fn grant(app: &AppId, user: UserId, client: &ClientId) -> Self {
        Self::new(Table::Core, Self::partition(app, user), format!("{GRANT_PREFIX}{client}"))
    }

    /// A memento of a user.
    #[must_use]
    pub fn memento(app: &AppId, user: UserId, memento: &MementoId) -> Self {
        Self::new(Table::Core, Self::partition(app, user), format!("{MEMENTO_PREFIX}{memento}"))
    }

    /// A passkey of a user.
    #[must_use]
    pub fn passkey(app: &AppId, user: UserId, passkey: &PasskeyId) -> Self {
        Self::new(Table::Core, Self::partition(app, user), format!("{PASSKEY_PREFIX}{}", passkey.as_str()))
    }

    /// The identity that a passkey's credential is in an app.
    #[must_use]
    pub fn credential(app: &AppId, passkey: &PasskeyId) -> Self {
        Self::new(Table::Core, format!("I#{app}#passkey#{}", passkey.as_str()), "ID")
    }

    /// A challenge that a passkey has answered.
    #[must_use]
    pub fn challenge(challenge: &Challenge) -> Self {
        Self::new(Table::Live, format!("K#{}", challenge.digest.as_str()), "K")
    }

    /// The partition of a user, in `core` and in `live`.
    #[must_use]
    pub fn partition(app: &AppId, user: UserId) -> String {
        format!("U#{app}#{user}")
    }

    /// Whose a partition is, if it is a user's.
    pub(crate) fn owner(pk: &str) -> Option<(AppId, UserId)> {
        let (app, user) = pk.strip_prefix("U#")?.split_once('#')?;
        Some((app.parse().ok()?, user.parse().ok()?))
    }

    /// A one-time token.
    #[must_use]
    pub fn one_time_token(digest: &TokenDigest) -> Self {
        Self::new(Table::Live, format!("T#{}", digest.as_str()), "T")
    }

    /// A link that undoes a change of the e-mail address.
    #[must_use]
    pub fn undo_link(digest: &TokenDigest) -> Self {
        Self::new(Table::Live, format!("E#{}", digest.as_str()), "E")
    }

    /// What a device asks for that shows the code.
    #[must_use]
    pub fn device(code: &UserCode, ring: &KeyRing) -> Self {
        Self::new(Table::Live, format!("D#{}", ring.blind_user_code(&code.letters())), "D")
    }

    /// An assertion that a client has used. Its id is text of the client's choice.
    #[must_use]
    pub fn assertion(client: &ClientId, assertion: &Assertion) -> Self {
        // No client's id holds a NUL.
        let digest = TokenDigest::of(format!("{client}\0{}", assertion.id).as_bytes());
        Self::new(Table::Live, format!("J#{}", digest.as_str()), "J")
    }

    /// A ticket that led somebody to the second factor.
    #[must_use]
    pub fn factor_ticket(app: &AppId, ticket: &Ticket) -> Self {
        Self::new(Table::Live, format!("X#{app}#{}", ticket.digest().as_str()), "X")
    }

    /// The mail that an entry of the audit trail led to.
    #[must_use]
    pub fn news(entry: &str) -> Self {
        Self::new(Table::Live, format!("Z#{entry}"), "Z")
    }

    /// The code by text message for a phone.
    #[must_use]
    pub fn sms(app: &AppId, phone: &Phone, ring: &KeyRing) -> Self {
        Self::new(Table::Live, format!("N#{app}#{}", ring.blind("phone", app, phone.as_e164())), "SMS")
    }

    /// The code by e-mail that signs in by an address.
    #[must_use]
    pub fn mailed_code(app: &AppId, email: &Email, ring: &KeyRing) -> Self {
        Self::new(Table::Live, format!("N#{app}#{}", ring.blind("email", app, email.as_str())), "MAIL")
    }

    /// The requests of a client.
    #[must_use]
    pub fn requests(subject: &Subject, ring: &KeyRing) -> Self {
        Self::new(Table::Rate, format!("R#{}#{}", subject.api, ring.blind_client(&subject.client)), "C")
    }

    /// What a scope has used up, in a day if it begins again with each. A prefix of ten thousand numbers and a mail domain are
    /// nobody's address.
    #[must_use]
    pub fn budget(channel: Channel, scope: &Scope, whose: &str, day: Option<i64>) -> Self {
        let pk = format!("B#{}#{}#{whose}", channel.name(), scope.name());
        Self::new(Table::Rate, pk, day.map_or_else(|| "C".to_owned(), |day| day.to_string()))
    }

    /// An endpoint of an app's webhooks.
    #[must_use]
    pub fn webhook(app: &AppId, endpoint: &EndpointId) -> Self {
        Self::new(Table::Core, Self::webhooks(app), endpoint.as_str())
    }

    /// The partition of an app's endpoints.
    #[must_use]
    pub fn webhooks(app: &AppId) -> String {
        format!("W#{app}")
    }

    /// A message on its way to an endpoint.
    #[must_use]
    pub fn delivery(Parcel { app, endpoint, delivery, .. }: &Parcel) -> Self {
        Self::new(Table::Live, Self::deliveries(app, endpoint), delivery)
    }

    /// The partition of the messages to an endpoint.
    #[must_use]
    pub fn deliveries(app: &AppId, endpoint: &EndpointId) -> String {
        format!("{DELIVERY_PREFIX}{app}#{endpoint}")
    }

    /// The key ring.
    #[must_use]
    pub fn ring() -> Self {
        Self::new(Table::Core, "KEYS", "RING")
    }
}
