//! The letters that Latchet writes, in two languages, as text and as HTML.
//!
//! The HTML templates escape what they are given: an app's name is hostile until proven otherwise.

mod email_restored;
mod first_proof;
mod look;
mod sign_in_code;
mod templates;

use std::fmt;

use askama::Template;

use crate::app::App;
use crate::clock::{Seconds, Timestamp};
use crate::code::digits::Code;
use crate::language::Language;
use crate::session::device::Device;
use crate::when;

pub use email_restored::email_restored;
pub use sign_in_code::sign_in_code;

use look::Look;
use templates::{
    EmailChangedEnHtml, EmailChangedEnText, EmailChangedZhHtml, EmailChangedZhText, NewEmailEnHtml, NewEmailEnText,
    NewEmailZhHtml, NewEmailZhText, ResetEnHtml, ResetEnText, ResetZhHtml, ResetZhText, ToldEnHtml, ToldEnText,
    ToldZhHtml, ToldZhText, VerificationEnHtml, VerificationEnText, VerificationZhHtml, VerificationZhText,
};

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
    let (look, app, lifetime) = (Look::of(app), app.name.as_str(), &spell(lifetime, language));
    match language {
        Language::Chinese => Letter {
            subject: format!("重置您在 {app} 的密码"),
            text: render(&ResetZhText { app, link, lifetime }),
            html: render(&ResetZhHtml { look, link, lifetime }),
        },
        Language::English => Letter {
            subject: format!("Reset your {app} password"),
            text: render(&ResetEnText { app, link, lifetime }),
            html: render(&ResetEnHtml { look, link, lifetime }),
        },
    }
}

/// The letter that asks whether the address is its reader's.
#[must_use]
pub fn verification(app: &App, code: &Code, link: &str, lifetime: Seconds, language: Language) -> Letter {
    let look = Look::of(app);
    let (app, code, hours) = (app.name.as_str(), code.expose(), lifetime.0 / 3600);
    match language {
        Language::Chinese => Letter {
            subject: format!("{app} 的邮箱验证码"),
            text: render(&VerificationZhText { app, code, link, hours }),
            html: render(&VerificationZhHtml { look, code, link, hours }),
        },
        Language::English => Letter {
            subject: format!("Verify your e-mail address for {app}"),
            text: render(&VerificationEnText { app, code, link, hours }),
            html: render(&VerificationEnHtml { look, code, link, hours }),
        },
    }
}

