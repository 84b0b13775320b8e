//! The dialect: what it says, word for word, and how its errors look.

mod causes;
pub(crate) mod phone;

pub(crate) use runtime::object_schema;
use runtime::{Answer, COME_BACK, Cause, Cors, Dialect, Fields, Output, Preferences, Reason, WireError};
use serde::Serialize;
use serde_json::{Value, json};
use shared::captcha::CaptchaResponse;
use shared::clock::Seconds;
use shared::config::{Config, Origins};
use shared::factor::otp::Otp;
use shared::id::UserId;
use shared::limit::Quota;
use shared::secret::Secret;
use shared::service::sign_in::WrongLogin;
use shared::token::InvalidToken;
use shared::user::email::Email;
use shared::user::nfc::nfc;

/// The App API's dialect.
#[derive(Clone, Copy, Debug)]
pub struct AppApi;

impl Dialect for AppApi {
    const NAME: &'static str = "app";
    type Error = AppError;
    const CORS_HEADERS: &'static str = "content-type, x-app-id, x-app-secret, authorization";

    fn quota(config: &Config) -> Quota {
        *config.rate_limit_app
    }

    fn cors(_: &Origins) -> Cors<'_> {
        Cors::Callers
    }
}

/// Everything that the App API refuses with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppError {
    /// A credential header is absent or empty.
    MissingCredentials,
    /// Unknown app, wrong secret, disabled app: nobody is told which.
    InvalidCredentials,
    /// No Bearer token.
    NoToken,
    /// The token is not one of ours, or its session has ended.
    InvalidToken(InvalidToken),
    /// The body must be a JSON object.
    MalformedBody,
    /// Nothing is served at the path.
    NotFound,
    /// The body is over 64 KiB.
    BodyTooLarge,
    /// The e-mail is missing or malformed.
    InvalidEmail,
    /// A new password is not 6–16 characters long.
    PasswordLength,
    /// The e-mail belongs to somebody in this app.
    EmailTaken,
    /// The app asks for a captcha, and its provider does not say that this one is good.
    CaptchaRefused,
    /// The login body is of neither form.
    NoLoginForm,
    /// Unknown e-mail or wrong password.
    WrongLogin(WrongLogin),
    /// Login and password are right, and a one-time code is needed beside them.
    OtpRequired,
    /// The one-time code is wrong.
    WrongOtp,
    /// The app wants a second factor, and the user has set up none in time.
    NoSecondFactor,
    /// The phone is not a mobile number that this app texts to.
    InvalidPhone,
    /// The phone was sent a code less than a minute ago.
    SentJustNow,
    /// No code was requested for the phone, or it was used.
    NoCode,
    /// The code differs.
    WrongCode,
    /// The code is over five minutes old, or the tries are used up.
    CodeExpired,
    /// SNS refused the message; nobody has to wait for the next.
    SmsNotSent(Cause),
    /// The reset link is bad, expired or used.
    DeadLink,
    /// The address has to wait.
    TooManyRequests {
        /// How long.
        retry_after: Seconds,
    },
    /// The account, or the phone, has to wait.
    CoolingDown {
        /// How long.
        retry_after: Seconds,
    },
    /// A dependency is down: the same request may succeed soon.
    Unavailable(Cause),
    /// Anything else.
    Internal(Cause),
}

impl AppError {
    /// The table to the wire: status, `error`, and how long to wait.
    const fn row(&self) -> (u16, &'static str, Option<Seconds>) {
        match self {
            Self::MissingCredentials => (401, "Missing app credentials", None),
            Self::InvalidCredentials => (401, "Invalid app credentials", None),
            Self::NoToken => (401, "No token provided", None),
            Self::InvalidToken(_) => (401, "Invalid token", None),
            Self::MalformedBody => (400, "请求格式错误", None),
            Self::NotFound => (404, "接口不存在", None),
            Self::BodyTooLarge => (413, "请求体过大", None),
            Self::InvalidEmail => (400, "邮箱格式不正确", None),
            Self::PasswordLength => (400, "密码长度必须为6-16位", None),
            Self::EmailTaken => (400, "该邮箱已注册", None),
            Self::CaptchaRefused => (400, "人机验证未通过", None),
            Self::NoLoginForm => (400, "请提供邮箱和密码或手机号和验证码", None),
            Self::WrongLogin(_) => (401, "邮箱或密码错误", None),
            Self::OtpRequired => (401, "需要动态验证码", None),
            Self::WrongOtp => (401, "动态验证码错误", None),
            Self::NoSecondFactor => (401, "请先设置动态验证码", None),
            Self::InvalidPhone => (400, "手机号格式不正确", None),
            Self::SentJustNow => (400, "发送过于频繁,请60秒后再试", None),
            Self::NoCode => (400, "请先获取验证码", None),
            Self::WrongCode => (400, "验证码错误", None),
            Self::CodeExpired => (400, "验证码已过期,请重新获取", None),
            Self::SmsNotSent(_) => (500, "验证码发送失败,请稍后重试", None),
            Self::DeadLink => (400, "重置链接无效或已过期", None),
            Self::TooManyRequests { retry_after } | Self::CoolingDown { retry_after } => {
                (429, "请求过于频繁,请稍后再试", Some(*retry_after))
            }
            Self::Unavailable(_) => (503, "服务暂时不可用,请稍后重试", Some(COME_BACK)),
            Self::Internal(_) => (500, "服务器内部错误", None),
        }
    }
}

