//! End sessions from the list.

use futures_util::future::try_join_all;
use runtime::Moment;
use shared::id::SessionId;
use shared::store::{Nonce, StoreError};

use crate::reader::{Person, Reader};

/// Ends one session of the list. One that has ended already stays so.
pub(super) async fn end(at: &Moment, reader: &Reader, person: &Person, session: &SessionId) -> Result<(), StoreError> {
    let nonce = Nonce::draw(&at.random);
    at.store.end_listed_session(&reader.app.id, person.user.id, session, &nonce, at.now).await.map(drop)
}

/// Ends every session of the list but the one that asks. Stopping half-way leaves fewer; doing it again ends the rest.
pub(super) async fn end_others(at: &Moment, reader: &Reader, person: &Person) -> Result<(), StoreError> {
    let sessions = at.store.sessions(&reader.app.id, &person.user, at.now).await?;
    let others: Vec<_> = sessions.into_iter().map(|session| session.id).filter(|id| *id != person.session.id).collect();
    try_join_all(others.iter().map(|id| end(at, reader, person, id))).await.map(drop)
}
