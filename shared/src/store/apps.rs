//! Apps: `app`, `create_app`, `change_app`, `logo`, `put_logo`, `directory`, `listed_apps`.

use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};

use crate::app::brand::Logo;
use crate::app::captcha::CaptchaPolicy;
use crate::app::claims::OwnClaims;
use crate::app::credential::ApiKey;
use crate::app::registration::Registration;
use crate::app::{App, Policy};
use crate::aws::SendBy as _;
use crate::id::AppId;
use crate::store::app_parts::{
    read_apis, read_brand, read_captcha_policy, read_registration, read_resources, read_second_factor, read_sms_policy,
    read_user_pool, write_apis, write_brand, write_claims, write_provider, write_resources, write_second_factor,
};
use crate::store::client::{Cancelled, Store};
use crate::store::error::StoreError;
use crate::store::item::{Attributes, Reader, Writer, bytes, key, number, text, time};
use crate::store::keys::{DIRECTORY, Key, LISTED, Table};
use crate::store::secrets::{read_secrets, write_secrets};

/// Why an app was not written.
#[derive(Debug, thiserror::Error)]
pub enum AppConflict {
    /// Another app has the id.
    #[error("there is an app of that id")]
    Exists,
    /// Somebody else changed the app in the meantime: read it again.
    #[error("the app was changed in the meantime")]
    Changed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// The app of that id.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn app(&self, id: &AppId) -> Result<Option<App>, StoreError> {
        let item = self.get(&Key::app(id)).await?;
        item.map(|attributes| read_app(id, &attributes)).transpose()
    }

    /// Writes a new app and its entries in the directory and the portal's list.
    ///
    /// # Errors
    /// [`AppConflict::Exists`] when the id is taken.
    pub async fn create_app(&self, app: &App) -> Result<(), AppConflict> {
        let created =
            self.put(self.by_author(write_app(app, 1)), Table::Core).condition_expression("attribute_not_exists(pk)");
        match self.transact(self.app_and_entries(created, app)?).await {
            Ok(()) => Ok(()),
            Err(Cancelled::Conditions(_)) => Err(AppConflict::Exists),
            Err(Cancelled::Store(error)) => Err(error.into()),
        }
    }

    /// Reads an app, lets `change` make another of it, and writes that if nobody else wrote in between.
    ///
    /// # Errors
    /// [`AppConflict::Changed`] when somebody did; what `change` refuses with.
    pub async fn change_app<E: From<AppConflict>>(
        &self,
        id: &AppId,
        change: impl FnOnce(App) -> Result<App, E>,
    ) -> Result<Option<App>, E> {
        let Some(found) = self.get(&Key::app(id)).await.map_err(AppConflict::from)? else { return Ok(None) };
        let revision: u64 = Reader::new("app", &found).number("rev").map_err(AppConflict::from)?;
        let app = change(read_app(id, &found).map_err(AppConflict::from)?)?;
        let changed = self
            .put(self.by_author(write_app(&app, revision + 1)), Table::Core)
            .condition_expression("rev = :read")
            .expression_attribute_values(":read", number(revision));
        let items = self.app_and_entries(changed, &app).map_err(AppConflict::from)?;
        match self.transact(items).await {
            Ok(()) => Ok(Some(app)),
            Err(Cancelled::Conditions(_)) => Err(AppConflict::Changed.into()),
            Err(Cancelled::Store(error)) => Err(AppConflict::from(error).into()),
        }
    }

    /// The write of an app, and beside it what the two lists say of it: they cannot disagree.
    fn app_and_entries(&self, app: PutBuilder, record: &App) -> Result<Vec<TransactWriteItem>, StoreError> {
        let write = |put| Ok::<_, StoreError>(TransactWriteItem::builder().put(build(put)?).build());
        let entry = |at: &Key| self.put(Writer::at(at).with("name", text(&record.name)).done(), at.table);
        let shown = Key::listed(&record.id);
        let listing = if record.is_listed() {
            write(entry(&shown))?
        } else {
            let delete = Delete::builder().table_name(self.table(shown.table)).set_key(Some(key(&shown))).build();
            let delete = delete.map_err(|_| StoreError::Corrupt { entity: "transaction", attribute: "delete" })?;
            TransactWriteItem::builder().delete(delete).build()
        };
        Ok(vec![write(app)?, write(entry(&Key::directory(&record.id)))?, listing])
    }

    /// The picture that was stored for an app last.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn logo(&self, app: &AppId) -> Result<Option<Logo>, StoreError> {
        let Some(item) = self.get(&Key::logo(app)).await? else { return Ok(None) };
        let reader = Reader::new("logo", &item);
        let logo = Logo::read(reader.bytes("picture")?.to_vec()).map_err(|_| reader.corrupt("picture"))?;
        Ok(Some(logo))
    }

    /// Stores a picture for an app, in place of the one before. It is an item of its own: the app's is read with every request.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn put_logo(&self, app: &AppId, logo: &Logo) -> Result<(), StoreError> {
        let item = Writer::at(&Key::logo(app)).with("picture", bytes(logo.bytes())).done();
        let put = self.db.put_item().table_name(self.table(Table::Core)).set_item(Some(item)).send_by(&self.db).await;
        put.map(drop).map_err(|error| StoreError::unavailable("PutItem", &error))
    }

    /// Every app's id and name, in the order of the ids. For operators: it reads the whole directory.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn directory(&self) -> Result<Vec<(AppId, String)>, StoreError> {
        self.entries_of(DIRECTORY).await
    }

    /// The id and name of each app that the portal shows, in the order of the ids.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn listed_apps(&self) -> Result<Vec<(AppId, String)>, StoreError> {
        self.entries_of(LISTED).await
    }

    async fn entries_of(&self, list: &str) -> Result<Vec<(AppId, String)>, StoreError> {
        let mut apps = Vec::new();
        for entry in self.partition(list).await? {
            let entry = Reader::new("directory", &entry);
            apps.push((entry.parsed("sk")?, entry.text("name")?.to_owned()));
        }
        Ok(apps)
    }

    /// Every item of a partition of core. For operators, and for lists that are kept short.
    pub(super) async fn partition(&self, pk: &str) -> Result<Vec<Attributes>, StoreError> {
        let mut pages = self
            .db
            .client()
            .query()
            .table_name(self.table(Table::Core))
            .key_condition_expression("pk = :list")
            .expression_attribute_values(":list", text(pk))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(item.map_err(|error| StoreError::unavailable("Query", &error))?);
        }
        Ok(items)
    }

    pub(super) fn put(&self, item: Attributes, table: Table) -> PutBuilder {
        Put::builder().table_name(self.table(table)).set_item(Some(item))
    }
}

