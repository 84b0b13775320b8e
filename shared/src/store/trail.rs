//! The audit trail's own table: `note`, `of_user`, `of_app`.
//!
//! | item | pk | sk | in the index `days` |
//! |---|---|---|---|
//! | of a user | `U#<app>#<user>` | `<second>#<id>` | `<app>#<day>`, but sessions |
//! | of an app | `A#<app>` | `<second>#<id>` | `<app>#<day>` |
//! | of the deployment | `*` | `<second>#<id>` | `*#<day>` |

use aws_sdk_dynamodb::operation::query::builders::QueryInputBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use serde_json::Value;

use crate::audit::{Act, Author, Entry};
use crate::aws::{Aws, Dynamo, SendBy as _};
use crate::clock::{Seconds, Timestamp};
use crate::id::{AppId, UserId};
use crate::store::attribute_json::from_json;
use crate::store::authors::author_of;
use crate::store::changes::Change;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, text, time};
use crate::store::keys::{Key, SESSION_PREFIX};

/// The index of entries by app and day.
const DAYS: &str = "days";

/// How many entries are written at once.
const AT_ONCE: usize = 25;

/// The trail's table, and the one in which the author of a deletion is looked up.
#[derive(Clone, Debug)]
pub struct Trail {
    db: Dynamo,
    table: String,
    live: String,
}

impl Trail {
    /// The trail in `table`, of a deployment whose live table is `live`.
    #[must_use]
    pub fn new(aws: &Aws, table: String, live: String) -> Self {
        Self { db: aws.dynamodb(), table, live }
    }

