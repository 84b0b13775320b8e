//! The audit trail: who did what to whom, from where, and when.
//!
//! A write that changes a security state carries its [`Author`] in an attribute of the item. What was done follows from the item
//! before and after it, which the tables' streams have: the request itself does nothing for the trail
//! (docs/decisions/0241-the-trail-follows-the-tables.md).

use std::collections::BTreeMap;
use std::fmt;

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, UserId};
use crate::language::Language;

/// On whose behalf a store writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// The operator, as AWS or the machine names them. None: the user, or somebody who is becoming one.
    pub operator: Option<String>,
    /// The network address of the client.
    pub from: String,
    /// The request's id in the gateway's logs.
    pub request: String,
    /// What they read, where their client says so: for a mail that follows later.
    pub language: Option<Language>,
}

impl Author {
    /// Longer than any name of IAM's roles with its session; an item stays under its kilobyte.
    const LONGEST: usize = 160;

    /// The client at `from`, which sent the request of that id.
    #[must_use]
    pub fn of_request(from: &str, request: &str) -> Self {
        Self { from: cut(from), request: cut(request), ..Self::default() }
    }

    /// The same, of somebody who reads that language.
    #[must_use]
    pub fn reading(self, language: Language) -> Self {
        Self { language: Some(language), ..self }
    }

    /// An operator, by the name of theirs.
    #[must_use]
    pub fn operator(name: &str) -> Self {
        Self { operator: Some(cut(name)), ..Self::default() }
    }
}

