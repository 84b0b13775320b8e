//! What a client is told by way of the browser where its request cannot be served (RFC 6749 §4.1.2.1).

use runtime::Reason;
use shared::app::resource::UnknownTarget;

use crate::protocol::details::{self, NotDetails};
use crate::protocol::targets;

/// The errors of an authorization request, as `docs/api/oauth.md#errors-of-authorize` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorizeError {
    /// A parameter that we use came twice, or is not text.
    Ambiguous,
    /// `request` (OpenID Connect Core §6.1). To pass it over would be to answer another request than the one that was made.
    RequestObject,
    /// `request_uri`, likewise.
    RequestUri,
    /// `registration` (OpenID Connect Core §7.2.1), likewise.
    Registration,
    /// There is no `response_type`.
    NoResponseType,
    /// It is not `code`.
    ResponseType,
    /// The `response_mode` is none of ours.
    ResponseMode,
    /// Neither `state` nor `code_challenge` (RFC 9700 §2.1).
    NoState,
    /// A public client sent no `code_challenge`.
    PublicWithoutChallenge,
    /// A client sent none that has to use PKCE.
    NoChallenge,
    /// There is a method, and no challenge.
    MethodAlone,
    /// The challenge is not a SHA-256 hash.
    Challenge,
    /// The method is not `S256`.
    ChallengeMethod,
    /// The `authorization_details` cannot be read.
    Details(&'static str),
    /// A `resource` that is not registered.
    Target,
    /// The `id_token_hint` is not ours.
    Hint,
    /// The `nonce` is too long.
    Nonce,
    /// The prompt `none` beside another.
    Prompt,
    /// The `max_age` is not a number.
    MaxAge,
    /// The `claims` cannot be read.
    Claims,
    /// The client does not do without a class of sign-in that cannot be had (Core Unmet Authentication Requirements 1.0).
    Unmet,
    /// No page may be shown, and the user would have to sign in (OpenID Connect Core §3.1.2.6).
    LoginRequired,
    /// No page may be shown, and the user would have to agree.
    ConsentRequired,
    /// The user refused.
    AccessDenied,
}

impl AuthorizeError {
    /// One of each.
    pub const EACH: &'static [Self] = runtime::one_of_each!(AuthorizeError:
        Ambiguous,
        RequestObject,
        RequestUri,
        Registration,
        NoResponseType,
        ResponseType,
        ResponseMode,
        NoState,
        PublicWithoutChallenge,
        NoChallenge,
        MethodAlone,
        Challenge,
        ChallengeMethod,
        Details(""),
        Target,
        Hint,
        Nonce,
        Prompt,
        MaxAge,
        Claims,
        Unmet,
        LoginRequired,
        ConsentRequired,
        AccessDenied,
    );

    /// `error` and `error_description`.
    #[must_use]
    pub const fn row(self) -> (&'static str, Option<&'static str>) {
        let invalid = "invalid_request";
        let (error, description) = match self {
            Self::Ambiguous => (invalid, "A parameter was sent twice or cannot be read."),
            Self::RequestObject => ("request_not_supported", "Send the parameters themselves."),
            Self::RequestUri => ("request_uri_not_supported", "Send the parameters themselves."),
            Self::Registration => ("registration_not_supported", "Clients are registered beforehand."),
            Self::NoResponseType => (invalid, "The response_type is missing."),
            Self::ResponseType => ("unsupported_response_type", "The response_type must be code."),
            Self::ResponseMode => (invalid, "The response_mode must be query or form_post."),
            Self::NoState => (invalid, "Send a state, or a code_challenge."),
            Self::PublicWithoutChallenge => (invalid, "A public client sends a code_challenge."),
            Self::NoChallenge => (invalid, "Send a code_challenge: this client has to use PKCE."),
            Self::MethodAlone => (invalid, "The code_challenge is missing."),
            Self::Challenge => (invalid, "The code_challenge must be a SHA-256 hash in base64url."),
            Self::ChallengeMethod => (invalid, "The code_challenge_method must be S256."),
            Self::Details(description) => (details::ERROR, description),
            Self::Target => (targets::ERROR, targets::UNKNOWN),
            Self::Hint => (invalid, "The id_token_hint is not an ID token of this issuer."),
            Self::Nonce => (invalid, "The nonce is longer than 512 bytes."),
            Self::Prompt => (invalid, "prompt=none cannot be combined with other values."),
            Self::MaxAge => (invalid, "The max_age must be a number of seconds."),
            Self::Claims => (invalid, "The claims must be a JSON object with the members userinfo or id_token."),
            Self::Unmet => ("unmet_authentication_requirements", "This user cannot reach the essential acr."),
            Self::LoginRequired => ("login_required", "A page would have to be shown."),
            Self::ConsentRequired => ("consent_required", "A page would have to be shown."),
            Self::AccessDenied => return ("access_denied", None),
        };
        (error, Some(description))
    }

    /// Its name for the log.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Details(_) => Reason::InvalidAuthorizationDetails,
            Self::Target => Reason::InvalidTarget,
            Self::RequestObject | Self::RequestUri | Self::Registration | Self::ResponseType | Self::Unmet => {
                Reason::AuthorizationError
            }
            Self::LoginRequired => Reason::LoginRequired,
            Self::ConsentRequired => Reason::ConsentRequired,
            Self::AccessDenied => Reason::AccessDenied,
            Self::Ambiguous
            | Self::NoResponseType
            | Self::ResponseMode
            | Self::NoState
            | Self::PublicWithoutChallenge
            | Self::NoChallenge
            | Self::MethodAlone
            | Self::Challenge
            | Self::ChallengeMethod
            | Self::Hint
            | Self::Nonce
            | Self::Prompt
            | Self::MaxAge
            | Self::Claims => Reason::InvalidRequest,
        }
    }
}

impl From<NotDetails> for AuthorizeError {
    fn from(NotDetails(description): NotDetails) -> Self {
        Self::Details(description)
    }
}

impl From<UnknownTarget> for AuthorizeError {
    fn from(_: UnknownTarget) -> Self {
        Self::Target
    }
}
