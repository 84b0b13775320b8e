//! What surrounds the content of a page: the language, the app that it belongs to, the way to the other language.

use runtime::{Moment, Request};
use shared::app::App;
use shared::app::brand::{Brand, Link};

pub use shared::app::brand::initial;
use shared::language::Language;

/// The cookie that keeps the language somebody chose.
const COOKIE: &str = "lang";
/// A year.
const KEPT: u32 = 31_536_000;

/// What surrounds a page's content. The layout reads it as `frame`.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The language that the page speaks.
    pub language: Language,
    /// What the app that the page belongs to is called; empty for a page of no app.
    app: String,
    /// The address of its logo.
    logo: Option<String>,
    brand: Brand,
    /// Where the page is, if it can be fetched again: a form's answer may stand at an address that takes no `GET`.
    here: Option<String>,
    /// Whether somebody chose the language, now or before.
    is_chosen: bool,
    /// The line that keeps the language, if it was chosen just now.
    keep: Option<String>,
}

impl Frame {
    /// For a page of `app` that answers `request`: in the language that the request chose by `?lang=`, or that was chosen before,
    /// or else that the browser prefers.
    #[must_use]
    pub fn of(at: &Moment, app: Option<&App>, request: &Request) -> Self {
        let now = chosen_now(request);
        let query = request.form_in_query().pairs().filter(|(name, _)| *name != COOKIE).collect::<Vec<_>>();
        let here = request.is_a_look().then(|| runtime::query(&query));
        let frame = Self::bare(language(at, app, request));
        let frame = match app {
            Some(app) => frame.of_app(app),
            None => frame,
        };
        Self {
            here: here.map(|query| format!("?{query}")),
            is_chosen: chosen(request).is_some(),
            keep: now.map(|language| {
                let secure = if at.config.browser.cookies.secure { " Secure;" } else { "" };
                format!("{COOKIE}={}; Path=/; HttpOnly;{secure} SameSite=Lax; Max-Age={KEPT}", language.tag())
            }),
            ..frame
        }
    }

    /// For a page of which nothing is known but its language.
    #[must_use]
    pub const fn bare(language: Language) -> Self {
        let brand = Brand { logo: None, accent: None, terms: None, privacy: None, support: None };
        Self { language, app: String::new(), logo: None, brand, here: None, is_chosen: false, keep: None }
    }

    /// The same in the language that a client asked for (`ui_locales`), unless somebody chose one on a page.
    #[must_use]
    pub fn asked_for(self, language: Option<Language>) -> Self {
        match language {
            Some(language) if !self.is_chosen => Self { language, ..self },
            _ => self,
        }
    }

    /// The same for a page that turned out to belong to `app`.
    #[must_use]
    pub fn of_app(self, app: &App) -> Self {
        let brand = app.policy.brand.clone();
        let logo = brand.logo.as_ref().map(|name| format!("/account/logo/{}.{}", app.id, name.as_str()));
        Self { app: app.name.clone(), logo, brand, ..self }
    }

    /// The same for a page that can be fetched at that address.
    #[must_use]
    pub fn found_at(self, address: &str) -> Self {
        let joint = if address.contains('?') { "" } else { "?" };
        Self { here: Some(format!("{address}{joint}")), ..self }
    }

    /// The same, for a page that may answer a form: at that address it can be fetched then.
    #[must_use]
    pub fn or_found_at(self, address: &str) -> Self {
        if self.here.is_some() { self } else { self.found_at(address) }
    }

    /// The text in the page's language.
    #[must_use]
    pub const fn say(&self, chinese: &'static str, english: &'static str) -> &'static str {
        self.language.say(chinese, english)
    }

    /// What the app is called.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.app
    }

    /// The address of the app's logo.
    #[must_use]
    pub fn logo(&self) -> Option<&str> {
        self.logo.as_deref()
    }

    /// The style sheet of the app's colour, if it chose one.
    #[must_use]
    pub fn style(&self) -> Option<String> {
        let accent = self.brand.accent?;
        Some(format!(
            ":root{{--accent:{}}}@media(prefers-color-scheme:dark){{:root{{--accent:{};--on-accent:#0d1013}}}}",
            accent.light(),
            accent.dark()
        ))
    }

    /// The pages of the app that every page links to, with what they are called.
    #[must_use]
    pub fn links(&self) -> Vec<(&str, &'static str)> {
        let Brand { terms, privacy, support, .. } = &self.brand;
        let named = [(terms, "服务条款", "Terms"), (privacy, "隐私政策", "Privacy"), (support, "帮助", "Help")];
        let link = |(link, chinese, english)| {
            let link: &Option<Link> = link;
            Some((link.as_ref()?.as_str(), self.say(chinese, english)))
        };
        named.into_iter().filter_map(link).collect()
    }

    /// What stands in place of a logo: the first letter of the app's name.
    #[must_use]
    pub fn initial(&self) -> String {
        initial(&self.app)
    }

    /// The language that the page does not speak.
    #[must_use]
    pub const fn other(&self) -> Language {
        match self.language {
            Language::Chinese => Language::English,
            Language::English => Language::Chinese,
        }
    }

    /// The address of the page in the other language.
    #[must_use]
    pub fn switch(&self) -> Option<String> {
        let here = self.here.as_ref()?;
        let joint = if here.ends_with('?') { "" } else { "&" };
        Some(format!("{here}{joint}{COOKIE}={}", self.other().tag()))
    }

    /// The cookie that keeps the language, if it was chosen just now.
    pub(crate) fn kept(&self) -> Option<String> {
        self.keep.clone()
    }
}

/// The language that the query chooses.
fn chosen_now(request: &Request) -> Option<Language> {
    request.query(COOKIE).and_then(|tag| tag.parse().ok())
}

/// The language that somebody chose at the foot of a page, now or before.
#[must_use]
pub fn chosen(request: &Request) -> Option<Language> {
    chosen_now(request).or_else(|| request.cookies(COOKIE).find_map(|tag| tag.parse().ok()))
}

/// The language to speak: as it was chosen, else the browser's, the app's, the deployment's.
#[must_use]
pub fn language(at: &Moment, app: Option<&App>, request: &Request) -> Language {
    chosen(request).unwrap_or_else(|| {
        let otherwise = app.and_then(|app| app.policy.language).unwrap_or(at.config.default_language);
        Language::negotiate(request.header("accept-language"), otherwise)
    })
}
