//! Signing in on the way to a client.

use oauth::SignIn;
use runtime::query;

use crate::world::{ADA, Browser, Call, OURS, PASSWORD, World, hidden};

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
        assert_eq!((answer.status, answer.cookies.len(), answer.header("location")), (401, 0, None));
        seen.push(answer.body.replace(login, "who"));
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
    assert_eq!((answer.status, answer.cookies.len()), (429, 0));
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
