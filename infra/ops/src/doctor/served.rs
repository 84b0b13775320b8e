//! Whether callers get what was deployed: the gateway calls the alias `live`, and that a version, which keeps the settings that
//! it was made with.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use super::aws::{Aws, AwsApi as _};
use super::finding::Finding;
use super::stack::{Resources, Stack, text};
use super::unasked;

pub(super) fn of(aws: &Aws, stack: &Stack, resources: &Resources) -> Vec<Finding> {
    if stack.is_busy() {
        return Vec::new();
    }
    match differing(aws, resources) {
        Ok((functions, settings)) => vec![judge(&functions, &settings)],
        Err(error) => vec![unasked("What the functions serve", &error)],
    }
}

/// The functions whose alias serves something else than was deployed, and in which settings.
fn differing(aws: &Aws, resources: &Resources) -> Result<(BTreeSet<String>, BTreeSet<String>)> {
    let (mut functions, mut settings) = (BTreeSet::new(), BTreeSet::new());
    let deployed = aws.ask(&["lambda", "list-functions"])?;
    let all = deployed["Functions"].as_array().map_or(&[][..], Vec::as_slice);
    // A function without the alias is not behind the gateway: the one of infra/texts.yaml.
    let aliases: BTreeSet<_> = resources.of_type("AWS::Lambda::Alias").map(|(id, _)| id).collect();
    for (id, name) in resources.of_type("AWS::Lambda::Function") {
        if !aliases.contains(format!("{id}Aliaslive").as_str()) {
            continue;
        }
        let latest = all.iter().find(|one| one["FunctionName"] == name).unwrap_or(&Value::Null);
        let call = ["lambda", "get-function-configuration", "--function-name", name, "--qualifier", "live"];
        let differs = differences(latest, &aws.ask(&call)?);
        if !differs.is_empty() {
            functions.insert(id.to_owned());
        }
        settings.extend(differs);
    }
    Ok((functions, settings))
}

/// By name alone: one of the values is a secret.
fn differences(latest: &Value, live: &Value) -> BTreeSet<String> {
    let plain = ["CodeSha256", "MemorySize", "Timeout", "Architectures"].map(str::to_owned);
    let mut differs: BTreeSet<_> = plain.into_iter().filter(|name| latest[name] != live[name]).collect();
    let [ours, theirs] = [latest, live].map(|one| one["Environment"]["Variables"].as_object());
    let names = [ours, theirs].into_iter().flatten().flat_map(serde_json::Map::keys).collect::<BTreeSet<_>>();
    let value = |of: Option<&serde_json::Map<String, Value>>, name: &str| of.and_then(|all| text(all.get(name)?));
    differs.extend(names.into_iter().filter(|name| value(ours, name) != value(theirs, name)).cloned());
    differs
}

fn judge(functions: &BTreeSet<String>, settings: &BTreeSet<String>) -> Finding {
    if functions.is_empty() {
        return Finding::Fine("Every function serves what was deployed.".to_owned());
    }
    let join = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    Finding::Wrong(format!(
        "{} of the functions serve something else than was deployed, in {}: run cargo ops release and deploy again. They are {}.",
        functions.len(),
        join(settings),
        join(functions)
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{differences, judge};

    #[test]
    fn a_version_that_has_other_settings_than_the_function_is_told_by_their_names() {
        let function = |limit: &str, kek: &str| {
            json!({
                "CodeSha256": "a", "MemorySize": 512, "Timeout": 10, "Architectures": ["arm64"],
                "Environment": {"Variables": {"RATE_LIMIT_APP": limit, "KEY_RING_KEK": kek}},
            })
        };
        assert!(differences(&function("100", "k"), &function("100", "k")).is_empty());
        let differs = differences(&function("50", "k"), &function("100", "secret"));
        let told = judge(&["AppLogin".to_owned()].into(), &differs);
        assert!(told.is_wrong());
        assert!(told.to_string().contains("in KEY_RING_KEK, RATE_LIMIT_APP:"), "{told}");
        assert!(!told.to_string().contains("secret"), "{told}");
        assert!(!judge(&[].into(), &[].into()).is_wrong());
    }
}
