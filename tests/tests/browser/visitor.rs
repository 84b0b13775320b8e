use tests::browser::Browser;
use tests::{App, Stack};

pub(crate) const CHINESE: &str = "zh-CN,zh";
pub(crate) const ENGLISH: &str = "en-GB,en";

/// Somebody who has the portal open.
pub(crate) struct Visitor {
    pub(crate) browser: Browser,
    pub(crate) app: App,
    pub(crate) url: String,
}

impl Visitor {
    /// Opens the portal; `None` where there is no browser.
    pub(crate) async fn arrive(language: &str) -> Option<Self> {
        Self::arrive_at(Stack::shared(), language).await
    }

    pub(crate) async fn arrive_at(stack: &Stack, language: &str) -> Option<Self> {
        let browser = Browser::start(language).await?;
        let url = format!("{}/", stack.info().url);
        browser.open(&url).await;
        Some(Self { browser, app: stack.demo(), url })
    }

    /// Types the demo app's id and secret.
    pub(crate) async fn show_credentials(&self) {
        self.browser.fill("#app-id", &self.app.credentials().id).await;
        self.browser.fill("#app-secret", &self.app.credentials().secret).await;
    }

    /// Fills a form's fields, by their names, and sends it.
    pub(crate) async fn submit(&self, form: &str, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            self.browser.fill(&format!("#{form} [name={name}]"), value).await;
        }
        self.browser.click(&format!("#{form} button")).await;
    }

    /// The answer's status and words, once they are there.
    pub(crate) async fn answered(&self, form: &str, words: &str) {
        self.browser.sees(form, words).await;
    }
}
