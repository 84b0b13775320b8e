//! The way back from the sign-in page to a page of the account.

use runtime::Form;
use shared::app::App;
use shared::app::apis::Api;
use shared::id::AppId;

/// The page of who somebody is.
pub const ACCOUNT: &str = "/account";
/// The sign-in page.
pub const SIGN_IN: &str = "/account/sign-in";
/// The page to make an account on.
pub const SIGN_UP: &str = "/account/sign-up";
/// The page that the link in a verification mail opens.
pub const VERIFY_EMAIL: &str = "/verify-email";

/// Whether people make accounts of this app on our page: not where its owner has other APIs serve it, and not where the Browser API
/// asks for a captcha, unless its owner spared the page. Nothing of a third party runs there
/// (docs/decisions/0210-signing-up-on-a-page.md, 0261-the-sign-up-page-is-spared-by-itself.md).
#[must_use]
pub fn makes_accounts(app: &App) -> bool {
    app.policy.apis.have(Api::Browser) && app.policy.captcha.spares_sign_up_page()
}

/// The sign-in page that leads where `to` does.
#[must_use]
pub fn sign_in(to: &str) -> String {
    with_to(SIGN_IN, to)
}

/// The page at `path` that leads where `to` does.
#[must_use]
pub fn with_to(path: &str, to: &str) -> String {
    if to.is_empty() { path.to_owned() } else { format!("{path}?{}", runtime::query(&[("to", to)])) }
}

/// The page to make an account of `app` on, which leads where `to` does; `None` where there is none.
#[must_use]
pub fn sign_up(app: &App, to: &str) -> Option<String> {
    let query = if to.is_empty() { runtime::query(&[("app", app.id.as_str())]) } else { runtime::query(&[("to", to)]) };
    makes_accounts(app).then(|| format!("{SIGN_UP}?{query}"))
}

/// The fields of the account's pages that come back as they were typed, and which form was open. A password is not among them.
const KEPT: [&str; 8] = ["edit", "name", "username", "email", "phone", "client", "passkey", "new"];
/// The field that comes back as often as it was sent: the mementos that were ticked.
const TICKED: &str = "m";
/// Longer than anything that one of these fields takes.
const LONGEST: usize = 320;
/// More than a connected app may see, with the empty one that says that the list was shown.
const MOST_TICKED: usize = 101;

/// A page of the account that somebody wanted before they had to sign in, and what they had typed on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayBack {
    page: String,
    /// Whose users sign in there.
    app: Option<AppId>,
    typed: Vec<(&'static str, String)>,
}

impl WayBack {
    /// To a page.
    #[must_use]
    pub fn to(page: &str) -> Self {
        Self { page: page.to_owned(), app: None, typed: Vec::new() }
    }

    /// For a user of that app.
    #[must_use]
    pub fn of(self, app: &AppId) -> Self {
        Self { app: Some(app.clone()), ..self }
    }

    /// With what a form held. Fields that are not kept are left out.
    #[must_use]
    pub fn with(mut self, form: &Form) -> Self {
        let typed = KEPT.into_iter().filter_map(|name| Some((name, form.one(name).ok().flatten()?)));
        let ticked = form.all(TICKED).take(MOST_TICKED).map(|id| (TICKED, id));
        self.typed = typed
            .chain(ticked)
            .filter(|(_, text)| text.len() <= LONGEST)
            .map(|(name, text)| (name, text.to_owned()))
            .collect();
        self
    }

    /// What a query says, if it names a page of ours. It stands in an address and in a form, so anybody may have written it.
    #[must_use]
    pub fn read(to: &Form) -> Option<Self> {
        let page = to.one("page").ok().flatten().filter(|page| is_page(page))?;
        let app = to.one("app").ok().flatten().and_then(|id| id.parse().ok());
        Some(Self { app, ..Self::to(page).with(to) })
    }

    /// Whose users sign in there; those of the app that the pages are bound to, unless it says.
    #[must_use]
    pub const fn app(&self) -> Option<&AppId> {
        self.app.as_ref()
    }

    /// As [`WayBack::read`] reads it.
    #[must_use]
    pub fn query(&self) -> String {
        let app = self.app.as_ref().map(|app| ("app", app.as_str()));
        let typed = self.typed.iter().map(|(name, text)| (*name, text.as_str()));
        runtime::query(&std::iter::once(("page", self.page.as_str())).chain(app).chain(typed).collect::<Vec<_>>())
    }

    /// The sign-in page that leads back.
    #[must_use]
    pub fn sign_in(&self) -> String {
        sign_in(&self.query())
    }

    /// The page itself, with what was typed.
    #[must_use]
    pub fn destination(&self) -> String {
        let typed: Vec<_> = self.typed.iter().map(|(name, text)| (*name, text.as_str())).collect();
        if typed.is_empty() { self.page.clone() } else { format!("{}?{}", self.page, runtime::query(&typed)) }
    }
}

/// Whether it is the path of a page of the account: never another host, another scheme or another operation.
fn is_page(path: &str) -> bool {
    let mut parts = path.split('/');
    let begins = parts.next() == Some("") && parts.next() == Some("account");
    begins && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
}

#[cfg(test)]
mod tests {
    use runtime::Form;

    use super::WayBack;

    fn read(to: &str) -> Option<WayBack> {
        WayBack::read(&Form::read(to.as_bytes()))
    }

    #[test]
    fn only_pages_of_the_account_are_led_back_to() {
        for page in ["/account", "/account/security", "/account/security/recovery-codes"] {
            assert_eq!(read(&format!("page={page}")).map(|back| back.destination()).as_deref(), Some(page));
        }
        for page in [
            "",
            "/",
            "//evil.example",
            "/account//evil.example",
            "https://evil.example/account",
            "/accounts",
            "/account/",
            "/account/..",
            "/account/a?b=c",
            "/account\\evil",
            "/api/v1/me",
        ] {
            assert_eq!(read(&format!("page={page}")), None, "{page}");
        }
        assert_eq!(read("page=/account&page=/account/apps"), None);
    }

    #[test]
    fn what_was_typed_comes_back_and_a_password_does_not() {
        let typed =
            Form::read("edit=name&name=Ada+L&password=hunter2&new_password=hunter3&email=ada%40example.com".as_bytes());
        let app = "shop".parse().expect("an app id");
        let back = WayBack::to("/account").with(&typed).of(&app);
        let again = read(&back.query()).expect("a way back");
        assert_eq!(again, back);
        assert_eq!(again.app(), Some(&app));
        assert_eq!(again.destination(), "/account?edit=name&name=Ada%20L&email=ada%40example.com");
    }

    #[test]
    fn what_was_ticked_comes_back_and_no_more_than_an_app_may_see() {
        let ticked = |count| Form::read(format!("client=oc_1{}", "&m=1".repeat(count)).as_bytes());
        let back = |count| WayBack::to("/account/apps").with(&ticked(count));
        assert_eq!(back(2).destination(), "/account/apps?client=oc_1&m=1&m=1");
        assert_eq!(read(&back(2).query()), Some(back(2)));
        assert_eq!(back(1000), back(101));
    }
}
