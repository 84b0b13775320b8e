//! The page to make an account on.

use browser::email_link::{Follow, ShowEmailLink};
use local::faults::{Fault, On, Times};
use oauth::ShowSignIn;
use pages::sign_up::{ShowSignUp, SignUp};
use pages::{ShowAccount, SignOut};
use runtime::Answer;
use shared::app::Policy;
use shared::app::apis::{Api, Apis};
use shared::app::captcha::CaptchaPolicy;
use shared::clock::Seconds;

use crate::world::{ADA, Browser, Call, PASSWORD, World, hidden, next};

#[tokio::test]
async fn somebody_makes_an_account_and_is_signed_in() {
    let world = World::new().await;
    let browser = Browser::default();
    let page = world.call::<ShowSignUp>(browser.call()).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let filled = [("name", "Ada"), ("email", ADA), ("password", PASSWORD)];
    let answer = world.fill::<SignUp>(&browser, &page, &filled).await;
    assert_eq!(next(&answer), (303, "/account"));
    let account = world.call::<ShowAccount>(browser.call()).await;
    assert!(account.status == 200 && account.body.contains(ADA), "{}", account.body);
    assert_eq!(world.mails(ADA).len(), 1, "the address is asked for its code");
}

#[tokio::test]
async fn a_form_that_was_not_answered_makes_the_account_when_it_is_sent_again() {
    let world = World::new().await;
    let browser = Browser::default();
    let page = world.call::<ShowSignUp>(browser.call()).await;
    let filled = [("name", "Ada"), ("email", ADA), ("password", PASSWORD)];
    world.dynamodb.inject(Fault::AnswerLost, On::operation("TransactWriteItems"), Times::Forever);
    assert_eq!(world.fill::<SignUp>(&browser, &page, &filled).await.status, 503);
    world.dynamodb.heal();
    assert_eq!(next(&world.fill::<SignUp>(&browser, &page, &filled).await), (303, "/account"));
    assert_eq!(world.mails(ADA).len(), 1, "the address is asked for its code");
}

#[tokio::test]
async fn what_was_typed_stays_and_the_password_does_not() {
    let world = World::new().await;
    world.sign_up("taken@example.com").await;
    let page = world.call::<ShowSignUp>(Call::empty()).await;
    for (email, password, id) in [
        ("no address", PASSWORD, "email-problem"),
        ("", PASSWORD, "email-problem"),
        ("taken@example.com", PASSWORD, "email-problem"),
        (ADA, "short", "password-problem"),
        (ADA, "password123", "password-problem"),
    ] {
        let filled = [("name", "Ada \"L\" <b>"), ("email", email), ("password", password)];
        let answer = world.fill::<SignUp>(&Browser::default(), &page, &filled).await;
        assert_eq!(answer.status, 400, "{email}");
        assert!(answer.body.contains(&format!("id=\"{id}\"")), "{}", answer.body);
        assert!(answer.body.contains("value=\"Ada &#34;L&#34; &#60;b&#62;\""), "{}", answer.body);
        assert!(!answer.body.contains(password), "{}", answer.body);
        assert!(!answer.cookies.iter().any(|line| line.starts_with("access_token")));
    }
}

#[tokio::test]
async fn a_sign_up_goes_on_to_what_was_wanted_before() {
    let world = World::new().await;
    let to = "page=%2Faccount%2Fsecurity&app=default";
    let page = world.call::<ShowSignUp>(Call::empty().query("to", to)).await;
    let filled = [("email", ADA), ("password", PASSWORD)];
    let answer = world.fill::<SignUp>(&Browser::default(), &page, &filled).await;
    assert_eq!(next(&answer), (303, "/account/security"));
}

