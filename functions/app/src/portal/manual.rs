//! The pages of the documentation: `docs/api/app.md#portal-and-guide`.

use runtime::{Admitted, Answer, Anyone, Endpoint, Gate, Input, Operation, Output, Reason, Request, Route};
use serde_json::{Value, json};

use super::assets::not_found;
use super::context::Visit;
use super::packed::{PackedText, Taken};
use super::page::framed;
use super::{FUNCTION, PortalContext};
use crate::wire::{AppApi, AppError};

/// `GET /docs/{page}`: a page of the documentation, with a form for each operation that it describes.
#[derive(Clone, Copy, Debug)]
pub struct Manual;

/// A page of the documentation.
#[derive(Debug)]
pub struct ManualPage {
    /// Its name in the address.
    pub name: &'static str,
    /// What the side navigation calls it.
    pub title: &'static str,
    /// What it is for, in one line.
    pub about: &'static str,
    /// The file under `docs/` that it is made from.
    pub source: &'static str,
    /// The tags of the operations in `docs/openapi.json` that it has forms for.
    pub tags: &'static [&'static str],
    text: PackedText,
}

/// The text of a page, which `cargo dev gen` writes.
macro_rules! packed_page {
    ($name:literal) => {
        PackedText::new("text/html; charset=utf-8", include_bytes!(concat!("../../manual/", $name, ".html.gz")))
    };
}

/// Every page, in the order of the side navigation.
pub const MANUAL: &[ManualPage] = &[
    ManualPage {
        name: "overview",
        title: "Overview",
        about: "the four APIs, every route, and the rules that hold for all of them",
        source: "api/README.md",
        tags: &[],
        text: packed_page!("overview"),
    },
    ManualPage {
        name: "app",
        title: "App API",
        about: "for phone apps and for clients of several apps; a token in JSON",
        source: "api/app.md",
        tags: &["app"],
        text: packed_page!("app"),
    },
    ManualPage {
        name: "browser",
        title: "Browser API",
        about: "for your own web front ends; cookies that scripts cannot read",
        source: "api/browser.md",
        tags: &["browser"],
        text: packed_page!("browser"),
    },
    ManualPage {
        name: "account",
        title: "Account API",
        about: "for clients that never send a plain password; a pair of tokens in JSON",
        source: "api/account.md",
        tags: &["account"],
        text: packed_page!("account"),
    },
    ManualPage {
        name: "oauth",
        title: "OAuth 2.0",
        about: "for apps of third parties, with the user's consent, and what they may read by a token",
        source: "api/oauth.md",
        tags: &["oauth", "resources"],
        text: packed_page!("oauth"),
    },
    ManualPage {
        name: "oidc",
        title: "OpenID Connect",
        about: "for apps of third parties that sign their users in; ID tokens, discovery, sign-out",
        source: "api/oidc.md",
        tags: &[],
        text: packed_page!("oidc"),
    },
    ManualPage {
        name: "pages",
        title: "Pages",
        about: "what people see in a browser: sign-in, consent, account, security",
        source: "api/pages.md",
        tags: &[],
        text: packed_page!("pages"),
    },
    ManualPage {
        name: "errors",
        title: "Errors",
        about: "every error of every API, when it comes, and what to do",
        source: "errors.md",
        tags: &[],
        text: packed_page!("errors"),
    },
];

/// The page of the path's name, if there is one, and how it is taken.
#[derive(Debug)]
pub struct Opened {
    page: Option<&'static ManualPage>,
    taken: Taken,
}

impl Endpoint for Manual {
    const ROUTE: Route = Route::get("app-manual", "/docs/{page}").of(FUNCTION);
    const SUMMARY: &'static str = "A page of the documentation of all APIs. No credentials, not counted.";
    const COUNTED: bool = false;
    const ERRORS: &'static [AppError] = &[];
    type Dialect = AppApi;
    type Ctx = PortalContext;
    type Caller = Anyone;
    type Input = Opened;
    type Output = Opened;

    async fn call(_: &Visit, _: Anyone, opened: Opened, gate: Gate<'_>) -> Result<Admitted<Opened>, AppError> {
        Ok(gate.pass().await?.give(opened))
    }

    fn describe() -> Operation {
        let mut operation = Operation::of::<Self>();
        operation.refusals.push(not_found());
        operation
    }
}

impl Input<Manual> for Opened {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let name = request.path("page").unwrap_or_default();
        Ok(Self { page: MANUAL.iter().find(|page| page.name == name), taken: Taken::of(request) })
    }

    fn schema() -> Option<Value> {
        None
    }
}

impl Output for Opened {
    const OTHERWISE: &'static [u16] = &[304, 404];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        self.page.is_none().then_some(Reason::NotFound)
    }

    fn answer(self) -> Answer {
        match self.page {
            Some(page) => framed(page.text.answer(&self.taken).with("content-language", "en")),
            None => not_found(),
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
