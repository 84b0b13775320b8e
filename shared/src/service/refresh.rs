//! Refreshes a session: exchanges a refresh token for the next pair.

use crate::app::App;
use crate::id::AppId;
use crate::oauth::client::Client;
use crate::service::Moment;
use crate::service::notice::Notice;
use crate::service::opening::TokenPair;
use crate::service::take_back::TakeBack;
use crate::session::Transport;
use crate::session::refresh::{RefreshToken, Rotation};
use crate::store::{ClientToken, Exchanged, Nonce, NotRotated, Standing, StoreError};
use crate::token::InvalidToken;

impl Moment {
    /// Exchanges a refresh token for its session's next pair of tokens. Unless the request is answered with success, the
    /// token stays good.
    ///
    /// # Errors
    /// [`NotRotated`]
    pub async fn refresh(
        &self,
        app: &App,
        token: &RefreshToken,
        transport: Transport,
    ) -> Result<TokenPair, NotRotated> {
        let holder = self.begin_rotation(&app.id, token).await?;
        let rotated = self.store.rotate_session(&app.id, token, transport, &holder, self.now);
        let (rotated, ()) = tokio::join!(rotated, self.undo_some_unanswered());
        let (rotated, user) = rotated.map_err(|error| self.not_rotated(&app.id, token, error))?;
        if rotated.session.has_too_few_factors(app, &user, self.now) {
            return Err(InvalidToken::OneFactor.into());
        }
        Ok(self.pair(app, &rotated.session, &rotated.refresh).await?)
    }

    /// The same for a client's token: the one to come back with, and what it stands for.
    ///
    /// # Errors
    /// [`NotRotated`]
    pub async fn refresh_client(
        &self,
        app: &App,
        token: &RefreshToken,
        client: &Client,
    ) -> Result<(RefreshToken, Standing), NotRotated> {
        let (app, policy) = (&app.id, &app.policy.second_factor);
        let presented = ClientToken { client: &client.id, token, rotation: client.rotation() };
        let holder = match presented.rotation {
            // Nothing is replaced, so there is nothing to put back.
            Rotation::Off => Nonce::draw(&self.random),
            Rotation::Always | Rotation::UntilUsed => self.begin_rotation(app, token).await?,
        };
        let rotated = self.store.rotate_delegated(app, &presented, &holder, self.now);
        let (rotated, ()) = tokio::join!(rotated, self.undo_some_unanswered());
        let (rotated, standing) = rotated.map_err(|error| self.not_rotated(app, token, error))?;
        if standing.delegation.has_too_few_factors(policy, standing.user.created, self.now) {
            return Err(InvalidToken::OneFactor.into());
        }
        Ok((rotated.refresh, standing))
    }

    async fn begin_rotation(&self, app: &AppId, token: &RefreshToken) -> Result<Nonce, StoreError> {
        self.undo_unanswered_of(token).await?;
        let (holder, successor) = (Nonce::draw(&self.random), token.successor(app, self.ring().await?));
        let exchanged = Exchanged {
            app: app.clone(),
            user: token.user,
            session: token.session.clone(),
            presented: token.digest(),
            successor: successor.digest(),
            holder: holder.clone(),
        };
        self.unanswered.open(&exchanged);
        self.undo_unless_answered(TakeBack::Rotation(exchanged));
        Ok(holder)
    }

    fn not_rotated(&self, app: &AppId, token: &RefreshToken, error: NotRotated) -> NotRotated {
        match &error {
            NotRotated::Dead(_) => self.nothing_to_undo(),
            NotRotated::Reused => {
                self.nothing_to_undo();
                self.report(&Notice::Reused { app, session: &token.session });
            }
            // Nobody knows whether the exchange was carried out.
            NotRotated::Store(_) => {}
        }
        error
    }
}
