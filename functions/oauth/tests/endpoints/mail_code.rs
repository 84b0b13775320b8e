//! Signing in on the page by a code to a mail address: `docs/api/pages.md#sign-in`.

mod first_proof;

use std::sync::Arc;

use local::outbox::Kind;
use oauth::me::Me;
use oauth::{MailCode, SignIn};
use runtime::Answer;
use shared::app::App;
use shared::app::second_factor::SecondFactorPolicy;
use shared::clock::Seconds;
use shared::code::mailed::LIFETIME;
use shared::code::sms::COOLDOWN;
use shared::store::AppConflict;
use shared::user::User;
use shared::user::identity::Handle;

use crate::openid::suite::part;
use crate::phone::assert_sent_twice;
use crate::second_factor::assert_led_on_twice;
use crate::world::{ADA, Browser, Call, PASSWORD, START, World, body, hidden, unmarked};

pub(crate) const HOME: &str = "192.0.2.1";
pub(crate) const AWAY: &str = "203.0.113.66";
const BOB: &str = "bob@example.com";

impl World {
    /// Lets people sign in by a mailed code on the default app's page.
    pub(crate) async fn with_mailed_codes(self) -> Self {
        self.change_policy(|app| app.policy.email_code_sign_in = true).await;
        self
    }

    async fn change_policy(&self, change: impl FnOnce(&mut App)) {
        let id = "default".parse().expect("an app id");
        let change = |mut app: App| {
            change(&mut app);
            Ok::<_, AppConflict>(app)
        };
        self.ctx.store.change_app(&id, change).await.expect("changed");
        // What processes remember of an app is a minute old at most.
        self.clock.advance(Seconds(61));
        // Read again now: while the store is down, what is known from before would be used for some seconds longer.
        self.ctx.at(self.ctx.now()).bound_app(&id).await.expect("the store answers").expect("an app");
    }

    async fn user_of(&self, email: &str) -> User {
        let (app, email) = ("default".parse().expect("an app id"), Handle::Email(email.parse().expect("an address")));
        let identity = self.ctx.store.identity(&app, &email, self.clock.now()).await.expect("answers");
        let user = self.ctx.store.user(&app, identity.expect("somebody").user).await.expect("answers");
        user.expect("a user")
    }

    /// A browser in which somebody has signed up, and whose address is proven. What was mailed on the way is old.
    pub(crate) async fn sign_up_proven(&self, email: &str) -> Browser {
        let browser = self.sign_up(email).await;
        let (app, user) = ("default".parse().expect("an app id"), self.user_of(email).await);
        let email = email.parse().expect("an address");
        assert!(self.ctx.store.prove_by_word(&app, &user, &email, self.clock.now()).await.expect("answers"));
        browser
    }

    pub(crate) async fn mail_code(&self, email: &str, to: &str) -> Answer {
        self.call::<MailCode>(Call::empty().form(&[("email", email), ("to", to)])).await
    }

    pub(crate) async fn enter_mailed_code(&self, email: &str, code: &str, to: &str) -> Answer {
        self.call::<SignIn>(Call::empty().form(&[("email", email), ("code", code), ("to", to)])).await
    }

    /// The codes that were mailed to sign in with, oldest first.
    pub(crate) fn mailed_codes(&self, email: &str) -> Vec<String> {
        let mails = self.mails(email).into_iter().filter(|mail| mail.kind == Kind::Email);
        let of_sign_in = mails.filter(|mail| {
            mail.subject.as_deref().is_some_and(|subject| subject.starts_with("Your code to sign in to"))
        });
        let code = |text: String| {
            let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
            text.lines().find(is_code).expect("a code").to_owned()
        };
        of_sign_in.map(|mail| code(mail.text.expect("a text"))).collect()
    }

