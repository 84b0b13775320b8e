//! The dialect: bodies whose names match in any case, its one table of refusals, and the forms that these take.

mod causes;

use std::borrow::Cow;

pub(crate) use runtime::object_schema;
use runtime::{Answer, COME_BACK, Cause, Cors, Dialect, Fields, Output, Preferences, Reason, Request, WireError};
use serde_json::{Map, Value, json};
use shared::captcha::CaptchaResponse;
use shared::clock::Seconds;
use shared::config::{Config, Origins};
use shared::factor::otp::Otp;
use shared::limit::Quota;
use shared::secret::Secret;
use shared::service::sign_in::WrongLogin;
use shared::token::InvalidToken;

/// The Account API's dialect.
#[derive(Clone, Copy, Debug)]
pub struct AccountApi;

impl Dialect for AccountApi {
    const NAME: &'static str = "account";
    type Error = AccountError;
    const CORS_HEADERS: &'static str = "content-type, authorization";

    fn quota(config: &Config) -> Quota {
        *config.rate_limit_default
    }

    fn cors(origins: &Origins) -> Cors<'_> {
        Cors::Listed { origins: &origins.account, credentials: false }
    }
}

/// Everything that the Account API refuses with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// The body is of a type that is not read.
    MediaType,
    /// The body must be a JSON object.
    Malformed,
    /// Members are missing or no text.
    Invalid(Problems),
    /// Nothing is served at the path.
    NotFound,
    /// The body is over 64 KiB.
    BodyTooLarge,
    /// Unknown username or wrong password: nobody is told which.
    WrongLogin(WrongLogin),
    /// Username and password are right, and a one-time code is needed beside them.
    OtpRequired,
    /// The one-time code is wrong.
    WrongOtp,
    /// The app wants a second factor, and the user has set up none in time.
    NoSecondFactor,
    /// The user was moved here from another product, and their password can be compared with no digest until it is ours.
    ForeignPassword,
    /// There were too many wrong passwords for the username.
    Resting,
    /// The username belongs to somebody in this app.
    UsernameTaken,
    /// The address belongs to somebody in this app.
    EmailTaken,
    /// The text cannot be a username.
    InvalidUsername,
    /// The text is not a digest.
    InvalidPassword,
    /// The text is not an e-mail address, or too long.
    InvalidEmail,
    /// The app asks for a captcha, and its provider does not say that this one is good.
    CaptchaRefused,
    /// The old password is wrong.
    WrongOldPassword,
    /// The new password cannot be one.
    InvalidNewPassword,
    /// No Bearer token.
    NoToken,
    /// The token is not good, or not any more.
    InvalidToken(InvalidToken),
    /// The refresh token was exchanged before and its successor is in use: its session was ended for it.
    ReusedToken,
    /// An access token where a refresh token belongs.
    NoRefreshToken,
    /// The token of a mail is bad, expired or used.
    DeadLink,
    /// It is good, and its user is gone.
    NoUser,
    /// The app that the API key selects is disabled.
    AppDisabled,
    /// The address has to wait.
    TooManyRequests {
        /// How long.
        retry_after: Seconds,
    },
    /// A dependency is down: the same request may succeed soon.
    Unavailable(Cause),
    /// Anything else.
    Internal(Cause),
}

