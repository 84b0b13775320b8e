//! What people are told when a request is refused, in Chinese and in English: by pages and in the JSON that pages read.

use shared::language::Language;

/// One text in both languages.
pub type Words = [&'static str; 2];

/// The text in a language.
#[must_use]
pub const fn say([chinese, english]: Words, language: Language) -> &'static str {
    language.say(chinese, english)
}

/// The title of a page that refuses a request which will not be served later either.
pub const CANNOT_BE_SERVED: Words = ["请求无效", "This request cannot be served"];
/// The title of a page that refuses a request which may be served later.
pub const NOT_NOW: Words = ["请稍后再试", "Try again later"];
/// The title of a page at an address that does not exist.
pub const PAGE_NOT_FOUND: Words = ["页面不存在", "Page not found"];

/// The body of a request is not a JSON object.
pub const MALFORMED: Words = ["请求体不是 JSON 对象", "The body must be a JSON object."];
/// Fields are missing or cannot be used.
pub const INVALID: Words = ["请检查填写的内容", "Check what you have filled in."];
/// Nobody is signed in.
pub const NO_TOKEN: Words = ["请先登录", "Sign in first."];
/// The session that the token names has ended.
pub const INVALID_TOKEN: Words = ["登录已失效,请重新登录", "Your session has expired. Sign in again."];
/// A page of another site sent the request.
pub const FOREIGN_ORIGIN: Words = ["不允许来自此网站的请求", "Requests from this site are not allowed."];
/// The same, to somebody who looks at one of our own pages.
pub const FOREIGN_PAGE: Words = [
    "本站无法确认请求来自自己的页面。请重新打开页面再试；如果浏览器或插件隐藏了请求的来源，请允许本站获取。",
    "The request did not come from a page of this site. Open the page again and repeat it. If your browser or an add-on hides \
     where requests come from, allow it for this site.",
];
/// Nothing is served at the path.
pub const NOT_FOUND: Words = ["没有这个地址", "Nothing is served at this address."];
/// The body is over 64 KiB.
pub const BODY_TOO_LARGE: Words = ["请求体过大", "The body is too large."];
/// The address or the account has to wait.
pub const TOO_MANY_REQUESTS: Words = ["请求过于频繁,请稍后再试", "Too many requests. Try again later."];
/// A dependency is down.
pub const UNAVAILABLE: Words = ["服务暂时不可用,请稍后重试", "The service is not available. Try again soon."];
/// Anything else that is not a fault of the caller's.
pub const INTERNAL: Words = ["服务器内部错误", "Something went wrong on our side."];

/// Unknown login or wrong password.
pub const WRONG_LOGIN: Words = ["账号或密码错误", "Wrong login or password."];
/// The operation wants the password, or a recent sign-in.
pub const UNCONFIRMED: Words = ["请输入当前密码,或重新登录", "Enter your password, or sign in again."];
/// A one-time code that is none, or was used.
pub const WRONG_OTP: Words = ["动态验证码错误", "The one-time code is wrong, or was used already."];
/// The user's own password is another one.
pub const WRONG_PASSWORD: Words = ["密码错误", "The password is wrong."];
/// What was typed is not an e-mail address.
pub const NOT_AN_EMAIL: Words = ["邮箱格式不正确", "Enter a valid e-mail address."];
/// The new password has fewer than eight characters.
pub const PASSWORD_TOO_SHORT: Words = ["至少需要 8 个字符", "At least 8 characters are needed."];
/// The new password is known from a breach.
pub const BREACHED_PASSWORD: Words =
    ["该密码已在泄露的密码中出现,请换一个", "This password is known from a data breach. Choose another one."];
/// The new password has more than 128 characters.
pub const PASSWORD_TOO_LONG: Words = ["最多 128 个字符", "At most 128 characters are allowed."];
/// A field that must be filled in is empty.
pub const MISSING: Words = ["请填写此项", "Fill in this field."];
/// What was typed is longer than the field takes.
pub const TOO_LONG: Words = ["内容过长", "This is too long."];
/// What was typed is not plain text.
pub const NOT_TEXT: Words = ["只能填写文字", "Use plain text."];

/// Texts that pages say as the APIs do, but with the punctuation of Chinese print. What an API answers stays to the letter.
pub mod on_page {
    use super::Words;

    /// The address or the account has to wait.
    pub const TOO_MANY_REQUESTS: Words = ["请求过于频繁，请稍后再试", "Too many requests. Try again later."];
    /// A dependency is down.
    pub const UNAVAILABLE: Words = ["服务暂时不可用，请稍后重试", "The service is not available. Try again soon."];
    /// The new password is known from a breach.
    pub const BREACHED_PASSWORD: Words =
        ["该密码已在泄露的密码中出现，请换一个", "This password is known from a data breach. Choose another one."];
}
