//! What is wrong with the members of a body, and what is said of each.

use std::borrow::Cow;

use runtime::Reason;
use shared::user::new_password::{NewPassword, NotANewPassword};
use shared::user::profile::NotAName;
use web::words::{self, Words};

/// A member of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `email`
    Email,
    /// `password`
    Password,
    /// `name`
    Name,
    /// `captcha`
    Captcha,
    /// `login`
    Login,
    /// `verification_code`
    VerificationCode,
    /// `new_password`
    NewPassword,
    /// `username`
    Username,
    /// `locale`
    Locale,
    /// `phone`
    Phone,
    /// `credential`
    Credential,
    /// `otp`
    Otp,
    /// `setup`
    Setup,
}

impl Field {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Password => "password",
            Self::Name => "name",
            Self::Captcha => "captcha",
            Self::Login => "login",
            Self::VerificationCode => "verification_code",
            Self::NewPassword => "new_password",
            Self::Username => "username",
            Self::Locale => "locale",
            Self::Phone => "phone",
            Self::Credential => "credential",
            Self::Otp => "otp",
            Self::Setup => "setup",
        }
    }
}

/// What is wrong with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not there, empty, or no string.
    Missing,
    /// It is not plain text.
    NotText,
    /// It is not an e-mail address.
    NotAnEmail,
    /// It is not six digits.
    NotACode,
    /// It is not what a browser answers with.
    NotACredential,
    /// It is not a code that the authenticator app shows.
    WrongOtp,
    /// It cannot be a username.
    NotAUsername,
    /// It is not a phone number that the app texts to.
    NotAPhone,
    /// The user has it already.
    Present,
    /// Not a language that the service has.
    NotALanguage,
    /// It has too few characters.
    TooShort,
    /// It has too many characters.
    TooLong,
}

impl Problem {
    /// One of each.
    pub const EACH: &'static [Self] = runtime::one_of_each!(Problem: Missing, NotText, NotAnEmail, NotACode, NotACredential, WrongOtp, NotAUsername, NotAPhone, Present, NotALanguage, TooShort, TooLong);

    const fn words(self) -> Words {
        match self {
            Self::Missing => ["请填写此项", "Fill this in."],
            Self::NotText => ["内容无效", "Contains characters that are not allowed."],
            Self::NotAnEmail => words::NOT_AN_EMAIL,
            Self::NotACode => ["请输入 6 位数字", "Enter the six digits of the code."],
            Self::NotACredential => ["浏览器的应答无效", "This is not an answer of a browser."],
            Self::WrongOtp => words::WRONG_OTP,
            Self::NotAUsername => {
                ["用户名为 1 到 20 个字母、数字或下划线", "A username is 1 to 20 letters, digits and underscores."]
            }
            Self::NotAPhone => ["手机号格式不正确", "Enter a phone number that this service sends messages to."],
            Self::Present => ["与当前的相同", "This is what you have now."],
            Self::NotALanguage => ["不支持此语言", "This language is not supported."],
            Self::TooShort => words::PASSWORD_TOO_SHORT,
            Self::TooLong => ["内容过长", "This is too long."],
        }
    }
}

impl Problem {
    /// The word of the log, the same as on the pages and in the other APIs.
    const fn reason(self, field: Field) -> Reason {
        match self {
            Self::NotAnEmail => Reason::InvalidEmail,
            Self::NotAUsername => Reason::InvalidUsername,
            Self::NotAPhone => Reason::InvalidPhone,
            Self::WrongOtp => Reason::WrongOtp,
            Self::TooShort => Reason::PasswordLength,
            Self::TooLong if matches!(field, Field::Password | Field::NewPassword) => Reason::PasswordLength,
            Self::Missing
            | Self::NotText
            | Self::NotACode
            | Self::NotACredential
            | Self::Present
            | Self::NotALanguage
            | Self::TooLong => Reason::InvalidFields,
        }
    }
}

impl From<NotANewPassword> for Problem {
    fn from(error: NotANewPassword) -> Self {
        const { assert!(NewPassword::SHORTEST == 8, "the words of `TooShort` name the number") };
        match error {
            NotANewPassword::TooShort => Self::TooShort,
            NotANewPassword::TooLong => Self::TooLong,
        }
    }
}

impl From<NotAName> for Problem {
    fn from(error: NotAName) -> Self {
        match error {
            NotAName::TooLong => Self::TooLong,
            NotAName::NotText => Self::NotText,
        }
    }
}

/// What is wrong with a body, member by member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Cow<'static, [(Field, Problem)]>);

impl Problems {
    /// For the reference.
    pub const EXAMPLE: Self = Self(Cow::Borrowed(&[(Field::Password, Problem::Missing)]));

    /// For the reference of an operation that takes a code.
    pub const NO_CODE: Self = Self(Cow::Borrowed(&[(Field::VerificationCode, Problem::NotACode)]));

    /// For the reference of an operation that takes an answer of a browser.
    pub const NO_CREDENTIAL: Self = Self(Cow::Borrowed(&[(Field::Credential, Problem::Missing)]));

    /// For the reference of an operation that takes a name.
    pub const NO_NAME: Self = Self(Cow::Borrowed(&[(Field::Name, Problem::Missing)]));

    /// For the reference of the operation that takes the first code of an app.
    pub const WRONG_OTP: Self = Self(Cow::Borrowed(&[(Field::Otp, Problem::WrongOtp)]));

    /// One member alone.
    pub(super) fn of(field: Field, problem: Problem) -> Self {
        Self(Cow::Owned(vec![(field, problem)]))
    }

    /// Each member with what is said of it.
    pub(super) fn said(&self) -> impl Iterator<Item = (Field, Words)> + '_ {
        self.0.iter().map(|(field, problem)| (*field, problem.words()))
    }

    /// What the log says of them: the reason of the first.
    pub(super) fn reason(&self) -> Reason {
        self.0.first().map_or(Reason::InvalidFields, |(field, problem)| problem.reason(*field))
    }

    /// Nothing so far.
    #[must_use]
    pub const fn none() -> Self {
        Self(Cow::Borrowed(&[]))
    }

    /// The value, or a note of what is wrong with it.
    pub fn note<T>(&mut self, field: Field, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.0.to_mut().push((field, problem))).ok()
    }
}

#[cfg(test)]
mod tests {
    use runtime::Reason;

    use super::{Field, Problem, Problems};

    #[test]
    fn the_log_has_the_words_of_the_other_apis_for_what_is_wrong_with_a_body() {
        for (field, problem, reason) in [
            (Field::Email, Problem::NotAnEmail, Reason::InvalidEmail),
            (Field::Username, Problem::NotAUsername, Reason::InvalidUsername),
            (Field::Phone, Problem::NotAPhone, Reason::InvalidPhone),
            (Field::Otp, Problem::WrongOtp, Reason::WrongOtp),
            (Field::Password, Problem::TooShort, Reason::PasswordLength),
            (Field::NewPassword, Problem::TooLong, Reason::PasswordLength),
            (Field::Name, Problem::TooLong, Reason::InvalidFields),
            (Field::Name, Problem::Missing, Reason::InvalidFields),
        ] {
            assert_eq!(Problems::of(field, problem).reason(), reason, "{problem:?}");
        }
        let mut several = Problems::of(Field::Email, Problem::NotAnEmail);
        several.note::<()>(Field::Name, Err(Problem::TooLong));
        assert_eq!(several.reason(), Reason::InvalidEmail, "the first counts");
    }
}
