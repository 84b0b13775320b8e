//! Authorization codes: a decision, sealed for its way through the user's browser to the client.
//!
//! Nothing of a code is stored. Its key is derived from its own id, and client and redirect URI are what it is sealed
//! for: a client that presents it as another, or with another address, holds noise. The id is that of the session which it
//! is exchanged for, so that opening the session *is* the check that it was never exchanged before.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, ClientId, Epoch, GrantId, SessionId, UserId};
use crate::oauth::claims::RequestedClaims;
use crate::oauth::grant::Delegation;
use crate::oauth::openid::Authentication;
use crate::oauth::scope::Scope;
use crate::random::Random;
use crate::secret::Secret;
use crate::session::method::{Class, SignInEvent};
use crate::token::ring::KeyRing;

/// How long a code is good: `docs/api/oauth.md#authorize`.
pub const LIFETIME: Seconds = Seconds::minutes(10);

/// Longer than any code of ours; a longer one is not even decoded.
const LONGEST: usize = 4096;

/// What a client must know to exchange a code (RFC 7636 §4.2): the SHA-256 of its verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Reads a `code_challenge` of the method `S256`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Whether `verifier` is what was hashed. A malformed verifier is not (RFC 7636 §4.1).
    #[must_use]
    pub fn admits(&self, verifier: &str) -> bool {
        let is_verifier = (43..=128).contains(&verifier.len())
            && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        let hashed = digest::digest(&digest::SHA256, verifier.as_bytes());
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, hashed.as_ref()).is_ok() && is_verifier
    }
}

/// A decision of a user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The id of the session that it becomes.
    pub session: SessionId,
    /// Who decided.
    pub user: UserId,
    /// The epoch of the session that decided.
    pub epoch: Epoch,
    /// What was granted.
    pub delegation: Delegation,
    /// What must be proven.
    pub challenge: Option<Challenge>,
    /// What the ID token repeats to the client (OpenID Connect Core §2).
    pub nonce: Option<String>,
    /// The class of sign-in that it says, where the client asked for less than the sign-in was.
    pub acr: Option<Class>,
    /// When.
    pub issued: Timestamp,
}

/// The text is not a code of ours for this client and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a code")]
pub struct NotACode;

impl Code {
    /// A code for what `user` has just decided.
    #[must_use]
    pub fn issue(
        user: UserId,
        epoch: Epoch,
        delegation: Delegation,
        challenge: Option<Challenge>,
        random: &Random,
        now: Timestamp,
    ) -> Self {
        Self {
            session: SessionId::draw(random),
            user,
            epoch,
            delegation,
            challenge,
            nonce: None,
            acr: None,
            issued: now,
        }
    }

    /// The text, for the client alone.
    #[must_use]
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "AES-GCM takes any plaintext that fits in memory"
    )]
    pub fn write(&self, redirect_uri: &str, app: &AppId, ring: &KeyRing) -> Secret<String> {
        let id = self.session.to_bytes();
        let mut sealed = self.plain();
        key(&id, app, ring)
            .seal_in_place_append_tag(nonce(), bound(&self.delegation.client, redirect_uri), &mut sealed)
            .expect("a code fits");
        Secret::new(URL_SAFE_NO_PAD.encode([id.as_slice(), &sealed].concat()))
    }

    /// Whether it may be exchanged. One that may not is still known: who presents it a second time has stolen it, or was
    /// stolen from, however late.
    #[must_use]
    pub fn is_good(&self, now: Timestamp) -> bool {
        now < self.issued.plus(LIFETIME)
    }

    /// Reads a code that was issued to `client` for `redirect_uri`, however long ago.
    ///
    /// # Errors
    /// [`NotACode`]
    pub fn read(
        text: &str,
        client: &ClientId,
        redirect_uri: &str,
        app: &AppId,
        ring: &KeyRing,
    ) -> Result<Self, NotACode> {
        if text.len() > LONGEST {
            return Err(NotACode);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotACode)?;
        let (id, sealed) = bytes.split_first_chunk::<{ SessionId::BYTES }>().ok_or(NotACode)?;
        let mut sealed = sealed.to_vec();
        let plain = key(id, app, ring)
            .open_in_place(nonce(), bound(client, redirect_uri), &mut sealed)
            .map_err(|_| NotACode)?;
        Self::from_plain(SessionId::from_bytes(*id), client, plain).ok_or(NotACode)
    }

    /// User, epoch, time, grant, challenge behind its length, details: each has one length. Then the scope, and what a
    /// later release added.
    fn plain(&self) -> Vec<u8> {
        let challenge = self.challenge.map_or([0; 33], |challenge| {
            let mut bytes = [1; 33];
            bytes[1..].copy_from_slice(&challenge.0);
            bytes
        });
        [
            self.user.to_bytes().as_slice(),
            &self.epoch.0.to_be_bytes(),
            &self.issued.unix().to_be_bytes(),
            self.delegation.grant.as_str().as_bytes(),
            &challenge,
            &[u8::from(self.delegation.details)],
            self.delegation.scope.to_string().as_bytes(),
            Added::of(self).write().as_bytes(),
        ]
        .concat()
    }

    fn from_plain(session: SessionId, client: &ClientId, plain: &[u8]) -> Option<Self> {
        let (user, rest) = plain.split_first_chunk::<8>()?;
        let (epoch, rest) = rest.split_first_chunk::<8>()?;
        let (issued, rest) = rest.split_first_chunk::<8>()?;
        let (grant, rest) = rest.split_first_chunk::<{ GrantId::DIGITS }>()?;
        let ([proof, challenge @ ..], rest) = rest.split_first_chunk::<33>()?;
        let ([details], rest) = rest.split_first_chunk::<1>()?;
        let (scope, added) = Added::read(std::str::from_utf8(rest).ok()?)?;
        Some(Self {
            session,
            user: UserId::from_bytes(*user)?,
            epoch: Epoch(u64::from_be_bytes(*epoch)),
            issued: Timestamp::from_unix(i64::from_be_bytes(*issued)),
            challenge: (*proof == 1).then_some(Challenge(*challenge)),
            delegation: Delegation {
                client: client.clone(),
                grant: GrantId::stored(String::from_utf8(grant.to_vec()).ok()?),
                scope: Scope::read(scope),
                details: *details == 1,
                authentication: added.authentication(),
                resources: added.resources,
                claims: added.claims,
            },
            acr: added.acr.as_deref().and_then(Class::named),
            nonce: added.nonce,
        })
    }
}

