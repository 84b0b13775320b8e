//! A deployment in this process, a user with a browser, and clients that ask.

use std::ops::Deref;

use browser::SignUp;
use oauth::authorize::{Ask, Decide};
use oauth::{Introspect, Token};
use runtime::{Answer, Form, query};
use serde_json::{Value, json};
use shared::app::credential::{AppSecret, StoredSecret};
use shared::id::{AppId, ClientId};
use shared::oauth::client::{Client, ClientPolicy};
use shared::oauth::openid;
use shared::oauth::scope::Scope;
use shared::secret::Secret;
use shared::store::{Nonce, Registration};
use shared::user::User;
use shared::user::password::CanonicalPassword;

pub(crate) use rig::{Browser, Call, OURS, START, body, refusal};

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "violet-tractor-17";
pub(crate) const CALLBACK: &str = "https://client.example/cb";
/// The challenge to who shows no token (RFC 6750 §3, RFC 9728 §5.1).
pub(crate) const BEARER: &str =
    "Bearer resource_metadata=\"https://auth.example/.well-known/oauth-protected-resource/api\"";
/// And to who shows one that is not good.
pub(crate) const INVALID_TOKEN: &str = "Bearer error=\"invalid_token\", \
     resource_metadata=\"https://auth.example/.well-known/oauth-protected-resource/api\"";
/// RFC 7636 Appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct World(rig::World);

impl Deref for World {
    type Target = rig::World;

    fn deref(&self) -> &rig::World {
        &self.0
    }
}

