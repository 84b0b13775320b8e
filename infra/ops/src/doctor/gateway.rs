//! How many requests at once the account lets through.

use serde_json::Value;

use super::aws::{Aws, AwsApi as _};
use super::finding::Finding;
use super::stack::Stack;
use super::unasked;

pub(super) fn concurrency(aws: &Aws, stack: &Stack) -> Vec<Finding> {
    let reserve = |name| stack.parameter(name).parse().unwrap_or(0);
    let reserved = PASSWORDS * reserve("PasswordConcurrency") + SESSIONS * reserve("SessionConcurrency");
    match aws.ask(&["lambda", "get-account-settings"]) {
        Ok(answer) => judge(&answer["AccountLimit"], reserved),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ORDINARY, PASSWORDS, SESSIONS, UNRESERVED, judge};

    #[test]
    fn a_new_account_is_too_small_and_reserves_are_advised() {
        let limit = |all: u64| json!({"ConcurrentExecutions": all, "UnreservedConcurrentExecutions": all});
        assert!(judge(&limit(10), 0)[0].is_wrong());
        assert!(judge(&limit(1000), 0)[0].to_string().starts_with("advice"));
        assert!(judge(&limit(1000), 900)[0].to_string().starts_with("ok"));
        assert!(judge(&limit(1000), 901)[0].is_wrong());
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
