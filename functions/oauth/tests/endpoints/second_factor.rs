//! The page for the second factor: `docs/api/pages.md#sign-in`.

use std::collections::BTreeSet;
use std::sync::Arc;

use local::faults::{Fault, On, Times};
use oauth::account_page::ShowApps;
use oauth::{SendCode, SignIn, Token};
use rig::Authenticator;
use runtime::Answer;
use serde_json::json;
use shared::app::App;
use shared::app::second_factor::SecondFactorPolicy;
use shared::clock::Seconds;
use shared::code::sms;
use shared::store::AppConflict;
use shared::store::keys::Key;
use shared::user::identity::Handle;

use crate::phone::PHONE;
use crate::world::{ADA, Browser, Call, PASSWORD, START, World, body, brought_back, hidden, unmarked};

/// The page that asks for Ada's code, in the browser that it was shown in.
pub(crate) struct Asked {
    pub(crate) browser: Browser,
    ticket: String,
    to: String,
}

async fn world() -> (World, Authenticator) {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let held = world.set_up_factor("default", ADA).await;
    (world, held)
}

fn field(page: &Answer, name: &str) -> String {
    let found = hidden(&page.body).into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {name}: {}", page.body)).1
}

fn is_open(answer: &Answer) -> bool {
    answer.cookies.iter().any(|line| line.starts_with("access_token="))
}

/// The cookie that names the session which an answer opens.
fn refresh_cookie(answer: &Answer) -> Option<String> {
    let line = answer.cookies.iter().find(|line| line.starts_with("refresh_token="))?;
    line.split(';').next().map(str::to_owned)
}

impl World {
    async fn sign_in_to(&self, to: &str, password: &str) -> Answer {
        let form = [("login", ADA), ("password", password), ("to", to)];
        self.call::<SignIn>(Call::empty().form(&form)).await
    }

    pub(crate) async fn asked(&self, to: &str) -> Asked {
        let page = self.sign_in_to(to, PASSWORD).await;
        assert_eq!((page.status, page.cookies.len()), (200, 1), "{}", page.body);
        assert!(!is_open(&page) && page.body.contains("name=\"otp\""), "{}", page.body);
        let browser = Browser::default();
        browser.keep(&page);
        Asked { browser, ticket: field(&page, "ticket"), to: field(&page, "to") }
    }

    pub(crate) async fn answer(&self, asked: &Asked, otp: &str) -> Answer {
        let form = [("ticket", asked.ticket.as_str()), ("otp", otp), ("to", asked.to.as_str())];
        self.call::<SignIn>(asked.browser.call().form(&form)).await
    }

    /// Has the default app want two factors, as of the start. A minute passes.
    pub(crate) async fn require(&self, grace: Seconds) {
        let id = "default".parse().expect("an app id");
        let second_factor = SecondFactorPolicy::Required { since: START, grace };
        let change = |mut app: App| {
            app.policy.second_factor = second_factor;
            Ok::<_, AppConflict>(app)
        };
        self.ctx.store.change_app(&id, change).await.expect("changed");
        self.clock.advance(Seconds(61));
    }
}

#[tokio::test]
async fn the_right_password_leads_to_the_page_for_the_code_and_the_code_on_to_the_client() {
    let (world, held) = world().await;
    let client = world.client().await;
    let page = world.ask(&Browser::default(), &client.request()).await;
    let asked = world.asked(&field(&page, "to")).await;
    let again = world.answer(&asked, &held.wrong_code(world.clock.now())).await;
    assert!(again.status == 401 && !is_open(&again) && again.body.contains("name=\"otp\""), "{}", again.body);
    let empty = world.answer(&asked, "").await;
    assert!(empty.status == 400 && !is_open(&empty), "{}", empty.body);
    let answer = world.answer(&asked, &held.code(world.clock.now())).await;
    assert!(answer.status == 303 && is_open(&answer), "{}", answer.body);
    assert_eq!(answer.header("location"), Some(format!("/api/v1/auth/oauth2/authorize?{}", asked.to).as_str()));
    asked.browser.keep(&answer);
    assert!(!world.code(&asked.browser, &client, &[]).await.is_empty());
}

