//! `POST /account/security/recovery-codes`: show ten new codes.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Reason, Request, Route, form_schema};
use serde_json::Value;
use shared::id::UserId;
use shared::secret::Secret;
use shared::session::attempt::Mark;

use super::page::CodesPage;
use super::{FUNCTION, PATH};
use crate::reader::Reader;
use crate::view::View;
use web::{AccountPages, PageError};

/// `POST /account/security/recovery-codes`: ten new codes, once; those of before are of no use any more.
#[derive(Clone, Copy, Debug)]
pub struct Renew;

/// The page's form.
#[derive(Debug)]
pub struct RenewForm {
    user: Option<UserId>,
    /// Which showing of the form it is.
    form: Option<Mark>,
}

impl Endpoint for Renew {
    const ROUTE: Route = Route::post("pages-renew-recovery-codes", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Show ten new recovery codes once.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = RenewForm;
    type Output = View<CodesPage>;

    async fn call(
        at: &Moment,
        caller: Reader,
        form: RenewForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<CodesPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_first(PATH).into())) };
        // A form that was shown to somebody else, or too long ago, changes nothing.
        let attempt = match &form.form {
            Some(mark) => Some(person.attempt(at, &caller, &mark.write(), &Secret::new(String::new())).await?),
            None => None,
        };
        let renewed = match person.admit(at, form.user) {
            Ok(()) => {
                let codes = at.renew_recovery_codes(&caller.app.id, &person.user, attempt.as_ref()).await?;
                // Of codes that the same form gave, some were used.
                codes.ok_or(if person.user.second_factor { Reason::StaleForm } else { Reason::NoFactor })
            }
            Err(reason) => Err(reason),
        };
        Ok(pass.give(match renewed {
            Ok(codes) => View::page(CodesPage::shown(&caller, &person, &codes)),
            Err(reason) => View::refused(CodesPage::ask(at, &caller, &person).await?, reason),
        }))
    }
}

impl Input<Renew> for RenewForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let form = text(web::showing::FIELD).and_then(Mark::read);
        Ok(Self { user: text("user").and_then(|id| id.parse().ok()), form })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user"], &["form"]))
    }
}