/// A client, with the secret that it was given.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uri: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::configured(&[]).await
    }

    /// Another process takes the place of this one.
    pub(crate) fn restart(&mut self) {
        self.0.restart();
    }

    /// One whose pages speak English, and whose app is there.
    pub(crate) async fn configured(variables: &[(&str, &str)]) -> Self {
        let variables: Vec<_> = variables.iter().copied().chain([("DEFAULT_LANGUAGE", "en")]).collect();
        let world = Self(rig::World::configured(&variables).await);
        let default = "default".parse().expect("an app id");
        world.ctx.at(world.ctx.now()).bound_app(&default).await.expect("the store answers").expect("an app");
        world
    }

    /// A user of an app, who signs in with [`PASSWORD`].
    pub(crate) async fn make_user(&self, app: &AppId, email: &str) {
        let (random, now) = (&self.ctx.random, self.ctx.now());
        let user = User { email: Some(email.parse().expect("an address")), ..User::new(random, now) };
        self.register_user(app, user).await;
    }

    pub(crate) async fn register_user(&self, app: &AppId, user: User) {
        let (random, now) = (&self.ctx.random, self.ctx.now());
        let password = CanonicalPassword::from_plain(&Secret::new(PASSWORD.to_owned()));
        let registration = Registration {
            user,
            password: Some(self.ctx.hasher().hash(&password, random)),
            challenge: None,
            opening: None,
            source: "192.0.2.1".to_owned(),
        };
        self.ctx.store.register(app, &registration, &Nonce::draw(random), now).await.expect("registered");
    }

    pub(crate) async fn client(&self) -> Known {
        self.register(|client| client).await
    }

    pub(crate) async fn register(&self, change: impl FnOnce(Client) -> Client) -> Known {
        let secret = AppSecret::draw(&self.ctx.random);
        let client = change(Client {
            id: ClientId::draw(&self.ctx.random),
            app: "default".parse().expect("an app id"),
            name: "Reader".to_owned(),
            description: "Reads".to_owned(),
            logo: None,
            landing_page: None,
            origins: Vec::new(),
            redirect_uris: vec![CALLBACK.parse().expect("one")],
            public: false,
            secrets: vec![StoredSecret::new(&secret, &self.ctx.random, START)],
            default_scope: Scope::read("profile mementos"),
            policy: ClientPolicy::default(),
            openid: openid::Settings::default(),
            disabled: false,
            created: START,
        });
        let client = if client.public { Client { secrets: Vec::new(), ..client } } else { client };
        self.ctx.store.create_client(&client).await.expect("registered");
        Known {
            id: client.id.to_string(),
            secret: (!client.public).then(|| secret.reveal()),
            redirect_uri: client.redirect_uris[0].as_str().to_owned(),
        }
    }

    /// A browser in which somebody has just signed up.
    pub(crate) async fn sign_up(&self, email: &str) -> Browser {
        let browser = Browser::default();
        let account = json!({"email": email, "password": PASSWORD, "name": "Ada"});
        let answer = self.call::<SignUp>(Call::empty().json(&account)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        browser.keep(&answer);
        browser
    }

    /// The consent page that `browser` sees.
    pub(crate) async fn ask(&self, browser: &Browser, request: &[(&str, &str)]) -> Answer {
        self.call::<Ask>(browser.call().raw_query(&query(request))).await
    }

    /// The form of that page, filled in and sent.
    pub(crate) async fn decide(&self, browser: &Browser, page: &Answer, filled: &[(&str, &str)]) -> Answer {
        let hidden = hidden(&page.body);
        let pairs: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.call::<Decide>(browser.call().form(&[pairs.as_slice(), filled].concat())).await
    }

    /// The parameters that the browser brings back to the client.
    pub(crate) async fn consent(&self, browser: &Browser, request: &[(&str, &str)], ticks: &[&str]) -> Form {
        let page = self.ask(browser, request).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let ticks = ticks.iter().map(|id| ("m", *id));
        let filled: Vec<_> = ticks.chain([("action", "authorize")]).collect();
        let answer = self.decide(browser, &page, &filled).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        brought_back(&answer)
    }

    /// The code that a client is sent.
    pub(crate) async fn code(&self, browser: &Browser, client: &Known, ticks: &[&str]) -> String {
        self.consent(browser, &client.request(), ticks).await.one("code").expect("one").expect("a code").to_owned()
    }

    /// The tokens of a client that was let in.
    pub(crate) async fn tokens(&self, browser: &Browser, client: &Known, ticks: &[&str]) -> Value {
        let code = self.code(browser, client, ticks).await;
        let answer = self.call::<Token>(client.exchange(&code)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        body(&answer)
    }

    pub(crate) async fn refresh(&self, client: &Known, tokens: &Value) -> Answer {
        let token = text(tokens, "refresh_token");
        self.call::<Token>(client.form(&[("grant_type", "refresh_token"), ("refresh_token", token)])).await
    }

    pub(crate) async fn introspect(&self, client: &Known, token: &str) -> Value {
        let answer = self.call::<Introspect>(client.form(&[("token", token)])).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        body(&answer)
    }
}

impl Known {
    /// The plainest request.
    pub(crate) fn request(&self) -> Vec<(&str, &str)> {
        vec![("client_id", &self.id), ("redirect_uri", &self.redirect_uri), ("response_type", "code"), ("state", "xyz")]
    }

    /// A form with the client's credentials in it.
    pub(crate) fn form(&self, pairs: &[(&str, &str)]) -> Call {
        let mut all = vec![("client_id", self.id.as_str())];
        all.extend(self.secret.as_deref().map(|secret| ("client_secret", secret)));
        Call::empty().form(&[all.as_slice(), pairs].concat())
    }

    pub(crate) fn exchange(&self, code: &str) -> Call {
        self.form(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", &self.redirect_uri)])
    }
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// Whether pages of other origins are told anything about the answer.
pub(crate) fn is_for_pages_elsewhere(answer: &Answer) -> bool {
    answer.headers.iter().any(|(name, _)| name.starts_with("access-control-"))
}

/// The query of a redirect's `Location`.
pub(crate) fn brought_back(answer: &Answer) -> Form {
    let location = answer.header("location").expect("a redirect");
    Form::read(location.split_once('?').map_or("", |(_, query)| query).as_bytes())
}

/// The hidden inputs of a page.
pub(crate) fn hidden(page: &str) -> Vec<(String, String)> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"").expect("a value");
        let (value, _) = rest.split_once('"').expect("an end");
        (name.to_owned(), unescape(value))
    });
    inputs.collect()
}

/// A page without the mark that tells one showing of its form from another.
pub(crate) fn unmarked(page: &str) -> String {
    let marks = hidden(page).into_iter().filter(|(name, _)| name == "form");
    marks.fold(page.to_owned(), |page, (_, mark)| page.replace(&mark, "a mark"))
}

fn unescape(text: &str) -> String {
    let pairs = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    pairs.into_iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}
