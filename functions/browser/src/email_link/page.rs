//! The page of the link in a verification mail, in each of its states.

use askama::Template;
use runtime::{Answer, Output, Reason};
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::secret::Secret;
use web::{Frame, Setting};

/// The page's content.
#[derive(Debug)]
pub enum LinkState {
    /// Press the button.
    Ask(Secret<String>),
    /// Type the code where you signed up, or say that it was not you.
    Elsewhere {
        /// The link's.
        token: Secret<String>,
        /// The code, if it is known here.
        code: Option<Secret<String>>,
        /// When the mail was asked for.
        sent: Timestamp,
        /// With what.
        device: Option<String>,
    },
    /// The account is removed.
    Disowned,
    /// The address is proven.
    Proven,
    /// The link proves nothing, or no longer.
    Dead,
}

/// The page of the link in a verification mail.
#[derive(Debug, Template)]
#[template(path = "verify-email.html")]
pub struct VerifyPage {
    pub(super) frame: Frame,
    pub(super) state: LinkState,
}

impl Output for VerifyPage {
    const OTHERWISE: &'static [u16] = &[400];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        matches!(self.state, LinkState::Dead).then_some(Reason::DeadLink)
    }

    fn answer(self) -> Answer {
        let status = if matches!(self.state, LinkState::Dead) { 400 } else { 200 };
        web::show(status, &self.frame, &self, Setting::Ours)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use runtime::Output as _;
    use shared::language::Language;
    use shared::secret::Secret;

    use web::Frame;

    use super::{LinkState, VerifyPage};

    #[test]
    fn a_page_asks_in_both_languages_and_escapes_what_it_is_given() {
        for (language, button) in [(Language::Chinese, "验证邮箱"), (Language::English, "Verify")] {
            let state = LinkState::Ask(Secret::new("\"><script>".to_owned()));
            let page = VerifyPage { frame: Frame::bare(language), state }.answer();
            assert!(
                page.status == 200 && page.body.contains(button) && !page.body.contains("<script>"),
                "{}",
                page.body
            );
        }
    }
}
