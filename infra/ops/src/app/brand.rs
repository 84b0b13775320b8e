//! The options about what an app's pages wear.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::{Value, json};
use shared::app::brand::{Accent, Brand, Link, Logo, LogoName};
use shared::id::AppId;

use crate::deployment::OperatorContext;

/// What an app's pages wear.
#[derive(Args, Debug)]
pub(crate) struct BrandOptions {
    /// The picture on top of the app's pages: PNG, JPEG or WebP, at most 64 KiB. Latchet stores and serves it
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// The colour of buttons and links, like '#1f5f5b'. A colour that is hard to read on a light page is refused. Dark pages use a tint of it
    #[arg(long, value_name = "COLOUR")]
    accent: Option<Accent>,
    /// The page of the app's terms
    #[arg(long, value_name = "URL")]
    terms: Option<Link>,
    /// The page with the privacy policy
    #[arg(long, value_name = "URL")]
    privacy: Option<Link>,
    /// The page where people get help
    #[arg(long, value_name = "URL")]
    support: Option<Link>,
}

impl BrandOptions {
    fn read(&self) -> Result<Option<Logo>> {
        let Some(file) = &self.logo else { return Ok(None) };
        let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        Ok(Some(Logo::read(bytes).with_context(|| format!("{} is not taken", file.display()))?))
    }

    /// The brand that the options make of another one.
    pub(crate) fn policy(&self, was: Brand) -> Result<Brand> {
        let logo = self.read()?.map(|logo| logo.name());
        Ok(Brand {
            logo: logo.or(was.logo),
            accent: self.accent.or(was.accent),
            terms: self.terms.clone().or(was.terms),
            privacy: self.privacy.clone().or(was.privacy),
            support: self.support.clone().or(was.support),
        })
    }

    /// Stores the picture, if there is one. Before the app names it: a page must not show a picture that is not there.
    pub(crate) async fn store(&self, context: &OperatorContext, app: &AppId) -> Result<()> {
        if let Some(logo) = self.read()? {
            context.store.put_logo(app, &logo).await?;
        }
        Ok(())
    }

    /// Whether the logo, the colour, the terms, the privacy and the support are given.
    pub(crate) const fn given(&self) -> [bool; 5] {
        let Self { logo, accent, terms, privacy, support } = self;
        [logo.is_some(), accent.is_some(), terms.is_some(), privacy.is_some(), support.is_some()]
    }
}

pub(super) fn describe(brand: &Brand) -> Value {
    let link = |link: &Option<Link>| link.as_ref().map(|link| link.as_str().to_owned());
    json!({
        "logo": brand.logo.as_ref().map(LogoName::as_str),
        "accent": brand.accent.map(Accent::light),
        "terms": link(&brand.terms),
        "privacy": link(&brand.privacy),
        "support": link(&brand.support),
    })
}
