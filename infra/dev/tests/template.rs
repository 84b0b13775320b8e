//! What `template.yaml` and its parts promise, beyond what linters know.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use runtime::Metric;
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("{path} cannot be read"))
}

/// The resources of the template and of the parts that every deployment has.
fn resources() -> Result<Vec<(String, Value)>> {
    let mut resources = Vec::new();
    for path in ["template.yaml", "infra/alarms.yaml", "infra/budget.yaml", "infra/domain.yaml", "infra/mail.yaml"] {
        let document = local::template::document(&read(path)?)?;
        let of_file = document["Resources"].as_object().with_context(|| format!("{path} has no Resources"))?;
        resources.extend(of_file.iter().map(|(id, resource)| (id.clone(), resource.clone())));
    }
    Ok(resources)
}

fn of_type(resources: &[(String, Value)], of: &str) -> Vec<(String, Value)> {
    resources.iter().filter(|(_, resource)| resource["Type"] == of).cloned().collect()
}

fn statements(role: &Value) -> impl Iterator<Item = &Value> {
    let policies = role["Properties"]["Policies"].as_array().into_iter().flatten();
    policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().into_iter().flatten())
}

#[test]
fn every_function_has_a_role_and_a_log_group_of_its_own() -> Result<()> {
    let resources = resources()?;
    let get = |id: &str| resources.iter().find(|(other, _)| other == id).map(|(_, resource)| resource);
    for (id, function) in of_type(&resources, "AWS::Serverless::Function") {
        let properties = &function["Properties"];
        assert_eq!(properties["Role"]["Fn::GetAtt"][0], format!("{id}Role"), "{id}");
        assert_eq!(properties["LoggingConfig"]["LogGroup"]["Ref"], format!("{id}Logs"), "{id}");
        let logs = get(&format!("{id}Logs")).with_context(|| format!("{id} has no log group"))?;
        assert_eq!(logs["Properties"]["RetentionInDays"]["Ref"], "LogRetentionDays", "{id}");
        let role = get(&format!("{id}Role")).with_context(|| format!("{id} has no role"))?;
        let logs_to: Vec<_> =
            statements(role).filter(|statement| statement["Sid"] == "Log").map(|log| &log["Resource"]).collect();
        assert_eq!(logs_to.len(), 1, "{id}");
        assert_eq!(logs_to[0]["Fn::GetAtt"][0], format!("{id}Logs"), "{id}");
    }
    Ok(())
}

#[test]
fn a_flood_of_sign_ins_can_be_kept_from_the_rest() -> Result<()> {
    for (id, function) in of_type(&resources()?, "AWS::Serverless::Function") {
        let properties = &function["Properties"];
        let reserve = &properties["ReservedConcurrentExecutions"]["Fn::If"];
        if properties["MemorySize"] == 1769 {
            assert_eq!(
                reserve[1]["Ref"], "PasswordConcurrency",
                "{id} hashes passwords, and has no reserve of its own"
            );
        } else if !reserve.is_null() {
            assert_eq!(reserve[1]["Ref"], "SessionConcurrency", "{id}");
        }
    }
    Ok(())
}

#[test]
fn somebody_who_may_mail_may_do_so_through_the_configuration_set() -> Result<()> {
    let roles = of_type(&resources()?, "AWS::IAM::Role");
    let functions = of_type(&resources()?, "AWS::Serverless::Function");
    let mailing: Vec<_> = roles
        .iter()
        .flat_map(|(id, role)| statements(role).map(move |statement| (id, statement)))
        .filter(|(_, statement)| statement["Action"].to_string().contains("ses:SendEmail"))
        .collect();
    assert!(!mailing.is_empty());
    for (id, statement) in mailing {
        // SES asks for a right on the configuration set, and in its sandbox for one on the recipient's identity.
        assert!(statement["Resource"].to_string().contains(":configuration-set/${AWS::StackName}"), "{id}");
        assert!(statement["Resource"].to_string().contains(":identity/*"), "{id}");
        let function = id.trim_end_matches("Role");
        let function =
            functions.iter().find(|(other, _)| other == function).with_context(|| format!("{id} is of no function"))?;
        let variables = &function.1["Properties"]["Environment"]["Variables"];
        assert_eq!(variables["CONFIGURATION_SET"]["Ref"], "AWS::StackName", "{id}");
        assert_eq!(statement["Condition"]["StringEquals"]["ses:FromAddress"]["Ref"], "MailFrom", "{id}");
    }
    Ok(())
}

