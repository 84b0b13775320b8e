//! `cargo ops app update`: corrects what was said of an app when it was made.

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use shared::app::apis::Api;
use shared::app::brand::Brand;
use shared::app::claims::{OwnClaim, OwnClaims};
use shared::app::credential::AppSecret;
use shared::app::name::DisplayName;
use shared::app::registration::Registration;
use shared::app::reset_page::ResetPage;
use shared::app::sms::{SmsPolicy, SmsText};
use shared::app::{App, Policy};
use shared::clock::Timestamp;
use shared::id::AppId;
use shared::language::Language;
use shared::origin::Origin;
use shared::token::Algorithm;
use shared::user::phone::{Countries, Country};

use super::brand::BrandOptions;
use super::captcha::{self, CaptchaChange};
use super::second_factor::SecondFactor;
use super::user_pool::Pool;
use super::{change, describe, named, settings};
use crate::deployment::OperatorContext;
use crate::out::say;

#[derive(Args, Debug)]
pub(super) struct Update {
    /// The app
    id: AppId,
    /// What people read in mails and on the portal
    #[arg(long)]
    name: Option<DisplayName>,
    /// A browser origin that may call, in place of those that might: give all. May be repeated
    #[arg(long = "origin", value_name = "ORIGIN")]
    origins: Vec<Origin>,
    /// How tokens are signed. Access tokens signed otherwise are refused within a minute; a refresh gets new ones
    #[arg(long)]
    algorithm: Option<Algorithm>,
    /// The page that a reset link opens
    #[arg(long, value_name = "URL")]
    reset_page: Option<ResetPage>,
    /// The language of mails where the request names none: zh or en
    #[arg(long)]
    language: Option<Language>,
    /// Whether the portal shows the app's name and id
    #[arg(long, value_name = "BOOL")]
    listed: Option<bool>,
    /// An API that serves the app, app, browser or account, in place of those that did: give all. May be repeated
    #[arg(long = "api", value_name = "API")]
    apis: Vec<Api>,
    /// A claim that the app's ID tokens and access tokens of clients have, in place of those that they had: give all. May be repeated
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<OwnClaim>,
    /// Whether clients that nobody registered may ask its users: their id is the https address of a document that describes them
    #[arg(long, value_name = "BOOL")]
    client_documents: Option<bool>,
    /// Whether people may sign in on the sign-in page by a code that is mailed to their verified address
    #[arg(long, value_name = "BOOL")]
    email_code_sign_in: Option<bool>,
    /// Whether clients may register themselves: none, those with an initial access token (shown once, now), or all
    #[arg(long, value_name = "WHO")]
    registration: Option<Registrants>,
    /// Reset this option to its default. May be repeated
    #[arg(long = "clear", value_name = "WHAT")]
    cleared: Vec<Clear>,
    #[command(flatten, next_help_heading = "Users of a Cognito pool")]
    pool: Pool,
    #[command(flatten, next_help_heading = "Brand")]
    brand: BrandOptions,
    #[command(flatten, next_help_heading = "Text messages")]
    sms: Sms,
    #[command(flatten, next_help_heading = "Captcha")]
    pub(super) captcha: CaptchaChange,
    #[command(flatten, next_help_heading = "Second factor")]
    second_factor: SecondFactor,
}

