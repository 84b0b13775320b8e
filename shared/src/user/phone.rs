//! Phone numbers.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};

use crate::typed;

/// A mobile number as Latchet knows it: E.164, like `+8613800138000`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

/// A number that somebody typed. It becomes a [`Phone`] where the app texts to its country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedPhone {
    phone: Phone,
    country: Country,
    form: Form,
}

/// How a number was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Eleven digits, as people in mainland China write their own number: the form of `docs/api/app.md#send-a-code`.
    Mainland,
    /// With a plus and the country's calling code.
    International,
}

/// What the numbers of mainland China begin with in E.164.
const MAINLAND: &str = "+86";

/// What people write before the eleven digits: the calling code, or the trunk prefix of calls to another city.
const MAINLAND_AS_TYPED: [&str; 4] = [MAINLAND, "0086", "86", "0"];

/// How many digits at the end of a number tell apart the numbers of one prefix: operators hand out numbers by the ten
/// thousand, in China and nearly everywhere, and people who pump text messages own such a block.
const BLOCK_DIGITS: usize = 4;

impl Phone {
    /// Reads what somebody typed: eleven digits beginning with 13 to 19, or E.164.
    ///
    /// E.164 is held to the numbering plans of libphonenumber: only a number that can be a mobile phone's, in its one
    /// spelling. The plans are loaded by the first such number, so that the mainland's form costs nothing of it.
    ///
    /// # Errors
    /// [`NotAPhone`]
    pub fn read(text: &str) -> Result<TypedPhone, NotAPhone> {
        let typed = |form, country| TypedPhone { phone: Self(e164(form, text)), country, form };
        if is_mainland(text) {
            return Ok(typed(Form::Mainland, Country::CHINA));
        }
        match text.strip_prefix(MAINLAND) {
            Some(national) if is_mainland(national) => Ok(typed(Form::International, Country::CHINA)),
            Some(_) => Err(NotAPhone),
            None => Ok(typed(Form::International, mobile_country(text).ok_or(NotAPhone)?)),
        }
    }

    /// Reads what a person typed or pasted: also with spaces, dashes, brackets and the marks of text direction that phones copy along,
    /// with full-width digits, as a link (`tel:`), with `00` for the plus or a trunk's `(0)`, and numbers of the mainland with each
    /// calling code that people write before them.
    ///
    /// # Errors
    /// [`NotAPhone`]
    pub fn read_typed(text: &str) -> Result<TypedPhone, NotAPhone> {
        let folded = typed::fold(text).ok_or(NotAPhone)?;
        let text = folded.expose().strip_prefix("tel:").unwrap_or(folded.expose()).replace("(0)", "");
        let bare: String = text.chars().filter(|letter| !matches!(letter, '(' | ')' | '.' | '/')).collect();
        let mut nationals = MAINLAND_AS_TYPED.iter().filter_map(|code| bare.strip_prefix(code));
        if let Some(national) = nationals.find(|national| is_mainland(national)) {
            return Self::read(national);
        }
        match bare.strip_prefix("00") {
            Some(international) => Self::read(&format!("+{international}")),
            None => Self::read(&bare),
        }
    }

    /// The number in E.164.
    #[must_use]
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// The block of ten thousand numbers that this one is in: what budgets are kept for.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0[..self.0.len() - BLOCK_DIGITS]
    }

    /// The number as its owner writes it: eleven digits for the mainland, E.164 elsewhere.
    #[must_use]
    pub fn full(&self) -> &str {
        self.0.strip_prefix(MAINLAND).unwrap_or(&self.0)
    }

    /// [`Phone::full`] with its middle hidden: `138****5678`. At least four digits are always hidden, so that of a
    /// short number less is shown.
    #[must_use]
    pub fn masked(&self) -> String {
        let (code, national) = match self.0.strip_prefix(MAINLAND) {
            Some(national) => ("", national),
            None => self.0.split_at(1 + calling_code_digits(&self.0)),
        };
        let shown = national.len().saturating_sub(BLOCK_DIGITS);
        let tail = shown.min(4);
        let head = (shown - tail).min(3);
        format!("{code}{}****{}", &national[..head], &national[national.len() - tail..])
    }
}

impl TypedPhone {
    /// The number, whichever countries the app texts to: of a user who is moved here.
    #[must_use]
    pub fn anywhere(self) -> Phone {
        self.phone
    }

    /// The number, where it may be used: its country is one of `countries`. With its calling code it is taken by apps
    /// that text to more countries than China; for the others `docs/api/app.md#send-a-code` knows eleven digits and nothing else.
    #[must_use]
    pub fn admitted(self, countries: &Countries) -> Option<Phone> {
        let fits = match self.form {
            Form::Mainland => true,
            Form::International => *countries != Countries::default(),
        };
        (fits && countries.contains(self.country)).then_some(self.phone)
    }
}

