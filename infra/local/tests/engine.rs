//! The embedded `DynamoDB`.

mod support;

use local::{
    engine::Engine,
    template::{Parameters, Template},
};
use serde_json::json;
use support::dynamodb;

const FIXTURE: &str = include_str!("../../template/tests/template.yaml");

#[tokio::test]
async fn a_test_engine_has_the_four_tables() {
    let engine = Engine::for_test().unwrap();
    let (status, tables) = dynamodb(&engine.endpoint(), "ListTables", json!({})).await.unwrap();
    assert_eq!((status, tables), (200, json!({ "TableNames": ["audit", "core", "live", "rate"] })));
}

#[tokio::test]
async fn two_test_engines_share_nothing() {
    let (first, second) = (Engine::for_test().unwrap(), Engine::for_test().unwrap());
    let item = json!({ "pk": { "S": "a" }, "sk": { "S": "b" } });
    let put = json!({ "TableName": "core", "Item": item });
    assert_eq!(dynamodb(&first.endpoint(), "PutItem", put).await.unwrap().0, 200);
    let get = json!({ "TableName": "core", "Key": item });
    assert_eq!(dynamodb(&first.endpoint(), "GetItem", get.clone()).await.unwrap().1["Item"], item);
    assert_eq!(dynamodb(&second.endpoint(), "GetItem", get).await.unwrap().1, json!({}));
}

#[tokio::test]
async fn a_file_keeps_its_items_and_takes_the_same_template_again() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("dynamodb.sqlite");
    let tables = Template::parse(FIXTURE, &Parameters::new()).unwrap().tables;
    let item = json!({ "pk": { "S": "a" }, "sk": { "S": "b" } });
    let first = Engine::file(0, &file, &tables).unwrap();
    let put = json!({ "TableName": "latchet-live", "Item": item });
    assert_eq!(dynamodb(&first.endpoint(), "PutItem", put).await.unwrap().0, 200);
    drop(first);

    let second = Engine::file(0, &file, &tables).unwrap();
    let get = json!({ "TableName": "latchet-live", "Key": item });
    assert_eq!(dynamodb(&second.endpoint(), "GetItem", get).await.unwrap().1["Item"], item);
    let describe = json!({ "TableName": "latchet-live" });
    let ttl = dynamodb(&second.endpoint(), "DescribeTimeToLive", describe).await.unwrap().1;
    assert_eq!(ttl["TimeToLiveDescription"]["AttributeName"], "ttl");
}

#[test]
fn a_file_whose_table_has_other_keys_is_refused_with_a_way_out() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("dynamodb.sqlite");
    let mut tables = Template::parse(FIXTURE, &Parameters::new()).unwrap().tables;
    drop(Engine::file(0, &file, &tables).unwrap());
    for table in &mut tables {
        table.create["KeySchema"][0]["AttributeName"] = json!("id");
        table.create["AttributeDefinitions"][0]["AttributeName"] = json!("id");
    }
    let error = format!("{:#}", Engine::file(0, &file, &tables).unwrap_err());
    assert!(error.contains("has other keys") && error.contains("remove the database"), "{error}");
}

#[tokio::test]
async fn a_dropped_engine_answers_nobody() {
    let engine = Engine::for_test().unwrap();
    let endpoint = engine.endpoint();
    drop(engine);
    assert!(support::client().unwrap().get(endpoint).send().await.is_err());
}

#[test]
fn a_taken_port_is_told_apart() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let error = Engine::memory(port, &[]).unwrap_err();
    assert!(local::port_was_taken(&error), "{error:#}");
}

/// Of the local run of a month, each write would read the month.
#[tokio::test]
async fn a_file_keeps_its_streams_for_a_day_and_finds_their_ends_by_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("dynamodb.sqlite");
    let engine = Engine::for_test_in(&file).unwrap();
    let item = json!({ "pk": { "S": "a" }, "sk": { "S": "b" } });
    let put = json!({ "TableName": "core", "Item": item });
    assert_eq!(dynamodb(&engine.endpoint(), "PutItem", put.clone()).await.unwrap().0, 200);
    assert_eq!(engine.changes().unwrap().after("core", None).unwrap().len(), 1);
    drop(engine);
    let engine = Engine::for_test_in(&file).unwrap();
    assert_eq!(engine.changes().unwrap().after("core", None).unwrap().len(), 1, "it is of today");
    drop(engine);

    let text = file.to_str().unwrap();
    let storage = dynoxide::storage::Storage::new(text).unwrap();
    let plan = "EXPLAIN QUERY PLAN SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = 'core'";
    let found: String = storage.conn().query_row(plan, [], |row| row.get(3)).unwrap();
    assert!(found.contains("INDEX stream_order"), "{found}");
    storage.conn().execute_batch("UPDATE _stream_records SET created_at = created_at - 86401").unwrap();
    drop(storage);
    let engine = Engine::for_test_in(&file).unwrap();
    assert_eq!(engine.changes().unwrap().after("core", None).unwrap().len(), 0, "it is of yesterday");
    assert_eq!(dynamodb(&engine.endpoint(), "PutItem", put).await.unwrap().0, 200);
}
