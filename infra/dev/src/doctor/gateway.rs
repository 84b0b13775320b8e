//! How many requests at once the account lets through.

use serde_json::Value;

use super::aws::Aws;
use super::finding::Finding;
use super::stack::Stack;
use super::unasked;

pub(super) fn concurrency(aws: &Aws, stack: &Stack) -> Vec<Finding> {
    let reserves = ["PasswordConcurrency", "SessionConcurrency"].map(|name| stack.parameter(name) != "0");
    match aws.ask(&["lambda", "get-account-settings"]) {
        Ok(answer) => judge(&answer["AccountLimit"], reserves.contains(&true)),
        Err(error) => vec![unasked("Lambda's limits", &error)],
    }
}

/// What AWS gives an account that asks.
const ORDINARY: u64 = 1000;

fn judge(limit: &Value, reserves: bool) -> Vec<Finding> {
    let all = limit["ConcurrentExecutions"].as_u64().unwrap_or_default();
    let shared = limit["UnreservedConcurrentExecutions"].as_u64().unwrap_or_default();
    if all < ORDINARY {
        return vec![Finding::Wrong(format!(
            "The account runs {all} requests at once in this region: ask for {ORDINARY} (Service Quotas, Lambda, \
             Concurrent executions), which costs nothing."
        ))];
    }
    if !reserves {
        return vec![Finding::Advice(format!(
            "No function has environments of its own: a flood of sign-ins takes all {shared}, those of refreshing too. \
             Deploy with PasswordConcurrency and SessionConcurrency."
        ))];
    }
    vec![Finding::Fine(format!("The account runs {all} requests at once, {shared} of them for any function."))]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::judge;

    #[test]
    fn a_new_account_is_too_small_and_reserves_are_advised() {
        let limit = |all: u64| json!({"ConcurrentExecutions": all, "UnreservedConcurrentExecutions": all});
        assert!(judge(&limit(10), false)[0].is_wrong());
        assert!(judge(&limit(1000), false)[0].to_string().starts_with("advice"));
        assert!(judge(&limit(1000), true)[0].to_string().starts_with("ok"));
    }
}