    /// Writes down what follows from the changes. An entry's key is that of its change, so a change that is delivered twice is
    /// one entry, and so is one whose writing was interrupted.
    ///
    /// # Errors
    /// [`StoreError`]: some of them may be written.
    pub async fn note(&self, changes: &[Change], kept: Seconds) -> Result<usize, StoreError> {
        let found = try_join_all(changes.iter().map(|change| self.entries_of(change))).await?;
        let entries: Vec<_> = found.into_iter().flatten().collect();
        for some in entries.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|entry| self.write(entry, kept))).await?;
        }
        Ok(entries.len())
    }

    async fn entries_of(&self, change: &Change) -> Result<Vec<Entry>, StoreError> {
        let mut entries = change.entries();
        if let [entry] = entries.as_mut_slice()
            && entry.act == Act::UserDeleted.name()
            && let (Some(app), Some(user)) = (&entry.app, entry.user)
        {
            entry.author = self.author_of_deletion(app, user).await?;
        }
        Ok(entries)
    }

    /// A deletion leaves no item that could carry its author: it stands in what is left of the session that asked for it.
    async fn author_of_deletion(&self, app: &AppId, user: UserId) -> Result<Option<Author>, StoreError> {
        let left = self
            .db
            .query()
            .table_name(&self.live)
            .key_condition_expression("pk = :user AND begins_with(sk, :session)")
            .filter_expression("attribute_exists(deleted)")
            .expression_attribute_values(":user", text(Key::partition(app, user)))
            .expression_attribute_values(":session", text(SESSION_PREFIX))
            .consistent_read(true)
            .send_by(&self.db)
            .await
            .map_err(|error| StoreError::unavailable("Query", &error))?;
        Ok(left.items.unwrap_or_default().first().and_then(|item| author_of(None, item)))
    }

    /// Writes one entry, of an act that leaves no change in a table.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn write(&self, entry: &Entry, kept: Seconds) -> Result<(), StoreError> {
        self.db
            .put_item()
            .table_name(&self.table)
            .set_item(Some(write_entry(entry, kept)))
            .send_by(&self.db)
            .await
            .map(drop)
            .map_err(|error| StoreError::unavailable("PutItem", &error))
    }

    /// What was done to a user since then, the newest first: also what a page for the user's own eyes shows.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn of_user(
        &self,
        app: &AppId,
        user: UserId,
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let partition = Key::partition(app, user);
        let query = self.db.query().table_name(&self.table).key_condition_expression("pk = :whose AND sk >= :since");
        self.read(query.expression_attribute_values(":whose", text(partition)), since, most).await
    }

    /// What was done in an app since then, but sessions, the newest first; without an app, to the deployment's own keys.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn of_app(
        &self,
        app: Option<&AppId>,
        since: Timestamp,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for day in (since.unix() / DAY..=now.unix() / DAY).rev() {
            let query = self.db.query().table_name(&self.table).index_name(DAYS);
            let query = query
                .key_condition_expression("#day = :whose AND sk >= :since")
                // A reserved word.
                .expression_attribute_names("#day", "day")
                .expression_attribute_values(":whose", text(day_of(app, day)));
            entries.extend(self.read(query, since, most - entries.len()).await?);
            if entries.len() >= most {
                break;
            }
        }
        Ok(entries)
    }

    async fn read(&self, query: QueryInputBuilder, since: Timestamp, most: usize) -> Result<Vec<Entry>, StoreError> {
        let query = query.expression_attribute_values(":since", text(second(since))).scan_index_forward(false);
        let (mut entries, mut from) = (Vec::new(), None);
        while entries.len() < most {
            // A user of many sign-ins has thousands: no more are read than are asked for.
            let left = i32::try_from(most - entries.len()).unwrap_or(i32::MAX);
            let page = query.clone().limit(left).set_exclusive_start_key(from).send_by(&self.db).await;
            let page = page.map_err(|error| StoreError::unavailable("Query", &error))?;
            for item in page.items.unwrap_or_default() {
                entries.push(read_entry(&item)?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        Ok(entries)
    }
}

/// The entry that a record of a stream says was written; `None` of one that says something else, or is of another table.
///
/// # Errors
/// [`StoreError::Corrupt`]
pub fn written(record: &Value) -> Result<Option<Entry>, StoreError> {
    let item = from_json(&record["dynamodb"]["NewImage"]).filter(|item| item.contains_key("act"));
    item.filter(|_| record["eventName"] == "INSERT").map(|item| read_entry(&item)).transpose()
}

const DAY: i64 = 86_400;

/// Whose entries of which day.
fn day_of(app: Option<&AppId>, day: i64) -> String {
    format!("{}#{day}", app.map_or("*", AppId::as_str))
}

/// As many digits in every century.
fn second(at: Timestamp) -> String {
    format!("{:011}", at.unix().max(0))
}

fn write_entry(entry: &Entry, kept: Seconds) -> Attributes {
    let Entry { id, at, app, user, act, outcome, author, details } = entry;
    let pk = match (app, user) {
        (Some(app), Some(user)) => Key::partition(app, *user),
        (Some(app), None) => format!("A#{app}"),
        (None, _) => "*".to_owned(),
    };
    let is_listed = Act::named(act).is_none_or(Act::is_listed);
    let author = author.as_ref().map(|author| {
        let some = |value: &String| (!value.is_empty()).then(|| text(value));
        Writer::default()
            .maybe("operator", author.operator.as_ref().map(text))
            .maybe("from", some(&author.from))
            .maybe("request", some(&author.request))
            .maybe("lang", author.language.map(|language| text(language.tag())))
            .into_map()
    });
    let said = details.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    Writer::default()
        .with("pk", text(pk))
        .with("sk", text(format!("{}#{id}", second(*at))))
        .maybe("day", is_listed.then(|| text(day_of(app.as_ref(), at.unix() / DAY))))
        .with("at", time(*at))
        .maybe("app", app.as_ref().map(|app| text(app.as_str())))
        .maybe("user", user.map(|user| text(user.to_string())))
        .with("act", text(act))
        .with("outcome", text(outcome))
        .maybe("author", author)
        .maybe("details", (!details.is_empty()).then_some(AttributeValue::M(said)))
        .with("ttl", time(at.plus(kept)))
        .done()
}

fn read_entry(attributes: &Attributes) -> Result<Entry, StoreError> {
    let item = Reader::new("audit entry", attributes);
    let author = match item.maybe_map("author")? {
        None => None,
        Some(author) => Some(Author {
            operator: author.maybe_text("operator")?.map(str::to_owned),
            from: author.maybe_text("from")?.unwrap_or_default().to_owned(),
            request: author.maybe_text("request")?.unwrap_or_default().to_owned(),
            language: author.maybe_parsed("lang")?,
        }),
    };
    let (_, id) = item.text("sk")?.split_once('#').ok_or(item.corrupt("sk"))?;
    Ok(Entry {
        id: id.to_owned(),
        at: item.time("at")?,
        app: item.maybe_parsed("app")?,
        user: item.maybe_parsed("user")?,
        act: item.text("act")?.to_owned(),
        outcome: item.text("outcome")?.to_owned(),
        author,
        details: item.texts("details")?,
    })
}
