//! ID tokens (OpenID Connect Core §2): who signed in, for the client alone.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, ClientId, SessionId, UserId};
use crate::oauth::client::Client;
use crate::oauth::openid::Authentication;
use crate::secret::Secret;
use crate::session::method::Class;
use crate::token::ring::{KeyError, KeyRing, Purpose};
use crate::token::{Algorithm, ID_TOKEN, InvalidToken, jwt};

/// How long an ID token is good: `docs/api/oidc.md#id-token`. Its client reads it once, at sign-in.
pub const LIFETIME: Seconds = Seconds::hours(1);

/// What an ID token is made of.
#[derive(Clone, Debug)]
pub struct IdToken<'a> {
    /// The client.
    pub client: &'a Client,
    /// The issuer of the client's app.
    pub issuer: &'a str,
    /// The user.
    pub user: UserId,
    /// The sign-in; none of a session that an earlier release opened.
    pub authentication: Option<&'a Authentication>,
    /// What the request sent for this very answer.
    pub nonce: Option<&'a str>,
    /// The class of sign-in that the client asked for, where the sign-in was more.
    pub acr: Option<Class>,
    /// The access token beside it.
    pub access: &'a Secret<String>,
    /// What else is told of the user.
    pub claims: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    iat: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    acr: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
    at_hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    azp: String,
    #[serde(flatten)]
    of_the_user: Map<String, Value>,
}

impl IdToken<'_> {
    /// The token, signed as its client chose.
    ///
    /// # Errors
    /// [`KeyError`] when the ring has no usable key.
    pub fn sign(self, ring: &KeyRing, now: Timestamp) -> Result<Secret<String>, KeyError> {
        let algorithm = self.client.openid.id_token_algorithm;
        let event = self.authentication.map(|known| known.sign_in);
        let methods = event.map(|event| event.methods).unwrap_or_default();
        let claims = Claims {
            iss: self.issuer.to_owned(),
            sub: self.user.to_string(),
            aud: self.client.id.to_string(),
            exp: now.plus(LIFETIME).unix(),
            iat: now.unix(),
            auth_time: event.map(|event| event.at.unix()),
            nonce: self.nonce.map(str::to_owned),
            acr: self.acr.unwrap_or(methods.class()).name().to_owned(),
            amr: methods.references(),
            at_hash: half_hash(algorithm, self.access.expose()),
            sid: self.authentication.and_then(|known| known.session.as_ref()).map(ToString::to_string),
            azp: self.client.id.to_string(),
            of_the_user: self.claims,
        };
        let purpose = Purpose { api: ID_TOKEN, app: &self.client.app };
        jwt::sign(ring, algorithm, &purpose, &claims, now)
    }
}

/// The left half of the hash that belongs to the algorithm (Core §3.1.3.6). Ed25519's own hash is SHA-512.
fn half_hash(algorithm: Algorithm, token: &str) -> String {
    let hash = if algorithm == Algorithm::EdDsa { &digest::SHA512 } else { &digest::SHA256 };
    let hashed = digest::digest(hash, token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hashed.as_ref()[..hashed.as_ref().len() / 2])
}

/// An ID token of ours that a client shows to say whom it means (Core §3.1.2.1, RP-Initiated Logout §2). It lets nobody in, so
/// one that has expired is as good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The app.
    pub app: AppId,
    /// Whose token it is.
    pub client: ClientId,
    /// Whom it is about.
    pub user: UserId,
    /// The session of the browser in which they agreed.
    pub session: Option<SessionId>,
}