#[tokio::test]
async fn an_app_that_other_apis_serve_has_no_sign_up_page() {
    let world = World::new().await;
    let policy = Policy { apis: Apis::of([Api::App]), ..Policy::default() };
    let shop = world.make_app_with("shop", policy).await;
    let page = world.call::<ShowSignUp>(Call::empty().query("app", shop.id.as_str())).await;
    assert!(page.status == 404 && !page.body.contains("name=\"password\""), "{}", page.body);
    let form = [("email", ADA), ("password", PASSWORD), ("app", "shop")];
    let answer = world.call::<SignUp>(Call::empty().form(&form)).await;
    assert_eq!(answer.status, 404);
    assert!(!answer.cookies.iter().any(|line| line.starts_with("access_token")));
}

#[tokio::test]
async fn an_app_with_a_captcha_has_a_sign_up_page_only_where_its_owner_spared_it() {
    let world = World::new().await;
    for (id, spared, spares_page, status) in [
        ("guarded", &[][..], false, 404),
        ("others", &[Api::App, Api::Account][..], false, 404),
        ("page", &[][..], true, 200),
        ("browser", &[Api::Browser][..], false, 200),
    ] {
        let mut policy = rig::unanswered_captcha(id, spared);
        if let CaptchaPolicy::On(provider) = &mut policy.captcha {
            provider.spares_page = spares_page;
        }
        world.make_app_with(id, policy).await;
        let page = world.call::<ShowSignUp>(Call::empty().query("app", id)).await;
        assert_eq!(page.status, status, "{id}");
        let form = [("email", ADA), ("password", PASSWORD), ("app", id)];
        let answer = world.call::<SignUp>(Call::empty().form(&form)).await;
        assert_eq!(answer.status, if status == 200 { 303 } else { 404 }, "{id}: {}", answer.body);
        let sign_in = world.call::<ShowSignIn>(Call::empty().query("to", &format!("page=/account&app={id}"))).await;
        assert_eq!(sign_in.body.contains("/account/sign-up"), status == 200, "{id}: {}", sign_in.body);
    }
}

#[tokio::test]
async fn a_page_of_another_site_makes_no_account() {
    let world = World::new().await;
    let form = [("email", ADA), ("password", PASSWORD)];
    let answer = world.call::<SignUp>(Call::empty().form(&form).header("origin", "https://evil.example")).await;
    assert_eq!((answer.status, answer.cookies.len()), (403, 0));
    assert_eq!(world.sign_in(ADA, PASSWORD).await.1.status, 401);
}

