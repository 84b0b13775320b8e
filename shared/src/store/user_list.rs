//! Users in the order of their creation, for the operator: `users_by_creation`, `list_older_users`. No function asks.

use std::fmt;
use std::str::FromStr;

use futures_util::future::try_join_all;

use crate::aws::SendBy as _;
use crate::clock::Timestamp;
use crate::id::{AppId, UserId};
use crate::store::client::Store;
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, text, time};
use crate::store::keys::{Key, Table, USER, USERS_INDEX, USERS_OF};
use crate::user::User;

/// Some users of an app, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPage {
    /// As many as were asked for, or fewer: some may be gone by now.
    pub users: Vec<User>,
    /// The last of them, where there are more.
    pub next: Option<UserMark>,
}

/// A place in the list of an app's users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserMark {
    created: Timestamp,
    user: UserId,
}

/// The text does not name a place in a list of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a place in the list is what a list before gave, like 1800000000-42")]
pub struct NotAUserMark;

impl fmt::Display for UserMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.created.unix(), self.user)
    }
}

impl FromStr for UserMark {
    type Err = NotAUserMark;

    fn from_str(text: &str) -> Result<Self, NotAUserMark> {
        let (created, user) = text.split_once('-').ok_or(NotAUserMark)?;
        let created = created.parse().map(Timestamp::from_unix).map_err(|_| NotAUserMark)?;
        Ok(Self { created, user: user.parse().map_err(|_| NotAUserMark)? })
    }
}

impl Store {
    /// Up to `limit` users of an app behind `after`, the newest first, or the oldest. It reads those and no others, and may
    /// miss who registered in the last second.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn users_by_creation(
        &self,
        app: &AppId,
        after: Option<&UserMark>,
        limit: u16,
        newest_first: bool,
    ) -> Result<UserPage, StoreError> {
        let page = self
            .db
            .query()
            .table_name(self.table(Table::Core))
            .index_name(USERS_INDEX)
            .key_condition_expression("users_of = :app")
            .expression_attribute_values(":app", text(app.as_str()))
            .scan_index_forward(!newest_first)
            .limit(limit.into())
            .set_exclusive_start_key(after.map(|mark| index_key(app, mark)))
            .send_by(&self.db)
            .await
            .map_err(|error| StoreError::unavailable("Query", &error))?;
        let marks = page.items.unwrap_or_default().iter().map(read_mark).collect::<Result<Vec<_>, _>>()?;
        let users = try_join_all(marks.iter().map(|mark| self.user(app, mark.user))).await?;
        let next = page.last_evaluated_key.and(marks.last().copied());
        Ok(UserPage { users: users.into_iter().flatten().collect(), next })
    }

    /// Lists the users whom releases before the list wrote, and says how many. It reads the whole table, once.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn list_older_users(&self) -> Result<u64, StoreError> {
        let (mut listed, mut after) = (0, None);
        loop {
            let page = self
                .db
                .client()
                .scan()
                .table_name(self.table(Table::Core))
                .filter_expression("sk = :user AND attribute_not_exists(users_of)")
                .projection_expression("pk")
                .expression_attribute_values(":user", text(USER))
                .set_exclusive_start_key(after)
                .send()
                .await
                .map_err(|error| StoreError::unavailable("Scan", &error))?;
            let found = page.items.unwrap_or_default();
            try_join_all(found.iter().map(|item| self.list_user(item))).await?;
            listed += found.len() as u64;
            after = page.last_evaluated_key;
            if after.is_none() {
                return Ok(listed);
            }
        }
    }

    async fn list_user(&self, item: &Attributes) -> Result<(), StoreError> {
        let (app, user) = owner(item)?;
        let list = self
            .update(&Key::user(&app, user))
            .update_expression("SET users_of = :app")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":app", text(app.as_str()));
        self.send_update(list).await.map(drop)
    }
}

/// The keys of the index and of the table.
fn index_key(app: &AppId, mark: &UserMark) -> Attributes {
    let mut key = crate::store::item::key(&Key::user(app, mark.user));
    key.insert(USERS_OF.to_owned(), text(app.as_str()));
    key.insert("created".to_owned(), time(mark.created));
    key
}

fn owner(item: &Attributes) -> Result<(AppId, UserId), StoreError> {
    let item = Reader::new("user", item);
    Key::owner(item.text("pk")?).ok_or_else(|| item.corrupt("pk"))
}

fn read_mark(item: &Attributes) -> Result<UserMark, StoreError> {
    Ok(UserMark { created: Reader::new("user", item).time("created")?, user: owner(item)?.1 })
}

#[cfg(test)]
mod tests {
    use super::{NotAUserMark, UserMark};

    #[test]
    fn a_place_reads_back() {
        let mark: UserMark = "1800000000-42".parse().expect("a place");
        assert_eq!(mark.to_string(), "1800000000-42");
        for text in ["", "42", "1800000000-", "-42", "1800000000-0", "a-42"] {
            assert_eq!(text.parse::<UserMark>(), Err(NotAUserMark), "{text}");
        }
    }
}
