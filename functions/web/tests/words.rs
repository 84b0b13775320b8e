//! Both languages are complete: what a page says, it says in Chinese and in English.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why and stops")]

use std::fs;
use std::path::Path;

/// Every template of a page, with its path.
fn templates() -> Vec<(String, String)> {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for package in ["web", "browser", "oauth", "pages"] {
        for file in fs::read_dir(functions.join(package).join("templates")).expect("templates") {
            let path = file.expect("readable").path();
            if path.extension().is_some_and(|extension| extension == "html") {
                let template = fs::read_to_string(&path).expect("text");
                // What has no element is a part of a tag.
                if template.contains('<') {
                    found.push((path.display().to_string(), template));
                }
            }
        }
    }
    found
}

fn is_chinese(letter: char) -> bool {
    matches!(letter, '\u{3000}'..='\u{303f}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

/// Whether Chinese letters are followed by the narrow marks of English.
fn is_set_like_english(chinese: &str) -> bool {
    let letters: Vec<char> = chinese.chars().collect();
    letters.windows(2).any(|pair| is_chinese(pair[0]) && matches!(pair[1], ',' | ':' | ';' | '?' | '!' | '(' | ')'))
}

/// The two texts of each `say("…", "…")`.
fn said(template: &str) -> Vec<(&str, &str)> {
    let pairs = template.split(".say(\"").skip(1);
    pairs.filter_map(|rest| rest.split_once("\")")?.0.split_once("\", \"")).collect()
}

/// What stands in a template outside of tags and of askama's braces.
fn bare(template: &str) -> String {
    let mut text = template.to_owned();
    for (from, to) in [("{{", "}}"), ("{%", "%}"), ("<", ">")] {
        while let Some(start) = text.find(from) {
            let end = text[start..].find(to).expect("its end") + start + to.len();
            text.replace_range(start..end, " ");
        }
    }
    text
}

#[test]
fn whatever_a_page_says_it_says_in_both_languages() {
    let mut count = 0;
    for (path, template) in templates() {
        let pairs = said(&template);
        assert_eq!(pairs.len(), template.matches(".say(").count(), "{path}: a text that is not written out");
        for (chinese, english) in pairs {
            count += 1;
            assert!(chinese.chars().any(is_chinese), "{path}: {chinese:?} is not Chinese");
            assert!(!english.is_empty() && !english.chars().any(is_chinese), "{path}: {english:?} is not English");
            let spaced = |text: &str| (text.starts_with(' '), text.ends_with(' '));
            assert!(!spaced(english).1 && !spaced(chinese).1, "{path}: {english:?} ends in a space");
            assert!(!chinese.contains("备忘"), "{path}: a memento is 纪念品");
            assert!(!is_set_like_english(chinese), "{path}: {chinese:?} has the punctuation of English");
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn no_page_says_anything_in_one_language_alone() {
    for (path, template) in templates() {
        let bare = bare(&template);
        let words: String = bare.chars().filter(|letter| letter.is_alphabetic()).collect();
        assert_eq!(words, "", "{path}: {bare}");
    }
}
