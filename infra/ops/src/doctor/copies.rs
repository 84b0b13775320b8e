//! The copies of the audit trail in a bucket, where `infra/audit-copy.yaml` was deployed: whether a part of the last week is missing.

use serde_json::Value;
use shared::clock::{Seconds, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::aws::{AwsApi, AwsError};
use super::finding::Finding;
use super::unasked;

/// How far back it is looked. DynamoDB exports what is not older than 35 days.
const LOOKED_AT: Seconds = Seconds::days(7);

/// A copy ends an hour before it is asked for, a day passes until the next, and it takes its time.
const LATE: Seconds = Seconds::hours(28);

/// From when to when a copy has all that was written.
type Window = (i64, i64);

/// What is found of the copies of `table`; nothing where none was ever made.
pub(super) fn of(aws: &dyn AwsApi, table: &str, now: Timestamp) -> Vec<Finding> {
    match windows(aws, table) {
        Ok(windows) => judge(windows, now),
        Err(error) => vec![unasked("The copies of the audit trail", &error)],
    }
}

fn windows(aws: &dyn AwsApi, table: &str) -> Result<Vec<Window>, AwsError> {
    let described = aws.ask(&["dynamodb", "describe-table", "--table-name", table])?;
    let arn = described["Table"]["TableArn"].as_str().unwrap_or_default();
    let listed = aws.ask(&["dynamodb", "list-exports", "--table-arn", arn])?;
    let exports = listed["ExportSummaries"].as_array().into_iter().flatten();
    let good =
        exports.filter(|export| export["ExportType"] == "INCREMENTAL_EXPORT" && export["ExportStatus"] != "FAILED");
    let mut arns: Vec<_> = good.filter_map(|export| export["ExportArn"].as_str()).collect();
    // Their ids begin with the time. By hand, some may have been made twice.
    arns.sort_unstable();
    let newest = arns.iter().rev().take(20);
    let windows = newest.map(|&arn| Ok(window(&aws.ask(&["dynamodb", "describe-export", "--export-arn", arn])?)));
    Ok(windows.collect::<Result<Vec<_>, AwsError>>()?.into_iter().flatten().collect())
}

fn window(described: &Value) -> Option<Window> {
    let part = &described["ExportDescription"]["IncrementalExportSpecification"];
    Some((moment(&part["ExportFromTime"])?, moment(&part["ExportToTime"])?))
}

/// The CLI's second version writes a time as text, its first as a number.
fn moment(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
    let number = value.as_f64().map(|seconds| seconds as i64);
    number.or_else(|| Some(OffsetDateTime::parse(value.as_str()?, &Rfc3339).ok()?.unix_timestamp()))
}

fn judge(mut windows: Vec<Window>, now: Timestamp) -> Vec<Finding> {
    windows.sort_unstable();
    let Some((first, _)) = windows.first() else { return Vec::new() };
    let (from, until) = (now.minus(LOOKED_AT).unix().max(*first), now.minus(LATE).unix());
    let mut copied = from;
    let mut gaps = Vec::new();
    for (begin, end) in windows {
        if begin > copied && copied < until {
            gaps.push((copied, begin.min(until)));
        }
        copied = copied.max(end);
    }
    if copied < until {
        gaps.push((copied, until));
    }
    if gaps.is_empty() {
        return vec![Finding::Fine("The audit trail is copied to its bucket every day.".to_owned())];
    }
    let gap = |(begin, end): (i64, i64)| {
        Finding::Wrong(format!(
            "The audit trail from Unix time {begin} to {end} is in no bucket: copy it by hand within 35 days, as docs/operations.md \
             says under \"A copy in a bucket\"."
        ))
    };
    gaps.into_iter().map(gap).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use shared::clock::Timestamp;

    use super::{Finding, judge, of};
    use crate::doctor::aws::{AwsApi, AwsError};

    const DAY: i64 = 86_400;

    /// One o'clock in the morning, and some hours.
    const NOW: i64 = 20_000 * DAY + 30_000;

    fn wrong(windows: &[(i64, i64)]) -> Vec<bool> {
        judge(windows.to_vec(), Timestamp::from_unix(NOW)).iter().map(Finding::is_wrong).collect()
    }

    fn days(days: &[i64]) -> Vec<(i64, i64)> {
        days.iter().map(|day| ((20_000 - day) * DAY, (20_001 - day) * DAY)).collect()
    }

    #[test]
    fn a_day_that_was_not_copied_is_told_and_a_trail_without_copies_is_not() {
        assert_eq!(wrong(&[]), [false; 0]);
        assert_eq!(wrong(&days(&[8, 7, 6, 5, 4, 3, 2, 1])), [false]);
        assert_eq!(wrong(&days(&[2, 1])), [false], "the first days");
        assert_eq!(wrong(&days(&[8, 7, 6, 5, 4, 2, 1])), [true], "the third day before");
        assert_eq!(wrong(&days(&[8, 7, 6, 5, 4, 2, 1, 3])), [false], "which was copied by hand later");
        assert_eq!(wrong(&days(&[8, 6, 4, 2])), [true; 4], "every second one, and the last");
        assert_eq!(wrong(&days(&[30])), [true], "it ended a month ago");
    }

    struct Answers;

    impl AwsApi for Answers {
        fn ask(&self, call: &[&str]) -> Result<Value, AwsError> {
            let export = |id: &str, kind: &str, status: &str| {
                let arn = format!("arn:t/export/{id}");
                json!({"ExportArn": arn, "ExportType": kind, "ExportStatus": status})
            };
            match call {
                ["dynamodb", "describe-table", ..] => Ok(json!({"Table": {"TableArn": "arn:t"}})),
                ["dynamodb", "list-exports", "--table-arn", "arn:t"] => Ok(json!({"ExportSummaries": [
                    export("01", "INCREMENTAL_EXPORT", "COMPLETED"),
                    export("02", "INCREMENTAL_EXPORT", "FAILED"),
                    export("03", "FULL_EXPORT", "COMPLETED"),
                ]})),
                ["dynamodb", "describe-export", "--export-arn", "arn:t/export/01"] => Ok(json!({"ExportDescription": {
                    "IncrementalExportSpecification": {
                        "ExportFromTime": "2024-10-03T02:00:00+02:00", "ExportToTime": f64::from(19_999) * 86_400.0 + 86_400.0,
                    },
                }})),
                _ => Err(AwsError::new("aws: not asked for")),
            }
        }
    }

    #[test]
    fn copies_that_failed_and_copies_of_everything_do_not_count() {
        let found = of(&Answers, "audit", Timestamp::from_unix(NOW));
        assert_eq!(found.iter().map(Finding::is_wrong).collect::<Vec<_>>(), [false], "{found:?}");
        assert!(of(&Answers, "audit", Timestamp::from_unix(NOW + DAY))[0].is_wrong());
    }
}