    /// How many mails have told somebody of a sign-in from a new place.
    pub(crate) fn told_of_new_places(&self, email: &str) -> usize {
        let subjects = self.mails(email).into_iter().filter_map(|mail| mail.subject);
        subjects.filter(|subject| subject.starts_with("New sign-in to your")).count()
    }

    /// The last of them.
    pub(crate) fn mailed_code(&self, email: &str) -> String {
        self.mailed_codes(email).pop().expect("a mail")
    }
}

async fn world() -> World {
    let world = World::new().await.with_mailed_codes().await;
    world.sign_up_proven(ADA).await;
    world
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

fn is_open(answer: &Answer) -> bool {
    answer.cookies.iter().any(|line| line.starts_with("access_token="))
}

#[tokio::test]
async fn a_mailed_code_signs_its_reader_in_and_on_to_where_they_were_going() {
    let world = world().await;
    let client = world.client().await;
    let page = world.ask(&Browser::default(), &client.request()).await;
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way on").1;
    assert!(page.body.contains("/oauth2/mail-code\""), "{}", page.body);

    let asked = world.mail_code(&format!(" {} ", ADA.to_uppercase()), &to).await;
    assert_eq!((asked.status, asked.cookies.len()), (200, 1), "{}", asked.body);
    assert!(asked.cookies[0].starts_with("form_browser="), "{:?}", asked.cookies);
    assert!(asked.body.contains("name=\"email\"") && asked.body.contains("ten minutes"), "{}", asked.body);
    let code = world.mailed_code(ADA);
    assert!(!asked.body.contains(&code), "{}", asked.body);
    let answer = world.enter_mailed_code(ADA, &format!(" {code} "), &to).await;
    assert_eq!((answer.status, answer.cookies.len()), (303, 2), "{}", answer.body);
    assert_eq!(answer.header("location"), Some(format!("/api/v1/auth/oauth2/authorize?{to}").as_str()));

    let browser = Browser::default();
    browser.keep(&answer);
    let me = world.call::<Me<false>>(browser.call()).await;
    assert_eq!(body(&me)["id"], serde_json::json!(world.user_of(ADA).await.id.to_string()));
    assert!(!world.code(&browser, &client, &[]).await.is_empty());
    let again = world.enter_mailed_code(ADA, &code, &to).await;
    assert!(again.status == 401 && !is_open(&again), "a code is good once");
}

#[tokio::test]
async fn the_mail_says_its_code_as_text_and_holds_no_link() {
    let world = world().await;
    let form = [("email", ADA), ("lang", "zh")];
    for call in [Call::empty().form(&form).header("accept-language", "zh"), Call::empty().form(&form)] {
        world.call::<MailCode>(call).await;
        world.clock.advance(COOLDOWN);
    }
    let mails: Vec<_> = world.mails(ADA).into_iter().rev().take(2).collect();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        let (text, html) = (mail.text.expect("a text"), mail.html.expect("HTML"));
        assert!(!text.contains("http") && !html.contains("href") && !html.contains("http"), "{text}\n{html}");
        assert!(text.contains("10"), "it says how long it is good: {text}");
    }
}

#[tokio::test]
async fn where_the_app_does_not_have_it_nobody_is_mailed() {
    let world = World::new().await;
    world.sign_up_proven(ADA).await;
    let client = world.client().await;
    let page = world.ask(&Browser::default(), &client.request()).await;
    assert!(!page.body.contains("mail-code") && !page.body.contains("name=\"email\""), "{}", page.body);
    assert_eq!(world.mail_code(ADA, "").await.status, 400);
    assert_eq!(world.enter_mailed_code(ADA, "123456", "").await.status, 401);
    assert!(world.mailed_codes(ADA).is_empty());
}

#[tokio::test]
async fn a_code_that_was_mailed_before_the_app_turned_them_off_opens_nothing() {
    let world = world().await;
    world.mail_code(ADA, "").await;
    world.change_policy(|app| app.policy.email_code_sign_in = false).await;
    let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
    assert!(answer.status == 401 && !is_open(&answer), "{}", answer.body);
}

