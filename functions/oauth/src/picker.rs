//! The list of mementos to tick, without script: what is ticked stays on top, the rest is searched page by page.

use runtime::{Form, Moment, Reason};
use shared::id::{AppId, UserId};
use shared::language::Language;
use shared::oauth::grant::Grant;
use shared::oauth::memento::{Memento, MementoId, MementoName};
use shared::session::attempt::{Attempt, Mark};
use shared::store::{Listed, NotCreated, Search, StoreError};

/// How many are offered at once.
const PAGE: u16 = 50;

/// The field of a memento that is ticked.
const TICKED: &str = "m";
/// The field with the name of a new one.
const NEW: &str = "new";

/// The list as it is shown.
#[derive(Clone, Debug, Default)]
pub struct Picker {
    pub(crate) chosen: Vec<Listed>,
    pub(crate) offered: Vec<Listed>,
    pub(crate) query: String,
    /// The last one offered, where there are more.
    pub(crate) more: Option<MementoId>,
    /// The one before the first one offered, on a later page.
    pub(crate) after: Option<MementoId>,
    /// How many are on the pages before.
    pub(crate) before: u32,
    /// How many of the page are shown, ticked or not.
    pub(crate) shown: u32,
    /// How many mementos there are.
    pub(crate) total: Option<u32>,
    pub(crate) beyond_first: bool,
    pub(crate) notice: Option<PickerNotice>,
    /// It stays closed until it is opened.
    pub(crate) aside: bool,
    /// The name that was typed for a new memento, and was not taken yet.
    pub(crate) new: String,
    /// Which showing of the form it is.
    pub(crate) form: Option<Mark>,
}

/// What somebody did with the list.
#[derive(Clone, Debug, Default)]
pub struct Picked {
    /// The ids that are ticked.
    pub(crate) ticked: Vec<String>,
    /// What is looked for.
    pub(crate) query: String,
    /// The page that is asked for begins after this one.
    pub(crate) after: Option<String>,
    /// How many are on the pages before it.
    pub(crate) before: u32,
    /// Everything on the page is to be ticked.
    pub(crate) whole_page: bool,
    /// A new memento's name.
    pub(crate) new: String,
    /// Which showing of the form it is.
    pub(crate) form: Option<Mark>,
}

impl Picked {
    /// Whether a new memento is wanted: by its button, or by Enter in its field, which presses the form's first button.
    pub(crate) fn is_making(&self, action: Option<&str>) -> bool {
        action == Some("make") || (action == Some("search") && !self.new.is_empty())
    }

    /// What was ticked before somebody had to sign in: of the fields of that name, also the empty one. `None`: no list was shown.
    pub(crate) fn kept(form: &Form) -> Option<Self> {
        let ticked: Vec<_> = form.all(TICKED).map(str::to_owned).collect();
        let new = || form.one(NEW).ok().flatten().unwrap_or_default().to_owned();
        (!ticked.is_empty()).then(|| Self { ticked, new: new(), ..Self::default() })
    }

    /// The fields of what is ticked and of the name that was typed, for the way back. The empty tick says that the list was shown, also if
    /// nothing is ticked.
    pub(crate) fn fields(&self) -> Vec<(&'static str, &str)> {
        let ticked = self.ticked.iter().map(String::as_str).filter(|id| !id.is_empty()).take(Grant::MOST_MEMENTOS);
        let new = Some((NEW, self.new.as_str())).filter(|(_, name)| !name.is_empty());
        std::iter::once("").chain(ticked).map(|id| (TICKED, id)).chain(new).collect()
    }

    /// Reads the form.
    pub(crate) fn read(form: &Form) -> Self {
        let text = |name| form.one(name).ok().flatten().unwrap_or_default().to_owned();
        let number = |name| text(name).parse::<u32>().unwrap_or_default();
        let action = text("action");
        let (after, before) = match action.as_str() {
            "more" => (Some(text("after")), number("before").saturating_add(u32::from(PAGE))),
            "tick" => (form.one("here").ok().flatten().map(str::to_owned), number("before")),
            _ => (None, 0),
        };
        Self {
            ticked: form.all(TICKED).map(str::to_owned).collect(),
            query: text("q"),
            after,
            before,
            whole_page: action == "tick",
            new: text(NEW),
            form: form.one(web::showing::FIELD).ok().flatten().and_then(Mark::read),
        }
    }
}

