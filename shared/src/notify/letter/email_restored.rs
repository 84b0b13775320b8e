//! The letter to an address that an account lost, because the change to it was undone. It has no link: nothing is its reader's to do.

use askama::Template;

use super::look::Look;
use super::{Letter, render, whence};
use crate::app::App;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::session::device::Device;
use crate::when;

/// The letter.
#[must_use]
pub fn email_restored(app: &App, when: Timestamp, device: &Device, language: Language) -> Letter {
    let look = Look::of(app);
    let (app, when, whence) = (app.name.as_str(), &when::minute(when, language), &whence(device));
    match language {
        Language::Chinese => Letter {
            subject: format!("您在 {app} 的邮箱更换已撤销"),
            text: render(&ZhText { app, when, whence }),
            html: render(&ZhHtml { look, when, whence }),
        },
        Language::English => Letter {
            subject: format!("The change of your {app} e-mail address was undone"),
            text: render(&EnText { app, when, whence }),
            html: render(&EnHtml { look, when, whence }),
        },
    }
}

#[derive(Template)]
#[template(path = "mail/email-restored.zh.txt")]
struct ZhText<'a> {
    app: &'a str,
    when: &'a str,
    whence: &'a str,
}

#[derive(Template)]
#[template(path = "mail/email-restored.zh.html")]
struct ZhHtml<'a> {
    look: Look<'a>,
    when: &'a str,
    whence: &'a str,
}

#[derive(Template)]
#[template(path = "mail/email-restored.en.txt")]
struct EnText<'a> {
    app: &'a str,
    when: &'a str,
    whence: &'a str,
}

#[derive(Template)]
#[template(path = "mail/email-restored.en.html")]
struct EnHtml<'a> {
    look: Look<'a>,
    when: &'a str,
    whence: &'a str,
}
