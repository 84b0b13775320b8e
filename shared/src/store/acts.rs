//! What an operator does that changes no state: `note_act`. The audit trail follows the tables, so such an act is written down where the
//! trail's function sees it.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::audit::Act;
use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::{AppId, UserId};
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Writer, text, time};
use crate::store::keys::{Key, Table};

impl Store {
    /// Notes an act that is about to be done in `app`, or to the whole deployment. The next one of its kind takes its place: the trail has
    /// both.
    ///
    /// # Errors
    /// [`StoreError`]: it must not be done then.
    pub async fn note_act(
        &self,
        act: Act,
        app: Option<&AppId>,
        user: Option<UserId>,
        details: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let said = details.iter().map(|(name, value)| ((*name).to_owned(), text(*value))).collect();
        let item = Writer::at(&Key::act(app, act))
            .with("act", text(act.name()))
            .maybe("user", user.map(|user| text(user.to_string())))
            .maybe("details", (!details.is_empty()).then_some(AttributeValue::M(said)))
            .with("at", time(now))
            .done();
        let put = self.db.put_item().table_name(self.table(Table::Core)).set_item(Some(self.by_author(item)));
        put.send_by(&self.db).await.map(drop).map_err(|error| StoreError::unavailable("PutItem", &error))
    }
}
