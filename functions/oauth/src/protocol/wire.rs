//! What machines are told: the errors of RFC 6749 §5.2, in one table.

use runtime::{Answer, COME_BACK, Cause, Cors, Dialect, Malformed, Preferences, Reason, WireError};
use serde_json::json;
use shared::app::resource::UnknownTarget;
use shared::clock::Seconds;
use shared::config::{Config, Origins};
use shared::limit::Quota;
use shared::oauth::document::NotMetadata;
use shared::service::quotas::NotInQuota;
use shared::store::{ClientConflict, NotExchanged, NotRotated, StoreError};
use shared::token::InvalidToken;

use crate::protocol::details::{self, NotDetails};
use crate::protocol::targets;

/// The OAuth API between machines.
#[derive(Clone, Copy, Debug)]
pub struct OauthApi;

impl Dialect for OauthApi {
    const NAME: &'static str = "oauth";
    type Error = OauthError;
    const CORS_HEADERS: &'static str = "content-type";

    fn quota(config: &Config) -> Quota {
        *config.rate_limit_default
    }

    /// The pages of a client that runs in browsers call these, from the origins that its owner registered.
    fn cors(_: &Origins) -> Cors<'_> {
        Cors::Registered
    }
}

/// The documents of the OAuth API that anybody may read: pages of every origin, too.
#[derive(Clone, Copy, Debug)]
pub struct OauthDocuments;

impl Dialect for OauthDocuments {
    const NAME: &'static str = OauthApi::NAME;
    type Error = OauthError;
    const CORS_HEADERS: &'static str = OauthApi::CORS_HEADERS;

    fn quota(config: &Config) -> Quota {
        OauthApi::quota(config)
    }

    fn cors(_: &Origins) -> Cors<'_> {
        Cors::Callers
    }
}

