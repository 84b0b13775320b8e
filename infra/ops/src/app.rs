//! `cargo ops app`: the operator's work on apps, straight to the table. IAM is the authorization.

mod brand;
mod captcha;
mod moving;
mod second_factor;
mod secret;
mod settings;
mod update;
mod user_pool;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use shared::app::apis::{Api, Apis};
use shared::app::brand::Brand;
use shared::app::captcha::CaptchaPolicy;
use shared::app::claims::{OwnClaim, OwnClaims};
use shared::app::credential::{ApiKey, AppSecret, HasSecrets, StoredSecret};
use shared::app::name::DisplayName;
use shared::app::registration::Registration;
use shared::app::reset_page::ResetPage;
use shared::app::second_factor::SecondFactorPolicy;
use shared::app::sms::{SmsPolicy, SmsText};
use shared::app::{App, Policy};
use shared::clock::{Seconds, Timestamp};
use shared::id::{AppId, ClientId};
use shared::language::Language;
use shared::origin::Origin;
use shared::store::AppConflict;
use shared::token::Algorithm;
use shared::user::phone::{Countries, Country};

use self::brand::BrandOptions;
use self::captcha::Captcha;
use self::second_factor::SecondFactor;
pub(crate) use self::secret::{age, describe_secrets};
use self::update::Update;
use self::user_pool::Pool;
use crate::deployment::OperatorContext;
use crate::keyed::KeyedDeployment;
use crate::out::say;

/// What is done, and where.
#[derive(Args, Debug)]
pub struct Command {
    #[command(flatten)]
    at: KeyedDeployment,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create an app. Its secret is shown only once
    Create(Create),
    /// Change the settings of an app, within a minute. Its users and secrets stay
    Update(Update),
    /// List every app with its settings and the age of its secrets
    List,
    /// Give an app a new secret. The other secrets expire after some hours
    RotateSecret {
        /// The app
        id: AppId,
        /// How long the other secrets work. 0: they stop working within a minute
        #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=8760))]
        old_for_hours: u16,
    },
    /// Refuse an app's credentials, within a minute
    Disable {
        /// The app
        id: AppId,
    },
    /// Accept an app's credentials again
    Enable {
        /// The app
        id: AppId,
    },
    /// Write all users, clients and webhook endpoints of an app to a file that only its recipient can read
    Export(moving::Export),
    /// Read such a file to its end, and say how many users and clients it has
    VerifyExport(moving::Source),
    /// Import such a file into an app that exists
    Import {
        /// The app
        id: AppId,
        #[command(flatten)]
        source: moving::Source,
    },
}

#[derive(Args, Debug)]
struct Create {
    /// 1 to 32 of a-z, 0-9, - and _
    id: AppId,
    /// What people read in mails; the id when absent
    #[arg(long)]
    name: Option<DisplayName>,
    /// A browser origin that may call, like `https://app.example.com`; none for any. May be repeated
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<Origin>,
    /// How tokens are signed: HS256, RS256, ES256 or EdDSA
    #[arg(long, default_value_t = Algorithm::Hs256)]
    algorithm: Algorithm,
    /// The page that a reset link opens; the deployment's own when absent
    #[arg(long, value_name = "URL")]
    reset_page: Option<ResetPage>,
    /// The language of mails where the request names none: zh or en
    #[arg(long)]
    language: Option<Language>,
    /// Show the app's name and id on the portal
    #[arg(long)]
    listed: bool,
    /// A claim that the app's ID tokens and access tokens of clients have. May be repeated
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<OwnClaim>,
    /// An API that serves the app, app, browser or account; all when absent. May be repeated
    #[arg(long = "api", value_name = "API")]
    apis: Vec<Api>,
    /// Let clients that nobody registered ask its users: their id is the https address of a document that describes them
    #[arg(long)]
    client_documents: bool,
    /// Let people sign in on the sign-in page by a code that is mailed to their verified address
    #[arg(long)]
    email_code_sign_in: bool,
    #[command(flatten, next_help_heading = "Users of a Cognito pool")]
    pool: Pool,
    #[command(flatten, next_help_heading = "Brand")]
    brand: BrandOptions,
    #[command(flatten, next_help_heading = "Text messages")]
    sms: Sms,
    #[command(flatten, next_help_heading = "Captcha")]
    captcha: Captcha,
    #[command(flatten, next_help_heading = "Second factor")]
    second_factor: SecondFactor,
}

