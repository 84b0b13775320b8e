//! What is shown of an app: `cargo ops app show`, one app with every setting, and `cargo ops app list`, a line for each.

use anyhow::{Context as _, Result};
use serde_json::json;
use shared::app::App;
use shared::app::apis::Api;
use shared::app::captcha::CaptchaPolicy;
use shared::app::credential::StoredSecret;
use shared::app::sms::SmsText;
use shared::clock::Timestamp;
use shared::id::AppId;
use shared::language::Language;

use super::{brand, captcha, second_factor};
use crate::deployment::OperatorContext;
use crate::out::say;

pub(super) async fn show(context: &OperatorContext, id: &AppId) -> Result<()> {
    let app = context.store.app(id).await?.with_context(|| format!("there is no app {id}"))?;
    say!("{:#}", describe(&app))?;
    Ok(())
}

pub(super) async fn list(context: &OperatorContext, json: bool) -> Result<()> {
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
        for secret in &app.secrets {
            say!("  secret {}  {}", secret.id, age(secret, now))?;
        }
    }
    Ok(())
}

/// How old a secret is, and how much it is in use.
pub(crate) fn age(secret: &StoredSecret, now: Timestamp) -> String {
    let ago = |at: Timestamp| match now.since(at).0 / 86_400 {
        0 => "less than a day ago".to_owned(),
        1 => "a day ago".to_owned(),
        days => format!("{days} days ago"),
    };
    let used = secret.last_used.map_or("never used".to_owned(), |at| format!("last used {}", ago(at)));
    let end = match secret.expires {
        None => String::new(),
        Some(_) if !secret.is_live(now) => ", expired".to_owned(),
        Some(at) => match at.since(now).0 / 3600 {
            0 => ", expires within an hour".to_owned(),
            hours => format!(", expires in {hours} h"),
        },
    };
    format!("created {}, {used}{end}", ago(secret.created))
}

pub(crate) fn describe_secrets(secrets: &[StoredSecret]) -> serde_json::Value {
    let describe = |secret: &StoredSecret| {
        json!({
            "id": secret.id,
            "created": secret.created.unix(),
            "expires": secret.expires.map(Timestamp::unix),
            "last_used": secret.last_used.map(Timestamp::unix),
        })
    };
    secrets.iter().map(describe).collect()
}

pub(super) fn describe(app: &App) -> serde_json::Value {
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