/// What later releases added to a code: OpenID Connect, and resource servers. It follows the scope as a word that is none: a function of an earlier release, which
/// answers beside this one during a deployment, passes over it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Added {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signed_in: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// All methods of the sign-in. An earlier release knows one of a password or a text message alone, by `method`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    methods: Option<String>,
    #[serde(default, skip_serializing_if = "RequestedClaims::is_empty")]
    claims: RequestedClaims,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
}

impl Added {
    const BEGINS: &str = " \n";

    fn of(code: &Code) -> Self {
        let Delegation { authentication, claims, resources, .. } = &code.delegation;
        let event = authentication.as_ref().map(|known| known.sign_in);
        Self {
            nonce: code.nonce.clone(),
            acr: code.acr.map(|class| class.name().to_owned()),
            session: authentication.as_ref().and_then(|known| known.session.as_ref()).map(ToString::to_string),
            signed_in: event.map(|event| event.at.unix()),
            method: event.and_then(|event| event.methods.only()).map(|method| method.name().to_owned()),
            methods: event.filter(|event| event.methods.only().is_none()).map(|event| event.methods.to_string()),
            claims: claims.clone(),
            resources: resources.clone(),
        }
    }

    #[expect(clippy::expect_used, reason = "strings and numbers serialize")]
    fn write(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let json = serde_json::to_vec(self).expect("JSON");
        format!("{}{}", Self::BEGINS, URL_SAFE_NO_PAD.encode(json))
    }

    /// The scope, and what was added to it.
    fn read(text: &str) -> Option<(&str, Self)> {
        let Some((scope, added)) = text.split_once(Self::BEGINS) else { return Some((text, Self::default())) };
        Some((scope, serde_json::from_slice(&URL_SAFE_NO_PAD.decode(added).ok()?).ok()?))
    }

    fn authentication(&self) -> Option<Authentication> {
        let at = self.signed_in?;
        let session = self.session.as_ref().map(|session| session.parse()).transpose().ok()?;
        let methods = self.methods.as_ref().or(self.method.as_ref()).and_then(|methods| methods.parse().ok());
        let sign_in = SignInEvent { at: Timestamp::from_unix(at), methods: methods.unwrap_or_default() };
        Some(Authentication { session, sign_in })
    }
}

/// One key for one code.
#[expect(clippy::expect_used, reason = "the key has the length of AES-256's")]
fn key(id: &[u8; SessionId::BYTES], app: &AppId, ring: &KeyRing) -> LessSafeKey {
    let key = ring.derive("authorization-code", app, &[id]);
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("32 bytes"))
}

