//! One truth in five places: the routes in the code, the binaries, `template.yaml`, the OpenAPI document, the README.

#![expect(clippy::expect_used, reason = "a contract that cannot be read does not hold")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use local::template::{Function, Parameters, Template};
use runtime::Operation;
use serde_json::Value;
use shared::config::Config;

type Set = BTreeSet<String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn operations() -> Vec<Operation> {
    [app::operations(), browser::operations(), account::operations(), oauth::operations()].concat()
}

fn functions() -> Vec<Function> {
    let given = [("PublicUrl", "https://auth.example"), ("MailFrom", "auth@example.com")];
    let parameters: Parameters = given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Template::read(&root().join("template.yaml"), &parameters).expect("a template").functions
}

/// Both spellings of a path.
fn spellings(path: &str) -> Vec<String> {
    if path.ends_with('/') { vec![path.to_owned()] } else { vec![path.to_owned(), format!("{path}/")] }
}

#[test]
fn every_operation_has_its_binary_and_every_binary_its_operation() {
    let named: Set = operations().iter().map(|operation| operation.route.function.to_owned()).collect();
    let built: Set = fs::read_dir(root().join("functions"))
        .expect("functions/")
        .flat_map(|package| fs::read_dir(package.expect("readable").path().join("src/bin")).into_iter().flatten())
        .map(|bin| bin.expect("readable").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert_eq!(named, built);
}

#[test]
fn the_template_deploys_every_binary_with_both_spellings_of_its_routes_and_their_preflights() {
    let mut wanted: BTreeMap<String, Set> = BTreeMap::new();
    for operation in operations() {
        let routes = wanted.entry(operation.route.function.to_owned()).or_default();
        for path in spellings(operation.route.path) {
            routes.extend([operation.route.method, "OPTIONS"].map(|method| format!("{method} {path}")));
        }
    }
    let deployed: BTreeMap<String, Set> = functions()
        .into_iter()
        .map(|function| {
            let routes = function.routes.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
            (function.bin, routes)
        })
        .collect();
    assert_eq!(wanted, deployed);
}

#[test]
fn the_openapi_document_has_every_operation_and_no_other() {
    let text = fs::read(root().join("docs/openapi.json")).expect("docs/openapi.json");
    let document: Value = serde_json::from_slice(&text).expect("JSON");
    let documented: Set = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, methods)| methods.as_object().expect("methods").keys().map(move |method| (path, method)))
        .map(|(path, method)| format!("{} {path}", method.to_ascii_uppercase()))
        .collect();
    let served: Set = operations().iter().map(|o| format!("{} {}", o.route.method, o.route.path)).collect();
    assert_eq!(served, documented);
}

#[test]
fn the_readme_lists_every_operation() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    for Operation { route, .. } in operations() {
        let row = format!("| `{} {}` | `{}` |", route.method, route.path, route.function);
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn the_template_gives_each_function_with_a_store_the_environment_that_it_reads() {
    for function in functions().into_iter().filter(|function| function.environment.contains_key("CORE_TABLE")) {
        let read = Config::read(&|name| {
            // What Lambda itself sets.
            let of_lambda = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].contains(&name);
            of_lambda.then(|| "x".to_owned()).or_else(|| function.environment.get(name).cloned())
        });
        read.unwrap_or_else(|error| panic!("{}: {error}", function.bin));
    }
}
