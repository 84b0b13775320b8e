//! Where a sign-up leads: to what somebody wanted before they came to the sign-in page.

use std::fmt;

use runtime::Form;
use shared::id::{AppId, ClientId};
use shared::language::Language;
use web::WayBack;

use crate::account;

/// The page that asks for consent. It reads the whole request, so nothing of it is judged here.
const AUTHORIZE: &str = "/api/v1/auth/oauth2/authorize";
/// The page that connects a device.
const DEVICE: &str = "/device";

/// What the sign-in page was given as `to`. It stands in an address and in a form, so anybody may have written it.
#[derive(Clone, Default)]
pub(super) struct Onward {
    query: String,
    form: Form,
}

/// The names alone: the code of a device may be among the values.
impl fmt::Debug for Onward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.form.fmt(f)
    }
}

impl Onward {
    /// Reads it, if it is a query as we write them; another one leads nowhere.
    pub(super) fn read(to: &str) -> Self {
        let is_ours = to.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%=&".contains(&byte));
        if is_ours { Self { query: to.to_owned(), form: Form::read(to.as_bytes()) } } else { Self::default() }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.form.one(name).ok().flatten()
    }

    /// As it is handed on.
    pub(super) fn query(&self) -> &str {
        &self.query
    }

    /// The client that waits.
    pub(super) fn client(&self) -> Option<ClientId> {
        self.text("client_id").or(self.text("user_code").and(self.text("of"))).and_then(|id| id.parse().ok())
    }

    /// The app that it names, where no client waits.
    pub(super) fn app(&self) -> Option<AppId> {
        self.text("app").and_then(|id| id.parse().ok())
    }

    /// The language that the client asked for.
    pub(super) fn language(&self) -> Option<Language> {
        self.text("ui_locales").and_then(Language::first_of)
    }

    /// Where the browser goes. Only our own pages, because anybody may have written the query.
    pub(super) fn destination(&self) -> String {
        if self.text("client_id").is_some() {
            return format!("{AUTHORIZE}?{}", self.query);
        }
        if let Some(code) = self.text("user_code") {
            return format!("{DEVICE}?{}", runtime::query(&[("user_code", code)]));
        }
        WayBack::read(&self.form).map_or_else(|| account::PATH.to_owned(), |back| back.destination())
    }
}

#[cfg(test)]
mod tests {
    use runtime::Endpoint as _;

    use super::{AUTHORIZE, DEVICE, Onward};

    #[test]
    fn the_pages_of_oauth_are_where_it_serves_them() {
        assert_eq!(AUTHORIZE, oauth::authorize::Ask::ROUTE.path);
        assert_eq!(DEVICE, oauth::device::ShowDevice::ROUTE.path);
    }

    #[test]
    fn a_sign_up_leads_to_our_own_pages_alone() {
        for (to, next) in [
            ("", "/account"),
            ("page=%2Faccount%2Fsecurity", "/account/security"),
            ("page=%2F%2Fevil.example", "/account"),
            ("client_id=oc_1&state=a%26b", "/api/v1/auth/oauth2/authorize?client_id=oc_1&state=a%26b"),
            ("user_code=ABCD%0d%0a&of=oc_1", "/device?user_code=ABCD%0D%0A"),
            ("client_id=oc_1&state=\r\nset-cookie: a=b", "/account"),
            ("client_id=oc_1#fragment", "/account"),
        ] {
            assert_eq!(Onward::read(to).destination(), next, "{to}");
        }
    }
}
