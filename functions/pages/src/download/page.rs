//! The page to download one's own data from, as a template.

use askama::Template;
use runtime::Moment;
use shared::id::UserId;
use web::Frame;

use super::PATH;
use crate::reader::{Person, Reader};
use crate::view::Page;

/// The page.
#[derive(Debug, Template)]
#[template(path = "download.html")]
pub struct DownloadPage {
    frame: Frame,
    /// Whose data it is. The form names them.
    user: UserId,
    /// Where they sign in once more, if the sign-in was too long ago.
    sign_in: Option<String>,
}

impl DownloadPage {
    pub(super) fn ask(at: &Moment, reader: &Reader, person: &Person) -> Self {
        let sign_in = (!person.is_fresh(at)).then(|| reader.way_to_sign_in(PATH));
        Self { frame: reader.frame.clone().or_found_at(PATH), user: person.user.id, sign_in }
    }
}

impl Page for DownloadPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}
