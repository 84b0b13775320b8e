//! What the portal serves of the documentation, compressed: a page of HTML in Chinese and one in English for each of
//! `app::portal::MANUAL`, the OpenAPI document, and an index for language models.
//! docs/decisions/0340-the-portal-serves-the-documentation.md.

mod forms;
mod packing;

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use app::portal::{AssetPaths, MANUAL, ManualPage, asset_paths};
use serde_json::{Value, json};
use shared::language::Language;

use crate::guide;
use crate::markdown::{self, Section, escaped};

/// Where the function finds them.
const FOLDER: &str = "functions/app/manual";

/// A page for readers of a language.
#[derive(Clone, Copy)]
struct Edition {
    page: &'static ManualPage,
    language: Language,
}

impl Edition {
    /// The language of its text.
    const fn spoken(self) -> Language {
        self.page.spoken(self.language)
    }

    /// The file under `docs/` that its text is from.
    fn source(self) -> &'static str {
        self.page.chinese.filter(|_| self.spoken() == Language::Chinese).unwrap_or(self.page.source)
    }

    /// Where the portal serves it. The address names the language: no cookie keeps it.
    fn address(self) -> String {
        format!("/docs/{}?lang={}", self.page.name, self.language.tag())
    }

    const fn title(self) -> &'static str {
        let [chinese, english] = self.page.title;
        self.language.say(chinese, english)
    }

    const fn about(self) -> &'static str {
        let [chinese, english] = self.page.about;
        self.language.say(chinese, english)
    }

    /// The same page for readers of the other language.
    const fn other(self) -> Self {
        let language = match self.language {
            Language::Chinese => Language::English,
            Language::English => Language::Chinese,
        };
        Self { language, ..self }
    }
}

/// The files, by their paths.
pub(crate) fn files(document: &Value) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = vec![
        (format!("{FOLDER}/openapi.json.gz"), packing::whole(&served(document).to_string())?),
        (format!("{FOLDER}/llms.txt.gz"), packing::whole(&index()?)?),
    ];
    let summaries = guide::words("zh")?.operations;
    for page in MANUAL {
        let forms = forms::of(document, page.tags, &summaries)?;
        for language in [Language::Chinese, Language::English] {
            let edition = Edition { page, language };
            let (beginning, text) = html(edition, &forms)?;
            let name = |tag: &str, part: &str| format!("{FOLDER}/{}.{tag}.{part}", page.name);
            files.push((name(language.tag(), "frame"), packing::frame(&beginning, &text)?));
            // A page that nobody translated has one text, in both frames.
            if edition.spoken() == language {
                files.push((name(language.tag(), "text"), packing::text(&text)?));
            }
        }
    }
    Ok(files)
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
    for page in MANUAL {
        let edition = Edition { page, language: Language::English };
        writeln!(index, "- [{}]({}): {}", edition.title(), edition.address(), edition.about())?;
    }
    index += "\nThe overview, the quickstarts and the guide of the App API are in Chinese as well: `?lang=zh`.\n";
    index += "\n## For programs\n\n\
        - [OpenAPI document](/openapi.json): every operation with its bodies, answers and errors\n\
        - [Guide of the App API](/docs.md?lang=en): Markdown, with samples in curl, JavaScript and Dart\n";
    Ok(index)
}

/// A page: its beginning, in the reader's language, and its text with the forms, which says nothing of the reader.
fn html(edition: Edition, forms: &str) -> Result<(String, String)> {
    let Edition { page, language } = edition;
    let path = format!("docs/{}", edition.source());
    let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    let (article, sections) = markdown::to_page(&text, |target| link(edition, target));
    let note = if edition.spoken() == language { "" } else { "<p class=\"note\">本页只有英文版。</p>\n" };
    let AssetPaths { style, tools, icon } = asset_paths();
    let navigation = navigation(edition, &sections, !forms.is_empty())?;
    let beginning = format!(
        "<!doctype html>\n\
         <html lang=\"{lang}\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"description\" content=\"{about}\">\n\
         <title>{title} · Latchet</title>\n\
         <link rel=\"alternate\" hreflang=\"zh\" href=\"/docs/{name}?lang=zh\">\n\
         <link rel=\"alternate\" hreflang=\"en\" href=\"/docs/{name}?lang=en\">\n\
         <script src=\"{tools}\" defer></script>\n\
         <link rel=\"stylesheet\" href=\"{style}\">\n\
         <link rel=\"icon\" href=\"{icon}\" type=\"image/svg+xml\">\n\
         </head>\n\
         <body class=\"manual\">\n\
         <a class=\"skip\" href=\"#content\">{skip}</a>\n\
         {navigation}\
         <main id=\"content\">\n\
         {note}",
        lang = language.tag(),
        about = edition.about(),
        title = edition.title(),
        name = page.name,
        skip = language.say("跳到正文", "Skip to the text"),
    );
    let spoken = edition.spoken().tag();
    let text = format!("<article lang=\"{spoken}\">\n{article}{forms}</article>\n</main>\n</body>\n</html>\n");
    Ok((beginning, text))
}

