//! The page of who I am, as a template.

use askama::Template;
use runtime::{Moment, Reason};
use shared::app::apis::Api;
use shared::store::StoreError;
use shared::user::User;
use shared::user::phone::Phone;
use web::{Frame, WayBack, words};

use super::PATH;
use super::edit::{Edit, What};
use super::problem::AccountProblem;
use crate::reader::{Person, Proof, Reader};
use crate::view::Page;

/// The page.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    frame: Frame,
    user: User,
    /// Whether a phone is of use in the app.
    has_phones: bool,
    /// What proves that it is the user, where something is changed that a stolen session must not change; `None`: nothing more is asked for.
    proof: Option<Proof>,
    /// The way to the sign-in page and back.
    back: WayBack,
    edit: Option<Edit>,
    done: Option<What>,
}

impl AccountPage {
    /// The page of somebody who is signed in, with a form or without.
    pub(super) async fn of(
        at: &Moment,
        reader: &Reader,
        person: &Person,
        edit: Option<Edit>,
    ) -> Result<Self, StoreError> {
        let is_asked = !person.is_fresh(at) && edit.as_ref().is_some_and(Edit::wants_confirmation);
        let proof = if is_asked { Some(person.proof(at, reader).await?) } else { None };
        let policy = &reader.app.policy;
        let has_phones = person.user.phone.is_some() || policy.sms.sign_in_page || policy.apis.have(Api::App);
        let (frame, back) = (reader.frame.clone(), WayBack::to(PATH).of(&reader.app.id));
        let page = Self { frame, user: person.user.clone(), has_phones, proof, back, edit: None, done: None };
        Ok(page.editing(edit))
    }

    fn editing(self, edit: Option<Edit>) -> Self {
        // There is nothing to prove, or it is proven.
        let edit = edit.filter(|edit| !edit.is_proof() || (self.user.email.is_some() && !self.is_proven()));
        let here = edit.as_ref().map_or_else(|| PATH.to_owned(), Edit::page_of_wish);
        Self { frame: self.frame.or_found_at(&here), edit, ..self }
    }

    /// The page that says what was done.
    pub(super) fn after(self, done: Option<What>) -> Self {
        Self { done, ..self }
    }

    fn done(&self) -> Option<&'static str> {
        self.done.map(|done| words::say(done.done(), self.frame.language))
    }

    /// The form of that name, if it is open.
    fn form(&self, name: &str) -> Option<&Edit> {
        self.edit.as_ref().filter(|edit| edit.name() == name)
    }

    /// What stands in its field.
    fn value(&self, edit: &Edit) -> String {
        edit.typed.clone().unwrap_or_else(|| match edit.what {
            What::Name => self.user.name.clone(),
            What::Username => self.user.username.as_ref().map(|name| name.as_typed().to_owned()).unwrap_or_default(),
            What::Email | What::Phone | What::Proof => String::new(),
        })
    }

    /// What is wrong with its field, or with the code.
    fn of_field(&self, edit: &Edit) -> Option<&'static str> {
        self.says(edit.problem.filter(|problem| !problem.is_of_password()))
    }

    /// What is wrong with the password.
    fn of_password(&self, edit: &Edit) -> Option<&'static str> {
        self.says(edit.problem.filter(|problem| problem.is_of_password()))
    }

    fn says(&self, problem: Option<AccountProblem>) -> Option<&'static str> {
        problem.map(|problem| words::say(problem.row().1, self.frame.language))
    }

    /// Whether the password is asked for.
    fn asks_password(&self, edit: &Edit) -> bool {
        edit.wants_confirmation() && matches!(self.proof, Some(Proof::Password(_)))
    }

    /// Whether the page has a password's field, and the script that shows what was typed there.
    fn has_password_field(&self) -> bool {
        self.edit.as_ref().is_some_and(|edit| self.asks_password(edit))
    }

    /// The sign-in page, where somebody without a password has to go there first. What was typed comes back.
    fn sign_in_first(&self, edit: &Edit) -> Option<String> {
        let goes = edit.wants_confirmation() && self.proof == Some(Proof::SignIn);
        goes.then(|| self.back.clone().with(&edit.kept()).sign_in())
    }

    fn phone(&self) -> Option<&str> {
        self.user.phone.as_ref().map(Phone::as_e164)
    }

    /// Whether the address is known to be the user's.
    const fn is_proven(&self) -> bool {
        self.user.email_proof.is_proven()
    }
}

impl Page for AccountPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn status(&self) -> u16 {
        self.edit.as_ref().and_then(|edit| edit.problem).map_or(200, |problem| problem.row().0)
    }

    fn reason(&self) -> Option<Reason> {
        self.edit.as_ref().and_then(|edit| edit.problem).map(|problem| problem.row().2)
    }
}
