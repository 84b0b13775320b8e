//! What surrounds the content of a page: its language, and the app that it belongs to.

use shared::app::App;
use shared::language::Language;

/// What surrounds a page's content. The layout reads it as `frame`.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language that the page speaks.
    pub language: Language,
    /// What the app that the page belongs to is called.
    pub app: String,
}

impl Frame {
    /// For a page of `app`.
    #[must_use]
    pub fn new(language: Language, app: &App) -> Self {
        Self { language, app: app.name.clone() }
    }

    /// The text in the page's language.
    #[must_use]
    pub const fn say(&self, chinese: &'static str, english: &'static str) -> &'static str {
        self.language.say(chinese, english)
    }
}
