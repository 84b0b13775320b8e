//! Signature Version 4 for DynamoDB's requests, with a signing key that is derived once a day.
//!
//! The SDK's signer takes any request, and derives its key, four times HMAC, for each. DynamoDB's requests are all a POST of
//! one path with the same headers: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_lc_rs::{digest, hmac};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4Signer};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityCacheLocation, IdentityFuture, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};

use crate::clock::Timestamp;
use crate::hex::hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// In the order of the alphabet, as they are signed.
const SIGNED: &str = "content-type;host;x-amz-date;x-amz-target";
const SIGNED_WITH_TOKEN: &str = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target";

/// DynamoDB takes signatures of five minutes before and after. Clocks that differ by less than this did not cause the refusal.
const TOLERATED: u64 = 4 * 60;

/// By how many seconds DynamoDB's clock is ahead of ours, so that a function whose clock is wrong is refused once and not at each request.
#[derive(Clone, Debug, Default)]
pub(super) struct ClockSkew(Arc<AtomicI64>);

impl ClockSkew {
    /// Notes what an answer that came at `now` and refuses says of the time.
    pub(super) fn note(&self, date: Option<&str>, now: SystemTime) {
        let Some(theirs) = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok()) else { return };
        let ahead = theirs.secs().saturating_sub(DateTime::from(now).secs());
        self.0.store(if ahead.unsigned_abs() > TOLERATED { ahead } else { 0 }, Ordering::Relaxed);
    }

    /// What DynamoDB's clock says when ours says `now`.
    fn there(&self, now: SystemTime) -> SystemTime {
        let ahead = self.0.load(Ordering::Relaxed);
        let distance = Duration::from_secs(ahead.unsigned_abs());
        let there = if ahead < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
        there.unwrap_or(now)
    }
}

/// The scheme of signatures that the SDK knows as `sigv4`, with the signer below.
#[derive(Debug)]
pub(super) struct ByTheDay(DynamoSigner);

impl ByTheDay {
    /// For requests to `endpoint` in that region.
    pub(super) fn new(region: &str, endpoint: &str, skew: ClockSkew) -> Self {
        Self(DynamoSigner::new(region, endpoint, skew))
    }
}

impl AuthScheme for ByTheDay {
    fn scheme_id(&self) -> AuthSchemeId {
        SCHEME_ID
    }

    fn identity_resolver(&self, resolvers: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        resolvers.identity_resolver(SCHEME_ID)
    }

    fn signer(&self) -> &dyn Sign {
        &self.0
    }
}

/// The credentials of the environment, which live as long as the process and need no cache.
#[derive(Debug)]
pub(super) struct OneIdentity(Identity);

impl OneIdentity {
    pub(super) fn of(credentials: Credentials) -> Self {
        Self(Identity::new(credentials, None))
    }
}

impl ResolveIdentity for OneIdentity {
    fn resolve_identity<'a>(&'a self, _: &'a RuntimeComponents, _: &'a ConfigBag) -> IdentityFuture<'a> {
        IdentityFuture::ready(Ok(self.0.clone()))
    }

    fn cache_location(&self) -> IdentityCacheLocation {
        IdentityCacheLocation::IdentityResolver
    }
}

struct DynamoSigner {
    host: String,
    path: String,
    region: String,
    /// What follows the day in the scope of a signature.
    scope: String,
    /// The day, as `20261129`, and its key.
    key: Mutex<Option<(String, hmac::Key)>>,
    skew: ClockSkew,
    /// Signs what is sent again.
    repetitions: SigV4Signer,
}

/// Without the key.
impl fmt::Debug for DynamoSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamoSigner").field("host", &self.host).field("region", &self.region).finish_non_exhaustive()
    }
}

/// What is signed of a request, beside what all have in common.
struct Signable<'a> {
    content_type: &'a str,
    target: &'a str,
    body: &'a [u8],
}

struct Signature {
    /// `x-amz-date`
    date: String,
    authorization: String,
}

impl DynamoSigner {
    fn new(region: &str, endpoint: &str, skew: ClockSkew) -> Self {
        let (host, path) = host_and_path(endpoint);
        let (region, scope) = (region.to_owned(), format!("/{region}/dynamodb/aws4_request"));
        Self { host, path, region, scope, key: Mutex::default(), skew, repetitions: SigV4Signer::new() }
    }

    fn sign(&self, request: &Signable<'_>, credentials: &Credentials, now: SystemTime) -> Signature {
        let date = basic_date(now);
        let day = date.get(..8).unwrap_or_default();
        let (token, signed) = match credentials.session_token() {
            Some(token) => (format!("x-amz-security-token:{token}\n"), SIGNED_WITH_TOKEN),
            None => (String::new(), SIGNED),
        };
        let canonical = format!(
            "POST\n{}\n\ncontent-type:{}\nhost:{}\nx-amz-date:{date}\n{token}x-amz-target:{}\n\n{signed}\n{}",
            self.path,
            request.content_type,
            self.host,
            request.target,
            sha256(request.body)
        );
        let scope = format!("{day}{}", self.scope);
        let text = format!("{ALGORITHM}\n{date}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let signature = hex(self.tag(day, credentials, &text).as_ref());
        let authorization = format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={signed}, Signature={signature}",
            credentials.access_key_id()
        );
        Signature { date, authorization }
    }

    /// The tag of `text` under the key of the day.
    fn tag(&self, day: &str, credentials: &Credentials, text: &str) -> hmac::Tag {
        // A panic elsewhere leaves a key that is still one.
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, key) = match kept.take() {
            Some((of, key)) if of == day => kept.insert((of, key)),
            _ => kept.insert((day.to_owned(), self.derive(day, credentials))),
        };
        hmac::sign(key, text.as_bytes())
    }

    fn derive(&self, day: &str, credentials: &Credentials) -> hmac::Key {
        let secret = format!("AWS4{}", credentials.secret_access_key());
        let first = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        [day, &self.region, "dynamodb", "aws4_request"]
            .iter()
            .fold(first, |key, part| hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref()))
    }
}

