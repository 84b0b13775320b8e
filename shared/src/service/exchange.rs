//! A client exchanges an authorization code.

use crate::app::App;
use crate::id::AppId;
use crate::oauth::code::Code;
use crate::oauth::session::ClientOpening;
use crate::service::Moment;
use crate::service::notice::{Notice, UnfinishedStep};
use crate::service::take_back::TakeBack;
use crate::session::device::Device;
use crate::session::refresh::RefreshToken;
use crate::store::{Nonce, NotExchanged, Standing};
use crate::token::InvalidToken;

impl Moment {
    /// Opens the session of a code whose client has proved that it may have it. Unless the request is answered with success,
    /// the code stays good.
    ///
    /// # Errors
    /// [`NotExchanged`]
    pub async fn exchange_code(
        &self,
        app: &App,
        code: Code,
        device: Device,
    ) -> Result<(Standing, RefreshToken), NotExchanged> {
        let (app, policy) = (&app.id, &app.policy.second_factor);
        if !code.is_good(self.now) {
            if self.store.revoke_session(app, code.user, &code.session, self.now).await? {
                self.report(&Notice::Reused { app, session: &code.session });
            }
            return Err(InvalidToken::Expired.into());
        }
        let (opening, refresh) = ClientOpening::of_code(code, device, &self.random, self.now);
        let nonce = Nonce::draw(&self.random);
        let session = Box::new(opening.session.clone());
        self.undo_unless_answered(TakeBack::Exchange { app: app.clone(), session, nonce: nonce.clone() });
        match self.store.exchange_code(app, &opening, &nonce, self.now).await {
            // The app wants two since the code was asked for.
            Ok(standing) if standing.delegation.has_too_few_factors(policy, standing.user.created, self.now) => {
                Err(InvalidToken::OneFactor.into())
            }
            Ok(standing) => Ok((standing, refresh)),
            Err(error @ NotExchanged::Dead(_)) => {
                self.nothing_to_undo();
                Err(error)
            }
            Err(NotExchanged::Reused) => {
                self.nothing_to_undo();
                self.report(&Notice::Reused { app, session: &opening.session.id });
                Err(NotExchanged::Reused)
            }
            // Nobody knows whether the session was opened.
            Err(error @ NotExchanged::Store(_)) => Err(error),
        }
    }

    /// Notes, once a day, that a client uses its grant. The client has its tokens in any case, and the next exchange notes it.
    pub async fn note_grant_use(&self, app: &AppId, standing: &Standing) {
        if standing.grant.use_is_news(self.now)
            && let Err(error) = self.store.note_grant_use(app, standing.user.id, &standing.grant, self.now).await
        {
            self.report(&Notice::Unfinished { step: UnfinishedStep::NoteGrantUse, cause: &error });
        }
    }
}
