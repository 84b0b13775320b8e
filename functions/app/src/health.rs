//! Whether the service answers: `docs/api/app.md#health`.

use runtime::{Admitted, Answer, Anyone, Endpoint, Gate, NoInput, Output, Route, Storeless};
use serde::Serialize;
use serde_json::{Value, json};

use crate::wire::{AppApi, AppError, object_schema};

/// `GET /health`: the function answers. It asks no store, so it says nothing about one.
#[derive(Clone, Copy, Debug)]
pub struct Health;

/// `{"status": "ok", "version": …}`
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Healthy {
    status: &'static str,
    version: &'static str,
}

impl Endpoint for Health {
    const ROUTE: Route = Route::get("app-health", "/health");
    const SUMMARY: &'static str = "Show that the service answers, and its version. No credentials, not counted.";
    const COUNTED: bool = false;
    const ERRORS: &'static [AppError] = &[];
    type Dialect = AppApi;
    type Ctx = Storeless;
    type Caller = Anyone;
    type Input = NoInput;
    type Output = Healthy;

    async fn call(_: &Storeless, _: Anyone, _: NoInput, gate: Gate<'_>) -> Result<Admitted<Healthy>, AppError> {
        Ok(gate.pass().await?.give(Healthy { status: "ok", version: env!("CARGO_PKG_VERSION") }))
    }
}

impl Output for Healthy {
    fn answer(self) -> Answer {
        Answer::json(200, &self)
    }

    fn schema() -> Value {
        object_schema(&[("status", json!({"const": "ok"})), ("version", json!({"type": "string"}))])
    }
}
