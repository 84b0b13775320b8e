//! How pages and mails write a moment.

use crate::clock::Timestamp;
use crate::language::Language;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The day, in UTC: `21 Nov 2026` or `2026年11月21日`.
#[must_use]
pub fn day(at: Timestamp, language: Language) -> String {
    let text = at.rfc3339();
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<usize>().ok()).unwrap_or_default();
    let mut parts = text.split('T').next().unwrap_or_default().split('-');
    let (year, month, day) = (number(parts.next()), number(parts.next()), number(parts.next()));
    match language {
        Language::Chinese => format!("{year}年{month}月{day}日"),
        Language::English => {
            format!("{day} {} {year}", MONTHS.get(month.wrapping_sub(1)).copied().unwrap_or_default())
        }
    }
}

/// The minute, in UTC: `21 Nov 2026, 09:15 UTC` or `2026年11月21日 09:15 UTC`.
#[must_use]
pub fn minute(at: Timestamp, language: Language) -> String {
    let text = at.rfc3339();
    let time = text.split('T').nth(1).and_then(|time| time.get(..5)).unwrap_or_default();
    let comma = language.say("", ",");
    format!("{}{comma} {time} UTC", day(at, language))
}

#[cfg(test)]
mod tests {
    use crate::clock::Timestamp;
    use crate::language::Language::{Chinese, English};

    use super::{day, minute};

    #[test]
    fn moments_are_written_as_each_language_writes_them() {
        let at = Timestamp::from_unix(1_795_252_500);
        assert_eq!((day(at, English).as_str(), day(at, Chinese).as_str()), ("21 Nov 2026", "2026年11月21日"));
        assert_eq!(minute(at, English), "21 Nov 2026, 09:15 UTC");
        assert_eq!(minute(at, Chinese), "2026年11月21日 09:15 UTC");
        assert_eq!(day(Timestamp::from_unix(0), English), "1 Jan 1970");
    }
}
