//! What is shown of a secret that is kept: never the secret.

use serde_json::json;
use shared::app::credential::StoredSecret;
use shared::clock::Timestamp;

/// How old a secret is, and how much it is in use.
pub(crate) fn age(secret: &StoredSecret, now: Timestamp) -> String {
    let ago = |at: Timestamp| match now.since(at).0 / 86_400 {
        0 => "less than a day ago".to_owned(),
        1 => "a day ago".to_owned(),
        days => format!("{days} days ago"),
    };
    let used = secret.last_used.map_or("never used".to_owned(), |at| format!("used {}", ago(at)));
    let end = match secret.expires {
        None => String::new(),
        Some(_) if !secret.is_live(now) => ", expired".to_owned(),
        Some(at) => format!(", works until {}", at.rfc3339()),
    };
    format!("made {}, {used}{end}", ago(secret.created))
}

pub(crate) fn describe_secrets(secrets: &[StoredSecret]) -> serde_json::Value {
    let describe = |secret: &StoredSecret| {
        json!({
            "id": secret.id,
            "created": secret.created.unix(),
            "expires": secret.expires.map(Timestamp::unix),
            "last_used": secret.last_used.map(Timestamp::unix),
        })
    };
    secrets.iter().map(describe).collect()
}

#[cfg(test)]
mod tests {
    use shared::app::credential::{AppSecret, StoredSecret};
    use shared::clock::{Seconds, Timestamp};
    use shared::random::Random;

    use super::age;

    #[test]
    fn the_age_of_a_secret_is_said_in_words_and_its_end_by_the_clock() {
        let (random, made) = (Random::system(), Timestamp::from_unix(1_800_000_000));
        let stored = StoredSecret::new(&AppSecret::draw(&random), &random, made);
        assert_eq!(age(&stored, made), "made less than a day ago, never used");
        let rotated = StoredSecret {
            last_used: Some(made.plus(Seconds::days(1))),
            expires: Some(made.plus(Seconds::days(3))),
            ..stored
        };
        let now = made.plus(Seconds::days(2));
        assert_eq!(age(&rotated, now), "made 2 days ago, used a day ago, works until 2027-01-18T08:00:00Z");
        assert_eq!(age(&rotated, now.plus(Seconds::days(1))), "made 3 days ago, used 2 days ago, expired");
    }
}
