//! Asks an old Cognito user pool whether a login and a password belong together: `InitiateAuth` with `USER_PASSWORD_AUTH`.
//!
//! The operation takes no AWS credentials, so a request in JSON does, and no function carries Cognito's client for it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use crate::app::name::DisplayName;
use crate::app::user_pool::UserPool;
use crate::clock::Timestamp;
use crate::outbound::{Bounds, Header, Outage, Outbound, Reply};
use crate::random::Random;
use crate::secret::Secret;
use crate::user::User;
use crate::user::email::Email;
use crate::user::email_proof::EmailProof;
use crate::user::identity::Handle;
use crate::user::phone::Phone;
use crate::user::username::Username;

/// What the pool is asked for, and the type of its JSON.
const TARGET: Header = Header { name: "x-amz-target", value: "AWSCognitoIdentityProviderService.InitiateAuth" };
const JSON: &str = "application/x-amz-json-1.1";

/// Refusals that mean: the login and the password do not belong together, or the user has to do something at the pool first.
const REFUSALS: [&str; 5] = [
    "NotAuthorizedException",
    "UserNotFoundException",
    "UserNotConfirmedException",
    "PasswordResetRequiredException",
    "InvalidParameterException",
];

/// What the pool said.
#[derive(Debug)]
pub enum PoolAnswer {
    /// The login and the password belong together, and this is their user.
    Known(Box<PoolUser>),
    /// The password is right, and the pool asks for more: a second factor, or a new password.
    Challenged,
    /// They do not belong together.
    Refused,
}

/// What the pool knows of a user.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
pub struct PoolUser {
    /// The id that the pool knows the user by, which never changes there.
    pub(crate) sub: String,
    #[serde(rename = "cognito:username")]
    username: Option<String>,
    preferred_username: Option<String>,
    name: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: Flag,
    phone_number: Option<String>,
    #[serde(default)]
    phone_number_verified: Flag,
}

/// A claim that Cognito writes as a boolean, and a trigger of the pool's owner sometimes as text.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(from = "serde_json::Value")]
struct Flag(bool);

impl From<serde_json::Value> for Flag {
    fn from(value: serde_json::Value) -> Self {
        Self(value == true || value == "true")
    }
}

impl PoolUser {
    /// The user that they become here, who signed in at the pool by `login`.
    ///
    /// A user of a pool can write any address or name into their own attributes. So one that the pool does not vouch for is kept only
    /// where the user has just signed in by it: otherwise they would take it from the user of the pool whose it is, who has not moved yet.
    /// An unverified phone is left out, as in an import: it would let somebody in.
    #[must_use]
    pub fn user(&self, login: &Handle, random: &Random, now: Timestamp) -> User {
        let email: Option<Email> = self.email.as_deref().and_then(|text| text.parse().ok());
        let email = email.filter(|email| self.email_verified.0 || Handle::Email(email.clone()) == *login);
        let phone = self.phone_number.as_deref().filter(|_| self.phone_number_verified.0);
        let phone = phone.and_then(|text| Some(Phone::read(text).ok()?.anywhere()));
        // A pool without usernames draws them: the user's id, or another UUID, that nobody types.
        let own = self.username.as_deref().filter(|name| *name != self.sub);
        let read = |name: &str| name.parse::<Username>().ok();
        let preferred = self.preferred_username.as_deref().and_then(read);
        let username = preferred.filter(|name| Handle::Username(name.clone()) == *login).or_else(|| own.and_then(read));
        let name = self.name.as_deref().and_then(|name| name.parse::<DisplayName>().ok());
        let is_proven = email.is_some() && self.email_verified.0;
        User {
            name: name.map(DisplayName::into_string).unwrap_or_default(),
            username,
            email_proof: if is_proven { EmailProof::Proven } else { EmailProof::Missing },
            email,
            phone,
            ..User::new(random, now)
        }
    }
}

/// Asks pools.
#[derive(Debug)]
pub struct UserPools {
    outbound: Outbound,
    bounds: Bounds,
}

impl Default for UserPools {
    /// Two seconds: Cognito answers in a tenth, and the user waits.
    fn default() -> Self {
        Self { outbound: Outbound::default(), bounds: Bounds { time: Duration::from_secs(2), bytes: 64 * 1024 } }
    }
}

