//! For each operation of a page a form that sends it, from the OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use runtime::encode;
use serde_json::Value;
use shared::language::Language;

use crate::markdown::escaped;

/// The section of the forms.
pub(super) const ID: &str = "try-it";

/// What its heading says, in Chinese and in English.
const TITLE: [&str; 2] = ["试用", "Try it"];

/// The same in the language of a reader.
pub(super) const fn title(language: Language) -> &'static str {
    let [chinese, english] = TITLE;
    language.say(chinese, english)
}

/// Below the heading, in both languages. The style sheet shows one: forms are the same text for every reader.
const INTRODUCTION: &str = "<div data-only=\"zh\" lang=\"zh\"><p class=\"hint\">每个表单都会调用本部署，并显示它发送的请求。您输入的内容只留在本页的内存里。\
    示例中的密钥都写成变量：<code>$APP_SECRET</code>、<code>$TOKEN</code>，以及 <code>$CLIENT</code>，即客户端 id 和密钥的 base64。使用 Cookie 的接口会带上\
    本浏览器在此地址的 Cookie，因此以在这里登录的用户的身份执行。</p>\n\
    <noscript><p class=\"note\">表单需要 JavaScript；上面的文字不需要。</p></noscript></div>\n\
    <div data-only=\"en\" lang=\"en\"><p class=\"hint\">Each form calls this deployment and shows the request that it sends. What you type stays in this \
    page's memory. In the samples secrets are variables: <code>$APP_SECRET</code>, <code>$TOKEN</code>, and <code>$CLIENT</code> for the base64 \
    of a client's id and secret. Forms of operations with cookies send those that this browser has of this address, so they act for the user \
    who is signed in here.</p>\n<noscript><p class=\"note\">The forms need JavaScript; the text above does not.</p></noscript></div>\n";

/// Words in both languages, of which the style sheet shows those of the page.
fn both(chinese: &str, english: &str) -> String {
    let words = |language: &str, words: &str| {
        format!("<span data-only=\"{language}\" lang=\"{language}\">{}</span>", escaped(words))
    };
    words("zh", chinese) + &words("en", english)
}

/// The section, empty where no operation has one of these tags. `summaries` say in Chinese what operations do, by their ids.
pub(super) fn of(document: &Value, tags: &[&str], summaries: &BTreeMap<String, String>) -> Result<String> {
    let mut forms = String::new();
    for (path, methods) in document["paths"].as_object().context("the OpenAPI document has no paths")? {
        for (method, operation) in methods.as_object().context("a path has no methods")? {
            if operation["tags"][0].as_str().is_some_and(|tag| tags.contains(&tag)) && is_for_programs(operation) {
                forms += &form(&method.to_uppercase(), path, operation, summaries)?;
            }
        }
    }
    if forms.is_empty() {
        return Ok(forms);
    }
    let [chinese, english] = TITLE;
    Ok(format!("<h2 id=\"{ID}\">{}</h2>\n{INTRODUCTION}{forms}", both(chinese, english)))
}

/// Whether it answers with JSON or without a body: the others are pages, files and redirects.
fn is_for_programs(operation: &Value) -> bool {
    let success = operation["responses"].as_object().into_iter().flatten().find(|(status, _)| status.starts_with('2'));
    success.is_some_and(|(_, answer)| {
        answer["content"].as_object().into_iter().flatten().all(|(media_type, _)| media_type == "application/json")
    })
}

fn form(method: &str, path: &str, operation: &Value, summaries: &BTreeMap<String, String>) -> Result<String> {
    let id = operation["operationId"].as_str().context("an operation has no operationId")?;
    let english = operation["summary"].as_str().unwrap_or_default();
    let summary = match summaries.get(id) {
        Some(chinese) => both(chinese, english),
        None => format!("<span lang=\"en\">{}</span>", escaped(english)),
    };
    let schemes = schemes(operation);
    let with_cookies = operation["tags"][0] == "browser" || schemes.iter().any(|scheme| scheme.ends_with("Cookie"));
    let cookies = if with_cookies { " data-cookies" } else { "" };
    let danger = if method == "DELETE" { " danger" } else { "" };
    let mut form = format!(
        "<details id=\"{id}\"><summary><code>{method} {path}</code> {summary}</summary>\n\
         <form class=\"card operation{danger}\" data-method=\"{method}\" data-path=\"{path}\"{cookies} novalidate>\n"
    );
    for scheme in &schemes {
        form += &credentials(id, scheme)?;
    }
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().context("a parameter has no name")?;
        let kind = if parameter["in"] == "path" { "path-part" } else { "query" };
        form += &input(id, name, &format!("data-{kind}=\"{name}\""))?;
    }
    for (media_type, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        let example = example(media_type, &content["example"])?;
        let rows = example.lines().count().max(2);
        writeln!(
            form,
            "<div class=\"field\"><label for=\"{id}-body\">{media_type}</label>\
             <textarea id=\"{id}-body\" data-body=\"{media_type}\" rows=\"{rows}\" spellcheck=\"false\">{}</textarea></div>",
            escaped(&example)
        )?;
    }
    let send = both("发送", "Send");
    writeln!(
        form,
        "<button class=\"send\" disabled>{send}</button>\n<div class=\"result\" role=\"status\"></div>\n\
         <div class=\"sample\"></div>\n</form></details>"
    )?;
    Ok(form)
}