/// The letter with the code that proves an address which a user wants.
#[must_use]
pub fn new_email(app: &App, code: &Code, lifetime: Seconds, language: Language) -> Letter {
    let look = Look::of(app);
    let (app, code, minutes) = (app.name.as_str(), code.expose(), lifetime.0 / 60);
    match language {
        Language::Chinese => Letter {
            subject: format!("{app} 的新邮箱验证码"),
            text: render(&NewEmailZhText { app, code, minutes }),
            html: render(&NewEmailZhHtml { look, code, minutes }),
        },
        Language::English => Letter {
            subject: format!("Confirm your new e-mail address for {app}"),
            text: render(&NewEmailEnText { app, code, minutes }),
            html: render(&NewEmailEnHtml { look, code, minutes }),
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
    let look = Look::of(app);
    let (app, when, hours) = (app.name.as_str(), &when::minute(when, language), lifetime.0 / 3600);
    let whence = &whence(device);
    match language {
        Language::Chinese => Letter {
            subject: format!("您在 {app} 的邮箱已更换"),
            text: render(&EmailChangedZhText { app, when, whence, link, hours }),
            html: render(&EmailChangedZhHtml { look, when, whence, link, hours }),
        },
        Language::English => Letter {
            subject: format!("Your {app} e-mail address was changed"),
            text: render(&EmailChangedEnText { app, when, whence, link, hours }),
            html: render(&EmailChangedEnHtml { look, when, whence, link, hours }),
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
    let look = Look::of(app);
    let (app, when) = (app.name.as_str(), &when::minute(when, language));
    let whence = &whence(device);
    let (subject, event) = match (event, language) {
        (Event::LinkUsed, Language::Chinese) => {
            (format!("您在 {app} 的密码重置"), format!("有人用邮件中的链接为您在 {app} 的账号设置了新密码。"))
        }
        (Event::LinkUsed, Language::English) => (
            format!("New password for your {app} account"),
            format!("Somebody used the link from a mail to set a new password for your {app} account."),
        ),
        (Event::PasswordChanged, Language::Chinese) => {
            (format!("您在 {app} 的密码已更改"), format!("您在 {app} 的密码已更改。"))
        }
        (Event::PasswordChanged, Language::English) => {
            (format!("Your {app} password was changed"), format!("The password of your {app} account was changed."))
        }
        (Event::PhoneChanged, Language::Chinese) => {
            (format!("您在 {app} 的手机号已更换"), format!("您的 {app} 账号已换用其他手机号。"))
        }
        (Event::PhoneChanged, Language::English) => {
            (format!("Your {app} phone was changed"), format!("Your {app} account has another phone number now."))
        }
        (Event::SignIn, Language::Chinese) => {
            (format!("{app}：新的登录地点"), format!("有人从新的地点登录了您在 {app} 的账号。"))
        }
        (Event::SignIn, Language::English) => (
            format!("New sign-in to your {app} account"),
            format!("Somebody signed in to your {app} account from a place where you had not signed in before."),
        ),
        (Event::Passkey(news), _) => of_passkey(app, news, language),
        (Event::Connected(client), _) => of_connection(app, client, language),
        (Event::FirstProof, _) => first_proof::first_proof(app, language),
        (Event::FactorAdded | Event::FactorRemoved, _) => of_factor(app, event, language),
    };
    let event = &event;
    match language {
        Language::Chinese => Letter {
            text: render(&ToldZhText { event, when, whence }),
            html: render(&ToldZhHtml { look, heading: &subject, event, when, whence }),
            subject,
        },
        Language::English => Letter {
            text: render(&ToldEnText { event, when, whence }),
            html: render(&ToldEnHtml { look, heading: &subject, event, when, whence }),
            subject,
        },
    }
}

/// Subject and sentence about an authenticator app that was set up or taken away.
fn of_factor(app: &str, event: Event<'_>, language: Language) -> (String, String) {
    match (matches!(event, Event::FactorAdded), language) {
        (true, Language::Chinese) => {
            (format!("您在 {app} 的两步验证已开启"), format!("您在 {app} 的账号已开启两步验证。"))
        }
        (true, Language::English) => (
            format!("Second factor for your {app} account"),
            format!("An authenticator app was set up as the second factor of your {app} account."),
        ),
        (false, Language::Chinese) => {
            (format!("您在 {app} 的两步验证已关闭"), format!("您在 {app} 的账号已关闭两步验证。"))
        }
        (false, Language::English) => (
            format!("No second factor for your {app} account any more"),
            format!("The second factor of your {app} account was taken away: the password alone signs in."),
        ),
    }
}

/// Subject and sentence about a client that was let in.
fn of_connection(app: &str, client: &str, language: Language) -> (String, String) {
    match language {
        Language::Chinese => (
            format!("有应用连接了您的 {app} 账号"),
            format!(
                "您允许“{client}”访问您的 {app} 账号。在账号的“已连接的应用”页面，可以查看它能访问什么，或断开连接。"
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
            (format!("您的 {app} 账号新增了通行密钥"), format!("您的 {app} 账号新增了一个通行密钥，可用它登录。"))
        }
        (PasskeyNews::Added, Language::English) => (
            format!("New passkey for your {app} account"),
            format!("A passkey that signs in was added to your {app} account."),
        ),
        (PasskeyNews::Removed, Language::Chinese) => {
            (format!("您的 {app} 账号移除了通行密钥"), format!("您的 {app} 账号移除了一个通行密钥。"))
        }
        (PasskeyNews::Removed, Language::English) => (
            format!("A passkey of your {app} account was removed"),
            format!("A passkey was removed from your {app} account."),
        ),
        (PasskeyNews::Copied, Language::Chinese) => (
            format!("您的 {app} 账号的通行密钥可能已被复制"),
            format!(
                "有人用您 {app} 账号的通行密钥登录，但它的计数没有增加，可能已被复制。我们拒绝了这次登录，请移除该通行密钥。"
            ),
        ),
        (PasskeyNews::Copied, Language::English) => (
            format!("A passkey of your {app} account may have been copied"),
            format!(
                "Somebody tried to sign in to your {app} account with a passkey whose count did not go up: there may be \
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

#[cfg(test)]
mod tests {
    use super::{
        Event, Letter, PasskeyNews, Undoable, email_changed, email_restored, new_email, reset, sign_in_code, told,
        verification,
    };
    use crate::app::brand::Brand;
    use crate::app::credential::ApiKey;
    use crate::app::{App, Policy};
    use crate::clock::{Seconds, Timestamp};
    use crate::code::digits::Code;
    use crate::language::Language::{Chinese, English};
    use crate::random::Random;
    use crate::session::device::Device;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
    /// As long as a link gets whose page an operator chose.
    const LONGEST_LINK: usize = 2048;
    /// Gmail cuts a mail off there, and hides what follows behind a link.
    const CLIPPED: usize = 102 * 1024;

    fn app(name: &str, accent: Option<&str>) -> App {
        let brand = Brand { accent: accent.map(|text| text.parse().expect("a colour")), ..Brand::default() };
        let id = "shop".parse().expect("an id");
        App {
            name: name.to_owned(),
            disabled: false,
            secrets: Vec::new(),
            api_key: ApiKey::draw(&id, &Random::system()),
            id,
            policy: Policy { brand, ..Policy::default() },
            has_clients: false,
            created: NOW,
        }
    }

    /// One letter of each kind in both languages.
    fn each(app: &App) -> Vec<Letter> {
        let (code, hour) = (Code::draw(&Random::system()), Seconds::hours(1));
        let link = format!("https://auth.example/?token={}", "a".repeat(LONGEST_LINK));
        let device = Device::new("192.0.2.1", Some(&"x".repeat(256)));
        let change = Undoable { when: NOW, device: &device, link: &link, lifetime: hour };
        let letters = [Chinese, English].map(|language| {
            let tell = |event| told(app, event, NOW, &device, language);
            [
                reset(app, &link, hour, language),
                verification(app, &code, &link, hour, language),
                new_email(app, &code, hour, language),
                email_changed(app, change, language),
                email_restored(app, NOW, &device, language),
                sign_in_code(app, &code, hour, language),
                tell(Event::SignIn),
                tell(Event::Passkey(PasskeyNews::Copied)),
                tell(Event::Connected(&"c".repeat(64))),
            ]
        });
        letters.into_iter().flatten().collect()
    }

    #[test]
    fn a_letter_wears_the_name_and_the_colour_of_its_app_and_escapes_the_name() {
        let branded = app("<b>Shop</b>", Some("#6b21a8"));
        let dark = branded.policy.brand.accent.expect("a colour").dark();
        for letter in each(&branded) {
            assert!(letter.html.contains("bgcolor=\"#6b21a8\""), "{}", letter.html);
            let (_, in_the_dark) = letter.html.split_once("prefers-color-scheme: dark").expect("dark ground");
            assert!(in_the_dark.contains(&format!("background: {dark} !important")), "{}", letter.html);
            assert!(letter.html.contains("<bdi>&#60;b&#62;Shop&#60;/b&#62;</bdi>"), "{}", letter.html);
            assert!(!letter.html.contains("<b>"), "{}", letter.html);
        }
        for letter in each(&app("Shop", None)) {
            assert!(letter.html.contains("bgcolor=\"#1f5f5b\"") && letter.html.contains("#7cc7bf"), "{}", letter.html);
        }
    }

    #[test]
    fn a_letter_is_a_table_of_inline_styles_that_outlook_draws_and_gmail_does_not_clip() {
        for letter in each(&app(&"长".repeat(100), Some("#6b21a8"))) {
            let html = &letter.html;
            assert!(html.len() + letter.text.len() < CLIPPED / 4, "{}: {}", letter.subject, html.len());
            // What Outlook, which draws with Word, does not know, and what is fetched from elsewhere.
            for wrong in ["<img", "<script", "<link", "flex", "grid", "position:", "url(", "rem;", "<div", "0b57d0"] {
                assert!(!html.contains(wrong), "{wrong}: {html}");
            }
            assert_eq!(html.matches("<table").count(), html.matches("<table role=\"presentation\"").count(), "{html}");
            assert!(html.contains("width=\"520\"") && html.contains("mso"), "{html}");
        }
    }

    #[test]
    fn the_text_of_a_letter_has_all_that_its_html_has() {
        for letter in each(&app("Shop", None)) {
            let content = letter.html.split("</head>").nth(1).expect("a body");
            let said = |html: &str| {
                let parts = html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
                parts.filter(|text| !text.is_empty()).map(str::to_owned).collect::<Vec<_>>()
            };
            // The mark, the name, the title, which may be the subject, and what stands on the button are of the page alone.
            let sentences = said(content).into_iter().filter(|text| text.len() > 40 || text.parse::<u32>().is_ok());
            let sentences = sentences.filter(|text| *text != letter.subject);
            for sentence in sentences {
                let sentence = sentence.replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&");
                assert!(letter.text.contains(&sentence), "{sentence}\nis not in\n{}", letter.text);
            }
            assert!(!letter.text.contains('<') && !letter.text.contains("&#"), "{}", letter.text);
        }
    }

    #[test]
    fn a_letter_prints_its_subject_and_neither_code_nor_link() {
        let secret = "hunter2".to_owned();
        let letter = Letter { subject: "Reset your password".to_owned(), text: secret.clone(), html: secret };
        let printed = format!("{letter:?}");
        assert!(printed.contains("Reset") && !printed.contains("hunter2"), "{printed}");
    }
}
