//! A relying party as the OpenID Foundation's conformance suite is one: two clients, a user, and a browser that does as the
//! pages say.

use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth::authorize::Ask;
use oauth::userinfo::UserInfo;
use oauth::{SignIn, Token};
use runtime::{Answer, Form, query};
use serde_json::Value;
use shared::clock::Seconds;
use shared::oauth::client::Client;
use shared::oauth::openid::Settings;
use shared::random::Random;
use shared::user::User;
use shared::user::email_proof::EmailProof;

use crate::world::{Browser, CALLBACK, Call, Known, PASSWORD, START, World, body, brought_back, hidden, text};

/// The user of the suite.
pub(crate) const LOGIN: &str = "conformance@example.com";
pub(crate) const AFTER: &str = "https://client.example/signed-out";

/// How answers of the authorization endpoint go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Query,
    FormPost,
}

pub(crate) struct Suite {
    world: World,
    pub(crate) browser: Browser,
    pub(crate) client: Known,
    pub(crate) second: Known,
    mode: Mode,
}

/// Where a request to the authorization endpoint ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// At the client.
    Back(Form),
    /// On the page to sign in on.
    SignIn(Answer),
    /// On the page that asks for consent.
    Consent(Answer),
    /// On a page that says what is wrong.
    Refused(Answer),
}

impl Deref for Suite {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Suite {
    pub(crate) async fn new(mode: Mode) -> Self {
        let world = World::new().await;
        let user = User {
            name: "Ada Lovelace".to_owned(),
            locale: Some(shared::language::Language::English),
            username: Some("ada".parse().expect("a username")),
            email: Some(LOGIN.parse().expect("an address")),
            email_proof: EmailProof::Proven,
            phone: Some("+8613800138000".parse().expect("E.164")),
            ..User::new(&Random::system(), START)
        };
        world.register_user(&"default".parse().expect("an app id"), user).await;
        let openid =
            || Settings { post_logout_redirect_uris: vec![AFTER.parse().expect("one")], ..Settings::default() };
        let client = world.register(|client| Client { openid: openid(), ..client }).await;
        let second = world.register(|client| Client { openid: openid(), ..client }).await;
        Self { world, browser: Browser::default(), client, second, mode }
    }

    /// A request for `openid` with more parameters, or with other values.
    pub(crate) fn request<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut request = self.client.request();
        request.extend([("scope", "openid"), ("nonce", "n-0S6_WzA2Mj")]);
        if self.mode == Mode::FormPost {
            request.push(("response_mode", "form_post"));
        }
        request.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        request.extend(more.iter().filter(|(_, value)| !value.is_empty()));
        request
    }

    /// Where a request ends before anybody does anything.
    pub(crate) async fn ask(&self, request: &[(&str, &str)]) -> Ended {
        let answer = self.call::<Ask>(self.browser.call().raw_query(&query(request))).await;
        self.ended(answer)
    }

    pub(crate) fn ended(&self, answer: Answer) -> Ended {
        let has = |what: &str| answer.body.contains(what);
        match answer.status {
            302 | 303 => {
                assert_eq!(self.mode, Mode::Query, "{:?}", answer.header("location"));
                Ended::Back(brought_back(&answer))
            }
            200 if has("document.forms[0].submit()") => {
                assert_eq!(self.mode, Mode::FormPost);
                assert!(has(&format!("action=\"{CALLBACK}\"")), "{}", answer.body);
                let fields = hidden(&answer.body);
                let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                Ended::Back(Form::read(query(&pairs).as_bytes()))
            }
            200 if has("name=\"password\"") => Ended::SignIn(answer),
            200 if has("name=\"ticket\"") => Ended::Consent(answer),
            _ => Ended::Refused(answer),
        }
    }

    /// Signs in on the page, and goes on from there.
    pub(crate) async fn sign_in(&self, page: &Answer) -> Ended {
        let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
        let form = [("login", LOGIN), ("password", PASSWORD), ("to", to.as_str())];
        let answer = self.call::<SignIn>(Call::empty().form(&form)).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.browser.keep(&answer);
        let location = answer.header("location").expect("on").to_owned();
        let (_, query) = location.split_once('?').expect("the request");
        let answer = self.call::<Ask>(self.browser.call().raw_query(query)).await;
        self.ended(answer)
    }

    /// Agrees on the page.
    pub(crate) async fn agree(&self, page: &Answer) -> Form {
        let answer = self.decide(&self.browser, page, &[("action", "authorize")]).await;
        match self.ended(answer) {
            Ended::Back(back) => back,
            other => panic!("not back: {other:?}"),
        }
    }

    /// Does what the pages ask for, until the browser is back.
    pub(crate) async fn visit(&self, request: &[(&str, &str)]) -> Form {
        let mut ended = self.ask(request).await;
        loop {
            ended = match ended {
                Ended::Back(back) => return back,
                Ended::SignIn(page) => self.sign_in(&page).await,
                Ended::Consent(page) => return self.agree(&page).await,
                Ended::Refused(page) => panic!("{}: {}", page.status, page.body),
            };
        }
    }

    /// The answer to the code that a visit brings back.
    pub(crate) async fn tokens(&self, more: &[(&str, &str)]) -> Value {
        let back = self.visit(&self.request(more)).await;
        let answer = self.call::<Token>(self.client.exchange(code(&back))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        body(&answer)
    }

    pub(crate) async fn userinfo(&self, tokens: &Value) -> Value {
        let call = Call::empty().bearer(text(tokens, "access_token"));
        let answer = self.call::<UserInfo<false>>(call).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        body(&answer)
    }

    /// The error that a request which shows no page comes back with, or none.
    pub(crate) async fn silent_error(&self, more: &[(&str, &str)]) -> Option<String> {
        match self.ask(&self.request(&[&[("prompt", "none")], more].concat())).await {
            Ended::Back(back) => back.one("error").expect("one").map(str::to_owned),
            other => panic!("a page: {other:?}"),
        }
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.advance(Seconds(seconds));
    }
}

pub(crate) fn code(back: &Form) -> &str {
    back.one("code").expect("one").unwrap_or_else(|| panic!("no code: {:?}", back.one("error")))
}

/// A part of a JWT, as JSON.
pub(crate) fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

/// The claims of the ID token.
pub(crate) fn claims(tokens: &Value) -> Value {
    part(text(tokens, "id_token"), 1)
}