/// What an app chooses about text messages.
#[derive(Args, Debug)]
struct Sms {
    /// A country that the app texts to, by its two letters; CN when absent. May be repeated
    #[arg(long = "sms-country", value_name = "CC")]
    countries: Vec<Country>,
    /// Let people sign in by a code on the page that third-party apps send them to
    #[arg(long = "sms-sign-in")]
    sign_in_page: bool,
    /// Show phone numbers in full; masked when absent
    #[arg(long)]
    show_full_phone: bool,
    /// The name that messages come from, where a country shows one; the deployment's when absent
    #[arg(long = "sms-sender", value_name = "NAME")]
    sender_id: Option<String>,
    /// What India's DLT knows the sender by; the deployment's when absent
    #[arg(long = "sms-entity", value_name = "ID")]
    entity_id: Option<String>,
    /// What India's DLT knows the text by; the deployment's when absent
    #[arg(long = "sms-template", value_name = "ID")]
    template_id: Option<String>,
    /// The message in Chinese, with {code}, and {app} and {minutes} if wanted
    #[arg(long = "sms-text-zh", value_name = "TEXT")]
    text_zh: Option<SmsText>,
    /// The message in English
    #[arg(long = "sms-text-en", value_name = "TEXT")]
    text_en: Option<SmsText>,
}

impl From<Sms> for SmsPolicy {
    fn from(sms: Sms) -> Self {
        let Sms { countries, sign_in_page, show_full_phone, sender_id, entity_id, template_id, text_zh, text_en } = sms;
        let countries = Countries::new(countries);
        Self { countries, sign_in_page, show_full_phone, sender_id, entity_id, template_id, text_zh, text_en }
    }
}

impl Command {
    pub(crate) async fn run(self) -> Result<()> {
        if let Action::VerifyExport(source) = &self.action {
            return moving::verify(source, self.at.deployment.json);
        }
        let context = if self.action.uses_ring() { self.at.open_with_ring().await? } else { self.at.open()? };
        let json = self.at.deployment.json;
        match self.action {
            Action::Create(create) => {
                let policy = Policy {
                    algorithm: create.algorithm,
                    origins: create.origins.iter().map(|origin| origin.as_str().to_owned()).collect(),
                    reset_page: create.reset_page.map(|page| page.as_str().to_owned()),
                    language: create.language,
                    listed: create.listed,
                    sms: create.sms.into(),
                    email_code_sign_in: create.email_code_sign_in,
                    captcha: create.captcha.policy(&context, &create.id).await?.unwrap_or_default(),
                    resources: Vec::new(),
                    apis: named(create.apis).unwrap_or_default(),
                    claims: OwnClaims::of(create.claims)?,
                    client_documents: create.client_documents,
                    registration: Registration::Off,
                    user_pool: create.pool.named(),
                    second_factor: create.second_factor.policy(SecondFactorPolicy::default(), context.clock.now()),
                    brand: create.brand.policy(Brand::default())?,
                };
                let name = create.name.map_or_else(|| create.id.to_string(), DisplayName::into_string);
                create.brand.store(&context, &create.id).await?;
                make(&context, create.id, name, policy).await?.print(json)?;
            }
            Action::Update(update) => update.apply(&context, json).await?,
            Action::List => list(&context, json).await?,
            Action::RotateSecret { id, old_for_hours } => {
                let until = context.clock.now().plus(Seconds::hours(i64::from(old_for_hours)));
                rotate_secret(&context, &id, until).await?.print(json)?;
                if !json {
                    say!("The secrets before it work until {}.", until.rfc3339())?;
                }
            }
            Action::Disable { id } => set_disabled(&context, &id, true).await?,
            Action::Enable { id } => set_disabled(&context, &id, false).await?,
            Action::Export(export) => moving::export(&context, &export, json).await?,
            Action::VerifyExport(source) => moving::verify(&source, json)?,
            Action::Import { id, source } => moving::import(&context, &id, &source, json).await?,
        }
        Ok(())
    }
}

/// The APIs that an option named, if it named any.
fn named(apis: Vec<Api>) -> Option<Apis> {
    if apis.is_empty() { None } else { Some(Apis::of(apis)) }
}

impl Action {
    /// Whether it opens the key ring, or seals a captcha's secret as the ring is sealed.
    const fn uses_ring(&self) -> bool {
        match self {
            Self::Create(Create { captcha, .. }) => captcha.has_secret(),
            Self::Update(Update { captcha, .. }) => captcha.has_secret(),
            Self::Export(_) | Self::Import { .. } => true,
            _ => false,
        }
    }
}

/// What is shown of an app once.
pub struct Issued {
    /// The app.
    pub id: AppId,
    /// Its secret.
    pub secret: String,
    /// What asks for it in the Account API.
    pub api_key: String,
}

impl Issued {
    fn print(self, json: bool) -> Result<()> {
        let Self { id, secret, api_key } = self;
        if json {
            say!("{}", json!({"id": id.as_str(), "secret": secret, "api_key": api_key}))?;
        } else {
            say!("app      {id}\nsecret   {secret}\napi key  {api_key}\n\nThe secret is not shown again.")?;
        }
        Ok(())
    }
}

