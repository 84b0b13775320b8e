//! Grants: `grant`, `grants`, `consent`, `choose_mementos`, `forget_memento`, `disconnect`, `note_grant_use`.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, ReturnValue, TransactWriteItem};
use futures_util::future::try_join_all;

use crate::clock::Timestamp;
use crate::id::{AppId, ClientId, GrantId, UserId};
use crate::oauth::grant::{Grant, Ticket};
use crate::oauth::memento::MementoId;
use crate::oauth::scope::Scope;
use crate::session::Bearer;
use crate::store::authors::BY;
use crate::store::client::{Cancelled, FailedCondition, Store, update_item};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, key as key_of, number, text, time};
use crate::store::keys::{GRANT_PREFIX, Key, Table};

/// What somebody has just agreed to.
#[derive(Debug)]
pub struct Consent<'a> {
    /// The session that agrees.
    pub bearer: &'a Bearer,
    /// What the form that was sent had found.
    pub ticket: &'a Ticket,
    /// To whom.
    pub client: &'a ClientId,
    /// What the client may do from now on, beside what it was let do before.
    pub scope: &'a Scope,
    /// The resource servers that it may have tokens for from now on, beside those of before.
    pub servers: &'a [String],
    /// All that the client may see from now on.
    pub mementos: &'a [MementoId],
    /// The id of the grant, if there is none yet.
    pub new: GrantId,
}

