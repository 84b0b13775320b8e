//! SES and SNS: out of their sandboxes, proven, and within what they may spend.

use serde_json::Value;

use super::aws::{Aws, AwsApi as _};
use super::finding::Finding;
use super::stack::Stack;
use super::unasked;

pub(super) fn mail(aws: &Aws, stack: &Stack) -> Vec<Finding> {
    let mut findings = match aws.ask(&["sesv2", "get-account"]) {
        Ok(account) => judge_account(&account, stack.parameter("MailBudgetDay")),
        Err(error) => vec![unasked("SES", &error)],
    };
    let address = stack.parameter("MailFrom");
    let domain = address.split_once('@').map_or(address, |(_, domain)| domain);
    let known = [address, domain].into_iter().find_map(|identity| {
        let answer = aws.ask(&["sesv2", "get-email-identity", "--email-identity", identity]).ok()?;
        Some((identity, answer))
    });
    findings.extend(match known {
        Some((identity, answer)) => judge_identity(identity, &answer),
        None => vec![Finding::Wrong(format!(
            "SES knows neither {address} nor {domain}: deploy with MailIdentity=domain, or make the identity by hand."
        ))],
    });
    findings
}

fn judge_account(account: &Value, budget: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if account["ProductionAccessEnabled"] != true {
        findings.push(Finding::Wrong(
            "SES is in its sandbox: it mails to proven addresses alone. Ask for production access in its console."
                .to_owned(),
        ));
    }
    if account["SendingEnabled"] != true || account["EnforcementStatus"] == "SHUTDOWN" {
        findings.push(Finding::Wrong("SES has stopped this account's mail: its console says why.".to_owned()));
    }
    if account["EnforcementStatus"] == "PROBATION" {
        findings.push(Finding::Wrong("SES reviews this account, for bounces or complaints.".to_owned()));
    }
    let quota = account["SendQuota"]["Max24HourSend"].as_f64().unwrap_or_default();
    // -1 is no limit.
    // Users have the budget, and those who sign up have it once more.
    let both = budget.parse::<f64>().ok().map(|budget| 2.0 * budget);
    if let Some(both) = both.filter(|both| (0.0..*both).contains(&quota)) {
        findings.push(Finding::Advice(format!(
            "SES sends {quota} mails a day, and twice MailBudgetDay is {both}: SES refuses before we hold back."
        )));
    }
    if findings.is_empty() {
        findings.push(Finding::Fine("SES sends for this account.".to_owned()));
    }
    findings
}

fn judge_identity(name: &str, identity: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    if identity["VerifiedForSendingStatus"] != true {
        findings.push(Finding::Wrong(format!(
            "{name} is not proven to SES: make the three CNAME records of the stack's outputs MailProof1 to 3, or follow \
             the mail that SES sent."
        )));
    }
    if findings.is_empty() {
        findings.push(Finding::Fine(format!("SES mails from {name}.")));
    }
    findings
}

pub(super) fn texts(aws: &Aws, stack: &Stack) -> Vec<Finding> {
    let mut findings = match aws.ask(&["sns", "get-sms-sandbox-account-status"]) {
        Ok(answer) if answer["IsInSandbox"] == false => {
            vec![Finding::Fine("SNS texts to any number.".to_owned())]
        }
        Ok(_) => vec![Finding::Wrong(
            "SNS is in its sandbox: it texts to verified numbers alone. Leave it in the console, Text messaging."
                .to_owned(),
        )],
        Err(error) => vec![unasked("SNS's sandbox", &error)],
    };
    findings.push(match aws.ask(&["sns", "get-sms-attributes"]) {
        Ok(answer) => judge_spend(&answer["attributes"], |name| stack.parameter(name).parse().unwrap_or_default()),
        Err(error) => unasked("SNS's spend limit", &error),
    });
    if stack.parameter("ProtectTexts") == "true" {
        findings.push(match aws.ask(&["pinpoint-sms-voice-v2", "describe-protect-configurations"]) {
            Ok(answer) => judge_protection(&answer, &stack.output("ProtectConfigurationId").unwrap_or_default()),
            Err(error) => unasked("The protect configuration", &error),
        });
    }
    findings
}

