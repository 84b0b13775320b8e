//! `docs/reference/configuration.md`: every parameter of the template, and every variable of the functions.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use local::template::document;
use serde_json::Value;
use shared::config::{Config, DeliverConfig, TrailConfig};

const HEAD: &str = "# Configuration

Made by `cargo dev gen` from `template.yaml` and the code that reads the variables. [How to change a parameter of a
stack](../operations.md#changing-a-parameter). In a local run a variable is set by `cargo dev up --env NAME=VALUE`.

An app has settings of its own: captcha, origins, reset page, texts, the algorithm of its tokens. `cargo ops app update --help` lists
them. The optional stacks have parameters of their own, which `infra/edge.yaml`, `infra/backup.yaml`,
`infra/backup-vault.yaml`, `infra/audit-copy.yaml` and `infra/deploy-role.yaml` describe.

## Parameters

";

const BETWEEN: &str = "
## Other variables

The stack sets these by itself, or they are for a local run. Nobody sets them on AWS.

";

/// The variables that are no parameter's, and where each comes from.
const OTHERS: [(&str, &str); 21] = [
    ("AUDIT_TABLE", "The name of the table of the audit trail."),
    ("AWS_ACCESS_KEY_ID", "Lambda gives the function's role. A local run makes one up."),
    ("AWS_ENDPOINT_URL_DYNAMODB", "Local runs: where the DynamoDB engine listens."),
    ("AWS_ENDPOINT_URL_SESV2", "Local runs: where the outbox takes mail."),
    ("AWS_ENDPOINT_URL_SNS", "Local runs: where the outbox takes text messages."),
    ("AWS_ENDPOINT_URL_SQS", "Local runs: where the queues are."),
    ("AWS_REGION", "Lambda gives the stack's region."),
    ("AWS_SECRET_ACCESS_KEY", "As `AWS_ACCESS_KEY_ID`."),
    ("AWS_SESSION_TOKEN", "As `AWS_ACCESS_KEY_ID`."),
    ("CONFIGURATION_SET", "The SES configuration set of the stack, by its name."),
    ("COOKIE_SECURE", "Local runs: `false` leaves `Secure` out of the cookies, for plain HTTP to another machine."),
    ("CORE_TABLE", "The name of the table of apps, users and keys."),
    (
        "KEY_RING_KEK",
        "The secret that opens the key ring, from Secrets Manager. A local run keeps its own in `.dev/kek`.",
    ),
    ("LIVE_TABLE", "The name of the table of sessions, codes and links."),
    ("METRIC_NAMESPACE", "Where log lines are counted. Empty in a local run: nothing is counted."),
    ("RATE_TABLE", "The name of the table of counters."),
    ("RELEASE", "The name of the release, which `cargo ops release` writes."),
    ("SSL_CERT_FILE", "The file of the certificates that the function trusts, in place of the machine's own."),
    ("WEBHOOK_DEAD_LETTERS", "The address of the queue of webhooks that nobody took."),
    ("WEBHOOK_QUEUE", "The address of the queue of webhooks."),
    ("_HANDLER", "Which function of its program a process is. Lambda gives the function's `Handler`."),
];

/// The file's text.
pub(crate) fn page(template: &str) -> Result<String> {
    let template = document(template)?;
    let parameters = template["Parameters"].as_object().context("the template has no parameters")?;
    let mut variables = variables_of_parameters(&template);
    variables.retain(|name, _| parameters.contains_key(name));
    let mut page = HEAD.to_owned();
    page.push_str("| parameter | default | values | variable | meaning |\n|---|---|---|---|---|\n");
    for (name, parameter) in parameters.iter().collect::<BTreeMap<_, _>>() {
        let given_to: Vec<_> =
            variables.get(name).into_iter().flatten().map(|variable| format!("`{variable}`")).collect();
        let meaning = parameter["Description"].as_str().with_context(|| format!("{name} has no Description"))?;
        writeln!(
            page,
            "| `{name}` | {} | {} | {} | {} |",
            default(&parameter["Default"]),
            values(parameter),
            given_to.join(" "),
            meaning.trim().replace('|', "\\|"),
        )?;
    }
    page.push_str(BETWEEN);
    page.push_str("| variable | where it comes from |\n|---|---|\n");
    for (name, meaning) in OTHERS {
        writeln!(page, "| `{name}` | {meaning} |")?;
    }
    complete(&variables)?;
    Ok(page)
}

fn default(value: &Value) -> String {
    match value {
        Value::Null => "must be given".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => format!("`{text}`"),
        plain => format!("`{plain}`"),
    }
}

/// The values that a parameter takes, where it says so by a list or a range.
fn values(parameter: &Value) -> String {
    if let Some(allowed) = parameter["AllowedValues"].as_array() {
        let each = allowed.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned));
        return each.map(|one| format!("`{one}`")).collect::<Vec<_>>().join(" ");
    }
    match (&parameter["MinValue"], &parameter["MaxValue"]) {
        (Value::Null, Value::Null) => String::new(),
        (least, Value::Null) => format!("{least} or more"),
        (least, most) => format!("{least} to {most}"),
    }
}

