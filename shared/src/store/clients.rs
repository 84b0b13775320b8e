//! OAuth clients: `client`, `create_client`, `change_client`, `delete_client`, `remove_client`, `keep_client`, `clients`.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use crate::clock::Timestamp;
use crate::id::{AppId, ClientId};
use crate::oauth::client::{Client, ClientPolicy, Registered};
use crate::oauth::openid;
use crate::oauth::redirect::RedirectUri;
use crate::oauth::scope::Scope;
use crate::session::refresh::Rotation;
use crate::store::apps::build;
use crate::store::client::{Cancelled, Store, update_item};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, number, text, time};
use crate::store::keys::{CLIENTS, Key, Table};
use crate::store::secrets::{read_secrets, write_secrets};
use crate::store::users::delete_item;
use crate::token::client_keys::ClientKeys;

/// The attribute that marks a client which an operator deleted, with the time. No other client gets the id, because users' grants and
/// sessions are stored under it.
pub(super) const DELETED: &str = "deleted";

/// Why a client was not written.
#[derive(Debug, thiserror::Error)]
pub enum ClientConflict {
    /// Another client has the id, or had it before an operator deleted it.
    #[error("there is a client of that id, or there was one before it was deleted: choose another id")]
    Exists,
    /// Somebody else changed the client in the meantime: read it again.
    #[error("the client was changed in the meantime")]
    Changed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The client of that id.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn client(&self, id: &ClientId) -> Result<Option<Client>, StoreError> {
        let item = self.client_item(id).await?;
        item.map(|attributes| read_client(id, &attributes)).transpose()
    }

    /// The item of the client of that id, unless the client was deleted.
    pub(super) async fn client_item(&self, id: &ClientId) -> Result<Option<Attributes>, StoreError> {
        Ok(self.get(&Key::client(id)).await?.filter(|item| !item.contains_key(DELETED)))
    }

