//! Our own JSON Web Tokens (RFC 7519): signed and verified, to RFC 8725. What a client signs with a key of its own is read by
//! `assertion`.
//!
//! This module verifies only what Latchet signed. The encoded header of a token must be, byte for byte, the one that we would
//! have written with the app's algorithm and a key of the ring. Only then does `jsonwebtoken` see the token: it checks the
//! signature with that one algorithm and key, then `iss` and `aud`. So `alg: none`, key confusion and an attacker's `jku`,
//! `jwk`, `kid` or `crit` are refused before anything parses them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::{Seconds, Timestamp};
use crate::id::AppId;
use crate::secret::Secret;
use crate::token::ring::{Generation, KeyError, KeyRing, Purpose};
use crate::token::{APP_API, Algorithm, ID_TOKEN, InvalidToken, OAUTH_API};

/// The claims of a session's access token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The deployment's public URL.
    pub iss: String,
    /// The app; the resource API in an OAuth token ([`resource`]).
    pub aud: String,
    /// The user's number, as a string.
    pub sub: String,
    /// The session; none of a client that acts for itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sid: String,
    /// Issued at, Unix seconds.
    pub iat: i64,
    /// Dead from this Unix second on.
    pub exp: i64,
    /// The API that it is for (RFC 8725 §3.12: no kind of token passes for another), but in the App API's, whose
    /// claims are fixed (`docs/api/app.md#requests-and-answers`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// What the user proved who they are with (RFC 8176), where the session has a note of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<String>,
    /// The client that the token is for (RFC 9068 §2.2); of an OAuth token only, as are the next two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What it may do (RFC 9068 §2.2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Tells it from every other token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The mementos that it is narrowed to; without it, whatever its user has picked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mementos: Option<Vec<String>>,
    /// The client that an ID token is for (OpenID Connect Core §2). No access token has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
}

impl Claims {
    /// What `api` says in a token for `purpose`.
    #[must_use]
    pub fn kind(purpose: &Purpose<'_>) -> Option<String> {
        (purpose.api != APP_API).then(|| purpose.api.to_owned())
    }

    /// The claims, if they are of that API and alive at `now`.
    fn meant_for(self, api: Option<&str>, now: Timestamp) -> Result<Self, InvalidToken> {
        if self.api.as_deref() != api || self.azp.is_some() {
            return Err(InvalidToken::WrongAudience);
        }
        if self.iat > now.plus(SKEW).unix() {
            return Err(InvalidToken::FromTheFuture);
        }
        if now.unix() < self.exp { Ok(self) } else { Err(InvalidToken::Expired) }
    }
}

/// How far the clock of the machine that issued a token may be ahead of ours. Lambda's are kept by Amazon Time Sync, within
/// milliseconds; a token of a later second was issued by a clock that is wrong, and could live for years.
const SKEW: Seconds = Seconds(30);

/// Until 2027-06-01 an OAuth token may have the app's id as its audience, as those have that an earlier release issued: they
/// live for an hour from its last one on. After that day nobody upgrades from such a release without a new exchange.
const NAMES_ITS_RESOURCE: Timestamp = Timestamp::from_unix(1_811_808_000);

/// Longer than any token of ours; a longer one is not even split. API Gateway takes headers of 10,240 bytes in all.
const LONGEST: usize = 6144;

/// Signs `claims` for `purpose` with the key that is current at `now`.
///
/// # Errors
/// [`KeyError`] when the ring has no usable key.
pub fn sign(
    ring: &KeyRing,
    algorithm: Algorithm,
    purpose: &Purpose<'_>,
    claims: &impl Serialize,
    now: Timestamp,
) -> Result<Secret<String>, KeyError> {
    let generation = ring.current(now).ok_or(KeyError::Unusable)?;
    let payload = serde_json::to_vec(claims).map_err(|_| KeyError::Unusable)?;
    let mut token = header(generation, algorithm, purpose.api);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = ring.sign(generation, algorithm, purpose, token.as_bytes())?;
    token.push('.');
    token.push_str(&signature);
    Ok(Secret::new(token))
}

