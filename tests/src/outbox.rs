use crate::client::{Client, send};
use reqwest::Method;
use serde::Deserialize;

/// The mail that the service sent.
pub struct Outbox(Client);

/// One captured mail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Mail {
    /// `email` or `sms`.
    pub kind: String,
    /// The recipient.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// One captured text message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Text {
    /// The number, in E.164.
    pub to: String,
    /// The message.
    pub text: String,
}

impl Text {
    /// The six digits in the message.
    #[must_use]
    pub fn code(&self) -> &str {
        let mut runs = self.text.split(|letter: char| !letter.is_ascii_digit());
        runs.find(|run| run.len() == 6).unwrap_or_else(|| panic!("no code in {self:?}"))
    }
}

impl Outbox {
    pub(crate) fn new(url: &str) -> Self {
        Self(Client::new(url))
    }

    /// All that was sent to an address, oldest first.
    pub async fn mails_to(&self, address: &str) -> Vec<Mail> {
        let answer = send(self.0.request(Method::GET, "").query(&[("to", address)])).await;
        serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("not an outbox ({error}): {answer:?}"))
    }

    /// All that was texted to anybody, oldest first.
    pub async fn texts(&self) -> Vec<Text> {
        let answer = send(self.0.request(Method::GET, "").query(&[("kind", "sms")])).await;
        serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("not an outbox ({error}): {answer:?}"))
    }

    /// All that was texted to a mainland number, oldest first.
    pub async fn texts_to(&self, phone: &str) -> Vec<Text> {
        let to = format!("+86{phone}");
        self.texts().await.into_iter().filter(|text| text.to == to).collect()
    }

    /// The code in the last text message to a mainland number, of which there must be one.
    pub async fn code_for(&self, phone: &str) -> String {
        let text = self.texts_to(phone).await.pop().unwrap_or_else(|| panic!("no text message to {phone}"));
        text.code().to_owned()
    }

    /// The last mail to an address, of which there must be one.
    pub async fn latest_to(&self, address: &str) -> Mail {
        self.mails_to(address).await.pop().unwrap_or_else(|| panic!("no mail to {address}"))
    }

    /// The six digits in the last mail to an address.
    pub async fn mailed_code_for(&self, address: &str) -> String {
        let mail = self.latest_to(address).await;
        let mut lines = mail.text.lines().map(str::trim);
        let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
        lines.find(is_code).unwrap_or_else(|| panic!("no code in {mail:?}")).to_owned()
    }

    /// The token in the last mail to an address.
    pub async fn reset_token_for(&self, address: &str) -> String {
        self.latest_to(address).await.token().to_owned()
    }
}

impl Mail {
    /// The address of the link in the plain part.
    #[must_use]
    pub fn link(&self) -> &str {
        let start = self.text.find("http").unwrap_or_else(|| panic!("no link in {self:?}"));
        self.text[start..].split(char::is_whitespace).next().unwrap_or_default()
    }

    /// The token in the link of the plain part.
    #[must_use]
    pub fn token(&self) -> &str {
        let (_, token) = self.link().split_once("?token=").unwrap_or_else(|| panic!("no token in {self:?}"));
        token
    }
}
