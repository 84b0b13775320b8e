//! What the portal serves of the documentation, compressed: a page of HTML for each of `app::portal::MANUAL`, the OpenAPI document,
//! and an index for language models. docs/decisions/0340-the-portal-serves-the-documentation.md.

mod forms;

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::{Context as _, Result};
use app::portal::{AssetPaths, MANUAL, ManualPage, asset_paths};
use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use crate::markdown::{self, Section, escaped};

/// Where the function finds them.
const FOLDER: &str = "functions/app/manual";

/// The files, by their paths.
pub(crate) fn files(document: &Value) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = vec![
        (format!("{FOLDER}/openapi.json.gz"), packed(&served(document).to_string())?),
        (format!("{FOLDER}/llms.txt.gz"), packed(&index()?)?),
    ];
    for page in MANUAL {
        files.push((format!("{FOLDER}/{}.html.gz", page.name), packed(&html(page, document)?)?));
    }
    Ok(files)
}

/// As a file of gzip without a name and a time, so that the same text is the same bytes.
fn packed(text: &str) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    gzip.write_all(text.as_bytes())?;
    Ok(gzip.finish()?)
}

/// The document of a deployment: its server is the one that the document came from.
fn served(document: &Value) -> Value {
    let mut served = document.clone();
    served["servers"] = json!([{"url": "/", "description": "This deployment"}]);
    served
}

/// The index, as llmstxt.org has it.
fn index() -> Result<String> {
    let mut index = "# Latchet\n\n\
        > One auth service with four HTTP APIs over one set of users, and pages for people.\n\n## Documentation\n\n"
        .to_owned();
    for ManualPage { name, title, about, .. } in MANUAL {
        writeln!(index, "- [{title}](/docs/{name}): {about}")?;
    }
    index += "\n## For programs\n\n\
        - [OpenAPI document](/openapi.json): every operation with its bodies, answers and errors\n\
        - [Guide of the App API](/docs.md?lang=en): Markdown, with samples in curl, JavaScript and Dart\n";
    Ok(index)
}

/// A whole page.
fn html(page: &ManualPage, document: &Value) -> Result<String> {
    let path = format!("docs/{}", page.source);
    let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    let (article, mut sections) = markdown::to_page(&text, |target| link(page, target));
    let forms = forms::of(document, page.tags)?;
    if !forms.is_empty() {
        sections.push(Section { id: forms::ID.to_owned(), title: forms::TITLE.to_owned() });
    }
    let AssetPaths { style, tools, icon } = asset_paths();
    let navigation = navigation(page, &sections)?;
    Ok(format!(
        "<!doctype html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"description\" content=\"{about}\">\n\
         <title>{title} · Latchet</title>\n\
         <script src=\"{tools}\" defer></script>\n\
         <link rel=\"stylesheet\" href=\"{style}\">\n\
         <link rel=\"icon\" href=\"{icon}\" type=\"image/svg+xml\">\n\
         </head>\n\
         <body class=\"manual\">\n\
         <a class=\"skip\" href=\"#content\">Skip to the text</a>\n\
         {navigation}\
         <main id=\"content\">\n\
         <article>\n{article}{forms}</article>\n\
         </main>\n\
         </body>\n\
         </html>\n",
        about = page.about,
        title = page.title,
    ))
}

/// The pages, and the sections of the one that is open.
fn navigation(open: &ManualPage, sections: &[Section]) -> Result<String> {
    let mut list = "<nav class=\"side\" aria-label=\"Documentation\">\n<a href=\"/\">Portal</a>\n".to_owned();
    for page in MANUAL {
        if page.name != open.name {
            writeln!(list, "<a href=\"/docs/{}\">{}</a>", page.name, page.title)?;
            continue;
        }
        writeln!(list, "<a href=\"/docs/{}\" aria-current=\"page\">{}</a>\n<ul>", page.name, page.title)?;
        for Section { id, title } in sections {
            writeln!(list, "<li><a href=\"#{id}\">{}</a></li>", escaped(title))?;
        }
        list += "</ul>\n";
    }
    list += "<a href=\"/openapi.json\">openapi.json</a>\n<a href=\"/llms.txt\">llms.txt</a>\n</nav>\n";
    Ok(list)
}

/// Where a link of a page leads on the portal; nowhere, if it leads to a file that the portal does not serve.
fn link(page: &ManualPage, target: &str) -> Option<String> {
    if target.starts_with('#') || target.contains("://") {
        return Some(target.to_owned());
    }
    let (file, section) = target.split_once('#').map_or((target, None), |(file, section)| (file, Some(section)));
    let source = joined(page.source, file);
    if source == "openapi.json" {
        return Some("/openapi.json".to_owned());
    }
    let known = MANUAL.iter().find(|page| page.source == source)?;
    Some(section.map_or(format!("/docs/{}", known.name), |section| format!("/docs/{}#{section}", known.name)))
}

/// The path under `docs/` that `relative` is, seen from the file `source`.
fn joined(source: &str, relative: &str) -> String {
    let mut parts: Vec<_> = source.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use app::portal::MANUAL;

    use super::{joined, link};

    #[test]
    fn a_link_leads_to_the_page_that_the_portal_has_or_nowhere() {
        let app = MANUAL.iter().find(|page| page.name == "app").expect("the page of the App API");
        assert_eq!(link(app, "pages.md#sign-in").as_deref(), Some("/docs/pages#sign-in"));
        assert_eq!(link(app, "README.md").as_deref(), Some("/docs/overview"));
        assert_eq!(link(app, "../openapi.json").as_deref(), Some("/openapi.json"));
        assert_eq!(link(app, "#errors").as_deref(), Some("#errors"));
        assert_eq!(link(app, "https://example.com/").as_deref(), Some("https://example.com/"));
        assert_eq!(link(app, "../second-factor.md"), None);
    }

    #[test]
    fn a_path_is_seen_from_its_file() {
        assert_eq!(joined("api/app.md", "../errors.md"), "errors.md");
        assert_eq!(joined("errors.md", "api/app.md"), "api/app.md");
    }
}