/// Why nothing was granted.
#[derive(Debug, thiserror::Error)]
pub enum NotGranted {
    /// The session that agrees has ended.
    #[error("the session is dead")]
    SignedOut,
    /// Another page of the same user's decided about the same client meanwhile.
    #[error("the grant changed")]
    Changed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// What a user lets a client have.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn grant(&self, app: &AppId, user: UserId, client: &ClientId) -> Result<Option<Grant>, StoreError> {
        let item = self.get(&Key::grant(app, user, client)).await?;
        item.map(|attributes| read_grant(client.clone(), &attributes)).transpose()
    }

    /// Everything that a user lets clients have, in the order of the clients' ids.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn grants(&self, app: &AppId, user: UserId) -> Result<Vec<Grant>, StoreError> {
        let mut pages = self
            .db
            .client()
            .query()
            .table_name(self.table(Table::Core))
            .key_condition_expression("pk = :user AND begins_with(sk, :grant)")
            .expression_attribute_values(":user", text(Key::partition(app, user)))
            .expression_attribute_values(":grant", text(GRANT_PREFIX))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut grants = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| StoreError::unavailable("Query", &error))?;
            let reader = Reader::new("grant", &item);
            let client = reader.text("sk")?.strip_prefix(GRANT_PREFIX).and_then(|id| id.parse().ok());
            grants.push(read_grant(client.ok_or(reader.corrupt("sk"))?, &item)?);
        }
        Ok(grants)
    }

    /// Writes what a user agrees to, if the session is alive and the grant is the one that the form was about, or says
    /// just that by now. One transaction decides: what was read for the form is in the ticket.
    ///
    /// # Errors
    /// [`NotGranted`]
    pub async fn consent(&self, app: &AppId, consent: &Consent<'_>, now: Timestamp) -> Result<GrantId, NotGranted> {
        let Consent { bearer, ticket, client, scope, servers, mementos, new } = consent;
        // Counted, so that a deletion at the same time looks again.
        let user = self
            .transact_update(&Key::user(app, bearer.user))
            .update_expression("ADD made :one")
            .condition_expression("epoch = :epoch")
            .expression_attribute_values(":epoch", number(ticket.epoch.0))
            .expression_attribute_values(":one", number(1));
        let user = update_item(user)?;
        let session = self
            .check(&Key::session(app, bearer.user, &bearer.session))
            .condition_expression(
                "epoch = :epoch AND attribute_not_exists(revoked) AND expires > :now AND #until > :now",
            )
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(":epoch", number(ticket.epoch.0))
            .expression_attribute_values(":now", time(now));
        let session = session.build().map_err(|_| StoreError::Corrupt { entity: "transaction", attribute: "check" })?;
        let session = TransactWriteItem::builder().condition_check(session).build();
        let items = vec![user, session, self.granted(app, consent, now)?];
        match self.transact(items).await {
            Ok(()) => Ok(ticket.grant.clone().unwrap_or_else(|| new.clone())),
            Err(Cancelled::Store(error)) => Err(error.into()),
            Err(Cancelled::Conditions(found)) => match found.as_slice() {
                [None, None, Some(FailedCondition(Some(item)))] => {
                    let known = read_grant((*client).clone(), item)?;
                    // The same form again, by a double click or as the first answer was a 503: nothing is overwritten.
                    if known.says(scope, servers, mementos) { Ok(known.id) } else { Err(NotGranted::Changed) }
                }
                [None, None, ..] => Err(NotGranted::Changed),
                _ => Err(NotGranted::SignedOut),
            },
        }
    }

    /// The grant as `consent` leaves it, if it is the one that the form was about.
    fn granted(&self, app: &AppId, consent: &Consent<'_>, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let Consent { bearer, ticket, client, scope, servers, mementos, new } = consent;
        let grant = self
            .transact_signed(self.transact_update(&Key::grant(app, bearer.user, client)))
            .expression_attribute_values(":id", text(new.as_str()))
            .expression_attribute_values(":now", time(now));
        let (grant, condition) = match &ticket.grant {
            None => (grant, "attribute_not_exists(id) OR id = :id"),
            Some(known) => (grant.expression_attribute_values(":known", text(known.as_str())), "id = :known"),
        };
        let mut set = format!("SET id = if_not_exists(id, :id), created = if_not_exists(created, :now), {BY}");
        let mut grant = grant.condition_expression(condition);
        match set_of(*mementos) {
            None => set += " REMOVE mementos",
            Some(ids) => {
                set += ", mementos = :mementos";
                grant = grant.expression_attribute_values(":mementos", ids);
            }
        }
        let mut added = Vec::new();
        for (addition, value, texts) in [
            ("scopes :scopes", ":scopes", set_of(scope.tokens())),
            ("audiences :audiences", ":audiences", set_of(*servers)),
        ] {
            if let Some(texts) = texts {
                added.push(addition);
                grant = grant.expression_attribute_values(value, texts);
            }
        }
        if !added.is_empty() {
            set.push_str(" ADD ");
            set.push_str(&added.join(", "));
        }
        update_item(grant.update_expression(set))
    }

    /// Replaces the mementos that a client may see, for its next request on. `None`: it is not connected.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn choose_mementos(
        &self,
        app: &AppId,
        user: UserId,
        client: &ClientId,
        mementos: &[MementoId],
    ) -> Result<Option<Grant>, StoreError> {
        let update = self
            .update(&Key::grant(app, user, client))
            .condition_expression("attribute_exists(pk)")
            .return_values(ReturnValue::AllNew);
        let update = match set_of(mementos) {
            None => update.update_expression(format!("SET {BY} REMOVE mementos")),
            Some(ids) => update
                .update_expression(format!("SET mementos = :mementos, {BY}"))
                .expression_attribute_values(":mementos", ids),
        };
        match self.send_update(self.signed(update)).await? {
            Ok(item) => read_grant(client.clone(), &item).map(Some),
            Err(FailedCondition(_)) => Ok(None),
        }
    }

    /// Takes a memento out of everything that its user lets clients have.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(super) async fn forget_memento(
        &self,
        app: &AppId,
        user: UserId,
        memento: &MementoId,
    ) -> Result<(), StoreError> {
        let grants = self.grants(app, user).await?;
        let holding = grants.iter().filter(|grant| grant.mementos.contains(memento));
        let forgotten = holding.map(|grant| {
            let forget = self
                .update(&Key::grant(app, user, &grant.client))
                .update_expression("DELETE mementos :gone")
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_values(":gone", AttributeValue::Ss(vec![memento.to_string()]));
            self.send_update(forget)
        });
        try_join_all(forgotten).await.map(drop)
    }

    /// Takes back everything that a user lets a client have; every token that the client was given for it is dead.
    /// `false`: it had nothing.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn disconnect(&self, app: &AppId, user: UserId, client: &ClientId) -> Result<bool, StoreError> {
        self.remove_if_there(&Key::grant(app, user, client)).await
    }

    /// Takes back everything that a user lets any client have.
    ///
    /// # Errors
    /// [`StoreError`]: some of it may be left.
    pub(super) async fn disconnect_all(&self, app: &AppId, user: UserId) -> Result<(), StoreError> {
        let grants = self.grants(app, user).await?;
        try_join_all(grants.iter().map(|grant| self.disconnect(app, user, &grant.client))).await.map(drop)
    }

    /// Notes that a client was given a token.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn note_grant_use(
        &self,
        app: &AppId,
        user: UserId,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let note = self
            .update(&Key::grant(app, user, &grant.client))
            .update_expression("SET used = :now")
            .condition_expression("id = :id")
            .expression_attribute_values(":id", text(grant.id.as_str()))
            .expression_attribute_values(":now", time(now));
        self.send_update(note).await.map(drop)
    }

    pub(super) fn check(&self, key: &Key) -> aws_sdk_dynamodb::types::builders::ConditionCheckBuilder {
        ConditionCheck::builder().table_name(self.table(key.table)).set_key(Some(key_of(key)))
    }
}

/// A set that names nothing twice, which is an error. `None` of nothing: DynamoDB has no empty set.
fn set_of(texts: impl IntoIterator<Item: ToString>) -> Option<AttributeValue> {
    let texts: BTreeSet<_> = texts.into_iter().map(|text| text.to_string()).collect();
    (!texts.is_empty()).then(|| AttributeValue::Ss(texts.into_iter().collect()))
}

fn read_grant(client: ClientId, attributes: &Attributes) -> Result<Grant, StoreError> {
    let item = Reader::new("grant", attributes);
    let mut mementos: Vec<_> = item.set("mementos")?.iter().cloned().map(MementoId::stored).collect();
    // The newest first, as everywhere.
    mementos.sort_by(|one, other| other.cmp(one));
    Ok(Grant {
        id: GrantId::stored(item.text("id")?.to_owned()),
        client,
        scope: item.set("scopes")?.iter().cloned().collect(),
        servers: item.set("audiences")?.iter().cloned().collect(),
        mementos,
        created: item.time("created")?,
        used: item.maybe_time("used")?,
    })
}
