//! What an app may choose about text messages.

use std::str::FromStr;

use crate::language::Language;
use crate::user::phone::{Countries, Phone};

/// UTF-16 units of one message with Chinese text (3GPP TS 23.040 §9.2.3.24: 140 octets). A longer one is sent in parts,
/// and each is paid.
pub const LONGEST: usize = 70;

/// UTF-16 units that an app's name may take of it.
pub const LONGEST_NAME: usize = 20;

/// How an app texts, and shows phone numbers. What is absent is the deployment's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SmsPolicy {
    /// The countries that it texts to.
    pub countries: Countries,
    /// Whether the sign-in page for third-party apps offers a code by text message. Unlike the App API's, its forms
    /// need no secret: everybody who finds the page can have messages sent, as far as the budgets go.
    pub sign_in_page: bool,
    /// Whether answers show phone numbers in full; masked by default.
    pub show_full_phone: bool,
    /// The name that a message comes from, where a country shows one.
    pub sender_id: Option<String>,
    /// What India's DLT knows the sender by.
    pub entity_id: Option<String>,
    /// What India's DLT knows the text by.
    pub template_id: Option<String>,
    /// The message in Chinese.
    pub text_zh: Option<SmsText>,
    /// The message in English.
    pub text_en: Option<SmsText>,
}

impl SmsPolicy {
    /// The app's own words in a language.
    #[must_use]
    pub const fn text(&self, language: Language) -> Option<&SmsText> {
        match language {
            Language::Chinese => self.text_zh.as_ref(),
            Language::English => self.text_en.as_ref(),
        }
    }

    /// A number as the app's answers show it.
    #[must_use]
    pub fn show(&self, phone: &Phone) -> String {
        if self.show_full_phone { phone.full().to_owned() } else { phone.masked() }
    }
}

/// A message with a place for the code: some countries want it word for word as it was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsText(String);

impl SmsText {
    /// Where the code goes.
    pub const CODE: &'static str = "{code}";
    /// Where the app's name goes.
    pub const APP: &'static str = "{app}";
    /// The placeholder of the code's lifetime in minutes.
    pub const MINUTES: &'static str = "{minutes}";

    /// The text with its places.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SmsText {
    type Err = NotAnSmsText;

    fn from_str(text: &str) -> Result<Self, NotAnSmsText> {
        let fits =
            text.matches(Self::CODE).count() == 1 && longest(text) <= LONGEST && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned())).ok_or(NotAnSmsText)
    }
}

/// The UTF-16 units of a text whose places are filled.
fn longest(text: &str) -> usize {
    let code_and_minutes = text.replace(SmsText::CODE, "012345").replace(SmsText::MINUTES, "5");
    code_and_minutes.replace(SmsText::APP, &"a".repeat(LONGEST_NAME)).encode_utf16().count()
}

/// The text cannot be sent as one message with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text has {{code}} once, no line break and at most {LONGEST} characters when filled")]
pub struct NotAnSmsText;

#[cfg(test)]
mod tests {
    use super::{SmsPolicy, SmsText};

    #[test]
    fn a_text_has_one_place_for_the_code_and_fits_a_message() {
        assert!("{code} is your code".parse::<SmsText>().is_ok());
        let long = format!("{{code}}{}", "字".repeat(65));
        for text in ["", "no place", "{code}{code}", "{code}\n", &long] {
            assert!(text.parse::<SmsText>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_number_is_masked_unless_the_app_says_otherwise() {
        let phone = "+8613812345678".parse().expect("E.164");
        assert_eq!(SmsPolicy::default().show(&phone), "138****5678");
        assert_eq!(SmsPolicy { show_full_phone: true, ..SmsPolicy::default() }.show(&phone), "13812345678");
    }
}
