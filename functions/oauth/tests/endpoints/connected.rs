//! The page of the connected apps.

use browser::EndSessions;
use oauth::SignIn;
use oauth::account_page::{ChangeApps, ShowApps};
use serde_json::json;
use shared::oauth::client::Client;

use crate::mementos::create;
use crate::world::{ADA, Browser, Call, PASSWORD, World, hidden, text};

async fn act(world: &World, browser: &Browser, page: &str, filled: &[(&str, &str)]) -> runtime::Answer {
    let hidden = hidden(page);
    let pairs: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    world.call::<ChangeApps>(browser.call().form(&[pairs.as_slice(), filled].concat())).await
}

#[tokio::test]
async fn a_person_sees_each_app_changes_what_it_sees_and_disconnects_it() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let client = world.register(|client| Client { name: "<script>".to_owned(), ..client }).await;
    let (one, two) = (create(&world, &browser, "one").await, create(&world, &browser, "two").await);
    let tokens = world.tokens(&browser, &client, &[text(&one, "id")]).await;
    let page = world.call::<ShowApps>(browser.call()).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("<li>one</li>") && !page.body.contains("<li>two</li>"), "{}", page.body);
    assert!(page.body.contains("&#60;script&#62;") && !page.body.contains("<script"), "{}", page.body);
    let page = world.call::<ShowApps>(browser.call().query("client", &client.id)).await;
    assert_eq!(page.body.matches(" checked>").count(), 1, "{}", page.body);
    let found = act(&world, &browser, &page.body, &[("m", text(&one, "id")), ("q", "two"), ("action", "search")]).await;
    assert!(found.body.contains(">two<") && found.body.matches(" checked>").count() == 1, "{}", found.body);
    let saved = act(&world, &browser, &page.body, &[("m", text(&two, "id")), ("action", "save")]).await;
    assert_eq!((saved.status, saved.header("location")), (303, Some("/account/apps")));
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await["mementos"], json!([two["id"]]));
    let page = world.call::<ShowApps>(browser.call()).await;
    assert_eq!(act(&world, &browser, &page.body, &[("action", "disconnect")]).await.status, 303);
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await, json!({"active": false}));
    assert!(world.call::<ShowApps>(browser.call()).await.body.contains("No app has access"));
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first() {
    let world = World::new().await;
    let page = world.call::<ShowApps>(Call::empty()).await;
    assert!(page.status == 200 && page.body.contains("type=\"password\""), "{}", page.body);
}

#[tokio::test]
async fn a_form_without_the_sessions_own_ticket_changes_nothing() {
    let world = World::new().await;
    let (client, ada, bob) = (world.client().await, world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let tokens = world.tokens(&ada, &client, &[]).await;
    world.tokens(&bob, &client, &[]).await;
    let of_bob = world.call::<ShowApps>(bob.call()).await;
    let of_ada = world.call::<ShowApps>(ada.call()).await;
    for (browser, page) in [(&ada, of_bob.body.as_str()), (&bob, of_ada.body.as_str())] {
        assert_eq!(act(&world, browser, page, &[("action", "disconnect")]).await.status, 403);
    }
    // Who is signed in no more is asked to sign in.
    let nobody = act(&world, &Browser::default(), &of_ada.body, &[("action", "disconnect")]).await;
    assert!(nobody.status == 200 && nobody.body.contains("type=\"password\""), "{}", nobody.body);
    let bare = ada.call().form(&[("client", client.id.as_str()), ("action", "disconnect")]);
    assert_eq!(world.call::<ChangeApps>(bare).await.status, 403);
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await["active"], true);
}

#[tokio::test]
async fn what_was_ticked_comes_back_when_the_session_ended_meanwhile() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    world.tokens(&browser, &client, &[]).await;
    let page = world.call::<ShowApps>(browser.call()).await;
    world.call::<EndSessions>(browser.call()).await;
    let asked =
        act(&world, &browser, &page.body, &[("m", "one"), ("m", "two"), ("new", "Trip"), ("action", "save")]).await;
    assert!(asked.status == 200 && asked.body.contains("name=\"password\""), "{}", asked.body);
    let to = hidden(&asked.body).into_iter().find(|(name, _)| name == "to").expect("a way back").1;
    let form = [("login", ADA), ("password", PASSWORD), ("to", to.as_str())];
    let back = world.call::<SignIn>(Call::empty().form(&form)).await;
    let location = back.header("location").expect("a way back");
    assert!(
        location.starts_with("/account/apps?client=") && location.ends_with("&new=Trip&m=&m=one&m=two"),
        "{location}"
    );
    // To disconnect an app is asked again.
    let asked = act(&world, &browser, &page.body, &[("action", "disconnect")]).await;
    assert!(!asked.body.contains("client%3D"), "{}", asked.body);
}
