//! Signing in on the page by a code to a phone.

use local::outbox::Kind;
use oauth::{SendCode, ShowSignIn, SignIn};
use runtime::Answer;
use shared::app::sms::SmsPolicy;
use shared::app::{App, Policy};
use shared::clock::Seconds;
use shared::code::sms::{COOLDOWN, LIFETIME};
use shared::random::Random;
use shared::user::User;
use shared::user::identity::Handle;

use crate::mail_code::{AWAY, HOME};
use crate::world::{ADA, Browser, Call, PASSWORD, START, World, hidden};

pub(crate) const PHONE: &str = "13800138000";

impl World {
    /// Lets people sign in by a code on the default app's page.
    pub(crate) async fn with_phones(self) -> Self {
        let id = "default".parse().expect("an app id");
        let sms = SmsPolicy { sign_in_page: true, ..SmsPolicy::default() };
        let change =
            |app: App| Ok::<_, shared::store::AppConflict>(App { policy: Policy { sms, ..app.policy }, ..app });
        self.ctx.store.change_app(&id, change).await.expect("changed");
        // What processes remember of an app is a minute old at most.
        self.clock.advance(Seconds(61));
        // Read again now: while the store is down, what is known from before would be used for some seconds longer.
        self.ctx.at(self.ctx.now()).bound_app(&id).await.expect("the store answers").expect("an app");
        self
    }

    pub(crate) async fn send_code(&self, phone: &str, to: &str) -> Answer {
        self.call::<SendCode>(Call::empty().form(&[("phone", phone), ("to", to)])).await
    }

    pub(crate) async fn enter_code(&self, phone: &str, code: &str, to: &str) -> Answer {
        self.call::<SignIn>(Call::empty().form(&[("phone", phone), ("code", code), ("to", to)])).await
    }

    /// The codes that were texted, oldest first.
    pub(crate) fn codes(&self) -> Vec<String> {
        let texts = self.outbox.messages().into_iter().filter(|message| message.kind == Kind::Sms);
        let digits = |text: String| text.chars().filter(char::is_ascii_digit).take(6).collect();
        texts.map(|message| digits(message.text.unwrap_or_default())).collect()
    }
}

/// Whether an answer gives its browser a session.
fn is_open(answer: &Answer) -> bool {
    answer.cookies.iter().any(|line| line.starts_with("access_token="))
}

#[tokio::test]
async fn a_code_signs_somebody_in_and_on_to_where_they_were_going() {
    let world = World::new().await.with_phones().await;
    let client = world.client().await;
    let page = world.ask(&Browser::default(), &client.request()).await;
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    assert!(page.body.contains("/oauth2/send-code\""), "{}", page.body);

    let asked = world.send_code("138 0013-8000", &to).await;
    assert_eq!((asked.status, asked.cookies.len()), (200, 1), "{}", asked.body);
    assert!(asked.cookies[0].starts_with("form_browser="), "{:?}", asked.cookies);
    let code = world.codes().pop().expect("a text message");
    let answer = world.enter_code(PHONE, &format!(" {code} "), &to).await;
    assert_eq!((answer.status, answer.cookies.len()), (303, 2), "{}", answer.body);
    assert_eq!(answer.header("location"), Some(format!("/api/v1/auth/oauth2/authorize?{to}").as_str()));

    let browser = Browser::default();
    browser.keep(&answer);
    let code = world.code(&browser, &client, &[]).await;
    assert!(!code.is_empty());
    // Once.
    let again = world.enter_code(PHONE, &world.codes().pop().expect("a text message"), &to).await;
    assert_eq!((again.status, is_open(&again)), (401, false));
}

#[tokio::test]
async fn where_the_app_does_not_have_it_nobody_is_texted() {
    let world = World::new().await;
    let client = world.client().await;
    let page = world.ask(&Browser::default(), &client.request()).await;
    assert!(!page.body.contains("send-code") && !page.body.contains("name=\"phone\""), "{}", page.body);
    assert_eq!(world.send_code(PHONE, "").await.status, 400);
    assert_eq!(world.enter_code(PHONE, "123456", "").await.status, 401);
    assert!(world.codes().is_empty());
}

#[tokio::test]
async fn what_is_no_mobile_number_is_shown_again_as_it_was_typed() {
    let world = World::new().await.with_phones().await;
    for phone in ["", "12345", "13800138000x", "+447400123456", "\"><script>alert(1)</script>"] {
        let answer = world.send_code(phone, "").await;
        assert_eq!(answer.status, 400, "{phone}");
        assert!(!answer.body.contains("\"><script"), "{}", answer.body);
    }
    assert!(world.codes().is_empty());
}

