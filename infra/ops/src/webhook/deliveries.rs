//! `cargo ops webhook deliveries`, `cargo ops webhook replay`: the messages on their way.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use shared::audit::Act;
use shared::clock::Seconds;
use shared::id::AppId;
use shared::webhook::delivery::{Delivery, Parcel, Stage};
use shared::webhook::endpoint::EndpointId;

use crate::deployment::OperatorContext;
use crate::out::say;

/// A delivery, as it is shown and typed: the endpoint's id, a stroke, and the delivery's own.
#[derive(Clone, Debug)]
pub(super) struct Place {
    endpoint: EndpointId,
    delivery: String,
}

impl Place {
    pub(super) fn of(parcel: &Parcel) -> Self {
        Self { endpoint: parcel.endpoint.clone(), delivery: parcel.delivery.clone() }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(endpoint, delivery)| Some((endpoint.parse().ok()?, delivery)));
        let (endpoint, delivery) = parts.filter(|(_, delivery)| !delivery.is_empty()).ok_or_else(|| {
            "a delivery looks like 0123456789ab/01800000000.msg_…: cargo ops webhook deliveries lists them".to_owned()
        })?;
        Ok(Self { endpoint, delivery: delivery.to_owned() })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.endpoint, self.delivery)
    }
}

pub(super) async fn list(
    context: &OperatorContext,
    app: &AppId,
    failed: bool,
    since: Seconds,
    json: bool,
) -> Result<()> {
    for delivery in of_app(context, app, since).await?.into_iter().filter(|one| !failed || one.stage == Stage::Dead) {
        if json {
            say!("{}", describe(&delivery))?;
        } else {
            let Delivery { parcel, event, created, stage, tries, answer, .. } = &delivery;
            let (created, stage, place) = (created.rfc3339(), stage.name(), Place::of(parcel));
            let answer = answer.as_deref().unwrap_or_default();
            say!("{created}  {place}  {event}  {stage}  tries {tries}  {answer}")?;
        }
    }
    Ok(())
}

pub(super) async fn replay(
    context: &OperatorContext,
    app: &AppId,
    named: Vec<Place>,
    since: Option<Seconds>,
    json: bool,
) -> Result<()> {
    let places = match since {
        None => named,
        Some(since) => {
            let dead = of_app(context, app, since).await?.into_iter().filter(|one| one.stage == Stage::Dead);
            dead.map(|delivery| Place::of(&delivery.parcel)).collect()
        }
    };
    let now = context.clock.now();
    for place in &places {
        let Place { endpoint, delivery } = place.clone();
        context.store.note_act(Act::WebhookReplayed, Some(app), None, &[("endpoint", endpoint.as_str())], now).await?;
        let parcel = Parcel { app: app.clone(), endpoint, delivery, round: 0 };
        ensure!(
            context.store.replay(&parcel, now).await?,
            "{app} has no delivery {place}; those before it are on their way"
        );
    }
    if json {
        let places: Vec<_> = places.iter().map(Place::to_string).collect();
        say!("{}", json!({"replayed": places}))?;
    } else {
        say!("{} on their way again", places.len())?;
    }
    Ok(())
}

/// Of all endpoints that the app has, in the order of time.
async fn of_app(context: &OperatorContext, app: &AppId, since: Seconds) -> Result<Vec<Delivery>> {
    let since = context.clock.now().minus(since);
    let mut all = Vec::new();
    for endpoint in context.store.webhooks(app).await? {
        all.extend(context.store.deliveries(app, &endpoint.id, since).await?);
    }
    all.sort_by(|one, other| one.parcel.delivery.cmp(&other.parcel.delivery));
    Ok(all)
}

fn describe(delivery: &Delivery) -> Value {
    let Delivery { parcel, message, event, body, created, began, stage, tries, due, answer } = delivery;
    json!({
        "delivery": Place::of(parcel).to_string(),
        "app": parcel.app.as_str(),
        "endpoint": parcel.endpoint.as_str(),
        "message": message,
        "event": event,
        "body": serde_json::from_str::<Value>(body).unwrap_or_default(),
        "created": created.rfc3339(),
        "round": parcel.round,
        "began": began.rfc3339(),
        "stage": stage.name(),
        "tries": tries,
        "due": due.map(shared::clock::Timestamp::rfc3339),
        "answer": answer,
    })
}
