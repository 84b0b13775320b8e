//! The key ring and the apps' secrets: there, usable, and not too old.

use shared::app::App;
use shared::clock::{Seconds, Timestamp};

use super::finding::Finding;
use super::{days, unasked};
use crate::deployment::OperatorContext;

/// A signing key that leaked unseen is good for so long.
const OLD_KEY: i64 = 180;
/// As for an app's secret, which others keep.
const OLD_SECRET: i64 = 365;
/// Two good secrets for so long: the new one was not taken up, or the old one was forgotten.
const LONG_CHANGE: Seconds = Seconds::days(30);

pub(super) async fn ring(context: &OperatorContext, can_open: bool) -> Vec<Finding> {
    let now = context.clock.now();
    let ring = match context.store.stored_ring().await {
        Ok(Some(ring)) => ring,
        // Not made here: it would be sealed under a key that no function has.
        Ok(None) => return vec![Finding::Advice("There is no key ring yet: the first request makes it.".to_owned())],
        Err(error) => return vec![unasked("The key ring", &error)],
    };
    let mut findings = Vec::new();
    match ring.generations.iter().rfind(|generation| generation.from <= now) {
        None => findings.push(Finding::Wrong("No key of the ring signs yet.".to_owned())),
        Some(generation) => findings.push(signing(days(context, generation.from))),
    }
    if can_open {
        findings.push(match ring.open(context.kek.clone()) {
            Ok(_) => Finding::Fine("The secret opens the key ring.".to_owned()),
            Err(_) => Finding::Wrong(
                "This value of the secret does not open the key ring: functions that are deployed with it sign nobody in. Try the \
                 secret's other value, and make current the one that opens the ring."
                    .to_owned(),
            ),
        });
    }
    findings
}

fn signing(age: i64) -> Finding {
    if age > OLD_KEY {
        Finding::Advice(format!("The keys have signed for {age} days: cargo ops keys rotate."))
    } else {
        Finding::Fine(format!("The keys have signed for {age} days."))
    }
}

pub(super) async fn apps(context: &OperatorContext) -> Vec<Finding> {
    let directory = match context.store.directory().await {
        Ok(directory) => directory,
        Err(error) => return vec![unasked("The list of apps", &error)],
    };
    if directory.is_empty() {
        return vec![Finding::Advice("There is no app yet: cargo ops app create.".to_owned())];
    }
    let mut findings = vec![Finding::Fine(format!("There are {} apps.", directory.len()))];
    for (id, _) in directory {
        match context.store.app(&id).await {
            Ok(Some(app)) => findings.extend(secrets(&app, context.clock.now())),
            Ok(None) => findings.push(Finding::Wrong(format!("The app {id} is listed and has no item."))),
            Err(error) => findings.push(unasked(&format!("The app {id}"), &error)),
        }
    }
    findings
}

fn secrets(app: &App, now: Timestamp) -> Vec<Finding> {
    if app.disabled {
        return Vec::new();
    }
    let id = &app.id;
    let good: Vec<_> = app.secrets.iter().filter(|secret| secret.expires.is_none_or(|expires| expires > now)).collect();
    let Some(newest) = good.iter().map(|secret| secret.created).max() else {
        return vec![Finding::Wrong(format!("The app {id} has no good secret: cargo ops app rotate-secret {id}."))];
    };
    let age = now.since(newest).0 / 86_400;
    let mut findings = Vec::new();
    if age > OLD_SECRET {
        findings.push(Finding::Advice(format!(
            "The newest secret of {id} is {age} days old: cargo ops app rotate-secret {id}."
        )));
    }
    if good.iter().filter(|secret| secret.created.plus(LONG_CHANGE) < now).count() > 1 {
        findings.push(Finding::Advice(format!("{id} has had several good secrets for more than 30 days.")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::signing;

    #[test]
    fn keys_of_half_a_year_should_be_rotated() {
        assert_eq!(signing(180).to_string(), "ok      The keys have signed for 180 days.");
        assert_eq!(signing(181).to_string(), "advice  The keys have signed for 181 days: cargo ops keys rotate.");
    }
}
