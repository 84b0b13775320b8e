//! The text messages that Latchet writes, in two languages, each short enough to be sent and paid as one.

use crate::app::App;
use crate::app::sms::{LONGEST_NAME, SmsText};
use crate::clock::Seconds;
use crate::code::digits::Code;
use crate::language::Language;
use crate::secret::Secret;

/// A text message, ready to send. It holds a code, so it prints `***`.
#[derive(Debug)]
pub struct TextMessage(Secret<String>);

impl TextMessage {
    /// The message with a code, in the app's own words or ours.
    #[must_use]
    pub fn code(app: &App, code: Code, lifetime: Seconds, language: Language) -> Self {
        let text = match app.policy.sms.text(language) {
            Some(text) => text.as_str(),
            None => match language {
                Language::Chinese => "【{app}】验证码 {code},{minutes} 分钟内有效,请勿告诉他人。",
                Language::English => "{code} is your {app} code. It expires in {minutes} minutes.",
            },
        };
        let filled = text
            .replace(SmsText::MINUTES, &(lifetime.0 / 60).to_string())
            .replace(SmsText::CODE, Secret::new(code.reveal()).expose())
            // Last: a name that looks like a placeholder stays as it is.
            .replace(SmsText::APP, &shortened(&app.name));
        Self(Secret::new(filled))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

fn shortened(name: &str) -> String {
    let mut units = 0;
    let fits = |letter: &char| {
        units += letter.len_utf16();
        units <= LONGEST_NAME && !letter.is_control()
    };
    name.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::TextMessage;
    use crate::app::credential::ApiKey;
    use crate::app::sms::{LONGEST, SmsPolicy};
    use crate::app::{App, Policy};
    use crate::clock::{Seconds, Timestamp};
    use crate::code::digits::Code;
    use crate::language::Language;
    use crate::random::Random;

    fn message(name: &str, sms: SmsPolicy, language: Language) -> String {
        let id = "demo".parse().expect("an app id");
        let app = App {
            api_key: ApiKey::draw(&id, &Random::system()),
            id,
            name: name.to_owned(),
            disabled: false,
            secrets: Vec::new(),
            policy: Policy { sms, ..Policy::default() },
            has_clients: false,
            created: Timestamp::from_unix(0),
        };
        TextMessage::code(&app, Code::read("012345").expect("six digits"), Seconds::minutes(5), language)
            .expose()
            .to_owned()
    }

    #[test]
    fn a_message_names_app_code_and_minutes_in_either_language() {
        let chinese = message("商店", SmsPolicy::default(), Language::Chinese);
        assert_eq!(chinese, "【商店】验证码 012345,5 分钟内有效,请勿告诉他人。");
        let english = message("The Shop", SmsPolicy::default(), Language::English);
        assert_eq!(english, "012345 is your The Shop code. It expires in 5 minutes.");
    }

    #[test]
    fn a_message_is_one_part_whatever_the_app_is_called_and_the_name_is_no_placeholder() {
        for name in ["店".repeat(500), "🛒".repeat(500), "{code}{minutes}".repeat(50)] {
            for language in [Language::Chinese, Language::English] {
                let message = message(&name, SmsPolicy::default(), language);
                assert!(message.encode_utf16().count() <= LONGEST, "{message}");
                assert_eq!(message.matches("012345").count(), 1, "{message}");
            }
        }
        assert!(message("a\nb", SmsPolicy::default(), Language::English).contains("your a code"));
    }

    #[test]
    fn an_app_may_have_words_of_its_own_for_each_language() {
        let text = Some("{code} 是 {app} 的验证码".parse().expect("a text"));
        let sms = SmsPolicy { text_zh: text, ..SmsPolicy::default() };
        assert_eq!(message("商店", sms.clone(), Language::Chinese), "012345 是 商店 的验证码");
        assert!(message("Shop", sms, Language::English).starts_with("012345 is your Shop code"));
    }
}
