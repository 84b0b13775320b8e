//! The apps that a local service has from the start.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use local::siteverify::{SECRET, SITE_KEY};
use local::template::Template;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::app::apis::{Api, Apis};
use shared::app::captcha::{CaptchaPolicy, OnOutage, Provider, SealedSecret};
use shared::app::sms::SmsPolicy;
use shared::app::{App, Policy};
use shared::config::Tables;
use shared::id::AppId;
use shared::outbound::WebUrl;
use shared::secret::Secret;

use super::Servers;
use super::state::UpState;
use ops::app::Issued;
use ops::deployment::{OperatorContext, local_aws};

/// What the apps are made in.
pub(super) struct Ground<'a> {
    /// The URL of the engine.
    pub(super) dynamodb: String,
    /// The names of the tables, by `core`, `live` and `rate`.
    pub(super) tables: BTreeMap<String, String>,
    /// The URL of the captcha's provider.
    pub(super) siteverify: String,
    /// What wraps the key ring.
    pub(super) kek: &'a str,
    /// Where secrets can be kept until the next start; nowhere in memory mode.
    pub(super) directory: Option<&'a Path>,
}

/// An app and what it authenticates with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DemoApp {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) api_key: String,
}

impl<'a> Ground<'a> {
    pub(super) fn new(servers: &Servers, template: &Template, state: &'a UpState) -> Self {
        let tables = template.tables.iter().map(|table| (table.key.clone(), table.name.clone())).collect();
        let (dynamodb, siteverify) = (servers.engine.endpoint(), servers.outbox.siteverify());
        Self { dynamodb, tables, siteverify, kek: state.kek(), directory: state.directory() }
    }
}

/// The app that the other APIs are bound to by default.
pub(super) const BOUND: &str = "default";

/// The two that a newcomer tries and finds on the portal, and the one that the other APIs are bound to by default.
const APPS: [(&str, &str, bool); 3] = [("demo", "Demo", true), ("demo-2", "Demo 2", true), (BOUND, "Default", false)];

/// Where the local run remembers what it showed: the store keeps hashes only.
const REMEMBERED: &str = "apps.json";

/// Makes the apps where they are not there yet, and the key ring: then the functions start with a read.
pub(super) async fn seed(ground: &Ground<'_>) -> Result<Vec<DemoApp>> {
    let context = ground.context()?;
    context.store.ring(context.clock.now()).await.context("the key ring cannot be used: was .dev/kek changed?")?;
    let remembered: Vec<DemoApp> = ground.remembered(REMEMBERED)?;
    let mut apps = Vec::new();
    for (id, name, listed) in APPS {
        let id: AppId = id.parse()?;
        let known = remembered.iter().find(|app| app.id == id.as_str());
        apps.push(match (context.store.app(&id).await?, known) {
            (Some(_), Some(known)) => known.clone(),
            // The secret was lost with its file: a new one takes its place.
            (Some(_), None) => ops::app::rotate_secret(&context, &id, context.clock.now()).await?.into(),
            (None, _) => {
                // The sign-in page of the local run shows all that it can.
                let is_bound = id.as_str() == BOUND;
                let sms = SmsPolicy { sign_in_page: is_bound, ..SmsPolicy::default() };
                // Agents connect to the local run with its address alone.
                let client_documents = is_bound;
                let policy =
                    Policy { listed, sms, email_code_sign_in: is_bound, client_documents, ..Policy::default() };
                ops::app::make(&context, id, name.to_owned(), policy).await?.into()
            }
        });
    }
    give_captcha(&context, &ground.siteverify).await?;
    ground.remember(REMEMBERED, &apps)?;
    Ok(apps)
}

/// The app that the other APIs are bound to asks the provider of this run. One that was given a provider keeps it.
async fn give_captcha(context: &OperatorContext, siteverify: &str) -> Result<()> {
    let id: AppId = BOUND.parse()?;
    let url: WebUrl = siteverify.parse()?;
    let app = context.store.app(&id).await?.context("the app was made above")?;
    match app.policy.captcha {
        CaptchaPolicy::On(Provider { url: known, site_key, spares_page, .. })
            if (known == url && spares_page) || site_key != SITE_KEY =>
        {
            Ok(())
        }
        _ => {
            let secret = Secret::new(SECRET.to_owned());
            let captcha = CaptchaPolicy::On(Provider {
                url,
                site_key: SITE_KEY.to_owned(),
                secret: SealedSecret::seal(&context.kek, &id, &secret, &context.random),
                hostnames: Vec::new(),
                on_outage: OnOutage::Refuse,
                // Clients of the other APIs know of no captcha.
                spared: Apis::of([Api::App, Api::Account]),
                // A newcomer signs up on the page, too.
                spares_page: true,
            });
            let give = |app: App| Ok(App { policy: Policy { captcha, ..app.policy }, ..app });
            ops::app::change(context, &id, give).await.map(drop)
        }
    }
}

impl From<Issued> for DemoApp {
    fn from(issued: Issued) -> Self {
        Self { id: issued.id.to_string(), secret: issued.secret, api_key: issued.api_key }
    }
}

impl Ground<'_> {
    pub(super) fn context(&self) -> Result<OperatorContext> {
        let table = |key: &str| {
            self.tables.get(key).cloned().with_context(|| format!("template.yaml has no table for `{key}`"))
        };
        let tables = Tables { core: table("core")?, live: table("live")?, rate: table("rate")? };
        Ok(OperatorContext::new(local_aws(self.dynamodb.clone()), tables, &Secret::new(self.kek.to_owned())))
    }

    /// What an earlier run left in `file`.
    pub(super) fn remembered<T: DeserializeOwned>(&self, file: &str) -> Result<Vec<T>> {
        let Some(path) = self.directory.map(|directory| directory.join(file)) else { return Ok(Vec::new()) };
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{} is damaged: remove it to get new secrets", path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
    }

    /// Leaves it for the next one.
    pub(super) fn remember<T: Serialize>(&self, file: &str, shown: &[T]) -> Result<()> {
        let Some(path) = self.directory.map(|directory| directory.join(file)) else { return Ok(()) };
        let mut options = OpenOptions::new();
        // Secrets of a throw-away service, but secrets: for their owner's eyes.
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&path).with_context(|| format!("{} cannot be written", path.display()))?;
        file.write_all(&serde_json::to_vec_pretty(shown)?)?;
        Ok(())
    }
}
