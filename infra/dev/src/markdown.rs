//! Markdown as HTML for a page that has a title of its own.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The HTML: headings one level lower and with an id, and what is wider than a phone in a box that scrolls, also by
/// keyboard.
pub(crate) fn to_html(markdown: &str) -> String {
    let mut headings = 0;
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(move |event| match event {
        Event::Start(Tag::Heading { level, .. }) => {
            headings += 1;
            let id = Some(CowStr::from(format!("guide-{headings}")));
            Event::Start(Tag::Heading { level: lower(level), id, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        other => other,
    });
    let events = events.flat_map(|event| match event {
        Event::Start(Tag::Table(_)) => vec![Event::Html("<div class=\"wide\" tabindex=\"0\">".into()), event],
        Event::End(TagEnd::Table) => vec![event, Event::Html("</div>\n".into())],
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
            vec![Event::Html("<pre tabindex=\"0\"><code>".into())]
        }
        Event::End(TagEnd::CodeBlock) => vec![Event::Html("</code></pre>\n".into())],
        other => vec![other],
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}

const fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H2,
        HeadingLevel::H2 => HeadingLevel::H3,
        HeadingLevel::H3 => HeadingLevel::H4,
        HeadingLevel::H4 => HeadingLevel::H5,
        HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn headings_are_lowered_and_can_be_linked_to() {
        assert_eq!(to_html("# A\n\n## B"), "<h2 id=\"guide-1\">A</h2>\n<h3 id=\"guide-2\">B</h3>\n");
    }

    #[test]
    fn code_is_escaped_and_can_be_scrolled_by_keyboard() {
        let html = to_html("```js\nif (a < b) { say(\"x\"); }\n```\n");
        assert!(html.starts_with("<pre tabindex=\"0\"><code>if (a &lt; b)"), "{html}");
        assert!(html.ends_with("</code></pre>\n"), "{html}");
    }
}