/// The user whose mementos are listed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PickerOwner<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) user: UserId,
}

impl PickerOwner<'_> {
    /// The ids among `texts` that are of mementos of this user's, each once.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn own(&self, at: &Moment, texts: &[String]) -> Result<Vec<MementoId>, StoreError> {
        let ring = at.ring().await?;
        let mut ids = Vec::new();
        for id in texts.iter().filter_map(|text| MementoId::read(text, self.user, self.app, ring)) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// The page of the list that `picked` asks for. What is ticked and not on it is read by itself.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn picker(&self, at: &Moment, picked: &Picked) -> Result<Picker, StoreError> {
        let ticked = self.own(at, &picked.ticked).await?;
        let after = self.own(at, picked.after.as_slice()).await?.pop();
        let search = Search { text: &picked.query, after: after.as_ref() };
        let found = at.store.find_mementos(self.app, self.user, search, usize::from(PAGE)).await?;
        let more = found.mementos.last().filter(|_| found.more).map(|listed| listed.id.clone());
        let mut ticked = ticked;
        if picked.whole_page {
            let missing = found.mementos.iter().map(|listed| &listed.id).filter(|id| !ticked.contains(id));
            let missing: Vec<_> = missing.cloned().collect();
            ticked.extend(missing);
        }
        let list = Picker {
            shown: u32::try_from(found.mementos.len()).unwrap_or(u32::MAX),
            before: if after.is_some() { picked.before } else { 0 },
            beyond_first: after.is_some() || !picked.query.is_empty(),
            offered: found.mementos,
            query: picked.query.clone(),
            more,
            after,
            new: picked.new.clone(),
            form: Some(Mark::draw(&at.random)),
            ..Picker::default()
        };
        list.with(&ticked[..ticked.len().min(Grant::MOST_MEMENTOS)], at, *self).await
    }

    /// Makes the memento that was named on the spot, and ticks it. A form that is sent twice makes one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) async fn make(&self, at: &Moment, picked: &mut Picked) -> Result<PickerNotice, StoreError> {
        let Ok(name) = MementoName::read(&picked.new) else { return Ok(PickerNotice::NotAName) };
        let ring = at.ring().await?;
        let attempt = picked.form.as_ref().map(|form| {
            let (user, form) = (self.user.to_string(), form.write());
            Attempt::of(user.as_bytes(), form.expose().as_bytes(), name.as_str().as_bytes(), self.app, ring)
        });
        let random = attempt.as_ref().map_or_else(|| at.random.clone(), |attempt| attempt.random("memento"));
        let memento = Memento::new(name, self.user, self.app, ring, &random, at.precise);
        if attempt.is_some() {
            let newest = at.store.find_mementos(self.app, self.user, Search::default(), usize::from(PAGE)).await?;
            if let Some(made) = newest.mementos.into_iter().find(|listed| listed.id.is_drawn_as(&memento.id)) {
                picked.ticked.push(made.id.to_string());
                picked.new.clear();
                return Ok(PickerNotice::Made);
            }
        }
        match at.store.create_memento(self.app, self.user, &memento).await {
            Ok(()) => {
                picked.ticked.push(memento.id.to_string());
                picked.new.clear();
                Ok(PickerNotice::Made)
            }
            Err(NotCreated::TooMany) => Ok(PickerNotice::NoRoom),
            Err(NotCreated::NoUser) => Ok(PickerNotice::Changed),
            Err(NotCreated::Store(error)) => Err(error),
        }
    }
}

impl Picker {
    /// The list of somebody who has so many mementos.
    pub(crate) fn of(self, total: u32) -> Self {
        Self { total: Some(total), ..self }
    }

    /// The list as it is shown to the user of a client that wants mementos, or wants none. Where something was ticked or looked for, it is
    /// open for each.
    pub(crate) fn wanted(self, is_wanted: bool) -> Self {
        let in_use = !self.chosen.is_empty() || self.beyond_first || self.notice.is_some() || !self.new.is_empty();
        Self { aside: !is_wanted && !in_use, ..self }
    }

