//! What a user is told whose address was proven for the first time by a code that signed in.

use crate::language::Language;

/// Subject and sentence.
pub(super) fn first_proof(app: &str, language: Language) -> (String, String) {
    match language {
        Language::Chinese => (
            format!("您在 {app} 的原密码已失效"),
            format!(
                "有人用发送到此邮箱的验证码登录了您在 {app} 的账号，此邮箱由此得到验证。在此之前设置的密码可能出自他人，已经失效，\
                 其他设备也已退出登录。如需使用密码，请在登录页面通过“忘记密码”设置新密码。"
            ),
        ),
        Language::English => (
            format!("Your former {app} password is no longer valid"),
            format!(
                "Somebody signed in to your {app} account with a code that was mailed to this address, which proves the \
                 address. The password from before may be somebody else's, so it is no longer valid, and all other \
                 sessions ended. To have a password, set a new one by “forgot password” where you sign in."
            ),
        ),
    }
}
