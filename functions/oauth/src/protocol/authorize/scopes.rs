//! What the consent page says of a scope.

use shared::language::Language;
use shared::oauth::scope::Scope;
use web::words::{Words, say};

/// What the scope adds to what every client may do. `None`: a scope of a resource server, for which we have no text.
const fn words(token: &str) -> Option<Words> {
    Some(match token.as_bytes() {
        b"openid" => ["确认您已登录，以及登录的时间", "see that you are signed in, and since when"],
        b"profile" => ["知道您的姓名和用户名", "know your name and your username"],
        b"email" => ["知道您的邮箱，以及是否已验证", "know your e-mail address, and whether it is verified"],
        b"phone" => ["知道您的手机号", "know your phone number"],
        b"roles" => ["知道您在此应用中的角色", "know your roles in this app"],
        b"offline_access" => ["在您离开后继续访问", "keep its access while you are away"],
        _ => return None,
    })
}

/// Whether somebody who signs in is all that is asked for: no memento, and nothing of a resource server. Without `openid` a request is one of plain
/// OAuth, which needs no scope to ask for mementos.
pub(crate) fn are_of_identity_alone(asked: &Scope) -> bool {
    asked.contains("openid") && asked.tokens().all(|token| words(token).is_some())
}

/// One line of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// In words.
    Words(&'static str),
    /// A scope of the client's own, as it is written.
    Scope(String),
    /// The identifier of a resource server that it gets tokens for.
    Server(String),
}

/// The lines for what is asked, and for the resource servers that tokens are for. Every client is told who its user is and what they tick: the page says that anyway.
pub(crate) fn lines<'a>(asked: &Scope, servers: impl IntoIterator<Item = &'a String>, language: Language) -> Vec<Line> {
    let line = |token: &str| match words(token) {
        Some(words) => Line::Words(say(words, language)),
        None => Line::Scope(token.to_owned()),
    };
    let scopes = asked.tokens().filter(|token| *token != "mementos").map(line);
    scopes.chain(servers.into_iter().cloned().map(Line::Server)).collect()
}

#[cfg(test)]
mod tests {
    use shared::language::Language;
    use shared::oauth::scope::Scope;

    use super::{Line, are_of_identity_alone, lines};

    #[test]
    fn every_scope_of_ours_is_said_in_both_languages() {
        for language in [Language::Chinese, Language::English] {
            for token in Scope::OURS {
                let said = lines(&Scope::read(token), &[], language);
                assert!(said.iter().all(|line| matches!(line, Line::Words(_))), "{token}: {said:?}");
            }
        }
        let server = "https://drive.example".to_owned();
        let said = lines(&Scope::read("drive.read"), [&server], Language::English);
        assert_eq!(said, [Line::Scope("drive.read".to_owned()), Line::Server(server)]);
    }

    #[test]
    fn a_sign_in_alone_names_openid_and_no_scope_of_mementos_or_of_a_resource() {
        for (asked, alone) in [
            ("openid", true),
            ("openid profile email phone roles offline_access", true),
            ("openid mementos", false),
            ("openid notes.write", false),
            ("profile email", false),
            ("", false),
        ] {
            assert_eq!(are_of_identity_alone(&Scope::read(asked)), alone, "{asked}");
        }
    }
}
