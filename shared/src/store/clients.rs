//! OAuth clients: `client`, `create_client`, `change_client`, `clients`.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};

use crate::id::ClientId;
use crate::oauth::client::{Client, ClientPolicy};
use crate::oauth::redirect::RedirectUri;
use crate::oauth::scope::Scope;
use crate::session::refresh::Rotation;
use crate::store::apps::build;
use crate::store::client::{Cancelled, Store};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, number, text, time};
use crate::store::keys::{CLIENTS, Key, Table};
use crate::store::secrets::{read_secrets, write_secrets};
use crate::token::client_keys::ClientKeys;

/// Why a client was not written.
#[derive(Debug, thiserror::Error)]
pub enum ClientConflict {
    /// Another client has the id.
    #[error("there is a client of that id")]
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
        let item = self.get(&Key::client(id)).await?;
        item.map(|attributes| read_client(id, &attributes)).transpose()
    }

    /// Writes a new client and its entry in the directory.
    ///
    /// # Errors
    /// [`ClientConflict::Exists`] when the id is taken.
    pub async fn create_client(&self, client: &Client) -> Result<(), ClientConflict> {
        let created = self.put(write_client(client, 1), Table::Core).condition_expression("attribute_not_exists(pk)");
        let entry = Writer::at(&Key::client_entry(&client.id)).with("name", text(&client.name)).done();
        let writes = [created, self.put(entry, Table::Core)]
            .map(|put| Ok::<_, StoreError>(TransactWriteItem::builder().put(build(put)?).build()));
        match self.transact(writes.into_iter().collect::<Result<_, _>>()?).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Conditions(_)) => Err(ClientConflict::Exists),
            Err(Cancelled::Store(error)) => Err(error.into()),
        }
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
        let Some(found) = self.get(&Key::client(id)).await.map_err(ClientConflict::from)? else { return Ok(None) };
        let revision: u64 = Reader::new("client", &found).number("rev").map_err(ClientConflict::from)?;
        let client = change(read_client(id, &found).map_err(ClientConflict::from)?)?;
        let changed = self
            .put(write_client(&client, revision + 1), Table::Core)
            .condition_expression("rev = :read")
            .expression_attribute_values(":read", number(revision));
        let changed = TransactWriteItem::builder().put(build(changed).map_err(ClientConflict::from)?).build();
        match self.transact(vec![changed]).await {
            Ok(()) => Ok(Some(client)),
            Err(Cancelled::Conditions(_)) => Err(ClientConflict::Changed.into()),
            Err(Cancelled::Store(error)) => Err(ClientConflict::from(error).into()),
        }
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

fn write_client(client: &Client, revision: u64) -> Attributes {
    let list = |texts: Vec<&str>| AttributeValue::L(texts.into_iter().map(text).collect());
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
        .maybe("machine", client.policy.client_credentials.then_some(AttributeValue::Bool(true)))
        .maybe("rotation", rotation.map(|rotation| text(rotation.name())))
        .with("disabled", AttributeValue::Bool(client.disabled))
        .with("created", time(client.created))
        .done()
}

fn read_client(id: &ClientId, attributes: &Attributes) -> Result<Client, StoreError> {
    let item = Reader::new("client", attributes);
    let keys = item.maybe_text("jwks")?.map(|keys| ClientKeys::read(keys.as_bytes()));
    let redirect_uris = item.strings("redirect_uris")?.iter().map(|uri| uri.parse()).collect::<Result<_, _>>();
    Ok(Client {
        id: id.clone(),
        app: item.parsed("app")?,
        name: item.text("name")?.to_owned(),
        description: item.text("description")?.to_owned(),
        logo: item.maybe_text("logo")?.map(str::to_owned),
        landing_page: item.maybe_text("landing_page")?.map(str::to_owned),
        origins: item.strings("origins")?,
        redirect_uris: redirect_uris.map_err(|_| item.corrupt("redirect_uris"))?,
        public: item.flag("public")?,
        secrets: read_secrets(&item)?,
        default_scope: Scope::read(item.text("scope")?),
        policy: ClientPolicy {
            rotation: item.maybe_parsed("rotation")?.unwrap_or_default(),
            keys: keys.transpose().map_err(|_| item.corrupt("jwks"))?,
            client_credentials: item.flag("machine")?,
        },
        disabled: item.flag("disabled")?,
        created: item.time("created")?,
    })
}
