//! The dialect: its one table of refusals, in two languages.

use runtime::{
    Answer, COME_BACK, Cause, Cors, Dialect, Fields, Malformed, Output, Preferences, Reason, WireError, object_schema,
};
use serde_json::{Value, json};
use shared::clock::Seconds;
use shared::config::{Config, Origins};
use shared::limit::Quota;
use shared::oauth::memento::{ItemId, Memento};
use shared::store::{NotCreated, NotEdited};
use shared::token::InvalidToken;
use web::words::{self, Words, say};

use crate::protocol::wire::OauthApi;

/// What belongs to a user, as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Resources;

impl Dialect for Resources {
    const NAME: &'static str = "resources";
    type Error = ResourceError;
    const CORS_HEADERS: &'static str = web::origin::CORS_HEADERS;
    const RESOURCE_METADATA: Option<&'static str> = Some(crate::protocol::protected_resource::PATH);

    fn quota(config: &Config) -> Quota {
        OauthApi::quota(config)
    }

    fn cors(origins: &Origins) -> Cors<'_> {
        web::origin::cors(origins)
    }
}

/// Everything that is refused with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceError {
    /// The body must be a JSON object.
    Malformed,
    /// A member is missing or cannot be used.
    Invalid(&'static str),
    /// The body names another memento than the path.
    OtherMemento,
    /// The memento, or the grant, holds as much as it may.
    Full,
    /// Neither header nor cookie.
    NoToken,
    /// The token is not good, or not any more.
    InvalidToken(InvalidToken),
    /// A client's token only reads.
    ReadOnly,
    /// The token lacks the scope.
    MissingScope(&'static str),
    /// This is the user's own.
    NotForClients,
    /// A page of another site sent the request.
    ForeignOrigin,
    /// The user has no such memento, or the client was not let see it.
    UnknownMemento,
    /// The user has not connected such a client.
    UnknownGrant,
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

/// A refusal on the wire: status, `code`, and `detail`.
type Row = (u16, &'static str, Words);

impl ResourceError {
    /// The table to the wire.
    const fn row(&self) -> Row {
        match self {
            Self::Malformed => (400, "malformed_body", words::MALFORMED),
            Self::Invalid(_) => (400, "invalid_fields", words::INVALID),
            Self::OtherMemento => {
                (400, "other_memento", ["纪念品与地址不符", "The body names another memento than the path."])
            }
            Self::Full => (400, "too_many", ["数量超出上限", "That is more than it holds."]),
            Self::NoToken => (401, "not_authenticated", words::NO_TOKEN),
            Self::InvalidToken(_) => (401, "invalid_token", words::INVALID_TOKEN),
            Self::ReadOnly => (403, "insufficient_scope", ["应用只能读取", "OAuth tokens are read-only here."]),
            Self::MissingScope(_) => {
                (403, "insufficient_scope", ["令牌缺少所需的权限", "The token lacks the scope that this needs."])
            }
            Self::NotForClients => (
                403,
                "insufficient_scope",
                ["应用无权访问", "OAuth tokens are not accepted here; the user must call this."],
            ),
            Self::ForeignOrigin => (403, "foreign_origin", words::FOREIGN_ORIGIN),
            Self::UnknownMemento => (404, "unknown_memento", ["没有这个纪念品", "This memento does not exist."]),
            Self::UnknownGrant => (404, "unknown_grant", ["没有连接这个应用", "No such app is connected."]),
            Self::NotFound => (404, "not_found", words::NOT_FOUND),
            Self::BodyTooLarge => (413, "body_too_large", words::BODY_TOO_LARGE),
            Self::TooManyRequests { .. } => (429, "too_many_requests", words::TOO_MANY_REQUESTS),
            Self::Unavailable(_) => (503, "unavailable", words::UNAVAILABLE),
            Self::Internal(_) => (500, "internal_error", words::INTERNAL),
        }
    }
}

impl WireError for ResourceError {
    fn answer(&self, preferences: Preferences) -> Answer {
        let (status, code, words) = self.row();
        let mut body = json!({"detail": say(words, preferences.language), "code": code});
        if let Self::Invalid(field) = self {
            let problem = preferences.language.say("内容无效", "This cannot be used.");
            body["errors"] = json!({(*field): [problem]});
        }
        let answer = Answer::json(status, &body).with("content-language", preferences.language.tag());
        match self {
            Self::TooManyRequests { retry_after } => answer.with("retry-after", retry_after.to_string()),
            Self::Unavailable(_) => answer.with("retry-after", COME_BACK.to_string()),
            // RFC 6750 §3: who shows nothing is told nothing but the scheme.
            Self::NoToken => answer.with("www-authenticate", "Bearer"),
            Self::InvalidToken(_) => answer.with("www-authenticate", "Bearer error=\"invalid_token\""),
            Self::MissingScope(scope) => {
                answer.with("www-authenticate", format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""))
            }
            Self::ReadOnly | Self::NotForClients => {
                answer.with("www-authenticate", "Bearer error=\"insufficient_scope\"")
            }
            _ => answer,
        }
    }

    runtime::say_cause!(Unavailable, Internal);

    fn reason(&self) -> Reason {
        match self {
            Self::Malformed => Reason::MalformedBody,
            Self::Invalid(_) => Reason::InvalidFields,
            Self::OtherMemento => Reason::OtherMemento,
            Self::Full => Reason::TooManyMementos,
            Self::NoToken => Reason::NoToken,
            Self::InvalidToken(why) => (*why).into(),
            Self::ReadOnly => Reason::ReadOnlyToken,
            Self::MissingScope(_) => Reason::MissingScope,
            Self::NotForClients => Reason::NotForClients,
            Self::ForeignOrigin => Reason::ForeignOrigin,
            Self::UnknownMemento => Reason::UnknownMemento,
            Self::UnknownGrant => Reason::UnknownGrant,
            Self::NotFound => Reason::NotFound,
            Self::BodyTooLarge => Reason::BodyTooLarge,
            Self::TooManyRequests { .. } => Reason::RateLimited,
            Self::Unavailable(cause) | Self::Internal(cause) => cause.reason(),
        }
    }

    const EACH: &'static [Self] = runtime::one_of_each!(ResourceError:
        Malformed,
        Invalid("name"),
        OtherMemento,
        Full,
        NoToken,
        InvalidToken(InvalidToken::Unknown),
        ReadOnly,
        MissingScope("openid"),
        NotForClients,
        ForeignOrigin,
        UnknownMemento,
        UnknownGrant,
        NotFound,
        BodyTooLarge,
        TooManyRequests { retry_after: Seconds(1) },
        Unavailable(Cause::TooSlow),
        Internal(Cause::Panic),
    );
}

runtime::say_common_refusals!(ResourceError);
web::say_not_signed_in!(ResourceError);

impl From<Malformed> for ResourceError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<NotCreated> for ResourceError {
    fn from(error: NotCreated) -> Self {
        match error {
            NotCreated::TooMany => Self::Full,
            NotCreated::NoUser => Self::InvalidToken(InvalidToken::NoUser),
            NotCreated::Store(error) => error.into(),
        }
    }
}

impl From<NotEdited> for ResourceError {
    fn from(error: NotEdited) -> Self {
        match error {
            NotEdited::Unknown => Self::UnknownMemento,
            NotEdited::Full(_) => Self::Full,
            NotEdited::Store(error) => error.into(),
        }
    }
}

/// It is done: exactly 204.
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

impl Output for NoContent {
    const STATUS: u16 = 204;
    const MEDIA_TYPE: &'static str = "";

    fn answer(self) -> Answer {
        Answer::empty(204)
    }

    fn schema() -> Value {
        Value::Null
    }
}

/// Ids of documents or folders; none where there is no such member.
pub(crate) fn item_ids(fields: &Fields, name: &'static str) -> Result<Vec<ItemId>, ResourceError> {
    let Some(value) = fields.value(name).filter(|value| !value.is_null()) else { return Ok(Vec::new()) };
    let ids: Vec<ItemId> = serde_json::from_value(value.clone()).map_err(|_| ResourceError::Invalid(name))?;
    if ids.iter().all(ItemId::fits) { Ok(ids) } else { Err(ResourceError::Invalid(name)) }
}

/// Ids of ours: a list of strings that must be there.
pub(crate) fn ids(fields: &Fields, name: &'static str) -> Result<Vec<String>, ResourceError> {
    let value = fields.value(name).ok_or(ResourceError::Invalid(name))?;
    serde_json::from_value(value.clone()).map_err(|_| ResourceError::Invalid(name))
}

/// `{"id", "name", "document_ids", "folder_ids", "created", "modified"}`
pub(crate) fn memento_json(memento: &Memento) -> Value {
    json!({
        "id": memento.id.as_str(),
        "name": memento.name.as_str(),
        "document_ids": memento.documents,
        "folder_ids": memento.folders,
        "created": memento.created.rfc3339(),
        "modified": memento.modified.rfc3339(),
    })
}

pub(crate) fn memento_schema() -> Value {
    let ids = || json!({"type": "array", "items": {"type": ["string", "integer"]}});
    let moment = || json!({"type": "string", "format": "date-time"});
    object_schema(&[
        ("id", json!({"type": "string"})),
        ("name", json!({"type": "string"})),
        ("document_ids", ids()),
        ("folder_ids", ids()),
        ("created", moment()),
        ("modified", moment()),
    ])
}
