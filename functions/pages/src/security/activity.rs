//! What was done to the account, in words: the user's own trail.

use std::collections::BTreeMap;

use shared::audit::{Act, Entry};
use shared::language::Language;
use web::when;
use web::words::{self, Words};

/// One thing that was done.
#[derive(Debug)]
pub(super) struct Happened {
    pub(super) what: String,
    /// Who did it, where it was not the user.
    pub(super) who: Option<&'static str>,
    /// From which address.
    pub(super) place: Option<String>,
    pub(super) at: String,
}

impl Happened {
    /// How many the page shows.
    pub(super) const SHOWN: usize = 20;

    /// An entry of the trail as its user reads it; `None` of one that a later release wrote down.
    pub(super) fn read(entry: &Entry, language: Language) -> Option<Self> {
        let author = entry.author.as_ref();
        let is_operators = author.is_some_and(|author| author.operator.is_some());
        let from = author.map(|author| author.from.clone()).filter(|from| !from.is_empty());
        let act = Act::named(&entry.act)?;
        // A session that ends does not say from where it was ended, but where it was opened.
        let opened_from = entry.details.get("opened_from").filter(|_| act == Act::SessionOpened);
        Some(Self {
            what: told(act, &entry.details, language)?,
            who: is_operators.then(|| words::say(["由服务管理员操作", "by the operator of the service"], language)),
            place: opened_from.cloned().or(from),
            at: when::minute(entry.at, language),
        })
    }
}

/// The act, and what it was done to. `None` of what is no user's.
fn told(act: Act, details: &BTreeMap<String, String>, language: Language) -> Option<String> {
    let said = words::say(said(act, details.contains_key("client"))?, language);
    let kind = details.get("kind").and_then(|name| kind(name)).map(|words| words::say(words, language));
    Some(match kind.or_else(|| details.get("role").map(String::as_str)) {
        Some(of) => format!("{said}{}{of}", language.say("：", ": ")),
        None => said.to_owned(),
    })
}

/// What was done. `by_client`: a session that a connected app was given.
const fn said(act: Act, by_client: bool) -> Option<Words> {
    Some(match act {
        Act::UserCreated => ["账号已创建", "The account was created"],
        Act::UserDeleted => ["账号已删除", "The account was deleted"],
        Act::UserDisabled => ["账号已停用", "The account was disabled"],
        Act::UserEnabled => ["账号已重新启用", "The account was enabled again"],
        Act::PasswordSet => ["密码已更新", "The password was set"],
        Act::SessionsEnded => ["所有设备已退出登录", "Signed out on all devices"],
        Act::HandleAdded => ["新增登录方式", "A way to sign in was added"],
        Act::HandleRemoved => ["移除登录方式", "A way to sign in was removed"],
        Act::HandleChanged => ["更改登录方式", "A way to sign in was changed"],
        Act::EmailVerified => ["邮箱已验证", "The e-mail address was verified"],
        Act::FactorAdded => ["新增验证方式", "A factor was added"],
        Act::FactorRemoved => ["移除验证方式", "A factor was removed"],
        Act::FactorChanged => ["更改验证方式", "A factor was changed"],
        Act::RoleGiven => ["获得角色", "A role was given"],
        Act::RoleTaken => ["失去角色", "A role was removed"],
        Act::SignInHeld => ["密码多次输错，已暂停登录", "Sign-in had to wait after wrong passwords"],
        Act::SignInFreed => ["已解除登录限制", "Sign-in does not have to wait any more"],
        Act::SessionOpened if by_client => ["已连接的应用开始访问", "A connected app got access"],
        Act::SessionOpened => ["登录", "Signed in"],
        Act::SessionEnded if by_client => ["已连接的应用结束访问", "The access of a connected app ended"],
        Act::SessionEnded => ["退出登录", "Signed out"],
        Act::PasswordLinkMade => ["已生成设置密码的链接", "A link to set a password was created"],
        Act::UserExported => ["资料已导出", "Your data was exported"],
        Act::GrantGiven => ["连接了应用", "An app was connected"],
        Act::GrantChanged => ["更改了应用的访问权限", "The access of a connected app was changed"],
        Act::GrantWithdrawn => ["断开了应用", "An app was disconnected"],
        Act::AppCreated
        | Act::AppChanged
        | Act::AppDeleted
        | Act::ClientCreated
        | Act::ClientChanged
        | Act::ClientDeleted
        | Act::WebhookCreated
        | Act::WebhookChanged
        | Act::WebhookDeleted
        | Act::WebhookReplayed
        | Act::AppExported
        | Act::LimitsReset
        | Act::KeysCreated
        | Act::KeysChanged
        | Act::KeysDeleted => return None,
    })
}

/// What people call a handle or a factor.
fn kind(name: &str) -> Option<Words> {
    Some(match name {
        "email" => ["邮箱", "e-mail address"],
        "phone" => ["手机号", "mobile number"],
        "username" => ["用户名", "username"],
        "totp" => ["身份验证器应用", "authenticator app"],
        "recovery" => ["恢复码", "recovery codes"],
        "passkey" => ["通行密钥", "passkey"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use shared::audit::{Act, Author, Entry};
    use shared::clock::Timestamp;
    use shared::language::Language::{Chinese, English};

    use super::{Happened, said};

    fn entry(act: &str, details: &[(&str, &str)]) -> Entry {
        Entry {
            id: "1.0".to_owned(),
            at: Timestamp::from_unix(1_795_252_500),
            app: None,
            user: None,
            act: act.to_owned(),
            outcome: "done".to_owned(),
            author: Some(Author::of_request("203.0.113.7", "request-1")),
            details: details.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    #[test]
    fn an_entry_is_told_in_both_languages_with_its_address_and_its_time() {
        let added = entry("factor_added", &[("kind", "passkey")]);
        let (chinese, english) = (Happened::read(&added, Chinese).expect("told"), Happened::read(&added, English));
        let english = english.expect("told");
        assert_eq!(
            (chinese.what.as_str(), english.what.as_str()),
            ("新增验证方式：通行密钥", "A factor was added: passkey")
        );
        assert_eq!((english.place.as_deref(), english.who), (Some("203.0.113.7"), None));
        assert_eq!(english.at, "21 Nov 2026, 09:15 UTC");
    }

    #[test]
    fn every_act_upon_a_user_is_told_and_no_other_is() {
        for act in Act::ALL {
            let is_users =
                !["app_", "client_", "webhook_", "keys_", "limits_"].iter().any(|kind| act.name().starts_with(kind));
            assert_eq!(said(act, false).is_some(), is_users, "{act}");
            assert_eq!(Happened::read(&entry(act.name(), &[]), English).is_some(), is_users, "{act}");
        }
        assert!(Happened::read(&entry("user_cloned", &[]), English).is_none(), "a later release's");
    }

    #[test]
    fn an_operator_is_not_named() {
        let author = Some(Author::operator("arn:aws:iam::1:user/grace"));
        let shown = Happened::read(&Entry { author, ..entry("user_disabled", &[]) }, English).expect("told");
        assert!(shown.who.is_some_and(|who| who.contains("operator")) && shown.place.is_none());
        assert!(!format!("{shown:?}").contains("grace"));
    }

    #[test]
    fn where_a_session_was_opened_is_shown_of_its_beginning_alone() {
        let details = [("opened_from", "198.51.100.9")];
        let place = |act| Happened::read(&entry(act, &details), English).expect("told").place;
        assert_eq!(place("session_opened").as_deref(), Some("198.51.100.9"));
        assert_eq!(place("session_ended").as_deref(), Some("203.0.113.7"));
    }
}
