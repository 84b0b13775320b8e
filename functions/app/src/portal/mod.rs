//! A page for the developers of apps, with the guide on it, and the documentation of all APIs: `docs/api/app.md#portal-and-guide`.
//!
//! One function for all routes: who opens a page asks for its style sheet a moment later.

mod assets;
mod context;
mod guide;
mod llms;
mod manual;
mod openapi;
mod packed;
mod page;
mod reader;

pub use assets::{AssetPaths, Assets, asset_paths};
pub use context::{PortalContext, Visit};
pub use guide::Guide;
pub use llms::Llms;
pub use manual::{MANUAL, Manual, ManualPage};
pub use openapi::OpenApi;
pub use page::Page;

/// The function.
pub type Portal = ((Manual, OpenApi, Llms), (Page, Guide, Assets));

const FUNCTION: &str = "app-portal";
