//! `POST /account/delete`: delete the account, if it is its user who asks.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::id::UserId;
use shared::secret::Secret;
use shared::service::sign_in::{Attempt, NotRecognised};
use shared::user::identity::Login;
use shared::user::lockout::FREE_FAILURES;
use shared::user::password::CanonicalPassword;
use web::Cookies;

use super::page::{DeletePage, Problem, Proof};
use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::View;
use web::{AccountPages, PageError};

/// `POST /account/delete`: removes the user with everything that is theirs.
#[derive(Clone, Copy, Debug)]
pub struct Delete;

/// The page's form.
#[derive(Debug)]
pub struct DeleteForm {
    user: Option<UserId>,
    password: CanonicalPassword,
}

impl Endpoint for Delete {
    const ROUTE: Route = Route::post("pages-delete", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "The button of that page: delete the account. Irreversible.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = DeleteForm;
    type Output = View<DeletePage>;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
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
        let again = |problem| View::page(DeletePage::again(at, &caller, &person, problem));
        if form.user != Some(person.user.id) {
            return Ok(gate.pass().await?.give(again(Problem::OtherUser)));
        }
        let pass = if let Some(login) = person.login() {
            let attempt = caller.attempt(&form, &login);
            let reserved = at.reserve(&attempt).await?;
            let pass = gate.pass().await?;
            match at.recognise(attempt, reserved).await {
                Ok(_) => pass,
                Err(NotRecognised::Wrong(_)) => return Ok(pass.give(again(Problem::Wrong))),
                Err(NotRecognised::Resting(_)) => return Ok(pass.give(again(Problem::Resting))),
                Err(NotRecognised::Store(error)) => return Err(error.into()),
            }
        } else {
            let pass = gate.pass().await?;
            if Proof::of(at, &caller, &person) != Proof::Fresh {
                return Ok(pass.give(View::page(DeletePage::ask(at, &caller, &person))));
            }
            pass
        };
        // `false`: another request did it in this moment.
        at.store.delete_user(&caller.app.id, &person.user, &person.session.id, at.now).await?;
        Ok(pass.give(caller.gone(at)))
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

    fn gone(&self, at: &Moment) -> View<DeletePage> {
        let cookies = Cookies(&at.config.browser.cookies).clear();
        View::page_with_cookies(DeletePage::gone(self), cookies)
    }

    fn attempt<'a>(&'a self, form: &'a DeleteForm, login: &'a Login) -> Attempt<'a> {
        let source = self.device.address();
        Attempt { app: &self.app.id, login, password: &form.password, source, free_failures: FREE_FAILURES }
    }
}

impl Input<Delete> for DeleteForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let password = Secret::new(text("password").unwrap_or_default().to_owned());
        Ok(Self {
            user: text("user").and_then(|id| id.parse().ok()),
            password: CanonicalPassword::from_plain(&password),
        })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user"], &["password"]))
    }
}