#[tokio::test]
async fn a_ticket_is_good_once_in_its_browser_on_its_way_and_for_five_minutes() {
    let (world, held) = world().await;
    let client = world.client().await;
    let to = field(&world.ask(&Browser::default(), &client.request()).await, "to");
    let dead = |answer: &Answer| answer.status == 401 && !is_open(answer) && answer.body.contains("name=\"password\"");

    let asked = world.asked(&to).await;
    let elsewhere = Asked { browser: Browser::default(), ticket: asked.ticket.clone(), to: asked.to.clone() };
    assert!(dead(&world.answer(&elsewhere, &held.recovery[0]).await), "another browser");
    let other = world.asked("").await;
    let theirs = Asked { browser: other.browser, ticket: asked.ticket.clone(), to: asked.to.clone() };
    assert!(dead(&world.answer(&theirs, &held.recovery[0]).await), "another browser with a mark of its own");
    let astray = Asked { browser: asked.browser, ticket: asked.ticket.clone(), to: String::new() };
    assert!(dead(&world.answer(&astray, &held.recovery[0]).await), "another way");
    let asked = Asked { browser: astray.browser, ticket: asked.ticket, to: asked.to };
    assert!(is_open(&world.answer(&asked, &held.recovery[0]).await));
    assert!(dead(&world.answer(&asked, &held.recovery[1]).await), "a second time");

    let late = world.asked(&to).await;
    world.clock.advance(Seconds::minutes(5));
    assert!(dead(&world.answer(&late, &held.recovery[2]).await), "after five minutes");
    let last = world.asked(&to).await;
    world.clock.advance(Seconds(299));
    assert!(is_open(&world.answer(&last, &held.recovery[2]).await), "a code whose ticket was dead is not used up");
}

#[tokio::test]
async fn a_code_that_is_sent_twice_opens_one_session_and_both_answers_go_on() {
    let (world, held) = world().await;
    for code in [held.code(world.clock.now()), held.recovery[0].clone()] {
        let asked = world.asked("").await;
        let twice = tokio::join!(world.answer(&asked, &code), world.answer(&asked, &code));
        for answer in [&twice.0, &twice.1] {
            assert!(answer.status == 303 && is_open(answer), "{}", answer.body);
            assert_eq!(answer.header("location"), Some("/account"));
        }
        assert_eq!(refresh_cookie(&twice.0), refresh_cookie(&twice.1));
        // In another browser it is a used ticket, and a minute later here, too.
        let elsewhere = Asked { browser: Browser::default(), ticket: asked.ticket.clone(), to: asked.to.clone() };
        assert!(!is_open(&world.answer(&elsewhere, &code).await));
        world.clock.advance(Seconds::minutes(1));
        assert!(!is_open(&world.answer(&asked, &code).await));
    }
}

#[tokio::test]
async fn of_fifty_who_show_a_ticket_with_a_code_each_one_is_let_in() {
    let (world, held) = world().await;
    let asked = Arc::new(world.asked("").await);
    let world = Arc::new(world);
    let codes = held.recovery.iter().cloned().chain([held.code(world.clock.now())]).cycle().take(50);
    let racers: Vec<_> = codes
        .map(|code| {
            let (world, asked) = (world.clone(), asked.clone());
            tokio::spawn(async move { refresh_cookie(&world.answer(&asked, &code).await) })
        })
        .collect();
    // The form with the code that was first may come more than once: it is let in to the one session.
    let mut open = BTreeSet::new();
    for racer in racers {
        open.extend(racer.await.expect("no panic"));
    }
    assert_eq!(open.len(), 1);
}

#[tokio::test]
async fn a_new_password_ends_the_tickets_of_the_old_one() {
    let (world, held) = world().await;
    let asked = world.asked("").await;
    let (id, now) = ("default".parse().expect("an app id"), world.clock.now());
    let handle = Handle::Email(ADA.parse().expect("an address"));
    let identity = world.ctx.store.identity(&id, &handle, now).await.expect("answers").expect("Ada");
    let user = world.ctx.store.user(&id, identity.user).await.expect("answers").expect("Ada");
    assert!(world.ctx.store.end_all_sessions(&id, &user, now).await.expect("answers"));
    assert!(!is_open(&world.answer(&asked, &held.code(now)).await));
}

#[tokio::test]
async fn wrong_codes_count_with_wrong_passwords() {
    let (world, held) = world().await;
    let asked = world.asked("").await;
    let wrong = held.wrong_code(world.clock.now());
    for _ in 0..10 {
        assert_eq!(world.answer(&asked, &wrong).await.status, 401);
    }
    let refused = world.answer(&asked, &held.code(world.clock.now())).await;
    assert!(refused.status == 429 && !is_open(&refused), "{}", refused.body);
    assert_eq!(world.sign_in_to("", PASSWORD).await.status, 429);
}

