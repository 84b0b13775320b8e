//! The dialect: its one table of refusals, in two languages, and how an answer with cookies looks.

mod account;
mod causes;
mod problem;

pub use problem::{Field, Problem, Problems};
pub(crate) use runtime::object_schema;
use runtime::{Answer, COME_BACK, Cause, Cors, Dialect, Fields, Output, Preferences, Reason, WireError};
use serde_json::{Map, Value, json};
use shared::captcha::CaptchaResponse;
use shared::clock::Seconds;
use shared::config::{Config, Origins};
use shared::limit::Quota;
use shared::service::sign_in::WrongLogin;
use shared::token::InvalidToken;
use web::SetCookies;
use web::words::{self, Words, say};

/// The Browser API's dialect.
#[derive(Clone, Copy, Debug)]
pub struct BrowserApi;

impl Dialect for BrowserApi {
    const NAME: &'static str = "browser";
    type Error = BrowserError;
    const CORS_HEADERS: &'static str = web::origin::CORS_HEADERS;

    fn quota(config: &Config) -> Quota {
        *config.rate_limit_default
    }

    fn cors(origins: &Origins) -> Cors<'_> {
        web::origin::cors(origins)
    }
}

/// Everything that the Browser API refuses with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserError {
    /// The body must be a JSON object.
    Malformed,
    /// Members are missing or cannot be used.
    Invalid(Problems),
    /// The app asks for a captcha, and its provider says no.
    CaptchaRefused,
    /// The password was in a breach.
    BreachedPassword(Field),
    /// The address belongs to somebody.
    EmailTaken,
    /// The passkey that was shown is not believed, for a reason that the log alone is told.
    WrongPasskey(Reason),
    /// The passkey that a user wants to add is not believed.
    PasskeyNotAdded(Reason),
    /// The user has as many passkeys as anybody may.
    TooManyPasskeys,
    /// The caller has no such passkey.
    UnknownPasskey,
    /// The username belongs to somebody.
    UsernameTaken,
    /// The phone belongs to somebody.
    PhoneTaken,
    /// The user has nothing that a password goes with.
    NoLogin,
    /// The operation wants the password, or a recent sign-in.
    Unconfirmed,
    /// The password is wrong. The log tells whether a new one was to be set.
    WrongPassword(Reason),
    /// Unknown login or wrong password.
    WrongLogin(WrongLogin),
    /// Login and password are right, and a one-time code is needed beside them.
    OtpRequired,
    /// The one-time code is wrong.
    WrongOtp,
    /// The app wants a second factor, and the user has set up none in time.
    NoSecondFactor,
    /// The caller has a second factor already.
    FactorExists,
    /// The caller has none.
    NoFactor,
    /// It is too long since the secret was shown, or it was shown to another session.
    DeadSetup,
    /// Neither header nor cookie.
    NoToken,
    /// The access token is invalid, expired or revoked.
    InvalidToken(InvalidToken),
    /// No refresh cookie, or one that is not good; the cookies are cleared.
    NoSession {
        /// Why, for the log.
        why: Reason,
        /// The lines that clear the cookies, for a page of ours.
        cleared: Option<[String; 2]>,
    },
    /// The code differs.
    WrongCode,
    /// No code was mailed, or it is too old, or wrong ones have burnt it.
    DeadCode,
    /// No code for a new address or phone is alive.
    ExpiredCode,
    /// SNS refused the message.
    SmsNotSent(Cause),
    /// The caller has no such session.
    UnknownSession,
    /// A page of another site sent the request.
    ForeignOrigin,
    /// Nothing is served at the path.
    NotFound,
    /// The body is over 64 KiB.
    BodyTooLarge,
    /// The address has to wait.
    TooManyRequests {
        /// How long.
        retry_after: Seconds,
    },
    /// The account has to wait.
    CoolingDown {
        /// How long.
        retry_after: Seconds,
    },
    /// A dependency is down: the same request may succeed soon.
    Unavailable(Cause),
    /// Anything else.
    Internal(Cause),
}

