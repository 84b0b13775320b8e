//! `POST /api/v1/mementos`: create a memento.

use runtime::{Admitted, Answer, Ctx, Endpoint, Fields, Gate, Input, Moment, Output, Request, Route};
use serde_json::{Value, json};
use shared::oauth::memento::{Edit, ItemId, Memento, MementoName};
use shared::token::InvalidToken;

use super::{FUNCTION, PATH};
use crate::resources::{Holder, ResourceError, Resources, item_ids, memento_json, memento_schema};

/// `POST /api/v1/mementos`: makes a memento, empty unless the body says what is in it.
#[derive(Clone, Copy, Debug)]
pub struct Create;

/// `{"name"}`, and `document_ids` and `folder_ids` if wanted.
#[derive(Debug)]
pub struct NewMemento {
    name: MementoName,
    documents: Vec<ItemId>,
    folders: Vec<ItemId>,
}

/// The new memento.
#[derive(Debug)]
pub struct Created(Memento);

impl Endpoint for Create {
    const ROUTE: Route = Route::post("oauth-create-memento", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Create a memento.";
    const ERRORS: &'static [ResourceError] = &[
        ResourceError::Malformed,
        ResourceError::Invalid("name"),
        ResourceError::Full,
        ResourceError::NoToken,
        ResourceError::InvalidToken(InvalidToken::Unknown),
        ResourceError::ReadOnly,
        ResourceError::ForeignOrigin,
    ];
    type Dialect = Resources;
    type Ctx = Ctx;
    type Caller = Holder;
    type Input = NewMemento;
    type Output = Created;

    async fn call(
        at: &Moment,
        caller: Holder,
        body: NewMemento,
        gate: Gate<'_>,
    ) -> Result<Admitted<Created>, ResourceError> {
        caller.person()?;
        let pass = gate.pass().await?;
        let (app, user) = (caller.app(), caller.user().id);
        let content = Edit { add: body.documents, folder_add: body.folders, ..Edit::default() };
        let memento = Memento::new(body.name, user, app, at.ring().await?, &at.random, at.precise);
        let memento = memento.edited(&content, at.now).map_err(|_| ResourceError::Full)?;
        at.store.create_memento(app, user, &memento).await?;
        Ok(pass.give(Created(memento)))
    }
}

impl Input<Create> for NewMemento {
    fn parse(request: &Request) -> Result<Self, ResourceError> {
        let fields = Fields::parse(request.body(), &["name", "document_ids", "folder_ids"])?;
        let name = fields.text("name").and_then(|text| MementoName::read(text).ok());
        Ok(Self {
            name: name.ok_or(ResourceError::Invalid("name"))?,
            documents: item_ids(&fields, "document_ids")?,
            folders: item_ids(&fields, "folder_ids")?,
        })
    }

    fn schema() -> Option<Value> {
        let ids = || json!({"type": "array", "items": {"type": ["string", "integer"]}});
        Some(json!({
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 200},
                "document_ids": ids(),
                "folder_ids": ids(),
            },
        }))
    }
}

impl Output for Created {
    const STATUS: u16 = 201;

    fn answer(self) -> Answer {
        Answer::json(201, &memento_json(&self.0)).with("location", format!("{PATH}/{}/", self.0.id))
    }

    fn schema() -> Value {
        memento_schema()
    }
}
