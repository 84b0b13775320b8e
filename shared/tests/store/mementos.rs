//! Mementos: kept, found, edited and forgotten.

use std::sync::Arc;

use local::faults::{Fault, On, Times};
use serde_json::json;
use shared::clock::Seconds;
use shared::id::UserId;
use shared::oauth::memento::{Edit, ItemId, Memento, MementoName};
use shared::store::{MOST_MEMENTOS, NotCreated, NotEdited, Registration, Search};
use shared::user::User;

use crate::world::{NOW, World, app};

/// The user of that number, if there is none yet.
async fn exists(world: &World, user: UserId) {
    let user = User { id: user, ..User::new(&world.random, NOW) };
    let registration =
        Registration { user, password: None, challenge: None, opening: None, source: "192.0.2.1".to_owned() };
    let _ = world.store.register(&app("demo"), &registration, &world.nonce(), NOW).await;
}

async fn create(world: &World, user: UserId, name: &str, second: i64) -> Memento {
    exists(world, user).await;
    let ring = world.store.ring(NOW).await.expect("a ring");
    let (name, at) = (MementoName::read(name).expect("a name"), NOW.plus(Seconds(second)));
    let memento = Memento::new(name, user, &app("demo"), &ring, &world.random, at);
    world.store.create_memento(&app("demo"), user, &memento).await.expect("created");
    memento
}

fn number(n: i64) -> ItemId {
    ItemId::Number(n)
}

#[tokio::test]
async fn a_memento_comes_back_as_it_was_edited() {
    let world = World::new();
    let ada = UserId::draw(&world.random);
    let made = create(&world, ada, "Tax 税", 0).await;
    let add = vec![ItemId::Text("a".to_owned()), number(-7), ItemId::Large(u64::MAX)];
    let edit = Edit { add, folder_add: vec![number(1)], remove: vec![number(-7)], folder_remove: Vec::new() };
    let later = NOW.plus(Seconds(9));
    let edited = world.store.edit_memento(&app("demo"), ada, &made.id, &edit, later).await.expect("edited");
    assert_eq!(edited.documents, [ItemId::Text("a".to_owned()), ItemId::Large(u64::MAX)]);
    assert_eq!(world.store.memento(&app("demo"), ada, &made.id).await.expect("answers"), Some(edited));
    let bob = UserId::draw(&world.random);
    assert_eq!(world.store.memento(&app("demo"), bob, &made.id).await.expect("answers"), None);
    let foreign = world.store.edit_memento(&app("demo"), bob, &made.id, &edit, later).await;
    assert!(matches!(foreign, Err(NotEdited::Unknown)));
}