const NO_SECOND_FACTOR: Words = [
    "此应用要求两步验证,请先在登录页面设置",
    "This app wants a second factor. Sign in on the sign-in page to set one up.",
];
const FACTOR_EXISTS: Words = ["两步验证已开启", "The second factor is set up already."];
const DEAD_SETUP: Words = ["设置已超时,请重新开始", "This took too long. Begin again with a new secret."];

/// A refusal on the wire: status, `code`, and `detail`.
type Row = (u16, &'static str, Words);

impl BrowserError {
    /// One member that is missing or cannot be used.
    #[must_use]
    pub fn invalid(field: Field, problem: Problem) -> Self {
        Self::Invalid(Problems::of(field, problem))
    }

    /// The table to the wire.
    #[expect(clippy::too_many_lines, reason = "one table, with a row for each refusal")]
    const fn row(&self) -> Row {
        match self {
            Self::Malformed => (400, "malformed_body", words::MALFORMED),
            Self::Invalid(_) => (400, "invalid_fields", words::INVALID),
            Self::CaptchaRefused => {
                (400, "captcha_refused", ["人机验证未通过,请重试", "The captcha was refused. Try again."])
            }
            Self::BreachedPassword(_) => (400, "breached_password", words::BREACHED_PASSWORD),
            Self::EmailTaken => (400, "email_taken", ["该邮箱已注册", "This e-mail address is registered already."]),
            Self::WrongPasskey(_) => {
                (401, "invalid_passkey", ["无法用此通行密钥登录", "This passkey cannot be used to sign in here."])
            }
            Self::PasskeyNotAdded(_) => {
                (400, "passkey_not_added", ["无法添加此通行密钥,请重试", "This passkey could not be added. Try again."])
            }
            Self::TooManyPasskeys => (
                400,
                "too_many_passkeys",
                ["通行密钥数量已达上限,请先移除一个", "You have as many passkeys as possible. Remove one first."],
            ),
            Self::UnknownPasskey => (404, "unknown_passkey", ["没有这个通行密钥", "This passkey does not exist."]),
            Self::UsernameTaken => (400, "username_taken", ["该用户名已被使用", "This username is taken."]),
            Self::PhoneTaken => {
                (400, "phone_taken", ["该手机号已被其他账号使用", "This phone number belongs to another account."])
            }
            Self::NoLogin => (
                400,
                "no_login",
                [
                    "请先添加邮箱或用户名",
                    "Add an e-mail address or a username first: a password goes with one of them.",
                ],
            ),
            Self::Unconfirmed => (403, "confirmation_required", words::UNCONFIRMED),
            Self::WrongPassword(_) => (400, "wrong_password", words::WRONG_PASSWORD),
            Self::WrongLogin(_) => (401, "invalid_credentials", words::WRONG_LOGIN),
            Self::OtpRequired => (401, "otp_required", ["请输入动态验证码", "Enter a one-time code."]),
            Self::WrongOtp => (401, "wrong_otp", words::WRONG_OTP),
            Self::NoSecondFactor => (401, "second_factor_required", NO_SECOND_FACTOR),
            Self::FactorExists => (409, "second_factor_exists", FACTOR_EXISTS),
            Self::NoFactor => (404, "no_second_factor", ["两步验证未开启", "There is no second factor."]),
            Self::DeadSetup => (400, "dead_setup", DEAD_SETUP),
            Self::NoToken => (401, "not_authenticated", words::NO_TOKEN),
            Self::InvalidToken(_) => (401, "invalid_token", words::INVALID_TOKEN),
            Self::NoSession { .. } => {
                (401, "session_ended", ["会话已结束,请重新登录", "The session has ended. Sign in again."])
            }
            Self::WrongCode => (400, "wrong_code", ["验证码错误", "The code is wrong."]),
            Self::DeadCode => (
                400,
                "dead_code",
                [
                    "验证码已失效,请重新登录以获取新的验证码",
                    "This code can no longer be used. Sign in again to get a new one.",
                ],
            ),
            Self::ExpiredCode => (
                400,
                "expired_code",
                ["验证码已失效,请重新获取", "This code can no longer be used. Ask for a new one."],
            ),
            Self::SmsNotSent(_) => (
                500,
                "sms_not_sent",
                ["短信发送失败,请稍后重试", "The text message could not be sent. Try again later."],
            ),
            Self::UnknownSession => (404, "unknown_session", ["没有这个会话", "This session does not exist."]),
            Self::ForeignOrigin => (403, "foreign_origin", words::FOREIGN_ORIGIN),
            Self::NotFound => (404, "not_found", words::NOT_FOUND),
            Self::BodyTooLarge => (413, "body_too_large", words::BODY_TOO_LARGE),
            Self::TooManyRequests { .. } | Self::CoolingDown { .. } => {
                (429, "too_many_requests", words::TOO_MANY_REQUESTS)
            }
            Self::Unavailable(_) => (503, "unavailable", words::UNAVAILABLE),
            Self::Internal(_) => (500, "internal_error", words::INTERNAL),
        }
    }

    /// What each field is told, of a 400.
    fn problems(&self) -> Vec<(Field, Words)> {
        let (_, _, words) = self.row();
        match self {
            Self::Invalid(problems) => problems.said().collect(),
            Self::CaptchaRefused => vec![(Field::Captcha, words)],
            Self::BreachedPassword(field) => vec![(*field, words)],
            Self::EmailTaken => vec![(Field::Email, words)],
            Self::UsernameTaken => vec![(Field::Username, words)],
            Self::PhoneTaken => vec![(Field::Phone, words)],
            Self::WrongPassword(_) => vec![(Field::Password, words)],
            Self::WrongCode | Self::DeadCode | Self::ExpiredCode => vec![(Field::VerificationCode, words)],
            _ => Vec::new(),
        }
    }
}

impl WireError for BrowserError {
    fn answer(&self, preferences: Preferences) -> Answer {
        let say = |words| say(words, preferences.language);
        let (status, code, words) = self.row();
        let mut body = json!({"detail": say(words), "code": code});
        let problems = self.problems();
        if !problems.is_empty() {
            let errors = problems.iter().map(|(field, words)| (field.name().to_owned(), json!([say(*words)])));
            body["errors"] = Value::Object(errors.collect::<Map<_, _>>());
        }
        let answer = Answer::json(status, &body).with("content-language", preferences.language.tag());
        match self {
            Self::TooManyRequests { retry_after } | Self::CoolingDown { retry_after } => {
                answer.with("retry-after", retry_after.to_string())
            }
            Self::Unavailable(_) => answer.with("retry-after", COME_BACK.to_string()),
            // RFC 6750 §3: who shows nothing is told nothing but the scheme.
            Self::NoToken => answer.with("www-authenticate", "Bearer"),
            Self::InvalidToken(_) => answer.with("www-authenticate", "Bearer error=\"invalid_token\""),
            Self::NoSession { cleared: Some(cleared), .. } => answer.with_cookies(cleared.clone()),
            _ => answer,
        }
    }

    runtime::say_cause!(SmsNotSent, Unavailable, Internal);

    fn reason(&self) -> Reason {
        match self {
            Self::Malformed => Reason::MalformedBody,
            Self::Invalid(problems) => problems.reason(),
            Self::CaptchaRefused => Reason::CaptchaRefused,
            Self::BreachedPassword(_) => Reason::BreachedPassword,
            Self::EmailTaken => Reason::EmailTaken,
            Self::TooManyPasskeys => Reason::TooManyPasskeys,
            Self::UnknownPasskey => Reason::UnknownPasskey,
            Self::UsernameTaken => Reason::UsernameTaken,
            Self::PhoneTaken => Reason::PhoneTaken,
            Self::NoLogin => Reason::NoPasswordHandle,
            Self::Unconfirmed => Reason::Unconfirmed,
            Self::OtpRequired => Reason::OtpRequired,
            Self::WrongOtp => Reason::WrongOtp,
            Self::NoSecondFactor => Reason::NoSecondFactor,
            Self::FactorExists => Reason::FactorExists,
            Self::NoFactor => Reason::NoFactor,
            Self::DeadSetup => Reason::DeadSetup,
            Self::WrongLogin(why) => (*why).into(),
            Self::NoToken => Reason::NoToken,
            Self::InvalidToken(why) => (*why).into(),
            Self::WrongPassword(why)
            | Self::WrongPasskey(why)
            | Self::PasskeyNotAdded(why)
            | Self::NoSession { why, .. } => *why,
            Self::WrongCode => Reason::WrongCode,
            Self::DeadCode | Self::ExpiredCode => Reason::DeadCode,
            Self::UnknownSession => Reason::UnknownSession,
            Self::ForeignOrigin => Reason::ForeignOrigin,
            Self::NotFound => Reason::NotFound,
            Self::BodyTooLarge => Reason::BodyTooLarge,
            Self::TooManyRequests { .. } => Reason::RateLimited,
            Self::CoolingDown { .. } => Reason::CoolingDown,
            Self::SmsNotSent(cause) | Self::Unavailable(cause) | Self::Internal(cause) => cause.reason(),
        }
    }

    const EACH: &'static [Self] = runtime::one_of_each!(BrowserError:
        Malformed,
        Invalid(Problems::EXAMPLE),
        CaptchaRefused,
        BreachedPassword(Field::Password),
        EmailTaken,
        WrongPasskey(Reason::PasskeyRefused),
        PasskeyNotAdded(Reason::PasskeyRefused),
        TooManyPasskeys,
        UnknownPasskey,
        UsernameTaken,
        PhoneTaken,
        NoLogin,
        Unconfirmed,
        WrongPassword(Reason::WrongPassword),
        WrongLogin(WrongLogin::Unknown),
        OtpRequired,
        WrongOtp,
        NoSecondFactor,
        FactorExists,
        NoFactor,
        DeadSetup,
        NoToken,
        InvalidToken(InvalidToken::Unknown),
        NoSession { why: Reason::EndedSession, cleared: None },
        WrongCode,
        DeadCode,
        ExpiredCode,
        SmsNotSent(Cause::TooSlow),
        UnknownSession,
        ForeignOrigin,
        NotFound,
        BodyTooLarge,
        TooManyRequests { retry_after: Seconds(1) },
        CoolingDown { retry_after: Seconds(1) },
        Unavailable(Cause::TooSlow),
        Internal(Cause::Panic),
    );
}

