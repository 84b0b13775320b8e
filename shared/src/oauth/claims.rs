//! Claims: what a client may be told of a user (OpenID Connect Core §5).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::language::Language;
use crate::oauth::scope::Scope;
use crate::user::User;
use crate::user::email::Email;
use crate::user::phone::Phone;
use crate::user::role::Role;
use crate::user::username::Username;

/// A claim that a scope or a request by name gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// What the user wants to be called.
    Name,
    /// The username.
    PreferredUsername,
    /// The language that the user wants to be written to in, if they said so.
    Locale,
    /// When one of these three last changed.
    UpdatedAt,
    /// The e-mail address.
    Email,
    /// Whether the address is known to be the user's.
    EmailVerified,
    /// The phone number, in the form of E.164.
    PhoneNumber,
    /// Whether the number is known to be the user's.
    PhoneNumberVerified,
    /// What an operator of the app lets the user be (RFC 9068 §2.2.3.1).
    Roles,
}

impl Claim {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::PreferredUsername,
        Self::Locale,
        Self::UpdatedAt,
        Self::Email,
        Self::EmailVerified,
        Self::PhoneNumber,
        Self::PhoneNumberVerified,
        Self::Roles,
    ];

    /// The name in a token or answer.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::PreferredUsername => "preferred_username",
            Self::Locale => "locale",
            Self::UpdatedAt => "updated_at",
            Self::Email => "email",
            Self::EmailVerified => "email_verified",
            Self::PhoneNumber => "phone_number",
            Self::PhoneNumberVerified => "phone_number_verified",
            Self::Roles => "roles",
        }
    }

    /// The scope that gives it.
    #[must_use]
    pub const fn scope(self) -> &'static str {
        match self {
            Self::Name | Self::PreferredUsername | Self::Locale | Self::UpdatedAt => "profile",
            Self::Email | Self::EmailVerified => "email",
            Self::PhoneNumber | Self::PhoneNumberVerified => "phone",
            Self::Roles => "roles",
        }
    }

    /// The claim of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|claim| claim.name() == name)
    }

    /// What it says of `user`. A claim without a value is left out (Core §5.3.2).
    #[must_use]
    pub fn of(self, user: &User) -> Option<Value> {
        match self {
            Self::Name => Some(json!(user.name)).filter(|_| !user.name.is_empty()),
            Self::PreferredUsername => user.username.as_ref().map(Username::as_typed).map(Value::from),
            Self::Locale => user.locale.map(Language::tag).map(Value::from),
            Self::UpdatedAt => Some(json!(user.profile_since.unix())),
            Self::Email => user.email.as_ref().map(Email::as_str).map(Value::from),
            Self::EmailVerified => user.email.as_ref().map(|_| json!(user.email_proof.is_proven())),
            Self::PhoneNumber => user.phone.as_ref().map(Phone::as_e164).map(Value::from),
            // A phone becomes a user's by the code that was sent to it.
            Self::PhoneNumberVerified => user.phone.as_ref().map(|_| json!(true)),
            Self::Roles => Some(user.roles.iter().map(Role::as_str).collect()).filter(|_| !user.roles.is_empty()),
        }
    }
}

/// The claims that a request asks for by name (Core §5.5), of those that there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedClaims {
    /// For the ID token.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub id_token: BTreeSet<Claim>,
    /// For the answer of userinfo.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub userinfo: BTreeSet<Claim>,
}

impl RequestedClaims {
    /// Whether nothing is asked for by name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }

    /// The scopes whose claims are asked for by name: a page that asks names those, too.
    #[must_use]
    pub fn scopes(&self) -> Scope {
        self.id_token.iter().chain(&self.userinfo).map(|claim| claim.scope().to_owned()).collect()
    }
}

/// What these claims say of `user`.
#[must_use]
pub fn of(user: &User, claims: impl IntoIterator<Item = Claim>) -> Map<String, Value> {
    claims.into_iter().filter_map(|claim| Some((claim.name().to_owned(), claim.of(user)?))).collect()
}

/// The claims that `scope` gives, and those that were asked for by name.
#[must_use]
pub fn given(scope: &Scope, named: &BTreeSet<Claim>) -> Vec<Claim> {
    Claim::ALL.into_iter().filter(|claim| scope.contains(claim.scope()) || named.contains(claim)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Claim, given, of};
    use crate::app::claims::{NotAClaim, OwnClaim};
    use crate::clock::Timestamp;
    use crate::oauth::scope::Scope;
    use crate::random::Random;
    use crate::user::User;

    fn names(scope: &str, named: &[Claim]) -> Vec<&'static str> {
        given(&Scope::read(scope), &named.iter().copied().collect()).into_iter().map(Claim::name).collect()
    }

    #[test]
    fn a_scope_gives_its_claims_and_a_name_gives_one() {
        assert_eq!(names("openid mementos", &[]), [""; 0]);
        assert_eq!(names("openid profile", &[]), ["name", "preferred_username", "locale", "updated_at"]);
        assert_eq!(names("email", &[Claim::Name]), ["name", "email", "email_verified"]);
        assert_eq!(names("openid phone", &[]), ["phone_number", "phone_number_verified"]);
    }

    #[test]
    fn a_claim_has_one_name_in_json_and_in_tokens() {
        for claim in Claim::ALL {
            assert_eq!(serde_json::to_value(claim).expect("a word"), claim.name());
            assert_eq!(Claim::named(claim.name()), Some(claim));
        }
        assert_eq!(Claim::named("birthdate"), None);
    }

    #[test]
    fn no_app_takes_the_name_of_a_claim_for_its_own() {
        for claim in Claim::ALL {
            let own = format!("{}=x", claim.name()).parse::<OwnClaim>();
            assert_eq!(own, Err(NotAClaim::Reserved), "{}", claim.name());
        }
    }

    #[test]
    fn roles_are_a_flat_list_and_absent_where_there_are_none() {
        let user = User::new(&Random::system(), Timestamp::from_unix(0));
        assert_eq!(Claim::Roles.of(&user), None);
        let roles = ["editor", "admin"].map(|role| role.parse().expect("a role")).into();
        assert_eq!(Claim::Roles.of(&User { roles, ..user }), Some(serde_json::json!(["admin", "editor"])));
        assert_eq!(names("openid roles", &[]), ["roles"]);
    }

    #[test]
    fn a_claim_without_a_value_is_left_out() {
        let user = User::new(&Random::system(), Timestamp::from_unix(7));
        assert_eq!(serde_json::Value::from(of(&user, Claim::ALL)), serde_json::json!({"updated_at": 7}));
        let ada = User { name: "Ada".to_owned(), email: Some("ada@example.com".parse().expect("one")), ..user };
        let told = serde_json::to_value(of(&ada, given(&Scope::read("profile email phone"), &BTreeSet::new())));
        let expected =
            serde_json::json!({"name": "Ada", "updated_at": 7, "email": "ada@example.com", "email_verified": false});
        assert_eq!(told.expect("JSON"), expected);
    }
}