/// The forms of a refusal.
enum ErrorBody {
    /// A bare string: plain text, or a JSON string where JSON is asked for.
    Line(&'static str),
    /// An object with that message.
    Message(&'static str),
    /// RFC 9457, with that title.
    Problem(&'static str),
    /// The status says it all.
    Nothing,
}

impl AccountError {
    /// The table to the wire.
    const fn row(&self) -> (u16, ErrorBody) {
        use ErrorBody::{Line, Message, Nothing, Problem};
        match self {
            Self::MediaType => (415, Problem("Unsupported Media Type")),
            Self::Malformed | Self::Invalid(_) => (400, Problem("One or more validation errors occurred.")),
            Self::BodyTooLarge => (413, Line("The body is too large.")),
            Self::WrongLogin(_) => (401, Line("Invalid username or password.")),
            Self::OtpRequired => (401, Line("One-time code required.")),
            Self::WrongOtp => (401, Line("Invalid one-time code.")),
            Self::NoSecondFactor => (401, Line("Set up a second factor in the browser first.")),
            Self::ForeignPassword => (401, Line("Sign in once in the browser, or reset your password.")),
            Self::Resting => (403, Message("Too many login attempts. Try 5 minutes later !")),
            Self::UsernameTaken => (400, Line("Username already exists.")),
            Self::EmailTaken => (400, Line("Email already exists.")),
            Self::InvalidUsername => (400, Line("Invalid username")),
            Self::InvalidPassword => (400, Line("Invalid password")),
            Self::InvalidEmail => (400, Line("Invalid email")),
            Self::CaptchaRefused => (400, Line("Captcha refused.")),
            Self::WrongOldPassword => (400, Line("Invalid old password.")),
            Self::InvalidNewPassword => (400, Line("Invalid new password.")),
            Self::NoToken | Self::InvalidToken(_) | Self::ReusedToken => (401, Nothing),
            Self::NoRefreshToken => (403, Nothing),
            Self::DeadLink => (400, Line("Token is invalid or has expired.")),
            Self::NoUser | Self::NotFound => (404, Problem("Not Found")),
            Self::AppDisabled => (403, Message("This app is disabled.")),
            Self::TooManyRequests { .. } => (429, Line("Too many requests. Try again later.")),
            Self::Unavailable(_) => (503, Line("The service is not available. Try again soon.")),
            Self::Internal(_) => (500, Line("Something went wrong on our side.")),
        }
    }

    fn problem(&self, status: u16, title: &str) -> Answer {
        let mut body = json!({"title": title, "status": status});
        match self {
            Self::Malformed => body["errors"] = json!({"$": ["The body must be a JSON object."]}),
            Self::Invalid(problems) => body["errors"] = problems.by_member(),
            _ => {}
        }
        let answer = Answer::text("application/problem+json", body.to_string());
        Answer { status, ..answer }
    }
}

impl WireError for AccountError {
    fn answer(&self, preferences: Preferences) -> Answer {
        let (status, form) = self.row();
        let answer = match form {
            ErrorBody::Line(line) if preferences.json => Answer::json(status, &line),
            ErrorBody::Line(line) => Answer { status, ..Answer::text("text/plain; charset=utf-8", line) },
            ErrorBody::Message(message) => Answer::json(status, &json!({"message": message})),
            ErrorBody::Problem(title) => self.problem(status, title),
            ErrorBody::Nothing => Answer::empty(status),
        };
        match self {
            Self::TooManyRequests { retry_after } => answer.with("retry-after", retry_after.to_string()),
            Self::Unavailable(_) => answer.with("retry-after", COME_BACK.to_string()),
            Self::NoToken | Self::InvalidToken(_) | Self::ReusedToken => answer.with("www-authenticate", "Bearer"),
            _ => answer,
        }
    }

    runtime::say_cause!(Unavailable, Internal);

    fn reason(&self) -> Reason {
        match self {
            Self::MediaType => Reason::UnsupportedMediaType,
            Self::Malformed => Reason::MalformedBody,
            Self::Invalid(_) => Reason::InvalidFields,
            Self::NotFound => Reason::NotFound,
            Self::BodyTooLarge => Reason::BodyTooLarge,
            Self::WrongLogin(why) => (*why).into(),
            Self::OtpRequired => Reason::OtpRequired,
            Self::WrongOtp => Reason::WrongOtp,
            Self::NoSecondFactor => Reason::NoSecondFactor,
            Self::ForeignPassword => Reason::ForeignPassword,
            Self::Resting => Reason::CoolingDown,
            Self::UsernameTaken => Reason::UsernameTaken,
            Self::EmailTaken => Reason::EmailTaken,
            Self::InvalidUsername => Reason::InvalidUsername,
            Self::InvalidPassword => Reason::InvalidPassword,
            Self::InvalidEmail => Reason::InvalidEmail,
            Self::CaptchaRefused => Reason::CaptchaRefused,
            Self::WrongOldPassword => Reason::WrongOldPassword,
            Self::InvalidNewPassword => Reason::InvalidNewPassword,
            Self::NoToken => Reason::NoToken,
            Self::InvalidToken(why) => (*why).into(),
            Self::ReusedToken => Reason::SessionReused,
            Self::AppDisabled => Reason::DisabledApp,
            Self::NoRefreshToken => Reason::NotARefreshToken,
            Self::DeadLink => Reason::DeadLink,
            Self::NoUser => Reason::DeletedUser,
            Self::TooManyRequests { .. } => Reason::RateLimited,
            Self::Unavailable(cause) | Self::Internal(cause) => cause.reason(),
        }
    }

    const EACH: &'static [Self] = runtime::one_of_each!(AccountError:
        MediaType,
        Malformed,
        Invalid(Problems::EXAMPLE),
        NotFound,
        BodyTooLarge,
        WrongLogin(WrongLogin::Unknown),
        OtpRequired,
        WrongOtp,
        NoSecondFactor,
        ForeignPassword,
        Resting,
        UsernameTaken,
        EmailTaken,
        InvalidUsername,
        InvalidPassword,
        InvalidEmail,
        CaptchaRefused,
        WrongOldPassword,
        InvalidNewPassword,
        NoToken,
        InvalidToken(InvalidToken::Unknown),
        ReusedToken,
        NoRefreshToken,
        DeadLink,
        NoUser,
        AppDisabled,
        TooManyRequests { retry_after: Seconds(1) },
        Unavailable(Cause::TooSlow),
        Internal(Cause::Panic),
    );
}

runtime::say_common_refusals!(AccountError);

/// A member of a body, or of the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `username`
    Username,
    /// `password`
    Password,
    /// `email`
    Email,
    /// `oldPassword`
    OldPassword,
    /// `newPassword`
    NewPassword,
    /// `token`
    Token,
}

impl Field {
    /// As refusals spell it.
    const fn name(self) -> &'static str {
        match self {
            Self::Username => "Username",
            Self::Password => "Password",
            Self::Email => "Email",
            Self::OldPassword => "OldPassword",
            Self::NewPassword => "NewPassword",
            Self::Token => "Token",
        }
    }
}

