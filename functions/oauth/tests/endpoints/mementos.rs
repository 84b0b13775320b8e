//! A user's mementos, for the user and for clients: `docs/api/oauth.md#mementos`.

use oauth::mementos::{Create, Delete, Edit, List, ShowMemento};
use serde_json::{Value, json};

use crate::world::{ADA, BEARER, Browser, Call, World, body, refusal, text};

pub(crate) async fn create(world: &World, browser: &Browser, name: &str) -> Value {
    let answer = world.call::<Create>(browser.call().json(&json!({"name": name}))).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    body(&answer)
}

#[tokio::test]
async fn a_memento_is_made_filled_shown_listed_and_deleted() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let made = create(&world, &browser, " Tax 税 ").await;
    let id = text(&made, "id");
    let at = "2027-01-15T08:00:00Z";
    assert_eq!(
        made,
        json!({"id": id, "name": "Tax 税", "document_ids": [], "folder_ids": [], "created": at, "modified": at})
    );
    let edit = json!({"memento": id, "add": ["a", 7, "a"], "folder_add": [1], "remove": ["zz"]});
    let answer = world.call::<Edit>(browser.call().path("id", id).json(&edit)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let edited = body(&answer);
    assert_eq!((&edited["document_ids"], &edited["folder_ids"]), (&json!(["a", 7]), &json!([1])));
    assert_eq!(body(&world.call::<ShowMemento>(browser.call().path("id", id)).await), edited);
    assert_eq!(body(&world.call::<List>(browser.call()).await), json!([edited]));
    let answer = world.call::<Delete>(browser.call().path("id", id)).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    for answer in [
        world.call::<ShowMemento>(browser.call().path("id", id)).await,
        world.call::<Delete>(browser.call().path("id", id)).await,
        world.call::<Edit>(browser.call().path("id", id).json(&json!({}))).await,
    ] {
        assert_eq!(refusal(&answer), (404, "unknown_memento".to_owned()));
    }
}

#[tokio::test]
async fn another_users_memento_is_as_unknown_as_none() {
    let world = World::new().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let of_bob = create(&world, &bob, "Bob's").await;
    for id in [text(&of_bob, "id"), "x", "", &"0".repeat(40)] {
        for answer in [
            world.call::<ShowMemento>(ada.call().path("id", id)).await,
            world.call::<Delete>(ada.call().path("id", id)).await,
            world.call::<Edit>(ada.call().path("id", id).json(&json!({"add": ["x"]}))).await,
        ] {
            assert_eq!(refusal(&answer), (404, "unknown_memento".to_owned()), "{id}");
        }
    }
    assert_eq!(body(&world.call::<List>(bob.call()).await), json!([of_bob]));
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for wrong in [json!({}), json!({"name": ""}), json!({"name": 1}), json!({"name": "x".repeat(201)})] {
        let answer = world.call::<Create>(browser.call().json(&wrong)).await;
        assert_eq!(refusal(&answer), (400, "invalid_fields".to_owned()), "{wrong}");
    }
    let made = create(&world, &browser, "Work").await;
    let id = text(&made, "id");
    let edit = async |change: Value| {
        let answer = world.call::<Edit>(browser.call().path("id", id).json(&change)).await;
        refusal(&answer)
    };
    for wrong in
        [json!("a"), json!([1.5]), json!([true]), json!([null]), json!([[]]), json!([""]), json!(["x".repeat(129)])]
    {
        for name in ["add", "folder_add", "remove"] {
            assert_eq!(edit(json!({(name): wrong})).await, (400, "invalid_fields".to_owned()), "{name} {wrong}");
        }
    }
    assert_eq!(edit(json!({"memento": "other"})).await, (400, "other_memento".to_owned()));
    assert_eq!(edit(json!({"memento": 1})).await, (400, "other_memento".to_owned()));
    let many: Vec<_> = (0..1001).collect();
    assert_eq!(edit(json!({"add": many})).await, (400, "too_many".to_owned()));
    let answer = world.call::<Create>(browser.call().raw_form("[]")).await;
    assert_eq!(refusal(&answer), (400, "malformed_body".to_owned()));
}

#[tokio::test]
async fn a_long_list_is_read_stretch_by_stretch() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    for n in 0..5 {
        create(&world, &browser, &format!("memento {n}")).await;
    }
    let all = body(&world.call::<List>(browser.call()).await);
    let first = world.call::<List>(browser.call().query("limit", "3")).await;
    let last = text(&body(&first)[2], "id").to_owned();
    let next = format!("</api/v1/mementos/?limit=3&after={last}>; rel=\"next\"");
    assert_eq!(first.header("link"), Some(next.as_str()));
    let rest = world.call::<List>(browser.call().query("limit", "3").query("after", &last)).await;
    assert_eq!(rest.header("link"), None);
    let both: Vec<_> = [body(&first), body(&rest)].iter().flat_map(|page| page.as_array().unwrap().clone()).collect();
    assert_eq!(Value::from(both), all);
    for (name, value) in [("limit", "0"), ("limit", "x"), ("after", "x")] {
        let answer = world.call::<List>(browser.call().query(name, value)).await;
        assert_eq!(refusal(&answer), (400, "invalid_fields".to_owned()), "{name}={value}");
    }
}

#[tokio::test]
async fn a_client_reads_what_it_was_let_see_and_nothing_else() {
    let world = World::new().await;
    let (client, browser) = (world.client().await, world.sign_up(ADA).await);
    let (seen, unseen) = (create(&world, &browser, "seen").await, create(&world, &browser, "unseen").await);
    let (id, other) = (text(&seen, "id"), text(&unseen, "id"));
    let tokens = world.tokens(&browser, &client, &[id]).await;
    let call = || Call::empty().bearer(text(&tokens, "access_token"));
    assert_eq!(body(&world.call::<List>(call()).await), json!([seen]));
    assert_eq!(body(&world.call::<ShowMemento>(call().path("id", id)).await), seen);
    let hidden = world.call::<ShowMemento>(call().path("id", other)).await;
    assert_eq!(refusal(&hidden), (404, "unknown_memento".to_owned()));
    for answer in [
        world.call::<Create>(call().json(&json!({"name": "x"}))).await,
        world.call::<Delete>(call().path("id", id)).await,
        world.call::<Edit>(call().path("id", id).json(&json!({"add": ["x"]}))).await,
    ] {
        assert_eq!(refusal(&answer), (403, "insufficient_scope".to_owned()));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
    }
    assert_eq!(world.call::<Delete>(browser.call().path("id", id)).await.status, 204);
    assert_eq!(world.call::<List>(call()).await.body, "[]");
    assert_eq!(world.introspect(&client, text(&tokens, "access_token")).await["mementos"], json!([]));
}

#[tokio::test]
async fn nobody_changes_mementos_from_a_page_of_another_site() {
    let world = World::new().await;
    let browser = world.sign_up(ADA).await;
    let call = browser.call().json(&json!({"name": "x"})).header("origin", "https://evil.example");
    assert_eq!(refusal(&world.call::<Create>(call).await), (403, "foreign_origin".to_owned()));
    let nobody = world.call::<List>(Call::empty()).await;
    assert_eq!((nobody.status, nobody.header("www-authenticate")), (401, Some(BEARER)));
}