/// A key that seals one message needs no other.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// A client's id holds no space, so no two pairs read the same.
fn bound(client: &ClientId, redirect_uri: &str) -> Aad<String> {
    Aad::from(format!("{client} {redirect_uri}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Challenge, Code, LIFETIME, NotACode};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::{AppId, ClientId, Epoch, GrantId, SessionId, UserId};
    use crate::oauth::claims::{Claim, RequestedClaims};
    use crate::oauth::grant::Delegation;
    use crate::oauth::openid::Authentication;
    use crate::oauth::scope::Scope;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::session::method::{Class, Method, Methods, SignInEvent};
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    const URI: &str = "https://a.example/cb";
    /// RFC 7636 Appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn ring() -> KeyRing {
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        SealedRing::create(&kek, &Random::system(), NOW).expect("a ring").open(kek).expect("our ring")
    }

    fn app(id: &str) -> AppId {
        id.parse().expect("an app id")
    }

    fn code(challenge: Option<Challenge>, details: bool) -> Code {
        let random = Random::system();
        let delegation = Delegation {
            client: ClientId::draw(&random),
            grant: GrantId::draw(&random),
            scope: Scope::read("email profile"),
            details,
            resources: if details {
                vec!["https://api.example".to_owned(), "https://b.example/v1".to_owned()]
            } else {
                Vec::new()
            },
            authentication: None,
            claims: RequestedClaims::default(),
        };
        Code::issue(UserId::draw(&random), Epoch(3), delegation, challenge, &random, NOW)
    }

    #[test]
    fn a_code_reads_back_for_its_client_address_app_and_deployment_only() {
        let ring = ring();
        for code in [code(None, false), code(Challenge::read(CHALLENGE), true)] {
            let client = &code.delegation.client;
            let text = code.write(URI, &app("demo"), &ring).reveal();
            assert_eq!(Code::read(&text, client, URI, &app("demo"), &ring), Ok(code.clone()));
            let other = ClientId::draw(&Random::system());
            assert_eq!(Code::read(&text, &other, URI, &app("demo"), &ring), Err(NotACode));
            assert_eq!(Code::read(&text, client, "https://a.example/cb/", &app("demo"), &ring), Err(NotACode));
            assert_eq!(Code::read(&text, client, URI, &app("other"), &ring), Err(NotACode));
            assert_eq!(Code::read(&text, client, URI, &app("demo"), &self::ring()), Err(NotACode));
        }
    }

    #[test]
    fn what_openid_connect_adds_reads_back_and_is_no_scope_to_an_earlier_release() {
        let (ring, plain) = (ring(), code(None, false));
        let sign_in = SignInEvent { at: NOW, methods: Methods::default().and(Method::Password).and(Method::Otp) };
        let authentication = Authentication { session: Some(SessionId::draw(&Random::system())), sign_in };
        let claims = RequestedClaims { userinfo: [Claim::Email].into(), ..RequestedClaims::default() };
        let delegation = Delegation { authentication: Some(authentication), claims, ..plain.delegation.clone() };
        let nonce = Some("a \"nonce\" of 25 Zeichen ✓".to_owned());
        let code = Code { nonce, acr: Some(Class::TwoFactors), delegation, ..plain };
        let text = code.write(URI, &app("demo"), &ring).reveal();
        assert_eq!(Code::read(&text, &code.delegation.client, URI, &app("demo"), &ring), Ok(code.clone()));
        let behind = format!("{}{}", code.delegation.scope, super::Added::of(&code).write());
        assert_eq!(Scope::read(&behind), code.delegation.scope);
    }

    #[test]
    fn a_code_is_good_for_ten_minutes() {
        let code = code(None, false);
        assert!(code.is_good(NOW.plus(LIFETIME).minus(Seconds(1))));
        assert!(!code.is_good(NOW.plus(LIFETIME)));
    }

    #[test]
    fn every_single_changed_character_is_found() {
        let (ring, code) = (ring(), code(Challenge::read(CHALLENGE), false));
        let text = code.write(URI, &app("demo"), &ring).reveal();
        for at in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert!(Code::read(&forged, &code.delegation.client, URI, &app("demo"), &ring).is_err(), "{at}");
        }
        for forged in ["", "x", &text[1..], &format!("{text}A"), &"é".repeat(2000)] {
            assert!(Code::read(forged, &code.delegation.client, URI, &app("demo"), &ring).is_err());
        }
    }

    #[test]
    fn a_challenge_admits_its_verifier_only() {
        let challenge = Challenge::read(CHALLENGE).expect("a challenge");
        assert!(challenge.admits(VERIFIER));
        for other in ["", CHALLENGE, &VERIFIER[1..], &format!("{VERIFIER}x"), &VERIFIER.to_uppercase()] {
            assert!(!challenge.admits(other), "{other}");
        }
    }

    #[test]
    fn only_the_hash_of_something_is_a_challenge() {
        for text in ["", "x", &CHALLENGE[1..], &format!("{CHALLENGE}="), &format!("{CHALLENGE}A"), "a+b/"] {
            assert_eq!(Challenge::read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_too_short_to_be_a_verifier_is_none_though_its_hash_fits() {
        // SHA-256 of the empty string.
        let challenge = Challenge::read("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU").expect("a challenge");
        assert!(!challenge.admits(""));
    }
}
