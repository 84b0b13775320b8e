//! Messages to endpoints: `add_delivery`, `delivery`, `deliveries`, `settle`, `replay`.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use serde_json::Value;

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, number, text, time};
use crate::store::keys::{DELIVERY_PREFIX, Key, Table};
use crate::webhook::delivery::{Delivery, KEPT, Parcel, Stage};
use crate::webhook::endpoint::EndpointId;

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// How far the delivery is now.
    pub stage: Stage,
    /// How often this round was tried.
    pub tries: u32,
    /// What the endpoint said, or why nothing was heard of it.
    pub answer: String,
    /// When it is tried again.
    pub due: Option<Timestamp>,
}

impl Store {
    /// Writes a message down. `false`: it is there already, for its change was delivered before.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn add_delivery(&self, delivery: &Delivery) -> Result<bool, StoreError> {
        let put = self.db.put_item().table_name(self.table(Table::Live)).set_item(Some(write_delivery(delivery)));
        match put.condition_expression("attribute_not_exists(pk)").send_by(&self.db).await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Ok(false)
            }
            Err(error) => Err(StoreError::unavailable("PutItem", &error)),
        }
    }

    /// A message to an endpoint.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn delivery(&self, parcel: &Parcel) -> Result<Option<Delivery>, StoreError> {
        let item = self.get(&Key::delivery(parcel)).await?;
        item.map(|item| read_delivery(&parcel.app, &parcel.endpoint, &item)).transpose()
    }

    /// The messages to an endpoint since then, the newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn deliveries(
        &self,
        app: &AppId,
        endpoint: &EndpointId,
        since: Timestamp,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut pages = self
            .db
            .client()
            .query()
            .table_name(self.table(Table::Live))
            .key_condition_expression("pk = :whose AND sk >= :since")
            .expression_attribute_values(":whose", text(Key::deliveries(app, endpoint)))
            .expression_attribute_values(":since", text(format!("{:011}", since.unix().max(0))))
            .scan_index_forward(false)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut found = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| StoreError::unavailable("Query", &error))?;
            found.push(read_delivery(app, endpoint, &item)?);
        }
        Ok(found)
    }

    /// Notes what came of a try of the round that `parcel` is of. Nothing is noted of one that is over, or that a replay followed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn settle(&self, parcel: &Parcel, settled: &Settled) -> Result<(), StoreError> {
        let Settled { stage, tries, answer, due } = settled;
        let set = "SET stage = :stage, tries = :tries, answer = :answer";
        let settle = self
            .update(&Key::delivery(parcel))
            .condition_expression("#round = :round AND stage IN (:new, :waiting)")
            .expression_attribute_names("#round", "round")
            .expression_attribute_values(":round", number(parcel.round))
            .expression_attribute_values(":new", text(Stage::New.name()))
            .expression_attribute_values(":waiting", text(Stage::Waiting.name()))
            .expression_attribute_values(":stage", text(stage.name()))
            .expression_attribute_values(":tries", number(*tries))
            .expression_attribute_values(":answer", text(answer));
        let settle = match due {
            Some(due) => {
                settle.update_expression(format!("{set}, due = :due")).expression_attribute_values(":due", time(*due))
            }
            None => settle.update_expression(format!("{set} REMOVE due")),
        };
        self.send_update(settle).await.map(drop)
    }

    /// Begins another round of a message, whatever became of it before. `false`: there is no such message.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn replay(&self, parcel: &Parcel, now: Timestamp) -> Result<bool, StoreError> {
        let replay = self
            .update(&Key::delivery(parcel))
            .update_expression(
                "SET stage = :new, #round = #round + :one, tries = :none, began = :now, #ttl = :ttl REMOVE due, answer",
            )
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#round", "round")
            // A reserved word.
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":new", text(Stage::New.name()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":none", number(0))
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":ttl", time(now.plus(KEPT)));
        Ok(self.send_update(replay).await?.is_ok())
    }
}

/// The message that a record of the live table's stream says is to be put into the queue; `None` of one that says something else.
#[must_use]
pub fn announced(record: &Value) -> Option<Parcel> {
    let change = &record["dynamodb"];
    let (app, endpoint) = change["Keys"]["pk"]["S"].as_str()?.strip_prefix(DELIVERY_PREFIX)?.split_once('#')?;
    let item = &change["NewImage"];
    (item["stage"]["S"] == Stage::New.name()).then_some(())?;
    Some(Parcel {
        app: app.parse().ok()?,
        endpoint: endpoint.parse().ok()?,
        delivery: change["Keys"]["sk"]["S"].as_str()?.to_owned(),
        round: item["round"]["N"].as_str()?.parse().ok()?,
    })
}

fn write_delivery(delivery: &Delivery) -> Attributes {
    let Delivery { parcel, message, event, body, created, began, stage, tries, due, answer } = delivery;
    Writer::at(&Key::delivery(parcel))
        .with("round", number(parcel.round))
        .with("message", text(message))
        .with("event", text(event))
        .with("body", text(body))
        .with("created", time(*created))
        .with("began", time(*began))
        .with("stage", text(stage.name()))
        .with("tries", number(*tries))
        .maybe("due", due.map(time))
        .maybe("answer", answer.as_ref().map(text))
        .with("ttl", time(created.plus(KEPT)))
        .done()
}

fn read_delivery(app: &AppId, endpoint: &EndpointId, attributes: &Attributes) -> Result<Delivery, StoreError> {
    let item = Reader::new("delivery", attributes);
    Ok(Delivery {
        parcel: Parcel {
            app: app.clone(),
            endpoint: endpoint.clone(),
            delivery: item.text("sk")?.to_owned(),
            round: item.number("round")?,
        },
        message: item.text("message")?.to_owned(),
        event: item.text("event")?.to_owned(),
        body: item.text("body")?.to_owned(),
        created: item.time("created")?,
        began: item.time("began")?,
        stage: item.parsed("stage")?,
        tries: item.number("tries")?,
        due: item.maybe_time("due")?,
        answer: item.maybe_text("answer")?.map(str::to_owned),
    })
}
