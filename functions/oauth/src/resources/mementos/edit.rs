//! `POST /api/v1/mementos/memento_document/{id}`: change the documents of a memento.

use runtime::{Admitted, Ctx, Endpoint, Fields, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::oauth::memento::Edit as Change;
use shared::token::InvalidToken;

use super::FUNCTION;
use super::show::{MementoInPath, OneMemento};
use crate::resources::{Holder, ResourceError, Resources, item_ids};

/// `POST /api/v1/mementos/memento_document/{id}`: puts things in and takes others out.
#[derive(Clone, Copy, Debug)]
pub struct Edit;

/// `{"memento", "add", "folder_add", "remove", "folder_remove"}`
#[derive(Debug)]
pub struct EditBody {
    id: MementoInPath,
    change: Change,
}

impl Endpoint for Edit {
    const ROUTE: Route = Route::post("oauth-edit-memento", "/api/v1/mementos/memento_document/{id}").of(FUNCTION);
    const SUMMARY: &'static str = "Add documents and folders to a memento, or remove them.";
    const ERRORS: &'static [ResourceError] = &[
        ResourceError::Malformed,
        ResourceError::Invalid("add"),
        ResourceError::OtherMemento,
        ResourceError::Full,
        ResourceError::NoToken,
        ResourceError::InvalidToken(InvalidToken::Unknown),
        ResourceError::ReadOnly,
        ResourceError::ForeignOrigin,
        ResourceError::UnknownMemento,
    ];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = Holder;
    type Input = EditBody;
    type Output = OneMemento;

    async fn call(
        at: &Moment,
        caller: Holder,
        body: EditBody,
        gate: Gate<'_>,
    ) -> Result<Admitted<OneMemento>, ResourceError> {
        caller.person()?;
        let pass = gate.pass().await?;
        let id = caller.memento(at, &body.id.0).await?;
        let edited = at.store.edit_memento(caller.app(), caller.user().id, &id, &body.change, at.now).await?;
        Ok(pass.give(OneMemento(edited)))
    }
}

impl Input<Edit> for EditBody {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        let (id, fields) = (
            MementoInPath::read(request),
            Fields::parse(request.body(), &["memento", "add", "folder_add", "remove", "folder_remove"])?,
        );
        match fields.value("memento") {
            None | Some(Value::Null) => {}
            Some(Value::String(named)) if *named == id.0 => {}
            Some(_) => return Err(ResourceError::OtherMemento),
        }
        let change = Change {
            add: item_ids(&fields, "add")?,
            folder_add: item_ids(&fields, "folder_add")?,
            remove: item_ids(&fields, "remove")?,
            folder_remove: item_ids(&fields, "folder_remove")?,
        };
        Ok(Self { id, change })
    }

    fn schema() -> Option<Value> {
        let ids = || json!({"type": "array", "items": {"type": ["string", "integer"]}});
        Some(json!({
            "type": "object",
            "properties": {
                "memento": {"type": "string"},
                "add": ids(),
                "folder_add": ids(),
                "remove": ids(),
                "folder_remove": ids(),
            },
        }))
    }
}
