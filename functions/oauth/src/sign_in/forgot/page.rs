//! The page for a forgotten password, before and after the mail.

use askama::Template;
use runtime::{Answer, Output, Reason};
use serde_json::{Value, json};
use web::{Frame, Setting, words};

use crate::sign_in::SignInVisitor;

/// The page.
#[derive(Debug, Template)]
#[template(path = "forgot-password.html")]
pub struct ForgotPage {
    frame: Frame,
    to: String,
    /// Where one can sign in.
    sign_in: String,
    state: ForgotState,
}

#[derive(Debug)]
enum ForgotState {
    /// Type the address.
    Ask,
    /// What was typed is none.
    Again(String),
    /// If somebody has it, a mail is on its way.
    Sent(String),
}

impl ForgotPage {
    pub(super) fn ask(caller: &SignInVisitor) -> Self {
        Self::of(caller, ForgotState::Ask)
    }

    pub(super) fn again(caller: &SignInVisitor, typed: String) -> Self {
        Self::of(caller, ForgotState::Again(typed))
    }

    pub(super) fn sent(caller: &SignInVisitor, typed: String) -> Self {
        Self::of(caller, ForgotState::Sent(typed))
    }

    fn of(caller: &SignInVisitor, state: ForgotState) -> Self {
        let to = caller.query();
        let frame = caller.frame.clone().found_at(&web::way_back::with_to(super::PATH, &to));
        Self { frame, sign_in: web::way_back::sign_in(&to), to, state }
    }

    /// What stands in the field.
    fn typed(&self) -> &str {
        match &self.state {
            ForgotState::Ask => "",
            ForgotState::Again(typed) | ForgotState::Sent(typed) => typed,
        }
    }

    const fn is_sent(&self) -> bool {
        matches!(self.state, ForgotState::Sent(_))
    }

    const fn is_again(&self) -> bool {
        matches!(self.state, ForgotState::Again(_))
    }

    /// What is wrong with what was typed.
    fn problem(&self) -> Option<&'static str> {
        self.is_again().then(|| words::say(words::NOT_AN_EMAIL, self.frame.language))
    }
}

impl Output for ForgotPage {
    const OTHERWISE: &'static [u16] = &[400];
    const MEDIA_TYPE: &'static str = "text/html";

    fn reason(&self) -> Option<Reason> {
        self.is_again().then_some(Reason::InvalidEmail)
    }

    fn answer(self) -> Answer {
        let setting = if self.to.is_empty() { Setting::Ours } else { Setting::OnTheWay };
        web::show(if self.is_again() { 400 } else { 200 }, &self.frame, &self, setting)
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}