#[tokio::test]
async fn a_wrong_password_shows_the_same_page_with_and_without_a_factor() {
    let (world, _) = world().await;
    world.sign_up("bob@example.com").await;
    let mut seen = Vec::new();
    for login in [ADA, "bob@example.com", "nobody@example.com"] {
        let form = [("login", login), ("password", "wrong"), ("otp", "123456")];
        let answer = world.call::<SignIn>(Call::empty().form(&form)).await;
        let names = answer.cookies.iter().map(|line| line.split('=').next().map(str::to_owned)).collect::<Vec<_>>();
        seen.push((answer.status, unmarked(&answer.body).replace(login, "who"), names));
    }
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
}

#[tokio::test]
async fn a_texted_code_leads_to_the_page_for_the_second_factor_too() {
    let world = World::new().await.with_phones().await;
    world.send_code(PHONE, "").await;
    let code = world.codes().pop().expect("a text message");
    assert!(is_open(&world.enter_code(PHONE, &code, "").await));
    let held = world.set_up_factor_of("default", Handle::Phone("+8613800138000".parse().expect("a phone"))).await;
    world.clock.advance(Seconds(60));
    world.call::<SendCode>(Call::empty().form(&[("phone", PHONE)])).await;
    let code = world.codes().pop().expect("a text message");
    let page = world.enter_code(PHONE, &code, "").await;
    assert!(page.status == 200 && !is_open(&page), "{}", page.body);
    let browser = Browser::default();
    browser.keep(&page);
    let asked = Asked { browser, ticket: field(&page, "ticket"), to: field(&page, "to") };
    assert!(is_open(&world.answer(&asked, &held.code(world.clock.now())).await));
}

/// The form for a code, sent twice at once and once more: the same ticket, which lets in once. It leads nowhere elsewhere, with another code, or
/// once the code is too old.
pub(crate) async fn assert_led_on_twice(
    world: &World,
    (browser, page): (Browser, &Answer),
    (to, code): ((&str, &str), &str),
    held: &Authenticator,
    lifetime: Seconds,
) {
    browser.keep(page);
    let form = field(page, "form");
    let send = async |browser: &Browser, code: &str| {
        let form = [("to", ""), to, ("form", form.as_str()), ("code", code)];
        world.call::<SignIn>(browser.call().form(&form)).await
    };
    let twice = tokio::join!(send(&browser, code), send(&browser, code));
    let later = send(&browser, code).await;
    for answer in [&twice.0, &twice.1, &later] {
        assert!(answer.status == 200 && answer.body.contains("name=\"otp\""), "{}", answer.body);
        assert_eq!((field(answer, "ticket"), &answer.cookies), (field(&twice.0, "ticket"), &twice.0.cookies));
    }
    let other = if code == "000000" { "000001" } else { "000000" };
    for (why, browser, code) in [("another browser", &Browser::default(), code), ("another code", &browser, other)] {
        let answer = send(browser, code).await;
        assert!(answer.status == 401 && !answer.body.contains("name=\"otp\""), "{why}: {}", answer.body);
    }
    browser.keep(&later);
    let mut asked = Asked { browser, ticket: field(&twice.0, "ticket"), to: String::new() };
    let entered = world.answer(&asked, &held.code(world.clock.now())).await;
    assert!(is_open(&entered), "{}", entered.body);
    // The ticket is given again as long as the code would be good, and is used up.
    world.clock.advance(Seconds(90));
    asked.ticket = field(&send(&asked.browser, code).await, "ticket");
    assert!(!is_open(&world.answer(&asked, &held.code(world.clock.now())).await));
    world.clock.advance(lifetime);
    assert_eq!(send(&asked.browser, code).await.status, 401, "too old");
}

#[tokio::test]
async fn a_texted_code_that_is_sent_twice_leads_to_the_same_page_for_the_second_factor() {
    let world = World::new().await.with_phones().await;
    world.send_code(PHONE, "").await;
    let code = world.codes().pop().expect("a text message");
    assert!(is_open(&world.enter_code(PHONE, &code, "").await));
    let held = world.set_up_factor_of("default", Handle::Phone("+8613800138000".parse().expect("a phone"))).await;
    world.clock.advance(Seconds(60));
    let browser = Browser::default();
    let page = world.call::<SendCode>(browser.call().form(&[("phone", PHONE), ("to", "")])).await;
    let code = world.codes().pop().expect("a text message");
    assert_led_on_twice(&world, (browser, &page), (("phone", PHONE), &code), &held, sms::LIFETIME).await;
}

