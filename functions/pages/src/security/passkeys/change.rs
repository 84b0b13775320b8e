//! `POST /account/security/passkeys`: add, rename or remove a passkey.

use runtime::{Admitted, Ctx, Endpoint, Gate, Input, Moment, Reason, Request, Route, form_schema};
use serde_json::Value;
use shared::id::UserId;
use shared::passkey::json::RegistrationAnswer;
use shared::passkey::{PasskeyId, PasskeyName, Refused};
use shared::service::passkeys::NotAdded;
use shared::store::StoreError;

use super::page::{Done, PasskeyProblem, PasskeysPage, TypedName, back};
use super::{FUNCTION, PATH};
use crate::reader::{Person, Reader};
use crate::view::{Go, View};
use web::{AccountPages, PageError};

/// `POST /account/security/passkeys`: the page's buttons.
#[derive(Clone, Copy, Debug)]
pub struct Change;

/// One of the page's forms.
#[derive(Debug)]
pub struct ChangeForm {
    user: Option<UserId>,
    order: Order,
    /// The name as it stands in the form.
    typed: Option<TypedName>,
}

#[derive(Debug)]
enum Order {
    /// `None`: no browser gave that.
    Add {
        answer: Option<RegistrationAnswer>,
        name: Option<PasskeyName>,
    },
    Rename {
        passkey: Option<PasskeyId>,
        name: Option<PasskeyName>,
    },
    Remove(Option<PasskeyId>),
}

/// Why nothing was changed.
#[derive(Debug)]
enum NotChanged {
    ToCorrect(PasskeyProblem),
    /// The user is gone or has moved on to another epoch.
    Changed,
    Store(StoreError),
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotAdded> for NotChanged {
    fn from(error: NotAdded) -> Self {
        match error {
            NotAdded::Refused(why) => Self::ToCorrect(PasskeyProblem::NotAdded(why.into())),
            NotAdded::TooMany => Self::ToCorrect(PasskeyProblem::TooMany),
            NotAdded::Changed => Self::Changed,
            NotAdded::Store(error) => Self::Store(error),
        }
    }
}

impl Endpoint for Change {
    const ROUTE: Route = Route::post("pages-change-passkeys", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Add, rename or remove a passkey from that page.";
    const ERRORS: &'static [PageError] = &[PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = AccountPages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = ChangeForm;
    type Output = View<PasskeysPage>;

    fn prepare(ctx: &Ctx) {
        ctx.mailer();
    }

    async fn call(
        at: &Moment,
        caller: Reader,
        form: ChangeForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<View<PasskeysPage>>, PageError> {
        let person = caller.person(at).await?;
        let pass = gate.pass().await?;
        let typed = form.typed;
        let Some(person) = person else { return Ok(pass.give(caller.sign_in_again(back(typed.as_ref())).into())) };
        // A form that was shown to somebody else changes nothing.
        if form.user != Some(person.user.id) {
            return Ok(pass.give(done(Done::Nothing).because(Reason::StaleForm).into()));
        }
        Ok(pass.give(match form.order.carry_out(at, &caller, &person).await {
            Ok(Some(Done::Gone)) => done(Done::Gone).because(Reason::UnknownPasskey).into(),
            Ok(Some(what)) => done(what).into(),
            Ok(None) => View::refused(PasskeysPage::of(at, &caller, &person, typed).await?, Reason::Unconfirmed),
            Err(NotChanged::ToCorrect(why)) => {
                View::page(PasskeysPage::of(at, &caller, &person, typed).await?.again(why))
            }
            Err(NotChanged::Changed) => caller.sign_in_first(PATH).into(),
            Err(NotChanged::Store(error)) => return Err(error.into()),
        }))
    }
}

/// The page again, which says what was done: reloading it does nothing once more.
fn done(done: Done) -> Go {
    Go::to(format!("{PATH}?done={}", done.name()))
}

impl Order {
    /// What was done. `None`: the sign-in was too long ago, which the page says.
    async fn carry_out(self, at: &Moment, reader: &Reader, person: &Person) -> Result<Option<Done>, NotChanged> {
        let (app, user) = (&reader.app.id, person.user.id);
        match self {
            Self::Rename { passkey: Some(id), name: Some(name) } => {
                let renamed = at.store.rename_passkey(app, user, &id, &name).await?;
                Ok(Some(if renamed { Done::Renamed } else { Done::Gone }))
            }
            Self::Rename { name: None, .. } => Err(NotChanged::ToCorrect(PasskeyProblem::NoName)),
            Self::Rename { .. } | Self::Remove(None) => Ok(Some(Done::Gone)),
            Self::Add { .. } | Self::Remove(_) if !person.is_fresh_by_all_factors(at) => Ok(None),
            Self::Remove(Some(id)) => {
                // A form that is sent twice finds it gone. It is removed in any case.
                at.remove_passkey(reader.owner(person), &id).await?;
                Ok(Some(Done::Removed))
            }
            Self::Add { answer, name } => {
                let answer = answer.ok_or(NotAdded::Refused(Refused::Malformed))?;
                let party = at.config.passkeys.as_ref().ok_or(NotAdded::Refused(Refused::RelyingParty))?;
                let name = name.unwrap_or_else(|| PasskeyName::usual(&reader.device, reader.frame.language));
                match at.add_passkey(reader.owner(person), party, &answer, name).await {
                    Ok(_) => Ok(Some(Done::Added)),
                    // By the same form, perhaps, which was sent twice.
                    Err(why @ NotAdded::Refused(Refused::Replayed | Refused::Registered)) => {
                        let there = at.store.passkey(app, user, &answer.id.id()).await?;
                        if there.is_some() { Ok(Some(Done::Added)) } else { Err(why.into()) }
                    }
                    Err(why) => Err(why.into()),
                }
            }
        }
    }
}

impl Input<Change> for ChangeForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let passkey = || text("passkey").and_then(|id| id.parse().ok());
        let name = || text("name").and_then(|name| name.parse().ok());
        let order = match text("action") {
            Some("rename") => Order::Rename { passkey: passkey(), name: name() },
            Some("remove") => Order::Remove(passkey()),
            _ => {
                let credential: Option<Value> = text("credential").and_then(|text| serde_json::from_str(text).ok());
                let answer = credential.and_then(|value| RegistrationAnswer::read(&value).ok());
                Order::Add { answer, name: name() }
            }
        };
        let typed = TypedName::read(&form);
        Ok(Self { user: text("user").and_then(|id| id.parse().ok()), order, typed })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["user", "action"], &["passkey", "name", "credential"]))
    }
}