/// Gives the claims of a token that we signed with `algorithm` for `purpose`, that `issuer` issued for the purpose's
/// app, and that is alive at `now`.
///
/// # Errors
/// [`InvalidToken`] for any other token.
pub fn verify(
    ring: &KeyRing,
    algorithm: Algorithm,
    purpose: &Purpose<'_>,
    issuer: &str,
    token: &str,
    now: Timestamp,
) -> Result<Claims, InvalidToken> {
    let mut rules = rules(algorithm);
    rules.set_issuer(&[issuer]);
    rules.set_audience(&[purpose.app.as_str()]);
    let key = |generation: &Generation| generation.verifies_with(algorithm, purpose);
    read::<Claims>(ring, token, purpose.api, &rules, algorithm, key)?.meant_for(Claims::kind(purpose).as_deref(), now)
}

/// The app that a session's access token says it is for. It tells whose keys to verify the token with, and nothing of it is
/// believed. What does not have a header of ours is not parsed.
#[must_use]
pub fn audience(ring: &KeyRing, token: &str) -> Option<AppId> {
    #[derive(Deserialize)]
    struct Payload {
        aud: String,
    }

    let (head, rest) = token.split_once('.').filter(|_| token.len() <= LONGEST)?;
    // HS256 first, which is what most apps have: its header is the same under every key.
    let mut algorithms = [Algorithm::Hs256].into_iter().chain(Algorithm::ASYMMETRIC);
    let is_ours = |algorithm| ring.generations().any(|generation| head == header(generation, algorithm, APP_API));
    if !algorithms.any(is_ours) {
        return None;
    }
    let (payload, _) = rest.split_once('.')?;
    let payload: Payload = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    payload.aud.parse().ok()
}

/// The audience of OAuth tokens: the resource API of `issuer`, and not the app, whose own tokens name the app. So a verifier
/// that checks issuer and audience alone takes neither for the other (RFC 9068 §4, RFC 8725 §3.9).
#[must_use]
pub fn resource(issuer: &str) -> String {
    format!("{issuer}/api")
}

/// Gives the app and the claims of an OAuth token of any app, by whichever of the keys that others verify with: a resource
/// is told nothing but the token, so the token's issuer has to say whose it is. `app_of` knows the issuers.
///
/// # Errors
/// [`InvalidToken`] for any other token.
pub fn verify_delegated(
    ring: &KeyRing,
    app_of: impl FnOnce(&str) -> Option<AppId>,
    token: &str,
    now: Timestamp,
) -> Result<(AppId, Claims), InvalidToken> {
    let (app, claims) = verify_of_any_resource(ring, app_of, token, now)?;
    let is_old = claims.aud == app.as_str() && claims.iat < NAMES_ITS_RESOURCE.unix();
    if is_old || claims.aud == resource(&claims.iss) { Ok((app, claims)) } else { Err(InvalidToken::WrongAudience) }
}

/// The same for a token of whatever audience, the resource servers' too: for those who ask what a token is worth, or give it back.
///
/// # Errors
/// [`InvalidToken`] for any other token.
pub fn verify_of_any_resource(
    ring: &KeyRing,
    app_of: impl FnOnce(&str) -> Option<AppId>,
    token: &str,
    now: Timestamp,
) -> Result<(AppId, Claims), InvalidToken> {
    let claims: Option<Claims> = read_of_any_app(ring, token, OAUTH_API);
    let claims = claims.ok_or(InvalidToken::Unknown)?.meant_for(Some(OAUTH_API), now)?;
    let app = app_of(&claims.iss).ok_or(InvalidToken::WrongAudience)?;
    Ok((app, claims))
}

/// The claims of an ID token of any app, by whichever of the keys that others verify with. Whose it is and for whom are the
/// caller's questions, and so is its time: a token that a client shows as a hint may have expired.
pub(crate) fn read_id_token<C: DeserializeOwned>(ring: &KeyRing, token: &str) -> Option<C> {
    read_of_any_app(ring, token, ID_TOKEN)
}

fn read_of_any_app<C: DeserializeOwned>(ring: &KeyRing, token: &str, api: &'static str) -> Option<C> {
    Algorithm::ASYMMETRIC.into_iter().find_map(|algorithm| {
        // Each issuer has its own audiences, and only the verified token says which issuer that is.
        let mut rules = rules(algorithm);
        rules.validate_aud = false;
        read(ring, token, api, &rules, algorithm, |generation| generation.public_key(algorithm)).ok()
    })
}

