//! `POST /account`: take one of the page's forms.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::code::digits::Code;
use shared::id::UserId;
use shared::secret::Secret;
use shared::store::StoreError;
use shared::user::password::CanonicalPassword;
use web::{AccountPages, PageError, WayBack};

use super::PATH;
use super::edit::{Edit, What};
use super::order::{NotDone, Outcome};
use super::page::AccountPage;
use super::problem::AccountProblem;
use crate::reader::{Person, Reader};
use crate::view::View;

/// `POST /account`: changes the name, the username, the e-mail address or the phone.
#[derive(Clone, Copy, Debug)]
pub struct ChangeAccount;

/// The button that has the code of the sign-up mailed once more.
const RESEND: &str = "resend";

/// One of the page's forms.
#[derive(Debug)]
pub struct ChangeForm {
    user: Option<UserId>,
    pub(super) what: What,
    /// What was typed into its field.
    pub(super) typed: String,
    pub(super) password: Option<CanonicalPassword>,
    /// The code, if the form is the one that asks for it.
    pub(super) code: Option<Result<Code, AccountProblem>>,
}

impl Endpoint for ChangeAccount {
    const ROUTE: Route = Route::post("pages-change-account", PATH);
    const SUMMARY: &'static str = "Change the name, the username, the e-mail address or the phone from that page.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = ChangeForm;
    type Output = View<AccountPage>;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
        ctx.texter();
    }

    async fn call(
        at: &Moment,
        caller: Reader,
        form: ChangeForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<AccountPage>>, PageError> {
        let Some(person) = caller.person(at).await? else {
            return Ok(gate.pass().await?.give(caller.sign_in_again(form.back()).into()));
        };
        if form.user != Some(person.user.id) {
            let view = form.again(at, &caller, &person, AccountProblem::OtherUser).await?;
            return Ok(gate.pass().await?.give(view));
        }
        let (pass, outcome) = form.carry_out(at, person.owner(&caller), gate).await?;
        Ok(pass.give(match outcome {
            Ok(Outcome::Done) => View::go(format!("{PATH}?done={}", form.what.name())),
            Ok(Outcome::CodeSent) => View::go(Edit::page_of_code(form.what, &form.typed)),
            Err(NotDone::ToCorrect(problem)) => form.again(at, &caller, &person, problem).await?,
            Err(NotDone::Ended) => caller.sign_in_again(form.back()).into(),
            Err(NotDone::Refused(error)) => return Err(error),
        }))
    }
}

impl ChangeForm {
    /// The way back for somebody who has to sign in first, with what was typed.
    fn back(&self) -> WayBack {
        WayBack::to(PATH).with(&Edit::again(self.what, &self.typed).kept())
    }

    /// The page with the form and what was typed, beside what is wrong. A code that can be tried again is asked for again.
    async fn again(
        &self,
        at: &Moment,
        reader: &Reader,
        person: &Person,
        problem: AccountProblem,
    ) -> Result<View<AccountPage>, StoreError> {
        let edit = Edit::again(self.what, &self.typed).because(problem);
        let edit = if problem.leaves_the_code() { edit.for_code() } else { edit };
        Ok(View::page(AccountPage::of(at, reader, person, Some(edit)).await?))
    }
}

impl Input<ChangeAccount> for ChangeForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let action = text("action").unwrap_or_default();
        let is_resent = action == RESEND;
        let what = if is_resent { What::Proof } else { What::read(action).unwrap_or(What::Name) };
        let password = text("password").map(|password| Secret::new(password.to_owned()));
        // An empty field is a code that was not typed.
        let code = form.all("code").next().filter(|_| !is_resent);
        Ok(Self {
            user: text("user").and_then(|id| id.parse().ok()),
            what,
            typed: text(what.name()).unwrap_or_default().trim().to_owned(),
            password: password.map(|password| CanonicalPassword::from_plain(&password)),
            code: code.map(|code| Code::read(code).map_err(|_| AccountProblem::NotACode)),
        })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user", "action"], &["name", "username", "email", "phone", "password", "code"]))
    }
}