runtime::say_common_refusals!(BrowserError);
web::say_not_signed_in!(BrowserError);

/// The captcha of a body, which only some apps ask for.
pub(crate) fn read_captcha(fields: &Fields) -> Result<Option<CaptchaResponse>, Problem> {
    match fields.text("captcha") {
        Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Problem::NotText),
        None if fields.given("captcha") => Err(Problem::NotText),
        None => Ok(None),
    }
}

pub(crate) fn captcha_schema() -> Value {
    json!({"type": "string", "description": "the widget's response, where the app asks for a captcha"})
}

/// Exactly 204, and what the browser is to keep or to forget.
#[derive(Debug)]
pub enum NewCookies {
    /// A session.
    Session(SetCookies),
    /// Empty ones: the browser forgets those that it has.
    Cleared([String; 2]),
    /// Nothing changes.
    Unchanged,
}

impl Output for NewCookies {
    const STATUS: u16 = 204;
    const MEDIA_TYPE: &'static str = "";

    fn answer(self) -> Answer {
        let answer = Answer::empty(204);
        match self {
            Self::Session(cookies) => answer.with_cookies(cookies),
            Self::Cleared(cookies) => answer.with_cookies(cookies),
            Self::Unchanged => answer,
        }
    }

    fn schema() -> Value {
        Value::Null
    }
}
