//! The page of the passkeys, as a template.

use askama::Template;
use runtime::{Form, Moment, Reason};
use shared::id::UserId;
use shared::language::Language;
use shared::passkey::{MOST_PASSKEYS, Passkey, PasskeyId};
use shared::store::StoreError;
use web::words::{self, Words};
use web::{Frame, WayBack, when};

use super::PATH;
use crate::reader::{Person, Reader};
use crate::view::Page;

/// The page.
#[derive(Debug, Template)]
#[template(path = "passkeys.html")]
pub struct PasskeysPage {
    frame: Frame,
    /// Whose page it is. The forms name them, so that they change nothing for somebody who signed in meanwhile.
    user: UserId,
    passkeys: Vec<PasskeyRow>,
    /// What was typed for a new one.
    new_name: String,
    /// Where somebody signs in again, if the sign-in was too long ago to add and remove.
    sign_in: Option<String>,
    adding: Adding,
    done: Option<Done>,
    problem: Option<PasskeyProblem>,
}

/// A passkey of the list.
#[derive(Debug)]
struct PasskeyRow {
    id: String,
    name: String,
    /// What was typed in place of the name, and was not taken.
    typed: Option<String>,
    created: String,
    used: Option<String>,
}

/// A name as it was typed: for a passkey of the list, or for a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TypedName {
    passkey: Option<PasskeyId>,
    name: String,
}

impl TypedName {
    /// Of a form, or of the address that somebody comes back to after a sign-in.
    pub(super) fn read(form: &Form) -> Option<Self> {
        let text = |name| form.one(name).ok().flatten();
        let (passkey, name) = (text("passkey").and_then(|id| id.parse().ok()), text("name")?.to_owned());
        (passkey.is_some() || !name.is_empty()).then_some(Self { passkey, name })
    }

    /// What brings it back after a sign-in.
    pub(super) fn back(&self) -> WayBack {
        let passkey = self.passkey.as_ref().map(|id| ("passkey", id.as_str()));
        let fields: Vec<_> = std::iter::once(("name", self.name.as_str())).chain(passkey).collect();
        WayBack::to(PATH).with(&Form::read(runtime::query(&fields).as_bytes()))
    }

    fn is_of(&self, passkey: &Passkey) -> bool {
        self.passkey.as_ref() == Some(&passkey.credential.id())
    }
}

/// The way back to the page, with what was typed.
pub(super) fn back(typed: Option<&TypedName>) -> WayBack {
    typed.map_or_else(|| WayBack::to(PATH), TypedName::back)
}

/// Whether a passkey can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Adding {
    /// With a browser that has passkeys.
    Open,
    /// There are as many as anybody may have.
    Full,
    /// The deployment has none.
    Off,
}

/// What the page says was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// A passkey was added.
    Added,
    /// One has another name.
    Renamed,
    /// One was removed.
    Removed,
    /// It had been removed already.
    Gone,
    /// Nothing, because somebody else signed in meanwhile.
    Nothing,
}

impl Done {
    const ALL: [Self; 5] = [Self::Added, Self::Renamed, Self::Removed, Self::Gone, Self::Nothing];

    /// Its name in the page's address.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Renamed => "renamed",
            Self::Removed => "removed",
            Self::Gone => "gone",
            Self::Nothing => "nothing",
        }
    }

    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.name() == name)
    }

    const fn says(self) -> Words {
        match self {
            Self::Added => ["通行密钥已添加，现在可以用它登录", "The passkey was added. You can sign in with it now."],
            Self::Renamed => ["名称已更新", "The passkey has a new name."],
            Self::Removed => [
                "通行密钥已移除。您的设备上可能还留有它，请在那里一并删除",
                "The passkey was removed. Your device may still have it: delete it there, too.",
            ],
            Self::Gone => ["该通行密钥已不存在", "This passkey was removed before."],
            Self::Nothing => [
                "您已用另一个账号登录，未作任何更改",
                "You have signed in to another account meanwhile. Nothing was changed.",
            ],
        }
    }
}

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PasskeyProblem {
    /// What the browser gave is not believed, for a reason that the log alone is told.
    NotAdded(Reason),
    /// There are as many as anybody may have.
    TooMany,
    /// The name is empty, too long, or has control characters.
    NoName,
}

