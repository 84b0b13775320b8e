//! `POST /account/security/authenticator`: set the factor up by its first code, or take it away.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Reason, Request, Route, form_schema};
use serde_json::Value;
use shared::factor::otp::Otp;
use shared::id::UserId;
use shared::notify::letter::Event;
use shared::secret::Secret;
use shared::service::factor_setup::{Enrolling, NotSetUp};
use shared::service::tell::News;
use shared::session::attempt::Attempt;

use super::page::{AuthenticatorPage, AuthenticatorProblem};
use super::{FUNCTION, PATH, enrolling};
use crate::reader::{Person, Reader};
use crate::view::View;
use web::{AccountPages, PageError};

/// `POST /account/security/authenticator`: the page's buttons.
#[derive(Clone, Copy, Debug)]
pub struct Change;

/// The page's form.
#[derive(Debug)]
pub struct ChangeForm {
    user: Option<UserId>,
    action: Action,
}

#[derive(Debug)]
enum Action {
    Confirm { setup: Secret<String>, otp: Option<Otp>, proof: Secret<String> },
    Remove,
}

impl Endpoint for Change {
    const ROUTE: Route = Route::post("pages-change-authenticator", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Set up the app with its first code, or remove it, from that page.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = ChangeForm;
    type Output = View<AuthenticatorPage>;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: Reader,
        form: ChangeForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<AuthenticatorPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_first(PATH).into())) };
        // A form that was shown to somebody else, or too long ago, changes nothing.
        if let Err(reason) = person.admit(at, form.user) {
            return Ok(pass.give(View::refused(AuthenticatorPage::ask(at, &caller, &person).await?, reason)));
        }
        Ok(pass.give(match form.action {
            Action::Confirm { setup, otp, proof } => {
                let attempt = person.attempt(at, &caller, &setup, &proof).await?;
                confirm(at, &caller, &person, (&setup, &attempt), otp.as_ref()).await?
            }
            Action::Remove => View::page(remove(at, &caller, &person).await?),
        }))
    }
}

async fn confirm(
    at: &Moment,
    caller: &Reader,
    person: &Person,
    (setup, attempt): (&Secret<String>, &Attempt),
    otp: Option<&Otp>,
) -> Result<View<AuthenticatorPage>, PageError> {
    let session = person.session.id.to_string();
    let enrolling = Enrolling { attempt: Some(attempt), ..enrolling(caller, person, &session) };
    if !caller.app.policy.second_factor.is_offered() {
        return Ok(View::refused(AuthenticatorPage::ask(at, caller, person).await?, Reason::StaleForm));
    }
    let codes = match at.set_up_factor(enrolling, setup.expose(), otp).await {
        Ok(codes) => codes,
        Err(NotSetUp::Wrong) => {
            return Ok(match at.offer_factor_again(enrolling, setup.expose()).await {
                Ok(offer) => {
                    View::page(AuthenticatorPage::again(caller, person, offer, AuthenticatorProblem::WrongOtp))
                }
                Err(_) => View::refused(AuthenticatorPage::ask(at, caller, person).await?, Reason::WrongOtp),
            });
        }
        Err(why @ (NotSetUp::Dead | NotSetUp::Changed | NotSetUp::MovedOn)) => {
            // The same form did it a moment ago: this answer is the one that is read. Otherwise the page says what there is now: a new
            // secret, or that the factor is set up.
            let reason = if matches!(why, NotSetUp::Changed) { Reason::FactorExists } else { Reason::DeadSetup };
            return Ok(match at.codes_of_setup(&caller.app.id, person.user.id, attempt).await? {
                Some(codes) => View::page(AuthenticatorPage::set_up(caller, person, &codes)),
                None => View::refused(AuthenticatorPage::refreshed(at, caller, person).await?, reason),
            });
        }
        Err(NotSetUp::Store(error)) => return Err(error.into()),
    };
    at.tell(news(caller, Event::FactorAdded), &person.user.handles()).await;
    Ok(View::page(AuthenticatorPage::set_up(caller, person, &codes)))
}

async fn remove(at: &Moment, caller: &Reader, person: &Person) -> Result<AuthenticatorPage, PageError> {
    at.remove_factor(news(caller, Event::FactorRemoved), &person.user).await?;
    Ok(AuthenticatorPage::refreshed(at, caller, person).await?)
}

fn news<'a>(caller: &'a Reader, event: Event<'a>) -> News<'a> {
    News { app: &caller.app, event, device: &caller.device, language: caller.frame.language }
}

impl Input<Change> for ChangeForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let action = if text("action") == Some("remove") {
            Action::Remove
        } else {
            let setup = Secret::new(text("setup").unwrap_or_default().to_owned());
            let proof = Secret::new(text("otp").unwrap_or_default().to_owned());
            Action::Confirm { setup, otp: Otp::given(text("otp")), proof }
        };
        Ok(Self { user: text("user").and_then(|id| id.parse().ok()), action })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user"], &["action", "setup", "otp"]))
    }
}
