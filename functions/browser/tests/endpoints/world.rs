//! A deployment in this process, and a browser that keeps its cookies.

use std::ops::Deref;

use browser::{Refresh, SignIn, SignUp};
use runtime::Answer;
use serde_json::json;

pub(crate) use rig::{Browser, Call, OURS, body, refusal};

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "violet-tractor-17";

pub(crate) struct World(rig::World);

impl Deref for World {
    type Target = rig::World;

    fn deref(&self) -> &rig::World {
        &self.0
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::configured(&[]).await
    }

    pub(crate) async fn configured(variables: &[(&'static str, &str)]) -> Self {
        Self(rig::World::configured(variables).await)
    }

    /// Another process takes the place of this one.
    pub(crate) fn restart(&mut self) {
        self.0.restart();
    }

    /// A browser in which somebody has just signed up.
    pub(crate) async fn sign_up(&self, email: &str) -> Browser {
        let browser = Browser::default();
        let answer = self.call::<SignUp>(account(email)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        browser.keep(&answer);
        browser
    }

    /// Another browser in which somebody signs in.
    pub(crate) async fn sign_in(&self, login: &str) -> Browser {
        let browser = Browser::default();
        let answer = self.call::<SignIn>(Call::body(json!({"login": login, "password": PASSWORD}))).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        browser.keep(&answer);
        browser
    }

    /// Refreshes, and lets the browser keep what it is given.
    pub(crate) async fn refresh(&self, browser: &Browser) -> Answer {
        let answer = self.call::<Refresh>(browser.call()).await;
        browser.keep(&answer);
        answer
    }

    /// The code in the last mail.
    pub(crate) fn code(&self, to: &str) -> String {
        let text = self.mails(to).pop().expect("a mail").text.expect("a text");
        text.lines()
            .find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()))
            .expect("a code")
            .to_owned()
    }

    /// The token in the last mail's link.
    pub(crate) fn link(&self, to: &str) -> String {
        let text = self.mails(to).pop().expect("a mail").text.expect("a text");
        let line = text.lines().find(|line| line.starts_with(OURS)).expect("a link");
        line.strip_prefix("https://auth.example/verify-email?token=").expect("our page").to_owned()
    }
}

pub(crate) fn account(email: &str) -> Call {
    Call::body(json!({"email": email, "password": PASSWORD, "name": "Ada"}))
}
