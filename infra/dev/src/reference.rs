//! The OpenAPI document as tables of the guide.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value};

use crate::guide::{Words, word};

/// One operation of the document.
struct Operation<'a> {
    method: String,
    path: &'a str,
    id: &'a str,
    value: &'a Value,
}

/// The document's operations of the App API, whose guide this is. A JSON object has no order, so they come in the one
/// that the code lists them in.
fn of(document: &Value) -> Result<Vec<Operation<'_>>> {
    let mut operations = Vec::new();
    let order: Vec<_> = app::operations().iter().map(|operation| operation.route.name).collect();
    for (path, item) in object(&document["paths"])? {
        for (method, value) in object(item)? {
            let id = value["operationId"].as_str().context("an operation has no operationId")?;
            if !order.contains(&id) {
                continue;
            }
            operations.push(Operation { method: method.to_uppercase(), path, id, value });
        }
    }
    operations.sort_by_key(|operation| order.iter().position(|name| *name == operation.id));
    Ok(operations)
}

impl Operation<'_> {
    /// The headers that it needs.
    fn credentials(&self) -> Vec<&'static str> {
        let schemes = self.value["security"][0].as_object();
        let schemes = schemes.into_iter().flat_map(Map::keys).map(|scheme| match scheme.as_str() {
            "appId" => "`x-app-id`",
            "appSecret" => "`x-app-secret`",
            _ => "`Authorization`",
        });
        schemes.collect()
    }

    /// Status and text of each refusal.
    fn refusals(&self) -> Result<Vec<(&str, &str)>> {
        let mut refusals = Vec::new();
        for (status, answer) in object(&self.value["responses"])? {
            let examples = answer["content"]["application/json"]["examples"].as_object();
            let errors = examples.into_iter().flat_map(Map::values).filter_map(|one| one["value"]["error"].as_str());
            refusals.extend(errors.map(|error| (status.as_str(), error)));
        }
        Ok(refusals)
    }
}

/// The table of all operations.
pub(crate) fn endpoints(document: &Value, words: &Words) -> Result<String> {
    let mut table = heading(words, &["request", "purpose", "credentials"])?;
    for operation in of(document)? {
        let credentials = match operation.credentials() {
            none if none.is_empty() => word(&words.columns, "none")?.to_owned(),
            some => some.join(word(&words.columns, "and")?),
        };
        let purpose = word(&words.operations, operation.id)?;
        writeln!(table, "| `{} {}` | {purpose} | {credentials} |", operation.method, operation.path)?;
    }
    Ok(table)
}

/// The table of all errors, each once, by status.
pub(crate) fn errors(document: &Value, words: &Words) -> Result<String> {
    let mut seen: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let operations = of(document)?;
    for operation in &operations {
        for (status, error) in operation.refusals()? {
            let errors = seen.entry(status).or_default();
            if !errors.contains(&error) {
                errors.push(error);
            }
        }
    }
    let mut table = heading(words, &["status", "`error`", "meaning"])?;
    for (status, errors) in seen {
        for error in errors {
            writeln!(table, "| {status} | `{error}` | {} |", word(&words.errors, error)?)?;
        }
    }
    Ok(table)
}

/// A section for each operation that needs credentials, and for the others that answer in JSON.
pub(crate) fn operations(document: &Value, words: &Words) -> Result<String> {
    let mut sections = Vec::new();
    for operation in of(document)? {
        let answer = &operation.value["responses"]["200"]["content"]["application/json"]["schema"];
        if answer.is_null() {
            continue;
        }
        let mut section = format!("### {} {}\n\n", operation.method, operation.path);
        writeln!(section, "{}", word(&words.operations, operation.id)?)?;
        let credentials = operation.credentials();
        if !credentials.is_empty() {
            let headers = credentials.join(word(&words.columns, "and")?);
            writeln!(section, "\n**{}**{}{headers}", word(&words.columns, "headers")?, word(&words.columns, "colon")?)?;
        }
        let body = &operation.value["requestBody"]["content"]["application/json"]["schema"];
        section += &fields(body, "body", words)?;
        section += &fields(answer, "answer", words)?;
        let errors: Vec<_> =
            operation.refusals()?.into_iter().map(|(status, error)| format!("{status} `{error}`")).collect();
        if !errors.is_empty() {
            let (title, colon) = (word(&words.columns, "errors")?, word(&words.columns, "colon")?);
            writeln!(section, "\n**{title}**{colon}{}", errors.join(" · "))?;
        }
        sections.push(section);
    }
    Ok(sections.join("\n"))
}

