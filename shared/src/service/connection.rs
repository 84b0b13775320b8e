//! Users are told by mail of a client that they let into their account.
//!
//! The request in which they do waits for nothing of it: the audit trail has an entry, and a function reads the trail's stream.

use crate::audit::{Act, Entry};
use crate::id::{AppId, ClientId, UserId};
use crate::notify::letter::Event;
use crate::service::Moment;
use crate::service::tell::News;
use crate::session::device::Device;
use crate::store::{Nonce, StoreError};

impl Moment {
    /// Tells the user of `entry` of the client that was let in, once however often the entry is delivered. Other entries are passed
    /// over, and so are clients of the app's own owner, which ask nobody.
    ///
    /// # Errors
    /// [`StoreError`], before anything was sent.
    pub async fn tell_of_connection(&self, entry: &Entry) -> Result<(), StoreError> {
        let Some((app, user, client)) = connected(entry) else { return Ok(()) };
        let Some(app) = self.enabled_app(app).await? else { return Ok(()) };
        let Some(name) = self.name_of(&client).await? else { return Ok(()) };
        let Some(user) = self.store.user(&app.id, user).await? else { return Ok(()) };
        if !self.store.claim_news(&entry.id, &Nonce::draw(&self.random), self.now).await? {
            return Ok(());
        }
        let author = entry.author.clone().unwrap_or_default();
        let device = Device::new(&author.from, None);
        let language = user.locale.or(author.language).unwrap_or(self.config.default_language);
        let news = News { app: &app, event: Event::Connected(&name), device: &device, language };
        self.tell(news, &user.handles()).await;
        Ok(())
    }

    /// What people know the client by. A client that a document describes goes by the document's host, which is what vouches for it;
    /// the document is not fetched again.
    async fn name_of(&self, client: &ClientId) -> Result<Option<String>, StoreError> {
        if let Some(host) = client.document_host() {
            return Ok(Some(host.to_owned()));
        }
        let found = self.store.client(client).await?;
        Ok(found.filter(|client| !client.openid.first_party).map(|client| client.name.as_str().to_owned()))
    }
}

/// Whose account, in which app, and which client.
fn connected(entry: &Entry) -> Option<(&AppId, UserId, ClientId)> {
    if entry.act != Act::GrantGiven.name() {
        return None;
    }
    Some((entry.app.as_ref()?, entry.user?, entry.details.get("client")?.parse().ok()?))
}