#[test]
fn every_role_can_be_held_within_a_boundary() -> Result<()> {
    let texts = local::template::document(&read("infra/texts.yaml")?)?;
    let texts = texts["Resources"].as_object().context("no Resources")?.clone();
    let all: Vec<_> = resources()?.into_iter().chain(texts).collect();
    let roles = of_type(&all, "AWS::IAM::Role");
    assert!(roles.len() > 30);
    for (id, role) in roles {
        let boundary = &role["Properties"]["PermissionsBoundary"]["Fn::If"];
        assert_eq!((&boundary[0], &boundary[1]["Ref"]), (&"HasBoundary".into(), &"RoleBoundary".into()), "{id}");
    }
    Ok(())
}

/// A restored table has a new stream, whose ARN ends in another time (docs/operations.md, restoring the users). A role that named
/// the old one would not let Lambda read it.
#[test]
fn a_function_may_read_every_stream_of_the_tables_that_it_follows() -> Result<()> {
    let resources = resources()?;
    let mut compared = 0;
    for (id, function) in of_type(&resources, "AWS::Serverless::Function") {
        let events = function["Properties"]["Events"].as_object().into_iter().flatten();
        let streams = events.filter(|(_, event)| event["Type"] == "DynamoDB");
        let followed: BTreeSet<_> = streams
            .filter_map(|(_, event)| event["Properties"]["Stream"]["Fn::GetAtt"][0].as_str())
            .map(|table| format!("${{{table}.Arn}}/stream/*"))
            .collect();
        if followed.is_empty() {
            continue;
        }
        let role = resources.iter().find(|(other, _)| *other == format!("{id}Role")).context("no role")?;
        let reads = statements(&role.1).filter(|one| one["Action"].to_string().contains("dynamodb:GetRecords"));
        let allowed: BTreeSet<_> = reads
            .flat_map(|one| one["Resource"].as_array().cloned().unwrap_or_else(|| vec![one["Resource"].clone()]))
            .map(|resource| resource["Fn::Sub"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(allowed, followed, "{id}");
        compared += 1;
    }
    assert_eq!(compared, 3);
    Ok(())
}

#[test]
fn no_role_names_everything_but_to_text_a_number() -> Result<()> {
    for (id, role) in of_type(&resources()?, "AWS::IAM::Role") {
        for statement in statements(&role).filter(|statement| statement["Effect"] == "Allow") {
            assert!(!statement["Action"].to_string().contains('*'), "{id}: {statement}");
            let everything = statement["Resource"] == "*";
            assert!(!everything || statement["Action"] == "sns:Publish", "{id}: {statement}");
        }
    }
    Ok(())
}

#[test]
fn fifteen_alarms_watch_every_metric_and_each_is_in_the_operators_handbook() -> Result<()> {
    let alarms = of_type(&resources()?, "AWS::CloudWatch::Alarm");
    assert_eq!(
        alarms.len(),
        15,
        "docs/decisions/0100, 0241 and 0270 say why five more than are free; the doctor counts them"
    );
    let handbook = read("docs/operations.md")?;
    let mut ours = BTreeSet::new();
    for (id, alarm) in &alarms {
        assert!(handbook.contains(&format!("\n### {id}\n")), "docs/operations.md does not say what to do about {id}");
        let properties = &alarm["Properties"];
        if properties["Namespace"].to_string().contains("Latchet/") {
            ours.extend(properties["MetricName"].as_str().map(str::to_owned));
        }
    }
    assert_eq!(ours, Metric::ALL.map(|metric| metric.name().to_owned()).into());
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>
#[test]
fn the_dashboard_shows_every_alarm_and_what_streams_and_queues_hold() -> Result<()> {
    let alarms = local::template::document(&read("infra/alarms.yaml")?)?;
    let body = alarms["Resources"]["Board"]["Properties"]["DashboardBody"]["Fn::Sub"].as_str().context("no body")?;
    let body: Value = serde_json::from_str(&body.replace("${SlowMilliseconds}", "1"))?;
    let widgets = body["widgets"].as_array().context("no widgets")?;
    let shown = widgets.iter().filter(|widget| widget["type"] == "alarm");
    let shown = shown.flat_map(|one| one["properties"]["alarms"].as_array().into_iter().flatten());
    let shown: BTreeSet<_> = shown.filter_map(|alarm| alarm.as_str().map(str::to_owned)).collect();
    let there = of_type(&resources()?, "AWS::CloudWatch::Alarm").into_iter().map(|(id, _)| {
        // Those of the stack itself are handed over.
        let own = alarms["Resources"][&id].is_object();
        if own { format!("${{{id}.Arn}}") } else { format!("${{{id}Arn}}") }
    });
    assert_eq!(shown, there.collect());
    for metric in ["IteratorAge", "ApproximateNumberOfMessagesVisible"] {
        assert!(body.to_string().contains(metric), "{metric}");
    }
    // No widget lies over another.
    let mut places = BTreeSet::new();
    for widget in widgets {
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|key| widget[key].as_u64().unwrap_or_default());
        for place in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
            assert!(places.insert(place), "two widgets lie at {place:?}");
        }
    }
    Ok(())
}

/// The functions that a release reaches first, and the others, which wait for them
/// (docs/decisions/0087-four-functions-go-first.md).
#[test]
fn one_function_of_each_api_goes_first_and_all_others_wait_for_it() -> Result<()> {
    let functions = of_type(&resources()?, "AWS::Serverless::Function");
    let (first, others): (Vec<_>, Vec<_>) =
        functions.iter().partition(|(_, function)| function["Properties"].get("DeploymentPreference").is_some());
    let first: BTreeSet<_> = first
        .into_iter()
        .map(|(id, function)| {
            let preference = &function["Properties"]["DeploymentPreference"];
            assert_eq!(preference["Type"]["Ref"], "Rollout", "{id}");
            // SAM makes a role for CodeDeploy where none is named, without a boundary.
            assert_eq!(preference["Role"]["Fn::GetAtt"][0], "RolloutRole", "{id}");
            let alarms: Vec<_> = preference["Alarms"]["Fn::If"][1].as_array().into_iter().flatten().collect();
            assert_eq!(alarms, [&json!({"Ref": "FailuresAlarm"}), &json!({"Ref": "CrashesAlarm"})], "{id}");
            format!("{id}Aliaslive")
        })
        .collect();
    assert_eq!(first.len(), 4);
    for (id, function) in others {
        let waits: BTreeSet<_> =
            function["DependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        assert_eq!(waits, first.iter().map(String::as_str).collect(), "{id}");
    }
    Ok(())
}

#[test]
fn every_function_has_the_name_by_which_the_gateway_calls_it() -> Result<()> {
    for (id, function) in of_type(&resources()?, "AWS::Serverless::Function") {
        let handler = function["Properties"]["Handler"].as_str().with_context(|| id.clone())?;
        assert_eq!(function["Properties"]["FunctionName"]["Fn::Sub"], format!("${{AWS::StackName}}-{handler}"), "{id}");
    }
    Ok(())
}

/// Without its package in that list, a program is linked by a call of its own, which costs the first `sam build` a minute.
#[test]
fn one_call_of_cargo_builds_the_programs_of_every_package() -> Result<()> {
    let manifest = read("Cargo.toml")?;
    let list = manifest.lines().find_map(|line| line.strip_prefix("packages = ")).context("no packages are listed")?;
    let listed: BTreeSet<String> = serde_json::from_str(list)?;
    let mut with_programs = BTreeSet::new();
    for entry in fs::read_dir(root().join("functions"))? {
        let folder = entry?.path();
        if folder.join("src/bin").is_dir() {
            let name = folder.file_name().and_then(|name| name.to_str()).context("a folder without a name")?;
            with_programs.insert(name.to_owned());
        }
    }
    assert_eq!(listed, with_programs);
    Ok(())
}
