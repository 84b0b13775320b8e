//! The page that asks for the second factor.

use askama::Template;
use runtime::{Answer, Reason};
use shared::secret::Secret;
use web::{Frame, SetCookie};

use super::page::{SignInProblem, answer};

/// The page to type the one-time code on.
#[derive(Debug, Template)]
#[template(path = "factor.html")]
pub struct FactorPage {
    frame: Frame,
    to: String,
    client: Option<String>,
    ticket: Secret<String>,
    password_page: String,
    problem: Option<SignInProblem>,
    cookie: Option<SetCookie>,
}

impl FactorPage {
    pub(super) fn new(
        frame: Frame,
        to: String,
        client: Option<String>,
        ticket: Secret<String>,
        password_page: String,
    ) -> Self {
        Self { frame, to, client, ticket, password_page, problem: None, cookie: None }
    }

    pub(super) fn with_cookie(self, cookie: SetCookie) -> Self {
        Self { cookie: Some(cookie), ..self }
    }

    pub(super) fn after(self, problem: SignInProblem) -> Self {
        Self { problem: Some(problem), ..self }
    }

    fn problem(&self) -> Option<&'static str> {
        self.problem.map(|problem| problem.says(self.frame.language))
    }

    pub(super) fn reason(&self) -> Option<Reason> {
        self.problem.map(SignInProblem::reason)
    }

    pub(super) fn answer(mut self) -> Answer {
        let cookie = self.cookie.take();
        let answer = answer(&self, &self.frame, self.client.as_deref(), self.problem);
        answer.with_cookies(cookie.into_iter().flatten())
    }
}
