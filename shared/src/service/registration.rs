//! Registers accounts, and sets passwords.

use crate::code::reset::LiveLink;
use crate::id::AppId;
use crate::service::Moment;
use crate::service::take_back::TakeBack;
use crate::service::tell::News;
use crate::session::attempt::FormDigest;
use crate::store::{Nonce, NotRedeemed, NotRegistered, Redemption, Registered, Registration, StoreError};
use crate::token::opaque::OpaqueToken;
use crate::user::User;
use crate::user::password::{CanonicalPassword, PasswordHash};

impl Moment {
    /// A user who does not exist yet.
    #[must_use]
    pub fn new_user(&self) -> User {
        User::new(&self.random, self.now)
    }

    /// The hash to keep of a password.
    #[must_use]
    pub fn hash(&self, password: &CanonicalPassword) -> PasswordHash {
        self.hasher().hash(password, &self.random)
    }

    /// Writes the account, or nothing of it. Unless the request is answered with success, there is none: a retry is not told that
    /// somebody has its address.
    ///
    /// # Errors
    /// [`NotRegistered`]
    pub async fn register(&self, app: &AppId, registration: &Registration) -> Result<(), NotRegistered> {
        let Registration { user, opening, .. } = registration;
        let nonce = Nonce::draw(&self.random);
        self.undo_unless_answered(TakeBack::Registration(Registered {
            app: app.clone(),
            user: user.id,
            epoch: user.epoch,
            handles: user.handles(),
            session: opening.as_ref().map(|opening| opening.session.id.clone()),
            nonce: nonce.clone(),
        }));
        let registered = self.store.register(app, registration, &nonce, self.now).await;
        if let Err(NotRegistered::HandleTaken(_)) = registered {
            self.nothing_to_undo();
        }
        registered
    }

    /// The reset link that a token opens in `app`, while it is alive.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn live_link(&self, app: &AppId, token: &OpaqueToken) -> Result<Option<LiveLink>, StoreError> {
        self.store.live_link(app, token, self.now).await
    }

    /// Whether the reset link that a token opens in `app` is alive, and so is its user. Nothing is spent.
    ///
    /// # Errors
    /// [`NotRedeemed`]
    pub async fn check_reset_link(&self, app: &AppId, token: &OpaqueToken) -> Result<(), NotRedeemed> {
        let user = async {
            match token.user() {
                Some(user) => self.store.user(app, user).await,
                None => Ok(None),
            }
        };
        let (link, user) = tokio::try_join!(self.live_link(app, token), user)?;
        let link = link.ok_or(NotRedeemed::Dead)?;
        let user = user.filter(|user| user.id == link.user).ok_or(NotRedeemed::NoUser)?;
        // Otherwise another link was followed since, or the password changed.
        if user.epoch == link.epoch { Ok(()) } else { Err(NotRedeemed::Dead) }
    }

    /// Spends a reset link: sets the password and ends every session of the user, who is told of it at the same time. The form of our
    /// page is remembered, so that it is known when it is sent again.
    ///
    /// # Errors
    /// [`NotRedeemed`]
    pub async fn reset_password(
        &self,
        news: News<'_>,
        link: &LiveLink,
        password: &CanonicalPassword,
        form: Option<&FormDigest>,
    ) -> Result<(), NotRedeemed> {
        let nonce = form.map_or_else(|| Nonce::draw(&self.random), |form| Nonce::of_form(form, &self.random));
        let hash = self.hash(password);
        let redemption = Redemption { link, password: &hash, source: news.device.address(), now: self.now };
        let redeemed = self.store.redeem_reset_link(&news.app.id, &redemption, &nonce);
        let (redeemed, ()) = tokio::join!(redeemed, self.tell_of_link(news, &link.handles));
        redeemed
    }
}