/// What an app changes about text messages.
#[derive(Args, Debug)]
struct Sms {
    /// A country that the app texts to, in place of those that it did: give all. May be repeated
    #[arg(long = "sms-country", value_name = "CC")]
    countries: Vec<Country>,
    /// Whether people may sign in by a code on the page that third-party apps send them to
    #[arg(long = "sms-sign-in", value_name = "BOOL")]
    sign_in_page: Option<bool>,
    /// Whether phone numbers are shown in full
    #[arg(long, value_name = "BOOL")]
    show_full_phone: Option<bool>,
    /// The name that messages come from, where a country shows one
    #[arg(long = "sms-sender", value_name = "NAME")]
    sender_id: Option<String>,
    /// What India's DLT knows the sender by
    #[arg(long = "sms-entity", value_name = "ID")]
    entity_id: Option<String>,
    /// What India's DLT knows the text by
    #[arg(long = "sms-template", value_name = "ID")]
    template_id: Option<String>,
    /// The message in Chinese, with {code}, and {app} and {minutes} if wanted
    #[arg(long = "sms-text-zh", value_name = "TEXT")]
    text_zh: Option<SmsText>,
    /// The message in English
    #[arg(long = "sms-text-en", value_name = "TEXT")]
    text_en: Option<SmsText>,
}

/// Whose clients may register themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Registrants {
    Off,
    Token,
    Open,
}

/// What may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Clear {
    Origins,
    ResetPage,
    Language,
    SmsCountries,
    SmsSender,
    SmsEntity,
    SmsTemplate,
    SmsTextZh,
    SmsTextEn,
    Apis,
    Claims,
    UserPool,
    Logo,
    Accent,
    Terms,
    Privacy,
    Support,
}

impl Update {
    pub(super) async fn apply(self, context: &OperatorContext, json: bool) -> Result<()> {
        self.check()?;
        let Self { id, captcha, .. } = &self;
        let captcha = captcha.policy(context, id).await?;
        let claims = OwnClaims::of(self.claims.clone())?;
        let token = (self.registration == Some(Registrants::Token)).then(|| AppSecret::draw(&context.random));
        let registration = self.registration.map(|who| match (who, &token) {
            (Registrants::Open, _) => Registration::Open,
            (Registrants::Token, Some(token)) => Registration::Token(token.digest()),
            (Registrants::Off | Registrants::Token, _) => Registration::Off,
        });
        self.brand.store(context, id).await?;
        let app = change(context, id, |app| {
            let app = self.changed(app, &claims, registration.as_ref(), context.clock.now())?;
            let captcha = captcha.unwrap_or(app.policy.captcha);
            Ok(App { policy: Policy { captcha, ..app.policy }, ..app })
        });
        let app = app.await?;
        if let Some(token) = token {
            // With --json too: it is not shown again.
            say!("{}", serde_json::json!({"initial_access_token": token.reveal()}))?;
        }
        if json {
            say!("{}", describe(&app))?;
        } else {
            let shown = if app.policy.listed { "shown" } else { "not shown" };
            say!("{} is called {:?} and is {shown} on the portal; {}", app.id, app.name, captcha::sentence(&app))?;
            for line in settings::lines(&app) {
                say!("  {line}")?;
            }
        }
        Ok(())
    }

    /// That nothing is both said and taken back.
    fn check(&self) -> Result<()> {
        let Sms { countries, sender_id, entity_id, template_id, text_zh, text_en, .. } = &self.sms;
        let said = [
            (Clear::Origins, !self.origins.is_empty()),
            (Clear::ResetPage, self.reset_page.is_some()),
            (Clear::Language, self.language.is_some()),
            (Clear::SmsCountries, !countries.is_empty()),
            (Clear::SmsSender, sender_id.is_some()),
            (Clear::SmsEntity, entity_id.is_some()),
            (Clear::SmsTemplate, template_id.is_some()),
            (Clear::SmsTextZh, text_zh.is_some()),
            (Clear::SmsTextEn, text_en.is_some()),
            (Clear::Apis, !self.apis.is_empty()),
            (Clear::Claims, !self.claims.is_empty()),
            (Clear::UserPool, self.pool.named().is_some()),
        ];
        let of_brand = [Clear::Logo, Clear::Accent, Clear::Terms, Clear::Privacy, Clear::Support];
        let mut said = said.into_iter().chain(of_brand.into_iter().zip(self.brand.given()));
        let twice = said.find(|(what, said)| *said && self.cleared.contains(what));
        ensure!(twice.is_none(), "the same thing is given and cleared: leave one of them out");
        Ok(())
    }

