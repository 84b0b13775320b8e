//! The alarms: all there, quiet, and heard by somebody.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use super::aws::{Aws, AwsApi as _};
use super::finding::Finding;
use super::stack::{Resources, text};
use super::unasked;

pub(super) fn alarms(aws: &Aws, resources: &Resources) -> Vec<Finding> {
    match ask(aws, resources) {
        Ok(alarms) => {
            let mut findings = judge(&alarms);
            findings.extend(topics(&alarms).iter().flat_map(|topic| {
                let call = ["sns", "list-subscriptions-by-topic", "--topic-arn", topic];
                match aws.ask(&call) {
                    Ok(answer) => judge_topic(topic, &answer),
                    Err(error) => vec![unasked("Who hears of alarms", &error)],
                }
            }));
            findings
        }
        Err(error) => vec![unasked("The alarms", &error)],
    }
}

/// Those of the stack and its parts, by name: another stack's may begin in the same way.
fn ask(aws: &Aws, resources: &Resources) -> Result<Value> {
    let names: Vec<_> = resources.of_type("AWS::CloudWatch::Alarm").map(|(_, name)| name).collect();
    if names.is_empty() {
        // Without names AWS would tell of every alarm.
        return Ok(Value::Array(Vec::new()));
    }
    let mut call = vec!["cloudwatch", "describe-alarms", "--alarm-names"];
    call.extend(names);
    let mut answer = aws.ask(&call)?;
    Ok(answer["MetricAlarms"].take())
}

/// As many as the template and its part make.
const ALARMS: usize = 15;

fn judge(alarms: &Value) -> Vec<Finding> {
    let alarms = alarms.as_array().map_or(&[][..], Vec::as_slice);
    let named = |alarm: &Value| text(&alarm["AlarmName"]).unwrap_or_default();
    let mut findings = Vec::new();
    if alarms.len() < ALARMS {
        findings.push(Finding::Wrong(format!("There are {} alarms, and should be {ALARMS}.", alarms.len())));
    }
    let ringing = alarms.iter().filter(|alarm| alarm["StateValue"] == "ALARM");
    findings.extend(ringing.map(|alarm| {
        let what = text(&alarm["AlarmDescription"]).unwrap_or_default();
        Finding::Wrong(format!("{} rings: {what}", named(alarm)))
    }));
    let off = alarms.iter().filter(|alarm| alarm["ActionsEnabled"] == false);
    findings.extend(off.map(|alarm| Finding::Wrong(format!("{} is turned off.", named(alarm)))));
    if alarms.iter().any(|alarm| alarm["AlarmActions"].as_array().is_none_or(Vec::is_empty)) {
        findings.push(Finding::Wrong(
            "Nobody is told when an alarm rings: deploy with AlarmEmail or AlarmTopicArn.".to_owned(),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::Fine(format!("All {} alarms are quiet.", alarms.len())));
    }
    findings
}

/// What alarms are sent to.
fn topics(alarms: &Value) -> BTreeSet<String> {
    let actions = alarms.as_array().into_iter().flatten().filter_map(|alarm| alarm["AlarmActions"].as_array());
    actions.flatten().filter_map(text).filter(|action| action.contains(":sns:")).collect()
}

fn judge_topic(topic: &str, answer: &Value) -> Vec<Finding> {
    let subscriptions = answer["Subscriptions"].as_array().map_or(&[][..], Vec::as_slice);
    // What was not confirmed has a word in the place of its ARN.
    let confirmed = |one: &&Value| text(&one["SubscriptionArn"]).is_some_and(|arn| arn.starts_with("arn:"));
    vec![match subscriptions.iter().filter(confirmed).count() {
        0 if subscriptions.is_empty() => {
            Finding::Wrong(format!("Nobody is subscribed to {topic}, which alarms go to."))
        }
        0 => {
            Finding::Wrong(format!("Alarms go to {topic}, and nobody confirmed the mail in which AWS asks about that."))
        }
        heard => Finding::Fine(format!("Alarms are told to {heard} who asked for them.")),
    }]
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ALARMS, Finding, judge, judge_topic, topics};

    fn sentences(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(ToString::to_string).collect()
    }

    fn alarms(change: impl Fn(usize, &mut Value)) -> Value {
        let alarm = |number| {
            let mut alarm = json!({
                "AlarmName": format!("latchet-{number}"), "AlarmDescription": "Look.", "StateValue": "OK",
                "ActionsEnabled": true, "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alarms"],
            });
            change(number, &mut alarm);
            alarm
        };
        (0..ALARMS).map(alarm).collect()
    }

    #[test]
    fn an_alarm_that_rings_is_named_and_so_is_one_that_tells_nobody() {
        assert_eq!(sentences(&judge(&alarms(|_, _| {}))), ["ok      All 15 alarms are quiet."]);
        let ringing = alarms(|number, alarm| {
            if number == 3 {
                alarm["StateValue"] = "ALARM".into();
            }
        });
        assert_eq!(sentences(&judge(&ringing)), ["WRONG   latchet-3 rings: Look."]);
        let silent = alarms(|_, alarm| alarm["AlarmActions"] = json!([]));
        assert_eq!(
            sentences(&judge(&silent)),
            ["WRONG   Nobody is told when an alarm rings: deploy with AlarmEmail or AlarmTopicArn."]
        );
        assert_eq!(sentences(&judge(&json!([]))), ["WRONG   There are 0 alarms, and should be 15."]);
    }

    #[test]
    fn a_mail_that_nobody_confirmed_tells_nobody() {
        let topic = topics(&alarms(|_, _| {})).into_iter().next().unwrap_or_default();
        assert_eq!(topic, "arn:aws:sns:us-east-1:123456789012:alarms");
        let subscribed = |arn: &str| json!({"Subscriptions": [{"SubscriptionArn": arn}]});
        assert!(!judge_topic(&topic, &subscribed("arn:aws:sns:us-east-1:123456789012:alarms:1"))[0].is_wrong());
        assert!(judge_topic(&topic, &subscribed("PendingConfirmation"))[0].is_wrong());
        assert!(judge_topic(&topic, &json!({"Subscriptions": []}))[0].is_wrong());
    }
}
