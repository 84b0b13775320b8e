//! What is read from a template, and what is said of one that cannot be read.

use std::time::Duration;

use serde_json::json;
use template::{Function, Parameters, Route, Template};

const FIXTURE: &str = include_str!("template.yaml");

fn function(id: &str) -> anyhow::Result<Function> {
    let functions = Template::parse(FIXTURE, &Parameters::new())?.functions;
    functions.into_iter().find(|function| function.logical_id == id).ok_or_else(|| anyhow::anyhow!("no {id}"))
}

fn refusal(yaml: &str) -> String {
    match Template::parse(yaml, &Parameters::new()) {
        Ok(template) => format!("accepted as {template:?}"),
        Err(error) => format!("{error:#}"),
    }
}

fn route(method: &str, path: &str) -> Route {
    Route { method: method.to_owned(), path: path.to_owned() }
}

#[test]
fn a_function_has_its_own_settings_over_the_global_ones() {
    let login = function("LoginFunction").unwrap();
    assert_eq!((login.name.as_str(), login.memory_mb, login.timeout), ("app-login", 1769, Duration::from_secs(10)));
    assert_eq!(login.environment["RATE_LIMIT_APP"], "5");
    assert_eq!(login.environment["CORE_TABLE"], "latchet-core");
    let memento = function("MementoFunction").unwrap();
    assert_eq!((memento.name.as_str(), memento.memory_mb), ("oauth-memento", 512));
    assert_eq!(memento.environment["RATE_LIMIT_APP"], "100");
}

#[test]
fn intrinsic_functions_give_local_values() {
    let environment = function("LoginFunction").unwrap().environment;
    assert_eq!(environment["PUBLIC_URL"], "https://Api.execute-api.us-east-1.amazonaws.com");
    assert_eq!(environment["MAIL_FROM"], "Latchet <no-reply@example.com>");
    assert_eq!(environment["ARCHITECTURE"], "arm");
    assert_eq!(environment["TABLE_ARN"], "arn:aws:local:us-east-1:123456789012:latchet-core");
    assert_eq!(environment["KEY_RING_KEK"], "{{resolve:secretsmanager:latchet/kek}}");
}

#[test]
fn a_function_has_the_routes_whose_integrations_name_it() {
    assert_eq!(function("LoginFunction").unwrap().routes, [route("POST", "/api/v1/auth/login")]);
    assert_eq!(function("MementoFunction").unwrap().routes, [route("ANY", "/api/v1/mementos/{id}/{proxy+}")]);
}

#[test]
fn an_integration_with_a_function_that_is_not_there_is_refused_with_its_place() {
    let said = refusal(&FIXTURE.replace("-app-login:live", "-app-logon:live"));
    assert!(said.contains("paths./api/v1/auth/login.post") && said.contains("latchet-local-app-logon"), "{said}");
}

#[test]
fn a_table_becomes_the_body_of_a_create_table_request() {
    let tables = Template::parse(FIXTURE, &Parameters::new()).unwrap().tables;
    let core = tables.iter().find(|table| table.logical_id == "CoreTable").unwrap();
    assert_eq!((core.key.as_str(), core.name.as_str(), &core.ttl_attribute), ("core", "latchet-core", &None));
    let expected = json!({
        "TableName": "latchet-core",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
        ],
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
    });
    assert_eq!(core.create, expected);
    let live = tables.iter().find(|table| table.logical_id == "LiveTable").unwrap();
    assert_eq!(live.ttl_attribute.as_deref(), Some("ttl"));
}

#[test]
fn broken_yaml_is_refused_with_its_line() {
    let said = refusal("Resources:\n  A: [1,\n  B: }\n");
    assert!(said.contains("line 3") && said.contains("correct"), "{said}");
}

#[test]
fn a_template_without_resources_says_so() {
    assert!(refusal("Globals: {}").contains("no Resources"));
}

#[test]
fn an_unknown_reference_is_refused_with_its_place() {
    let said = refusal(&FIXTURE.replace("CORE_TABLE: !Ref CoreTable", "CORE_TABLE: !Ref Cortable"));
    assert!(said.contains("Globals.Function.Environment.Variables.CORE_TABLE refers to Cortable"), "{said}");
}

#[test]
fn a_parameter_without_a_default_is_refused_with_its_name() {
    let said = refusal(&FIXTURE.replace("    Default: \"Latchet <no-reply@example.com>\"\n", ""));
    assert!(said.contains("the parameter MailFrom, which has no Default"), "{said}");
}

#[test]
fn a_given_parameter_wins_over_its_default() {
    let given = Parameters::from([("MailFrom".to_owned(), "me@localhost".to_owned())]);
    for function in Template::parse(FIXTURE, &given).unwrap().functions {
        assert_eq!(function.environment["MAIL_FROM"], "me@localhost");
    }
}

#[test]
fn a_function_without_a_binary_is_refused_with_its_place() {
    let said = refusal(&FIXTURE.replace("BuildProperties: { Binary: app-api }", "BuildProperties: {}"));
    assert!(said.contains("Resources.LoginFunction.Metadata.BuildProperties.Binary is missing"), "{said}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Template::read(std::path::Path::new("/nowhere/template.yaml"), &Parameters::new()).unwrap_err();
    assert!(error.to_string().contains("/nowhere/template.yaml"), "{error}");
}
