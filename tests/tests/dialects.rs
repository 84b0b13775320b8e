//! A user with a second factor, and the four dialects that one deployment speaks: what each answers is the contract's table, and a
//! code that was used in one is used in all.

#![expect(clippy::expect_used, reason = "a test that cannot be set up fails, loudly and on the spot")]

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rig::{Authenticator, Browser, Call, World, body};
use runtime::Answer;
use serde_json::{Value, json};
use shared::clock::Seconds;
use tests::sha256_hex;

/// Has a second factor.
const ADA: &str = "ada@example.com";
/// Has none.
const BOB: &str = "bob@example.com";
const NOBODY: &str = "nobody@example.com";
const PASSWORD: &str = "violet-tractor";
const WRONG: &str = "violet-tracker";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    App,
    Browser,
    Account,
    Pages,
}

use Dialect::{Account, App, Pages};

const DIALECTS: [Dialect; 4] = [App, Dialect::Browser, Account, Pages];

/// A sign-in as somebody fills it in.
#[derive(Clone, Copy)]
struct Typed<'a> {
    login: &'a str,
    password: &'a str,
    otp: Option<&'a str>,
}

/// A page that asks for the code, in the browser that shows it.
struct Asked {
    browser: Browser,
    ticket: String,
}

/// One app, whose users every dialect serves.
struct Deployment {
    world: World,
    secret: String,
    /// In which Ada signed up.
    home: Browser,
    held: Authenticator,
}

impl Deployment {
    async fn new() -> Self {
        let world = World::configured(&[("DEFAULT_LANGUAGE", "en")]).await;
        let secret = world.make_app("default").await.secret;
        let home = Browser::default();
        for email in [BOB, ADA] {
            let account = json!({"email": email, "password": PASSWORD, "name": ""});
            let answer = world.call::<browser::SignUp>(Call::body(account)).await;
            assert_eq!(answer.status, 201, "{}", answer.body);
            home.keep(&answer);
        }
        let held = world.set_up_factor("default", ADA).await;
        let deployment = Self { world, secret, home, held };
        // From here on each dialect knows its app.
        for dialect in DIALECTS {
            deployment.sign_in(dialect, Typed { login: "warm@example.com", password: WRONG, otp: None }).await;
        }
        deployment
    }

    /// What Ada's authenticator app shows.
    fn shown(&self) -> String {
        self.held.code(self.world.clock.now())
    }

    fn app(&self, body: Value) -> Call {
        Call::body(body).header("x-app-id", "default").header("x-app-secret", &self.secret)
    }

    async fn sign_in(&self, dialect: Dialect, Typed { login, password, otp }: Typed<'_>) -> Answer {
        let with = |mut form: Value| {
            if let Some(otp) = otp {
                form["otp"] = json!(otp);
            }
            form
        };
        match dialect {
            App => {
                let form = with(json!({"email": login, "password": password}));
                self.world.call::<app::Login>(self.app(form)).await
            }
            Dialect::Browser => {
                let form = with(json!({"login": login, "password": password}));
                self.world.call::<browser::SignIn>(Call::body(form)).await
            }
            Account => {
                let form = with(json!({"username": login, "password": sha256_hex(password)}));
                self.world.call::<account::Login>(Call::empty().json(&form)).await
            }
            Pages => {
                let form = [("login", login), ("password", password), ("to", "")];
                let page = self.world.call::<oauth::SignIn>(Call::empty().form(&form)).await;
                match (Asked::of(&page), otp) {
                    (Some(asked), Some(otp)) => self.answer(&asked, otp).await,
                    _ => page,
                }
            }
        }
    }

    async fn ada(&self, dialect: Dialect, otp: Option<&str>) -> Answer {
        self.sign_in(dialect, Typed { login: ADA, password: PASSWORD, otp }).await
    }

    async fn answer(&self, asked: &Asked, otp: &str) -> Answer {
        let form = [("ticket", asked.ticket.as_str()), ("otp", otp), ("to", "")];
        self.world.call::<oauth::SignIn>(asked.browser.call().form(&form)).await
    }
}

impl Asked {
    fn of(page: &Answer) -> Option<Self> {
        let (_, rest) = page.body.split_once("name=\"ticket\" value=\"")?;
        let (ticket, _) = rest.split_once('"')?;
        let browser = Browser::default();
        browser.keep(page);
        Some(Self { browser, ticket: ticket.to_owned() })
    }
}

