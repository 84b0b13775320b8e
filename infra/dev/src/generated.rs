//! `cargo dev gen`: the files that are made from the code, committed, and proven fresh by `cargo dev check`.

use anyhow::{Context as _, Result, bail};
use ops::cost;
use runtime::Operation;

use crate::{events, guide, openapi, texts};

const OPENAPI: &str = "docs/openapi.json";
const README: &str = "README.md";
const ENDPOINTS: Marks = ("<!-- endpoints: made by `cargo dev gen` -->\n", "<!-- end of endpoints -->");
const COST: Marks = ("<!-- cost: made by `cargo dev gen` -->\n", "<!-- end of cost -->");

/// Between which lines of the README a generated part stands.
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
    let readme = std::fs::read_to_string(README).context("README.md cannot be read")?;
    let mut files = guide::files(&document)?;
    files.extend(events::files(&operations)?);
    files.push(texts::file()?);
    files.push((OPENAPI.to_owned(), serde_json::to_string_pretty(&document)? + "\n"));
    let readme = with_part(&readme, ENDPOINTS, &table(&operations))?;
    files.push((README.to_owned(), with_part(&readme, COST, &cost::readme()?)?));
    Ok(files)
}

/// `readme` with `part` between `marks`.
fn with_part(readme: &str, (begins, ends): Marks, part: &str) -> Result<String> {
    let missing = || format!("README.md has no place for {begins}");
    let (before, rest) = readme.split_once(begins).with_context(missing)?;
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