/// What is wrong with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not there, or blank.
    Missing,
    /// It is not a string.
    NotText,
}

/// What is wrong with a request, member by member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Cow<'static, [(Field, Problem)]>);

impl Problems {
    /// For the reference.
    pub const EXAMPLE: Self = Self(Cow::Borrowed(&[(Field::Username, Problem::Missing)]));

    /// A parameter that is missing.
    pub const NO_TOKEN: Self = Self(Cow::Borrowed(&[(Field::Token, Problem::Missing)]));

    fn by_member(&self) -> Value {
        let words = |(field, problem): &(Field, Problem)| {
            let name = field.name();
            let words = match problem {
                Problem::Missing => format!("The {name} field is required."),
                Problem::NotText => format!("The {name} field must be a string."),
            };
            (name.to_owned(), json!([words]))
        };
        self.0.iter().map(words).collect::<Map<_, _>>().into()
    }
}

/// The members of a body, all of which must be there. Some are passwords and tokens, so none of them can be printed.
///
/// # Errors
/// [`AccountError::MediaType`], [`AccountError::Malformed`], [`AccountError::Invalid`]
pub(crate) fn required<const N: usize>(
    request: &Request,
    members: [Field; N],
) -> Result<[Secret<String>; N], AccountError> {
    if !is_json(request.header("content-type").unwrap_or_default()) {
        return Err(AccountError::MediaType);
    }
    let names = members.map(|member| member.name().to_ascii_lowercase());
    let fields = Fields::parse_in_any_case(request.body(), &names.each_ref().map(String::as_str))?;
    let mut problems = Vec::new();
    let texts = members.map(|member| {
        let name = member.name().to_ascii_lowercase();
        let text = fields.text(&name);
        if text.is_none_or(|text| text.trim().is_empty()) {
            let other = text.is_none() && fields.given(&name);
            problems.push((member, if other { Problem::NotText } else { Problem::Missing }));
        }
        Secret::new(text.unwrap_or_default().to_owned())
    });
    if problems.is_empty() { Ok(texts) } else { Err(AccountError::Invalid(Problems(Cow::Owned(problems)))) }
}

/// The widget's response, where there is one: a member that [`required`] passes over.
pub(crate) fn read_captcha(request: &Request) -> Option<CaptchaResponse> {
    let fields = Fields::parse_in_any_case(request.body(), &["captcha"]).ok()?;
    fields.text("captcha").and_then(|text| text.parse().ok())
}

/// The one-time code, where there is one: another such member.
pub(crate) fn read_otp(request: &Request) -> Option<Otp> {
    let fields = Fields::parse_in_any_case(request.body(), &["otp"]).ok()?;
    Otp::given(fields.text("otp"))
}

/// [`object_schema`] of a form that may carry a widget's response.
pub(crate) fn with_captcha(mut schema: Value) -> Value {
    schema["properties"]["captcha"] =
        json!({"type": "string", "description": "the widget's response, where the app asks for a captcha"});
    schema
}

/// `application/json`, `text/json` and `application/*+json`, whatever the parameters (RFC 9110 §8.3.1).
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let suffixed = |name: &str| name.strip_suffix("+json").is_some_and(|name| !name.is_empty());
    matches!(media_type.as_str(), "application/json" | "text/json")
        || media_type.strip_prefix("application/").is_some_and(suffixed)
}

pub(crate) fn text_schema() -> Value {
    json!({"type": "string", "minLength": 1})
}

pub(crate) fn digest_schema() -> Value {
    let description = "the SHA-256 of the password, in lower-case hex";
    json!({"type": "string", "pattern": "^[0-9a-f]{64}$", "description": description})
}

/// `{"success": true}`
#[derive(Clone, Copy, Debug)]
pub struct Success;

impl Output for Success {
    fn answer(self) -> Answer {
        Answer::json(200, &json!({"success": true}))
    }

    fn schema() -> Value {
        object_schema(&[("success", json!({"const": true}))])
    }
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn three_kinds_of_json_are_read_with_any_parameter_and_nothing_else() {
        for content_type in [
            "application/json",
            "application/json; charset=utf-8",
            "application/json;charset=ISO-8859-1",
            "Application/JSON ; charset=\"UTF-16\"",
            "text/json",
            "text/json; charset=gbk",
            "application/problem+json",
            "application/vnd.example.v1+json; charset=utf-8",
        ] {
            assert!(is_json(content_type), "{content_type}");
        }
        for content_type in [
            "",
            "json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "application/+json",
            "text/vnd.example+json",
            "application/xml; charset=application/json",
        ] {
            assert!(!is_json(content_type), "{content_type}");
        }
    }
}
