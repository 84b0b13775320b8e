//! How a letter looks: as the pages of its app.

use crate::app::App;
use crate::app::brand::{Accent, initial};

/// The name and the colour of a letter's app.
#[derive(Clone, Debug)]
pub(super) struct Look<'a> {
    /// What the app is called.
    pub(super) app: &'a str,
    /// What stands in place of a logo: pictures from elsewhere are hidden by most programs until their reader asks for them.
    pub(super) initial: String,
    /// The colour of buttons on light ground, with white text on it.
    pub(super) light: String,
    /// The same on dark ground, with dark text on it.
    pub(super) dark: String,
}

impl<'a> Look<'a> {
    /// Of a letter of that app.
    pub(super) fn of(app: &'a App) -> Self {
        let accent = app.policy.brand.accent.unwrap_or(Accent::OURS);
        Self { app: &app.name, initial: initial(&app.name), light: accent.light(), dark: accent.dark() }
    }
}