/// Whether an answer gives a session, by a cookie or in its body.
fn opens(answer: &Answer) -> bool {
    answer.cookies.iter().any(|line| line.starts_with("access_token=")) || answer.body.contains("oken\":\"")
}

/// A page without what tells one showing of its form from another.
fn unmarked(page: &str) -> String {
    let mut parts = page.split("name=\"form\" value=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |page, rest| page + rest.split_once('"').map_or("", |(_, rest)| rest))
}

/// A first-party JWT's claim of how its user signed in.
fn amr(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("three parts");
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON");
    claims["amr"].clone()
}

#[tokio::test]
async fn each_dialect_asks_for_the_code_and_refuses_a_wrong_one_in_the_words_of_the_contract() {
    let deployment = Deployment::new().await;
    let wrong = deployment.held.wrong_code(deployment.world.clock.now());
    for (otp, of_app, of_browser, of_account, of_page) in [
        (None, "需要动态验证码", "otp_required", "One-time code required.", 200),
        (Some(wrong.as_str()), "动态验证码错误", "wrong_otp", "Invalid one-time code.", 401),
    ] {
        let answer = deployment.ada(App, otp).await;
        assert_eq!((answer.status, answer.body), (401, format!("{{\"error\":\"{of_app}\"}}")));
        let answer = deployment.ada(Dialect::Browser, otp).await;
        let said = body(&answer);
        assert_eq!((answer.status, &said), (401, &json!({"detail": said["detail"], "code": of_browser})));
        let answer = deployment.ada(Account, otp).await;
        assert_eq!((answer.status, answer.body.as_str()), (401, of_account));
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        let mut form = json!({"username": ADA, "password": sha256_hex(PASSWORD)});
        if let Some(otp) = otp {
            form["otp"] = json!(otp);
        }
        let as_json = Call::empty().json(&form).header("accept", "application/json");
        let answer = deployment.world.call::<account::Login>(as_json).await;
        assert_eq!((answer.status, body(&answer)), (401, json!(of_account)));
        let answer = deployment.ada(Pages, otp).await;
        assert_eq!((answer.status, opens(&answer)), (of_page, false));
        assert!(answer.body.contains("name=\"otp\""), "{}", answer.body);
        assert_eq!(answer.body.contains("The one-time code is wrong"), otp.is_some(), "{}", answer.body);
    }
    for dialect in DIALECTS {
        deployment.world.clock.advance(Seconds(30));
        let answer = deployment.ada(dialect, Some(&deployment.shown())).await;
        assert!(opens(&answer), "{dialect:?}: {}", answer.body);
    }
}

/// Neither the answer nor the calls that it takes, whatever comes with a wrong password.
#[tokio::test]
async fn no_dialect_tells_of_a_factor_before_the_password_was_right() {
    for dialect in DIALECTS {
        let deployment = Deployment::new().await;
        let (shown, recovery) = (deployment.shown(), deployment.held.recovery[0].as_str());
        let codes = [None, Some("000000"), Some("x"), Some(shown.as_str()), Some(recovery)];
        let mut seen = Vec::new();
        for login in [ADA, BOB, NOBODY] {
            let mut answers = Vec::new();
            for otp in codes {
                deployment.world.dynamodb.reset_calls();
                let answer = deployment.sign_in(dialect, Typed { login, password: WRONG, otp }).await;
                assert!(!opens(&answer) && !answer.body.contains("name=\"otp\""), "{dialect:?}: {}", answer.body);
                // What is left of the limit is counted down by each request.
                let headers = answer.headers.into_iter().filter(|(name, _)| *name != "x-ratelimit-remaining");
                let headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
                let calls: Vec<_> = deployment.world.dynamodb.calls().into_iter().filter(|(_, n)| *n > 0).collect();
                let said = unmarked(&answer.body).replace(login, "who");
                // The mark in them is drawn for each browser.
                let cookies: Vec<_> = answer.cookies.iter().filter_map(|line| line.split('=').next()).collect();
                answers.push((answer.status, said, format!("{cookies:?}"), headers, calls));
            }
            seen.push(answers);
        }
        assert_eq!(seen[0], seen[1], "{dialect:?}");
        for (of_ada, of_nobody) in seen[0].iter().zip(&seen[2]) {
            assert_eq!((of_ada.0, &of_ada.1, &of_ada.3), (of_nobody.0, &of_nobody.1, &of_nobody.3), "{dialect:?}");
        }
    }
}

/// What waits for what is the same with a factor, without one, and where nobody is.
#[tokio::test]
async fn a_wrong_password_takes_as_long_with_a_factor_as_without_one() {
    use std::time::Duration;
    const LATENCY: Duration = Duration::from_millis(400);
    for dialect in DIALECTS {
        let deployment = Deployment::new().await;
        let mut depths = Vec::new();
        for login in [ADA, BOB, NOBODY] {
            deployment.world.dynamodb.set_latency(LATENCY);
            let started = tokio::time::Instant::now();
            deployment.sign_in(dialect, Typed { login, password: WRONG, otp: Some("123456") }).await;
            depths.push(started.elapsed().as_millis() / LATENCY.as_millis());
            deployment.world.dynamodb.set_latency(Duration::ZERO);
        }
        assert_eq!(depths, [depths[0]; 3], "{dialect:?}");
    }
}

#[tokio::test]
async fn a_code_that_was_used_in_one_dialect_is_used_in_all() {
    for first in DIALECTS {
        let deployment = Deployment::new().await;
        for code in [deployment.shown(), deployment.held.recovery[0].clone()] {
            let answer = deployment.ada(first, Some(&code)).await;
            assert!(opens(&answer), "{first:?}: {}", answer.body);
            for other in DIALECTS {
                let answer = deployment.ada(other, Some(&code)).await;
                assert_eq!((answer.status, opens(&answer)), (401, false), "{first:?} {other:?}: {}", answer.body);
            }
            deployment.world.clock.advance(Seconds::minutes(6));
        }
    }
}

/// With a ticket each, those who come by the page have shown the password before.
#[tokio::test]
async fn of_fifty_who_show_one_code_in_four_dialects_at_once_one_is_let_in() {
    let deployment = Arc::new(Deployment::new().await);
    for recovery in [None, Some(deployment.held.recovery[0].clone())] {
        let mut asked = Vec::new();
        for _ in 0..5 {
            asked.push(Asked::of(&deployment.ada(Pages, None).await).expect("the page for the code"));
        }
        let code = recovery.unwrap_or_else(|| deployment.shown());
        let mut racers = Vec::new();
        for place in 0..50 {
            let (deployment, code) = (deployment.clone(), code.clone());
            // Each tenth has a ticket, and the others ask in the three dialects by turns.
            let ticket = if place % 10 == 9 { asked.pop() } else { None };
            racers.push(tokio::spawn(async move {
                opens(&match ticket {
                    Some(asked) => deployment.answer(&asked, &code).await,
                    None => deployment.ada(DIALECTS[place % 3], Some(&code)).await,
                })
            }));
        }
        let mut let_in = 0;
        for racer in racers {
            let_in += usize::from(racer.await.expect("no panic"));
        }
        assert_eq!(let_in, 1);
        deployment.world.clock.advance(Seconds::hours(1));
    }
}

#[tokio::test]
async fn a_session_of_every_dialect_says_that_there_were_two_factors_and_goes_on_saying_so() {
    let deployment = Deployment::new().await;
    let two = json!(["pwd", "otp", "mfa"]);
    let answer = deployment.ada(App, Some(&deployment.shown())).await;
    assert_eq!(amr(body(&answer)["token"].as_str().expect("a token")), two);
    for (dialect, code) in [Dialect::Browser, Pages].into_iter().zip(&deployment.held.recovery) {
        let browser = Browser::default();
        browser.keep(&deployment.ada(dialect, Some(code)).await);
        for _ in 0..2 {
            assert_eq!(amr(&browser.cookie("access_token").expect("a token")), two, "{dialect:?}");
            browser.keep(&deployment.world.call::<browser::Refresh>(browser.call()).await);
        }
    }
    let mut answer = deployment.ada(Account, Some(&deployment.held.recovery[2])).await;
    for _ in 0..2 {
        let token = body(&answer)["token"].clone();
        assert_eq!(amr(token["accessToken"].as_str().expect("a token")), two);
        let refresh = Call::empty().bearer(token["refreshToken"].as_str().expect("a token"));
        answer = deployment.world.call::<account::Refresh>(refresh).await;
    }
}

/// Of a user who had it before the factor. It may go on, and becomes no session of two factors by that.
#[tokio::test]
async fn a_session_of_the_password_alone_stays_one_whatever_is_done_in_it() {
    let deployment = Deployment::new().await;
    let (world, early) = (&deployment.world, Browser::default());
    let typed = Typed { login: BOB, password: PASSWORD, otp: None };
    early.keep(&deployment.sign_in(Dialect::Browser, typed).await);
    world.set_up_factor("default", BOB).await;
    let one = json!(["pwd"]);
    let change = early.call().json(&json!({"password": PASSWORD, "new_password": "another-tractor"}));
    let changed = world.call::<browser::account::ChangePassword>(change).await;
    assert_eq!(changed.status, 204, "{}", changed.body);
    early.keep(&changed);
    assert_eq!(amr(&early.cookie("access_token").expect("a token")), one);
    let refreshed = world.call::<browser::Refresh>(early.call()).await;
    assert_eq!(refreshed.status, 204, "{}", refreshed.body);
    early.keep(&refreshed);
    assert_eq!(amr(&early.cookie("access_token").expect("a token")), one);
    let remove = world.call::<browser::factor::Remove>(early.call()).await;
    assert_eq!(remove.status, 403, "{}", remove.body);
}

/// The token of the last link to that page that Ada was mailed.
fn mailed(world: &World, page: &str) -> String {
    let mut texts = world.mails(ADA).into_iter().rev().filter_map(|mail| mail.text);
    let link = texts.find_map(|text| text.split_once(page).map(|(_, rest)| rest.to_owned()));
    link.expect("a link").split_whitespace().next().expect("a token").to_owned()
}

/// A registration with the address of somebody who has a factor, and the link that proves the address.
#[tokio::test]
async fn neither_a_registration_nor_the_link_to_the_address_opens_a_session_for_a_user_with_a_factor() {
    let deployment = Deployment::new().await;
    let world = &deployment.world;
    let plain = json!({"email": ADA, "password": PASSWORD, "name": ""});
    let hashed = json!({"username": "ada", "email": ADA, "password": sha256_hex(PASSWORD)});
    for answer in [
        world.call::<app::Register>(deployment.app(plain.clone())).await,
        world.call::<browser::SignUp>(Call::body(plain)).await,
        world.call::<account::Register>(Call::empty().json(&hashed)).await,
    ] {
        assert_eq!((answer.status, opens(&answer)), (400, false), "{}", answer.body);
    }
    let token = mailed(world, "/verify-email?token=");
    for browser in [&Browser::default(), &deployment.home] {
        let followed = world.call::<browser::email_link::Follow>(browser.call().form(&[("token", &token)])).await;
        assert!(followed.status == 200 && !opens(&followed), "{}", followed.body);
    }
}

/// The link that sets a password, in each dialect, and what signs in then.
#[tokio::test]
async fn a_new_password_by_mail_opens_no_session_and_leaves_the_factor_in_every_dialect() {
    let deployment = Deployment::new().await;
    let (world, mail) = (&deployment.world, json!({"email": ADA}));
    let passwords = ["tractor-one-1", "tractor-two-2", "tractor-three", "tractor-four"];
    for (dialect, password) in DIALECTS.into_iter().zip(passwords) {
        // An address is mailed so many links an hour.
        world.clock.advance(Seconds::hours(1));
        let asked = match dialect {
            App | Dialect::Browser => world.call::<app::ForgotPassword>(deployment.app(mail.clone())).await,
            Account | Pages => world.call::<account::ForgotPassword>(Call::empty().json(&mail)).await,
        };
        assert!(asked.status == 200 && !opens(&asked), "{}", asked.body);
        let token = mailed(world, "reset-password?token=");
        let set = match dialect {
            App | Dialect::Browser => {
                let form = json!({"token": token, "newPassword": password});
                world.call::<app::ResetPassword>(deployment.app(form)).await
            }
            Account => {
                let form = json!({"token": token, "newPassword": sha256_hex(password)});
                world.call::<account::Reset>(Call::empty().json(&form)).await
            }
            Pages => {
                let form = [("token", token.as_str()), ("password", password)];
                world.call::<oauth::reset::Set>(Call::empty().form(&form)).await
            }
        };
        assert!(set.status == 200 && !opens(&set), "{dialect:?}: {}", set.body);
        for dialect in DIALECTS {
            let alone = deployment.sign_in(dialect, Typed { login: ADA, password, otp: None }).await;
            let status = if dialect == Pages { 200 } else { 401 };
            assert_eq!((alone.status, opens(&alone)), (status, false), "{dialect:?}: {}", alone.body);
        }
        let otp = deployment.shown();
        let both = deployment.sign_in(dialect, Typed { login: ADA, password, otp: Some(&otp) }).await;
        assert!(opens(&both), "{dialect:?}: {}", both.body);
    }
}