/// What every token has to fulfil: one algorithm, and all that we write. Its time is compared with our own clock instead of
/// the system's, without leeway ([`Claims::meant_for`]).
fn rules(algorithm: Algorithm) -> Validation {
    let mut rules = Validation::new(algorithm.into());
    rules.validate_exp = false;
    rules.leeway = 0;
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    rules
}

/// The claims of a token with a header of ours for `api`, if the key that the header names signed it and `rules` hold.
fn read<C: DeserializeOwned>(
    ring: &KeyRing,
    token: &str,
    api: &'static str,
    rules: &Validation,
    algorithm: Algorithm,
    key: impl Fn(&Generation) -> Option<DecodingKey>,
) -> Result<C, InvalidToken> {
    let head = token.split_once('.').filter(|_| token.len() <= LONGEST).map(|(head, _)| head);
    let mut why = InvalidToken::Unknown;
    for generation in ring.generations().filter(|generation| head == Some(&header(generation, algorithm, api))) {
        let Some(key) = key(generation) else { continue };
        match jsonwebtoken::decode(token, &key, rules) {
            Ok(token) => return Ok(token.claims),
            // The signature was verified first.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidIssuer | ErrorKind::InvalidAudience) => {
                why = InvalidToken::WrongAudience;
            }
            Err(_) => {}
        }
    }
    Err(why)
}

