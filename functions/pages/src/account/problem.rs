//! Why nothing was changed.

use runtime::Reason;
use web::words::{self, Words};

/// Why nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountProblem {
    /// The field is empty.
    Missing,
    /// It is not plain text.
    NotText,
    /// It is too long.
    TooLong,
    /// It is no username.
    NotAUsername,
    /// It is no e-mail address.
    NotAnEmail,
    /// It is no phone, or none that the app texts to.
    NotAPhone,
    /// The user has it.
    Present,
    /// Somebody else has the username.
    UsernameTaken,
    /// Somebody else has the e-mail address, and the user can read what is sent there.
    EmailTaken,
    /// Somebody else has the phone, and the user can read what is sent there.
    PhoneTaken,
    /// The password is missing.
    NoPassword,
    /// The password is wrong.
    WrongPassword,
    /// There were too many tries of the password.
    Resting,
    /// A code was sent less than a minute ago.
    SentJustNow,
    /// The phone has had its share of codes, or the address was changed too often.
    TooOften,
    /// It is not six digits.
    NotACode,
    /// The code differs.
    WrongCode,
    /// The code is too old, or wrong ones have burnt it.
    DeadCode,
    /// Somebody else signed in meanwhile.
    OtherUser,
}

const IN_USE: Words = ["已被其他账号使用，请换一个", "Another account has this one. Choose another one."];

impl AccountProblem {
    /// One of each, for the test that holds `docs/api/pages.md` against the code.
    pub(super) const EACH: &'static [Self] = runtime::one_of_each!(AccountProblem:
        Missing,
        NotText,
        TooLong,
        NotAUsername,
        NotAnEmail,
        NotAPhone,
        Present,
        UsernameTaken,
        EmailTaken,
        PhoneTaken,
        NoPassword,
        WrongPassword,
        Resting,
        SentJustNow,
        TooOften,
        NotACode,
        WrongCode,
        DeadCode,
        OtherUser,
    );

    /// The status of the page, what it says, and the reason for the log.
    pub(super) const fn row(self) -> (u16, Words, Reason) {
        match self {
            Self::Missing => (400, words::MISSING, Reason::InvalidFields),
            Self::NotText => (400, words::NOT_TEXT, Reason::InvalidFields),
            Self::TooLong => (400, words::TOO_LONG, Reason::InvalidFields),
            Self::NotAUsername => (
                400,
                ["1 到 20 个字母、数字或下划线", "Use 1 to 20 letters, digits and underscores."],
                Reason::InvalidUsername,
            ),
            Self::NotAnEmail => (400, words::NOT_AN_EMAIL, Reason::InvalidEmail),
            Self::NotAPhone => {
                (400, ["请输入有效的手机号", "Enter a mobile number that can receive a code."], Reason::InvalidPhone)
            }
            Self::Present => (400, ["与当前的相同，请填写新的", "You have this one already."], Reason::InvalidFields),
            Self::UsernameTaken => (
                400,
                ["该用户名已被使用，请换一个", "This username is taken. Choose another one."],
                Reason::UsernameTaken,
            ),
            Self::EmailTaken => (400, IN_USE, Reason::EmailTaken),
            Self::PhoneTaken => (400, IN_USE, Reason::PhoneTaken),
            Self::NoPassword => (400, ["请输入密码", "Enter your password."], Reason::InvalidFields),
            Self::WrongPassword => (400, words::WRONG_PASSWORD, Reason::WrongPassword),
            Self::Resting | Self::TooOften => (429, words::on_page::TOO_MANY_REQUESTS, Reason::CoolingDown),
            Self::SentJustNow => (
                429,
                [
                    "验证码刚刚发送过。请输入该验证码，或一分钟后重新获取",
                    "A code was sent less than a minute ago. Type that one, or wait a minute and request another.",
                ],
                Reason::SentJustNow,
            ),
            Self::NotACode => (400, ["验证码是 6 位数字", "Enter the six digits of the code."], Reason::InvalidFields),
            Self::WrongCode => (400, ["验证码错误", "The code is wrong."], Reason::WrongCode),
            Self::DeadCode => {
                (400, ["验证码已失效，请重新获取", "This code has expired. Request a new one."], Reason::DeadCode)
            }
            Self::OtherUser => (
                409,
                [
                    "您已用另一个账号登录，未作任何更改",
                    "You have signed in to another account meanwhile. Nothing was changed.",
                ],
                Reason::StaleForm,
            ),
        }
    }

    /// Whether it is the password that is wrong.
    pub(super) const fn is_of_password(self) -> bool {
        matches!(self, Self::NoPassword | Self::WrongPassword | Self::Resting)
    }

    /// Whether the form that asks for the code can be tried again. Otherwise another code is needed.
    pub(super) const fn leaves_the_code(self) -> bool {
        matches!(self, Self::SentJustNow | Self::NotACode | Self::WrongCode)
    }
}
