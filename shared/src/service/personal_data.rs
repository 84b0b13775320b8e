//! A person takes along what is stored of them.

use futures_util::future::try_join_all;

use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::id::{AppId, UserId};
use crate::oauth::client::Client;
use crate::oauth::grant::Grant;
use crate::oauth::memento::{Memento, MementoId};
use crate::passkey::Passkey;
use crate::service::Moment;
use crate::session::Session;
use crate::store::StoreError;
use crate::user::User;

/// What is stored of a user but what opens something: hashes, tokens, keys and secrets.
#[derive(Debug)]
pub struct PersonalData {
    /// Who.
    pub user: User,
    /// The second factor, if there is one.
    pub factor: Option<FactorData>,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// Where the user is signed in, the session used last first.
    pub sessions: Vec<Session>,
    /// What was done to the account, the newest first.
    pub trail: Vec<Entry>,
    /// The apps that the user has let in, each with what is registered of it, if it is.
    pub connected: Vec<(Grant, Option<Client>)>,
    /// The mementos, the newest first, as many as an answer holds.
    pub mementos: Vec<Memento>,
    /// Whether there are more of them.
    pub has_more: bool,
}

/// What a user may know of the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactorData {
    /// How many recovery codes were not used.
    pub recovery_codes: usize,
}

impl Moment {
    /// Reads what is stored of a user; of the mementos, those that come after `after`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn personal_data(
        &self,
        app: &AppId,
        user: User,
        after: Option<&MementoId>,
    ) -> Result<PersonalData, StoreError> {
        let factor = async {
            let factor = if user.second_factor { self.store.factor(app, user.id).await? } else { None };
            Ok::<_, StoreError>(factor.map(|factor| FactorData { recovery_codes: factor.recovery.len() }))
        };
        let connected = async {
            let grants = self.store.grants(app, user.id).await?;
            try_join_all(grants.into_iter().map(|grant| async move {
                let client = self.store.client(&grant.client).await?;
                Ok::<_, StoreError>((grant, client))
            }))
            .await
        };
        let all = async {
            tokio::try_join!(
                factor,
                self.store.passkeys(app, &user),
                self.store.sessions(app, &user, self.now),
                self.own_trail(app, user.id, MOST),
                connected,
                self.store.mementos(app, user.id, after, MOST),
            )
        };
        // Boxed: it would be a future of twenty kilobytes.
        let (factor, passkeys, mut sessions, trail, connected, (mementos, has_more)) = Box::pin(all).await?;
        sessions.truncate(MOST);
        Ok(PersonalData { user, factor, passkeys, sessions, trail, connected, mementos, has_more })
    }

    /// What was done to a user, the newest first, up to `most`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn own_trail(&self, app: &AppId, user: UserId, most: usize) -> Result<Vec<Entry>, StoreError> {
        self.trail().of_user(app, user, Timestamp::from_unix(0), most).await
    }
}

/// How many mementos, sessions and entries of the trail an answer has at most. The mementos' size bounds them too.
const MOST: usize = 1000;
