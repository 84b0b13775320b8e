//! Signing out of a browser, and of what clients were given there: `sign_out`.

use futures_util::future::try_join_all;

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::session::Bearer;
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, text};
use crate::store::keys::{Key, SESSION_PREFIX, Table};
use crate::store::sessions::session_id;

impl Store {
    /// Ends the session of a browser, and every session that a client was given in it. Stopping half-way ends fewer; doing it
    /// again ends the rest.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sign_out(&self, app: &AppId, bearer: &Bearer, now: Timestamp) -> Result<(), StoreError> {
        // First, and the item stays: from here on no code of the session is exchanged, so what is found below is all.
        self.revoke_session(app, bearer.user, &bearer.session, now).await?;
        let mut after = None;
        loop {
            let (given, next) = self.given_in(app, bearer, after).await?;
            let ended = given.iter().filter_map(session_id);
            let ended: Vec<_> = ended.collect();
            try_join_all(ended.iter().map(|session| self.revoke_session(app, bearer.user, session, now))).await?;
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// One page of the clients' sessions that were opened in the browser's, and what follows it.
    async fn given_in(
        &self,
        app: &AppId,
        bearer: &Bearer,
        after: Option<Attributes>,
    ) -> Result<(Vec<Attributes>, Option<Attributes>), StoreError> {
        let page = self
            .db
            .query()
            .table_name(self.table(Table::Live))
            .key_condition_expression("pk = :user AND begins_with(sk, :session)")
            .filter_expression("browser = :browser AND attribute_not_exists(revoked)")
            .projection_expression("pk, sk")
            .expression_attribute_values(":user", text(Key::partition(app, bearer.user)))
            .expression_attribute_values(":session", text(SESSION_PREFIX))
            .expression_attribute_values(":browser", text(bearer.session.to_string()))
            .consistent_read(true)
            .set_exclusive_start_key(after)
            .send_by(&self.db)
            .await
            .map_err(|error| StoreError::unavailable("Query", &error))?;
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key))
    }
}
