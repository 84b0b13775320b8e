//! `/account/download`: take along what is stored of me.

mod fetch;
mod page;
mod show;

pub use fetch::{Download, DownloadForm, MyData};
pub use page::DownloadPage;
pub use show::ShowDownload;

/// Its path.
pub const PATH: &str = "/account/download";
/// That of the page of security: it reads the user's sessions and trail, too.
const FUNCTION: &str = "pages-security";
