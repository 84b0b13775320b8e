//! The dialect: the Browser API's refusals, and a few more.

use browser::wire::{BrowserApi, BrowserError};
use runtime::{Answer, Cors, Dialect, Fields, Malformed, Manner, Reason, Refusal, Refused, object_schema};
use serde_json::{Value, json};
use shared::config::{Config, Origins};
use shared::limit::Quota;
use shared::oauth::memento::{ItemId, Memento};
use shared::store::{NotEdited, StoreError};

use crate::wire::OauthApi;

/// What belongs to a user, as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Resources;

impl Dialect for Resources {
    const NAME: &'static str = "resources";
    type Error = ResourceError;
    const CORS_HEADERS: &'static str = BrowserApi::CORS_HEADERS;

    fn quota(config: &Config) -> Quota {
        OauthApi::quota(config)
    }

    fn cors(origins: &Origins) -> Cors<'_> {
        BrowserApi::cors(origins)
    }
}

/// Everything that is refused with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceError {
    /// What the Browser API refuses with, too.
    Browser(BrowserError),
    /// A member is missing or cannot be used.
    Invalid(&'static str),
    /// The user has no such memento, or the client was not let see it.
    UnknownMemento,
    /// The user has not connected such a client.
    UnknownGrant,
    /// The body names another memento than the path.
    OtherMemento,
    /// The memento, or the grant, holds as much as it may.
    Full,
    /// A client's token only reads.
    ReadOnly,
    /// This is the user's own.
    NotForClients,
}

impl ResourceError {
    /// The table to the wire: status, `code`, and `detail` in Chinese and in English. The Browser API's refusals are in its own.
    const fn row(&self) -> Result<(u16, &'static str, [&'static str; 2]), &BrowserError> {
        Ok(match self {
            Self::Browser(error) => return Err(error),
            Self::Invalid(_) => (400, "invalid_fields", ["请检查填写的内容", "Check what you have filled in."]),
            Self::UnknownMemento => (404, "unknown_memento", ["没有这个备忘集", "There is no such memento."]),
            Self::UnknownGrant => (404, "unknown_grant", ["没有连接这个应用", "No such app is connected."]),
            Self::OtherMemento => {
                (400, "other_memento", ["备忘集与地址不符", "The body names another memento than the path."])
            }
            Self::Full => (400, "too_many", ["数量超出上限", "That is more than it holds."]),
            Self::ReadOnly => (403, "insufficient_scope", ["应用只能读取", "OAuth tokens are read-only here."]),
            Self::NotForClients => (
                403,
                "insufficient_scope",
                ["应用无权访问", "OAuth tokens are not accepted here; the user must call this."],
            ),
        })
    }
}

impl Refused for ResourceError {
    fn answer(&self, manner: Manner) -> Answer {
        let (status, code, words) = match self.row() {
            Ok(row) => row,
            Err(error) => return error.answer(manner),
        };
        let say = |[chinese, english]: [&'static str; 2]| manner.language.say(chinese, english);
        let mut body = json!({"detail": say(words), "code": code});
        if let Self::Invalid(field) = self {
            let problem = manner.language.say("内容无效", "This cannot be used.");
            body["errors"] = json!({(*field): [problem]});
        }
        let answer = Answer::json(status, &body).with("content-language", manner.language.tag());
        match self {
            Self::ReadOnly | Self::NotForClients => {
                answer.with("www-authenticate", "Bearer error=\"insufficient_scope\"")
            }
            _ => answer,
        }
    }

    fn cause(&self) -> Option<String> {
        match self {
            Self::Browser(error) => error.cause(),
            _ => None,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Browser(error) => error.reason(),
            Self::Invalid(_) => Reason::InvalidFields,
            Self::UnknownMemento => Reason::UnknownMemento,
            Self::UnknownGrant => Reason::UnknownGrant,
            Self::OtherMemento => Reason::OtherMemento,
            Self::Full => Reason::TooManyMementos,
            Self::ReadOnly => Reason::ReadOnlyToken,
            Self::NotForClients => Reason::NotForClients,
        }
    }

    const EACH: &'static [Self] = runtime::one_of_each!(ResourceError:
        Browser(BrowserError::NoToken),
        Invalid("name"),
        UnknownMemento,
        UnknownGrant,
        OtherMemento,
        Full,
        ReadOnly,
        NotForClients,
    );
}

impl From<BrowserError> for ResourceError {
    fn from(error: BrowserError) -> Self {
        Self::Browser(error)
    }
}

impl From<Refusal> for ResourceError {
    fn from(refusal: Refusal) -> Self {
        Self::Browser(refusal.into())
    }
}

impl From<StoreError> for ResourceError {
    fn from(error: StoreError) -> Self {
        Self::Browser(error.into())
    }
}

impl From<Malformed> for ResourceError {
    fn from(error: Malformed) -> Self {
        Self::Browser(error.into())
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
