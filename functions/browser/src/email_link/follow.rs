//! `POST /verify-email`: the button on the page proves the address.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route};
use serde_json::{Value, json};
use shared::code::email::LinkToken;
use shared::secret::Secret;
use shared::store::EmailNotProven;
use web::{AccountPages, PageError};

use super::page::{LinkState, VerifyPage};
use super::{FUNCTION, PATH, Reader};

/// `POST /verify-email`: proves the address in a browser that has a session of the user, or removes an account that its owner did
/// not make.
#[derive(Clone, Copy, Debug)]
pub struct Follow;

/// The form's token, if there is one, and whether the account is disowned.
#[derive(Debug)]
pub struct LinkForm {
    token: Option<Secret<String>>,
    disowned: bool,
}

impl Endpoint for Follow {
    const ROUTE: Route = Route::post("browser-follow-email-link", PATH).of(FUNCTION);
    const SUMMARY: &'static str =
        "Verify the address with the button on that page, or report that somebody else signed up.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = LinkForm;
    type Output = VerifyPage;

    async fn call(
        at: &Moment,
        caller: Reader,
        clicked: LinkForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<VerifyPage>, PageError> {
        let link = super::read(at, &caller.visitor.app, clicked.token.as_ref()).await?;
        let pass = gate.pass().await?;
        let state = match link {
            Some(link) if clicked.disowned => caller.disown(at, link).await?,
            Some(link) => caller.prove(at, link).await?,
            None => LinkState::Dead,
        };
        Ok(pass.give(VerifyPage { frame: caller.frame, state }))
    }
}

impl Reader {
    async fn prove(&self, at: &Moment, link: LinkToken) -> Result<LinkState, PageError> {
        if !self.signed_up_here(at, &link).await? {
            return Ok(self.look(at, Some(link)).await?);
        }
        match at.prove_email_by_link(&self.visitor.app.id, &link).await {
            Ok(()) => Ok(LinkState::Proven),
            Err(EmailNotProven::Store(error)) => Err(error.into()),
            Err(EmailNotProven::Dead | EmailNotProven::Wrong | EmailNotProven::NoUser) => Ok(LinkState::Dead),
        }
    }

    async fn disown(&self, at: &Moment, link: LinkToken) -> Result<LinkState, PageError> {
        let app = &self.visitor.app.id;
        // The account of a form that was sent twice is gone by the second time.
        let removed = at.disown(app, &link).await? || at.store.user(app, link.user).await?.is_none();
        Ok(if removed { LinkState::Disowned } else { self.look(at, Some(link)).await? })
    }
}

impl Input<Follow> for LinkForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let field = |name| form.one(name).ok().flatten();
        let token = field("token").map(|token| Secret::new(token.to_owned()));
        Ok(Self { token, disowned: field("not_me") == Some("yes") })
    }

    fn schema() -> Option<Value> {
        Some(crate::wire::object_schema(&[("token", json!({"type": "string"}))]))
    }
}
