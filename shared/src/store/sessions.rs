//! Sessions: `open_session`, `standing`, `end_other_sessions`.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::app::AppId;
use crate::clock::Timestamp;
use crate::session::{Bearer, Session, SessionId, Transport};
use crate::store::apps::build;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, number, text, time};
use crate::store::keys::{Key, SESSION_PREFIX, Table};
use crate::user::{Epoch, User, UserId};

/// How many sessions are ended at once.
const ENDED_AT_ONCE: usize = 25;

impl Store {
    /// Writes a new session. Its id is random, so writing it twice is writing it once.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn open_session(&self, app: &AppId, session: &Session) -> Result<(), StoreError> {
        self.db
            .put_item()
            .table_name(self.table(Table::Live))
            .set_item(Some(write_session(app, session)))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("PutItem", &error))
    }

    /// Writes a new session as part of a transaction.
    pub(super) fn put_session(&self, app: &AppId, session: &Session) -> Result<TransactWriteItem, StoreError> {
        let put = build(self.put(write_session(app, session), Table::Live))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// The user whom a verified token names, if the session is alive: two reads at once.
    ///
    /// # Errors
    /// [`StoreError`]: the token must then be refused.
    pub async fn standing(
        &self,
        app: &AppId,
        bearer: &Bearer,
        transport: Transport,
        now: Timestamp,
    ) -> Result<Option<User>, StoreError> {
        let key = Key::session(app, bearer.user, &bearer.session);
        let (user, session) = tokio::try_join!(self.user(app, bearer.user), self.get(&key))?;
        let (Some(user), Some(session)) = (user, session) else { return Ok(None) };
        let session = read_session(bearer, transport, &session)?;
        Ok(session.filter(|session| session.is_live(&user, now)).map(|_| user))
    }

    /// Ends every session of the user but one. Stopping half-way leaves fewer; doing it again ends the rest.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(super) async fn end_other_sessions(
        &self,
        app: &AppId,
        user: UserId,
        kept: &SessionId,
    ) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let page = self
                .db
                .query()
                .table_name(self.table(Table::Live))
                .key_condition_expression("pk = :user AND begins_with(sk, :session)")
                .projection_expression("pk, sk")
                .expression_attribute_values(":user", text(Key::partition(app, user)))
                .expression_attribute_values(":session", text(SESSION_PREFIX))
                .limit(i32::try_from(ENDED_AT_ONCE).unwrap_or(i32::MAX))
                .consistent_read(true)
                .set_exclusive_start_key(after)
                .send()
                .await
                .map_err(|error| StoreError::unavailable("Query", &error))?;
            let kept = Key::session(app, user, kept).sk;
            let ended = page
                .items
                .unwrap_or_default()
                .into_iter()
                .filter(|key| key.get("sk").and_then(|sk| sk.as_s().ok()) != Some(&kept))
                .map(|key| self.end_session(key));
            futures_util::future::try_join_all(ended).await?;
            after = page.last_evaluated_key;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn end_session(&self, key: Attributes) -> Result<(), StoreError> {
        self.db
            .delete_item()
            .table_name(self.table(Table::Live))
            .set_key(Some(key))
            .send()
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("DeleteItem", &error))
    }
}

fn write_session(app: &AppId, session: &Session) -> Attributes {
    Writer::at(&Key::session(app, session.user, &session.id))
        .with("transport", text(session.transport.name()))
        .with("epoch", number(session.epoch.0))
        .with("created", time(session.created))
        .with("expires", time(session.expires))
        .with("ttl", time(session.expires))
        .done()
}

/// The session in the item, unless it belongs to another API.
fn read_session(bearer: &Bearer, transport: Transport, attributes: &Attributes) -> Result<Option<Session>, StoreError> {
    let item = Reader::new("session", attributes);
    if item.text("transport")? != transport.name() {
        return Ok(None);
    }
    Ok(Some(Session {
        id: bearer.session.clone(),
        user: bearer.user,
        epoch: Epoch(item.number("epoch")?),
        transport,
        created: item.time("created")?,
        expires: item.time("expires")?,
    }))
}