/// The encoded header. HS256's is fixed (`docs/api/app.md#requests-and-answers`) and names no key; the others name theirs, for
/// the readers of the JWKS. An OAuth token says that it is one (RFC 9068 §2.1).
fn header(generation: &Generation, algorithm: Algorithm, api: &'static str) -> String {
    let kind = if api == OAUTH_API { "at+jwt" } else { "JWT" };
    URL_SAFE_NO_PAD.encode(match algorithm {
        Algorithm::Hs256 => r#"{"alg":"HS256","typ":"JWT"}"#.to_owned(),
        other => format!(r#"{{"alg":"{other}","typ":"{kind}","kid":"{}"}}"#, generation.kid(other)),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::{Claims, InvalidToken, NAMES_ITS_RESOURCE, SKEW, audience, resource, sign, verify, verify_delegated};
    use crate::clock::{Seconds, Timestamp};
    use crate::id::AppId;
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::Algorithm::{self, EdDsa, Es256, Hs256, Rs256};
    use crate::token::ring::{KEEP, KeyRing, LEAD, Purpose, SealedRing};
    use crate::token::seal::Kek;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    const ISSUER: &str = "https://auth.example";

    struct Fixture {
        kek: Arc<Kek>,
        sealed: SealedRing,
        app: AppId,
    }

    impl Fixture {
        fn new() -> Self {
            let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
            let sealed = SealedRing::create(&kek, &Random::system(), NOW).expect("a ring");
            Self { kek, sealed, app: "demo".parse().expect("an app id") }
        }

        fn ring(&self) -> KeyRing {
            self.sealed.clone().open(self.kek.clone()).expect("our ring")
        }

        fn purpose(&self) -> Purpose<'_> {
            Purpose { api: "app", app: &self.app }
        }

        fn claims(&self) -> Claims {
            Claims {
                iss: ISSUER.to_owned(),
                aud: self.app.to_string(),
                sub: "42".to_owned(),
                sid: "s".to_owned(),
                iat: NOW.unix(),
                exp: NOW.unix() + 60,
                ..Claims::default()
            }
        }

        fn token(&self, algorithm: Algorithm) -> String {
            sign(&self.ring(), algorithm, &self.purpose(), &self.claims(), NOW).expect("a token").reveal()
        }

        fn verify(&self, algorithm: Algorithm, token: &str) -> Result<Claims, InvalidToken> {
            verify(&self.ring(), algorithm, &self.purpose(), ISSUER, token, NOW)
        }
    }

    /// Knows `issuer` as that of the fixture's app.
    fn of_issuer(issuer: &str) -> impl Fn(&str) -> Option<AppId> {
        move |known| (known == issuer).then(|| "demo".parse().expect("an app id"))
    }

    fn encode(text: &str) -> String {
        URL_SAFE_NO_PAD.encode(text)
    }

    #[test]
    fn the_header_of_an_hs256_token_is_fixed_to_the_byte() {
        let token = Fixture::new().token(Hs256);
        assert!(token.starts_with(&format!("{}.", encode(r#"{"alg":"HS256","typ":"JWT"}"#))), "{token}");
    }

    #[test]
    fn a_token_verifies_under_its_own_algorithm_and_no_other() {
        let fixture = Fixture::new();
        for signed in [Hs256, Rs256, Es256, EdDsa] {
            let token = fixture.token(signed);
            for expected in [Hs256, Rs256, Es256, EdDsa] {
                let claims = fixture.verify(expected, &token);
                assert_eq!(claims.is_ok(), signed == expected, "{signed} read as {expected}");
            }
        }
    }

    #[test]
    fn a_token_dies_with_the_second_it_names() {
        let fixture = Fixture::new();
        let token = fixture.token(Hs256);
        let at = |seconds| {
            verify(&fixture.ring(), Hs256, &fixture.purpose(), ISSUER, &token, NOW.plus(Seconds(seconds))).is_ok()
        };
        assert!(at(59));
        assert!(!at(60));
    }

    #[test]
    fn a_token_from_the_future_is_refused() {
        let fixture = Fixture::new();
        let at = |seconds: i64| {
            let iat = NOW.unix() + seconds;
            let claims = Claims { iat, exp: iat + 60, ..fixture.claims() };
            let token = sign(&fixture.ring(), Hs256, &fixture.purpose(), &claims, NOW).expect("a token").reveal();
            fixture.verify(Hs256, &token).is_ok()
        };
        assert!(at(0) && at(SKEW.0));
        assert!(!at(SKEW.0 + 1) && !at(Seconds::days(365).0));
    }

    #[test]
    fn another_issuer_app_or_api_is_refused() {
        let fixture = Fixture::new();
        let token = fixture.token(Es256);
        let ring = fixture.ring();
        let other: AppId = "other".parse().expect("an app id");
        let purpose = fixture.purpose();
        assert!(verify(&ring, Es256, &purpose, "https://evil.example", &token, NOW).is_err());
        assert!(verify(&ring, Es256, &Purpose { app: &other, ..purpose }, ISSUER, &token, NOW).is_err());
        for algorithm in [Hs256, Rs256, Es256, EdDsa] {
            let token = fixture.token(algorithm);
            let browser = Purpose { api: "browser", ..purpose };
            assert!(verify(&ring, algorithm, &browser, ISSUER, &token, NOW).is_err(), "{algorithm}");
            let claims = Claims { api: Claims::kind(&browser), ..fixture.claims() };
            let token = sign(&ring, algorithm, &browser, &claims, NOW).expect("a token").reveal();
            assert!(verify(&ring, algorithm, &browser, ISSUER, &token, NOW).is_ok(), "{algorithm}");
            assert!(verify(&ring, algorithm, &purpose, ISSUER, &token, NOW).is_err(), "{algorithm}");
        }
    }

    #[test]
    fn an_oauth_token_says_so_names_its_app_and_passes_for_nothing_else() {
        let fixture = Fixture::new();
        let (ring, purpose) = (fixture.ring(), Purpose { api: "oauth", ..fixture.purpose() });
        let (api, aud) = (Claims::kind(&purpose), resource(ISSUER));
        let claims = Claims { api, aud, client_id: Some("c".to_owned()), ..fixture.claims() };
        for algorithm in Algorithm::ASYMMETRIC {
            let token = sign(&ring, algorithm, &purpose, &claims, NOW).expect("a token").reveal();
            let head = String::from_utf8(URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap();
            assert!(head.contains(r#""typ":"at+jwt""#), "{head}");
            let read = |issuer: &str, at| verify_delegated(&ring, of_issuer(issuer), &token, at);
            assert_eq!(read(ISSUER, NOW), Ok((fixture.app.clone(), claims.clone())));
            assert_eq!(read("https://evil.example", NOW), Err(InvalidToken::WrongAudience));
            assert_eq!(read(ISSUER, NOW.plus(Seconds(60))), Err(InvalidToken::Expired));
            assert!(verify(&ring, algorithm, &fixture.purpose(), ISSUER, &token, NOW).is_err());
            let browsers = Purpose { api: "browser", ..fixture.purpose() };
            assert!(verify(&ring, algorithm, &browsers, ISSUER, &token, NOW).is_err());
            // The same claims under the header of another kind of token, and another kind's under this header.
            let mixed = [
                (&browsers, Claims::kind(&purpose), InvalidToken::Unknown),
                (&purpose, Claims::kind(&browsers), InvalidToken::WrongAudience),
            ];
            for (header_of, api, why) in mixed {
                let claims = Claims { api, ..claims.clone() };
                let token = sign(&ring, algorithm, header_of, &claims, NOW).expect("a token").reveal();
                assert_eq!(verify_delegated(&ring, of_issuer(ISSUER), &token, NOW), Err(why));
            }
        }
        let token = sign(&ring, Hs256, &purpose, &claims, NOW).expect("a token").reveal();
        assert_eq!(
            verify_delegated(&ring, of_issuer(ISSUER), &token, NOW),
            Err(InvalidToken::Unknown),
            "nobody else could verify it"
        );
    }

    #[test]
    fn an_oauth_token_is_for_its_issuers_resource_and_until_a_day_for_its_app() {
        let fixture = Fixture::new();
        let (ring, purpose) = (fixture.ring(), Purpose { api: "oauth", ..fixture.purpose() });
        let reads = |aud: &str, issued: Timestamp| {
            let (iat, exp) = (issued.unix(), issued.unix() + 60);
            let claims = Claims { api: Claims::kind(&purpose), aud: aud.to_owned(), iat, exp, ..fixture.claims() };
            let token = sign(&ring, Es256, &purpose, &claims, NOW).expect("a token").reveal();
            verify_delegated(&ring, of_issuer(ISSUER), &token, issued).is_ok()
        };
        let last = NAMES_ITS_RESOURCE.minus(Seconds(1));
        assert!(reads("demo", NOW) && reads("demo", last));
        assert!(!reads("demo", NAMES_ITS_RESOURCE), "no release that issues such tokens is left");
        assert!(reads(&resource(ISSUER), last) && reads(&resource(ISSUER), NAMES_ITS_RESOURCE));
        for other in ["other", "https://auth.example", "https://auth.example/apps/demo/api", "https://api.example"] {
            assert!(!reads(other, NOW), "{other}");
        }
    }

    #[test]
    fn a_verifier_of_issuer_and_audience_alone_takes_no_kind_for_another() {
        let fixture = Fixture::new();
        let ring = fixture.ring();
        let generation = ring.current(NOW).expect("a generation");
        let of_app = fixture.app.to_string();
        for algorithm in Algorithm::ASYMMETRIC {
            let key = generation.public_key(algorithm).expect("a key");
            for api in ["app", "browser", "account", "oauth"] {
                let purpose = Purpose { api, ..fixture.purpose() };
                let aud = if api == "oauth" { resource(ISSUER) } else { of_app.clone() };
                let claims = Claims { api: Claims::kind(&purpose), aud, ..fixture.claims() };
                let token = sign(&ring, algorithm, &purpose, &claims, NOW).expect("a token").reveal();
                let stock = |audience: &str| {
                    let mut rules = jsonwebtoken::Validation::new(algorithm.into());
                    rules.validate_exp = false;
                    rules.set_issuer(&[ISSUER]);
                    rules.set_audience(&[audience]);
                    jsonwebtoken::decode::<Claims>(&token, &key, &rules).is_ok()
                };
                assert_eq!((stock(&of_app), stock(&resource(ISSUER))), (api != "oauth", api == "oauth"), "{api}");
            }
        }
    }

    #[test]
    fn the_audience_is_read_of_tokens_with_our_header_alone() {
        let fixture = Fixture::new();
        let ring = fixture.ring();
        for algorithm in [Hs256, Rs256, Es256, EdDsa] {
            let token = fixture.token(algorithm);
            assert_eq!(audience(&ring, &token), Some(fixture.app.clone()), "{algorithm}");
            let (_, signed) = token.split_once('.').expect("a header");
            let foreign = [
                r#"{"alg":"none","typ":"JWT"}"#.to_owned(),
                r#"{"typ":"JWT","alg":"HS256"}"#.to_owned(),
                format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"theirs"}}"#),
                format!(r#"{{"alg":"{algorithm}","typ":"JWT","jku":"https://evil.example"}}"#),
            ];
            for head in foreign {
                assert_eq!(audience(&ring, &format!("{}.{signed}", encode(&head))), None, "{head}");
            }
        }
        for broken in ["", ".", "..", &encode(r#"{"alg":"HS256","typ":"JWT"}"#)] {
            assert_eq!(audience(&ring, broken), None, "{broken}");
        }
    }

    #[test]
    fn a_ring_of_another_deployment_verifies_nothing() {
        let (ours, theirs) = (Fixture::new(), Fixture::new());
        for algorithm in [Hs256, Rs256, Es256, EdDsa] {
            assert_eq!(theirs.verify(algorithm, &ours.token(algorithm)), Err(InvalidToken::Unknown));
        }
    }

    #[test]
    fn tricks_with_the_header_are_refused() {
        let fixture = Fixture::new();
        let token = fixture.token(Hs256);
        let [_, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        for header in [
            r#"{"alg":"none","typ":"JWT"}"#,
            r#"{"alg":"None"}"#,
            r#"{"typ":"JWT","alg":"HS256"}"#,
            r#"{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}"#,
            r#"{"alg":"HS256","typ":"JWT","jku":"https://evil.example/jwks.json"}"#,
            r#"{"alg":"HS256","typ":"at+jwt"}"#,
            r#"{"alg":"HS256","typ":"JWT","crit":["x"],"x":1}"#,
            r#"{"alg":"HS384","typ":"JWT"}"#,
            "",
        ] {
            for signature in ["", signature] {
                let forged = format!("{}.{payload}.{signature}", encode(header));
                assert_eq!(fixture.verify(Hs256, &forged), Err(InvalidToken::Unknown), "{header}");
            }
        }
    }

    #[test]
    fn tricks_with_the_shape_are_refused() {
        let fixture = Fixture::new();
        let token = fixture.token(Hs256);
        let (message, signature) = token.rsplit_once('.').expect("a signature");
        for forged in [
            String::new(),
            ".".to_owned(),
            "..".to_owned(),
            message.to_owned(),
            format!("{message}."),
            format!("{token}."),
            format!(".{token}"),
            format!("{token}.{signature}"),
            format!("{token}="),
            format!(" {token}"),
            format!("{token}\n"),
            "a".repeat(1 << 20),
        ] {
            assert_eq!(fixture.verify(Hs256, &forged), Err(InvalidToken::Unknown), "{forged:.80}");
        }
    }

    #[test]
    fn every_single_changed_character_is_found() {
        let fixture = Fixture::new();
        let token = fixture.token(Hs256);
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(fixture.verify(Hs256, &forged), Err(InvalidToken::Unknown), "character {at}");
        }
    }

    #[test]
    fn the_public_key_is_no_hmac_secret() {
        let fixture = Fixture::new();
        let message = format!("{}.{}", encode(r#"{"alg":"HS256","typ":"JWT"}"#), encode("{}"));
        for pair in &fixture.sealed.generations[0].pairs {
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &pair.public);
            let signature = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes()));
            let forged = format!("{message}.{signature}");
            for algorithm in [Hs256, Rs256, Es256, EdDsa] {
                assert_eq!(fixture.verify(algorithm, &forged), Err(InvalidToken::Unknown));
            }
        }
    }

    #[test]
    fn tokens_outlive_a_rotation_and_new_ones_are_signed_by_the_next_generation() {
        let mut fixture = Fixture::new();
        let before: Vec<_> = [Hs256, Rs256, Es256, EdDsa].map(|algorithm| (algorithm, fixture.token(algorithm))).into();
        fixture.sealed = fixture.sealed.clone().rotate(&fixture.kek, &Random::system(), NOW).expect("rotates");
        for (algorithm, token) in before {
            assert!(fixture.verify(algorithm, &token).is_ok(), "{algorithm}");
            let later = NOW.plus(LEAD);
            let claims = Claims { exp: later.plus(KEEP).unix(), ..fixture.claims() };
            let new = sign(&fixture.ring(), algorithm, &fixture.purpose(), &claims, later).expect("a token").reveal();
            assert_ne!(new.split('.').next_back(), token.split('.').next_back());
            assert!(verify(&fixture.ring(), algorithm, &fixture.purpose(), ISSUER, &new, later).is_ok(), "{algorithm}");
        }
    }
}
