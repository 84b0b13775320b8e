//! What is used up of the budgets, beside what there is.

#[path = "support/empty.rs"]
mod empty;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use empty::World;
use serde_json::{Value, json};

#[test]
fn counts_of_an_app_and_of_the_deployment_have_their_ceilings_beside_them() -> Result<()> {
    let world = World::new()?;
    world.done(&["app", "create", "shop"])?;
    let mut ceilings = BTreeMap::new();
    for line in world.done(&["limits", "show", "--app", "shop", "--prefix", "+861381234"])?.lines() {
        let line: Value = serde_json::from_str(line)?;
        assert_eq!((&line["sent"], &line["held_back"]), (&json!(0), &json!(0)), "{line}");
        let [channel, scope] = ["channel", "scope"].map(|name| line[name].as_str().map(str::to_owned));
        ceilings.insert((channel.context("a channel")?, scope.context("a scope")?), line["ceiling"].clone());
    }
    let ceiling = |channel: &str, scope: &str| ceilings.get(&(channel.to_owned(), scope.to_owned())).cloned();
    for (channel, of_app, of_all) in [("sms", 1000, 2000), ("mail", 3000, 5000), ("new", 3000, 5000)] {
        assert_eq!(ceiling(channel, "app"), Some(json!(of_app)), "{channel}");
        assert_eq!(ceiling(channel, "deployment"), Some(json!(of_all)), "{channel}");
        assert_eq!(ceiling(channel, "prefix"), Some(Value::Null), "{channel}");
    }
    let said = world.refused(&["limits", "show", "--stack", "latchet"])?;
    assert!(said.contains("leave --stack out"), "{said}");
    Ok(())
}