impl WireError for AppError {
    fn answer(&self, _: Preferences) -> Answer {
        let (status, error, retry_after) = self.row();
        let answer = Answer::json(status, &json!({ "error": error }));
        match retry_after {
            Some(wait) => answer.with("retry-after", wait.to_string()),
            None => answer,
        }
    }

    runtime::say_cause!(Unavailable, Internal, SmsNotSent);

    fn reason(&self) -> Reason {
        match self {
            Self::MissingCredentials => Reason::NoAppCredentials,
            Self::InvalidCredentials => Reason::InvalidAppCredentials,
            Self::NoToken => Reason::NoToken,
            Self::InvalidToken(why) => (*why).into(),
            Self::MalformedBody => Reason::MalformedBody,
            Self::NotFound => Reason::NotFound,
            Self::BodyTooLarge => Reason::BodyTooLarge,
            Self::InvalidEmail => Reason::InvalidEmail,
            Self::PasswordLength => Reason::PasswordLength,
            Self::EmailTaken => Reason::EmailTaken,
            Self::CaptchaRefused => Reason::CaptchaRefused,
            Self::NoLoginForm => Reason::NoLoginForm,
            Self::WrongLogin(why) => (*why).into(),
            Self::OtpRequired => Reason::OtpRequired,
            Self::WrongOtp => Reason::WrongOtp,
            Self::NoSecondFactor => Reason::NoSecondFactor,
            Self::InvalidPhone => Reason::InvalidPhone,
            Self::SentJustNow => Reason::SentJustNow,
            Self::NoCode => Reason::NoCode,
            Self::WrongCode => Reason::WrongCode,
            Self::CodeExpired => Reason::DeadCode,
            Self::DeadLink => Reason::DeadLink,
            Self::TooManyRequests { .. } => Reason::RateLimited,
            Self::CoolingDown { .. } => Reason::CoolingDown,
            Self::SmsNotSent(cause) | Self::Unavailable(cause) | Self::Internal(cause) => cause.reason(),
        }
    }

    const EACH: &'static [Self] = runtime::one_of_each!(AppError:
        MissingCredentials,
        InvalidCredentials,
        NoToken,
        InvalidToken(InvalidToken::Unknown),
        MalformedBody,
        NotFound,
        BodyTooLarge,
        InvalidEmail,
        PasswordLength,
        EmailTaken,
        CaptchaRefused,
        NoLoginForm,
        WrongLogin(WrongLogin::Unknown),
        OtpRequired,
        WrongOtp,
        NoSecondFactor,
        InvalidPhone,
        SentJustNow,
        NoCode,
        WrongCode,
        CodeExpired,
        SmsNotSent(Cause::TooSlow),
        DeadLink,
        TooManyRequests { retry_after: Seconds(1) },
        CoolingDown { retry_after: Seconds(1) },
        Unavailable(Cause::TooSlow),
        Internal(Cause::Panic),
    );
}

runtime::say_common_refusals!(AppError);

/// The widget's response, where there is one.
pub(crate) fn read_captcha(fields: &Fields) -> Option<CaptchaResponse> {
    fields.text("captcha").and_then(|text| text.parse().ok())
}

/// The one-time code, where there is one.
pub(crate) fn read_otp(fields: &Fields) -> Option<Otp> {
    Otp::given(fields.text("otp"))
}

/// A schema of a form that may carry a one-time code.
pub(crate) fn with_otp(mut schema: Value) -> Value {
    schema["properties"]["otp"] = runtime::otp_schema();
    schema
}

/// [`object_schema`] of a form that may carry a widget's response.
pub(crate) fn with_captcha(mut schema: Value) -> Value {
    schema["properties"]["captcha"] =
        json!({"type": "string", "description": "the widget's response, where the app asks for a captcha"});
    schema
}

/// A password as it may be set in this API: 6 to 16 characters, of any kind.
#[derive(Debug)]
pub struct NewPassword(pub Secret<String>);

impl NewPassword {
    /// Counted in Unicode characters of form NFC, as `docs/api/app.md#register` says; SP 800-63B-4 would have at least eight.
    const LENGTH: std::ops::RangeInclusive<usize> = 6..=16;

