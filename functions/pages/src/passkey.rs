//! What the pages with a form for a passkey share.

use runtime::{Answer, Ctx, Endpoint, Input, Output, Reason, Request, form_schema};
use serde_json::{Value, json};
use shared::id::UserId;
use shared::service::passkeys::PasskeyOwner;

use crate::reader::{Person, Reader};
use web::{AccountPages, PageError};

/// The form, as the page's script sends it to fetch the options.
#[derive(Debug)]
pub struct OptionsForm {
    pub(crate) user: Option<UserId>,
}

/// The options, for somebody to whom the page gives them now; else the script shows the page again, which says what is missing.
#[derive(Debug)]
pub struct Offered(pub(crate) Option<Value>);

impl Reader {
    /// Somebody who is signed in, as the use cases know them.
    pub(crate) fn owner<'a>(&'a self, person: &'a Person) -> PasskeyOwner<'a> {
        let Person { user, session } = person;
        PasskeyOwner { app: &self.app, user, session, device: &self.device, language: self.frame.language }
    }
}

impl<E: Endpoint<Ctx = Ctx, Dialect = AccountPages>> Input<E> for OptionsForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        Ok(Self { user: form.one("user").ok().flatten().and_then(|id| id.parse().ok()) })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user"], &[]))
    }
}

impl Output for Offered {
    const OTHERWISE: &'static [u16] = &[401];

    fn reason(&self) -> Option<Reason> {
        self.0.is_none().then_some(Reason::Unconfirmed)
    }

    fn answer(self) -> Answer {
        match self.0 {
            Some(options) => Answer::json(200, &options),
            None => Answer::json(401, &json!({})),
        }
    }

    fn schema() -> Value {
        json!({"type": "object", "properties": {"challenge": {"type": "string"}, "timeout": {"type": "integer"}}})
    }
}
