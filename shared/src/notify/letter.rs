//! The letters that Latchet writes, in two languages, as text and as HTML.
//!
//! The HTML templates escape what they are given: an app's name is hostile until proven otherwise.

mod first_proof;
mod sign_in_code;

use std::fmt;

use askama::Template;

use crate::app::App;
use crate::clock::{Seconds, Timestamp};
use crate::code::digits::Code;
use crate::language::Language;
use crate::session::device::Device;

pub use sign_in_code::sign_in_code;

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

/// The letter with the code that proves an address which a user wants.
#[must_use]
pub fn new_email(app: &App, code: &Code, lifetime: Seconds, language: Language) -> Letter {
    let (app, code, minutes) = (app.name.as_str(), code.expose(), lifetime.0 / 60);
    match language {
        Language::Chinese => Letter {
            subject: format!("{app} 的新邮箱验证码"),
            text: render(&NewEmailZhText { app, code, minutes }),
            html: render(&NewEmailZhHtml { app, code, minutes }),
        },
        Language::English => Letter {
            subject: format!("Confirm your new e-mail address for {app}"),
            text: render(&NewEmailEnText { app, code, minutes }),
            html: render(&NewEmailEnHtml { app, code, minutes }),
        },
    }
}

/// A change that the reader can undo.
#[derive(Clone, Copy, Debug)]
pub struct Undoable<'a> {
    /// When it happened.
    pub when: Timestamp,
    /// By whom: where they did it, and with what.
    pub device: &'a Device,
    /// The link that undoes it.
    pub link: &'a str,
    /// How long that is good.
    pub lifetime: Seconds,
}

/// The letter to an address that is not its user's any more.
#[must_use]
pub fn email_changed(app: &App, change: Undoable<'_>, language: Language) -> Letter {
    let Undoable { when, device, link, lifetime } = change;
    let (app, when, hours) = (app.name.as_str(), &when.rfc3339(), lifetime.0 / 3600);
    let whence = &whence(device);
    match language {
        Language::Chinese => Letter {
            subject: format!("您在 {app} 的邮箱已更换"),
            text: render(&EmailChangedZhText { app, when, whence, link, hours }),
            html: render(&EmailChangedZhHtml { app, when, whence, link, hours }),
        },
        Language::English => Letter {
            subject: format!("Your {app} e-mail address was changed"),
            text: render(&EmailChangedEnText { app, when, whence, link, hours }),
            html: render(&EmailChangedEnHtml { app, when, whence, link, hours }),
        },
    }
}

/// What a person can tell their own device by.
fn whence(device: &Device) -> String {
    [device.name(), device.neighbourhood()].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a user is told of that happened to their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A link from a mail is used to set a new password.
    LinkUsed,
    /// Somebody who was signed in set a new password.
    PasswordChanged,
    /// Somebody who was signed in gave the account another phone.
    PhoneChanged,
    /// Somebody signed in from a place where the user had not been before.
    SignIn,
    /// A second factor was set up.
    FactorAdded,
    /// The second factor was taken away.
    FactorRemoved,
    /// Something happened to a passkey.
    Passkey(PasskeyNews),
    /// The user let a client in, which goes by this name.
    Connected(&'a str),
    /// Somebody signed in by a mailed code, which is the first proof of the address: the password of before is gone.
    FirstProof,
}

/// What a user is told of that happened to a passkey of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyNews {
    /// Somebody who was signed in added it.
    Added,
    /// Somebody who was signed in removed it.
    Removed,
    /// Somebody tried to sign in with it, and there seems to be a copy of it.
    Copied,
}

/// The letter that tells a user what happened, when, and from where.
#[must_use]
pub fn told(app: &App, event: Event<'_>, when: Timestamp, device: &Device, language: Language) -> Letter {
    let (app, when) = (app.name.as_str(), &when.rfc3339());
    let whence = &whence(device);
    let (subject, event) = match (event, language) {
        (Event::LinkUsed, Language::Chinese) => {
            (format!("您在 {app} 的密码重置"), format!("有人用邮件中的链接为您在 {app} 的账号设置了新密码。"))
        }
        (Event::LinkUsed, Language::English) => (
            format!("New password for your {app} account"),
            format!("somebody used the link from a mail to set a new password for your {app} account."),
        ),
        (Event::PasswordChanged, Language::Chinese) => {
            (format!("您在 {app} 的密码已更改"), format!("您在 {app} 的密码已更改。"))
        }
        (Event::PasswordChanged, Language::English) => {
            (format!("Your {app} password was changed"), format!("the password of your {app} account was changed."))
        }
        (Event::PhoneChanged, Language::Chinese) => {
            (format!("您在 {app} 的手机号已更换"), format!("您的 {app} 账号已换用其他手机号。"))
        }
        (Event::PhoneChanged, Language::English) => {
            (format!("Your {app} phone was changed"), format!("your {app} account has another phone number now."))
        }
        (Event::SignIn, Language::Chinese) => {
            (format!("{app}:新的登录地点"), format!("有人从新的地点登录了您在 {app} 的账号。"))
        }
        (Event::SignIn, Language::English) => (
            format!("New sign-in to your {app} account"),
            format!("somebody signed in to your {app} account from a place where you had not signed in before."),
        ),
        (Event::Passkey(news), _) => of_passkey(app, news, language),
        (Event::Connected(client), _) => of_connection(app, client, language),
        (Event::FirstProof, _) => first_proof::first_proof(app, language),
        (Event::FactorAdded, Language::Chinese) => {
            (format!("您在 {app} 的两步验证已开启"), format!("您在 {app} 的账号已开启两步验证。"))
        }
        (Event::FactorAdded, Language::English) => (
            format!("Second factor for your {app} account"),
            format!("an authenticator app was set up as the second factor of your {app} account."),
        ),
        (Event::FactorRemoved, Language::Chinese) => {
            (format!("您在 {app} 的两步验证已关闭"), format!("您在 {app} 的账号已关闭两步验证。"))
        }
        (Event::FactorRemoved, Language::English) => (
            format!("No second factor for your {app} account any more"),
            format!("the second factor of your {app} account was taken away: the password alone signs in."),
        ),
    };
    let event = &event;
    match language {
        Language::Chinese => Letter {
            subject,
            text: render(&ToldZhText { event, when, whence }),
            html: render(&ToldZhHtml { event, when, whence }),
        },
        Language::English => Letter {
            subject,
            text: render(&ToldEnText { event, when, whence }),
            html: render(&ToldEnHtml { event, when, whence }),
        },
    }
}

