//! Signing in on the way to a client.

use browser::ListSessions;
use oauth::{SendCode, ShowSignIn, SignIn};
use runtime::{Answer, query};
use shared::clock::Seconds;

use crate::world::{ADA, Browser, Call, OURS, PASSWORD, World, body, hidden, unmarked};

/// Whether the answer gives the browser a session.
fn is_open(answer: &Answer) -> bool {
    refresh_cookie(answer).is_some()
}

fn refresh_cookie(answer: &Answer) -> Option<&str> {
    let line = answer.cookies.iter().find(|line| line.starts_with("refresh_token="))?;
    line.split(';').next()
}

#[tokio::test]
async fn signing_in_goes_on_with_the_request_that_it_interrupted() {
    let world = World::new().await;
    let client = world.client().await;
    world.sign_up(ADA).await;
    let page = world.ask(&Browser::default(), &client.request()).await;
    let to = hidden(&page.body).into_iter().find(|(name, _)| name == "to").expect("the way").1;
    let form = [("login", ADA), ("password", PASSWORD), ("to", to.as_str())];
    let answer = world.call::<SignIn>(Call::empty().form(&form)).await;
    assert_eq!(answer.status, 303, "never 307, which would hand the password on");
    let location = format!(
        "/api/v1/auth/oauth2/authorize?{}",
        query(&[
            ("client_id", &client.id),
            ("response_type", "code"),
            ("redirect_uri", &client.redirect_uri),
            ("state", "xyz"),
        ])
    );
    assert_eq!(answer.header("location"), Some(location.as_str()));
    assert_eq!(answer.cookies.len(), 2);
    let browser = Browser::default();
    browser.keep(&answer);
    let page = world.ask(&browser, &client.request()).await;
    assert!(page.body.contains("value=\"authorize\""), "{}", page.body);
}

#[tokio::test]
async fn a_wrong_password_shows_the_page_again_and_a_known_and_an_unknown_login_look_the_same() {
    let world = World::new().await;
    let client = world.client().await;
    world.sign_up(ADA).await;
    let to = query(&client.request());
    let mut seen = Vec::new();
    for login in [ADA, "bob@example.com"] {
        let form = [("login", login), ("password", "wrong"), ("to", to.as_str())];
        let answer = world.call::<SignIn>(Call::empty().form(&form)).await;
        assert_eq!((answer.status, is_open(&answer), answer.header("location")), (401, false, None));
        seen.push(unmarked(&answer.body).replace(login, "who"));
    }
    assert_eq!(seen[0], seen[1]);
    for form in [vec![], vec![("login", "\"><script>"), ("password", "x")], vec![("login", ADA)]] {
        let answer = world.call::<SignIn>(Call::empty().form(&form)).await;
        assert_eq!(answer.status, 401);
        assert!(!answer.body.contains("\"><script"), "{}", answer.body);
    }
}

#[tokio::test]
async fn too_many_wrong_passwords_let_the_login_rest() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let form = [("login", ADA), ("password", "wrong")];
    for _ in 0..10 {
        world.call::<SignIn>(Call::empty().form(&form)).await;
    }
    let answer = world.call::<SignIn>(Call::empty().form(&[("login", ADA), ("password", PASSWORD)])).await;
    assert_eq!((answer.status, is_open(&answer)), (429, false));
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn a_page_of_another_site_signs_nobody_in() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let call = Call::empty().form(&[("login", ADA), ("password", PASSWORD)]);
    let answer = world.call::<SignIn>(call.clone().header("origin", "https://evil.example")).await;
    assert_eq!((answer.status, answer.cookies.len()), (403, 0));
    assert_eq!(world.call::<SignIn>(call.header("origin", OURS)).await.status, 303);
}

#[tokio::test]
async fn the_way_on_is_always_one_of_our_own_pages() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    for to in ["", "https://evil.example/", "//evil.example", "client_id", "x=y"] {
        let form = [("login", ADA), ("password", PASSWORD), ("to", to)];
        let answer = world.call::<SignIn>(Call::empty().form(&form)).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/account")), "{to}");
    }
    let form = [("login", ADA), ("password", PASSWORD), ("to", "client_id=unknown&redirect_uri=https://evil.example/")];
    let answer = world.call::<SignIn>(Call::empty().form(&form)).await;
    assert_eq!((answer.status, answer.header("location"), answer.cookies.len()), (400, None, 0));
}

