//! `POST /account/apps`: change what a connected app may see, or disconnect it.

use runtime::{Admitted, Ctx, Endpoint, Form, Gate, Input, Moment, Request, Route, form_schema};
use serde_json::Value;
use shared::id::ClientId;
use shared::oauth::grant::{Grant, Ticket};
use shared::secret::Secret;
use web::WayBack;

use super::page::AppsView;
use super::{FUNCTION, PATH, Reader};
use crate::pages::{PageError, Pages};
use crate::picker::{Picked, PickerNotice, PickerOwner};

/// `POST /account/apps`: disconnects an app, or changes the mementos that it sees.
#[derive(Clone, Copy, Debug)]
pub struct ChangeApps;

/// The submitted form.
#[derive(Debug)]
pub struct ChangeForm {
    client: Option<ClientId>,
    ticket: Secret<String>,
    action: Action,
    picked: Picked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Save,
    Disconnect,
    Make,
    ShowApps,
}

impl Endpoint for ChangeApps {
    const ROUTE: Route = Route::post("oauth-change-connected-app", PATH).of(FUNCTION);
    const SUMMARY: &'static str = "Change what an app may see, or disconnect it, from that page.";
    const ERRORS: &'static [PageError] = &[PageError::NoTicket, PageError::ForeignOrigin];
    const TAKES: &'static str = "application/x-www-form-urlencoded";
    type Dialect = Pages;
    type Ctx = Ctx;
    type Caller = Reader;
    type Input = ChangeForm;
    type Output = AppsView;

    async fn call(
        at: &Moment,
        caller: Reader,
        order: ChangeForm,
        gate: Gate<'_>,
    ) -> Result<Admitted<AppsView>, PageError> {
        let ChangeForm { client, ticket, action, mut picked } = order;
        let Some(presence) = caller.presence.as_ref() else {
            // Signed out meanwhile, in another tab perhaps.
            let back = back(client.as_ref(), action, &picked);
            return Ok(gate.pass().await?.give(AppsView::sign_in(at, caller, back)));
        };
        let ticket = Ticket::read(ticket.expose(), &presence.bearer, client.as_ref(), &caller.app.id, at.ring().await?);
        ticket.ok_or(PageError::NoTicket)?;
        let person = caller.signed_in(at).await?;
        let pass = gate.pass().await?;
        let (Some(person), Some(client)) = (person, client.clone()) else {
            return Ok(pass.give(AppsView::sign_in(at, caller, back(client.as_ref(), action, &picked))));
        };
        let owner = PickerOwner { app: &person.app.id, user: person.user.id };
        let told = match action {
            Action::Disconnect => {
                at.store.disconnect(owner.app, owner.user, &client).await?;
                return Ok(pass.give(AppsView::Disconnected));
            }
            Action::Save => {
                let mementos = owner.own(at, &picked.ticked).await?;
                if mementos.len() <= Grant::MOST_MEMENTOS {
                    at.store.choose_mementos(owner.app, owner.user, &client, &mementos).await?;
                    return Ok(pass.give(AppsView::Saved));
                }
                Some(PickerNotice::TooMany)
            }
            Action::Make => Some(owner.make(at, &mut picked).await?),
            Action::ShowApps => None,
        };
        let changing = Some((client, Some(picked), told));
        Ok(pass.give(AppsView::of(at, &person, caller.frame, changing).await?))
    }
}

/// The way back for somebody who has to sign in first. What they ticked comes back; whether to disconnect an app, they are asked again.
fn back(client: Option<&ClientId>, action: Action, picked: &Picked) -> WayBack {
    let back = WayBack::to(PATH);
    let Some(client) = client.filter(|_| action != Action::Disconnect) else { return back };
    let chosen = std::iter::once(("client", client.as_str())).chain(picked.fields()).collect::<Vec<_>>();
    back.with(&Form::read(runtime::query(&chosen).as_bytes()))
}

impl Input<ChangeApps> for ChangeForm {
    fn parse(request: &Request) -> Result<Self, PageError> {
        let form = request.form();
        let text = |name| form.one(name).ok().flatten();
        let picked = Picked::read(&form);
        let action = match text("action") {
            Some("save") => Action::Save,
            Some("disconnect") => Action::Disconnect,
            other if picked.is_making(other) => Action::Make,
            _ => Action::ShowApps,
        };
        Ok(Self {
            client: text("client").and_then(|id| id.parse().ok()),
            ticket: form.secret("ticket"),
            action,
            picked,
        })
    }

    fn schema() -> Option<Value> {
        Some(form_schema(&["client", "ticket", "action"], &["m", "q", "new"]))
    }
}