impl PasskeyProblem {
    /// One of each, for the test that holds `docs/api/pages.md` against the code.
    pub(super) const EACH: &'static [Self] =
        runtime::one_of_each!(PasskeyProblem: NotAdded(Reason::PasskeyRefused), TooMany, NoName);

    pub(super) const fn row(self) -> (u16, Words, Reason) {
        match self {
            Self::NotAdded(why) => (400, ["未能添加通行密钥，请重试", "The passkey was not added. Try again."], why),
            Self::TooMany => (400, FULL, Reason::TooManyPasskeys),
            Self::NoName => (400, ["名称须为 1 到 64 个字符", "A name has 1 to 64 characters."], Reason::InvalidFields),
        }
    }
}

const FULL: Words = ["通行密钥已达上限，请先移除一个", "You have as many passkeys as anybody may. Remove one first."];

impl PasskeysPage {
    /// The page of somebody who is signed in, with the name that they have typed.
    pub(super) async fn of(
        at: &Moment,
        reader: &Reader,
        person: &Person,
        typed: Option<TypedName>,
    ) -> Result<Self, StoreError> {
        let passkeys = at.store.passkeys(&reader.app.id, &person.user).await?;
        let is_full = u32::try_from(passkeys.len()).is_ok_and(|count| count >= MOST_PASSKEYS);
        let adding = match &*at.config.passkeys {
            None => Adding::Off,
            Some(_) if is_full => Adding::Full,
            Some(_) => Adding::Open,
        };
        let language = reader.frame.language;
        let sign_in = || back(typed.as_ref()).of(&reader.app.id).sign_in();
        Ok(Self {
            frame: reader.frame.clone().or_found_at(PATH),
            user: person.user.id,
            passkeys: passkeys.iter().map(|passkey| PasskeyRow::of(passkey, typed.as_ref(), language)).collect(),
            sign_in: (!person.is_fresh_by_all_factors(at)).then(sign_in),
            new_name: typed.filter(|typed| typed.passkey.is_none()).map(|typed| typed.name).unwrap_or_default(),
            adding,
            done: None,
            problem: None,
        })
    }

    /// The same after what was done.
    pub(super) fn after(self, done: Option<Done>) -> Self {
        Self { done, ..self }
    }

    /// The same after what was not.
    pub(super) fn again(self, problem: PasskeyProblem) -> Self {
        Self { problem: Some(problem), ..self }
    }

    /// What is wrong, but for what stands beside the field.
    fn says(&self) -> Option<&'static str> {
        let stands_beside = |row: &PasskeyRow| self.of_name(row).is_some();
        let problem = self.problem.filter(|_| !self.passkeys.iter().any(stands_beside));
        problem.map(|problem| words::say(problem.row().1, self.frame.language))
    }

    /// What is wrong with the name that was typed for it.
    fn of_name(&self, row: &PasskeyRow) -> Option<&'static str> {
        let problem = self.problem.filter(|problem| *problem == PasskeyProblem::NoName && row.typed.is_some());
        problem.map(|problem| words::say(problem.row().1, self.frame.language))
    }

    const fn full(&self) -> &'static str {
        words::say(FULL, self.frame.language)
    }

    fn done(&self) -> Option<&'static str> {
        self.done.map(|done| words::say(done.says(), self.frame.language))
    }

    /// Whether what was done is what was asked for.
    fn is_good(&self) -> bool {
        self.done.is_some_and(|done| !matches!(done, Done::Gone | Done::Nothing))
    }
}

impl PasskeyRow {
    /// What stands in the field.
    fn written(&self) -> &str {
        self.typed.as_ref().unwrap_or(&self.name)
    }

    fn of(passkey: &Passkey, typed: Option<&TypedName>, language: Language) -> Self {
        Self {
            typed: typed.filter(|typed| typed.is_of(passkey)).map(|typed| typed.name.clone()),
            id: passkey.credential.id().as_str().to_owned(),
            name: passkey.name.as_str().to_owned(),
            created: when::day(passkey.created, language),
            used: passkey.used.map(|used| when::minute(used, language)),
        }
    }
}

impl Page for PasskeysPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn status(&self) -> u16 {
        self.problem.map_or(200, |problem| problem.row().0)
    }

    fn reason(&self) -> Option<Reason> {
        self.problem.map(|problem| problem.row().2)
    }
}