fn judge_spend(attributes: &Value, parameter: impl Fn(&str) -> f64) -> Finding {
    let limit: f64 = attributes["MonthlySpendLimit"].as_str().unwrap_or("1").parse().unwrap_or_default();
    let (alarm, day) = (parameter("SmsMonthUsd"), parameter("SmsBudgetDay"));
    // The budget, a quarter that comes back within the day, and a quarter for known places (docs/sms.md).
    let worst = 1.5 * day * parameter("SmsMaxPrice");
    if alarm >= limit {
        return Finding::Wrong(format!(
            "SNS stops at ${limit} a month, and SmsMonthUsd, at which the alarm rings, is {alarm}: it will not ring \
             before. Deploy with a lower one, or raise SNS's (docs/sms.md)."
        ));
    }
    if limit < worst {
        return Finding::Advice(format!(
            "SNS may spend ${limit} in a month, and the budgets allow up to ${worst:.2} a day: SNS stops first, for everybody."
        ));
    }
    Finding::Fine(format!("SNS may spend ${limit} in a month."))
}

fn judge_protection(answer: &Value, ours: &str) -> Finding {
    let all = answer["ProtectConfigurations"].as_array().map_or(&[][..], Vec::as_slice);
    match all.iter().find(|one| one["AccountDefault"] == true) {
        Some(default) if default["ProtectConfigurationId"] == ours => {
            Finding::Fine("AWS texts to the countries of infra/countries.txt alone.".to_owned())
        }
        Some(_) => Finding::Advice("The account's protect configuration is another than the stack's.".to_owned()),
        None => Finding::Wrong(format!(
            "AWS lets texts through to every country, for somebody took the stack's protect configuration from its place: \
             aws pinpoint-sms-voice-v2 set-account-default-protect-configuration --protect-configuration-id {ours}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{judge_account, judge_identity, judge_protection, judge_spend};

    #[test]
    fn a_sandbox_a_stop_and_a_small_quota_are_told() {
        let good = json!({
            "ProductionAccessEnabled": true, "SendingEnabled": true, "EnforcementStatus": "HEALTHY",
            "SendQuota": {"Max24HourSend": 50000.0},
        });
        assert_eq!(judge_account(&good, "5000")[0].to_string(), "ok      SES sends for this account.");
        for (change, value) in [
            ("ProductionAccessEnabled", json!(false)),
            ("SendingEnabled", json!(false)),
            ("EnforcementStatus", json!("PROBATION")),
        ] {
            let mut account = good.clone();
            account[change] = value;
            assert!(judge_account(&account, "5000")[0].is_wrong(), "{change}");
        }
        assert!(judge_account(&good, "100000")[0].to_string().starts_with("advice"));
        let unlimited =
            json!({"ProductionAccessEnabled": true, "SendingEnabled": true, "SendQuota": {"Max24HourSend": -1.0}});
        assert!(judge_account(&unlimited, "5000")[0].to_string().starts_with("ok"));
    }

    #[test]
    fn an_identity_is_proven() {
        let proven = json!({"VerifiedForSendingStatus": true});
        assert_eq!(judge_identity("example.com", &proven)[0].to_string(), "ok      SES mails from example.com.");
        assert!(judge_identity("example.com", &json!({"VerifiedForSendingStatus": false}))[0].is_wrong());
    }

    #[test]
    fn the_texts_of_a_day_cost_what_the_page_on_texts_says() {
        let defaults = |name: &str| match name {
            "SmsMonthUsd" => 50.0,
            "SmsBudgetDay" => 2000.0,
            "SmsMaxPrice" => 0.1,
            other => panic!("{other}"),
        };
        let told = judge_spend(&json!({"MonthlySpendLimit": "100"}), defaults).to_string();
        assert!(told.contains("the budgets allow up to $300.00 a day"), "{told}");
        assert!(include_str!("../../../../docs/sms.md").contains("**$300**"));
        assert!(judge_spend(&json!({"MonthlySpendLimit": "40"}), defaults).is_wrong());
    }

    #[test]
    fn the_countries_hold_only_where_the_configuration_is_the_default() {
        let answer = |default: bool| json!({"ProtectConfigurations": [{"ProtectConfigurationId": "protect-1", "AccountDefault": default}]});
        assert!(!judge_protection(&answer(true), "protect-1").is_wrong());
        assert!(judge_protection(&answer(false), "protect-1").is_wrong());
        assert!(judge_protection(&answer(true), "protect-2").to_string().starts_with("advice"));
    }
}