    /// Which of how many are shown: `1–50 of 60`. Of a search, only how many of them are.
    pub(crate) fn range(&self, language: Language) -> Option<String> {
        let (first, last) = (self.before.saturating_add(1), self.before.saturating_add(self.shown));
        if self.shown == 0 {
            return None;
        }
        Some(match (self.total.filter(|total| self.query.is_empty() && *total >= last), language) {
            (Some(total), Language::Chinese) => format!("第 {first}–{last} 项，共 {total} 项"),
            (Some(total), Language::English) => format!("{first}–{last} of {total}"),
            (None, Language::Chinese) => format!("第 {first}–{last} 项"),
            (None, Language::English) => format!("{first}–{last}"),
        })
    }

    /// What it says above the list after something was done, or was not.
    pub(crate) fn notice(&self, language: Language) -> Option<&'static str> {
        self.notice.filter(|notice| !notice.is_of_name()).map(|notice| notice.says(language))
    }

    /// Whether that is good news.
    pub(crate) fn is_good(&self) -> bool {
        self.notice == Some(PickerNotice::Made)
    }

    /// What is wrong with the name of the new memento.
    pub(crate) fn of_name(&self, language: Language) -> Option<&'static str> {
        self.notice.filter(|notice| notice.is_of_name()).map(|notice| notice.says(language))
    }

    /// Why nothing was done, for the log.
    pub(crate) fn reason(&self) -> Option<Reason> {
        self.notice.and_then(PickerNotice::reason)
    }

    /// Whether a search had no hit.
    pub(crate) const fn found_nothing(&self) -> bool {
        self.shown == 0 && !self.query.is_empty()
    }

    /// Whether there is anything to look for.
    pub(crate) const fn has_any(&self) -> bool {
        !self.chosen.is_empty() || !self.offered.is_empty() || self.beyond_first
    }
}

impl PickerNotice {
    /// What the list says.
    pub(crate) const fn says(self, language: Language) -> &'static str {
        match self {
            Self::Made => language.say("已新建并勾选。", "Created and ticked."),
            Self::NotAName => language.say("名称需要 1 到 200 个字符。", "Enter a name of 1 to 200 characters."),
            Self::TooMany => language.say("最多勾选 100 个纪念品。", "Tick at most 100 mementos."),
            Self::NoRoom => language.say(
                "纪念品数量已达上限，请先删除一些。",
                "You have as many mementos as anybody may. Delete some first.",
            ),
            Self::Changed => language.say(
                "您在另一个页面更改过授权，请再次确认。",
                "You decided on another page meanwhile. Please confirm again.",
            ),
        }
    }

    /// Whether it is about the name that was typed, and stands beside it.
    const fn is_of_name(self) -> bool {
        matches!(self, Self::NotAName | Self::NoRoom)
    }

    /// Why nothing was done, for the log.
    pub(crate) const fn reason(self) -> Option<Reason> {
        match self {
            Self::Made => None,
            Self::NotAName => Some(Reason::InvalidFields),
            Self::TooMany | Self::NoRoom => Some(Reason::TooManyMementos),
            Self::Changed => Some(Reason::StaleForm),
        }
    }
}

/// What happened, for the notice above the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickerNotice {
    /// The new memento is there.
    Made,
    /// It has no name.
    NotAName,
    /// More are ticked than a grant holds.
    TooMany,
    /// The user has as many mementos as anybody may.
    NoRoom,
    /// Another page decided.
    Changed,
}

impl Picker {
    /// The list with these ticked, too: on it already or read by themselves.
    pub(crate) async fn with(
        mut self,
        ids: &[MementoId],
        at: &Moment,
        owner: PickerOwner<'_>,
    ) -> Result<Self, StoreError> {
        let (on_it, rest): (Vec<_>, Vec<_>) = self.offered.into_iter().partition(|listed| ids.contains(&listed.id));
        self.offered = rest;
        self.chosen.extend(on_it);
        let missing: Vec<_> =
            ids.iter().filter(|id| !self.chosen.iter().any(|listed| listed.id == **id)).cloned().collect();
        let named = at.store.named_mementos(owner.app, owner.user, &missing).await?;
        self.chosen.extend(named.into_iter().map(|memento| Listed { id: memento.id, name: memento.name }));
        self.chosen.sort_by(|one, other| other.id.cmp(&one.id));
        Ok(self)
    }
}
