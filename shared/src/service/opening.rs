//! A session for somebody who has just proved who they are, with the tokens that they are given.

use futures_util::future::try_join_all;

use crate::app::App;
use crate::clock::Timestamp;
use crate::id::{AppId, Epoch, UserId};
use crate::secret::Secret;
use crate::service::Moment;
use crate::service::notice::{Notice, UnfinishedStep};
use crate::session::attempt::Attempt;
use crate::session::device::Device;
use crate::session::method::Methods;
use crate::session::refresh::{GRACE, RefreshToken};
use crate::session::{Bearer, Opening, Presence, Session, Transport};
use crate::store::StoreError;
use crate::token::ring::{KeyError, KeyRing};

/// What the holder of a session is given.
#[derive(Debug)]
pub struct TokenPair {
    /// A JWT.
    pub access: Secret<String>,
    /// What the next pair is had for.
    pub refresh: Secret<String>,
    /// When the access token dies.
    pub expires: Timestamp,
}

/// The sessions that a browser has had until it is given another: of one app, and one or none, unless somebody put cookies of their
/// own beside.
#[derive(Clone, Debug)]
pub struct Former {
    /// In which app.
    pub app: AppId,
    /// Which.
    pub sessions: Vec<Bearer>,
}

/// Opens sessions of one app and one API, for one device.
///
/// It signs before anything is written: a key that cannot be used leaves nobody registered without a token and spends no
/// code.
#[derive(Clone, Copy, Debug)]
pub struct Opener<'a> {
    at: &'a Moment,
    ring: &'a KeyRing,
    app: &'a App,
    transport: Transport,
    device: &'a Device,
    methods: Methods,
    attempt: Option<&'a Attempt>,
}

impl Moment {
    /// What opens sessions of `app` through `transport` for `device`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn opener<'a>(
        &'a self,
        app: &'a App,
        transport: Transport,
        device: &'a Device,
    ) -> Result<Opener<'a>, StoreError> {
        Ok(Opener {
            at: self,
            ring: self.ring().await?,
            app,
            transport,
            device,
            methods: Methods::default(),
            attempt: None,
        })
    }

    /// Ends what a browser had until it was given another session, whose cookies take the place of the others. If that fails, its
    /// user finds one session more in the list.
    pub async fn end_former(&self, former: Option<&Former>) {
        let Some(Former { app, sessions }) = former else { return };
        let ends = sessions.iter().map(|bearer| self.store.end_session(app, bearer, Transport::Browser));
        let step = UnfinishedStep::EndFormerSession;
        match self.in_time(try_join_all(ends)).await {
            Some(Ok(_)) => {}
            Some(Err(error)) => self.report(&Notice::Unfinished { step, cause: &error }),
            None => self.report(&Notice::Unfinished { step, cause: &"no time was left" }),
        }
    }

    /// The tokens of the session that this very form opened for `user` within the last minute, in this browser: the form was sent twice.
    /// They are those that the first answer had. A session that was ended, or refreshed long enough ago, is none.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn opened_by(&self, app: &App, attempt: &Attempt, user: UserId) -> Result<Option<TokenPair>, StoreError> {
        let ring = self.ring().await?;
        let token = attempt.refresh_token(user, &app.id, ring);
        let presence = Presence::by_refresh(&token);
        let Some((_, session)) = self.store.present(&app.id, &presence, Transport::Browser, self.now).await? else {
            return Ok(None);
        };
        if self.now >= session.created.plus(GRACE) {
            return Ok(None);
        }
        Ok(Some(self.pair_by(ring, app, &session, &token)?))
    }

    /// The tokens of a session.
    ///
    /// # Errors
    /// [`StoreError`]: also for a key ring that cannot sign.
    pub(super) async fn pair(
        &self,
        app: &App,
        session: &Session,
        refresh: &RefreshToken,
    ) -> Result<TokenPair, StoreError> {
        Ok(self.pair_by(self.ring().await?, app, session, refresh)?)
    }

    fn pair_by(
        &self,
        ring: &KeyRing,
        app: &App,
        session: &Session,
        refresh: &RefreshToken,
    ) -> Result<TokenPair, KeyError> {
        Ok(TokenPair {
            access: session.access_token(app, &self.config.public_url, ring, self.now)?,
            refresh: refresh.write(&app.id, ring),
            expires: session.access_end(self.now),
        })
    }
}

impl<'a> Opener<'a> {
    /// Opens the session that follows from a form, so that the form opens one however often it is sent.
    #[must_use]
    pub const fn once(self, attempt: Option<&'a Attempt>) -> Self {
        Self { attempt, ..self }
    }

    /// The form that the session follows from, if it follows from one.
    pub(super) const fn attempt(&self) -> Option<&'a Attempt> {
        self.attempt
    }

    /// Whose users come in.
    pub(super) const fn app(&self) -> &'a App {
        self.app
    }

    /// Notes what they have proved who they are with.
    #[must_use]
    pub fn by(self, methods: impl Into<Methods>) -> Self {
        Self { methods: methods.into(), ..self }
    }

    /// A session that is never refreshed, and its one token.
    ///
    /// # Errors
    /// [`StoreError`]: the key ring cannot sign.
    pub fn single(&self, user: UserId, epoch: Epoch) -> Result<(Opening, Secret<String>), StoreError> {
        let session = self.session(user, epoch);
        let token = session.access_token(self.app, &self.at.config.public_url, self.ring, self.at.now)?;
        Ok((session.into(), token))
    }

    /// A session with its first pair of tokens.
    ///
    /// # Errors
    /// [`StoreError`]: the key ring cannot sign.
    pub fn pair(&self, user: UserId, epoch: Epoch) -> Result<(Opening, TokenPair), StoreError> {
        let session = self.session(user, epoch);
        let (opening, refresh) = match self.attempt {
            Some(attempt) => attempt.opening(session, &self.app.id, self.ring),
            None => Opening::refreshable(session, &self.at.random),
        };
        let pair = self.at.pair_by(self.ring, self.app, &opening.session, &refresh)?;
        Ok((opening, pair))
    }

    fn session(&self, user: UserId, epoch: Epoch) -> Session {
        let Self { at, transport, device, methods, .. } = self;
        let session = Session::open(user, epoch, *transport, (*device).clone(), &at.random, at.now);
        Session { methods: *methods, ..session }
    }
}