impl Hint {
    /// Reads an ID token of an issuer that `app_of` knows.
    ///
    /// # Errors
    /// [`InvalidToken`] for any other token.
    pub fn read(token: &str, app_of: impl FnOnce(&str) -> Option<AppId>, ring: &KeyRing) -> Result<Self, InvalidToken> {
        let claims: Claims = jwt::read_id_token(ring, token).ok_or(InvalidToken::Unknown)?;
        if claims.aud != claims.azp {
            return Err(InvalidToken::WrongAudience);
        }
        Ok(Self {
            app: app_of(&claims.iss).ok_or(InvalidToken::WrongAudience)?,
            client: claims.aud.parse().map_err(|_| InvalidToken::WrongAudience)?,
            user: claims.sub.parse().map_err(|_| InvalidToken::Unknown)?,
            session: match claims.sid {
                Some(session) => Some(session.parse().map_err(|_| InvalidToken::Unknown)?),
                None => None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Map, Value, json};

    use super::{Hint, IdToken, LIFETIME, half_hash};
    use crate::app::App;
    use crate::app::claims::OwnClaims;
    use crate::app::resource::{ResourceServer, Target};
    use crate::clock::Timestamp;
    use crate::id::{AppId, ClientId, Epoch, UserId};
    use crate::oauth::access_token::{AccessToken, Rights, TokenId};
    use crate::oauth::client::{Client, ClientPolicy};
    use crate::oauth::grant::Grant;
    use crate::oauth::memento::MementoId;
    use crate::oauth::openid::{Authentication, Settings};
    use crate::oauth::scope::Scope;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::session::device::Device;
    use crate::session::method::Method;
    use crate::session::{Bearer, OwnToken, Session, Transport};
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;
    use crate::token::{Algorithm, InvalidToken};
    use crate::user::role::{Role, Roles};

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    const ISSUER: &str = "https://auth.example";

    fn ring() -> KeyRing {
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        SealedRing::create(&kek, &Random::system(), NOW).expect("a ring").open(kek).expect("our ring")
    }

    fn app() -> App {
        App::of_default_id("demo".parse().expect("an app id"), &Random::system(), NOW)
    }

    fn client(id: &str, id_token_algorithm: Algorithm) -> Client {
        Client {
            id: id.parse().expect("a client's id"),
            app: app().id,
            name: "Reader".to_owned(),
            description: String::new(),
            logo: None,
            landing_page: None,
            origins: Vec::new(),
            redirect_uris: Vec::new(),
            public: true,
            secrets: Vec::new(),
            default_scope: Scope::read("profile"),
            policy: ClientPolicy::default(),
            openid: Settings { id_token_algorithm, ..Settings::default() },
            disabled: false,
            created: NOW,
        }
    }

    fn app_of(issuer: &str) -> Option<AppId> {
        (issuer == ISSUER).then(|| app().id)
    }

    fn token(client: &Client, ring: &KeyRing, session: &Session) -> Secret<String> {
        let authentication = Authentication { session: Some(session.id.clone()), sign_in: session.sign_in() };
        let access = Secret::new("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y".to_owned());
        let token = IdToken {
            client,
            issuer: ISSUER,
            user: session.user,
            authentication: Some(&authentication),
            nonce: Some("n-0S6_WzA2Mj"),
            acr: None,
            access: &access,
            claims: Map::new(),
        };
        token.sign(ring, NOW).expect("signs")
    }

    fn session(transport: Transport) -> Session {
        let random = Random::system();
        Session::open(UserId::draw(&random), Epoch(0), transport, Device::default(), &random, NOW)
    }

    fn part(token: &Secret<String>, index: usize) -> Value {
        let part = token.expose().split('.').nth(index).expect("three parts");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    }

    #[test]
    fn an_id_token_says_who_signed_in_when_and_to_whom() {
        let (ring, session) = (ring(), session(Transport::Browser));
        let session = Session { methods: Method::Sms.into(), ..session };
        let token = token(&client("reader", Algorithm::Rs256), &ring, &session);
        assert_eq!((&part(&token, 0)["alg"], &part(&token, 0)["typ"]), (&json!("RS256"), &json!("JWT")));
        assert_eq!(
            part(&token, 1),
            json!({
                "iss": ISSUER, "sub": session.user.to_string(), "aud": "reader", "azp": "reader",
                "iat": NOW.unix(), "exp": NOW.plus(LIFETIME).unix(), "auth_time": NOW.unix(), "nonce": "n-0S6_WzA2Mj",
                "acr": "1", "amr": ["sms"], "at_hash": "77QmUPtjPfzWtF2AnpK9RQ", "sid": session.id.to_string(),
            })
        );
    }

    #[test]
    fn the_largest_access_token_is_still_read_and_fits_in_a_header() {
        let (ring, mut app, random) = (ring(), app(), Random::system());
        let word = |length: usize| "x".repeat(length);
        let claims = ["a", "b", "c"].map(|name| format!("{name}={}", word(128)).parse().expect("a claim"));
        let last = format!("{}={}", word(64), word(20)).parse().expect("a claim");
        app.policy.claims = OwnClaims::of(claims.into_iter().chain([last])).expect("they fit");
        let roles = (b'a'..=b'p').map(|letter| format!("{}{}", char::from(letter), word(31)).parse().expect("a role"));
        let mementos: Vec<_> = (0..Grant::MOST_NARROWED).map(|_| MementoId::stored(word(MementoId::DIGITS))).collect();
        // As long as `cargo ops` takes them: the scope of a client or of a resource server, and that server's address.
        let scope = Scope::read(&format!("{} roles", [word(60), word(61), word(62), word(63), word(64)].join(" ")));
        let server = ResourceServer {
            identifier: format!("https://api.example/{}", word(236)).parse().expect("an identifier"),
            scopes: scope.clone(),
            algorithm: Algorithm::Rs256,
        };
        let rights = Rights {
            id: TokenId::draw(&random),
            client: &ClientId::draw(&random),
            scope: &scope,
            mementos: Some(&mementos),
            target: Target::Server(&server),
            roles: &roles.collect(),
        };
        assert_eq!(rights.roles.len(), Role::MOST);
        let token = rights.token(&session(Transport::Oauth), &app, ISSUER, &ring, NOW).expect("signs");
        assert!(AccessToken::verify_for_any_resource(token.expose(), app_of, &ring, NOW).is_ok());
        // Of the 10,240 bytes of API Gateway.
        assert!(token.expose().len() < 6144, "{}", token.expose().len());
    }

    /// The first is the example of Core §A.3 and §3.1.3.6; the others have the length of theirs.
    #[test]
    fn the_hash_of_the_access_token_is_half_of_the_algorithms_own() {
        let access = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash(Algorithm::Rs256, access), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(half_hash(Algorithm::Es256, access), half_hash(Algorithm::Rs256, access));
        assert_eq!(half_hash(Algorithm::EdDsa, access).len(), 43);
    }

    #[test]
    fn a_client_has_its_tokens_signed_as_it_chose() {
        let (ring, session) = (ring(), session(Transport::Browser));
        for algorithm in Algorithm::ASYMMETRIC {
            let token = token(&client("reader", algorithm), &ring, &session);
            assert_eq!(part(&token, 0)["alg"], algorithm.name());
            let hint = Hint::read(token.expose(), app_of, &ring).expect("ours");
            assert_eq!((hint.user, hint.session), (session.user, Some(session.id.clone())));
            assert!(Hint::read(token.expose(), |_| None, &ring).is_err(), "another deployment's issuer");
            assert!(Hint::read(token.expose(), app_of, &self::ring()).is_err(), "another deployment's keys");
        }
    }

    /// The client even has the app's id for its own, which `cargo ops` refuses: then only `azp` tells the two kinds apart.
    #[test]
    fn an_id_token_lets_nobody_in() {
        let ring = ring();
        for algorithm in Algorithm::ASYMMETRIC {
            let mut app = app();
            app.policy.algorithm = algorithm;
            let client = client(app.id.as_str(), algorithm);
            for transport in [Transport::App, Transport::Browser, Transport::Account, Transport::Oauth] {
                let token = token(&client, &ring, &session(transport));
                let read = Bearer::verify(token.expose(), transport, &app, ISSUER, &ring, NOW);
                // The type of the header says already that it is not an OAuth token.
                let is_typed = transport == Transport::Oauth;
                let why = if is_typed { InvalidToken::Unknown } else { InvalidToken::WrongAudience };
                assert_eq!(read, Err(why), "{transport:?}");
                assert!(OwnToken::verify(token.expose(), &app, ISSUER, &ring, NOW).is_err());
                assert!(AccessToken::verify(token.expose(), app_of, &ring, NOW).is_err());
            }
        }
    }

    #[test]
    fn an_access_token_is_no_hint() {
        let (ring, mut app) = (ring(), app());
        app.policy.algorithm = Algorithm::Rs256;
        for transport in [Transport::App, Transport::Browser, Transport::Account] {
            let token = session(transport).access_token(&app, ISSUER, &ring, NOW).expect("signs");
            assert_eq!(Hint::read(token.expose(), app_of, &ring), Err(InvalidToken::Unknown), "{transport:?}");
        }
        let (id, client) = (TokenId::draw(&Random::system()), ClientId::draw(&Random::system()));
        let rights = Rights {
            id,
            client: &client,
            scope: &Scope::read("openid"),
            mementos: None,
            target: Target::Ours,
            roles: &Roles::new(),
        };
        let token = rights.token(&session(Transport::Oauth), &app, ISSUER, &ring, NOW).expect("signs");
        assert_eq!(Hint::read(token.expose(), app_of, &ring), Err(InvalidToken::Unknown));
    }
}
