//! The parts of an app's item: what stands in it for its texts, its captcha, its resource servers and so on.

use crate::app::apis::{Api, Apis};
use crate::app::brand::{Brand, Link};
use crate::app::captcha::{CaptchaPolicy, OnOutage, Provider, SealedSecret};
use crate::app::claims::OwnClaims;
use crate::app::registration::Registration;
use crate::app::resource::ResourceServer;
use crate::app::second_factor::SecondFactorPolicy;
use crate::app::sms::SmsPolicy;
use crate::app::user_pool::UserPool;
use crate::clock::Seconds;
use crate::oauth::scope::Scope;
use crate::store::error::StoreError;
use crate::store::item::{Reader, Writer, bytes, number, text, time};
use crate::user::phone::Countries;
use aws_sdk_dynamodb::types::AttributeValue;

/// An app that was written before there were text messages has the default.
pub(super) fn read_sms_policy(item: &Reader<'_>) -> Result<SmsPolicy, StoreError> {
    let countries = item.strings("countries")?.iter().map(|country| country.parse()).collect::<Result<_, _>>();
    let words = |name| Ok::<_, StoreError>(item.maybe_text(name)?.map(str::to_owned));
    Ok(SmsPolicy {
        countries: Countries::new(countries.map_err(|_| item.corrupt("countries"))?),
        sign_in_page: item.flag("sms_sign_in")?,
        show_full_phone: item.flag("show_full_phone")?,
        sender_id: words("sms_sender")?,
        entity_id: words("sms_entity")?,
        template_id: words("sms_template")?,
        text_zh: item.maybe_parsed("sms_zh")?,
        text_en: item.maybe_parsed("sms_en")?,
    })
}

pub(super) fn write_resources(servers: &[ResourceServer]) -> Option<AttributeValue> {
    let server = |server: &ResourceServer| {
        Writer::default()
            .with("identifier", text(server.identifier.as_str()))
            .with("scope", text(server.scopes.to_string()))
            .with("alg", text(server.algorithm.name()))
            .into_map()
    };
    (!servers.is_empty()).then(|| AttributeValue::L(servers.iter().map(server).collect()))
}

/// An app without the attribute lets no client register itself.
pub(super) fn read_registration(item: &Reader<'_>) -> Result<Registration, StoreError> {
    match item.maybe_text("registration")? {
        None => Ok(Registration::Off),
        Some("open") => Ok(Registration::Open),
        Some("token") => {
            let digest = item.bytes("registration_token")?.try_into();
            Ok(Registration::Token(digest.map_err(|_| item.corrupt("registration_token"))?))
        }
        Some(_) => Err(item.corrupt("registration")),
    }
}

/// An app without the attribute has no resource servers.
pub(super) fn read_resources(item: &Reader<'_>) -> Result<Vec<ResourceServer>, StoreError> {
    let read = |server: Reader<'_>| {
        Ok(ResourceServer {
            identifier: server.parsed("identifier")?,
            scopes: Scope::read(server.text("scope")?),
            algorithm: server.parsed("alg")?,
        })
    };
    item.maybe_list("resources")?.into_iter().map(read).collect()
}

/// `None` where there are none.
pub(super) fn write_claims(claims: &OwnClaims) -> Option<AttributeValue> {
    let entries = claims.entries().iter().map(|(name, value)| (name.clone(), text(value))).collect();
    (!claims.is_empty()).then_some(AttributeValue::M(entries))
}

/// `None` of the default.
pub(super) fn write_second_factor(policy: SecondFactorPolicy) -> Option<AttributeValue> {
    let map = Writer::default().with("policy", text(policy.name()));
    match policy {
        SecondFactorPolicy::Optional => None,
        SecondFactorPolicy::Off => Some(map.into_map()),
        SecondFactorPolicy::Required { since, grace } => {
            Some(map.with("since", time(since)).with("grace", number(grace.0)).into_map())
        }
    }
}

