//! One truth in five places: the routes in the code, the programs, `template.yaml`, the OpenAPI document, the list of endpoints.

#![expect(clippy::expect_used, reason = "a contract that cannot be read does not hold")]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use local::template::{Function, Parameters, Template};
use runtime::Operation;
use serde_json::Value;
use shared::config::{DeliverConfig, Origins, TrailConfig, WebhooksConfig};

type Set = BTreeSet<String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn operations() -> Vec<Operation> {
    [app::operations(), browser::operations(), account::operations(), oauth::operations(), pages::operations()].concat()
}

fn functions() -> Vec<Function> {
    let given = [("PublicUrl", "https://auth.example"), ("MailFrom", "auth@example.com")];
    let parameters: Parameters = given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Template::read(&root().join("template.yaml"), &parameters).expect("a template").functions
}

/// The function that has no operation: it answers `OPTIONS` for all of them.
const PREFLIGHT: &str = "preflight";

/// The functions that have none because nobody calls them: they read the tables' streams, and a queue.
const STREAMS: [&str; 3] = ["audit", "deliver", "webhooks"];

/// Another of these. It mails, and reads its variables as functions with operations do.
const TELL: &str = "tell";

/// The functions of a program: those that its main function lists, else the program's own name.
fn functions_of(program: &Path) -> Vec<String> {
    let source = fs::read_to_string(program).expect("readable");
    match source.split_once("serve_handler(") {
        Some((_, handlers)) => handlers.split('"').skip(1).step_by(2).map(str::to_owned).collect(),
        None => vec![program.file_stem().expect("a name").to_string_lossy().into_owned()],
    }
}

#[test]
fn every_operation_has_its_function_and_every_function_its_operation() {
    let named = operations().into_iter().map(|operation| operation.route.function.to_owned());
    let named: Set = named.chain([PREFLIGHT, TELL].into_iter().chain(STREAMS).map(str::to_owned)).collect();
    let built: Vec<_> = fs::read_dir(root().join("functions"))
        .expect("functions/")
        .flat_map(|package| fs::read_dir(package.expect("readable").path().join("src/bin")).into_iter().flatten())
        .flat_map(|program| functions_of(&program.expect("readable").path()))
        .collect();
    assert_eq!(named, built.iter().cloned().collect());
    assert_eq!(named.len(), built.len(), "a function is in two programs");
}

#[test]
fn the_template_runs_each_function_in_the_program_that_has_it() {
    let programs: Vec<_> = fs::read_dir(root().join("functions"))
        .expect("functions/")
        .flat_map(|package| fs::read_dir(package.expect("readable").path().join("src/bin")).into_iter().flatten())
        .map(|program| program.expect("readable").path())
        .collect();
    for function in functions() {
        let file = format!("{}.rs", function.program);
        let program = programs.iter().find(|program| program.ends_with(&file)).expect("the program of a function");
        assert!(functions_of(program).contains(&function.name), "{} is not in {file}", function.name);
    }
}

#[test]
fn the_template_deploys_every_function_with_both_spellings_of_its_routes_and_one_for_preflights() {
    let preflights = ["OPTIONS /", "OPTIONS /{proxy+}"].map(str::to_owned);
    let mut wanted = BTreeMap::from([(PREFLIGHT.to_owned(), Set::from(preflights))]);
    wanted.extend(STREAMS.into_iter().chain([TELL]).map(|name| (name.to_owned(), Set::new())));
    let mut paths: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for Operation { route, .. } in operations() {
        let heads = [("GET", "HEAD")].into_iter().filter(|(method, _)| *method == route.method).map(|(_, head)| head);
        let methods = [route.method].into_iter().chain(heads);
        paths.entry(route.path).or_default().extend(methods.map(|method| (method, route.function)));
    }
    for (path, mut calls) in paths {
        let functions: BTreeSet<_> = calls.iter().map(|(_, function)| *function).collect();
        if let ([function], true) = (&functions.into_iter().collect::<Vec<_>>()[..], calls.len() > 2) {
            calls = BTreeSet::from([("ANY", *function), ("OPTIONS", PREFLIGHT)]);
        }
        for (method, function) in calls {
            let routes = wanted.entry(function.to_owned()).or_default();
            routes.insert(format!("{method} {path}"));
            if path != "/" {
                routes.insert(format!("{method} {path}/{{proxy+}}"));
            }
        }
    }
    let deployed: BTreeMap<String, Set> = functions()
        .into_iter()
        .map(|function| {
            let routes = function.routes.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
            (function.name, routes)
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
fn the_list_of_endpoints_has_every_operation() {
    let list = fs::read_to_string(root().join("docs/reference/endpoints.md")).expect("docs/reference/endpoints.md");
    for Operation { route, .. } in operations() {
        let row = format!("| `{} {}` | `{}` |", route.method, route.path, route.function);
        assert!(list.contains(&row), "{row}");
    }
}

/// The variables that a configuration is made of, but those of Lambda: on AWS nobody says where its services are.
fn read_by(read: impl Fn(&dyn Fn(&'static str) -> Option<String>) -> bool) -> Set {
    let names = RefCell::new(Set::new());
    let is_read = read(&|name| {
        names.borrow_mut().insert(name.to_owned());
        let value = match name {
            "AUDIT_DAYS" => "400",
            "PUBLIC_URL" => "https://auth.example",
            _ => "made-up-made-up-made-up-made-up-made-up",
        };
        Some(value.to_owned())
    });
    assert!(is_read, "{names:?}");
    let mut names = names.into_inner();
    names.retain(|name| !name.starts_with("AWS_") && name != "SSL_CERT_FILE");
    names
}

/// What a function with a store reads is observed where it is called: `rights.rs` beside each API's tests.
#[test]
fn the_template_gives_the_functions_without_a_store_the_variables_that_they_read() {
    let read = RefCell::new(Set::new());
    let origins = Origins::read(&|name| {
        read.borrow_mut().insert(name.to_owned());
        Some("https://auth.example".to_owned())
    });
    assert!(origins.is_ok(), "{origins:?}");
    let of_all = ["EDGE_SECRET", "METRIC_NAMESPACE", "RELEASE"].map(str::to_owned);
    let wanted = BTreeMap::from([
        ("app-health", Set::new()),
        (PREFLIGHT, read.into_inner()),
        ("audit", read_by(|lookup| TrailConfig::read(lookup).is_ok())),
        ("deliver", read_by(|lookup| DeliverConfig::read(lookup).is_ok())),
        ("webhooks", read_by(|lookup| WebhooksConfig::read(lookup).is_ok())),
    ]);
    let given: BTreeMap<String, Set> = functions()
        .into_iter()
        .filter(|function| {
            !function.environment.contains_key("CORE_TABLE") || STREAMS.contains(&function.name.as_str())
        })
        .map(|function| {
            (function.name, function.environment.into_keys().filter(|name| !of_all.contains(name)).collect())
        })
        .collect();
    assert_eq!(given, wanted.into_iter().map(|(bin, names)| (bin.to_owned(), names)).collect());
}