#[tokio::test]
async fn a_sign_in_by_a_texted_code_from_a_new_place_is_told_once_and_one_from_home_is_not() {
    let world = World::new().await.with_phones().await;
    let (email, phone) = (Some(ADA.parse().expect("an address")), Some("+8613800138000".parse().expect("E.164")));
    let user = User { email, phone, ..User::new(&Random::system(), START) };
    world.register_user(&"default".parse().expect("an app id"), user).await;
    let mut told = Vec::new();
    for source in [HOME, AWAY, AWAY, HOME] {
        assert_eq!(world.send_code(PHONE, "").await.status, 200);
        let code = world.codes().pop().expect("a text message");
        let form = Call::empty().form(&[("phone", PHONE), ("code", &*code), ("to", "")]).from(source);
        assert!(is_open(&world.call::<SignIn>(form).await));
        told.push(world.told_of_new_places(ADA));
        world.clock.advance(Seconds::minutes(30));
    }
    assert_eq!(told, [0, 1, 1, 1]);
    let form = Call::empty().form(&[("login", ADA), ("password", PASSWORD)]).from(AWAY);
    assert!(is_open(&world.call::<SignIn>(form).await));
    assert_eq!(world.told_of_new_places(ADA), 1, "the place is the user's, whatever they come in by");
}

#[tokio::test]
async fn a_sign_in_by_a_texted_code_and_a_second_factor_from_a_new_place_is_told_once() {
    let world = World::new().await.with_phones().await;
    let (email, phone) = (Some(ADA.parse().expect("an address")), Some("+8613800138000".parse().expect("E.164")));
    let user = User { email, phone, ..User::new(&Random::system(), START) };
    world.register_user(&"default".parse().expect("an app id"), user).await;
    let held = world.set_up_factor("default", ADA).await;
    let mut told = Vec::new();
    for (source, otp) in [HOME, AWAY, AWAY].into_iter().zip(&held.recovery) {
        assert_eq!(world.send_code(PHONE, "").await.status, 200);
        let code = world.codes().pop().expect("a text message");
        let browser = Browser::default();
        let form = browser.call().form(&[("phone", PHONE), ("code", &*code), ("to", "")]).from(source);
        let page = world.call::<SignIn>(form).await;
        browser.keep(&page);
        let ticket = hidden(&page.body).into_iter().find(|(name, _)| name == "ticket").expect("a ticket").1;
        let form = browser.call().form(&[("ticket", &*ticket), ("otp", otp)]).from(source);
        let answer = world.call::<SignIn>(form).await;
        assert!(is_open(&answer), "{}", answer.body);
        told.push(world.told_of_new_places(ADA));
        world.clock.advance(Seconds::minutes(30));
    }
    assert_eq!(told, [0, 1, 1]);
    let (app, email) = ("default".parse().expect("an app id"), ADA.parse().expect("an address"));
    let identity = world.ctx.store.identity(&app, &Handle::Email(email), world.clock.now()).await.expect("answers");
    assert_eq!(identity.expect("Ada").tries.places.len(), 2, "the places of before are not forgotten");
}

#[tokio::test]
async fn another_code_within_a_minute_is_not_sent() {
    let world = World::new().await.with_phones().await;
    assert_eq!(world.send_code(PHONE, "").await.status, 200);
    let soon = world.send_code(PHONE, "").await;
    assert_eq!((soon.status, world.codes().len()), (429, 1));
    // The one that was sent can be typed there.
    assert!(soon.body.contains("name=\"code\""), "{}", soon.body);
    world.clock.advance(COOLDOWN);
    assert_eq!((world.send_code(PHONE, "").await.status, world.codes().len()), (200, 2));
}

#[tokio::test]
async fn five_wrong_codes_burn_the_right_one() {
    let world = World::new().await.with_phones().await;
    world.send_code(PHONE, "").await;
    let code = world.codes().pop().expect("a text message");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let answer = world.enter_code(PHONE, wrong, "").await;
        assert_eq!((answer.status, is_open(&answer)), (401, false));
        assert!(answer.body.contains("The code is wrong."), "{}", answer.body);
    }
    let answer = world.enter_code(PHONE, &code, "").await;
    assert_eq!((answer.status, is_open(&answer)), (401, false));
    assert!(answer.body.contains("expired"), "{}", answer.body);
}

#[tokio::test]
async fn an_old_code_signs_nobody_in() {
    let world = World::new().await.with_phones().await;
    world.send_code(PHONE, "").await;
    world.clock.advance(LIFETIME);
    let answer = world.enter_code(PHONE, &world.codes().pop().expect("a text message"), "").await;
    assert_eq!((answer.status, is_open(&answer)), (401, false));
}