#[tokio::test]
async fn edits_at_once_all_have_their_effect() {
    let world = Arc::new(World::new());
    let ada = UserId::draw(&world.random);
    let made = create(&world, ada, "Work", 0).await;
    let edits: Vec<_> = (0..4)
        .map(|n| {
            let (world, id) = (world.clone(), made.id.clone());
            let edit = Edit { add: vec![number(n)], ..Edit::default() };
            tokio::spawn(async move { world.store.edit_memento(&app("demo"), ada, &id, &edit, NOW).await.is_ok() })
        })
        .collect();
    for edit in edits {
        assert!(edit.await.expect("no panic"));
    }
    let mut documents =
        world.store.memento(&app("demo"), ada, &made.id).await.expect("answers").expect("one").documents;
    documents.sort_by_key(|id| format!("{id:?}"));
    assert_eq!(documents, (0..4).map(number).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_edit_whose_answer_got_lost_has_its_effect_once() {
    let world = World::new();
    let ada = UserId::draw(&world.random);
    let made = create(&world, ada, "Work", 0).await;
    world.faults.inject(Fault::AnswerLost, On::operation("UpdateItem"), Times::Once);
    let edit = Edit { add: vec![number(1)], ..Edit::default() };
    let edited = world.store.edit_memento(&app("demo"), ada, &made.id, &edit, NOW).await.expect("edited");
    assert_eq!(edited.documents, [number(1)]);
}

#[tokio::test]
async fn the_newest_come_first_page_by_page() {
    let world = World::new();
    let ada = UserId::draw(&world.random);
    for n in 0..7 {
        create(&world, ada, &format!("memento {n}"), n).await;
    }
    create(&world, UserId::draw(&world.random), "of somebody else", 0).await;
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let search = Search { after: after.as_ref(), ..Search::default() };
        let found = world.store.find_mementos(&app("demo"), ada, search, 3).await.expect("answers");
        let (page, more) = world.store.mementos(&app("demo"), ada, after.as_ref(), 3).await.expect("answers");
        let ids: Vec<_> = page.iter().map(|memento| &memento.id).collect();
        assert_eq!(ids, found.mementos.iter().map(|listed| &listed.id).collect::<Vec<_>>());
        assert_eq!(more, found.more);
        names.extend(found.mementos.iter().map(|listed| listed.name.as_str().to_owned()));
        after = found.mementos.last().map(|listed| listed.id.clone());
        if !found.more {
            break;
        }
    }
    assert_eq!(names, (0..7).rev().map(|n| format!("memento {n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_search_finds_what_the_name_contains_in_any_case() {
    let world = World::new();
    let ada = UserId::draw(&world.random);
    for name in ["Tax 2026", "tax 2025", "Holidays", "Überblick", "发票 2026"] {
        create(&world, ada, name, 0).await;
    }
    for (text, count) in [("TAX", 2), ("2026", 2), ("über", 1), ("发票", 1), ("", 5), ("nothing", 0), (" tax ", 2)] {
        let found = world.store.find_mementos(&app("demo"), ada, Search { text, after: None }, 10).await;
        assert_eq!(found.expect("answers").mementos.len(), count, "{text}");
    }
    let found = world.store.find_mementos(&app("demo"), ada, Search { text: "tax", after: None }, 1).await;
    assert!(found.expect("answers").more);
}

#[tokio::test]
async fn a_memento_is_deleted_once_and_named_no_more() {
    let world = World::new();
    let ada = UserId::draw(&world.random);
    let (one, two) = (create(&world, ada, "one", 0).await, create(&world, ada, "two", 1).await);
    let ids = [one.id.clone(), two.id.clone()];
    assert!(world.store.delete_memento(&app("demo"), ada, &one.id).await.expect("answers"));
    assert!(!world.store.delete_memento(&app("demo"), ada, &one.id).await.expect("answers"));
    assert_eq!(world.store.named_mementos(&app("demo"), ada, &ids).await.expect("answers"), [two]);
}

#[tokio::test]
async fn a_user_has_so_many_mementos_and_room_again_once_one_is_deleted() {
    let world = World::new();
    let ada = UserId::draw(&world.random);
    let first = create(&world, ada, "first", 0).await;
    let almost = json!({
        "TableName": "core",
        "Key": {"pk": {"S": format!("U#demo#{ada}")}, "sk": {"S": "USER"}},
        "UpdateExpression": "SET mementos = :almost",
        "ExpressionAttributeValues": {":almost": {"N": (MOST_MEMENTOS - 1).to_string()}},
    });
    world.raw("UpdateItem", &almost);
    create(&world, ada, "the last", 1).await;
    let ring = world.store.ring(NOW).await.expect("a ring");
    let memento = || {
        let name = MementoName::read("one more").expect("a name");
        Memento::new(name, ada, &app("demo"), &ring, &world.random, NOW)
    };
    let full = world.store.create_memento(&app("demo"), ada, &memento()).await;
    assert!(matches!(full, Err(NotCreated::TooMany)), "{full:?}");
    assert!(world.store.delete_memento(&app("demo"), ada, &first.id).await.expect("answers"));
    world.store.create_memento(&app("demo"), ada, &memento()).await.expect("there is room");
}

#[tokio::test]
async fn nobody_who_is_gone_has_a_memento() {
    let world = World::new();
    let nobody = UserId::draw(&world.random);
    let ring = world.store.ring(NOW).await.expect("a ring");
    let name = MementoName::read("an orphan").expect("a name");
    let memento = Memento::new(name, nobody, &app("demo"), &ring, &world.random, NOW);
    let created = world.store.create_memento(&app("demo"), nobody, &memento).await;
    assert!(matches!(created, Err(NotCreated::NoUser)), "{created:?}");
    assert_eq!(world.store.memento(&app("demo"), nobody, &memento.id).await.expect("answers"), None);
}