impl Sign for DynamoSigner {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        identity: &Identity,
        endpoint: AuthSchemeEndpointConfig<'_>,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let is_repetition = config.load::<RequestAttempts>().is_some_and(|attempts| attempts.attempts() > 1);
        let headers = request.headers();
        let signable = (headers.get("content-type"), headers.get("x-amz-target"), request.body().bytes());
        let ((Some(content_type), Some(target), Some(body)), false) = (signable, is_repetition) else {
            // The SDK's signer corrects the clock by what DynamoDB answered to this very request, and takes any.
            return self.repetitions.sign_http_request(request, identity, endpoint, components, config);
        };
        let credentials = identity.data::<Credentials>().ok_or("no credentials")?;
        let now = self.skew.there(components.time_source().unwrap_or_default().now());
        let Signature { date, authorization } = self.sign(&Signable { content_type, target, body }, credentials, now);
        let headers = request.headers_mut();
        headers.try_insert("x-amz-date", date)?;
        headers.try_insert("authorization", authorization)?;
        if let Some(token) = credentials.session_token() {
            headers.try_insert("x-amz-security-token", token.to_owned())?;
        }
        Ok(())
    }
}

/// The host as the HTTP client sends it, without a port that the scheme has anyway, and the path.
fn host_and_path(endpoint: &str) -> (String, String) {
    let (scheme, rest) = endpoint.split_once("://").unwrap_or(("https", endpoint));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let usual = if scheme == "http" { ":80" } else { ":443" };
    (host.strip_suffix(usual).unwrap_or(host).to_owned(), format!("/{path}"))
}

/// The moment as `20261129T105426Z`.
fn basic_date(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX)).rfc3339().replace(['-', ':'], "")
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4;
    use aws_smithy_runtime_api::client::identity::Identity;

    use super::{ClockSkew, DynamoSigner, Signable, host_and_path};

    const ENDPOINT: &str = "https://dynamodb.eu-central-1.amazonaws.com";
    const TYPE: &str = "application/x-amz-json-1.0";
    const TARGET: &str = "DynamoDB_20120810.GetItem";

    /// What the SDK's own crate makes of the same request.
    fn by_the_sdk(credentials: &Credentials, body: &str, now: SystemTime) -> String {
        let identity = Identity::new(credentials.clone(), None);
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-central-1")
            .name("dynamodb")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let headers = [("content-type", TYPE), ("x-amz-target", TARGET)].into_iter();
        let body = SignableBody::Bytes(body.as_bytes());
        let request = SignableRequest::new("POST", format!("{ENDPOINT}/"), headers, body).unwrap();
        let (instructions, _) = sign(request, &params.into()).unwrap().into_parts();
        let (headers, _) = instructions.into_parts();
        headers.iter().find(|header| header.name() == "authorization").unwrap().value().to_owned()
    }

    #[test]
    fn a_request_is_signed_as_the_sdk_signs_it_on_every_day() {
        let signer = DynamoSigner::new("eu-central-1", ENDPOINT, ClockSkew::default());
        let midnight = UNIX_EPOCH + Duration::from_hours(498_936);
        for token in [None, Some("a token/of+sixty=characters".to_owned())] {
            let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", token, None, "a test");
            // Twice in one day, then in the next, whose key is another, then back.
            for seconds in [1, 2, 86_399, 86_400, 0] {
                let now = midnight + Duration::from_secs(seconds);
                for body in ["{}", r#"{"TableName":"core","Key":{"pk":{"S":"a"}}}"#] {
                    let request = Signable { content_type: TYPE, target: TARGET, body: body.as_bytes() };
                    let ours = signer.sign(&request, &credentials, now).authorization;
                    assert_eq!(ours, by_the_sdk(&credentials, body, now), "{seconds}");
                }
            }
        }
    }

    #[test]
    fn a_refusal_by_a_clock_that_differs_is_remembered_until_one_says_otherwise() {
        let (skew, ours) = (ClockSkew::default(), UNIX_EPOCH + Duration::from_hours(500_000));
        let (hour, date) = (Duration::from_hours(1), Some("Fri, 15 Jan 2027 09:00:00 GMT"));
        let signer = DynamoSigner::new("eu-central-1", ENDPOINT, skew.clone());
        for nothing in [None, Some("yesterday"), Some("Fri, 15 Jan 2027 08:03:59 GMT")] {
            skew.note(nothing, ours);
            assert_eq!(signer.skew.there(ours), ours, "{nothing:?}");
        }
        skew.note(date, ours);
        assert_eq!(signer.skew.there(ours), ours + hour);
        skew.note(date, ours + hour + hour);
        assert_eq!(signer.skew.there(ours), ours - hour);
        skew.note(date, ours + hour);
        assert_eq!(signer.skew.there(ours), ours, "the clock was put right");
    }

    #[test]
    fn the_host_is_signed_as_it_is_sent() {
        for (endpoint, host, path) in [
            (ENDPOINT, "dynamodb.eu-central-1.amazonaws.com", "/"),
            ("http://127.0.0.1:8000", "127.0.0.1:8000", "/"),
            ("http://localhost:80/", "localhost", "/"),
            ("https://localhost:443", "localhost", "/"),
            ("https://localhost:80/a/b", "localhost:80", "/a/b"),
        ] {
            assert_eq!(host_and_path(endpoint), (host.to_owned(), path.to_owned()), "{endpoint}");
        }
    }
}