#[tokio::test]
async fn an_app_that_wants_two_factors_has_its_users_set_one_up_on_the_way() {
    let world = World::new().await;
    let before = world.sign_up(ADA).await;
    let client = world.client().await;
    world.require(Seconds::days(1)).await;
    world.clock.advance(Seconds::days(1));
    let page = world.ask(&before, &client.request()).await;
    assert!(page.body.contains("name=\"password\""), "the session of one factor is not enough: {}", page.body);

    let page = world.sign_in_to(&field(&page, "to"), PASSWORD).await;
    assert!(page.status == 200 && !is_open(&page) && page.body.contains("<svg"), "{}", page.body);
    let browser = Browser::default();
    browser.keep(&page);
    let (_, secret) = page.body.split_once("<p><code>").expect("the secret");
    let held = Authenticator::of(secret.split('<').next().expect("its end"));
    let form = |otp: &str| {
        let fields = ["ticket", "setup", "to"].map(|name| (name, field(&page, name)));
        let mut form: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        form.push(("otp", otp));
        browser.call().form(&form)
    };
    let wrong = world.call::<SignIn>(form(&held.wrong_code(world.clock.now()))).await;
    assert!(wrong.status == 401 && !is_open(&wrong) && wrong.body.contains("<svg"), "{}", wrong.body);
    let code = held.code(world.clock.now());
    let done = world.call::<SignIn>(form(&code)).await;
    assert!(done.status == 200 && is_open(&done), "{}", done.body);
    assert_eq!(done.body.matches("<li><code>").count(), 10);
    browser.keep(&done);
    let page = world.ask(&browser, &client.request()).await;
    assert!(page.body.contains("value=\"authorize\""), "{}", page.body);
    // The same form twice, as somebody does who clicks twice: the answer that is read last has the codes, too.
    let again = world.call::<SignIn>(form(&code)).await;
    let codes = |page: &Answer| page.body.split("<li><code>").skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!((again.status, codes(&again)), (200, codes(&done)), "{}", again.body);
    assert_eq!(refresh_cookie(&again), refresh_cookie(&done));
    world.clock.advance(Seconds::minutes(1));
    assert!(!is_open(&world.call::<SignIn>(form(&code)).await), "the ticket, the secret and the code a minute later");
    let told = world
        .mails(ADA)
        .into_iter()
        .filter_map(|mail| mail.subject)
        .any(|subject| subject.starts_with("Second factor"));
    assert!(told, "Ada is told");
}

/// Ada's form, with the first code of the secret that she is shown on the way where the app wants two factors.
async fn set_up_form(world: &World) -> Call {
    world.sign_up(ADA).await;
    world.require(Seconds::days(1)).await;
    world.clock.advance(Seconds::days(1));
    let page = world.sign_in_to("", PASSWORD).await;
    let (_, secret) = page.body.split_once("<p><code>").expect("the secret");
    let code = Authenticator::of(secret.split('<').next().expect("its end")).code(world.clock.now());
    let browser = Browser::default();
    browser.keep(&page);
    let [ticket, setup, to] = ["ticket", "setup", "to"].map(|name| field(&page, name));
    browser.call().form(&[("ticket", &ticket), ("setup", &setup), ("to", &to), ("otp", &code)])
}

/// The password of the ticket may be another by then. The identity was read, with the count of the try, before that, and the user after it or before it, too.
#[tokio::test]
async fn a_ticket_sets_up_no_factor_once_its_user_has_signed_out_everywhere_in_that_moment() {
    for user_was_read in [false, true] {
        let world = World::new().await;
        let form = set_up_form(&world).await;
        let (id, now, store) = ("default".parse().expect("an app id"), world.clock.now(), &world.ctx.store);
        let handle = Handle::Email(ADA.parse().expect("an address"));
        let identity = store.identity(&id, &handle, now).await.expect("answers").expect("Ada");
        let user = store.user(&id, identity.user).await.expect("answers").expect("Ada");
        let ring = store.ring(now).await.expect("a ring");
        let key = Key::identity(&id, &handle, &ring);
        let (read_identity, read_user) = (world.stored(&key), world.stored(&Key::user(&id, user.id)));
        assert!(store.end_all_sessions(&id, &user, now).await.expect("answers"));
        world.put_back(&key, &read_identity);
        if user_was_read {
            let read = Fault::Answer(json!({"Item": read_user}).to_string());
            world.dynamodb.inject(read, On::operation("GetItem"), Times::Once);
        }
        let answer = world.call::<SignIn>(form).await;
        assert_eq!(world.dynamodb.pending(), 0);
        assert!(answer.status == 401 && !is_open(&answer), "{user_was_read}: {}", answer.body);
        assert!(answer.body.contains("name=\"password\""), "{user_was_read}: {}", answer.body);
        let user = store.user(&id, user.id).await.expect("answers").expect("Ada");
        assert!(!user.second_factor, "{user_was_read}");
    }
}

