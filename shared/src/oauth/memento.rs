//! Mementos: named sets of a user's documents and folders, which are the resource server's own. We keep their ids and
//! do not interpret them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::{Precise, Timestamp};
use crate::hex::hex;
use crate::id::{AppId, UserId};
use crate::random::Random;
use crate::token::ring::KeyRing;

/// A memento's id: its second, its millisecond, 52 random bits, and a tag that only its user's ids have.
///
/// The tag tells a user's own memento from everybody else's without asking the store. The time makes the newest come
/// first where ids are sorted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MementoId(String);

const TIME: usize = 8;
const DRAWN: usize = 16;
/// How many of the drawn digits are the milliseconds.
const MILLIS: usize = 3;
const TAG: usize = 16;

impl MementoId {
    /// How many hex digits an id has.
    pub const DIGITS: usize = TIME + DRAWN + TAG;

    fn draw(user: UserId, app: &AppId, ring: &KeyRing, random: &Random, now: Precise) -> Self {
        let drawn = hex(&random.bytes::<{ DRAWN / 2 }>());
        let second = now.second.unix() & 0xffff_ffff;
        let head = format!("{second:08x}{:03x}{}", now.millis, &drawn[MILLIS..]);
        let tag = tag(&head, user, app, ring);
        Self(head + &tag)
    }

    /// The id of a memento that is, or was, this user's.
    #[must_use]
    pub fn read(text: &str, user: UserId, app: &AppId, ring: &KeyRing) -> Option<Self> {
        let (head, given) = text.split_at_checked(TIME + DRAWN)?;
        let ours = given.len() == TAG && head.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (ours && tag(head, user, app, ring) == given).then(|| Self(text.to_owned()))
    }

    /// Whether both were made of the same random bits, which is so where one form was sent twice.
    #[must_use]
    pub fn is_drawn_as(&self, other: &Self) -> bool {
        let drawn = TIME + MILLIS..TIME + DRAWN;
        self.0.get(drawn.clone()).is_some_and(|bits| Some(bits) == other.0.get(drawn))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store had.
    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }
}

/// An id without its tag, which hangs on the key ring: of a memento whose user moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MementoHead(String);

impl MementoHead {
    /// The head of the id that a memento had where its user left; `None`: it is no id.
    pub(crate) fn of(id: &str) -> Option<Self> {
        let (head, given) = id.split_at_checked(TIME + DRAWN)?;
        let is_hex = id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (is_hex && given.len() == TAG).then(|| Self(head.to_owned()))
    }

    /// The id that the memento has where its user arrives.
    pub(crate) fn tagged(&self, user: UserId, app: &AppId, ring: &KeyRing) -> MementoId {
        let Self(head) = self;
        MementoId(head.clone() + &tag(head, user, app, ring))
    }
}

fn tag(head: &str, user: UserId, app: &AppId, ring: &KeyRing) -> String {
    hex(&ring.derive("memento", app, &[&user.to_bytes(), head.as_bytes()])[..TAG / 2])
}

impl fmt::Display for MementoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MementoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a document or folder, as the resource server writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ItemId {
    /// A string.
    Text(String),
    /// An integer.
    Number(i64),
    /// An integer beyond what a signed one holds.
    Large(u64),
}

impl ItemId {
    /// Longer than any real one.
    const LONGEST: usize = 128;

    /// Whether it can be kept.
    #[must_use]
    pub fn fits(&self) -> bool {
        match self {
            Self::Text(text) => (1..=Self::LONGEST).contains(&text.len()) && !text.contains('\0'),
            Self::Number(_) | Self::Large(_) => true,
        }
    }
}

/// What people call a memento: 1–200 characters, without control characters and spaces around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MementoName(String);

impl MementoName {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// [`NotAName`]
    pub fn read(text: &str) -> Result<Self, NotAName> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().count() <= 200 && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned())).ok_or(NotAName)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store had.
    pub(crate) const fn stored(text: String) -> Self {
        Self(text)
    }

    /// What a search compares.
    #[must_use]
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

/// Text without the difference between upper and lower case.
#[must_use]
pub fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The text cannot be a memento's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a memento's name has 1 to 200 characters")]
pub struct NotAName;

/// A named set of documents and folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memento {
    /// Its id.
    pub id: MementoId,
    /// Its name.
    pub name: MementoName,
    /// The documents, in the order in which they were added.
    pub documents: Vec<ItemId>,
    /// The folders.
    pub folders: Vec<ItemId>,
    /// When it was made.
    pub created: Timestamp,
    /// When its content last changed.
    pub modified: Timestamp,
}

/// The memento holds as much as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a memento holds up to {} documents and as many folders", Memento::MOST_ITEMS)]
pub struct Full;

/// What to put into a memento, and what to take out of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Documents to add.
    pub add: Vec<ItemId>,
    /// Folders to add.
    pub folder_add: Vec<ItemId>,
    /// Documents to take out.
    pub remove: Vec<ItemId>,
    /// Folders to take out.
    pub folder_remove: Vec<ItemId>,
}

impl Memento {
    /// As many documents, and folders, as one item of the store carries.
    pub const MOST_ITEMS: usize = 1000;

    /// An empty one.
    #[must_use]
    pub fn new(
        name: MementoName,
        user: UserId,
        app: &AppId,
        ring: &KeyRing,
        random: &Random,
        now: impl Into<Precise>,
    ) -> Self {
        let precise = now.into();
        let (id, now) = (MementoId::draw(user, app, ring, random, precise), precise.second);
        Self { id, name, documents: Vec::new(), folders: Vec::new(), created: now, modified: now }
    }

