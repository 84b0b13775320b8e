//! What Lambda lets the account have: requests at once, and room for code.

use serde_json::Value;

use super::aws::{Aws, AwsApi as _};
use super::finding::Finding;
use super::stack::Stack;
use super::unasked;

pub(super) fn limits(aws: &Aws, stack: &Stack) -> Vec<Finding> {
    let reserve = |name| stack.parameter(name).parse().unwrap_or(0);
    let reserved = PASSWORDS * reserve("PasswordConcurrency") + SESSIONS * reserve("SessionConcurrency");
    match aws.ask(&["lambda", "get-account-settings"]) {
        Ok(answer) => {
            let mut findings = judge(&answer["AccountLimit"], reserved);
            findings.push(judge_storage(&answer));
            findings
        }
        Err(error) => vec![unasked("Lambda's limits", &error)],
    }
}

/// What AWS gives an account that asks.
const ORDINARY: u64 = 1000;

/// What AWS keeps out of reserves.
const UNRESERVED: u64 = 100;

/// How many functions of the template each of the two parameters is a reserve of.
const PASSWORDS: u64 = 16;
const SESSIONS: u64 = 5;

fn judge(limit: &Value, reserved: u64) -> Vec<Finding> {
    let all = limit["ConcurrentExecutions"].as_u64().unwrap_or_default();
    let shared = limit["UnreservedConcurrentExecutions"].as_u64().unwrap_or_default();
    if all < ORDINARY {
        return vec![Finding::Wrong(format!(
            "The account runs {all} requests at once in this region: ask for {ORDINARY} (Service Quotas, Lambda, \
             Concurrent executions), which costs nothing."
        ))];
    }
    if reserved + UNRESERVED > all {
        return vec![Finding::Wrong(format!(
            "The reserves add up to {reserved} of the account's {all}, and AWS keeps {UNRESERVED} out of them: the next \
             deploy that raises one fails. {PASSWORDS} × PasswordConcurrency + {SESSIONS} × SessionConcurrency may be {}.",
            all - UNRESERVED
        ))];
    }
    if reserved == 0 {
        return vec![Finding::Advice(format!(
            "No function has environments of its own: a flood of sign-ins takes all {shared}, those of refreshing too. \
             Deploy with PasswordConcurrency=40 and SessionConcurrency=50."
        ))];
    }
    vec![Finding::Fine(format!("The account runs {all} requests at once, {shared} of them for any function."))]
}

/// From which share on the room for code is told of: the last third holds some 150 releases.
const NEARLY_FULL: f64 = 2.0 / 3.0;

/// Every deploy leaves a version of each function, and Lambda publishes none once the room is full.
fn judge_storage(settings: &Value) -> Finding {
    let size = |of: &str| settings[of]["TotalCodeSize"].as_f64().unwrap_or_default();
    let (used, room) = (size("AccountUsage"), size("AccountLimit"));
    let gigabytes = |bytes: f64| bytes / f64::from(1 << 30);
    let said = format!(
        "{:.1} of the {:.0} GB of code that Lambda keeps for this account and region",
        gigabytes(used),
        gigabytes(room)
    );
    if used > room * NEARLY_FULL {
        return Finding::Advice(format!(
            "Versions of functions take {said}. When it is full, every deploy fails: delete old ones, as docs/operations.md says \
             under \"Going back\"."
        ));
    }
    Finding::Fine(format!("Versions of functions take {said}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ORDINARY, PASSWORDS, SESSIONS, UNRESERVED, judge, judge_storage};

    #[test]
    fn a_new_account_is_too_small_and_reserves_are_advised() {
        let limit = |all: u64| json!({"ConcurrentExecutions": all, "UnreservedConcurrentExecutions": all});
        assert!(judge(&limit(10), 0)[0].is_wrong());
        assert!(judge(&limit(1000), 0)[0].to_string().starts_with("advice"));
        assert!(judge(&limit(1000), 900)[0].to_string().starts_with("ok"));
        assert!(judge(&limit(1000), 901)[0].is_wrong());
    }

    #[test]
    fn old_versions_are_told_of_before_they_fill_the_room_for_code() {
        let gigabyte = 1_u64 << 30;
        let settings = |used: u64| json!({"AccountUsage": {"TotalCodeSize": used * gigabyte}, "AccountLimit": {"TotalCodeSize": 75 * gigabyte}});
        let said = "ok      Versions of functions take 49.0 of the 75 GB of code that Lambda keeps for this account and region.";
        assert_eq!(judge_storage(&settings(49)).to_string(), said);
        let told = judge_storage(&settings(51)).to_string();
        assert!(told.starts_with("advice  Versions of functions take 51.0 of the 75 GB"), "{told}");
    }

    #[test]
    fn what_is_advised_can_be_deployed() {
        let template = include_str!("../../../../template.yaml");
        let count = |condition: &str| {
            let line = format!("ReservedConcurrentExecutions: !If [{condition},");
            template.lines().filter(|text| text.trim_start().starts_with(&line)).count() as u64
        };
        assert_eq!((count("CapsPasswords"), count("CapsSessions")), (PASSWORDS, SESSIONS));
        let handbook = include_str!("../../../../docs/operations.md");
        assert!(handbook.contains("PasswordConcurrency=40` and `SessionConcurrency=50"));
        assert!(count("CapsPasswords") * 40 + count("CapsSessions") * 50 + UNRESERVED <= ORDINARY);
    }
}
