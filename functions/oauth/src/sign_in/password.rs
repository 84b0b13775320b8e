//! By login and password.

use runtime::Ctx;
use shared::secret::Secret;
use shared::store::StoreError;
use shared::user::identity::{Identity, Login};
use shared::user::password::CanonicalPassword;
use shared::user::sign_in::{NotRecognised, SignIn};

use super::page::Setback;
use super::{SignedIn, Traveller};
use crate::pages::PageError;

/// `login`, `password`
#[derive(Debug)]
pub(super) struct Typed {
    login: String,
    password: CanonicalPassword,
}

/// Wrong passwords that are free, in five minutes: as in the other APIs.
const FREE_FAILURES: u32 = 10;

impl Typed {
    pub(super) fn new(login: String, password: String) -> Self {
        Self { login, password: CanonicalPassword::from_plain(&Secret::new(password)) }
    }

    pub(super) async fn identity(&self, ctx: &Ctx, caller: &Traveller) -> Result<Option<Identity>, StoreError> {
        ctx.store.identity_of(&caller.app.id, &Login::read(&self.login), ctx.now()).await
    }

    /// Checks the password and opens a session.
    pub(super) async fn enter(
        self,
        ctx: &Ctx,
        caller: &Traveller,
        identity: Option<Identity>,
    ) -> Result<SignedIn, PageError> {
        let login = Login::read(&self.login);
        let sign_in = SignIn {
            store: &ctx.store,
            hasher: ctx.hasher(),
            random: &ctx.random,
            app: &caller.app.id,
            login: &login,
            password: &self.password,
            free_failures: FREE_FAILURES,
            now: ctx.now(),
        };
        let again = |setback| Ok(SignedIn::No(caller.page().again(&self.login, setback).into()));
        let recognised = match sign_in.recognise(identity.as_ref()).await {
            Ok(recognised) => recognised,
            Err(NotRecognised::Wrong) => return again(Setback::WrongLogin),
            Err(NotRecognised::Resting(wait)) => return again(Setback::Resting(wait)),
            Err(NotRecognised::Store(error)) => return Err(error.into()),
        };
        let ring = ctx.store.ring(ctx.now()).await?;
        let Identity { user, epoch, .. } = recognised.identity;
        let (opening, cookies) = caller.open(ctx, &ring, *user, *epoch)?;
        sign_in.open(&recognised, &opening).await?;
        Ok(SignedIn::Yes { cookies, location: caller.destination() })
    }
}