pub(super) fn read_second_factor(item: &Reader<'_>) -> Result<SecondFactorPolicy, StoreError> {
    let Some(policy) = item.maybe_map("second_factor")? else { return Ok(SecondFactorPolicy::default()) };
    match policy.text("policy")? {
        "off" => Ok(SecondFactorPolicy::Off),
        "required" => {
            Ok(SecondFactorPolicy::Required { since: policy.time("since")?, grace: Seconds(policy.number("grace")?) })
        }
        _ => Err(item.corrupt("second_factor")),
    }
}

pub(super) fn write_apis(apis: &Apis) -> AttributeValue {
    AttributeValue::L(apis.iter().map(|api| text(api.name())).collect())
}

pub(super) fn read_apis(item: &Reader<'_>, name: &'static str) -> Result<Option<Apis>, StoreError> {
    if !item.has(name) {
        return Ok(None);
    }
    let apis = item.strings(name)?.iter().map(|api| api.parse()).collect::<Result<Vec<_>, _>>();
    Ok(Some(Apis::of(apis.map_err(|_| item.corrupt(name))?)))
}

pub(super) fn write_brand(brand: &Brand) -> Option<AttributeValue> {
    let Brand { logo, accent, terms, privacy, support } = brand;
    let link = |link: &Option<Link>| link.as_ref().map(|link| text(link.as_str()));
    let map = Writer::default()
        .maybe("logo", logo.as_ref().map(|name| text(name.as_str())))
        .maybe("accent", accent.map(|accent| text(accent.light())))
        .maybe("terms", link(terms))
        .maybe("privacy", link(privacy))
        .maybe("support", link(support))
        .into_map();
    (*brand != Brand::default()).then_some(map)
}

/// An app without the attribute wears what every page wears.
pub(super) fn read_brand(item: &Reader<'_>) -> Result<Brand, StoreError> {
    let Some(brand) = item.maybe_map("brand")? else { return Ok(Brand::default()) };
    Ok(Brand {
        logo: brand.maybe_parsed("logo")?,
        accent: brand.maybe_parsed("accent")?,
        terms: brand.maybe_parsed("terms")?,
        privacy: brand.maybe_parsed("privacy")?,
        support: brand.maybe_parsed("support")?,
    })
}

pub(super) fn write_provider(provider: &Provider) -> AttributeValue {
    let hostnames = provider.hostnames.iter().map(text).collect();
    Writer::default()
        .with("url", text(provider.url.as_str()))
        .with("site_key", text(&provider.site_key))
        .with("secret", bytes(provider.secret.as_bytes()))
        .with("hostnames", AttributeValue::L(hostnames))
        .with("on_outage", text(provider.on_outage.name()))
        .with("spared", write_apis(&provider.spared))
        .with("spares_page", AttributeValue::Bool(provider.spares_page))
        .into_map()
}

/// An app without the attributes has no users in a pool.
pub(super) fn read_user_pool(item: &Reader<'_>) -> Result<Option<UserPool>, StoreError> {
    let Some(endpoint) = item.maybe_parsed("pool")? else { return Ok(None) };
    Ok(Some(UserPool { endpoint, client: item.parsed("pool_client")? }))
}

/// An app without the attribute has no captcha.
pub(super) fn read_captcha_policy(item: &Reader<'_>) -> Result<CaptchaPolicy, StoreError> {
    let Some(provider) = item.maybe_map("captcha")? else { return Ok(CaptchaPolicy::Off) };
    Ok(CaptchaPolicy::On(Provider {
        url: provider.parsed("url")?,
        site_key: provider.text("site_key")?.to_owned(),
        secret: SealedSecret::from_bytes(provider.bytes("secret")?.to_vec()),
        hostnames: provider.strings("hostnames")?,
        on_outage: provider.parsed::<OnOutage>("on_outage")?,
        // A release before asked for none elsewhere.
        spared: read_apis(&provider, "spared")?.unwrap_or_else(|| Apis::of([Api::App, Api::Account])),
        spares_page: provider.flag("spares_page")?,
    }))
}