/// The names of all security schemes that the operation takes, each once.
fn schemes(operation: &Value) -> BTreeSet<&str> {
    let alternatives = operation["security"].as_array().into_iter().flatten();
    alternatives.filter_map(Value::as_object).flat_map(|all| all.keys().map(String::as_str)).collect()
}

/// The inputs of a scheme; none for a cookie, which the browser has.
fn credentials(id: &str, scheme: &str) -> Result<String> {
    let secret = "class=\"masked\"";
    Ok(match scheme {
        "appId" => input(id, "x-app-id", "data-header=\"x-app-id\" data-variable=\"APP_ID\"")?,
        "appSecret" => {
            input(id, "x-app-secret", &format!("{secret} data-header=\"x-app-secret\" data-variable=\"APP_SECRET\""))?
        }
        "bearer" => {
            let attributes = "data-header=\"authorization\" data-prefix=\"Bearer \" data-variable=\"TOKEN\"";
            input(id, "token", &format!("{secret} {attributes}"))?
        }
        "clientBasic" => {
            let client = input(id, "client_id", "data-client")?;
            client + &input(id, "client_secret", &format!("{secret} data-client-secret"))?
        }
        _ => String::new(),
    })
}

fn input(id: &str, name: &str, attributes: &str) -> Result<String> {
    let mut field = String::new();
    writeln!(
        field,
        "<div class=\"field\"><label for=\"{id}-{name}\">{name}</label><input id=\"{id}-{name}\" autocomplete=\"off\" \
         autocapitalize=\"none\" spellcheck=\"false\" {attributes}></div>"
    )?;
    Ok(field)
}

/// The example as a body of its media type.
fn example(media_type: &str, example: &Value) -> Result<String> {
    if media_type != "application/x-www-form-urlencoded" {
        return Ok(serde_json::to_string_pretty(example)?);
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fields = example.as_object().into_iter().flatten();
    let pairs: Vec<_> = fields.map(|(name, value)| format!("{name}={}", encode(&text(value)))).collect();
    Ok(pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::of;

    #[test]
    fn an_operation_for_programs_has_a_form_and_a_page_has_none() {
        let json_answer = json!({"200": {"content": {"application/json": {}}}});
        let page = json!({"200": {"content": {"text/html": {}}}});
        let document = json!({"paths": {
            "/a/{id}": {"delete": {
                "operationId": "remove", "summary": "Remove <it>", "tags": ["browser"], "responses": json_answer,
                "security": [{"bearer": []}, {"accessCookie": []}], "parameters": [{"name": "id", "in": "path"}],
            }},
            "/page": {"get": {"operationId": "show", "tags": ["browser"], "responses": page}},
            "/other": {"get": {"operationId": "other", "tags": ["app"], "responses": json_answer}},
        }});
        let summaries = BTreeMap::from([("other".to_owned(), "另一个<它>".to_owned())]);
        let html = of(&document, &["browser"], &summaries).expect("forms");
        assert!(html.contains("data-method=\"DELETE\" data-path=\"/a/{id}\" data-cookies"), "{html}");
        assert!(html.contains("data-path-part=\"id\"") && html.contains("data-prefix=\"Bearer \""), "{html}");
        assert!(html.contains("Remove &lt;it&gt;"), "{html}");
        assert!(!html.contains("\"show\"") && !html.contains("\"other\""), "{html}");
        assert_eq!(of(&document, &[], &summaries).expect("none"), "");
        let html = of(&document, &["app"], &summaries).expect("forms");
        assert!(
            html.contains("<span data-only=\"zh\" lang=\"zh\">另一个&lt;它&gt;</span><span data-only=\"en\""),
            "{html}"
        );
    }

    #[test]
    fn a_body_has_the_form_of_its_media_type() {
        let example = json!({"a": "x y", "b": 1});
        assert_eq!(super::example("application/x-www-form-urlencoded", &example).expect("a form"), "a=x%20y&b=1");
        assert!(super::example("application/json", &example).expect("JSON").starts_with("{\n  \"a\": \"x y\""));
    }
}
