//! The page of the recovery codes, as a template.

use askama::Template;
use runtime::Moment;
use shared::factor::recovery::{RecoveryCode, RecoveryCodes};
use shared::id::UserId;
use shared::secret::Secret;
use shared::session::attempt::Mark;
use shared::store::StoreError;
use web::Frame;

use super::PATH;
use crate::reader::{Person, Reader};
use crate::view::Page;

/// The page.
#[derive(Debug, Template)]
#[template(path = "recovery-codes.html")]
pub struct CodesPage {
    frame: Frame,
    /// Whose page it is. The form names them, so that it changes nothing for somebody who signed in meanwhile.
    user: UserId,
    state: CodesState,
}

#[derive(Debug)]
enum CodesState {
    /// So many are left, and the form is this showing of it.
    Left(usize, Secret<String>),
    /// These are shown once.
    Codes(Vec<Secret<String>>),
    /// There is no factor that they would stand in for.
    NoFactor,
    /// The sign-in was too long ago.
    SignIn(String),
}

impl CodesPage {
    fn new(reader: &Reader, person: &Person, state: CodesState) -> Self {
        Self { frame: reader.frame.clone(), user: person.user.id, state }
    }

    pub(super) async fn ask(at: &Moment, reader: &Reader, person: &Person) -> Result<Self, StoreError> {
        let state = if person.is_fresh_by_all_factors(at) {
            let factor = at.store.factor(&reader.app.id, person.user.id).await?;
            let form = Mark::draw(&at.random).write();
            factor.map_or(CodesState::NoFactor, |factor| CodesState::Left(factor.recovery.len(), form))
        } else {
            CodesState::SignIn(reader.way_to_sign_in(PATH))
        };
        Ok(Self::new(reader, person, state))
    }

    pub(super) fn shown(reader: &Reader, person: &Person, codes: &RecoveryCodes) -> Self {
        Self::new(reader, person, CodesState::Codes(codes.codes.iter().map(RecoveryCode::shown).collect()))
    }
}

impl Page for CodesPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}
