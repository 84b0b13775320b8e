//! `POST /account/security`: take one of the page's forms.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Reason, Request, Route, form_schema};
use serde_json::Value;
use shared::id::{SessionId, UserId};
use shared::secret::Secret;
use shared::user::new_password::NewPassword;
use shared::user::password::CanonicalPassword;
use web::Cookies;

use super::page::{Done, SecurityPage};
use super::password::{NotSet, Passwords};
use super::{FUNCTION, PATH, sessions};
use crate::reader::{Person, Proof, Reader};
use crate::view::{Go, View};
use web::{AccountPages, PageError};

/// `POST /account/security`: sets a password, or ends sessions.
#[derive(Clone, Copy, Debug)]
pub struct Change;

/// One of the page's forms.
#[derive(Debug)]
pub struct SecurityForm {
    user: Option<UserId>,
    order: Order,
}

#[derive(Debug)]
enum Order {
    Password(Passwords),
    End(Option<SessionId>),
    EndOthers,
}

impl Endpoint for Change {
    const ROUTE: Route = Route::post("pages-change-security", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Set another password, end one session, or end all others, from that page.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = SecurityForm;
    type Output = View<SecurityPage>;

    fn prepare(ctx: &Ctx) {
        ctx.hasher();
        ctx.mailer();
        ctx.breached();
    }

    async fn call(
        at: &Moment,
        caller: Reader,
        form: SecurityForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<SecurityPage>>, PageError> {
        let Some(person) = caller.person(at).await? else {
            return Ok(gate.pass().await?.give(caller.sign_in_first(PATH).into()));
        };
        if form.user != Some(person.user.id) {
            return Ok(gate.pass().await?.give(done(Done::Nothing).because(Reason::StaleForm).into()));
        }
        match form.order {
            Order::Password(typed) => Box::pin(caller.set_password(at, person, typed, gate)).await,
            Order::End(session) => {
                let pass = gate.pass().await?;
                let Some(session) = session else { return Ok(pass.give(View::go(PATH))) };
                sessions::end(at, &caller, &person, &session).await?;
                let is_own = session == person.session.id;
                let cleared = is_own.then(|| Cookies(&at.config.browser.cookies).clear());
                let next = if is_own { caller.sign_in_first(PATH) } else { done(Done::Session) };
                Ok(pass.give(next.with_cookies(cleared.into_iter().flatten()).into()))
            }
            Order::EndOthers => {
                let pass = gate.pass().await?;
                sessions::end_others(at, &caller, &person).await?;
                Ok(pass.give(done(Done::Others).into()))
            }
        }
    }
}

/// The page again, which says what was done: reloading it does nothing once more.
fn done(done: Done) -> Go {
    Go::to(format!("{PATH}?done={}", done.name()))
}

impl Reader {
    async fn set_password(
        &self,
        at: &Moment,
        person: Person,
        typed: Passwords,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<SecurityPage>>, PageError> {
        if person.password_handle().is_none() {
            return Ok(gate.pass().await?.give(View::go(PATH)));
        }
        let current = match person.proof(at, self).await? {
            Proof::Password(_) => Some(&typed.current),
            Proof::Recent => None,
            Proof::SignIn => {
                let pass = gate.pass().await?;
                let page = SecurityPage::of(at, self, &person).await?;
                return Ok(pass.give(View::refused(page, Reason::Unconfirmed)));
            }
        };
        let (pass, set) = typed.set(at, person.owner(self), current, gate).await?;
        Ok(pass.give(match set {
            Ok(()) => done(Done::Password).into(),
            Err(NotSet::Ended) => self.sign_in_first(PATH).into(),
            Err(NotSet::Store(error)) => return Err(error.into()),
            Err(NotSet::PasswordProblem(problem)) => {
                let page = SecurityPage::of(at, self, &person).await?;
                View::page(SecurityPage { problem: Some(problem), ..page })
            }
        }))
    }
}

impl Input<Change> for SecurityForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let secret = |name| Secret::new(text(name).unwrap_or_default().to_owned());
        let order = match text("action") {
            Some("end") => Order::End(text("session").and_then(|id| id.parse().ok())),
            Some("end-others") => Order::EndOthers,
            _ => Order::Password(Passwords {
                current: CanonicalPassword::from_plain(&secret("current")),
                new: NewPassword::try_from(secret("password")),
            }),
        };
        Ok(Self { user: text("user").and_then(|id| id.parse().ok()), order })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user", "action"], &["current", "password", "session"]))
    }
}