fn e164(form: Form, text: &str) -> String {
    match form {
        Form::Mainland => format!("{MAINLAND}{text}"),
        Form::International => text.to_owned(),
    }
}

/// `^1[3-9]\d{9}$`
fn is_mainland(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit))
}

/// ITU-T E.164 §6: a plus and at most fifteen digits; the shortest mobile numbers have seven with their calling code.
fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// The country of a mobile number in E.164; `None` for a landline, a premium-rate number, and a text that is not a number.
fn mobile_country(text: &str) -> Option<Country> {
    let number = PHONE_NUMBER_UTIL.parse(is_e164(text).then_some(text)?, None).ok()?;
    let plans = &PHONE_NUMBER_UTIL;
    let kind = plans.get_number_type(&number);
    let is_mobile = matches!(kind, PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile);
    let canonical = plans.format(&number, PhoneNumberFormat::E164) == text;
    let country = plans.get_region_for_number(&number)?;
    (is_mobile && canonical).then(|| country.to_string().parse().ok()).flatten()
}

/// How many digits the calling code of a number in E.164 has (ITU-T E.164, list of assigned country codes).
fn calling_code_digits(e164: &str) -> usize {
    const TWO: &[&str] = &[
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49",
        "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
        "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    match &e164[1..] {
        digits if digits.starts_with(['1', '7']) => 1,
        digits if TWO.iter().any(|code| digits.starts_with(code)) => 2,
        _ => 3,
    }
}

/// Reads what we wrote: E.164. Numbering plans change, and a number that was good once stays its user's.
impl FromStr for Phone {
    type Err = NotAPhone;

    fn from_str(text: &str) -> Result<Self, NotAPhone> {
        is_e164(text).then(|| Self(text.to_owned())).ok_or(NotAPhone)
    }
}

/// Shows the block of the number: enough to find a problem in a log, too little to call somebody.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}****", self.prefix())
    }
}

/// The text is not a number that a text message can be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a mobile number")]
pub struct NotAPhone;

/// A country, by its two letters (ISO 3166-1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Mainland China.
    pub const CHINA: Self = Self(*b"CN");

    /// Every country that has a numbering plan, in the order of their letters. Ascension and Tristan da Cunha have one
    /// each and are not countries of ISO 3166-1, but parts of SH.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let regions = PHONE_NUMBER_UTIL.get_supported_regions().filter_map(|region| region.to_string().parse().ok());
        let mut all: Vec<_> = regions.filter(|country| ![Self(*b"AC"), Self(*b"TA")].contains(country)).collect();
        all.sort_unstable();
        all
    }
}

impl FromStr for Country {
    type Err = NotACountry;