/// Everything that the protocol's endpoints refuse with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OauthError {
    /// The request is not one: what is wrong with it.
    InvalidRequest(&'static str),
    /// The client did not prove who it is.
    InvalidClient {
        /// Whether it tried by HTTP Basic, and is then told of the scheme.
        basic: bool,
    },
    /// The code or refresh token is not one of this client's, or the verifier or redirect URI does not match.
    InvalidGrant,
    /// The code or refresh token belonged to this client, and is expired or revoked.
    DeadGrant(InvalidToken),
    /// The code or refresh token was used before: what it gave is revoked.
    ReusedGrant,
    /// The device's user has not decided yet.
    AuthorizationPending,
    /// The device asked a moment ago.
    SlowDown,
    /// Nobody decided about the device in time.
    ExpiredToken,
    /// The device's user says no.
    AccessDenied,
    /// A grant type that the client is not registered for.
    UnauthorizedClient,
    /// A grant type that we do not have.
    UnsupportedGrantType,
    /// A client's own token (`client_credentials`). It has no session that could be ended.
    UnsupportedTokenType,
    /// More than what was granted.
    InvalidScope,
    /// `authorization_details` that cannot be read, or more than what was granted: what is wrong with them.
    InvalidDetails(&'static str),
    /// A `resource` that is not registered, that the user was not asked about, or that has to be named.
    InvalidTarget,
    /// A client that registers itself has no redirect URI, or one that cannot be registered.
    InvalidRedirectUri,
    /// What a client says of itself cannot be registered: what is wrong with it.
    InvalidClientMetadata(&'static str),
    /// Registration without a token, where it takes one.
    NoToken,
    /// The initial access token or the token of a registration is wrong.
    InvalidToken,
    /// No app of that id issues tokens here.
    UnknownIssuer,
    /// Nothing is served at the path.
    NotFound,
    /// The body is over 64 KiB.
    BodyTooLarge,
    /// The address has to wait.
    TooManyRequests {
        /// How long.
        retry_after: Seconds,
    },
    /// A dependency is down: the same request may succeed soon.
    Unavailable(Cause),
    /// Anything else.
    Internal(Cause),
}

impl OauthError {
    /// The table to the wire: status, `error`, `error_description`.
    const fn row(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidRequest(problem) => (400, "invalid_request", problem),
            Self::InvalidClient { .. } => {
                (401, "invalid_client", "The client is unknown, or its credentials are wrong.")
            }
            Self::InvalidGrant | Self::DeadGrant(_) | Self::ReusedGrant => {
                (400, "invalid_grant", "The code or refresh token is wrong, expired, used or of another client.")
            }
            Self::AuthorizationPending => (400, "authorization_pending", "The user has not decided yet."),
            Self::SlowDown => (400, "slow_down", "Wait five seconds longer before you ask again."),
            Self::ExpiredToken => {
                (400, "expired_token", "The user did not decide in time. Request another device code.")
            }
            Self::AccessDenied => (400, "access_denied", "The user denied the request."),
            Self::UnauthorizedClient => {
                (400, "unauthorized_client", "The client is not registered for this grant type.")
            }
            Self::UnsupportedGrantType => (400, "unsupported_grant_type", "The grant_type is not supported."),
            Self::UnsupportedTokenType => {
                (400, "unsupported_token_type", "A client's own token cannot be revoked. It expires within an hour.")
            }
            Self::InvalidScope => (400, "invalid_scope", "The scope exceeds what the user granted."),
            Self::InvalidDetails(problem) => (400, details::ERROR, problem),
            Self::InvalidTarget => (400, targets::ERROR, targets::UNKNOWN),
            Self::InvalidRedirectUri => {
                (400, "invalid_redirect_uri", "A redirect URI is missing or cannot be registered.")
            }
            Self::InvalidClientMetadata(problem) => (400, "invalid_client_metadata", problem),
            Self::NoToken => (401, "invalid_token", "Send the token as Authorization: Bearer."),
            Self::InvalidToken => (401, "invalid_token", "The token is wrong, expired or revoked."),
            Self::UnknownIssuer => (404, "not_found", "This issuer is unknown."),
            Self::NotFound => (404, "not_found", "Nothing is served at this address."),
            Self::BodyTooLarge => (413, "invalid_request", "The body is too large."),
            Self::TooManyRequests { .. } => (429, "temporarily_unavailable", "Too many requests. Try again later."),
            Self::Unavailable(_) => (503, "temporarily_unavailable", "The service is not available. Try again soon."),
            Self::Internal(_) => (500, "server_error", "Something went wrong on our side."),
        }
    }
}

impl WireError for OauthError {
    fn answer(&self, _: Preferences) -> Answer {
        let (status, error, description) = self.row();
        let answer = Answer::json(status, &json!({"error": error, "error_description": description}))
            // RFC 6749 §5.1, for caches of HTTP/1.0.
            .with("pragma", "no-cache");
        match self {
            Self::InvalidClient { basic: true } => answer.with("www-authenticate", "Basic realm=\"oauth2\""),
            // RFC 6750 §3.1: a request without credentials is told the scheme and nothing else.
            Self::NoToken => answer.with("www-authenticate", "Bearer"),
            Self::InvalidToken => answer.with("www-authenticate", "Bearer error=\"invalid_token\""),
            Self::TooManyRequests { retry_after } => answer.with("retry-after", retry_after.to_string()),
            Self::Unavailable(_) => answer.with("retry-after", COME_BACK.to_string()),
            _ => answer,
        }
    }

    runtime::say_cause!(Unavailable, Internal);

    fn reason(&self) -> Reason {
        match self {
            Self::InvalidRequest(_) => Reason::InvalidRequest,
            Self::InvalidClient { .. } => Reason::InvalidClient,
            Self::InvalidGrant => Reason::InvalidGrant,
            Self::DeadGrant(why) => (*why).into(),
            Self::ReusedGrant => Reason::SessionReused,
            Self::AuthorizationPending => Reason::AuthorizationPending,
            Self::SlowDown => Reason::SlowDown,
            Self::ExpiredToken => Reason::DeadCode,
            Self::AccessDenied => Reason::AccessDenied,
            Self::UnauthorizedClient => Reason::UnauthorizedClient,
            Self::UnsupportedGrantType => Reason::UnsupportedGrantType,
            Self::UnsupportedTokenType => Reason::UnsupportedTokenType,
            Self::InvalidScope => Reason::InvalidScope,
            Self::InvalidDetails(_) => Reason::InvalidAuthorizationDetails,
            Self::InvalidTarget => Reason::InvalidTarget,
            Self::InvalidRedirectUri => Reason::UnknownRedirectUri,
            Self::InvalidClientMetadata(_) => Reason::InvalidClientMetadata,
            Self::NoToken => Reason::NoToken,
            Self::InvalidToken => Reason::InvalidToken,
            Self::UnknownIssuer => Reason::UnknownIssuer,
            Self::NotFound => Reason::NotFound,
            Self::BodyTooLarge => Reason::BodyTooLarge,
            Self::TooManyRequests { .. } => Reason::RateLimited,
            Self::Unavailable(cause) | Self::Internal(cause) => cause.reason(),
        }
    }

    const EACH: &'static [Self] = runtime::one_of_each!(OauthError:
        InvalidRequest(""),
        InvalidClient { basic: true },
        InvalidGrant,
        DeadGrant(InvalidToken::Expired),
        ReusedGrant,
        AuthorizationPending,
        SlowDown,
        ExpiredToken,
        AccessDenied,
        UnauthorizedClient,
        UnsupportedGrantType,
        UnsupportedTokenType,
        InvalidScope,
        InvalidDetails(""),
        InvalidTarget,
        InvalidRedirectUri,
        InvalidClientMetadata(""),
        NoToken,
        InvalidToken,
        UnknownIssuer,
        NotFound,
        BodyTooLarge,
        TooManyRequests { retry_after: Seconds(1) },
        Unavailable(Cause::TooSlow),
        Internal(Cause::Panic),
    );
}

