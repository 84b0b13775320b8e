//! A deployment in this process, and browsers that fill in the pages.

use std::ops::Deref;

use browser::{ListSessions, SignUp};
use runtime::{Answer, Ctx, Endpoint};
use serde_json::{Value, json};

pub(crate) use rig::{Browser, Call, body};

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
    /// One whose pages speak English, and whose app is there.
    pub(crate) async fn new() -> Self {
        Self::configured(&[("DEFAULT_LANGUAGE", "en")]).await
    }

    /// One with these variables, whose app is there.
    pub(crate) async fn configured(variables: &[(&'static str, &str)]) -> Self {
        let world = Self(rig::World::configured(variables).await);
        let default = "default".parse().expect("an app id");
        world.ctx.at(world.ctx.now()).bound_app(&default).await.expect("the store answers").expect("an app");
        world
    }

    /// A browser in which somebody has just signed up.
    pub(crate) async fn sign_up(&self, email: &str) -> Browser {
        let browser = Browser::default();
        let account = json!({"email": email, "password": PASSWORD, "name": "Ada"});
        let answer = self.call::<SignUp>(Call::empty().json(&account)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        browser.keep(&answer);
        browser
    }

    /// Another browser in which somebody signs in on the page.
    pub(crate) async fn sign_in(&self, login: &str, password: &str) -> (Browser, Answer) {
        let browser = Browser::default();
        let answer = self.call::<oauth::SignIn>(Call::empty().form(&[("login", login), ("password", password)])).await;
        browser.keep(&answer);
        (browser, answer)
    }

    /// The first form of a page that has hidden fields, filled in and sent to `E`.
    pub(crate) async fn fill<E: Endpoint<Ctx = Ctx>>(
        &self,
        browser: &Browser,
        page: &Answer,
        filled: &[(&str, &str)],
    ) -> Answer {
        let hidden = hidden(&page.body);
        let pairs = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<_> = pairs.chain(filled.iter().copied()).collect();
        let answer = self.call::<E>(browser.call().form(&pairs)).await;
        browser.keep(&answer);
        answer
    }

    /// The digits of the last mail.
    pub(crate) fn code(&self, to: &str) -> String {
        digits(&self.mails(to).pop().expect("a mail").text.expect("a text"))
    }

    /// The digits of the last text message.
    pub(crate) fn texted(&self, phone: &str) -> String {
        digits(&self.mails(phone).pop().expect("a text message").text.expect("a text"))
    }

    /// The sessions of the user who is signed in there, as the Browser API lists them.
    pub(crate) async fn sessions(&self, browser: &Browser) -> Vec<Value> {
        let answer = self.call::<ListSessions>(browser.call()).await;
        body(&answer).as_array().cloned().unwrap_or_default()
    }
}

/// The code in a text: its run of six digits.
fn digits(text: &str) -> String {
    text.split(|letter: char| !letter.is_ascii_digit()).find(|run| run.len() == 6).expect("a code").to_owned()
}

/// The hidden fields of the first form that has some: that to sign out has none.
pub(crate) fn hidden(page: &str) -> Vec<(String, String)> {
    let mut forms = page.split("<form").skip(1).filter_map(|rest| rest.split("</form>").next());
    let form = forms.find(|form| form.contains("type=\"hidden\"")).unwrap_or_default();
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"").expect("a value");
        let (value, _) = rest.split_once('"').expect("an end");
        (name.to_owned(), value.replace("&#38;", "&"))
    });
    inputs.collect()
}

/// Where the browser goes next.
pub(crate) fn next(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.header("location").unwrap_or_default())
}
