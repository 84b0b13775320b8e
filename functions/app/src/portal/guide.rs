//! The guide as a file: `docs/api/app.md#portal-and-guide`.

use askama::Template;
use runtime::{Admitted, Answer, Anyone, Endpoint, Gate, Output, Route};
use serde_json::{Value, json};
use shared::config::Config;
use shared::language::Language;

use super::context::Visit;
use super::reader::Reader;
use super::{FUNCTION, PortalContext};
use crate::wire::{AppApi, AppError};

/// `GET /docs.md`: the guide that the page shows, as a Markdown attachment.
#[derive(Clone, Copy, Debug)]
pub struct Guide;

/// The guide in a language, with this deployment's figures.
#[derive(Debug)]
pub struct Markdown {
    text: String,
    language: Language,
}

impl Endpoint for Guide {
    const ROUTE: Route = Route::get("app-docs", "/docs.md").of(FUNCTION);
    const SUMMARY: &'static str = "Download the integration guide as a Markdown file. No credentials, not counted.";
    const COUNTED: bool = false;
    const ERRORS: &'static [AppError] = &[];
    type Dialect = AppApi;
    type Ctx = PortalContext;
    type Caller = Anyone;
    type Input = Reader;
    type Output = Markdown;

    async fn call(at: &Visit, _: Anyone, reader: Reader, gate: Gate<'_>) -> Result<Admitted<Markdown>, AppError> {
        let language = reader.language(at.config());
        let Facts { base_url, limit, window } = Facts::of(at.config(), language);
        let text = match language {
            Language::Chinese => super::page::render(&GuideZh { base_url, limit, window }),
            Language::English => super::page::render(&GuideEn { base_url, limit, window }),
        };
        Ok(gate.pass().await?.give(Markdown { text, language }))
    }
}

impl Output for Markdown {
    const MEDIA_TYPE: &'static str = "text/markdown";

    fn answer(self) -> Answer {
        Answer::text("text/markdown; charset=utf-8", self.text)
            .with("content-disposition", "attachment; filename=\"auth-api.md\"")
            .with("content-language", self.language.tag())
            .with("vary", "accept-language")
            // Any cache may keep it for a while; it changes with a deployment.
            .with("cache-control", "public, max-age=300")
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

/// What differs between deployments and is said in the guide.
pub(super) struct Facts<'a> {
    pub(super) base_url: &'a str,
    pub(super) limit: u32,
    pub(super) window: String,
}

impl<'a> Facts<'a> {
    pub(super) fn of(config: &'a Config, language: Language) -> Self {
        let seconds = config.rate_limit_app.window.0;
        let (number, unit) = match (seconds % 60, language) {
            (0, Language::Chinese) => (seconds / 60, "分钟"),
            (0, Language::English) => (seconds / 60, "minutes"),
            (_, Language::Chinese) => (seconds, "秒"),
            (_, Language::English) => (seconds, "seconds"),
        };
        Self { base_url: &config.public_url, limit: config.rate_limit_app.limit, window: format!("{number} {unit}") }
    }
}

#[derive(Template)]
#[template(path = "guide.zh.md", escape = "none")]
struct GuideZh<'a> {
    base_url: &'a str,
    limit: u32,
    window: String,
}

#[derive(Template)]
#[template(path = "guide.en.md", escape = "none")]
struct GuideEn<'a> {
    base_url: &'a str,
    limit: u32,
    window: String,
}