runtime::say_common_refusals!(OauthError);

impl From<Malformed> for OauthError {
    fn from(_: Malformed) -> Self {
        Self::InvalidRequest("The parameters cannot be read, or one was sent twice.")
    }
}

impl From<NotDetails> for OauthError {
    fn from(NotDetails(problem): NotDetails) -> Self {
        Self::InvalidDetails(problem)
    }
}

impl From<NotMetadata> for OauthError {
    fn from(error: NotMetadata) -> Self {
        match error {
            NotMetadata::RedirectUri => Self::InvalidRedirectUri,
            NotMetadata::Other(problem) => Self::InvalidClientMetadata(problem),
        }
    }
}

impl From<ClientConflict> for OauthError {
    fn from(conflict: ClientConflict) -> Self {
        match conflict {
            ClientConflict::Store(error) => error.into(),
            // A drawn id is taken, or the client was changed in the meantime: the same request succeeds.
            ClientConflict::Exists | ClientConflict::Changed => {
                let cause = "the client was changed in the meantime".to_owned();
                StoreError::Unavailable { operation: "TransactWriteItems", cause }.into()
            }
        }
    }
}

impl From<UnknownTarget> for OauthError {
    fn from(_: UnknownTarget) -> Self {
        Self::InvalidTarget
    }
}

impl From<NotExchanged> for OauthError {
    fn from(error: NotExchanged) -> Self {
        match error {
            NotExchanged::Dead(why) => Self::DeadGrant(why),
            NotExchanged::Reused => Self::ReusedGrant,
            NotExchanged::Store(error) => error.into(),
        }
    }
}

impl From<NotInQuota> for OauthError {
    fn from(error: NotInQuota) -> Self {
        match error {
            NotInQuota::TooOften(retry_after) => Self::TooManyRequests { retry_after },
            NotInQuota::Store(error) => error.into(),
        }
    }
}

impl From<NotRotated> for OauthError {
    fn from(error: NotRotated) -> Self {
        match error {
            NotRotated::Dead(why) => Self::DeadGrant(why),
            NotRotated::Reused => Self::ReusedGrant,
            NotRotated::Store(error) => error.into(),
        }
    }
}
