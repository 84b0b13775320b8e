//! What a person types as the second factor: six digits, or a recovery code.

use crate::code::digits::Code;
use crate::factor::recovery::RecoveryCode;

/// A one-time code that somebody typed.
#[derive(Debug)]
pub enum Otp {
    /// Six digits of an authenticator app.
    Totp(Code),
    /// A recovery code.
    Recovery(RecoveryCode),
    /// Neither: it was mistyped, and is a try of nothing.
    Unreadable,
}

impl Otp {
    /// Reads what somebody typed.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match (Code::read(text), RecoveryCode::read(text)) {
            (Ok(code), _) => Self::Totp(code),
            (_, Ok(code)) => Self::Recovery(code),
            _ => Self::Unreadable,
        }
    }

    /// What a field of a request holds. An empty field counts as missing.
    #[must_use]
    pub fn given(text: Option<&str>) -> Option<Self> {
        text.filter(|text| !text.trim().is_empty()).map(Self::read)
    }
}

#[cfg(test)]
mod tests {
    use super::Otp;

    #[test]
    fn six_digits_are_of_an_app_and_ten_letters_a_recovery_code() {
        assert!(matches!(Otp::read(" 123 456"), Otp::Totp(_)));
        assert!(matches!(Otp::read("0a1b2-c3d4e"), Otp::Recovery(_)));
        assert!(matches!(Otp::read("01234-56789"), Otp::Recovery(_)));
        for wrong in ["12345", "1234567", "password", &"1".repeat(1000)] {
            assert!(matches!(Otp::read(wrong), Otp::Unreadable), "{wrong}");
        }
        assert!(Otp::given(None).is_none() && Otp::given(Some(" ")).is_none() && Otp::given(Some("x")).is_some());
    }
}
