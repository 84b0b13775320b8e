//! A page for the developers of apps, and the guide on it: `docs/api/app.md#portal-and-guide`.
//!
//! One function for all three routes: who opens the page asks for its style sheet a moment later.

mod assets;
mod context;
mod guide;
mod page;
mod reader;

pub use assets::Assets;
pub use context::{PortalContext, Visit};
pub use guide::Guide;
pub use page::Page;

/// The function.
pub type Portal = (Page, Guide, Assets);

const FUNCTION: &str = "app-portal";