    /// Reads a member of the body.
    ///
    /// # Errors
    /// [`AppError::PasswordLength`], also for a member that is missing or no string.
    pub fn read(fields: &Fields, name: &str) -> Result<Self, AppError> {
        let text = fields.text(name).ok_or(AppError::PasswordLength)?;
        // NFC leaves at least a third of the characters: what is longer still is not normalised.
        if text.chars().nth(3 * Self::LENGTH.end()).is_some() {
            return Err(AppError::PasswordLength);
        }
        let password = nfc(text);
        let fits = Self::LENGTH.contains(&password.expose().chars().count());
        fits.then_some(Self(password)).ok_or(AppError::PasswordLength)
    }

    pub(crate) fn schema() -> Value {
        json!({"type": "string", "minLength": Self::LENGTH.start(), "maxLength": Self::LENGTH.end()})
    }
}

/// Reads the e-mail of a body.
///
/// # Errors
/// [`AppError::InvalidEmail`], also for a member that is missing or no string.
pub fn read_email(fields: &Fields) -> Result<Email, AppError> {
    fields.text("email").and_then(|text| text.parse().ok()).ok_or(AppError::InvalidEmail)
}

/// An object schema of which one of several shapes fits.
pub(crate) fn either_schema(shapes: impl IntoIterator<Item = Value>) -> Value {
    json!({"type": "object", "anyOf": shapes.into_iter().collect::<Vec<_>>()})
}

pub(crate) fn user_id_schema() -> Value {
    json!({"type": "integer", "format": "int64", "minimum": 1, "maximum": 9_007_199_254_740_991_u64})
}

pub(crate) fn token_schema() -> Value {
    json!({"type": "string", "description": "a JWT, valid for 7 days"})
}

pub(crate) fn email_schema() -> Value {
    json!({"type": "string", "format": "email", "maxLength": 254})
}

/// `{"message": …}`
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Message {
    message: &'static str,
}

impl Message {
    /// A reset link was mailed, if there is anybody to mail it to.
    pub const RESET_MAILED: Self = Self { message: "重置邮件已发送" };
    /// A code was texted, or a budget held it back and nobody is to notice.
    pub const CODE_SENT: Self = Self { message: "验证码已发送" };
    /// The password is set.
    pub const PASSWORD_RESET: Self = Self { message: "密码重置成功" };
    /// The account is gone.
    pub const ACCOUNT_DELETED: Self = Self { message: "账号已注销" };
}

impl Output for Message {
    fn answer(self) -> Answer {
        Answer::json(200, &self)
    }

    fn schema() -> Value {
        object_schema(&[("message", json!({"type": "string"}))])
    }
}

/// `{"message": …, "user": {"id": …, "email": …}, "token": …}`
#[derive(Debug)]
pub struct Welcome {
    message: &'static str,
    user: UserId,
    email: Email,
    token: Secret<String>,
}

impl Welcome {
    /// Somebody who was not there before.
    #[must_use]
    pub const fn registered(user: UserId, email: Email, token: Secret<String>) -> Self {
        Self { message: "注册成功", user, email, token }
    }

    /// Somebody who is back.
    #[must_use]
    pub const fn signed_in(user: UserId, email: Email, token: Secret<String>) -> Self {
        Self { message: "登录成功", user, email, token }
    }
}

impl Output for Welcome {
    fn answer(self) -> Answer {
        #[derive(Serialize)]
        struct Body<'a> {
            message: &'a str,
            user: User<'a>,
            token: &'a str,
        }
        #[derive(Serialize)]
        struct User<'a> {
            id: u64,
            email: &'a str,
        }
        let user = User { id: self.user.number(), email: self.email.as_str() };
        Answer::json(200, &Body { message: self.message, user, token: self.token.expose() })
    }

    fn schema() -> Value {
        let user = object_schema(&[("id", user_id_schema()), ("email", email_schema())]);
        object_schema(&[("message", json!({"type": "string"})), ("user", user), ("token", token_schema())])
    }
}

#[cfg(test)]
mod tests {
    use super::{AppError, NewPassword};
    use runtime::{Fields, Preferences, WireError as _};

    #[test]
    fn an_error_is_an_object_with_one_key() {
        let answer = AppError::MissingCredentials.answer(Preferences::default());
        assert_eq!((answer.status, answer.body.as_str()), (401, r#"{"error":"Missing app credentials"}"#));
    }

    #[test]
    fn a_new_password_has_6_to_16_characters_whatever_their_bytes() {
        for (password, fits) in [
            ("12345", false),
            ("123456", true),
            ("1234567890123456", true),
            ("12345678901234567", false),
            ("密码密码密", false),
            ("密码密码密码", true),
            (&"e\u{301}".repeat(5), false),
            (&"e\u{301}".repeat(6), true),
            (&"e\u{301}".repeat(16), true),
            (&"e\u{301}".repeat(17), false),
            ("🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑", true),
        ] {
            let body = serde_json::json!({"password": password}).to_string();
            let fields = Fields::parse(body.as_bytes(), &["password"]).expect("an object");
            assert_eq!(NewPassword::read(&fields, "password").is_ok(), fits, "{password}");
        }
    }
}
