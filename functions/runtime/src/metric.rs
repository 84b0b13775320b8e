//! What is counted for `CloudWatch`: a log line in its embedded metric format is one more of a metric, without a filter to
//! write for each function (docs/decisions/0070-counts-in-log-lines.md).

use std::sync::OnceLock;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::json;
use shared::clock::{Clock, Timestamp};
use shared::config;

/// What the template's alarms watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// An answer of 5xx, or a part of a stream or a queue that was passed over.
    Failures,
    /// A text message or a mail that a budget held back.
    MessagesSuppressed,
    /// A refresh token that came back after its successor was used.
    TokensReused,
    /// A captcha, or a look at breached passwords, that a request went on without.
    ChecksUnanswered,
    /// A mail that was not sent, where the answer does not tell.
    MailsRefused,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Failures, Self::MessagesSuppressed, Self::TokensReused, Self::ChecksUnanswered, Self::MailsRefused];

    /// What `CloudWatch` calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failures => "Failures",
            Self::MessagesSuppressed => "MessagesSuppressed",
            Self::TokensReused => "TokensReused",
            Self::ChecksUnanswered => "ChecksUnanswered",
            Self::MailsRefused => "MailsRefused",
        }
    }
}

/// One of a metric, now: the entries that make it one of the log line that they stand in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    metric: Metric,
    namespace: &'static str,
    at: Timestamp,
}

impl Count {
    /// Nothing where no metrics are collected, as on a laptop.
    pub(crate) fn of(metric: Metric) -> Option<Self> {
        static NAMESPACE: OnceLock<Option<String>> = OnceLock::new();
        let namespace = NAMESPACE.get_or_init(config::metric_namespace).as_deref()?;
        Some(Self { metric, namespace, at: Clock::System.now() })
    }
}

impl Serialize for Count {
    /// The embedded metric format, of no dimension: what happened where is in the line.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = self.metric.name();
        let directive = json!({
            "Namespace": self.namespace,
            "Dimensions": [[]],
            "Metrics": [{"Name": name, "Unit": "Count"}],
        });
        let mut entries = serializer.serialize_map(Some(2))?;
        let milliseconds = self.at.unix().saturating_mul(1000);
        entries.serialize_entry("_aws", &json!({"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}))?;
        entries.serialize_entry(name, &1)?;
        entries.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::clock::Timestamp;

    use super::{Count, Metric};

    #[test]
    fn a_count_is_in_the_embedded_metric_format() {
        let at = Timestamp::from_unix(1_795_255_200);
        let count = Count { metric: Metric::TokensReused, namespace: "Latchet/prod", at };
        assert_eq!(
            serde_json::to_value(&count).ok(),
            Some(json!({
                "_aws": {
                    "Timestamp": 1_795_255_200_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Latchet/prod",
                        "Dimensions": [[]],
                        "Metrics": [{"Name": "TokensReused", "Unit": "Count"}],
                    }],
                },
                "TokensReused": 1,
            }))
        );
    }
}
