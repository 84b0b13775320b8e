//! The OpenAPI document of all APIs: `docs/api/app.md#portal-and-guide`.

use runtime::{Admitted, Answer, Anyone, Endpoint, Gate, Output, Route};
use serde_json::{Value, json};

use super::context::Visit;
use super::packed::{PackedText, Taken};
use super::{FUNCTION, PortalContext};
use crate::wire::{AppApi, AppError};

/// `GET /openapi.json`: what generators of clients read.
#[derive(Clone, Copy, Debug)]
pub struct OpenApi;

/// The document, as the client takes it.
#[derive(Debug)]
pub struct Definition(Taken);

static TEXT: PackedText =
    PackedText::new("application/json; charset=utf-8", include_bytes!("../../manual/openapi.json.gz"));

impl Endpoint for OpenApi {
    const ROUTE: Route = Route::get("app-openapi", "/openapi.json").of(FUNCTION);
    const SUMMARY: &'static str = "Get the OpenAPI document of all APIs. No credentials, not counted.";
    const COUNTED: bool = false;
    const ERRORS: &'static [AppError] = &[];
    type Dialect = AppApi;
    type Ctx = PortalContext;
    type Caller = Anyone;
    type Input = Taken;
    type Output = Definition;

    async fn call(_: &Visit, _: Anyone, taken: Taken, gate: Gate<'_>) -> Result<Admitted<Definition>, AppError> {
        Ok(gate.pass().await?.give(Definition(taken)))
    }
}

impl Output for Definition {
    const OTHERWISE: &'static [u16] = &[304];
    // Not application/json: the guide has a section for each operation that answers with fields of its own.
    const MEDIA_TYPE: &'static str = "*/*";

    fn answer(self) -> Answer {
        TEXT.answer(&self.0)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
