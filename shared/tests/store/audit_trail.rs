//! The audit trail's own table: each change is one entry, however it is delivered, and entries are found by user and by day.

use std::collections::BTreeSet;

use local::faults::{Death, Fault, On, Times};
use serde_json::Value;
use shared::audit::{Author, KEPT};
use shared::clock::Seconds;
use shared::store::{Change, Trail};

use crate::audit_scene::Scene;
use crate::world::{NOW, app, session};

/// The trail of the world.
fn trail(scene: &Scene) -> Trail {
    Trail::new(&scene.world.aws(), "audit".to_owned(), "live".to_owned())
}

fn changes(records: &[Value]) -> Vec<Change> {
    records.iter().map(|record| Change::read(record).expect("a change")).collect()
}

#[tokio::test]
async fn a_change_that_is_delivered_again_or_in_another_order_is_one_entry() {
    let mut scene = Scene::new();
    let (demo, trail) = (app("demo"), trail(&scene));
    let ada = scene.register("ada@example.com").await.user;
    scene.store.give_role(&demo, ada.id, &"editor".parse().expect("a role")).await.expect("given");
    let mut records = scene.records();
    trail.note(&changes(&records), KEPT).await.expect("writes");
    let once = trail.of_user(&demo, ada.id, NOW.minus(Seconds::days(9999)), 100).await.expect("answers");
    assert_eq!(once.iter().map(|entry| entry.act.as_str()).collect::<BTreeSet<_>>().len(), 3, "{once:?}");
    records.reverse();
    trail.note(&changes(&records), KEPT).await.expect("writes");
    trail.note(&changes(&records[..1]), KEPT).await.expect("writes");
    assert_eq!(trail.of_user(&demo, ada.id, NOW.minus(Seconds::days(9999)), 100).await.expect("answers"), once);
}

#[tokio::test]
async fn a_batch_that_ended_between_two_writes_is_whole_when_it_comes_again() {
    let mut scene = Scene::new();
    let (demo, trail) = (app("demo"), trail(&scene));
    let ada = scene.register("ada@example.com").await.user;
    let records = scene.records();
    let long_ago = NOW.minus(Seconds::days(9999));
    for fault in [Fault::Drop, Fault::AnswerLost, Fault::Throttle] {
        let said = format!("{fault:?}");
        scene.world.faults.inject(fault, On::operation("PutItem"), Times::Forever);
        assert!(trail.note(&changes(&records), KEPT).await.is_err(), "{said}");
        scene.world.faults.heal();
    }
    trail.note(&changes(&records), KEPT).await.expect("writes");
    let entries = trail.of_user(&demo, ada.id, long_ago, 100).await.expect("answers");
    assert_eq!(
        entries.iter().map(|entry| entry.act.as_str()).collect::<BTreeSet<_>>(),
        ["session_opened", "user_created"].into()
    );
    assert_eq!(entries.len(), 2);
}

#[tokio::test]
async fn wherever_the_writing_of_a_batch_is_killed_the_next_delivery_leaves_each_entry_once() {
    for death in Death::each() {
        let mut scene = Scene::new();
        let (demo, trail) = (app("demo"), trail(&scene));
        let ada = scene.register("ada@example.com").await.user;
        scene.store.give_role(&demo, ada.id, &"editor".parse().expect("a role")).await.expect("given");
        let changes = changes(&scene.records());
        let ended = scene.world.faults.kill(death, trail.note(&changes, KEPT)).await;
        trail.note(&changes, KEPT).await.expect("writes");
        let entries = trail.of_user(&demo, ada.id, NOW.minus(Seconds::days(9999)), 100).await.expect("answers");
        let mut acts: Vec<_> = entries.iter().map(|entry| entry.act.as_str()).collect();
        acts.sort_unstable();
        assert_eq!(acts, ["role_given", "session_opened", "user_created"], "{death:?}");
        if ended.is_some() {
            return;
        }
    }
}

#[tokio::test]
async fn a_deletion_names_who_asked_for_it_and_what_ends_by_its_time_names_nobody() {
    let mut scene = Scene::new();
    let (demo, trail) = (app("demo"), trail(&scene));
    let ada = scene.register("ada@example.com").await;
    scene.records();
    let operator = scene.world.store.on_behalf_of(Author::operator("arn:aws:iam::1:user/grace"));
    assert!(operator.delete_user(&demo, &ada.user, &session(&ada).id, NOW).await.expect("answers"));
    let records = scene.records();
    trail.note(&changes(&records), KEPT).await.expect("writes");
    let entries = trail.of_user(&demo, ada.user.id, NOW.minus(Seconds::days(9999)), 100).await.expect("answers");
    let deleted = entries.iter().find(|entry| entry.act == "user_deleted").expect("told");
    assert_eq!(deleted.author, Some(Author::operator("arn:aws:iam::1:user/grace")));

    let mut expired = records.iter().find(|record| record["eventName"] == "REMOVE").expect("one").clone();
    expired["userIdentity"] = serde_json::json!({"type": "Service", "principalId": "dynamodb.amazonaws.com"});
    assert_eq!(Change::read(&expired).expect("a change").entries(), []);
}

#[tokio::test]
async fn an_apps_entries_are_found_by_day_without_sessions_and_an_expiry_is_set() {
    let mut scene = Scene::new();
    let (demo, trail) = (app("demo"), trail(&scene));
    let ada = scene.register("ada@example.com").await.user;
    let records = scene.records();
    trail.note(&changes(&records), Seconds::days(30)).await.expect("writes");
    let written = scene.world.raw("Scan", &serde_json::json!({"TableName": "audit"}));
    for item in written["Items"].as_array().expect("items") {
        let number =
            |name: &str| item[name]["N"].as_str().and_then(|number| number.parse::<i64>().ok()).expect("a number");
        assert_eq!(number("ttl") - number("at"), Seconds::days(30).0);
    }
    // The engine's clock is this machine's.
    let at = changes(&records)[0].entries()[0].at;
    let (since, until) = (at.minus(Seconds::days(2)), at.plus(Seconds::days(1)));
    let found = trail.of_app(Some(&demo), since, until, 100).await.expect("answers");
    assert_eq!(
        found.iter().map(|entry| (entry.act.as_str(), entry.user)).collect::<Vec<_>>(),
        [("user_created", Some(ada.id))]
    );
    assert_eq!(trail.of_app(Some(&app("other")), since, until, 100).await.expect("answers"), []);
    assert_eq!(trail.of_app(Some(&demo), at.plus(Seconds(5)), until, 100).await.expect("answers"), []);
}