fn cut(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(Author::LONGEST).collect()
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Somebody registered, or an operator brought them in.
    UserCreated,
    /// A user was removed with all that they own.
    UserDeleted,
    /// An operator shut a user out.
    UserDisabled,
    /// An operator let a user in again.
    UserEnabled,
    /// A user has another password.
    PasswordSet,
    /// Every session of a user was ended at once.
    SessionsEnded,
    /// A user has a handle more.
    HandleAdded,
    /// A user has a handle less.
    HandleRemoved,
    /// A user has another handle in place of one.
    HandleChanged,
    /// The address is known to be the user's.
    EmailVerified,
    /// A user has a further factor to sign in by.
    FactorAdded,
    /// A user has a factor less.
    FactorRemoved,
    /// A factor of a user has another secret.
    FactorChanged,
    /// A user holds a role.
    RoleGiven,
    /// A user does not hold a role any more.
    RoleTaken,
    /// After wrong passwords, those who sign in from unknown places have to wait.
    SignInHeld,
    /// An operator forgot the wrong passwords of a user.
    SignInFreed,
    /// Somebody signed in, or a client was given a session.
    SessionOpened,
    /// A session was ended before its time.
    SessionEnded,
    /// A link that sets a password was made.
    PasswordLinkMade,
    /// A user let a client have something.
    GrantGiven,
    /// A user let a client have more, or something else.
    GrantChanged,
    /// A user took back all that a client had.
    GrantWithdrawn,
    /// An app was made.
    AppCreated,
    /// Something of an app was changed.
    AppChanged,
    /// An app was removed.
    AppDeleted,
    /// A client was registered.
    ClientCreated,
    /// Something of a client was changed.
    ClientChanged,
    /// A client was removed.
    ClientDeleted,
    /// An endpoint of an app's webhooks was added.
    WebhookCreated,
    /// A webhook endpoint was changed, enabled or disabled.
    WebhookChanged,
    /// An endpoint was removed.
    WebhookDeleted,
    /// An operator sent messages to an endpoint again.
    WebhookReplayed,
    /// An operator took all of an app out, with hashes and factors.
    AppExported,
    /// An operator took out what is stored of a user.
    UserExported,
    /// An operator forgot what was counted: a budget, or the codes of a phone or an address.
    LimitsReset,
    /// The key ring was made.
    KeysCreated,
    /// The key ring was changed.
    KeysChanged,
    /// The key ring was removed.
    KeysDeleted,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 39] = [
        Self::UserCreated,
        Self::UserDeleted,
        Self::UserDisabled,
        Self::UserEnabled,
        Self::PasswordSet,
        Self::SessionsEnded,
        Self::HandleAdded,
        Self::HandleRemoved,
        Self::HandleChanged,
        Self::EmailVerified,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::FactorChanged,
        Self::RoleGiven,
        Self::RoleTaken,
        Self::SignInHeld,
        Self::SignInFreed,
        Self::SessionOpened,
        Self::SessionEnded,
        Self::PasswordLinkMade,
        Self::GrantGiven,
        Self::GrantChanged,
        Self::GrantWithdrawn,
        Self::AppCreated,
        Self::AppChanged,
        Self::AppDeleted,
        Self::ClientCreated,
        Self::ClientChanged,
        Self::ClientDeleted,
        Self::WebhookCreated,
        Self::WebhookChanged,
        Self::WebhookDeleted,
        Self::WebhookReplayed,
        Self::AppExported,
        Self::UserExported,
        Self::LimitsReset,
        Self::KeysCreated,
        Self::KeysChanged,
        Self::KeysDeleted,
    ];

    /// The act of that name; `None` of one that a later release wrote down.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }

    /// Its name in the trail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserCreated => "user_created",
            Self::UserDeleted => "user_deleted",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
            Self::PasswordSet => "password_set",
            Self::SessionsEnded => "sessions_ended",
            Self::HandleAdded => "handle_added",
            Self::HandleRemoved => "handle_removed",
            Self::HandleChanged => "handle_changed",
            Self::EmailVerified => "email_verified",
            Self::FactorAdded => "factor_added",
            Self::FactorRemoved => "factor_removed",
            Self::FactorChanged => "factor_changed",
            Self::RoleGiven => "role_given",
            Self::RoleTaken => "role_taken",
            Self::SignInHeld => "sign_in_held",
            Self::SignInFreed => "sign_in_freed",
            Self::SessionOpened => "session_opened",
            Self::SessionEnded => "session_ended",
            Self::PasswordLinkMade => "password_link_made",
            Self::GrantGiven => "grant_given",
            Self::GrantChanged => "grant_changed",
            Self::GrantWithdrawn => "grant_withdrawn",
            Self::AppCreated => "app_created",
            Self::AppChanged => "app_changed",
            Self::AppDeleted => "app_deleted",
            Self::ClientCreated => "client_created",
            Self::ClientChanged => "client_changed",
            Self::ClientDeleted => "client_deleted",
            Self::WebhookCreated => "webhook_created",
            Self::WebhookChanged => "webhook_changed",
            Self::WebhookDeleted => "webhook_deleted",
            Self::WebhookReplayed => "webhook_replayed",
            Self::AppExported => "app_exported",
            Self::UserExported => "user_exported",
            Self::LimitsReset => "limits_reset",
            Self::KeysCreated => "keys_created",
            Self::KeysChanged => "keys_changed",
            Self::KeysDeleted => "keys_deleted",
        }
    }

    /// What became of it: all that is in the trail was done, but a sign-in that has to wait.
    #[must_use]
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::SignInHeld => "refused",
            _ => "done",
        }
    }

    /// Whether it is found without its user. Sessions are not: every sign-in is one, and they would cost the trail as much again.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        !matches!(self, Self::SessionOpened | Self::SessionEnded)
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One line of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The same for the same change, however often it is delivered.
    pub id: String,
    /// When, to the second.
    pub at: Timestamp,
    /// In which app; none of the deployment's own keys.
    pub app: Option<AppId>,
    /// Whose state changed; none of an app's own.
    pub user: Option<UserId>,
    /// What was done.
    pub act: String,
    /// What became of it.
    pub outcome: String,
    /// Who did it; none where the change does not say.
    pub author: Option<Author>,
    /// What it was done to: names and kinds, and never a value that opens something or names a person.
    pub details: BTreeMap<String, String>,
}

/// How long entries are kept, where the deployment says nothing else.
pub const KEPT: Seconds = Seconds::days(400);

#[cfg(test)]
mod tests {
    use super::{Act, Author};

    #[test]
    fn every_act_has_a_name_of_its_own() {
        let mut names = Act::ALL.map(Act::name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(Act::ALL.into_iter().all(|act| Act::named(act.name()) == Some(act)));
    }

    #[test]
    fn an_author_is_one_line_of_bounded_length() {
        let author = Author::of_request(&"1".repeat(1000), "a\nb\u{0}c");
        assert_eq!((author.from.len(), author.request.as_str()), (160, "abc"));
        assert_eq!(Author::operator("arn:aws:iam::1:user/ada").operator.as_deref(), Some("arn:aws:iam::1:user/ada"));
    }
}
