//! A deployment in this process, and apps that call it with their credentials.

use std::ops::Deref;

use app::portal::PortalContext;
use local::outbox::Message;
use runtime::Answer;
use serde_json::{Value, json};
use shared::app::Policy;

pub(crate) use rig::{Call, START, body, refusal};

pub(crate) struct World(rig::World);

impl Deref for World {
    type Target = rig::World;

    fn deref(&self) -> &rig::World {
        &self.0
    }
}

/// An app as its developers know it.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::configured(&[]).await
    }

    /// A deployment with other variables than the ordinary one's.
    pub(crate) async fn configured(variables: &[(&str, &str)]) -> Self {
        let variables: Vec<_> = variables.iter().copied().chain([("RATE_LIMIT_APP", "100")]).collect();
        Self(rig::World::configured(&variables).await)
    }

    /// The portal's own surroundings in this deployment.
    pub(crate) fn portal(&self) -> PortalContext {
        PortalContext::new(self.another_ctx())
    }

    pub(crate) async fn app(&self, id: &str) -> Credentials {
        self.app_with(id, Policy::default()).await
    }

    pub(crate) async fn app_with(&self, id: &str, policy: Policy) -> Credentials {
        let made = self.make_app_with(id, policy).await;
        Credentials { id: made.id.to_string(), secret: made.secret }
    }

    /// Registers somebody and gives the token.
    pub(crate) async fn register(&self, app: &Credentials, email: &str, password: &str) -> String {
        let answer = self.call::<app::Register>(app.body(json!({"email": email, "password": password}))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        body(&answer)["token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn login(&self, app: &Credentials, email: &str, password: &str) -> Answer {
        self.call::<app::Login>(app.body(json!({"email": email, "password": password}))).await
    }

    pub(crate) async fn send_code(&self, app: &Credentials, phone: &str) -> Answer {
        self.call::<app::SendCode>(app.body(json!({"phone": phone}))).await
    }

    pub(crate) async fn phone_login(&self, app: &Credentials, phone: &str, code: &str) -> Answer {
        self.call::<app::Login>(app.body(json!({"phone": phone, "code": code}))).await
    }

    /// The text messages to a mainland number, oldest first.
    pub(crate) fn texts(&self, phone: &str) -> Vec<Message> {
        self.mails(&format!("+86{phone}"))
    }

    /// The code in the last text message to a mainland number.
    pub(crate) fn code(&self, phone: &str) -> String {
        let text = self.texts(phone).pop().expect("a text message").text.expect("a text");
        let runs = text.split(|letter: char| !letter.is_ascii_digit());
        runs.into_iter().find(|run| run.len() == 6).expect("six digits").to_owned()
    }

    /// Asks for a code and comes in by it.
    pub(crate) async fn enter(&self, app: &Credentials, phone: &str) -> Value {
        let sent = self.send_code(app, phone).await;
        assert_eq!(sent.status, 200, "{}", sent.body);
        let entered = self.phone_login(app, phone, &self.code(phone)).await;
        assert_eq!(entered.status, 200, "{}", entered.body);
        body(&entered)
    }

    /// Asks for a reset link and reads its token from the mail.
    pub(crate) async fn reset_token(&self, app: &Credentials, email: &str) -> String {
        let answer = self.call::<app::ForgotPassword>(app.body(json!({"email": email}))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mail = self.mails(email).pop().expect("a mail");
        let text = mail.text.expect("a text part");
        let (_, rest) = text.split_once("token=").expect("a link");
        rest.chars().take_while(char::is_ascii_hexdigit).collect()
    }
}

impl Credentials {
    #[expect(clippy::needless_pass_by_value, reason = "a body is written where it is sent")]
    pub(crate) fn body(&self, body: Value) -> Call {
        self.empty().text(&body.to_string())
    }

    pub(crate) fn delete(&self, token: &str) -> Call {
        self.empty().bearer(token)
    }

    pub(crate) fn get(&self, token: &str) -> Call {
        self.empty().bearer(token)
    }

    fn empty(&self) -> Call {
        Call::empty().header("x-app-id", &self.id).header("x-app-secret", &self.secret)
    }
}