    /// What was given, in place of what was; and nothing in place of what is cleared.
    fn either<T: Clone>(&self, what: Clear, given: Option<&T>, was: Option<T>) -> Option<T> {
        if self.cleared.contains(&what) { None } else { given.cloned().or(was) }
    }

    fn changed(
        &self,
        app: App,
        claims: &OwnClaims,
        registration: Option<&Registration>,
        now: Timestamp,
    ) -> Result<App> {
        let App { name, policy, .. } = app;
        let texts = |origins: &Vec<Origin>| origins.iter().map(|origin| origin.as_str().to_owned()).collect();
        let origins: Option<Vec<String>> = Some(&self.origins).filter(|given| !given.is_empty()).map(texts);
        let claims = Some(claims).filter(|given| !given.is_empty());
        let page = self.reset_page.as_ref().map(|page| page.as_str().to_owned());
        let changed = Policy {
            algorithm: self.algorithm.unwrap_or(policy.algorithm),
            origins: self.either(Clear::Origins, origins.as_ref(), Some(policy.origins)).unwrap_or_default(),
            reset_page: self.either(Clear::ResetPage, page.as_ref(), policy.reset_page),
            language: self.either(Clear::Language, self.language.as_ref(), policy.language),
            listed: self.listed.unwrap_or(policy.listed),
            sms: self.sms(policy.sms),
            email_code_sign_in: self.email_code_sign_in.unwrap_or(policy.email_code_sign_in),
            captcha: policy.captcha,
            resources: policy.resources,
            claims: self.either(Clear::Claims, claims, Some(policy.claims)).unwrap_or_default(),
            apis: self.either(Clear::Apis, named(self.apis.clone()).as_ref(), Some(policy.apis)).unwrap_or_default(),
            registration: registration.cloned().unwrap_or(policy.registration),
            client_documents: self.client_documents.unwrap_or(policy.client_documents),
            user_pool: self.either(Clear::UserPool, self.pool.named().as_ref(), policy.user_pool),
            second_factor: self.second_factor.policy(policy.second_factor, now),
            brand: self.brand.policy(self.left_of(policy.brand))?,
        };
        Ok(App { name: self.name.clone().map_or(name, DisplayName::into_string), policy: changed, ..app })
    }

    /// The brand without what is cleared.
    fn left_of(&self, was: Brand) -> Brand {
        Brand {
            logo: self.either(Clear::Logo, None, was.logo),
            accent: self.either(Clear::Accent, None, was.accent),
            terms: self.either(Clear::Terms, None, was.terms),
            privacy: self.either(Clear::Privacy, None, was.privacy),
            support: self.either(Clear::Support, None, was.support),
        }
    }

    fn sms(&self, was: SmsPolicy) -> SmsPolicy {
        let Sms { countries, sign_in_page, show_full_phone, sender_id, entity_id, template_id, text_zh, text_en } =
            &self.sms;
        let given = Some(countries).filter(|given| !given.is_empty()).map(|given| Countries::new(given.clone()));
        SmsPolicy {
            countries: self.either(Clear::SmsCountries, given.as_ref(), Some(was.countries)).unwrap_or_default(),
            sign_in_page: sign_in_page.unwrap_or(was.sign_in_page),
            show_full_phone: show_full_phone.unwrap_or(was.show_full_phone),
            sender_id: self.either(Clear::SmsSender, sender_id.as_ref(), was.sender_id),
            entity_id: self.either(Clear::SmsEntity, entity_id.as_ref(), was.entity_id),
            template_id: self.either(Clear::SmsTemplate, template_id.as_ref(), was.template_id),
            text_zh: self.either(Clear::SmsTextZh, text_zh.as_ref(), was.text_zh),
            text_en: self.either(Clear::SmsTextEn, text_en.as_ref(), was.text_en),
        }
    }
}