#[tokio::test]
async fn a_client_gets_no_more_tokens_by_a_sign_in_of_one_factor_once_the_app_wants_two() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tokens = world.tokens(&browser, &client, &[]).await;
    world.require(Seconds::days(1)).await;
    // 61 seconds of them have passed since the policy was given.
    world.clock.advance(Seconds(86_400 - 61 - 1));
    let last = world.refresh(&client, &tokens).await;
    assert_eq!(last.status, 200, "{}", last.body);
    world.clock.advance(Seconds(1));
    let refused = world.refresh(&client, &body(&last)).await;
    assert_eq!((refused.status, body(&refused)["error"].clone()), (400, json!("invalid_grant")));
}

/// Of a session of one factor that was opened a second before the app wants two.
#[tokio::test]
async fn what_was_begun_with_one_factor_is_not_finished_once_the_app_wants_two() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let client = world.client().await;
    world.require(Seconds::days(1)).await;
    world.clock.advance(Seconds(86_400 - 61 - 1));
    let browser = Browser::default();
    browser.keep(&world.sign_in_to("", PASSWORD).await);
    let code = world.code(&browser, &client, &[]).await;
    let page = world.ask(&browser, &client.request()).await;
    assert!(page.body.contains("value=\"authorize\""), "{}", page.body);
    world.clock.advance(Seconds(1));
    for action in ["authorize", "make", "look"] {
        let answer = world.decide(&browser, &page, &[("new", "Tax"), ("action", action)]).await;
        assert!(answer.status == 200 && answer.body.contains("name=\"password\""), "{action}: {}", answer.body);
    }
    let refused = world.call::<Token>(client.exchange(&code)).await;
    assert_eq!((refused.status, body(&refused)["error"].clone()), (400, json!("invalid_grant")));
    let silent = [client.request().as_slice(), &[("scope", "openid"), ("prompt", "none")]].concat();
    let back = brought_back(&world.ask(&browser, &silent).await);
    assert_eq!(back.one("error"), Ok(Some("login_required")));
    let apps = world.call::<ShowApps>(browser.call()).await;
    assert!(apps.body.contains("name=\"password\""), "{}", apps.body);
}

/// The address is somebody else's by the time that the code is typed.
#[tokio::test]
async fn a_ticket_is_its_users_and_no_later_owners_of_the_login() {
    let (world, _) = world().await;
    let asked = world.asked("").await;
    let (id, now) = ("default".parse().expect("an app id"), world.clock.now());
    let handle = Handle::Email(ADA.parse().expect("an address"));
    let identity = world.ctx.store.identity(&id, &handle, now).await.expect("answers").expect("Ada");
    let user = world.ctx.store.user(&id, identity.user).await.expect("answers").expect("Ada");
    assert!(world.ctx.store.delete_user_as_operator(&id, &user, now).await.expect("answers"));
    world.make_user(&id, ADA).await;
    let answer = world.answer(&asked, "123456").await;
    assert!(answer.status == 401 && !is_open(&answer), "{}", answer.body);
}

#[tokio::test]
async fn a_new_password_by_mail_opens_nothing_and_leaves_the_factor() {
    let (world, held) = world().await;
    let token = world.reset_token("default").await;
    let set = world.set(&token, "a new tractor 18").await;
    assert!(set.status == 200 && set.cookies.is_empty(), "{}", set.body);
    let page = world.sign_in_to("", "a new tractor 18").await;
    assert!(page.status == 200 && !is_open(&page) && page.body.contains("name=\"otp\""), "{}", page.body);
    let browser = Browser::default();
    browser.keep(&page);
    let asked = Asked { browser, ticket: field(&page, "ticket"), to: field(&page, "to") };
    assert!(is_open(&world.answer(&asked, &held.code(world.clock.now())).await));
}
