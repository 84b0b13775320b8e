//! Endpoints of an app's webhooks: `webhooks`, `webhook`, `add_webhook`, `rotate_webhook`, `switch_webhook`, `remove_webhook`, and
//! `begin_failing`, `end_failing`.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::store::authors::BY;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, bytes, text, time};
use crate::store::keys::{Key, Table};
use crate::webhook::endpoint::{Endpoint, EndpointId, MOST, Off};
use crate::webhook::event::Events;
use crate::webhook::secret::SealedSecret;

/// Why an endpoint was not added.
#[derive(Debug, thiserror::Error)]
pub enum NotAdded {
    /// The app has as many as an app may have.
    #[error("an app has at most {MOST} endpoints: remove one")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// All endpoints of an app, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn webhooks(&self, app: &AppId) -> Result<Vec<Endpoint>, StoreError> {
        self.partition(&Key::webhooks(app)).await?.iter().map(|item| read_endpoint(app, item)).collect()
    }

    /// One endpoint of an app.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn webhook(&self, app: &AppId, id: &EndpointId) -> Result<Option<Endpoint>, StoreError> {
        let item = self.get(&Key::webhook(app, id)).await?;
        item.map(|item| read_endpoint(app, &item)).transpose()
    }

    /// Adds an endpoint. Two operators at once may exceed [`MOST`] by one.
    ///
    /// # Errors
    /// [`NotAdded`]
    pub async fn add_webhook(&self, endpoint: &Endpoint) -> Result<(), NotAdded> {
        if self.partition(&Key::webhooks(&endpoint.app)).await?.len() >= MOST {
            return Err(NotAdded::TooMany);
        }
        let put = self.db.put_item().table_name(self.table(Table::Core));
        let put = put.set_item(Some(self.by_author(write_endpoint(endpoint))));
        match put.condition_expression("attribute_not_exists(pk)").send_by(&self.db).await {
            Ok(_) => Ok(()),
            // The answer to a write of ours was lost, for the id was drawn just now.
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(())
            }
            Err(error) => Err(StoreError::unavailable("PutItem", &error).into()),
        }
    }

    /// Gives an endpoint another secret; the one before signs until then, too. `false`: there is no such endpoint.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn rotate_webhook(
        &self,
        endpoint: &Endpoint,
        secret: &SealedSecret,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let rotate = self
            .update(&Key::webhook(&endpoint.app, &endpoint.id))
            .update_expression(format!("SET #secret = :new, former = :former, former_until = :until, {BY}"))
            // Who rotated it in the meantime is not undone; nor is this write's own repetition.
            .condition_expression("#secret = :former OR #secret = :new")
            .expression_attribute_names("#secret", "secret")
            .expression_attribute_values(":new", bytes(secret.as_bytes()))
            .expression_attribute_values(":former", bytes(endpoint.secret.as_bytes()))
            .expression_attribute_values(":until", time(until));
        Ok(self.send_update(self.signed(rotate)).await?.is_ok())
    }

    /// An operator turns an endpoint on or off. `false`: there is no such endpoint.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn switch_webhook(&self, app: &AppId, id: &EndpointId, on: bool) -> Result<bool, StoreError> {
        let switch = self.update(&Key::webhook(app, id)).condition_expression("attribute_exists(pk)");
        let switch = if on {
            switch.update_expression(format!("SET {BY} REMOVE turned_off, failing_since"))
        } else {
            switch
                .update_expression(format!("SET turned_off = :off, {BY}"))
                .expression_attribute_values(":off", text(Off::ByOperator.name()))
        };
        Ok(self.send_update(self.signed(switch)).await?.is_ok())
    }

    /// Removes an endpoint. It is turned off before, which says in the trail by whom. `false`: there is no such endpoint.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn remove_webhook(&self, app: &AppId, id: &EndpointId) -> Result<bool, StoreError> {
        let there = self.switch_webhook(app, id, false).await?;
        self.remove(&Key::webhook(app, id)).await?;
        Ok(there)
    }

    /// Notes that an endpoint fails from now on, and turns it off if there is a reason to. Nobody's act: it has no author.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn begin_failing(
        &self,
        app: &AppId,
        id: &EndpointId,
        now: Timestamp,
        off: Option<Off>,
    ) -> Result<(), StoreError> {
        let fail = self.update(&Key::webhook(app, id)).condition_expression("attribute_exists(pk)");
        let fail = fail.expression_attribute_values(":now", time(now));
        let since = "failing_since = if_not_exists(failing_since, :now)";
        let fail = match off {
            None => fail.update_expression(format!("SET {since}")),
            Some(off) => fail
                .update_expression(format!("SET {since}, turned_off = if_not_exists(turned_off, :off)"))
                .expression_attribute_values(":off", text(off.name())),
        };
        // A failed condition: it was removed.
        self.send_update(fail).await.map(drop)
    }

    /// Notes that an endpoint does not fail any more.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn end_failing(&self, app: &AppId, id: &EndpointId) -> Result<(), StoreError> {
        let end = self
            .update(&Key::webhook(app, id))
            .update_expression("REMOVE failing_since")
            .condition_expression("attribute_exists(pk)");
        self.send_update(end).await.map(drop)
    }
}

fn write_endpoint(endpoint: &Endpoint) -> Attributes {
    let Endpoint { app, id, url, events, secret, former, off, failing_since, created, arrived } = endpoint;
    let names: Vec<_> = events.names().map(str::to_owned).collect();
    Writer::at(&Key::webhook(app, id))
        .with("url", text(url.as_str()))
        .maybe("events", (!names.is_empty()).then_some(AttributeValue::Ss(names)))
        .with("secret", bytes(secret.as_bytes()))
        .maybe("former", former.as_ref().map(|(secret, _)| bytes(secret.as_bytes())))
        .maybe("former_until", former.as_ref().map(|(_, until)| time(*until)))
        .maybe("turned_off", off.map(|off| text(off.name())))
        .maybe("failing_since", failing_since.map(time))
        .with("created", time(*created))
        .maybe("arrived", arrived.map(time))
        .done()
}

pub(super) fn read_endpoint(app: &AppId, attributes: &Attributes) -> Result<Endpoint, StoreError> {
    let item = Reader::new("webhook", attributes);
    let former = item.maybe_bytes("former")?.map(|secret| SealedSecret::from_bytes(secret.to_vec()));
    Ok(Endpoint {
        app: app.clone(),
        id: item.parsed("sk")?,
        url: item.parsed("url")?,
        // Types of a later release are passed over.
        events: Events::of(item.set("events")?.iter().filter_map(|name| name.parse().ok())),
        secret: SealedSecret::from_bytes(item.bytes("secret")?.to_vec()),
        former: former.zip(item.maybe_time("former_until")?),
        off: item.maybe_parsed("turned_off")?,
        failing_since: item.maybe_time("failing_since")?,
        created: item.time("created")?,
        arrived: item.maybe_time("arrived")?,
    })
}
