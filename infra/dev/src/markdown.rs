//! Markdown as HTML for a page that has a title of its own.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The HTML: headings one level lower and with an id, and what is wider than a phone in a box that scrolls, also by
/// keyboard.
pub(crate) fn to_html(markdown: &str) -> String {
    let mut headings = 0;
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(move |event| match event {
        Event::Start(Tag::Heading { level, .. }) => {
            headings += 1;
            heading(lower(level), format!("guide-{headings}"))
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        other => other,
    });
    written(events.flat_map(boxed))
}

/// A section of a page, for its navigation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// Its id.
    pub(crate) id: String,
    /// What its heading says.
    pub(crate) title: String,
}

/// The HTML of a whole document, and its sections: headings as they are, with the ids that GitHub gives them. `link` says where a link
/// leads there; the words of one that leads nowhere stay.
pub(crate) fn to_page(markdown: &str, link: impl Fn(&str) -> Option<String>) -> (String, Vec<Section>) {
    let events: Vec<_> = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
    let (mut sections, mut page, mut is_linked) = (Vec::new(), Vec::new(), false);
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let title = title(&events[at..]);
                let id = anchor(&title);
                page.push(heading(*level, id.clone()));
                if *level == HeadingLevel::H2 {
                    sections.push(Section { id, title });
                }
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let target = link(dest_url);
                is_linked = target.is_some();
                page.extend(target.map(|target| {
                    let (link_type, title, id) = (*link_type, title.clone(), id.clone());
                    Event::Start(Tag::Link { link_type, dest_url: target.into(), title, id })
                }));
            }
            // A link has no link in it.
            Event::End(TagEnd::Link) if !is_linked => {}
            other => page.push(other.clone()),
        }
    }
    (written(page.into_iter().flat_map(boxed)), sections)
}

/// A text between tags.
pub(crate) fn escaped(text: &str) -> String {
    written(std::iter::once(Event::Text(text.into())))
}

fn written<'a>(events: impl Iterator<Item = Event<'a>>) -> String {
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}

fn heading<'a>(level: HeadingLevel, id: String) -> Event<'a> {
    Event::Start(Tag::Heading { level, id: Some(id.into()), classes: Vec::new(), attrs: Vec::new() })
}

/// What is wider than a phone, in a box.
fn boxed(event: Event<'_>) -> Vec<Event<'_>> {
    match event {
        Event::Start(Tag::Table(_)) => vec![Event::Html("<div class=\"wide\" tabindex=\"0\">".into()), event],
        Event::End(TagEnd::Table) => vec![event, Event::Html("</div>\n".into())],
        Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
            vec![Event::Html("<pre tabindex=\"0\"><code>".into())]
        }
        Event::End(TagEnd::CodeBlock) => vec![Event::Html("</code></pre>\n".into())],
        other => vec![other],
    }
}

/// What the heading says that these events begin with.
fn title(events: &[Event<'_>]) -> String {
    let inside = events.iter().take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    let words = inside.filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
        _ => None,
    });
    words.collect()
}

/// The id that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|each| each.is_alphanumeric() || matches!(each, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
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
    use super::{Section, to_html, to_page};

    #[test]
    fn a_page_keeps_the_links_that_lead_somewhere_and_the_words_of_the_others() {
        let link = |target: &str| (target == "a.md").then(|| "/docs/a".to_owned());
        let (html, sections) = to_page("# T\n\n## Sign in, `now`\n\n[a](a.md) and [b](b.md)\n", link);
        assert!(html.contains("<h2 id=\"sign-in-now\">Sign in, <code>now</code></h2>"), "{html}");
        assert!(html.contains("<a href=\"/docs/a\">a</a> and b</p>"), "{html}");
        assert_eq!(sections, [Section { id: "sign-in-now".to_owned(), title: "Sign in, now".to_owned() }]);
    }

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