#[tokio::test]
async fn a_program_that_sends_the_hidden_fields_of_all_forms_comes_to_where_it_was_going() {
    let world = World::new().await.with_phones().await;
    world.sign_up(ADA).await;
    let client = world.client().await;
    let page = world.ask(&Browser::default(), &client.request()).await;
    let mut form = hidden(&page.body);
    assert_eq!(form.iter().filter(|(name, _)| name == "to").count(), 3);
    form.extend([("login", ADA), ("password", PASSWORD)].map(|(name, value)| (name.to_owned(), value.to_owned())));
    let pairs: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = world.call::<SignIn>(Call::empty().form(&pairs)).await;
    assert_eq!(answer.status, 303);
    let on = answer.header("location").expect("a way on");
    assert!(on.starts_with("/api/v1/auth/oauth2/authorize?client_id="), "{on}");
}

/// The sign-in page in a browser, which keeps its mark, and the form with the password filled in.
async fn shown(world: &World) -> (Browser, Vec<(String, String)>) {
    let browser = Browser::default();
    let page = world.call::<ShowSignIn>(browser.call()).await;
    browser.keep(&page);
    let (form, _) = page.body.split_once("</form>").expect("a form");
    let filled = [("login", ADA), ("password", PASSWORD)].map(|(name, value)| (name.to_owned(), value.to_owned()));
    (browser, hidden(form).into_iter().chain(filled).collect())
}

async fn send(world: &World, browser: &Browser, form: &[(String, String)]) -> Answer {
    let pairs: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    world.call::<SignIn>(browser.call().form(&pairs)).await
}

/// How many sessions the user of the browser has.
async fn sessions(world: &World, browser: &Browser) -> usize {
    let answer = world.call::<ListSessions>(browser.call()).await;
    body(&answer).as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_password_that_is_sent_twice_opens_one_session_and_both_answers_go_on() {
    let world = World::new().await;
    let before = sessions(&world, &world.sign_up(ADA).await).await;
    let (browser, form) = shown(&world).await;
    let twice = tokio::join!(send(&world, &browser, &form), send(&world, &browser, &form));
    let again = send(&world, &browser, &form).await;
    for answer in [&twice.0, &twice.1, &again] {
        assert_eq!((answer.status, answer.header("location")), (303, Some("/account")), "{}", answer.body);
        assert!(is_open(answer) && refresh_cookie(answer) == refresh_cookie(&twice.0));
    }
    browser.keep(&twice.0);
    assert_eq!(sessions(&world, &browser).await, before + 1);
}

#[tokio::test]
async fn a_password_that_is_sent_again_later_opens_another_session_in_place_of_the_first() {
    let world = World::new().await;
    let before = sessions(&world, &world.sign_up(ADA).await).await;
    let (browser, form) = shown(&world).await;
    let first = send(&world, &browser, &form).await;
    browser.keep(&first);
    // Back, and the button once more: the browser has another mark by then.
    let second = send(&world, &browser, &form).await;
    assert!(second.status == 303 && is_open(&second) && refresh_cookie(&second) != refresh_cookie(&first));
    browser.keep(&second);
    assert_eq!(sessions(&world, &browser).await, before + 1);
}

#[tokio::test]
async fn nobody_is_given_the_session_of_a_form_without_its_browser_its_password_or_within_another_minute() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let (browser, form) = shown(&world).await;
    let first = send(&world, &browser, &form).await;
    let elsewhere = send(&world, &Browser::default(), &form).await;
    assert!(is_open(&elsewhere) && refresh_cookie(&elsewhere) != refresh_cookie(&first));
    let wrong: Vec<_> = form.iter().map(|(name, value)| (name.clone(), value.replace(PASSWORD, "wrong"))).collect();
    let wrong = send(&world, &browser, &wrong).await;
    assert!(wrong.status == 401 && !is_open(&wrong), "{}", wrong.body);
    world.clock.advance(Seconds::minutes(1));
    let later = send(&world, &browser, &form).await;
    assert!(is_open(&later) && refresh_cookie(&later) != refresh_cookie(&first));
}

#[tokio::test]
async fn a_phone_that_is_sent_twice_from_the_sign_in_page_is_texted_once_and_both_answers_ask_for_the_code() {
    let world = World::new().await.with_phones().await;
    let form = [("phone", crate::phone::PHONE), ("to", ""), ("first", "yes")];
    let (first, second) = (
        world.call::<SendCode>(Call::empty().form(&form)).await,
        world.call::<SendCode>(Call::empty().form(&form)).await,
    );
    assert_eq!((first.status, second.status), (200, 200), "{}", second.body);
    assert_eq!(first.body, second.body);
    assert_eq!(world.codes().len(), 1);
}