/// Subject and sentence about a client that was let in.
fn of_connection(app: &str, client: &str, language: Language) -> (String, String) {
    match language {
        Language::Chinese => (
            format!("有应用连接了您的 {app} 账号"),
            format!(
                "您允许“{client}”访问您的 {app} 账号。在账号的“已连接的应用”页面,可以查看它能访问什么,或断开连接。"
            ),
        ),
        Language::English => (
            format!("An app was connected to your {app} account"),
            format!(
                "“{client}” was let into your {app} account. The page “Connected apps” of your account shows what it may see, \
                 and disconnects it."
            ),
        ),
    }
}

/// Subject and sentence about a passkey.
fn of_passkey(app: &str, news: PasskeyNews, language: Language) -> (String, String) {
    match (news, language) {
        (PasskeyNews::Added, Language::Chinese) => {
            (format!("您的 {app} 账号新增了通行密钥"), format!("您的 {app} 账号新增了一个通行密钥,可用它登录。"))
        }
        (PasskeyNews::Added, Language::English) => (
            format!("New passkey for your {app} account"),
            format!("a passkey that signs in was added to your {app} account."),
        ),
        (PasskeyNews::Removed, Language::Chinese) => {
            (format!("您的 {app} 账号移除了通行密钥"), format!("您的 {app} 账号移除了一个通行密钥。"))
        }
        (PasskeyNews::Removed, Language::English) => (
            format!("A passkey of your {app} account was removed"),
            format!("a passkey was removed from your {app} account."),
        ),
        (PasskeyNews::Copied, Language::Chinese) => (
            format!("您的 {app} 账号的通行密钥可能已被复制"),
            format!(
                "有人用您 {app} 账号的通行密钥登录,但它的计数没有增加,可能已被复制。我们拒绝了这次登录,请移除该通行密钥。"
            ),
        ),
        (PasskeyNews::Copied, Language::English) => (
            format!("A passkey of your {app} account may have been copied"),
            format!(
                "somebody tried to sign in to your {app} account with a passkey whose count did not go up: there may be \
                 a copy of it. The sign-in was refused. Remove that passkey."
            ),
        ),
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

#[derive(Template)]
#[template(path = "mail/new-email.zh.txt")]
struct NewEmailZhText<'a> {
    app: &'a str,
    code: &'a str,
    minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/email-changed.zh.txt")]
struct EmailChangedZhText<'a> {
    app: &'a str,
    when: &'a str,
    whence: &'a str,
    link: &'a str,
    hours: i64,
}

#[derive(Template)]
#[template(path = "mail/new-email.zh.html")]
struct NewEmailZhHtml<'a> {
    app: &'a str,
    code: &'a str,
    minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/email-changed.zh.html")]
struct EmailChangedZhHtml<'a> {
    app: &'a str,
    when: &'a str,
    whence: &'a str,
    link: &'a str,
    hours: i64,
}

#[derive(Template)]
#[template(path = "mail/new-email.en.txt")]
struct NewEmailEnText<'a> {
    app: &'a str,
    code: &'a str,
    minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/email-changed.en.txt")]
struct EmailChangedEnText<'a> {
    app: &'a str,
    when: &'a str,
    whence: &'a str,
    link: &'a str,
    hours: i64,
}

#[derive(Template)]
#[template(path = "mail/new-email.en.html")]
struct NewEmailEnHtml<'a> {
    app: &'a str,
    code: &'a str,
    minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/email-changed.en.html")]
struct EmailChangedEnHtml<'a> {
    app: &'a str,
    when: &'a str,
    whence: &'a str,
    link: &'a str,
    hours: i64,
}

#[derive(Template)]
#[template(path = "mail/told.zh.txt")]
struct ToldZhText<'a> {
    event: &'a str,
    when: &'a str,
    whence: &'a str,
}

#[derive(Template)]
#[template(path = "mail/told.zh.html")]
struct ToldZhHtml<'a> {
    event: &'a str,
    when: &'a str,
    whence: &'a str,
}

#[derive(Template)]
#[template(path = "mail/told.en.txt")]
struct ToldEnText<'a> {
    event: &'a str,
    when: &'a str,
    whence: &'a str,
}

#[derive(Template)]
#[template(path = "mail/told.en.html")]
struct ToldEnHtml<'a> {
    event: &'a str,
    when: &'a str,
    whence: &'a str,
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