#[tokio::test]
async fn what_is_no_address_is_shown_again_as_it_was_typed() {
    let world = world().await;
    for email in ["", "ada", "ada@", "\"><script>alert(1)</script>"] {
        let answer = world.mail_code(email, "").await;
        assert_eq!(answer.status, 400, "{email}");
        assert!(answer.body.contains("Enter a valid e-mail address."), "{}", answer.body);
        assert!(!answer.body.contains("\"><script"), "{}", answer.body);
    }
}

#[tokio::test]
async fn nobody_is_told_who_has_an_account_or_has_proven_the_address() {
    let world = world().await;
    world.sign_up(BOB).await;
    world.sign_up_proven("eve@example.com").await;
    world.shut_out("default", "eve@example.com").await;
    let (mut seen, mut wrong_code) = (Vec::new(), "");
    for (number, email) in [ADA, BOB, "eve@example.com", "nobody@example.com"].into_iter().enumerate() {
        // Each by a source of its own, whose quota is full.
        let source = format!("198.51.100.{}", number + 1);
        let mut steps = Vec::new();
        for status in [200, 429] {
            let call = Call::empty().form(&[("email", email)]).from(&source);
            let (answer, calls) = world.calls_of::<MailCode>(call).await;
            assert_eq!(answer.status, status, "{}", answer.body);
            steps.push((answer.status, unmarked(&answer.body).replace(email, "who"), calls));
        }
        if email == ADA {
            wrong_code = wrong(&world.mailed_code(ADA));
        }
        for _ in 0..6 {
            let call = Call::empty().form(&[("email", email), ("code", wrong_code)]).from(&source);
            let (answer, calls) = world.calls_of::<SignIn>(call).await;
            steps.push((answer.status, unmarked(&answer.body).replace(email, "who"), calls));
        }
        seen.push(steps);
    }
    for steps in &seen {
        assert_eq!(steps, &seen[0]);
    }
    let mailed = [ADA, BOB, "eve@example.com", "nobody@example.com"].map(|email| world.mailed_codes(email).len());
    assert_eq!(mailed, [1, 1, 0, 0]);
}

#[tokio::test]
async fn the_answer_waits_for_as_many_calls_whether_or_not_there_is_an_account() {
    let world = world().await;
    let mut depths = Vec::new();
    for (email, source) in [(ADA, "198.51.100.1"), (BOB, "198.51.100.2")] {
        let call = Call::empty().form(&[("email", email)]).from(source);
        let (answer, depth) = world.depth_of::<MailCode>(call).await;
        assert_eq!(answer.status, 200);
        depths.push(depth);
    }
    assert_eq!(depths[0], depths[1]);
}