/// A table of a schema's fields; one for each form that the schema allows.
fn fields(schema: &Value, title: &str, words: &Words) -> Result<String> {
    let forms = ["oneOf", "anyOf"].into_iter().find_map(|of| schema[of].as_array());
    let forms = forms.map_or_else(|| vec![schema], |forms| forms.iter().collect());
    let mut tables = String::new();
    for (position, form) in forms.into_iter().filter(|form| !form.is_null()).enumerate() {
        let title = if position == 0 { title } else { "or" };
        write!(tables, "\n**{}**\n\n{}", word(&words.columns, title)?, heading(words, &["field", "type", "rule"])?)?;
        rows(form, "", words, &mut tables)?;
    }
    Ok(tables)
}

fn rows(schema: &Value, prefix: &str, words: &Words, table: &mut String) -> Result<()> {
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = object(&schema["properties"])?;
    // What is required in its order, as the code lists it; then the rest.
    let optional = properties.keys().map(String::as_str).filter(|name| !required.contains(name));
    for name in required.iter().copied().chain(optional) {
        let field = &properties[name];
        let mut facts = rules(field, words)?;
        if !required.contains(&name) {
            facts.push(word(&words.columns, "optional")?.to_owned());
        }
        let kind = word(&words.types, field["type"].as_str().unwrap_or("string"))?;
        writeln!(table, "| `{prefix}{name}` | {kind} | {} |", facts.join(word(&words.columns, "and")?))?;
        if field["properties"].is_object() {
            rows(field, &format!("{prefix}{name}."), words, table)?;
        }
    }
    Ok(())
}

/// What a field's value has to be.
fn rules(field: &Value, words: &Words) -> Result<Vec<String>> {
    let fill = |rule: &str, names: &[(&str, &Value)]| -> Result<String> {
        let text = word(&words.rules, rule)?.to_owned();
        Ok(names.iter().fold(text, |text, (name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), |text| text.replace('|', "\\|"));
            text.replace(&format!("{{{name}}}"), &value)
        }))
    };
    let mut facts = Vec::new();
    if field["format"] == "email" {
        facts.push(fill("email", &[])?);
    }
    if !field["pattern"].is_null() {
        facts.push(fill("pattern", &[("pattern", &field["pattern"])])?);
    }
    if !field["const"].is_null() {
        facts.push(fill("const", &[("value", &field["const"])])?);
    }
    match (&field["minLength"], &field["maxLength"]) {
        (Value::Number(_), Value::Number(_)) => {
            facts.push(fill("length", &[("min", &field["minLength"]), ("max", &field["maxLength"])])?);
        }
        (_, Value::Number(_)) => facts.push(fill("at most", &[("max", &field["maxLength"])])?),
        _ => {}
    }
    if !field["maximum"].is_null() {
        facts.push(fill("range", &[("min", &field["minimum"]), ("max", &field["maximum"])])?);
    }
    Ok(facts)
}

fn heading(words: &Words, columns: &[&str]) -> Result<String> {
    let mut names = Vec::new();
    for column in columns {
        names.push(if column.starts_with('`') { column } else { word(&words.columns, column)? });
    }
    Ok(format!("| {} |\n{}|\n", names.join(" | "), "|---".repeat(columns.len())))
}

fn object(value: &Value) -> Result<&Map<String, Value>> {
    value.as_object().context("the OpenAPI document has no object here")
}