impl UserPools {
    /// Asks the pool once whether the login and the password belong together.
    ///
    /// # Errors
    /// [`Outage`]: the pool said neither yes nor no.
    pub async fn ask(&self, pool: &UserPool, login: &str, password: &Secret<String>) -> Result<PoolAnswer, Outage> {
        let body = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": pool.client.as_str(),
            "AuthParameters": {"USERNAME": login, "PASSWORD": password.expose()},
        });
        let body = Secret::new(body.to_string());
        let reply = self.outbound.post_json(&pool.endpoint, JSON, TARGET, body, self.bounds).await?;
        read(&reply)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Authenticated {
    authentication_result: Option<Tokens>,
    challenge_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tokens {
    #[serde(deserialize_with = "secret")]
    id_token: Secret<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

#[derive(Deserialize)]
struct Refused {
    #[serde(rename = "__type")]
    kind: String,
}

fn read(reply: &Reply) -> Result<PoolAnswer, Outage> {
    if reply.status == 400 {
        let refused: Refused = serde_json::from_slice(&reply.body).map_err(|_| Outage::Unreadable)?;
        // The type may come with a namespace before a number sign.
        let kind = refused.kind.rsplit('#').next().unwrap_or_default();
        return if REFUSALS.contains(&kind) { Ok(PoolAnswer::Refused) } else { Err(Outage::Status(400)) };
    }
    if reply.status != 200 {
        return Err(Outage::Status(reply.status));
    }
    let answer: Authenticated = serde_json::from_slice(&reply.body).map_err(|_| Outage::Unreadable)?;
    match (answer.authentication_result, answer.challenge_name) {
        (Some(tokens), _) => claims(tokens.id_token.expose()).map(Box::new).map(PoolAnswer::Known),
        (None, Some(_)) => Ok(PoolAnswer::Challenged),
        (None, None) => Err(Outage::Unreadable),
    }
}

/// The claims of an ID token. Its signature is not checked: it came from the pool itself over TLS (OpenID Connect Core §3.1.3.7, 6).
fn claims(token: &str) -> Result<PoolUser, Outage> {
    let payload = token.split('.').nth(1).ok_or(Outage::Unreadable)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Outage::Unreadable)?;
    serde_json::from_slice(&payload).map_err(|_| Outage::Unreadable)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::user::identity::Login;

    fn reply(status: u16, body: &Value) -> Reply {
        Reply { status, body: body.to_string().into_bytes() }
    }

    fn known(login: &str, claims: &Value) -> User {
        let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let answer = read(&reply(200, &json!({"AuthenticationResult": {"IdToken": token, "ExpiresIn": 3600}})));
        let Ok(PoolAnswer::Known(user)) = answer else { panic!("{answer:?}") };
        let Login::Handle(login) = Login::read(login) else { panic!("{login}") };
        user.user(&login, &Random::system(), Timestamp::from_unix(1_800_000_000))
    }

    #[test]
    fn a_user_of_a_pool_keeps_name_address_and_verified_number() {
        let user = known(
            "ada_l",
            &json!({
                "sub": "0b1c", "cognito:username": "ada_l", "name": "Ada", "email": "Ada@Example.com", "email_verified": true,
                "phone_number": "+8613812345678", "phone_number_verified": "true",
            }),
        );
        assert_eq!((user.name.as_str(), user.email_proof), ("Ada", EmailProof::Proven));
        assert_eq!(user.handles().len(), 3);
    }

    #[test]
    fn what_was_not_verified_at_the_pool_is_not_verified_here() {
        let user = known(
            "ada@example.com",
            &json!({
                "sub": "0b1c", "cognito:username": "0b1c", "email": "ada@example.com", "email_verified": "false",
                "phone_number": "+8613812345678",
            }),
        );
        assert_eq!((user.email_proof, user.phone, user.username), (EmailProof::Missing, None, None));
    }

    #[test]
    fn what_the_pool_does_not_vouch_for_is_kept_only_where_the_user_signed_in_by_it() {
        let claims = json!({
            "sub": "0b1c", "cognito:username": "mallory", "preferred_username": "ada_1815", "email": "ada@example.com",
        });
        let handles = |login| known(login, &claims).handles();
        assert_eq!(handles("mallory"), [Handle::Username("mallory".parse().expect("a username"))]);
        assert!(handles("ada_1815").contains(&Handle::Username("ada_1815".parse().expect("a username"))));
        assert!(handles("ada@example.com").contains(&Handle::Email("ada@example.com".parse().expect("an address"))));
    }

    #[test]
    fn a_challenge_is_neither_a_yes_nor_a_no() {
        let answer = read(&reply(200, &json!({"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "x"})));
        assert!(matches!(answer, Ok(PoolAnswer::Challenged)), "{answer:?}");
    }

    #[test]
    fn a_pool_that_says_no_is_told_from_one_that_fails() {
        for kind in ["NotAuthorizedException", "com.amazonaws.cognito#UserNotFoundException"] {
            let answer = read(&reply(400, &json!({"__type": kind, "message": "Incorrect username or password."})));
            assert!(matches!(answer, Ok(PoolAnswer::Refused)), "{kind}: {answer:?}");
        }
        for (status, body) in [
            (400, json!({"__type": "TooManyRequestsException"})),
            (400, json!({"__type": "ResourceNotFoundException"})),
            (400, json!("x")),
            (500, json!({"__type": "InternalErrorException"})),
            (200, json!({})),
            (200, json!({"AuthenticationResult": {"IdToken": "x"}})),
            (200, json!({"AuthenticationResult": {"IdToken": "a.b.c"}})),
        ] {
            let answer = read(&reply(status, &body));
            assert!(answer.is_err(), "{status} {body}: {answer:?}");
        }
    }
}
