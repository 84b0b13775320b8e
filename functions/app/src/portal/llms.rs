//! The index of the documentation for language models (llmstxt.org): `docs/api/app.md#portal-and-guide`.

use runtime::{Admitted, Answer, Anyone, Endpoint, Gate, Output, Route};
use serde_json::{Value, json};

use super::context::Visit;
use super::packed::{PackedText, Taken};
use super::{FUNCTION, PortalContext};
use crate::wire::{AppApi, AppError};

/// `GET /llms.txt`: each page of the documentation in one line.
#[derive(Clone, Copy, Debug)]
pub struct Llms;

/// The index, as the client takes it.
#[derive(Debug)]
pub struct Index(Taken);

static TEXT: PackedText = PackedText::new("text/plain; charset=utf-8", include_bytes!("../../manual/llms.txt.gz"));

impl Endpoint for Llms {
    const ROUTE: Route = Route::get("app-llms", "/llms.txt").of(FUNCTION);
    const SUMMARY: &'static str = "Get an index of the documentation for language models. No credentials, not counted.";
    const COUNTED: bool = false;
    const ERRORS: &'static [AppError] = &[];
    type Dialect = AppApi;
    type Ctx = PortalContext;
    type Caller = Anyone;
    type Input = Taken;
    type Output = Index;

    async fn call(_: &Visit, _: Anyone, taken: Taken, gate: Gate<'_>) -> Result<Admitted<Index>, AppError> {
        Ok(gate.pass().await?.give(Index(taken)))
    }
}

impl Output for Index {
    const OTHERWISE: &'static [u16] = &[304];
    const MEDIA_TYPE: &'static str = "text/plain";

    fn answer(self) -> Answer {
        TEXT.answer(&self.0)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
