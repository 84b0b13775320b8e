//! The page's style sheet, script and icon, under names that change with their bytes.

use runtime::{Admitted, Answer, Anyone, Endpoint, Gate, Input, Operation, Output, Reason, Request, Route};
use serde_json::{Value, json};

use super::context::Visit;
use super::{FUNCTION, PortalContext};
use crate::wire::{AppApi, AppError};

/// `GET /assets/{name}`: may be kept for ever, since another file would have another name.
#[derive(Clone, Copy, Debug)]
pub struct Assets;

/// A file that is part of the binary.
#[derive(Debug)]
pub(super) struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    text: &'static str,
    hash: u64,
}

/// How the page looks.
pub(super) const STYLE: Asset =
    Asset::new("portal", "css", "text/css; charset=utf-8", include_str!("../../assets/portal.css"));
/// What the page does.
pub(super) const SCRIPT: Asset =
    Asset::new("portal", "js", "text/javascript; charset=utf-8", include_str!("../../assets/portal.js"));
/// What the page and those of the documentation do: tabs, copying, and trying an operation.
pub(super) const TOOLS: Asset =
    Asset::new("tools", "js", "text/javascript; charset=utf-8", include_str!("../../assets/tools.js"));
/// Its mark in the browser's tab.
pub(super) const ICON: Asset = Asset::new("icon", "svg", "image/svg+xml", include_str!("../../assets/icon.svg"));

impl Asset {
    const fn new(stem: &'static str, extension: &'static str, content_type: &'static str, text: &'static str) -> Self {
        Self { stem, extension, content_type, text, hash: fnv1a(text.as_bytes()) }
    }

    /// Its path, as the page names it.
    pub(super) fn path(&self) -> String {
        format!("/assets/{}", self.name())
    }

    fn name(&self) -> String {
        format!("{}-{:016x}.{}", self.stem, self.hash, self.extension)
    }
}

/// Where the files are that pages of the documentation name.
#[derive(Clone, Debug)]
pub struct AssetPaths {
    /// The style sheet.
    pub style: String,
    /// The script.
    pub tools: String,
    /// The icon.
    pub icon: String,
}

/// For `cargo dev gen`, which writes these pages.
#[must_use]
pub fn asset_paths() -> AssetPaths {
    AssetPaths { style: STYLE.path(), tools: TOOLS.path(), icon: ICON.path() }
}

/// FNV-1a. Nobody attacks it: it tells one release's file from the next, and is computed by the compiler.
pub(super) const fn fnv1a(bytes: &[u8]) -> u64 {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// The asset of the path's name; `None` for a name that is not, or no longer, one.
#[derive(Debug)]
pub struct Wanted(Option<&'static Asset>);

impl Endpoint for Assets {
    const ROUTE: Route = Route::get("app-assets", "/assets/{name}").of(FUNCTION);
    const SUMMARY: &'static str = "Get a file of the portal's page. No credentials, not counted.";
    const COUNTED: bool = false;
    const ERRORS: &'static [AppError] = &[];
    type Dialect = AppApi;
    type Ctx = PortalContext;
    type Caller = Anyone;
    type Input = Wanted;
    type Output = Wanted;

    async fn call(_: &Visit, _: Anyone, wanted: Wanted, gate: Gate<'_>) -> Result<Admitted<Wanted>, AppError> {
        Ok(gate.pass().await?.give(wanted))
    }

    fn describe() -> Operation {
        let mut operation = Operation::of::<Self>();
        operation.refusals.push(not_found());
        operation
    }
}

impl Input<Assets> for Wanted {
    fn parse(request: &Request) -> Result<Self, AppError> {
        let name = request.path("name").unwrap_or_default();
        Ok(Self([&STYLE, &SCRIPT, &TOOLS, &ICON].into_iter().find(|asset| asset.name() == name)))
    }

    fn schema() -> Option<Value> {
        None
    }
}

pub(super) fn not_found() -> Answer {
    Answer::json(404, &json!({"error": "Not Found"}))
}

impl Output for Wanted {
    const OTHERWISE: &'static [u16] = &[404];
    const MEDIA_TYPE: &'static str = "*/*";

    fn reason(&self) -> Option<Reason> {
        self.0.is_none().then_some(Reason::NotFound)
    }

    fn answer(self) -> Answer {
        match self.0 {
            Some(asset) => Answer::text(asset.content_type, asset.text)
                .with("cache-control", "public, max-age=31536000, immutable"),
            None => not_found(),
        }
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
