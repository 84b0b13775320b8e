//! Mementos: `create_memento`, `memento`, `mementos`, `find_mementos`, `named_mementos`, `edit_memento`,
//! `delete_memento`.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use futures_util::future::try_join_all;

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::{AppId, UserId};
use crate::oauth::memento::{Edit, Full, ItemId, Memento, MementoId, MementoName, fold};
use crate::store::apps::build;
use crate::store::client::{Cancelled, FailedCondition, Store, update_item};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, key as key_of, number, text, time};
use crate::store::keys::{Key, MEMENTO_PREFIX, Table};

/// Which mementos somebody looks for, newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search<'a> {
    /// What the name contains, in upper or lower case; empty for any.
    pub text: &'a str,
    /// Only those that come after this one.
    pub after: Option<&'a MementoId>,
}

/// A memento without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: MementoId,
    /// Its name.
    pub name: MementoName,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct FoundMementos {
    /// Up to as many as were asked for.
    pub mementos: Vec<Listed>,
    /// Whether there are more.
    pub more: bool,
}

/// How many mementos a user has at most: twice what somebody was seen to need, and a few cents of storage a month.
pub const MOST_MEMENTOS: u32 = 10_000;

/// Why a memento was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotCreated {
    /// The user has [`MOST_MEMENTOS`].
    #[error("the user has as many mementos as anybody may")]
    TooMany,
    /// The user is gone.
    #[error("the user is gone")]
    NoUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a memento was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotEdited {
    /// The user has no such memento.
    #[error("there is no such memento")]
    Unknown,
    /// It would hold too much.
    #[error(transparent)]
    Full(#[from] Full),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How often an edit that met another one is tried again.
const LOOKS: u32 = 8;

/// The most bytes of mementos that one list holds, as an answer of Lambda ends at six million.
const LONGEST_LIST: usize = 4 << 20;

impl Store {
    /// Writes a new memento and counts it in its user's item, or neither: nobody has more than [`MOST_MEMENTOS`], and none is
    /// left over of a user who was deleted in the same moment.
    ///
    /// # Errors
    /// [`NotCreated`]
    pub async fn create_memento(&self, app: &AppId, user: UserId, memento: &Memento) -> Result<(), NotCreated> {
        let item = write_memento(&Key::memento(app, user, &memento.id), memento, 1)?;
        let put = build(self.put(item, Table::Core))?;
        let count = self
            .transact_update(&Key::user(app, user))
            .update_expression("ADD mementos :one, made :one")
            .condition_expression("attribute_exists(pk) AND (attribute_not_exists(mementos) OR mementos < :most)")
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":most", number(MOST_MEMENTOS));
        match self.transact(vec![update_item(count)?, TransactWriteItem::builder().put(put).build()]).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Store(error)) => Err(error.into()),
            Err(Cancelled::Conditions(found)) => match found.into_iter().next().flatten() {
                Some(FailedCondition(None)) => Err(NotCreated::NoUser),
                _ => Err(NotCreated::TooMany),
            },
        }
    }

    /// A memento of a user's.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn memento(&self, app: &AppId, user: UserId, id: &MementoId) -> Result<Option<Memento>, StoreError> {
        let item = self.get(&Key::memento(app, user, id)).await?;
        item.map(|attributes| read_memento(&attributes)).transpose()
    }

    /// The mementos of a user that come after `after`, the newest first, up to `limit` and to what an answer holds;
    /// and whether there are more.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn mementos(
        &self,
        app: &AppId,
        user: UserId,
        after: Option<&MementoId>,
        limit: usize,
    ) -> Result<(Vec<Memento>, bool), StoreError> {
        let search = Search { after, ..Search::default() };
        let (mut mementos, mut size) = (Vec::new(), 0);
        let mut from = None;
        loop {
            let page = self.newest_first(app, user, search, from).send_by(&self.db).await;
            let page = page.map_err(|error| StoreError::unavailable("Query", &error))?;
            for item in page.items.unwrap_or_default() {
                if mementos.len() == limit || size > LONGEST_LIST {
                    return Ok((mementos, true));
                }
                let reader = Reader::new("memento", &item);
                size += 256 + reader.text("documents")?.len() + reader.text("folders")?.len();
                mementos.push(read_memento(&item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok((mementos, false));
            }
        }
    }

    /// The names of mementos of a user's, for somebody who picks. Content is not read over the wire.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn find_mementos(
        &self,
        app: &AppId,
        user: UserId,
        search: Search<'_>,
        limit: usize,
    ) -> Result<FoundMementos, StoreError> {
        let mut found = FoundMementos::default();
        let mut from = None;
        loop {
            let page = self
                .newest_first(app, user, search, from)
                .projection_expression("sk, #name")
                .expression_attribute_names("#name", "name")
                .set_limit(search.text.is_empty().then(|| i32::try_from(limit + 1).unwrap_or(i32::MAX)))
                .send_by(&self.db)
                .await
                .map_err(|error| StoreError::unavailable("Query", &error))?;
            for item in page.items.unwrap_or_default() {
                if found.mementos.len() == limit {
                    return Ok(FoundMementos { more: true, ..found });
                }
                found.mementos.push(read_listed(&item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    /// The mementos of these ids that there are.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn named_mementos(
        &self,
        app: &AppId,
        user: UserId,
        ids: &[MementoId],
    ) -> Result<Vec<Memento>, StoreError> {
        let found = try_join_all(ids.iter().map(|id| self.memento(app, user, id))).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Puts things into a memento and takes others out. Of two edits at once, both have their effect.
    ///
    /// # Errors
    /// [`NotEdited`]
    pub async fn edit_memento(
        &self,
        app: &AppId,
        user: UserId,
        id: &MementoId,
        edit: &Edit,
        now: Timestamp,
    ) -> Result<Memento, NotEdited> {
        let key = Key::memento(app, user, id);
        let mut found = self.get(&key).await?;
        for _ in 0..LOOKS {
            let item = found.ok_or(NotEdited::Unknown)?;
            let revision: u64 = Reader::new("memento", &item).number("rev")?;
            let edited = read_memento(&item)?.edited(edit, now)?;
            let update = self
                .update(&key)
                .update_expression("SET documents = :documents, folders = :folders, modified = :now, rev = :next")
                .condition_expression("rev = :read")
                .expression_attribute_values(":documents", items(&edited.documents)?)
                .expression_attribute_values(":folders", items(&edited.folders)?)
                .expression_attribute_values(":now", time(now))
                .expression_attribute_values(":read", number(revision))
                .expression_attribute_values(":next", number(revision + 1));
            match self.send_update(update).await? {
                Ok(_) => return Ok(edited),
                // Somebody else's edit, or our own whose answer got lost: edited again, it is the same.
                Err(FailedCondition(item)) => found = item,
            }
        }
        let cause = "the memento kept changing".to_owned();
        Err(StoreError::Unavailable { operation: "UpdateItem", cause }.into())
    }

    /// Removes a memento, from what clients may see first. `false`: there was none.
    ///
    /// # Errors
    /// [`StoreError`]: asking again removes what is left.
    pub async fn delete_memento(&self, app: &AppId, user: UserId, id: &MementoId) -> Result<bool, StoreError> {
        self.forget_memento(app, user, id).await?;
        let removed = self.remove_if_there(&Key::memento(app, user, id)).await?;
        if removed {
            let count = self
                .update(&Key::user(app, user))
                .update_expression("ADD mementos :less")
                .condition_expression("mementos > :none")
                .expression_attribute_values(":less", number(-1))
                .expression_attribute_values(":none", number(0));
            // The memento is gone in any case. A failed condition: it was made before mementos were counted.
            let _ = self.send_update(count).await;
        }
        Ok(removed)
    }

    fn newest_first(
        &self,
        app: &AppId,
        user: UserId,
        search: Search<'_>,
        from: Option<HashMap<String, AttributeValue>>,
    ) -> QueryInputBuilder {
        let before = search.after.map_or_else(|| format!("{MEMENTO_PREFIX}~"), |id| format!("{MEMENTO_PREFIX}{id}"));
        let start = from.or_else(|| search.after.map(|id| key_of(&Key::memento(app, user, id))));
        let query = self
            .db
            .query()
            .table_name(self.table(Table::Core))
            .key_condition_expression("pk = :user AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":user", text(Key::partition(app, user)))
            .expression_attribute_values(":first", text(MEMENTO_PREFIX))
            .expression_attribute_values(":last", text(before))
            .scan_index_forward(false)
            .consistent_read(true)
            .set_exclusive_start_key(start);
        let needle = fold(search.text);
        if needle.is_empty() {
            return query;
        }
        query.filter_expression("contains(folded, :needle)").expression_attribute_values(":needle", text(needle))
    }
}

/// Ids as JSON: strings and integers come back as they came.
fn items(ids: &[ItemId]) -> Result<AttributeValue, StoreError> {
    let json =
        serde_json::to_string(ids).map_err(|_| StoreError::Corrupt { entity: "memento", attribute: "documents" })?;
    Ok(text(json))
}

fn write_memento(at: &Key, memento: &Memento, revision: u64) -> Result<Attributes, StoreError> {
    Ok(Writer::at(at)
        .with("rev", number(revision))
        .with("name", text(memento.name.as_str()))
        .with("folded", text(memento.name.folded()))
        .with("documents", items(&memento.documents)?)
        .with("folders", items(&memento.folders)?)
        .with("created", time(memento.created))
        .with("modified", time(memento.modified))
        .done())
}

fn read_listed(attributes: &Attributes) -> Result<Listed, StoreError> {
    let item = Reader::new("memento", attributes);
    let id = item.text("sk")?.strip_prefix(MEMENTO_PREFIX).ok_or(item.corrupt("sk"))?;
    let (id, name) = (MementoId::stored(id.to_owned()), MementoName::stored(item.text("name")?.to_owned()));
    Ok(Listed { id, name })
}

fn read_memento(attributes: &Attributes) -> Result<Memento, StoreError> {
    let item = Reader::new("memento", attributes);
    let ids = |name| serde_json::from_str(item.text(name)?).map_err(|_| item.corrupt(name));
    let Listed { id, name } = read_listed(attributes)?;
    Ok(Memento {
        id,
        name,
        documents: ids("documents")?,
        folders: ids("folders")?,
        created: item.time("created")?,
        modified: item.time("modified")?,
    })
}
