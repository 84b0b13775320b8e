//! The letter with a code to sign in with. It has no link: what reads mail for its user opens nothing by it.

use askama::Template;

use super::look::Look;
use super::{Letter, render};
use crate::app::App;
use crate::clock::Seconds;
use crate::code::digits::Code;
use crate::language::Language;

/// The letter.
#[must_use]
pub fn sign_in_code(app: &App, code: &Code, lifetime: Seconds, language: Language) -> Letter {
    let look = Look::of(app);
    let (app, code, minutes) = (app.name.as_str(), code.expose(), lifetime.0 / 60);
    match language {
        Language::Chinese => Letter {
            subject: format!("{app} 的登录验证码"),
            text: render(&ZhText { app, code, minutes }),
            html: render(&ZhHtml { look, code, minutes }),
        },
        Language::English => Letter {
            subject: format!("Your code to sign in to {app}"),
            text: render(&EnText { app, code, minutes }),
            html: render(&EnHtml { look, code, minutes }),
        },
    }
}

#[derive(Template)]
#[template(path = "mail/sign-in-code.zh.txt")]
struct ZhText<'a> {
    app: &'a str,
    code: &'a str,
    minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/sign-in-code.zh.html")]
struct ZhHtml<'a> {
    look: Look<'a>,
    code: &'a str,
    minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/sign-in-code.en.txt")]
struct EnText<'a> {
    app: &'a str,
    code: &'a str,
    minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/sign-in-code.en.html")]
struct EnHtml<'a> {
    look: Look<'a>,
    code: &'a str,
    minutes: i64,
}