    /// Writes a new client and its entry in the directory. Of the first one of an app, the app's record is told.
    ///
    /// # Errors
    /// [`ClientConflict::Exists`] when the id is taken.
    pub async fn create_client(&self, client: &Client) -> Result<(), ClientConflict> {
        let created = self
            .put(self.by_author(write_client(client, 1)), Table::Core)
            .condition_expression("attribute_not_exists(pk)");
        let entry = Writer::at(&Key::client_entry(&client.id)).with("name", text(&client.name)).done();
        let writes = [created, self.put(entry, Table::Core)]
            .map(|put| Ok::<_, StoreError>(TransactWriteItem::builder().put(build(put)?).build()));
        let mut writes = writes.into_iter().collect::<Result<Vec<_>, _>>()?;
        writes.extend(self.note_of_clients(&client.app).await?);
        match self.transact(writes).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Conditions(_)) => Err(ClientConflict::Exists),
            Err(Cancelled::Store(error)) => Err(error.into()),
        }
    }

    /// The update that tells an app's record of its first client; none if the record says already that there are some.
    pub(super) async fn note_of_clients(&self, app: &AppId) -> Result<Option<TransactWriteItem>, StoreError> {
        if self.app(app).await?.is_none_or(|app| app.has_clients) {
            return Ok(None);
        }
        // If two first clients are made at once, one update of the app changes nothing. A concurrent change of the app is tried again.
        let note = self
            .transact_update(&Key::app(app))
            .update_expression("SET has_clients = :true ADD rev :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":one", number(1));
        update_item(note).map(Some)
    }

    /// Reads a client, lets `change` make another of it, and writes that if nobody else wrote in between.
    ///
    /// # Errors
    /// [`ClientConflict::Changed`] when somebody did; what `change` refuses with.
    pub async fn change_client<E: From<ClientConflict>>(
        &self,
        id: &ClientId,
        change: impl FnOnce(Client) -> Result<Client, E>,
    ) -> Result<Option<Client>, E> {
        let Some(found) = self.client_item(id).await.map_err(ClientConflict::from)? else { return Ok(None) };
        let revision: u64 = Reader::new("client", &found).number("rev").map_err(ClientConflict::from)?;
        let client = change(read_client(id, &found).map_err(ClientConflict::from)?)?;
        let changed = self
            .put(self.by_author(write_client(&client, revision + 1)), Table::Core)
            .condition_expression("rev = :read")
            .expression_attribute_values(":read", number(revision));
        let changed = TransactWriteItem::builder().put(build(changed).map_err(ClientConflict::from)?).build();
        match self.transact(vec![changed]).await {
            Ok(()) => Ok(Some(client)),
            Err(Cancelled::Conditions(_)) => Err(ClientConflict::Changed.into()),
            Err(Cancelled::Store(error)) => Err(ClientConflict::from(error).into()),
        }
    }

    /// Deletes a client. Its tokens are refused afterwards, because every endpoint reads the client first. `None`: there is no such
    /// client.
    ///
    /// An empty item stays, which the release before reads as a disabled client. Without it another client could take the id, and
    /// with it this one's grants and refresh tokens.
    ///
    /// # Errors
    /// [`ClientConflict::Changed`] when somebody changed it in the meantime.
    pub async fn delete_client(&self, id: &ClientId, now: Timestamp) -> Result<Option<Client>, ClientConflict> {
        let Some(found) = self.client_item(id).await? else { return Ok(None) };
        let revision: u64 = Reader::new("client", &found).number("rev")?;
        let client = read_client(id, &found)?;
        let mut left = self.by_author(write_client(&emptied(&client), revision + 1));
        left.insert(DELETED.to_owned(), time(now));
        let left = self
            .put(left, Table::Core)
            .condition_expression("rev = :read")
            .expression_attribute_values(":read", number(revision));
        let left = TransactWriteItem::builder().put(build(left)?).build();
        match self.transact(vec![left, delete_item(self.delete(&Key::client_entry(id)))?]).await {
            Ok(()) => Ok(Some(client)),
            Err(Cancelled::Conditions(_)) => Err(ClientConflict::Changed),
            Err(Cancelled::Store(error)) => Err(error.into()),
        }
    }

    /// Removes a client that registered itself, and its entry in the directory. Its id was drawn, so no other client will have it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn remove_client(&self, id: &ClientId) -> Result<(), StoreError> {
        self.remove(&Key::client_entry(id)).await?;
        self.remove(&Key::client(id)).await
    }

    /// Keeps a client that registered itself: it is used.
    ///
    /// # Errors
    /// [`StoreError`]: it is forgotten, unless it is used again.
    pub async fn keep_client(&self, id: &ClientId) -> Result<(), StoreError> {
        let keep = self
            .update(&Key::client(id))
            .update_expression("REMOVE unused_until")
            .condition_expression("attribute_exists(unused_until)");
        self.send_update(keep).await.map(drop)
    }

    /// Every client's id, in order. For operators: it reads the whole directory.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn clients(&self) -> Result<Vec<ClientId>, StoreError> {
        let entries = self.partition(CLIENTS).await?;
        entries.iter().map(|entry| Reader::new("directory", entry).parsed("sk")).collect()
    }
}

/// What stays of a client that is deleted.
fn emptied(client: &Client) -> Client {
    Client {
        description: String::new(),
        logo: None,
        landing_page: None,
        origins: Vec::new(),
        redirect_uris: Vec::new(),
        secrets: Vec::new(),
        policy: ClientPolicy::default(),
        openid: openid::Settings::default(),
        disabled: true,
        ..client.clone()
    }
}