#[tokio::test]
async fn the_link_in_the_mail_of_another_app_shows_its_digits_and_proves_the_address_where_somebody_signed_up() {
    let world = World::new().await;
    world.make_app_with("shop", Policy::default()).await;
    let sign_up = async |email: &str| {
        let browser = Browser::default();
        let page = world.call::<ShowSignUp>(browser.call().query("app", "shop")).await;
        let answer = world.fill::<SignUp>(&browser, &page, &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let mail = world.mails(email).pop().expect("a mail").text.expect("a text");
        let token = mail.lines().find_map(|line| line.strip_prefix("https://auth.example/verify-email?token="));
        (browser, token.expect("a link").to_owned())
    };
    let (browser, token) = sign_up(ADA).await;
    let elsewhere = world.call::<ShowEmailLink>(Call::empty().query("token", &token)).await;
    assert_eq!(elsewhere.status, 200, "{}", elsewhere.body);
    assert!(elsewhere.body.contains(&world.code(ADA)) && elsewhere.body.contains("not_me"), "{}", elsewhere.body);
    let here = world.call::<ShowEmailLink>(browser.call().query("token", &token)).await;
    assert!(!here.body.contains("not_me"), "{}", here.body);
    let proven = world.fill::<Follow>(&browser, &here, &[]).await;
    assert!(proven.status == 200 && proven.body.contains("Your e-mail address is verified"), "{}", proven.body);

    let (_, token) = sign_up("victim@example.com").await;
    let page = world.call::<ShowEmailLink>(Call::empty().query("token", &token)).await;
    let disowned = world.fill::<Follow>(&Browser::default(), &page, &[("not_me", "yes")]).await;
    assert!(disowned.status == 200 && disowned.body.contains("The account is removed"), "{}", disowned.body);
}

/// A browser that looks at the page, and the hidden fields of its form.
async fn shown(world: &World) -> (Browser, Vec<(String, String)>) {
    let browser = Browser::default();
    let page = world.call::<ShowSignUp>(browser.call()).await;
    browser.keep(&page);
    (browser, hidden(&page.body))
}

async fn send(world: &World, browser: &Browser, hidden: &[(String, String)], password: &str) -> Answer {
    let pairs = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let form: Vec<_> = pairs.chain([("email", ADA), ("password", password)]).collect();
    world.call::<SignUp>(browser.call().form(&form)).await
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_account_with_one_session_and_both_answers_go_on() {
    let world = World::new().await;
    let (browser, form) = shown(&world).await;
    let twice = tokio::join!(send(&world, &browser, &form, PASSWORD), send(&world, &browser, &form, PASSWORD));
    for answer in [&twice.0, &twice.1] {
        assert_eq!(next(answer), (303, "/account"), "{}", answer.body);
    }
    // Whichever answer the browser keeps, it has the same session.
    let refresh = |answer: &Answer| {
        let line = answer.cookies.iter().find(|line| line.starts_with("refresh_token=")).expect("a session");
        line.split(';').next().map(str::to_owned)
    };
    assert_eq!(refresh(&twice.0), refresh(&twice.1));
    browser.keep(&twice.1);
    // By the button Back, with the session that it has now. That does not end.
    let again = send(&world, &browser, &form, PASSWORD).await;
    assert_eq!(next(&again), (303, "/account"), "{}", again.body);
    browser.keep(&again);
    assert_eq!(world.sessions(&browser).await.len(), 1);
    assert_eq!(world.mails(ADA).len(), 1);
}

#[tokio::test]
async fn who_guesses_is_told_of_a_taken_address_and_given_no_session() {
    let world = World::new().await;
    let (ada, form) = shown(&world).await;
    assert_eq!(send(&world, &ada, &form, PASSWORD).await.status, 303);
    let (stranger, theirs) = shown(&world).await;
    let without = |name: &str| form.iter().filter(|(known, _)| known != name).cloned().collect::<Vec<_>>();
    for (why, browser, form, password) in [
        ("another browser with the right password", &stranger, &theirs, PASSWORD),
        ("another browser with a stolen form", &stranger, &form, PASSWORD),
        ("a browser without a mark", &Browser::default(), &form, PASSWORD),
        ("another showing of the form", &ada, &theirs, PASSWORD),
        ("a form without a mark", &ada, &without("form"), PASSWORD),
        ("another password", &ada, &form, "quiet-harbour-58"),
    ] {
        let answer = send(&world, browser, form, password).await;
        let session = answer.cookies.iter().any(|line| line.starts_with("access_token"));
        assert!(answer.status == 400 && !session, "{why}: {}", answer.body);
        assert!(answer.body.contains("registered already"), "{why}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_form_that_is_sent_again_after_a_minute_or_a_sign_out_opens_nothing() {
    let world = World::new().await;
    let (browser, form) = shown(&world).await;
    assert_eq!(send(&world, &browser, &form, PASSWORD).await.status, 303);
    world.clock.advance(Seconds(59));
    assert_eq!(send(&world, &browser, &form, PASSWORD).await.status, 303);
    world.clock.advance(Seconds(1));
    assert_eq!(send(&world, &browser, &form, PASSWORD).await.status, 400);

    let world = World::new().await;
    let (browser, form) = shown(&world).await;
    browser.keep(&send(&world, &browser, &form, PASSWORD).await);
    assert_eq!(world.call::<SignOut>(browser.call()).await.status, 303);
    assert_eq!(send(&world, &browser, &form, PASSWORD).await.status, 400);
}
