//! The portal's page: `docs/api/app.md#portal-and-guide`.

use askama::Template;
use runtime::{Admitted, Answer, Anyone, Endpoint, Gate, Output, Route};
use serde_json::{Value, json};
use shared::language::Language;
use shared::service::listing::Listed;
use web::Opener;

use super::assets::{ICON, SCRIPT, STYLE, TOOLS};
use super::context::Visit;
use super::guide::Facts;
use super::reader::Reader;
use super::{FUNCTION, PortalContext};
use crate::wire::{AppApi, AppError};

/// `GET /`: what the API is, forms to try it, the apps that chose to be shown, and the guide.
///
/// The page holds no secret. It keeps what is typed in memory only; it is itself not to be stored, because the link in
/// a reset mail opens it with the token in its address.
#[derive(Clone, Copy, Debug)]
pub struct Page;

/// The page in a language.
#[derive(Debug)]
pub struct Html {
    text: String,
    language: Language,
}

/// Nothing inline, nothing from elsewhere, and no place to send what is typed but this service.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                                       connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

impl Endpoint for Page {
    const ROUTE: Route = Route::get("app-portal", "/").of(FUNCTION);
    const SUMMARY: &'static str = "Show the portal: forms to try the API, and the guide. No credentials, not counted.";
    const COUNTED: bool = false;
    const ERRORS: &'static [AppError] = &[];
    type Dialect = AppApi;
    type Ctx = PortalContext;
    type Caller = Anyone;
    type Input = Reader;
    type Output = Html;

    async fn call(at: &Visit, _: Anyone, reader: Reader, gate: Gate<'_>) -> Result<Admitted<Html>, AppError> {
        let language = reader.language(at.config());
        let Facts { base_url, limit, window } = Facts::of(at.config(), language);
        let docs = reader.chosen.map_or("/docs.md".to_owned(), |chosen| format!("/docs.md?lang={}", chosen.tag()));
        let manual = format!("/docs/overview?lang={}", language.tag());
        let page = PageTemplate {
            language,
            style: STYLE.path(),
            script: SCRIPT.path(),
            tools: TOOLS.path(),
            icon: ICON.path(),
            docs,
            manual,
            listed: at.listed().await,
            base_url,
            limit,
            window,
        };
        Ok(gate.pass().await?.give(Html { text: render(&page), language }))
    }
}

impl Output for Html {
    const MEDIA_TYPE: &'static str = "text/html";

    fn answer(self) -> Answer {
        let page = Answer::text("text/html; charset=utf-8", self.text)
            .with("content-language", self.language.tag())
            .with("vary", "accept-language");
        framed(page)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

/// The page with the headers of every page of the portal.
pub(super) fn framed(page: Answer) -> Answer {
    let page = page.with("content-security-policy", CONTENT_SECURITY_POLICY).with("referrer-policy", "no-referrer");
    web::secured(page, Opener::Cut)
}

#[expect(clippy::expect_used, reason = "a template of strings and numbers fails only when a String does")]
pub(super) fn render(template: &impl Template) -> String {
    template.render().expect("renders")
}

#[derive(Template)]
#[template(path = "portal.html")]
struct PageTemplate<'a> {
    language: Language,
    style: String,
    script: String,
    tools: String,
    icon: String,
    docs: String,
    manual: String,
    listed: Option<Listed>,
    base_url: &'a str,
    limit: u32,
    window: String,
}

impl PageTemplate<'_> {
    /// The text in the page's language. Both stand side by side in the template, so neither can be forgotten.
    const fn say(&self, chinese: &'static str, english: &'static str) -> &'static str {
        match self.language {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    fn is_chinese(&self) -> bool {
        self.language == Language::Chinese
    }
}
