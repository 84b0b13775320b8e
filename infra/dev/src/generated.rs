//! `cargo dev gen`: the files that are made from the code, committed, and proven fresh by `cargo dev check`.

use anyhow::{Context as _, Result, bail};
use ops::cost;
use runtime::Operation;

use crate::{api, events, guide, openapi, texts};

const OPENAPI: &str = "docs/openapi.json";
const README: &str = "README.md";
const TEMPLATE: &str = "template.yaml";
const ENDPOINTS: Marks = ("<!-- endpoints: made by `cargo dev gen` -->\n", "<!-- end of endpoints -->");
const COST: Marks = ("<!-- cost: made by `cargo dev gen` -->\n", "<!-- end of cost -->");

const API: Marks = ("      # api: made by `cargo dev gen`\n", "      # end of api\n");
const PERMISSIONS: Marks = ("  # permissions: made by `cargo dev gen`\n", "  # end of permissions\n");

/// Between which lines of a file a generated part stands.
type Marks = (&'static str, &'static str);

/// Writes every generated file, from the root of the workspace.
pub(crate) fn write() -> Result<()> {
    for (path, text) in files()? {
        if let Some(folder) = std::path::Path::new(&path).parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, text).with_context(|| format!("{path} cannot be written"))?;
    }
    Ok(())
}

/// Fails when a generated file is not what the code would write now.
pub(crate) fn check() -> Result<()> {
    let files = files()?.into_iter();
    let stale: Vec<_> = files
        .filter(|(path, text)| std::fs::read_to_string(path).ok().as_ref() != Some(text))
        .map(|(path, _)| path)
        .collect();
    if !stale.is_empty() {
        bail!("stale: {}; run `cargo dev gen` and commit the result", stale.join(", "));
    }
    Ok(())
}

/// Every operation of every API.
fn operations() -> Vec<Operation> {
    [app::operations(), browser::operations(), account::operations(), oauth::operations()].concat()
}

/// By their paths.
fn files() -> Result<Vec<(String, String)>> {
    let operations = operations();
    let document = openapi::document(&operations);
    let read = |path: &str| std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read"));
    let mut files = guide::files(&document)?;
    files.extend(events::files(&operations)?);
    files.push(texts::file()?);
    files.push((OPENAPI.to_owned(), serde_json::to_string_pretty(&document)? + "\n"));
    let template = with_part(&read(TEMPLATE)?, API, &api::definition(&operations)?)?;
    files.push((TEMPLATE.to_owned(), with_part(&template, PERMISSIONS, &api::permissions(&operations)?)?));
    let readme = with_part(&read(README)?, ENDPOINTS, &table(&operations))?;
    files.push((README.to_owned(), with_part(&readme, COST, &cost::readme()?)?));
    Ok(files)
}

/// `text` with `part` between `marks`.
fn with_part(text: &str, (begins, ends): Marks, part: &str) -> Result<String> {
    let missing = || format!("no file has a place for {}", begins.trim());
    let (before, rest) = text.split_once(begins).with_context(missing)?;
    let (_, after) = rest.split_once(ends).with_context(missing)?;
    Ok(format!("{before}{begins}{part}{ends}{after}"))
}

fn table(operations: &[Operation]) -> String {
    let rows: Vec<_> = operations
        .iter()
        .map(|Operation { route, summary, .. }| {
            format!("| `{} {}` | `{}` | {summary} |", route.method, route.path, route.function)
        })
        .collect();
    format!("| request | function | what it does |\n|---|---|---|\n{}\n", rows.join("\n"))
}
