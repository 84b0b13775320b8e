//! `cargo dev gen`: the files that are made from the code, committed, and proven fresh by `cargo dev check`.

use anyhow::{Context as _, Result, bail};
use ops::cost;
use runtime::Operation;
use serde_json::Value;

use crate::{api, bench, configuration, events, guide, help, manual, openapi, texts};

const OPENAPI: &str = "docs/openapi.json";
const TEMPLATE: &str = "template.yaml";
const ENDPOINTS: &str = "docs/reference/endpoints.md";
const COST: &str = "docs/reference/cost.md";
const BENCH: &str = "bench/README.md";
const COLD_STARTS: &str = "docs/diagrams/cold-starts.txt";
const HELP: &str = "infra/front/help.txt";
const CONFIGURATION: &str = "docs/reference/configuration.md";

const API: Marks = ("      # api: made by `cargo dev gen`\n", "      # end of api\n");
const PERMISSIONS: Marks = ("  # permissions: made by `cargo dev gen`\n", "  # end of permissions\n");

/// Between which lines of a file a generated part stands.
type Marks = (&'static str, &'static str);

/// Writes every generated file, from the root of the workspace.
pub(crate) fn write() -> Result<()> {
    for (path, bytes) in files()? {
        if let Some(folder) = std::path::Path::new(&path).parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, bytes).with_context(|| format!("{path} cannot be written"))?;
    }
    Ok(())
}

/// Fails when a generated file is not what the code would write now.
pub(crate) fn check() -> Result<()> {
    let files = files()?.into_iter();
    let stale: Vec<_> =
        files.filter(|(path, bytes)| std::fs::read(path).ok().as_ref() != Some(bytes)).map(|(path, _)| path).collect();
    if !stale.is_empty() {
        bail!("stale: {}; run `cargo dev gen` and commit the result", stale.join(", "));
    }
    Ok(())
}

/// Every operation of every API.
fn operations() -> Vec<Operation> {
    [app::operations(), browser::operations(), account::operations(), oauth::operations(), pages::operations()].concat()
}

/// By their paths.
fn files() -> Result<Vec<(String, Vec<u8>)>> {
    let operations = operations();
    let document = openapi::document(&operations);
    let mut files: Vec<_> =
        texts_of(&operations, &document)?.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
    files.extend(manual::files(&document)?);
    Ok(files)
}

/// Those that are text.
fn texts_of(operations: &[Operation], document: &Value) -> Result<Vec<(String, String)>> {
    let read = |path: &str| std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read"));
    let mut files = guide::files(document)?;
    files.extend(events::files(operations)?);
    files.push(texts::file()?);
    files.push((OPENAPI.to_owned(), serde_json::to_string_pretty(document)? + "\n"));
    let template = with_part(&read(TEMPLATE)?, API, &api::definition(operations)?)?;
    let template = with_part(&template, PERMISSIONS, &api::permissions(operations)?)?;
    files.push((CONFIGURATION.to_owned(), configuration::page(&template)?));
    files.push((TEMPLATE.to_owned(), template));
    files.push((ENDPOINTS.to_owned(), endpoints(operations)));
    files.push((COST.to_owned(), cost::page()?));
    files.push((BENCH.to_owned(), bench::page()?));
    files.push((COLD_STARTS.to_owned(), bench::cold_starts()?));
    files.push((HELP.to_owned(), help::texts(crate::commands())));
    Ok(files)
}

/// `text` with `part` between `marks`.
fn with_part(text: &str, (begins, ends): Marks, part: &str) -> Result<String> {
    let missing = || format!("no file has a place for {}", begins.trim());
    let (before, rest) = text.split_once(begins).with_context(missing)?;
    let (_, after) = rest.split_once(ends).with_context(missing)?;
    Ok(format!("{before}{begins}{part}{ends}{after}"))
}

/// The page of all requests.
fn endpoints(operations: &[Operation]) -> String {
    let rows: Vec<_> = operations
        .iter()
        .map(|Operation { route, summary, .. }| {
            format!("| `{} {}` | `{}` | {summary} |", route.method, route.path, route.function)
        })
        .collect();
    format!(
        "# Endpoints\n\n\
         Made by `cargo dev gen` from the code. Every path is served with and without a trailing slash, and answers `OPTIONS`. `HEAD` is \
         answered as `GET` is. [The reference](../api/README.md) has bodies, answers and fixed strings, \
         [openapi.json](../openapi.json) the schemas.\n\n\
         | request | function | what it does |\n|---|---|---|\n{}\n",
        rows.join("\n")
    )
}