/// The way to the other language, the pages, and the sections of the one that is open.
fn navigation(open: Edition, sections: &[Section], has_forms: bool) -> Result<String> {
    let Edition { page: opened, language } = open;
    let mut list = format!(
        "<nav class=\"side\" aria-label=\"{label}\">\n\
         <a class=\"switch\" href=\"{address}\" lang=\"{other}\" hreflang=\"{other}\">{switch}</a>\n\
         <a href=\"/?lang={lang}\">{portal}</a>\n",
        label = language.say("文档", "Documentation"),
        address = open.other().address(),
        other = open.other().language.tag(),
        switch = language.say("English", "中文"),
        lang = language.tag(),
        portal = language.say("门户", "Portal"),
    );
    for page in MANUAL {
        let edition = Edition { page, language };
        let (address, title) = (edition.address(), edition.title());
        if page.name != opened.name {
            writeln!(list, "<a href=\"{address}\">{title}</a>")?;
            continue;
        }
        let spoken = open.spoken().tag();
        writeln!(list, "<a href=\"{address}\" aria-current=\"page\">{title}</a>\n<ul lang=\"{spoken}\">")?;
        for Section { id, title } in sections {
            writeln!(list, "<li><a href=\"#{id}\">{}</a></li>", escaped(title))?;
        }
        if has_forms {
            let (tag, title) = (language.tag(), forms::title(language));
            writeln!(list, "<li lang=\"{tag}\"><a href=\"#{}\">{title}</a></li>", forms::ID)?;
        }
        list += "</ul>\n";
    }
    list += "<a href=\"/openapi.json\">openapi.json</a>\n<a href=\"/llms.txt\">llms.txt</a>\n</nav>\n";
    Ok(list)
}

/// Where a link of a page leads on the portal; nowhere, if it leads to a file that the portal does not serve.
fn link(open: Edition, target: &str) -> Option<String> {
    if target.starts_with('#') || target.contains("://") {
        return Some(target.to_owned());
    }
    let (file, section) = target.split_once('#').map_or((target, None), |(file, section)| (file, Some(section)));
    let source = joined(open.source(), file);
    if source == "openapi.json" {
        return Some("/openapi.json".to_owned());
    }
    let page = MANUAL.iter().find(|page| page.source == source || page.chinese == Some(source.as_str()))?;
    let section = section.map(|section| format!("#{section}")).unwrap_or_default();
    if open.page.chinese.is_none() {
        // This text stands in both frames. The script adds the reader's language.
        return Some(format!("/docs/{}{section}", page.name));
    }
    let written = if page.chinese == Some(source.as_str()) { Language::Chinese } else { Language::English };
    // A translation may name its original.
    let is_original = page.name == open.page.name && written != open.spoken();
    let edition = Edition { page, language: if is_original { written } else { open.language } };
    // A translation has other headings than the text that the link was written for.
    let section = if edition.spoken() == written { section } else { String::new() };
    Some(edition.address() + &section)
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
    use shared::language::Language::{self, Chinese, English};

    use super::{Edition, joined, link};

    fn edition(name: &str, language: Language) -> Edition {
        Edition { page: MANUAL.iter().find(|page| page.name == name).expect("a page"), language }
    }

    #[test]
    fn a_link_leads_to_the_page_that_the_portal_has_or_nowhere() {
        let app = edition("app", English);
        assert_eq!(link(app, "pages.md#sign-in").as_deref(), Some("/docs/pages#sign-in"));
        assert_eq!(link(app, "README.md").as_deref(), Some("/docs/overview"));
        assert_eq!(link(app, "../openapi.json").as_deref(), Some("/openapi.json"));
        assert_eq!(link(app, "#errors").as_deref(), Some("#errors"));
        assert_eq!(link(app, "https://example.com/").as_deref(), Some("https://example.com/"));
        assert_eq!(link(app, "../second-factor.md"), None);
        assert_eq!(link(edition("app", Chinese), "README.md"), link(app, "README.md"), "one text for both");
    }

    #[test]
    fn a_link_of_a_translated_page_stays_in_its_language_and_leads_to_no_heading_of_another() {
        for (open, target, leads_to) in [
            (edition("quickstart-web", Chinese), "backend.md#b", "/docs/quickstart-backend?lang=zh#b"),
            (edition("quickstart-web", Chinese), "../../errors.md#e", "/docs/errors?lang=zh#e"),
            (edition("quickstart-web", Chinese), "../../api/README.md#rate-limits", "/docs/overview?lang=zh"),
            (edition("quickstart-web", English), "backend.md#b", "/docs/quickstart-backend?lang=en#b"),
            (edition("overview", Chinese), "../api/README.md#routes", "/docs/overview?lang=en#routes"),
        ] {
            assert_eq!(link(open, target).as_deref(), Some(leads_to), "{target}");
        }
    }

    #[test]
    fn a_path_is_seen_from_its_file() {
        assert_eq!(joined("api/app.md", "../errors.md"), "errors.md");
        assert_eq!(joined("errors.md", "api/app.md"), "api/app.md");
    }
}
