//! `cargo dev gen`: the files that are made from the code, committed, and proven fresh by `cargo dev check`.

use anyhow::{Context as _, Result, bail};
use runtime::Operation;

use crate::{guide, openapi};

const OPENAPI: &str = "docs/openapi.json";
const README: &str = "README.md";
const TABLE_BEGINS: &str = "<!-- endpoints: made by `cargo dev gen` -->\n";
const TABLE_ENDS: &str = "<!-- end of endpoints -->";

/// Writes every generated file, from the root of the workspace.
pub(crate) fn write() -> Result<()> {
    for (path, text) in files()? {
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
    [app::operations(), browser::operations(), oauth::operations()].concat()
}

/// By their paths.
fn files() -> Result<Vec<(String, String)>> {
    let operations = operations();
    let document = openapi::document(&operations);
    let readme = std::fs::read_to_string(README).context("README.md cannot be read")?;
    let mut files = guide::files(&document)?;
    files.push((OPENAPI.to_owned(), serde_json::to_string_pretty(&document)? + "\n"));
    files.push((README.to_owned(), with_table(&readme, &operations)?));
    Ok(files)
}

fn with_table(readme: &str, operations: &[Operation]) -> Result<String> {
    let missing = || format!("README.md has no place for the endpoints: {TABLE_BEGINS}");
    let (before, rest) = readme.split_once(TABLE_BEGINS).with_context(missing)?;
    let (_, after) = rest.split_once(TABLE_ENDS).with_context(missing)?;
    let rows: Vec<_> = operations
        .iter()
        .map(|Operation { route, summary, .. }| {
            format!("| `{} {}` | `{}` | {summary} |", route.method, route.path, route.function)
        })
        .collect();
    let table = format!("| request | function | what it does |\n|---|---|---|\n{}\n", rows.join("\n"));
    Ok(format!("{before}{TABLE_BEGINS}{table}{TABLE_ENDS}{after}"))
}