/// The variables of the functions that are made from each parameter.
fn variables_of_parameters(template: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let functions = template["Resources"].as_object().into_iter().flat_map(|resources| resources.values());
    let own = functions.map(|resource| &resource["Properties"]);
    let mut variables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for properties in own.chain([&template["Globals"]["Function"]]) {
        for (variable, value) in properties["Environment"]["Variables"].as_object().into_iter().flatten() {
            for parameter in references(value) {
                variables.entry(parameter).or_default().insert(variable.clone());
            }
        }
    }
    variables
}

/// The names that a value refers to by `!Ref`.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Object(entries) => match entries.get("Ref").and_then(Value::as_str) {
            Some(name) => vec![name.to_owned()],
            None => entries.values().flat_map(references).collect(),
        },
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// Fails when the code reads a variable that the page does not name.
fn complete(variables: &BTreeMap<String, BTreeSet<String>>) -> Result<()> {
    let of_parameters = variables.values().flatten().map(String::as_str);
    let named: BTreeSet<_> = of_parameters.chain(OTHERS.map(|(name, _)| name)).collect();
    let missing: Vec<_> = variables_read()?.into_iter().filter(|name| !named.contains(name)).collect();
    ensure!(missing.is_empty(), "infra/dev/src/configuration.rs says nothing of {}", missing.join(", "));
    Ok(())
}

/// Every variable that a function with a store looks up.
fn variables_read() -> Result<BTreeSet<&'static str>> {
    let read = RefCell::new(BTreeSet::new());
    let lookup = |name| {
        read.borrow_mut().insert(name);
        let value = match name {
            "PUBLIC_URL" => "https://auth.example",
            "AUDIT_TABLE" | "CORE_TABLE" | "LIVE_TABLE" | "RATE_TABLE" => "table",
            "WEBHOOK_DEAD_LETTERS" | "WEBHOOK_QUEUE" => "queue",
            "AWS_REGION" => "us-east-1",
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "made-up",
            "KEY_RING_KEK" => "0123456789abcdef0123456789abcdef",
            _ => return None,
        };
        Some(value.to_owned())
    };
    Config::read(&lookup)?;
    TrailConfig::read(&lookup)?;
    DeliverConfig::read(&lookup)?;
    Ok(read.into_inner())
}

#[cfg(test)]
mod tests {
    use super::page;

    const TEMPLATE: &str = r#"
Parameters:
  PublicUrl: {Type: String, Description: Where it is., Default: ""}
  Size: {Type: Number, Description: "How large | small.", MinValue: 1, MaxValue: 9, Default: 5}
Resources:
  One:
    Properties: {Environment: {Variables: {PUBLIC_URL: !If [Has, !Ref PublicUrl, x], SIZE: !Ref Size}}}
"#;

    #[test]
    fn a_variable_that_the_code_reads_and_nobody_describes_is_complained_about() {
        let error = page(TEMPLATE).expect_err("MAIL_FROM is no parameter here").to_string();
        assert!(error.contains("MAIL_FROM") && !error.contains("PUBLIC_URL"), "{error}");
    }

    #[test]
    fn a_parameter_is_shown_with_its_default_its_values_and_its_variable() {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"));
        let page = page(&text.expect("template.yaml")).expect("a page");
        assert!(
            page.contains("| `RateLimitApp` | `100` | 1 to 1000000000 | `RATE_LIMIT_APP` | Requests that"),
            "{page}"
        );
        assert!(page.contains("| `MailFrom` | must be given |  | `MAIL_FROM` |"), "{page}");
        assert!(page.contains("`PUBLIC_URL`"), "{page}");
    }
}
