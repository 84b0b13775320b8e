//! The letters that Latchet writes, in two languages, as text and as HTML.
//!
//! The HTML templates escape what they are given: an app's name is hostile until proven otherwise.

use std::fmt;

use askama::Template;

use crate::app::App;
use crate::clock::Seconds;
use crate::code::digits::Code;
use crate::language::Language;

/// A letter, ready to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject line.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// The subject alone: the rest holds a code or a link.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// The letter with a reset link.
#[must_use]
pub fn reset(app: &App, link: &str, lifetime: Seconds, language: Language) -> Letter {
    let (app, lifetime) = (app.name.as_str(), &spell(lifetime, language));
    match language {
        Language::Chinese => Letter {
            subject: format!("重置您在 {app} 的密码"),
            text: render(&ResetZhText { app, link, lifetime }),
            html: render(&ResetZhHtml { app, link, lifetime }),
        },
        Language::English => Letter {
            subject: format!("Reset your {app} password"),
            text: render(&ResetEnText { app, link, lifetime }),
            html: render(&ResetEnHtml { app, link, lifetime }),
        },
    }
}

/// The letter that asks whether the address is its reader's.
#[must_use]
pub fn verification(app: &App, code: &Code, link: &str, lifetime: Seconds, language: Language) -> Letter {
    let (app, code, hours) = (app.name.as_str(), code.expose(), lifetime.0 / 3600);
    match language {
        Language::Chinese => Letter {
            subject: format!("{app} 的邮箱验证码"),
            text: render(&VerificationZhText { app, code, link, hours }),
            html: render(&VerificationZhHtml { app, code, link, hours }),
        },
        Language::English => Letter {
            subject: format!("Verify your e-mail address for {app}"),
            text: render(&VerificationEnText { app, code, link, hours }),
            html: render(&VerificationEnHtml { app, code, link, hours }),
        },
    }
}

/// A length of time in words: up to an hour in minutes, beyond in whole hours.
fn spell(time: Seconds, language: Language) -> String {
    let (minutes, hours) = (time.0 / 60, time.0 / 3600);
    match language {
        Language::Chinese if minutes <= 60 => format!("{minutes} 分钟"),
        Language::Chinese => format!("{hours} 小时"),
        Language::English if minutes <= 60 => format!("{minutes} minutes"),
        Language::English => format!("{hours} hours"),
    }
}

#[expect(clippy::expect_used, reason = "a template of strings and numbers fails only when a String does")]
fn render(template: &impl Template) -> String {
    template.render().expect("renders")
}

#[derive(Template)]
#[template(path = "mail/reset.zh.txt")]
struct ResetZhText<'a> {
    app: &'a str,
    link: &'a str,
    lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "mail/reset.zh.html")]
struct ResetZhHtml<'a> {
    app: &'a str,
    link: &'a str,
    lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "mail/reset.en.txt")]
struct ResetEnText<'a> {
    app: &'a str,
    link: &'a str,
    lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "mail/reset.en.html")]
struct ResetEnHtml<'a> {
    app: &'a str,
    link: &'a str,
    lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "mail/verification.zh.txt")]
struct VerificationZhText<'a> {
    app: &'a str,
    code: &'a str,
    link: &'a str,
    hours: i64,
}

#[derive(Template)]
#[template(path = "mail/verification.zh.html")]
struct VerificationZhHtml<'a> {
    app: &'a str,
    code: &'a str,
    link: &'a str,
    hours: i64,
}

#[derive(Template)]
#[template(path = "mail/verification.en.txt")]
struct VerificationEnText<'a> {
    app: &'a str,
    code: &'a str,
    link: &'a str,
    hours: i64,
}

#[derive(Template)]
#[template(path = "mail/verification.en.html")]
struct VerificationEnHtml<'a> {
    app: &'a str,
    code: &'a str,
    link: &'a str,
    hours: i64,
}

#[cfg(test)]
mod tests {
    use super::Letter;

    #[test]
    fn a_letter_prints_its_subject_and_neither_code_nor_link() {
        let secret = "hunter2".to_owned();
        let letter = Letter { subject: "Reset your password".to_owned(), text: secret.clone(), html: secret };
        let printed = format!("{letter:?}");
        assert!(printed.contains("Reset") && !printed.contains("hunter2"), "{printed}");
    }
}
