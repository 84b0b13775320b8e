//! The list of mementos, without script: search, pages, ticks that stay, one made on the spot.

use serde_json::json;
use shared::clock::Seconds;

use crate::mementos::create;
use crate::world::{ADA, World, body, text};

fn tick(id: &str, checked: bool) -> String {
    format!("<input type=\"checkbox\" name=\"m\" value=\"{id}\"{}>", if checked { " checked" } else { "" })
}

#[tokio::test]
async fn what_is_ticked_stays_ticked_through_search_and_pages() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let tax = create(&world, &browser, "Tax").await;
    world.clock.advance(Seconds(1));
    for n in 0..60 {
        create(&world, &browser, &format!("memento {n}")).await;
    }
    let tax = text(&tax, "id");
    let page = world.ask(&browser, &client.request()).await;
    assert_eq!(page.body.matches("type=\"checkbox\" name=\"m\"").count(), 50);
    let page = world.decide(&browser, &page, &[("q", "TAX"), ("action", "search")]).await;
    assert_eq!(page.body.matches("type=\"checkbox\" name=\"m\"").count(), 1);
    assert!(page.body.contains(&tick(tax, false)), "{}", page.body);
    let page = world.decide(&browser, &page, &[("m", tax), ("q", "memento 7"), ("action", "search")]).await;
    assert!(page.body.contains(&tick(tax, true)) && page.body.contains(">memento 7<"), "{}", page.body);
    let page = world.decide(&browser, &page, &[("m", tax), ("q", ""), ("action", "search")]).await;
    let page = world.decide(&browser, &page, &[("m", tax), ("action", "more")]).await;
    assert_eq!(page.body.matches("type=\"checkbox\" name=\"m\"").count(), 11, "ten more, and the ticked one once");
    let answer = world.decide(&browser, &page, &[("m", tax), ("action", "authorize")]).await;
    assert_eq!(answer.status, 303);
    let page = world.ask(&browser, &client.request()).await;
    assert!(page.body.contains(&tick(tax, true)), "remembered, though it is on the second page");
    assert_eq!(page.body.matches(" checked>").count(), 1);
}

#[tokio::test]
async fn a_memento_is_made_on_the_spot_and_ticked() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    assert!(!page.body.contains("name=\"q\""), "there is nothing to look for");
    let page = world.decide(&browser, &page, &[("new", " "), ("action", "make")]).await;
    assert!(page.body.contains("1 to 200 characters"), "{}", page.body);
    let long = "x".repeat(201);
    let page = world.decide(&browser, &page, &[("new", long.as_str()), ("action", "make")]).await;
    assert!(page.body.contains(&format!("value=\"{long}\"")), "what was typed stays: {}", page.body);
    let page = world.decide(&browser, &page, &[("new", "<b>Tax</b>"), ("action", "make")]).await;
    assert!(page.body.contains("&#60;b&#62;Tax&#60;/b&#62;") && page.body.contains(" checked>"), "{}", page.body);
    // Enter in the field presses the form's first button, which is the search.
    let page = world.decide(&browser, &page, &[("q", ""), ("action", "search"), ("new", "by Enter")]).await;
    assert!(page.body.contains(">by Enter<") && page.body.contains("Created and ticked"), "{}", page.body);
    let mementos = body(&world.call::<oauth::mementos::List>(browser.call()).await);
    let mut names: Vec<_> = mementos.as_array().expect("a list").iter().map(|memento| &memento["name"]).collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, [&json!("<b>Tax</b>"), &json!("by Enter")]);
}

#[tokio::test]
async fn a_client_may_ask_for_a_memento_by_name_and_the_user_decides() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let (asked, other) = (create(&world, &browser, "asked").await, create(&world, &browser, "other").await);
    let id = text(&asked, "id");
    let details = json!([{"type": "memento", "identifier": id}, {"type": "memento", "identifier": "x"}]).to_string();
    let mut request = client.request();
    request.push(("authorization_details", &details));
    let page = world.ask(&browser, &request).await;
    assert!(page.body.contains(&tick(id, true)) && page.body.contains(&tick(text(&other, "id"), false)));
}

#[tokio::test]
async fn more_ticks_than_a_grant_holds_are_refused_in_words() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let mut ids = Vec::new();
    for n in 0..101 {
        ids.push(text(&create(&world, &browser, &format!("{n}")).await, "id").to_owned());
    }
    let page = world.ask(&browser, &client.request()).await;
    let mut filled: Vec<_> = ids.iter().map(|id| ("m", id.as_str())).collect();
    filled.push(("action", "authorize"));
    let answer = world.decide(&browser, &page, &filled).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("at most 100"), "{}", answer.body);
    assert_eq!(world.decide(&browser, &answer, &filled[1..]).await.status, 303);
}

#[tokio::test]
async fn a_memento_that_is_made_twice_by_one_form_is_made_once_and_ticked_both_times() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let page = world.ask(&browser, &client.request()).await;
    let make = [("new", "Tax"), ("action", "make")];
    let first = world.decide(&browser, &page, &make).await;
    world.clock.advance_millis(400);
    let again = world.decide(&browser, &page, &make).await;
    for answer in [&first, &again] {
        assert!(answer.body.contains("Created and ticked") && answer.body.contains(" checked>"), "{}", answer.body);
    }
    let names = async || {
        let listed = body(&world.call::<oauth::mementos::List>(browser.call()).await);
        let items = listed.as_array().expect("a list").clone();
        items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["Tax"]);
    // Another name, or the same one on the page that followed, is another memento. Those of one second come newest first.
    world.clock.advance_millis(10);
    world.decide(&browser, &page, &[("new", "Work"), ("action", "make")]).await;
    world.clock.advance_millis(10);
    world.decide(&browser, &first, &make).await;
    assert_eq!(names().await, ["Tax", "Work", "Tax"]);
}