    /// The memento with what is added, once each, and without what is taken out.
    ///
    /// # Errors
    /// [`Full`]
    pub fn edited(mut self, edit: &Edit, now: Timestamp) -> Result<Self, Full> {
        for (items, add, remove) in
            [(&mut self.documents, &edit.add, &edit.remove), (&mut self.folders, &edit.folder_add, &edit.folder_remove)]
        {
            for item in add {
                if !items.contains(item) {
                    items.push(item.clone());
                }
            }
            items.retain(|item| !remove.contains(item));
            if items.len() > Self::MOST_ITEMS {
                return Err(Full);
            }
        }
        Ok(Self { modified: now, ..self })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Edit, Full, ItemId, Memento, MementoId, MementoName};
    use crate::clock::{Precise, Seconds, Timestamp};
    use crate::id::{AppId, UserId};
    use crate::random::Random;
    use crate::secret::Secret;
    use crate::token::ring::{KeyRing, SealedRing};
    use crate::token::seal::Kek;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn ring() -> KeyRing {
        let kek = Arc::new(Kek::new(&Secret::new("a deployment's secret".to_owned())));
        SealedRing::create(&kek, &Random::system(), NOW).expect("a ring").open(kek).expect("our ring")
    }

    fn app(id: &str) -> AppId {
        id.parse().expect("an app id")
    }

    fn memento(user: UserId, ring: &KeyRing, now: Timestamp) -> Memento {
        let name = MementoName::read("Work").expect("a name");
        Memento::new(name, user, &app("demo"), ring, &Random::system(), now)
    }

    #[test]
    fn an_id_is_read_for_its_own_user_of_its_own_app_only() {
        let (random, ring) = (Random::system(), ring());
        let ada = UserId::draw(&random);
        let id = memento(ada, &ring, NOW).id;
        assert_eq!(id.as_str().len(), MementoId::DIGITS);
        assert_eq!(MementoId::read(id.as_str(), ada, &app("demo"), &ring), Some(id.clone()));
        assert_eq!(MementoId::read(id.as_str(), UserId::draw(&random), &app("demo"), &ring), None);
        assert_eq!(MementoId::read(id.as_str(), ada, &app("other"), &ring), None);
        assert_eq!(MementoId::read(id.as_str(), ada, &app("demo"), &self::ring()), None);
        let upper = id.as_str().to_uppercase();
        let split = format!("{}é{}", &id.as_str()[..23], &id.as_str()[25..]);
        for forged in ["", "x", upper.as_str(), &id.as_str()[1..], &format!("{id}0"), split.as_str()] {
            assert_eq!(MementoId::read(forged, ada, &app("demo"), &ring), None, "{forged}");
        }
    }

    #[test]
    fn the_ids_of_later_mementos_are_greater() {
        let (ring, ada) = (ring(), UserId::draw(&Random::system()));
        let earlier = memento(ada, &ring, NOW).id;
        assert!(earlier < memento(ada, &ring, NOW.plus(Seconds(1))).id);
        let name = || MementoName::read("Work").expect("a name");
        let within = |millis| {
            let at = Precise { second: NOW, millis };
            Memento::new(name(), ada, &app("demo"), &ring, &Random::system(), at).id
        };
        let ids: Vec<_> = [0, 1, 9, 10, 99, 100, 500, 999].map(within).into_iter().collect();
        assert!(ids.is_sorted() && ids.last() < Some(&memento(ada, &ring, NOW.plus(Seconds(1))).id), "{ids:?}");
        assert!(ids.iter().all(|id| MementoId::read(id.as_str(), ada, &app("demo"), &ring).is_some()));
    }

    #[test]
    fn what_is_added_twice_is_there_once_and_an_integer_is_no_string() {
        let (ring, ada) = (ring(), UserId::draw(&Random::system()));
        let text = |text: &str| ItemId::Text(text.to_owned());
        let add = vec![text("1"), ItemId::Number(1), text("1")];
        let edit = Edit { add, folder_add: vec![text("f")], ..Edit::default() };
        let later = NOW.plus(Seconds(5));
        let edited = memento(ada, &ring, NOW).edited(&edit, later).expect("room");
        assert_eq!((&edited.documents, &edited.folders), (&vec![text("1"), ItemId::Number(1)], &vec![text("f")]));
        assert_eq!((edited.created, edited.modified), (NOW, later));
        let edited = edited.edited(&Edit { remove: vec![text("1")], ..Edit::default() }, later).expect("room");
        assert_eq!(edited.documents, [ItemId::Number(1)]);
    }

    #[test]
    fn a_memento_has_an_end() {
        let (ring, ada) = (ring(), UserId::draw(&Random::system()));
        let add: Vec<_> = (0..=1000).map(ItemId::Number).collect();
        let edit = |add: &[ItemId]| Edit { add: add.to_vec(), ..Edit::default() };
        assert!(memento(ada, &ring, NOW).edited(&edit(&add[1..]), NOW).is_ok());
        assert_eq!(memento(ada, &ring, NOW).edited(&edit(&add), NOW), Err(Full));
    }

    #[test]
    fn a_name_is_a_line_of_text() {
        assert_eq!(MementoName::read("  Tax 税 ").map(|name| name.folded()), Ok("tax 税".to_owned()));
        for bad in ["", "  ", "a\nb", "a\0", &"长".repeat(201)] {
            assert!(MementoName::read(bad).is_err(), "{bad:.10}");
        }
        assert!(MementoName::read(&"长".repeat(200)).is_ok());
    }
}
