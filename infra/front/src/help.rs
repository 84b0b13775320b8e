//! What each command says of itself.

use std::ffi::OsString;

/// Made by `cargo dev gen`: for each command a line `## cargo dev up`, and its help.
const TEXTS: &str = include_str!("../help.txt");

/// What a command line is answered with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It asks for help.
    Help(&'static str),
    /// It names no command.
    Wrong(String),
    /// The command answers.
    Command,
}

/// What these words are answered with.
pub(crate) fn answer(words: &[OsString]) -> Answer {
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let Some(first) = words.first() else {
        return Answer::Wrong(section(&[]).unwrap_or_default().to_owned());
    };
    let asks = first == "help" || words.iter().any(|word| word == "--help" || word == "-h");
    if asks {
        let named = words.iter().map(String::as_str).filter(|word| *word != "help");
        let path: Vec<_> = named.take_while(|word| !is_option(word)).collect();
        return longest(&path).map_or(Answer::Command, Answer::Help);
    }
    if !is_option(first) && section(&[first.as_str()]).is_none() {
        return Answer::Wrong(format!("cargo dev: there is no command {first}; cargo dev --help lists them"));
    }
    Answer::Command
}

fn is_option(word: &str) -> bool {
    word.starts_with('-')
}

/// The help of the command that most of these words name, as in `app create demo`.
fn longest(path: &[&str]) -> Option<&'static str> {
    (0..=path.len()).rev().find_map(|words| section(&path[..words]))
}

/// The help of a command.
fn section(path: &[&str]) -> Option<&'static str> {
    let heading = [&["## cargo", "dev"][..], path].concat().join(" ") + "\n";
    let mut sections = TEXTS.split_inclusive('\n');
    let mut at = 0;
    sections.find(|line| {
        at += line.len();
        **line == heading
    })?;
    let rest = TEXTS.get(at..)?;
    Some(rest.find("\n## ").map_or(rest, |end| &rest[..=end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &str) -> Answer {
        answer(&words.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn help_is_that_of_the_command_that_is_named() {
        for (words, has) in [
            ("--help", "The developer's command of Latchet"),
            ("help", "The developer's command of Latchet"),
            ("up --help", "--memory"),
            ("help up", "--memory"),
            ("up --port 0 -h", "--memory"),
            ("app create --help", "--algorithm"),
            ("app create demo --help", "--algorithm"),
        ] {
            let Answer::Help(text) = asked(words) else { panic!("{words} is not answered with help") };
            assert!(text.contains(has) && !text.contains("## "), "{words}: {text}");
        }
    }

    #[test]
    fn a_word_that_is_no_command_is_refused_before_anything_is_compiled() {
        assert_eq!(
            asked("upp"),
            Answer::Wrong("cargo dev: there is no command upp; cargo dev --help lists them".to_owned())
        );
        assert_eq!(asked("up --memory"), Answer::Command);
        assert_eq!(asked("app update demo --name help"), Answer::Command);
        assert!(matches!(asked(""), Answer::Wrong(text) if text.contains("Usage: cargo dev")));
    }
}
