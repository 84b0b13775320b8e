//! The integration guide: prose of the app's package, tables of the OpenAPI document, as Markdown and as HTML.
//!
//! The document is the only source of what an operation takes, gives and refuses with; the words for it in a language
//! are in a file beside the prose. An operation or an error without words fails the generation.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::markdown;
use crate::reference;

/// Where prose and words are.
const SOURCES: &str = "functions/app/guide";
/// Where the templates are that the portal is built with.
const TEMPLATES: &str = "functions/app/templates";

const LANGUAGES: [&str; 2] = ["zh", "en"];

/// What the tables say in a language.
#[derive(Deserialize)]
pub(crate) struct Words {
    pub(crate) columns: BTreeMap<String, String>,
    pub(crate) types: BTreeMap<String, String>,
    pub(crate) rules: BTreeMap<String, String>,
    pub(crate) operations: BTreeMap<String, String>,
    pub(crate) errors: BTreeMap<String, String>,
}

/// The word for `key`, or what is missing where.
pub(crate) fn word<'a>(words: &'a BTreeMap<String, String>, key: &str) -> Result<&'a str> {
    words.get(key).map(String::as_str).with_context(|| format!("{SOURCES}/words.*.json has no words for `{key}`"))
}

/// The guide's files, by their paths: for each language its Markdown and its HTML, which are templates of the portal.
pub(crate) fn files(document: &Value) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for language in LANGUAGES {
        let markdown = guide(document, language)?;
        files.push((format!("{TEMPLATES}/guide.{language}.html"), markdown::to_html(&markdown)));
        files.push((format!("{TEMPLATES}/guide.{language}.md"), markdown));
    }
    Ok(files)
}

/// The words of a language, by its tag.
pub(crate) fn words(language: &str) -> Result<Words> {
    Ok(serde_json::from_str(&read(&format!("{SOURCES}/words.{language}.json"))?)?)
}

fn guide(document: &Value, language: &str) -> Result<String> {
    let prose = read(&format!("{SOURCES}/guide.{language}.md"))?;
    let words = words(language)?;
    let tables = [
        ("<!-- endpoints -->\n", reference::endpoints(document, &words)?),
        ("<!-- errors -->\n", reference::errors(document, &words)?),
        ("<!-- reference -->\n", reference::operations(document, &words)?),
    ];
    tables.into_iter().try_fold(prose, |guide, (place, table)| {
        let (before, after) = guide.split_once(place).with_context(|| format!("the guide has no {place}"))?;
        Ok(format!("{before}{table}{after}"))
    })
}

fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))
}
