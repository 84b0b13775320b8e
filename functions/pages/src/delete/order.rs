//! `POST /account/delete`: delete the account, if it is its user who asks.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Pass, Reason, Request, Route, form_schema};
use serde_json::Value;
use shared::id::UserId;
use shared::passkey::json::AuthenticationAnswer;
use shared::secret::Secret;
use shared::service::sign_in::{Attempt, NotRecognised};
use shared::user::lockout::FREE_FAILURES;
use shared::user::password::CanonicalPassword;
use web::Cookies;

use super::page::{DeletePage, DeleteProblem};
use super::{FUNCTION, PATH, passkey};
use crate::reader::{Person, Proof, Reader};
use crate::view::View;
use web::{AccountPages, PageError};

/// `POST /account/delete`: removes the user with everything that is theirs.
#[derive(Clone, Copy, Debug)]
pub struct Delete;

/// One of the page's forms.
#[derive(Debug)]
pub struct DeleteForm {
    user: Option<UserId>,
    given: Given,
}

/// What somebody gave to prove that it is them.
#[derive(Debug)]
enum Given {
    Password(CanonicalPassword),
    /// `None`: no browser gave that.
    Passkey(Option<Box<AuthenticationAnswer>>),
}

/// Why the account stays; `None`: they have to sign in once more, which the page says.
type Unproven = Option<DeleteProblem>;

impl Endpoint for Delete {
    const ROUTE: Route = Route::post("pages-delete", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Delete the account from that page. It cannot be undone.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = DeleteForm;
    type Output = View<DeletePage>;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: Reader,
        form: DeleteForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<DeletePage>>, PageError> {
        let Some(person) = caller.person(at).await? else {
            let is_gone = caller.is_gone(at, form.user).await?;
            let pass = gate.pass().await?;
            return Ok(pass.give(if is_gone { caller.gone(at) } else { caller.sign_in_first(PATH).into() }));
        };
        if form.user != Some(person.user.id) {
            let pass = gate.pass().await?;
            return Ok(pass.give(caller.ask_again(at, &person, Some(DeleteProblem::OtherUser)).await?));
        }
        let (pass, proven) = form.given.prove(at, &caller, &person, gate).await?;
        if let Err(unproven) = proven {
            return Ok(pass.give(caller.ask_again(at, &person, unproven).await?));
        }
        let deleted = at.store.delete_user(&caller.app.id, &person.user, &person.session.id, at.now).await?;
        // Another request did it in this moment, or ended the session.
        let is_gone = deleted || caller.is_gone(at, form.user).await?;
        Ok(pass.give(if is_gone { caller.gone(at) } else { caller.sign_in_first(PATH).into() }))
    }
}

impl Given {
    /// Whether it proves that it is them, once the gate is passed.
    async fn prove(
        &self,
        at: &Moment,
        caller: &Reader,
        person: &Person,
        gate: Gate<'_>,
    ) -> Result<(Pass, Result<(), Unproven>), PageError> {
        let password = match self {
            Self::Passkey(answer) => {
                let proven = passkey::prove(at, caller, person, answer.as_deref()).await?;
                return Ok((gate.pass().await?, proven.map_err(Some)));
            }
            Self::Password(password) => password,
        };
        let login = match person.proof(at, caller).await? {
            Proof::Password(login) => login,
            Proof::Recent => return Ok((gate.pass().await?, Ok(()))),
            Proof::SignIn => return Ok((gate.pass().await?, Err(None))),
        };
        let source = caller.device.address();
        let attempt = Attempt { app: &caller.app.id, login: &login, password, source, free_failures: FREE_FAILURES };
        let reserved = at.reserve(&attempt).await?;
        let pass = gate.pass().await?;
        match at.recognise(attempt, reserved).await {
            Ok(_) => Ok((pass, Ok(()))),
            Err(NotRecognised::Wrong(_)) => Ok((pass, Err(Some(DeleteProblem::Wrong)))),
            Err(NotRecognised::Resting(_)) => Ok((pass, Err(Some(DeleteProblem::Resting)))),
            Err(NotRecognised::Store(error)) => Err(error.into()),
        }
    }
}

impl Reader {
    /// Whether the form's user is one whose session the browser has, and is there no more: the form was sent twice.
    async fn is_gone(&self, at: &Moment, user: Option<UserId>) -> Result<bool, PageError> {
        let Some(presence) = self.presence().filter(|presence| user == Some(presence.bearer.user)) else {
            return Ok(false);
        };
        Ok(at.store.user(&self.app.id, presence.bearer.user).await?.is_none())
    }

    async fn ask_again(&self, at: &Moment, person: &Person, unproven: Unproven) -> Result<View<DeletePage>, PageError> {
        let page = DeletePage::ask(at, self, person).await?;
        Ok(match unproven {
            Some(problem) => View::page(page.again(problem)),
            None => View::refused(page, Reason::Unconfirmed),
        })
    }

    fn gone(&self, at: &Moment) -> View<DeletePage> {
        let cookies = Cookies(&at.config.browser.cookies).clear();
        View::page_with_cookies(DeletePage::gone(self), cookies)
    }
}

impl Input<Delete> for DeleteForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let given = if let Some(credential) = text("credential").filter(|credential| !credential.is_empty()) {
            let value: Option<Value> = serde_json::from_str(credential).ok();
            Given::Passkey(value.and_then(|value| AuthenticationAnswer::read(&value).ok()).map(Box::new))
        } else {
            let password = Secret::new(text("password").unwrap_or_default().to_owned());
            Given::Password(CanonicalPassword::from_plain(&password))
        };
        Ok(Self { user: text("user").and_then(|id| id.parse().ok()), given })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user"], &["password", "credential"]))
    }
}
