//! `cargo ops webhook`: endpoints and deliveries of an app.

#[expect(dead_code, reason = "each test uses its part of it")]
mod support;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use shared::store::Settled;
use shared::webhook::delivery::{Parcel, Stage};
use support::World;

const URL: &str = "http://127.0.0.1:9/hooks";

fn webhook(world: &World, arguments: &[&str]) -> Result<Vec<Value>> {
    let output = world.ops(&[&["webhook"], arguments].concat())?;
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    let lines = String::from_utf8(output.stdout)?;
    Ok(lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| json!(line))).collect())
}

fn refused(world: &World, arguments: &[&str]) -> Result<String> {
    let output = world.ops(&[&["webhook"], arguments].concat())?;
    assert!(!output.status.success(), "{arguments:?}: {output:?}");
    Ok(String::from_utf8(output.stderr)?)
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name].as_str().with_context(|| format!("{name}: {value}"))
}

#[tokio::test]
async fn a_secret_is_shown_once_and_again_another_after_a_rotation() -> Result<()> {
    let world = World::new().await?;
    let added = webhook(&world, &["add", "shop", URL, "--events", "user.created,session.opened"])?.remove(0);
    let (id, secret) = (text(&added, "endpoint")?, text(&added, "secret")?);
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{}", secret.len());
    assert_eq!(added["events"], json!(["session.opened", "user.created"]));
    let rotated = webhook(&world, &["rotate", "shop", id])?.remove(0);
    assert_ne!(text(&rotated, "secret")?, secret);
    let listed = webhook(&world, &["list", "shop"])?;
    assert_eq!((listed.len(), &listed[0]["url"], &listed[0]["off"]), (1, &json!(URL), &Value::Null));
    assert!(!format!("{listed:?}").contains("whsec_"));
    webhook(&world, &["disable", "shop", id])?;
    assert_eq!(webhook(&world, &["list", "shop"])?[0]["off"], "operator");
    assert!(refused(&world, &["test", "shop", id])?.contains("enable it first"));
    webhook(&world, &["enable", "shop", id])?;
    assert_eq!(webhook(&world, &["list", "shop"])?[0]["off"], Value::Null);
    webhook(&world, &["remove", "shop", id])?;
    assert_eq!(webhook(&world, &["list", "shop"])?, [] as [Value; 0]);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_is_said_in_words() -> Result<()> {
    let world = World::new().await?;
    for (arguments, words) in [
        (&["add", "nobody", URL][..], "there is no app nobody"),
        (&["add", "shop", "https://shop.example/?secret=1"], "without user, query and fragment"),
        (&["add", "shop", "http://shop.example/"], "not an https URL"),
        (&["add", "shop", URL, "--events", "user.eaten"], "not a type of events"),
        (&["remove", "shop", "0123456789ab"], "shop has no endpoint 0123456789ab"),
        (&["rotate", "shop", "nothing"], "twelve hexadecimal digits"),
        (&["replay", "shop", "0123456789ab"], "a delivery looks like"),
        (&["replay", "shop", "0123456789ab/01800000000.msg_1_0"], "shop has no delivery"),
    ] {
        let said = refused(&world, arguments)?;
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    for _ in 0..10 {
        webhook(&world, &["add", "shop", URL])?;
    }
    assert!(refused(&world, &["add", "shop", URL])?.contains("at most 10 endpoints"));
    Ok(())
}

#[tokio::test]
async fn deliveries_are_seen_and_those_that_nobody_took_are_sent_again() -> Result<()> {
    let world = World::new().await?;
    let added = webhook(&world, &["add", "shop", URL])?.remove(0);
    let id = text(&added, "endpoint")?;
    let tests: Vec<_> = (0..2).map(|_| Ok(webhook(&world, &["test", "shop", id])?.remove(0))).collect::<Result<_>>()?;
    let place = text(&tests[0], "delivery")?;
    let (_, delivery) = place.split_once('/').context("an endpoint and a delivery")?;
    let parcel = Parcel { app: world.app.clone(), endpoint: id.parse()?, delivery: delivery.to_owned(), round: 1 };
    let answer = "it answered with status 500".to_owned();
    let dead = Settled { stage: Stage::Dead, tries: 8, answer, due: None };
    world.context.store.settle(&parcel, &dead).await?;

    assert_eq!(webhook(&world, &["deliveries", "shop"])?.len(), 2);
    let failed = webhook(&world, &["deliveries", "shop", "--failed"])?;
    assert_eq!((failed.len(), &failed[0]["delivery"], &failed[0]["tries"]), (1, &json!(place), &json!(8)));
    assert_eq!((&failed[0]["event"], &failed[0]["stage"]), (&json!("webhook.test"), &json!("dead")));
    assert_eq!(failed[0]["body"]["data"], json!({"app": "shop"}));
    assert_eq!(webhook(&world, &["replay", "shop", "--since", "1d"])?, [json!({"replayed": [place]})]);
    assert_eq!(webhook(&world, &["deliveries", "shop", "--failed"])?, [] as [Value; 0]);
    assert_eq!(webhook(&world, &["replay", "shop", place])?, [json!({"replayed": [place]})]);
    let again = webhook(&world, &["deliveries", "shop"])?;
    let again = again.iter().find(|one| one["delivery"] == place).context("it is there")?;
    assert_eq!((&again["round"], &again["stage"], &again["tries"]), (&json!(3), &json!("new"), &json!(0)));
    assert_eq!(again["message"], tests[0]["message"], "the id is the same");
    Ok(())
}
