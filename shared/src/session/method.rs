//! How and when somebody signed in.

use std::fmt;
use std::str::FromStr;

use crate::app::second_factor::SecondFactorPolicy;
use crate::clock::Timestamp;

/// Something that somebody proves who they are with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A password.
    Password,
    /// A code by text message.
    Sms,
    /// A code by e-mail.
    Email,
    /// A code of an authenticator app, or a recovery code in its place.
    Otp,
    /// A passkey: a key that an authenticator holds.
    Passkey,
    /// The passkey's authenticator verified its user, by a PIN or a body part.
    UserVerified,
}

impl Method {
    const ALL: [Self; 6] = [Self::Password, Self::Sms, Self::Email, Self::Otp, Self::Passkey, Self::UserVerified];

    /// The name of the authentication method reference (RFC 8176 §2). The registry has no name for e-mail.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Otp => "otp",
            Self::Passkey => "hwk",
            Self::UserVerified => "user",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        Self::ALL.into_iter().find(|method| method.name() == name).ok_or(UnknownMethod)
    }
}

/// The name is no method's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a method")]
pub struct UnknownMethod;

/// All that somebody proved who they are with in one sign-in. It is empty of a session that an earlier release opened without
/// a note of it.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Methods(u8);

/// Stands among the references where there were two factors (RFC 8176 §2).
const SEVERAL: &str = "mfa";

impl Methods {
    /// The same, and `method`.
    #[must_use]
    pub const fn and(self, method: Method) -> Self {
        Self(self.0 | method.bit())
    }

    /// Whether `method` is among them.
    #[must_use]
    pub const fn contain(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// Whether nothing was noted.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether there were two factors: a code of an authenticator app beside something else, or a passkey whose
    /// authenticator verified its user.
    #[must_use]
    pub const fn are_two_factors(self) -> bool {
        let beside = self.0 & !Method::Otp.bit();
        (self.contain(Method::Otp) && beside != 0)
            || (self.contain(Method::Passkey) && self.contain(Method::UserVerified))
    }

    /// Whether they are fewer than `policy` wants at `now` of a user who has been one since `created`.
    #[must_use]
    pub fn are_too_few(self, policy: &SecondFactorPolicy, created: Timestamp, now: Timestamp) -> bool {
        !self.are_two_factors() && policy.wants_two(created, now)
    }

    /// The class of the sign-in (OpenID Connect Core §2, `acr`).
    #[must_use]
    pub const fn class(self) -> Class {
        if self.contain(Method::Passkey) && self.contain(Method::UserVerified) {
            Class::PhishingResistant
        } else if self.are_two_factors() {
            Class::TwoFactors
        } else {
            Class::OneFactor
        }
    }

    /// The authentication method references (OpenID Connect Core §2, `amr`).
    #[must_use]
    pub fn references(self) -> Vec<String> {
        let several = self.are_two_factors().then_some(SEVERAL);
        self.each().map(Method::name).chain(several).map(str::to_owned).collect()
    }

    /// The one method, where there is no other.
    #[must_use]
    pub fn only(self) -> Option<Method> {
        let mut each = self.each();
        each.next().filter(|_| each.next().is_none())
    }

    fn each(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |method| self.contain(*method))
    }
}

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        Self::default().and(method)
    }
}

/// The names with a `+` between them.
impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.each().map(Method::name).collect();
        f.write_str(&names.join("+"))
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Methods({self})")
    }
}

impl FromStr for Methods {
    type Err = UnknownMethod;

    /// Reads what [`Display`](fmt::Display) writes. One name is what earlier releases wrote.
    fn from_str(names: &str) -> Result<Self, UnknownMethod> {
        let names = names.split('+').filter(|name| !name.is_empty());
        names.map(Method::from_str).try_fold(Self::default(), |methods, method| Ok(methods.and(method?)))
    }
}

/// How well a sign-in proved who somebody is: the value of `acr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// By one factor, whichever it was.
    OneFactor,
    /// By two.
    TwoFactors,
    /// By a passkey whose authenticator verified its user: nothing that was typed could have been handed on (`phr`, OpenID Connect
    /// Extended Authentication Profile §4).
    PhishingResistant,
}

impl Class {
    /// All, the weakest first.
    pub const ALL: [Self; 3] = [Self::OneFactor, Self::TwoFactors, Self::PhishingResistant];

    /// The value of `acr`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneFactor => "1",
            Self::TwoFactors => "2",
            Self::PhishingResistant => "phr",
        }
    }

    /// The class of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }
}

/// A sign-in: what tokens say of it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInEvent {
    /// When.
    pub at: Timestamp,
    /// How.
    pub methods: Methods,
}

#[cfg(test)]
mod tests {
    use super::{Class, Method, Methods};

    fn all(methods: &[Method]) -> Methods {
        methods.iter().fold(Methods::default(), |all, method| all.and(*method))
    }

    #[test]
    fn two_factors_are_a_one_time_code_beside_something_else_or_a_passkey_that_verified_its_user() {
        for (methods, class) in [
            (&[][..], Class::OneFactor),
            (&[Method::Password], Class::OneFactor),
            (&[Method::Otp], Class::OneFactor),
            (&[Method::Passkey], Class::OneFactor),
            (&[Method::Password, Method::Sms], Class::OneFactor),
            (&[Method::Password, Method::Otp], Class::TwoFactors),
            (&[Method::Sms, Method::Otp], Class::TwoFactors),
            (&[Method::Passkey, Method::UserVerified], Class::PhishingResistant),
            (&[Method::Passkey, Method::Otp], Class::TwoFactors),
        ] {
            assert_eq!(all(methods).class(), class, "{methods:?}");
            assert_eq!(all(methods).are_two_factors(), class > Class::OneFactor, "{methods:?}");
        }
    }

    #[test]
    fn the_references_name_each_method_and_that_there_were_two_factors() {
        assert_eq!(Methods::from(Method::Sms).references(), ["sms"]);
        assert_eq!(all(&[Method::Otp, Method::Password]).references(), ["pwd", "otp", "mfa"]);
        assert_eq!(all(&[Method::Passkey, Method::UserVerified]).references(), ["hwk", "user", "mfa"]);
        assert_eq!(Methods::default().references(), [""; 0]);
    }

    #[test]
    fn what_is_written_reads_back() {
        for methods in [all(&[]), all(&[Method::Sms]), all(&Method::ALL)] {
            assert_eq!(methods.to_string().parse(), Ok(methods));
        }
        assert!("pwd+retina".parse::<Methods>().is_err());
    }

    #[test]
    fn the_only_method_is_known_where_there_is_no_other() {
        assert_eq!(Methods::from(Method::Password).only(), Some(Method::Password));
        assert_eq!(all(&[Method::Password, Method::Otp]).only(), None);
        assert_eq!(Methods::default().only(), None);
    }
}