/// Makes an app with its first secret.
///
/// # Errors
/// When there is one already, or the store fails.
pub async fn make(context: &OperatorContext, id: AppId, name: String, policy: Policy) -> Result<Issued> {
    let now = context.clock.now();
    // An ID token has the client for its audience, and an app's own tokens have the app.
    if let Ok(client) = id.as_str().parse::<ClientId>()
        && context.store.client(&client).await?.is_some()
    {
        bail!("{id} is the id of a client: choose another");
    }
    let secret = AppSecret::draw(&context.random);
    let app = App {
        api_key: ApiKey::draw(&id, &context.random),
        id,
        name,
        disabled: false,
        secrets: vec![StoredSecret::new(&secret, &context.random, now)],
        policy,
        has_clients: false,
        created: now,
    };
    context.store.create_app(&app).await.with_context(|| format!("the app {} was not made", app.id))?;
    Ok(Issued { id: app.id, secret: secret.reveal(), api_key: app.api_key.as_str().to_owned() })
}

/// Gives an app one more secret.
///
/// # Errors
/// When there is no such app, it has too many secrets, or the store fails.
pub async fn rotate_secret(context: &OperatorContext, id: &AppId, others_until: Timestamp) -> Result<Issued> {
    let now = context.clock.now();
    let secret = AppSecret::draw(&context.random);
    let stored = StoredSecret::new(&secret, &context.random, now);
    let app = change(context, id, |app| Ok(app.rotate_secret(stored, others_until, now)?)).await?;
    Ok(Issued { id: app.id, secret: secret.reveal(), api_key: app.api_key.as_str().to_owned() })
}

async fn set_disabled(context: &OperatorContext, id: &AppId, disabled: bool) -> Result<()> {
    let app = change(context, id, |app| Ok(App { disabled, ..app })).await?;
    if disabled {
        say!("{} is disabled: within a minute its credentials are refused", app.id)?;
    } else {
        say!("{} is enabled: within a minute its credentials work again", app.id)?;
    }
    Ok(())
}

/// Changes an app.
///
/// # Errors
/// What the change refuses with; when there is no such app, or the store fails.
pub async fn change(context: &OperatorContext, id: &AppId, change: impl FnOnce(App) -> Result<App>) -> Result<App> {
    // `anyhow` takes what the change refuses with and what the store says alike.
    struct ChangeError(anyhow::Error);
    impl From<AppConflict> for ChangeError {
        fn from(conflict: AppConflict) -> Self {
            Self(conflict.into())
        }
    }
    let changed = context.store.change_app(id, |app| change(app).map_err(ChangeError)).await;
    changed.map_err(|ChangeError(error)| error)?.with_context(|| format!("there is no app {id}"))
}

async fn list(context: &OperatorContext, json: bool) -> Result<()> {
    let now = context.clock.now();
    for (id, _) in context.store.directory().await? {
        let Some(app) = context.store.app(&id).await? else { continue };
        if json {
            say!("{}", describe(&app))?;
            continue;
        }
        let captcha = if app.policy.captcha == CaptchaPolicy::Off { "" } else { "  captcha" };
        let disabled = if app.disabled { "  disabled" } else { "" };
        say!("{}  {:?}  {}{captcha}{disabled}", app.id, app.name, app.policy.algorithm)?;
        for line in settings::lines(&app) {
            say!("  {line}")?;
        }
        for secret in &app.secrets {
            say!("  secret {}  {}", secret.id, age(secret, now))?;
        }
    }
    Ok(())
}

fn describe(app: &App) -> serde_json::Value {
    json!({
        "id": app.id.as_str(),
        "name": app.name,
        "disabled": app.disabled,
        "api_key": app.api_key.as_str(),
        "algorithm": app.policy.algorithm.name(),
        "origins": app.policy.origins,
        "reset_page": app.policy.reset_page,
        "language": app.policy.language.map(Language::tag),
        "listed": app.policy.listed,
        "registration": app.policy.registration.name(),
        "client_documents": app.policy.client_documents,
        "user_pool": app.policy.user_pool.as_ref().map(|pool| pool.endpoint.as_str()),
        "user_pool_client": app.policy.user_pool.as_ref().map(|pool| pool.client.as_str()),
        "sms_countries": app.policy.sms.countries.iter().map(|country| country.to_string()).collect::<Vec<_>>(),
        "sms_sign_in": app.policy.sms.sign_in_page,
        "email_code_sign_in": app.policy.email_code_sign_in,
        "sms_sender": app.policy.sms.sender_id,
        "sms_entity": app.policy.sms.entity_id,
        "sms_template": app.policy.sms.template_id,
        "sms_text_zh": app.policy.sms.text_zh.as_ref().map(SmsText::as_str),
        "sms_text_en": app.policy.sms.text_en.as_ref().map(SmsText::as_str),
        "show_full_phone": app.policy.sms.show_full_phone,
        "captcha": captcha::describe(&app.policy.captcha),
        "claims": app.policy.claims.entries(),
        "brand": brand::describe(&app.policy.brand),
        "apis": app.policy.apis.iter().map(Api::name).collect::<Vec<_>>(),
        "second_factor": second_factor::describe(app.policy.second_factor),
        "secrets": describe_secrets(&app.secrets),
    })
}
