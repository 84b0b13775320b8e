//! The consent page of somebody with five thousand mementos.

use std::collections::BTreeMap;

use oauth::me::Me;
use runtime::Answer;
use shared::id::UserId;
use shared::oauth::memento::{Memento, MementoName};

use crate::world::{ADA, Browser, Known, World, body, text};

const MANY: usize = 5000;
/// As many as are made in one second.
const AT_ONCE: usize = 100;
/// A page of fifty, and of a hundred ticks besides, in bytes: with room, and far below what five thousand would need.
const FIFTY: usize = 20 * 1024;
const FULL: usize = 34 * 1024;

/// Somebody's mementos, `number 0` the oldest: their ids in that order.
async fn collect(world: &World, browser: &Browser) -> Vec<String> {
    let me = body(&world.call::<Me<false>>(browser.call()).await);
    let user: UserId = text(&me, "id").parse().expect("an id");
    let app = "default".parse().expect("an app id");
    let ring = world.ctx.store.ring(world.ctx.now()).await.expect("a ring");
    let mut ids = Vec::new();
    for first in (0..MANY).step_by(AT_ONCE) {
        let made: Vec<_> = (first..first + AT_ONCE)
            .map(|number| {
                world.clock.advance_millis(1);
                let now = world.clock.within(world.ctx.now());
                let name = MementoName::read(&format!("Number {number}")).expect("a name");
                Memento::new(name, user, &app, &ring, &world.ctx.random, now)
            })
            .collect();
        for memento in &made {
            world.ctx.store.create_memento(&app, user, memento).await.expect("written");
        }
        ids.extend(made.into_iter().map(|memento| memento.id.to_string()));
    }
    ids
}

fn boxes(page: &Answer) -> Vec<(&str, bool)> {
    let inputs = page.body.split("<input type=\"checkbox\" name=\"m\" value=\"").skip(1);
    inputs
        .map(|rest| {
            let (id, rest) = rest.split_once('"').expect("an end");
            (id, rest.starts_with(" checked"))
        })
        .collect()
}

/// What it cost to get `page` since the last time somebody asked.
fn calls(world: &World) -> BTreeMap<String, usize> {
    let calls = world.dynamodb.calls().into_iter().filter(|(_, count)| *count > 0).collect();
    world.dynamodb.reset_calls();
    calls
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

async fn asked() -> (World, Known, Browser, Vec<String>) {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let ids = collect(&world, &browser).await;
    world.ask(&browser, &client.request()).await;
    world.dynamodb.reset_calls();
    (world, client, browser, ids)
}

#[tokio::test]
async fn of_five_thousand_mementos_fifty_are_shown_for_as_many_calls_as_of_none() {
    let (world, client, browser, ids) = asked().await;
    let page = world.ask(&browser, &client.request()).await;
    assert_eq!(calls(&world), counts([("GetItem", 3), ("Query", 1), ("UpdateItem", 1)]));
    let newest: Vec<_> = boxes(&page);
    assert_eq!(newest.len(), 50);
    assert!(newest.iter().all(|(id, ticked)| !ticked && ids[MANY - AT_ONCE..].iter().any(|known| known == id)));
    assert!(page.body.len() < FIFTY, "{} bytes", page.body.len());

    let page = world.decide(&browser, &page, &[("action", "more")]).await;
    assert_eq!(calls(&world), counts([("GetItem", 3), ("Query", 1), ("UpdateItem", 1)]));
    let next: Vec<_> = boxes(&page).into_iter().map(|(id, _)| id.to_owned()).collect();
    assert_eq!(next.len(), 50);
    assert!(next.iter().all(|id| newest.iter().all(|(shown, _)| shown != id)));
    assert!(page.body.len() < FIFTY, "{} bytes", page.body.len());
}

#[tokio::test]
async fn of_five_thousand_mementos_the_server_finds_the_one_and_keeps_a_hundred_ticks_on_top() {
    let (world, client, browser, ids) = asked().await;
    let page = world.ask(&browser, &client.request()).await;
    world.dynamodb.reset_calls();
    let page = world.decide(&browser, &page, &[("q", "number 4321"), ("action", "search")]).await;
    assert_eq!(boxes(&page), [(ids[4321].as_str(), false)]);
    // A query reads a megabyte at a time.
    let found = calls(&world);
    assert!((1..=3).contains(&found["Query"]), "{found:?}");
    assert!(page.body.len() < FIFTY, "{} bytes", page.body.len());

    let mut ticked: Vec<_> = ids.iter().step_by(MANY / 100).map(String::as_str).collect();
    let mut filled: Vec<_> = ticked.iter().map(|id| ("m", *id)).collect();
    filled.extend([("q", ""), ("action", "search")]);
    let page = world.decide(&browser, &page, &filled).await;
    assert_eq!(calls(&world)["Query"], 1);
    let shown = boxes(&page);
    let mut on_top: Vec<_> = shown[..100].iter().filter(|(_, ticked)| *ticked).map(|(id, _)| *id).collect();
    on_top.sort_unstable();
    ticked.sort_unstable();
    assert_eq!(on_top, ticked, "what is ticked is on top");
    assert!(shown[100..].iter().all(|(_, ticked)| !ticked) && shown.len() <= 150, "{}", shown.len());
    assert!(page.body.len() < FULL, "{} bytes", page.body.len());

    let pairs: Vec<_> = ticked.iter().map(|id| ("m", *id)).chain([("action", "authorize")]).collect();
    assert_eq!(world.decide(&browser, &page, &pairs).await.status, 303);
    let grants = body(&world.call::<oauth::grants::List>(browser.call()).await);
    assert_eq!(grants[0]["mementos"].as_array().map(Vec::len), Some(100));
}