/// The SDK's builders fail when a required member is missing: ours name them all, so this is a mistake in this module.
pub(super) fn build(put: PutBuilder) -> Result<Put, StoreError> {
    put.build().map_err(|_| StoreError::Corrupt { entity: "transaction", attribute: "put" })
}

fn write_app(app: &App, revision: u64) -> Attributes {
    let sms = &app.policy.sms;
    let captcha = match &app.policy.captcha {
        CaptchaPolicy::Off => None,
        CaptchaPolicy::On(provider) => Some(write_provider(provider)),
    };
    let origins = app.policy.origins.iter().map(text).collect();
    let registration = Some(app.policy.registration.name()).filter(|_| app.policy.registration != Registration::Off);
    let token = match app.policy.registration {
        Registration::Token(digest) => Some(digest),
        Registration::Off | Registration::Open => None,
    };
    Writer::at(&Key::app(&app.id))
        .with("rev", number(revision))
        .with("name", text(&app.name))
        .with("disabled", AttributeValue::Bool(app.disabled))
        .with("secrets", write_secrets(&app.secrets))
        .with("api_key", text(app.api_key.as_str()))
        .with("alg", text(app.policy.algorithm.name()))
        .with("origins", AttributeValue::L(origins))
        .maybe("reset_page", app.policy.reset_page.as_ref().map(text))
        .with("countries", AttributeValue::L(sms.countries.iter().map(|country| text(country.to_string())).collect()))
        .with("show_full_phone", AttributeValue::Bool(sms.show_full_phone))
        .with("sms_sign_in", AttributeValue::Bool(sms.sign_in_page))
        .maybe("email_code_sign_in", app.policy.email_code_sign_in.then_some(AttributeValue::Bool(true)))
        .maybe("sms_sender", sms.sender_id.as_ref().map(text))
        .maybe("sms_entity", sms.entity_id.as_ref().map(text))
        .maybe("sms_template", sms.template_id.as_ref().map(text))
        .maybe("sms_zh", sms.text_zh.as_ref().map(|words| text(words.as_str())))
        .maybe("sms_en", sms.text_en.as_ref().map(|words| text(words.as_str())))
        .maybe("language", app.policy.language.map(|language| text(language.tag())))
        .with("listed", AttributeValue::Bool(app.policy.listed))
        .with("apis", write_apis(&app.policy.apis))
        .maybe("captcha", captcha)
        .maybe("pool", app.policy.user_pool.as_ref().map(|pool| text(pool.endpoint.as_str())))
        .maybe("pool_client", app.policy.user_pool.as_ref().map(|pool| text(pool.client.as_str())))
        .maybe("registration", registration.map(text))
        .maybe("registration_token", token.map(bytes))
        .maybe("documents", app.policy.client_documents.then_some(AttributeValue::Bool(true)))
        .maybe("brand", write_brand(&app.policy.brand))
        .maybe("resources", write_resources(&app.policy.resources))
        .maybe("claims", write_claims(&app.policy.claims))
        .maybe("second_factor", write_second_factor(app.policy.second_factor))
        .with("has_clients", AttributeValue::Bool(app.has_clients))
        .with("created", time(app.created))
        .done()
}

fn read_app(id: &AppId, attributes: &Attributes) -> Result<App, StoreError> {
    let item = Reader::new("app", attributes);
    Ok(App {
        id: id.clone(),
        name: item.text("name")?.to_owned(),
        disabled: item.flag("disabled")?,
        secrets: read_secrets(&item)?,
        api_key: item.parsed::<ApiKey>("api_key")?,
        policy: Policy {
            algorithm: item.parsed("alg")?,
            origins: item.strings("origins")?,
            reset_page: item.maybe_text("reset_page")?.map(str::to_owned),
            language: item.maybe_parsed("language")?,
            listed: item.flag("listed")?,
            sms: read_sms_policy(&item)?,
            email_code_sign_in: item.flag("email_code_sign_in")?,
            captcha: read_captcha_policy(&item)?,
            resources: read_resources(&item)?,
            // A release before apps could choose served them all.
            apis: read_apis(&item, "apis")?.unwrap_or_default(),
            claims: OwnClaims::stored(item.texts("claims")?),
            registration: read_registration(&item)?,
            client_documents: item.flag("documents")?,
            user_pool: read_user_pool(&item)?,
            second_factor: read_second_factor(&item)?,
            brand: read_brand(&item)?,
        },
        // An earlier release did not write it, and its apps may have clients.
        has_clients: item.maybe_flag("has_clients")?.unwrap_or(true),
        created: item.time("created")?,
    })
}