#[tokio::test]
async fn a_page_of_another_site_has_nobody_texted_or_signed_in() {
    let world = World::new().await.with_phones().await;
    let foreign = |call: Call| call.header("origin", "https://evil.example");
    let answer = world.call::<SendCode>(foreign(Call::empty().form(&[("phone", PHONE)]))).await;
    assert_eq!((answer.status, world.codes().len()), (403, 0));
    world.send_code(PHONE, "").await;
    let code = world.codes().pop().expect("a text message");
    let answer = world.call::<SignIn>(foreign(Call::empty().form(&[("phone", PHONE), ("code", &code)]))).await;
    assert_eq!((answer.status, answer.cookies.len()), (403, 0));
}

#[tokio::test]
async fn a_user_of_the_phone_is_the_same_one_every_time() {
    let world = World::new().await.with_phones().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        assert_eq!(world.send_code(PHONE, "").await.status, 200);
        let answer = world.enter_code(PHONE, &world.codes().pop().expect("a text message"), "").await;
        let browser = Browser::default();
        browser.keep(&answer);
        let me = world.call::<oauth::me::Me<false>>(browser.call()).await;
        ids.push(crate::world::body(&me)["id"].clone());
        world.clock.advance(COOLDOWN);
    }
    assert_eq!(ids[0], ids[1]);
    assert!(!ids[0].is_null());
}

/// The page for the code is shown because the session of this browser will not do.
#[tokio::test]
async fn the_link_to_the_password_shows_the_sign_in_page_again_to_whom_it_was_shown_by_prompt() {
    let world = World::new().await.with_phones().await;
    let (client, browser) = (world.client().await, world.sign_up("ada@example.com").await);
    let request = [client.request(), vec![("scope", "openid profile"), ("prompt", "login consent")]].concat();
    let page = world.ask(&browser, &request).await;
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    let page = world.send_code(PHONE, &to).await;
    let (_, link) = page.body.split_once("<a href=\"/account/sign-in?").expect("a link");
    let (query, _) = link.split_once('"').expect("its end");
    let query = query.replace("&amp;", "&").replace("&#38;", "&");
    let shown = world.call::<ShowSignIn>(browser.call().raw_query(&query)).await;
    assert!(shown.body.contains("name=\"password\""), "{}", shown.body);
    let to = hidden(&shown.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    assert!(to.contains("prompt=consent"), "{to}");
}

/// The form for a code, sent twice at once and once more: one session. It is of no use elsewhere, with another code, or a minute later.
pub(crate) async fn assert_sent_twice(
    world: &World,
    browser: &Browser,
    page: &Answer,
    (field, value): (&str, &str),
    code: &str,
) {
    let form = hidden(&page.body).into_iter().find(|(name, _)| name == "form").expect("its mark").1;
    let send = async |browser: &Browser, form: &str, code: &str| {
        let form = [("to", ""), (field, value), ("form", form), ("code", code)];
        world.call::<SignIn>(browser.call().form(&form)).await
    };
    let refresh = |answer: &Answer| {
        let line = answer.cookies.iter().find(|line| line.starts_with("refresh_token="))?;
        line.split(';').next().map(str::to_owned)
    };
    let twice = tokio::join!(send(browser, &form, code), send(browser, &form, code));
    browser.keep(&twice.0);
    let later = send(browser, &form, code).await;
    for answer in [&twice.0, &twice.1, &later] {
        assert_eq!((answer.status, answer.header("location")), (303, Some("/account")), "{}", answer.body);
        assert!(refresh(answer).is_some() && refresh(answer) == refresh(&twice.0));
    }
    let other = if code == "000000" { "000001" } else { "000000" };
    let mark = "1".repeat(32);
    for (why, browser, form, code) in [
        ("another browser", &Browser::default(), form.as_str(), code),
        ("another showing", browser, mark.as_str(), code),
        ("another code", browser, form.as_str(), other),
    ] {
        let answer = send(browser, form, code).await;
        assert!(answer.status == 401 && refresh(&answer).is_none(), "{why}: {}", answer.body);
    }
    world.clock.advance(Seconds::minutes(1));
    let answer = send(browser, &form, code).await;
    assert!(answer.status == 401 && refresh(&answer).is_none(), "a minute later: {}", answer.body);
}

#[tokio::test]
async fn a_code_that_is_sent_twice_opens_one_session_and_both_answers_go_on() {
    let world = World::new().await.with_phones().await;
    // The first makes an account, the second signs in to it.
    for _ in 0..2 {
        let browser = Browser::default();
        let page = world.call::<SendCode>(browser.call().form(&[("phone", PHONE), ("to", "")])).await;
        browser.keep(&page);
        let code = world.codes().pop().expect("a text message");
        assert_sent_twice(&world, &browser, &page, ("phone", PHONE), &code).await;
        world.clock.advance(COOLDOWN);
    }
}
