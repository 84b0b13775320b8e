//! The letters' templates, as text and as HTML, in two languages.

use askama::Template;

use super::look::Look;

#[derive(Template)]
#[template(path = "mail/reset.zh.txt")]
pub(super) struct ResetZhText<'a> {
    pub(super) app: &'a str,
    pub(super) link: &'a str,
    pub(super) lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "mail/reset.zh.html")]
pub(super) struct ResetZhHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) link: &'a str,
    pub(super) lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "mail/reset.en.txt")]
pub(super) struct ResetEnText<'a> {
    pub(super) app: &'a str,
    pub(super) link: &'a str,
    pub(super) lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "mail/reset.en.html")]
pub(super) struct ResetEnHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) link: &'a str,
    pub(super) lifetime: &'a str,
}

#[derive(Template)]
#[template(path = "mail/verification.zh.txt")]
pub(super) struct VerificationZhText<'a> {
    pub(super) app: &'a str,
    pub(super) code: &'a str,
    pub(super) link: &'a str,
    pub(super) hours: i64,
}

#[derive(Template)]
#[template(path = "mail/verification.zh.html")]
pub(super) struct VerificationZhHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) code: &'a str,
    pub(super) link: &'a str,
    pub(super) hours: i64,
}

#[derive(Template)]
#[template(path = "mail/verification.en.txt")]
pub(super) struct VerificationEnText<'a> {
    pub(super) app: &'a str,
    pub(super) code: &'a str,
    pub(super) link: &'a str,
    pub(super) hours: i64,
}

#[derive(Template)]
#[template(path = "mail/verification.en.html")]
pub(super) struct VerificationEnHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) code: &'a str,
    pub(super) link: &'a str,
    pub(super) hours: i64,
}

#[derive(Template)]
#[template(path = "mail/new-email.zh.txt")]
pub(super) struct NewEmailZhText<'a> {
    pub(super) app: &'a str,
    pub(super) code: &'a str,
    pub(super) minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/new-email.zh.html")]
pub(super) struct NewEmailZhHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) code: &'a str,
    pub(super) minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/new-email.en.txt")]
pub(super) struct NewEmailEnText<'a> {
    pub(super) app: &'a str,
    pub(super) code: &'a str,
    pub(super) minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/new-email.en.html")]
pub(super) struct NewEmailEnHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) code: &'a str,
    pub(super) minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/email-changed.zh.txt")]
pub(super) struct EmailChangedZhText<'a> {
    pub(super) app: &'a str,
    pub(super) when: &'a str,
    pub(super) whence: &'a str,
    pub(super) link: &'a str,
    pub(super) hours: i64,
}

#[derive(Template)]
#[template(path = "mail/email-changed.zh.html")]
pub(super) struct EmailChangedZhHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) when: &'a str,
    pub(super) whence: &'a str,
    pub(super) link: &'a str,
    pub(super) hours: i64,
}

#[derive(Template)]
#[template(path = "mail/email-changed.en.txt")]
pub(super) struct EmailChangedEnText<'a> {
    pub(super) app: &'a str,
    pub(super) when: &'a str,
    pub(super) whence: &'a str,
    pub(super) link: &'a str,
    pub(super) hours: i64,
}

#[derive(Template)]
#[template(path = "mail/email-changed.en.html")]
pub(super) struct EmailChangedEnHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) when: &'a str,
    pub(super) whence: &'a str,
    pub(super) link: &'a str,
    pub(super) hours: i64,
}

#[derive(Template)]
#[template(path = "mail/told.zh.txt")]
pub(super) struct ToldZhText<'a> {
    pub(super) event: &'a str,
    pub(super) when: &'a str,
    pub(super) whence: &'a str,
}

#[derive(Template)]
#[template(path = "mail/told.zh.html")]
pub(super) struct ToldZhHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) heading: &'a str,
    pub(super) event: &'a str,
    pub(super) when: &'a str,
    pub(super) whence: &'a str,
}

#[derive(Template)]
#[template(path = "mail/told.en.txt")]
pub(super) struct ToldEnText<'a> {
    pub(super) event: &'a str,
    pub(super) when: &'a str,
    pub(super) whence: &'a str,
}

#[derive(Template)]
#[template(path = "mail/told.en.html")]
pub(super) struct ToldEnHtml<'a> {
    pub(super) look: Look<'a>,
    pub(super) heading: &'a str,
    pub(super) event: &'a str,
    pub(super) when: &'a str,
    pub(super) whence: &'a str,
}