    fn from_str(text: &str) -> Result<Self, NotACountry> {
        match text.as_bytes() {
            &[a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([a, b])),
            _ => Err(NotACountry),
        }
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{}", char::from(*letter)))
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a country's two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a country is two capital letters, like CN")]
pub struct NotACountry;

/// The countries that an app texts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countries(Vec<Country>);

impl Countries {
    /// These, in order and once each; China where there are none.
    #[must_use]
    pub fn new(mut countries: Vec<Country>) -> Self {
        countries.sort_unstable();
        countries.dedup();
        if countries.is_empty() { Self::default() } else { Self(countries) }
    }

    /// Whether `country` is one of them.
    #[must_use]
    pub fn contains(&self, country: Country) -> bool {
        self.0.contains(&country)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Country> {
        self.0.iter().copied()
    }
}

/// The default of `docs/api/app.md#send-a-code`: mainland China.
impl Default for Countries {
    fn default() -> Self {
        Self(vec![Country::CHINA])
    }
}

#[cfg(test)]
mod tests {
    use super::{Countries, Country, Phone};
    use proptest::prelude::*;

    fn countries(codes: &[&str]) -> Countries {
        Countries::new(codes.iter().map(|code| code.parse().expect("a country")).collect())
    }

    fn admitted(text: &str, to: &[&str]) -> Option<String> {
        Some(Phone::read(text).ok()?.admitted(&countries(to))?.as_e164().to_owned())
    }

    #[test]
    fn eleven_digits_from_13_to_19_are_a_mainland_number() {
        for text in ["13800138000", "14700000000", "19999999999"] {
            assert_eq!(admitted(text, &[]), Some(format!("+86{text}")));
        }
    }

    #[test]
    fn a_page_takes_a_number_however_it_was_typed_or_pasted() {
        for text in [
            "138 0013 8000",
            "138-0013-8000",
            "\u{202d}+86 138 0013 8000\u{202c}",
            "+86 (138) 0013.8000",
            "008613800138000",
            "１３８００１３８０００",
            "138\u{a0}0013\u{2009}8000",
            "8613800138000",
            "013800138000",
            "tel:+86-138-0013-8000",
            "+86 (0)138 0013 8000",
        ] {
            let read = Phone::read_typed(text).ok().and_then(|typed| typed.admitted(&countries(&[])));
            assert_eq!(read.as_ref().map(Phone::as_e164), Some("+8613800138000"), "{text:?}");
        }
        for text in ["", "138 0013 800", "0086 12800138000", "+85 138 0013 8000", "138x00138000", "8686 13800138000"] {
            assert!(Phone::read_typed(text).is_err(), "{text:?}");
        }
        for text in ["+44 7400 123456", "0044 7400 123456", "+44 (0)7400 123456", "tel:+44-7400-123456"] {
            let read = Phone::read_typed(text).ok().and_then(|typed| typed.admitted(&countries(&["GB"])));
            assert_eq!(read.as_ref().map(Phone::as_e164), Some("+447400123456"), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_mobile_number_is_refused() {
        for text in [
            "",
            "1380013800",
            "138001380000",
            "12800138000",
            "10086",
            "23800138000",
            " 13800138000",
            "13800138000 ",
            "1380013800a",
            "138-0013-8000",
            "１３８００１３８０００",
            "8613800138000",
            "+",
            "+86",
            "+8612345678901",
            "+0123456789",
            "+861380013800",
            "+999123456789",
            "+4930123456",
            "+18005551234",
            "+19005551234",
            "+4407911123456",
            "+44 7400 123456",
            "+14155552671;ext=1",
            "+1415555267123456",
        ] {
            assert!(Phone::read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn another_country_is_texted_to_where_the_app_says_so() {
        assert_eq!(admitted("+447400123456", &[]), None);
        assert_eq!(admitted("+447400123456", &["CN", "DE"]), None);
        assert_eq!(admitted("+447400123456", &["CN", "GB"]), Some("+447400123456".to_owned()));
        assert_eq!(admitted("13800138000", &["GB"]), None);
        // One calling code, two countries.
        assert_eq!(admitted("+14155552671", &["US"]), Some("+14155552671".to_owned()));
        assert_eq!(admitted("+16135550123", &["US"]), None);
    }

    #[test]
    fn a_mainland_number_has_its_calling_code_only_where_other_countries_are_texted_to() {
        assert_eq!(admitted("+8613800138000", &[]), None);
        assert_eq!(admitted("+8613800138000", &["CN", "GB"]), Some("+8613800138000".to_owned()));
        assert_eq!(admitted("+8613800138000", &["CN", "GB"]), admitted("13800138000", &["CN", "GB"]));
    }

    #[test]
    fn a_number_is_shown_by_its_first_three_and_last_four_digits() {
        for (e164, masked, full) in [
            ("+8613812345678", "138****5678", "13812345678"),
            ("+14155552671", "+141****2671", "+14155552671"),
            ("+447400123456", "+4474****3456", "+447400123456"),
            ("+35312345678", "+353****5678", "+35312345678"),
            ("+2901234", "+290****", "+2901234"),
        ] {
            let phone: Phone = e164.parse().expect("E.164");
            assert_eq!((phone.masked().as_str(), phone.full()), (masked, full));
        }
    }

    #[test]
    fn a_prefix_is_a_block_of_ten_thousand_numbers() {
        let phone: Phone = "+8613812345678".parse().expect("E.164");
        assert_eq!((phone.prefix(), format!("{phone:?}")), ("+861381234", "+861381234****".to_owned()));
    }

    #[test]
    fn a_country_is_two_capital_letters() {
        for text in ["", "C", "cn", "CHN", "C1"] {
            assert!(text.parse::<Country>().is_err(), "{text}");
        }
        assert_eq!(Country::CHINA.to_string(), "CN");
    }

    proptest! {
        #[test]
        fn whatever_is_admitted_reads_back_and_hides_four_digits(text in "\\+?[0-9]{0,16}|\\PC{0,16}") {
            let all = countries(&["CN", "US", "GB", "DE", "IN"]);
            if let Some(phone) = Phone::read(&text).ok().and_then(|typed| typed.admitted(&all)) {
                prop_assert_eq!(phone.as_e164().parse::<Phone>(), Ok(phone.clone()));
                let (shown, all) = (phone.masked(), phone.full());
                let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
                prop_assert!(digits(&shown) + 4 <= digits(all));
            }
        }
    }
}