#[tokio::test]
async fn a_mailed_code_that_lives_stays_good_when_a_budget_holds_the_next_one_back() {
    for variables in [("MAIL_BUDGET_SOURCE", "1"), ("MAIL_BUDGET_DOMAIN", "1"), ("MAIL_BUDGET_APP", "1")] {
        let world = World::configured(&[variables]).await.with_mailed_codes().await;
        world.sign_up_proven(ADA).await;
        // From where Ada has never been: a known place pays for itself.
        for _ in 0..3 {
            let ask = Call::empty().form(&[("email", ADA), ("to", "")]).from(AWAY);
            assert_eq!(world.call::<MailCode>(ask).await.status, 200);
            world.clock.advance(COOLDOWN);
        }
        let codes = world.mailed_codes(ADA);
        assert_eq!(codes.len(), 1, "{variables:?}");
        let form = Call::empty().form(&[("email", ADA), ("code", &*codes[0]), ("to", "")]).from(AWAY);
        let answer = world.call::<SignIn>(form).await;
        assert!(is_open(&answer), "{variables:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_sign_in_by_a_mailed_code_from_a_new_place_is_told_once_and_one_from_home_is_not() {
    let world = world().await;
    let mut told = Vec::new();
    for source in [HOME, AWAY, AWAY, HOME] {
        assert_eq!(world.mail_code(ADA, "").await.status, 200);
        let code = world.mailed_code(ADA);
        let form = [("email", ADA), ("code", &*code), ("to", "")];
        assert!(is_open(&world.call::<SignIn>(Call::empty().form(&form).from(source)).await));
        told.push(world.told_of_new_places(ADA));
        world.clock.advance(COOLDOWN);
    }
    assert_eq!(told, [0, 1, 1, 1]);
    // The place is the user's, whatever they come in by.
    let form = [("login", ADA), ("password", PASSWORD)];
    assert!(is_open(&world.call::<SignIn>(Call::empty().form(&form).from(AWAY)).await));
    assert_eq!(world.told_of_new_places(ADA), 1);
}

/// The record has a code of which nobody was told.
#[tokio::test]
async fn no_code_that_was_mailed_to_nobody_opens_an_account() {
    let world = World::new().await.with_mailed_codes().await;
    world.mail_code(ADA, "").await;
    // Whose address it is only afterwards: the code that was drawn belongs to nobody, whatever it is.
    world.sign_up_proven(ADA).await;
    let answer = world.enter_mailed_code(ADA, "123456", "").await;
    assert!(answer.status == 401 && !is_open(&answer), "{}", answer.body);
}

#[tokio::test]
async fn another_code_within_a_minute_is_not_mailed() {
    let world = world().await;
    assert_eq!(world.mail_code(ADA, "").await.status, 200);
    world.clock.advance(Seconds(COOLDOWN.0 - 1));
    let soon = world.mail_code(ADA, "").await;
    assert_eq!((soon.status, world.mailed_codes(ADA).len()), (429, 1));
    assert!(soon.body.contains("name=\"code\""), "the one that was mailed can be typed there: {}", soon.body);
    world.clock.advance(Seconds(1));
    assert_eq!((world.mail_code(ADA, "").await.status, world.mailed_codes(ADA).len()), (200, 2));
    let former = world.mailed_codes(ADA).remove(0);
    if former != world.mailed_code(ADA) {
        assert_eq!(world.enter_mailed_code(ADA, &former, "").await.status, 401, "the former one is replaced");
    }
    assert!(is_open(&world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await));
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes() {
    let world = world().await;
    for (age, status) in [(Seconds(LIFETIME.0 - 1), 303), (LIFETIME, 401)] {
        world.mail_code(ADA, "").await;
        world.clock.advance(age);
        let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
        assert_eq!((answer.status, is_open(&answer)), (status, status == 303), "{}", answer.body);
    }
}

#[tokio::test]
async fn five_wrong_codes_burn_the_right_one_and_the_next_has_no_tries_either() {
    let world = world().await;
    world.mail_code(ADA, "").await;
    let code = world.mailed_code(ADA);
    for _ in 0..4 {
        let answer = world.enter_mailed_code(ADA, wrong(&code), "").await;
        assert!(answer.status == 401 && answer.body.contains("The code is wrong."), "{}", answer.body);
    }
    world.clock.advance(COOLDOWN);
    world.mail_code(ADA, "").await;
    let code = world.mailed_code(ADA);
    assert!(world.enter_mailed_code(ADA, wrong(&code), "").await.body.contains("The code is wrong."), "the fifth");
    let answer = world.enter_mailed_code(ADA, &code, "").await;
    assert!(answer.status == 401 && answer.body.contains("expired"), "{}", answer.body);
    world.clock.advance(COOLDOWN);
    let asked = world.mail_code(ADA, "").await;
    assert!(asked.status == 429 && asked.header("retry-after").is_some(), "a code that cannot be tried is not mailed");
    assert_eq!(world.mailed_codes(ADA).len(), 2);
}

#[tokio::test]
async fn what_is_not_six_digits_is_no_try() {
    let world = world().await;
    world.mail_code(ADA, "").await;
    for code in ["", "12345", "1234567", "abcdef", "12 34"].repeat(2) {
        assert_eq!(world.enter_mailed_code(ADA, code, "").await.status, 400, "{code}");
    }
    assert!(is_open(&world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await));
}

#[tokio::test]
async fn wrong_codes_from_elsewhere_do_not_burn_the_code_of_whoever_asked() {
    let world = world().await;
    world.mail_code(ADA, "").await;
    let code = world.mailed_code(ADA);
    for _ in 0..8 {
        let form = [("email", ADA), ("code", wrong(&code))];
        assert_eq!(world.call::<SignIn>(Call::empty().form(&form).from(AWAY)).await.status, 401);
    }
    let form = [("email", ADA), ("code", code.as_str())];
    assert!(
        !is_open(&world.call::<SignIn>(Call::empty().form(&form).from(AWAY)).await),
        "strangers have no tries left"
    );
    assert!(is_open(&world.enter_mailed_code(ADA, &code, "").await));
}

#[tokio::test]
async fn a_source_whose_quota_is_used_up_leaves_the_code_that_was_mailed() {
    let world = World::configured(&[("MAIL_BUDGET_SOURCE", "1")]).await.with_mailed_codes().await;
    world.sign_up_proven(ADA).await;
    world.mail_code(ADA, "").await;
    let code = world.mailed_code(ADA);
    world.clock.advance(COOLDOWN);
    assert_eq!(world.mail_code(ADA, "").await.status, 200, "nobody is told");
    assert_eq!(world.mailed_codes(ADA).len(), 1);
    assert!(is_open(&world.enter_mailed_code(ADA, &code, "").await));
}

#[tokio::test]
async fn strangers_who_use_up_the_domain_keep_neither_the_mail_nor_the_code_in_it_from_the_owner_at_home() {
    let world = World::configured(&[("MAIL_BUDGET_DOMAIN", "1")]).await.with_mailed_codes().await;
    world.sign_up_proven(ADA).await;
    world.sign_up_proven(BOB).await;
    let from_away = |email| world.call::<MailCode>(Call::empty().form(&[("email", email)]).from(AWAY));
    assert_eq!(from_away(BOB).await.status, 200);
    assert_eq!(world.mailed_codes(BOB).len(), 1, "the domain's one");
    assert_eq!(world.mail_code(ADA, "").await.status, 200);
    let code = world.mailed_code(ADA);
    world.clock.advance(COOLDOWN);
    assert_eq!(from_away(ADA).await.status, 200, "nobody is told");
    assert_eq!(world.mailed_codes(ADA).len(), 1);
    let form = [("email", ADA), ("code", wrong(&code))];
    let guessed = world.call::<SignIn>(Call::empty().form(&form).from(AWAY)).await;
    assert!(guessed.body.contains("The code is wrong."), "{}", guessed.body);
    assert!(is_open(&world.enter_mailed_code(ADA, &code, "").await));
}

#[tokio::test]
async fn an_address_is_mailed_five_codes_at_once_and_one_more_in_half_an_hour() {
    let world = world().await;
    for _ in 0..8 {
        world.mail_code(ADA, "").await;
        world.clock.advance(COOLDOWN);
    }
    assert_eq!(world.mailed_codes(ADA).len(), 5);
    world.clock.advance(Seconds::minutes(30));
    world.mail_code(ADA, "").await;
    assert_eq!(world.mailed_codes(ADA).len(), 6);
    assert!(is_open(&world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await));
}

#[tokio::test]
async fn a_password_that_is_set_meanwhile_ends_the_code() {
    let world = world().await;
    world.mail_code(ADA, "").await;
    let token = world.reset_token("default").await;
    assert_eq!(world.set(&token, "a new tractor 18").await.status, 200);
    let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
    assert!(answer.status == 401 && !is_open(&answer), "{}", answer.body);
}

#[tokio::test]
async fn who_is_shut_out_after_the_mail_is_not_let_in() {
    let world = world().await;
    world.mail_code(ADA, "").await;
    world.shut_out("default", ADA).await;
    let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
    assert!(answer.status == 401 && !is_open(&answer), "{}", answer.body);
}

#[tokio::test]
async fn a_page_of_another_site_has_nobody_mailed_or_signed_in() {
    let world = world().await;
    let foreign = |call: Call| call.header("origin", "https://evil.example");
    let answer = world.call::<MailCode>(foreign(Call::empty().form(&[("email", ADA)]))).await;
    assert_eq!((answer.status, world.mailed_codes(ADA).len()), (403, 0));
    world.mail_code(ADA, "").await;
    let code = world.mailed_code(ADA);
    let answer = world.call::<SignIn>(foreign(Call::empty().form(&[("email", ADA), ("code", &code)]))).await;
    assert!(answer.status == 403 && !is_open(&answer));
}

#[tokio::test]
async fn a_code_is_good_in_its_app_alone() {
    let world = world().await;
    let other = "other".parse().expect("an app id");
    world.make_app("other").await;
    let change = |mut app: App| {
        app.policy.email_code_sign_in = true;
        Ok::<_, AppConflict>(app)
    };
    world.ctx.store.change_app(&other, change).await.expect("changed");
    world.make_user(&other, ADA).await;
    world.mail_code(ADA, "").await;
    let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "page=%2Faccount&app=other").await;
    assert!(answer.status == 401 && !is_open(&answer), "{}", answer.body);
}

/// How many of fifty are let in who show Ada's last code at once.
async fn let_in_of_fifty(world: Arc<World>) -> usize {
    let code = Arc::new(world.mailed_code(ADA));
    let racers = (0..50).map(|_| {
        let (world, code) = (world.clone(), code.clone());
        tokio::spawn(async move { world.enter_mailed_code(ADA, &code, "").await })
    });
    let mut open = 0;
    for racer in racers.collect::<Vec<_>>() {
        let answer = racer.await.expect("no panic");
        open += usize::from(is_open(&answer));
        assert!(matches!(answer.status, 303 | 401), "{}", answer.body);
    }
    open
}

#[tokio::test]
async fn of_fifty_who_show_one_code_at_once_one_is_let_in() {
    let world = Arc::new(world().await);
    world.mail_code(ADA, "").await;
    assert_eq!(let_in_of_fifty(world).await, 1);
}

#[tokio::test]
async fn fifty_who_ask_at_once_have_one_mail_sent() {
    let world = Arc::new(world().await);
    let racers = (0..50).map(|_| {
        let world = world.clone();
        tokio::spawn(async move { world.mail_code(ADA, "").await.status })
    });
    for racer in racers.collect::<Vec<_>>() {
        // A busy engine is too slow for some: they are told to come back.
        assert!(matches!(racer.await.expect("no panic"), 200 | 429 | 503));
    }
    assert_eq!(world.mailed_codes(ADA).len(), 1);
}

#[tokio::test]
async fn a_mailed_code_leads_to_the_page_for_the_second_factor_and_the_session_says_both() {
    let world = world().await;
    let held = world.set_up_factor("default", ADA).await;
    world.mail_code(ADA, "").await;
    let code = world.mailed_code(ADA);
    let page = world.enter_mailed_code(ADA, &code, "").await;
    assert!(page.status == 200 && !is_open(&page) && page.body.contains("name=\"otp\""), "{}", page.body);
    assert!(!is_open(&world.enter_mailed_code(ADA, &code, "").await), "the code was spent for the ticket");
    let browser = Browser::default();
    browser.keep(&page);
    let ticket = hidden(&page.body).into_iter().find(|(name, _)| name == "ticket").expect("a ticket").1;
    let form = [("ticket", ticket.as_str()), ("otp", &held.code(world.clock.now()))];
    let answer = world.call::<SignIn>(browser.call().form(&form)).await;
    assert!(is_open(&answer), "{}", answer.body);
    assert_eq!(amr(&answer), serde_json::json!(["email", "otp", "mfa"]));
}

/// What the access token in the cookie says of the sign-in.
fn amr(answer: &Answer) -> serde_json::Value {
    let cookie = answer.cookies.iter().find(|line| line.starts_with("access_token=")).expect("a cookie");
    let token = cookie.trim_start_matches("access_token=").split(';').next().unwrap_or_default();
    part(token, 1)["amr"].clone()
}

#[tokio::test]
async fn a_session_by_a_mailed_code_says_so() {
    let world = world().await;
    world.mail_code(ADA, "").await;
    let answer = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
    assert_eq!(amr(&answer), serde_json::json!(["email"]));
}

#[tokio::test]
async fn an_app_that_wants_two_factors_has_one_set_up_after_a_mailed_code() {
    let world = world().await;
    let required = SecondFactorPolicy::Required { since: START, grace: Seconds::days(1) };
    world.change_policy(|app| app.policy.second_factor = required).await;
    world.mail_code(ADA, "").await;
    assert!(is_open(&world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await), "within the grace");
    world.clock.advance(Seconds::days(1));
    world.mail_code(ADA, "").await;
    let page = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
    assert!(page.status == 200 && !is_open(&page) && page.body.contains("<svg"), "{}", page.body);
}

#[tokio::test]
async fn a_code_that_is_the_first_proof_leads_to_the_page_that_sets_a_factor_up_where_the_app_wants_one() {
    let world = World::new().await.with_mailed_codes().await;
    world.sign_up(ADA).await;
    let required = SecondFactorPolicy::Required { since: START, grace: Seconds::days(1) };
    world.change_policy(|app| app.policy.second_factor = required).await;
    world.clock.advance(Seconds::days(1));
    world.mail_code(ADA, "").await;
    let page = world.enter_mailed_code(ADA, &world.mailed_code(ADA), "").await;
    assert!(page.status == 200 && !is_open(&page), "{}", page.body);
    let browser = Browser::default();
    browser.keep(&page);
    let (_, secret) = page.body.split_once("<p><code>").expect("the secret");
    let code = rig::Authenticator::of(secret.split('<').next().expect("its end")).code(world.clock.now());
    let fields: Vec<_> = hidden(&page.body);
    let mut form: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    form.push(("otp", &code));
    let answer = world.call::<SignIn>(browser.call().form(&form)).await;
    assert!(answer.status == 200 && is_open(&answer), "{}", answer.body);
    assert_eq!(amr(&answer), serde_json::json!(["email", "otp", "mfa"]));
    let form = [("login", ADA), ("password", PASSWORD)];
    assert_eq!(world.call::<SignIn>(Call::empty().form(&form)).await.status, 401, "the password of before");
}

#[tokio::test]
async fn a_code_that_is_sent_twice_opens_one_session_and_both_answers_go_on() {
    let world = world().await;
    let browser = Browser::default();
    let page = world.call::<MailCode>(browser.call().form(&[("email", ADA), ("to", "")])).await;
    browser.keep(&page);
    let code = world.mailed_code(ADA);
    assert_sent_twice(&world, &browser, &page, ("email", ADA), &code).await;
}

#[tokio::test]
async fn a_code_that_is_sent_twice_leads_to_the_same_page_for_the_second_factor() {
    let world = world().await;
    let held = world.set_up_factor("default", ADA).await;
    let browser = Browser::default();
    let page = world.call::<MailCode>(browser.call().form(&[("email", ADA), ("to", "")])).await;
    let code = world.mailed_code(ADA);
    assert_led_on_twice(&world, (browser, &page), (("email", ADA), &code), &held, LIFETIME).await;
}