fn write_client(client: &Client, revision: u64) -> Attributes {
    let openid = &client.openid;
    let list = |texts: Vec<&str>| AttributeValue::L(texts.into_iter().map(text).collect());
    let (by_itself, unused_until) = match client.policy.registered {
        Registered::ByOwner => (false, None),
        Registered::Itself { unused_until } => (true, unused_until),
    };
    let rotation = Some(client.policy.rotation).filter(|rotation| *rotation != Rotation::default());
    Writer::at(&Key::client(&client.id))
        .with("rev", number(revision))
        .with("app", text(client.app.as_str()))
        .with("name", text(&client.name))
        .with("description", text(&client.description))
        .maybe("logo", client.logo.as_ref().map(text))
        .maybe("landing_page", client.landing_page.as_ref().map(text))
        .with("origins", list(client.origins.iter().map(String::as_str).collect()))
        .with("redirect_uris", list(client.redirect_uris.iter().map(RedirectUri::as_str).collect()))
        .with("public", AttributeValue::Bool(client.public))
        .with("secrets", write_secrets(&client.secrets))
        .with("scope", text(client.default_scope.to_string()))
        .maybe("jwks", client.policy.keys.as_ref().map(|keys| text(keys.write())))
        .maybe("jwks_uri", client.policy.jwks_uri.as_ref().map(text))
        .maybe("itself", by_itself.then_some(AttributeValue::Bool(true)))
        .maybe("unused_until", unused_until.map(time))
        .maybe("machine", client.policy.client_credentials.then_some(AttributeValue::Bool(true)))
        .maybe("pkce", client.policy.requires_pkce.then_some(AttributeValue::Bool(true)))
        .maybe("rotation", rotation.map(|rotation| text(rotation.name())))
        .with("id_token_algorithm", text(openid.id_token_algorithm.name()))
        .with("logout_uris", list(openid.post_logout_redirect_uris.iter().map(RedirectUri::as_str).collect()))
        .with("first_party", AttributeValue::Bool(openid.first_party))
        .with("disabled", AttributeValue::Bool(client.disabled))
        .with("created", time(client.created))
        .done()
}

pub(super) fn read_client(id: &ClientId, attributes: &Attributes) -> Result<Client, StoreError> {
    let item = Reader::new("client", attributes);
    let keys = item.maybe_text("jwks")?.map(|keys| ClientKeys::read(keys.as_bytes()));
    let uris = |name| {
        let uris = item.strings(name)?.iter().map(|uri| uri.parse()).collect::<Result<Vec<RedirectUri>, _>>();
        uris.map_err(|_| item.corrupt(name))
    };
    Ok(Client {
        id: id.clone(),
        app: item.parsed("app")?,
        name: item.text("name")?.to_owned(),
        description: item.text("description")?.to_owned(),
        logo: item.maybe_text("logo")?.map(str::to_owned),
        landing_page: item.maybe_text("landing_page")?.map(str::to_owned),
        origins: item.strings("origins")?,
        redirect_uris: uris("redirect_uris")?,
        public: item.flag("public")?,
        secrets: read_secrets(&item)?,
        default_scope: Scope::read(item.text("scope")?),
        policy: ClientPolicy {
            rotation: item.maybe_parsed("rotation")?.unwrap_or_default(),
            keys: keys.transpose().map_err(|_| item.corrupt("jwks"))?,
            jwks_uri: item.maybe_text("jwks_uri")?.map(str::to_owned),
            client_credentials: item.flag("machine")?,
            requires_pkce: item.flag("pkce")?,
            registered: if item.flag("itself")? {
                Registered::Itself { unused_until: item.maybe_time("unused_until")? }
            } else {
                Registered::ByOwner
            },
        },
        openid: match item.maybe_parsed("id_token_algorithm")? {
            // An earlier release wrote it.
            None => openid::Settings::default(),
            Some(id_token_algorithm) => openid::Settings {
                id_token_algorithm,
                post_logout_redirect_uris: uris("logout_uris")?,
                first_party: item.flag("first_party")?,
            },
        },
        disabled: item.flag("disabled")?,
        created: item.time("created")?,
    })
}
