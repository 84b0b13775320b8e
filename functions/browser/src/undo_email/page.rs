//! The page of the link that undoes a change of the e-mail address, in each of its states.

use askama::Template;
use runtime::{Answer, Output, Reason};
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::code::undo::UndoLink;
use shared::secret::Secret;
use shared::user::email::Email;
use web::{Frame, Setting};

/// The page's content.
#[derive(Debug)]
pub enum UndoState {
    /// Tick the box and press the button.
    Ask {
        /// The link's.
        token: Secret<String>,
        /// The former address.
        email: Email,
        /// When it was changed.
        changed: Timestamp,
    },
    /// The account has the address again.
    Done,
    /// The link undoes nothing, or no longer.
    Dead,
}

impl UndoState {
    pub(super) fn ask(link: &UndoLink, token: Secret<String>) -> Self {
        Self::Ask { token, email: link.email.clone(), changed: link.changed }
    }
}

/// The page of the link in a mail to a former address.
#[derive(Debug, Template)]
#[template(path = "undo-email.html")]
pub struct UndoPage {
    pub(super) frame: Frame,
    pub(super) state: UndoState,
}

impl Output for UndoPage {
    const OTHERWISE: &'static [u16] = &[400];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        matches!(self.state, UndoState::Dead).then_some(Reason::DeadLink)
    }

    fn answer(self) -> Answer {
        let status = if matches!(self.state, UndoState::Dead) { 400 } else { 200 };
        web::show(status, &self.frame, &self, Setting::Ours)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
