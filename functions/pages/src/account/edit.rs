//! A form of the page, and what it is about.

use runtime::Form;
use shared::user::email::Email;
use shared::user::phone::Phone;
use web::words::Words;

use super::PATH;
use super::problem::AccountProblem;

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// What the user is called.
    Name,
    /// What the user signs in by, if they like.
    Username,
    /// The e-mail address.
    Email,
    /// The phone.
    Phone,
    /// That the e-mail address is the user's, which the code of the sign-up proves.
    Proof,
}

impl What {
    const ALL: [Self; 5] = [Self::Name, Self::Username, Self::Email, Self::Phone, Self::Proof];

    /// The name of its field, and in the page's address.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Username => "username",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Proof => "verify",
        }
    }

    pub(super) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.name() == name)
    }

    /// What the page says once it is changed.
    pub(super) const fn done(self) -> Words {
        match self {
            Self::Name => ["姓名已更新", "Your name has been changed."],
            Self::Username => [
                "用户名已更新，其他设备已退出登录",
                "Your username has been changed, and you were signed out on all other devices.",
            ],
            Self::Email => [
                "邮箱已更新，其他设备已退出登录",
                "Your e-mail address has been changed, and you were signed out on all other devices.",
            ],
            Self::Phone => [
                "手机号已更新，其他设备已退出登录",
                "Your mobile number has been changed, and you were signed out on all other devices.",
            ],
            Self::Proof => ["邮箱已验证", "Your e-mail address is verified."],
        }
    }

    /// Whether a text may be the address that a code was sent to. What a page's address holds, anybody may have written.
    fn takes_codes_at(self, typed: &str) -> bool {
        match self {
            Self::Email => typed.parse::<Email>().is_ok(),
            Self::Phone => Phone::read_typed(typed).is_ok(),
            Self::Proof => true,
            Self::Name | Self::Username => false,
        }
    }
}

/// A form on the page.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) what: What,
    /// What stands in its field; what the user has, if nothing was typed.
    pub(super) typed: Option<String>,
    /// Whether it asks for a code that was sent.
    asks_code: bool,
    /// Whether the code was sent just now.
    is_sent: bool,
    pub(super) problem: Option<AccountProblem>,
}

impl Edit {
    /// The form as it is opened.
    pub(super) const fn of(what: What) -> Self {
        Self { what, typed: None, asks_code: matches!(what, What::Proof), is_sent: false, problem: None }
    }

    /// The form with what was typed.
    pub(super) fn again(what: What, typed: &str) -> Self {
        Self { typed: Some(typed.to_owned()), ..Self::of(what) }
    }

    /// The form that asks for the code that was sent.
    pub(super) fn for_code(self) -> Self {
        Self { asks_code: true, ..self }
    }

    /// The same where the page's address says so, if it can be.
    pub(super) fn for_code_sent(self) -> Self {
        if self.what.takes_codes_at(self.typed.as_deref().unwrap_or_default()) {
            Self { asks_code: true, is_sent: true, ..self }
        } else {
            self
        }
    }

    pub(super) fn because(self, problem: AccountProblem) -> Self {
        Self { problem: Some(problem), ..self }
    }

    /// The address of the page with this form, which asks for the code.
    pub(super) fn page_of_code(what: What, typed: &str) -> String {
        format!("{}&sent=yes", Self::again(what, typed).page_of_wish())
    }

    /// The address of the page with the form as it was before a code was asked for.
    pub(super) fn page_of_wish(&self) -> String {
        format!("{PATH}?{}", self.query())
    }

    /// What comes back with somebody who has to sign in first.
    pub(super) fn kept(&self) -> Form {
        Form::read(self.query().as_bytes())
    }

    fn query(&self) -> String {
        let field = self.typed.as_deref().filter(|_| self.what != What::Proof).map(|typed| (self.name(), typed));
        runtime::query(&[("edit", self.name())].into_iter().chain(field).collect::<Vec<_>>())
    }

    pub(super) const fn name(&self) -> &'static str {
        self.what.name()
    }

    pub(super) const fn asks_code(&self) -> bool {
        self.asks_code
    }

    /// Whether a code was sent just now, as far as is known: an answer that says otherwise has a problem.
    pub(super) const fn is_sent(&self) -> bool {
        self.is_sent
    }

    pub(super) const fn is_name(&self) -> bool {
        matches!(self.what, What::Name)
    }

    pub(super) const fn is_username(&self) -> bool {
        matches!(self.what, What::Username)
    }

    /// Whether it is the code of the sign-up that is asked for.
    pub(super) const fn is_proof(&self) -> bool {
        matches!(self.what, What::Proof)
    }

    /// Whether a code is sent next.
    pub(super) const fn sends_code(&self) -> bool {
        matches!(self.what, What::Email | What::Phone) && !self.asks_code
    }

    /// Whether it wants the password, or a sign-in of the last ten minutes.
    pub(super) const fn wants_confirmation(&self) -> bool {
        !matches!(self.what, What::Name) && !self.asks_code
    }

    /// The most characters that its field takes.
    pub(super) const fn longest(&self) -> usize {
        match self.what {
            What::Name => 100,
            What::Username => 20,
            What::Email | What::Proof => 254,
            What::Phone => 24,
        }
    }
}
