//! The bill of one request, and of a month without any.

use super::baseline::Measured;
use super::prices::{Assumed, Prices, Usd};

/// US dollars of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bill {
    gateway: f64,
    lambda: f64,
    dynamodb: f64,
    logs: f64,
    traffic: f64,
    mail: f64,
}

const GB: f64 = 1_000_000_000.0;
const MILLION: f64 = 1_000_000.0;

impl Bill {
    pub(super) fn of(measured: &Measured, memory_mb: u32, Prices { usd, assumed, .. }: &Prices) -> Self {
        let gb = f64::from(memory_mb) / 1024.0;
        let event = assumed.log_event_bytes.value;
        let (ours, access) = (measured.held.log_bytes + event, assumed.access_log_bytes.value + event);
        let seconds = billed_ms(measured, memory_mb, assumed) / 1000.0;
        Self {
            gateway: usd.http_api_request.price,
            lambda: usd.lambda_request.price + gb * seconds * usd.lambda_gb_second.price,
            dynamodb: measured.held.write_units * usd.dynamodb_write_unit.price
                + measured.held.read_units * usd.dynamodb_read_unit.price,
            logs: ours / GB * usd.log_gb.price + access / GB * usd.access_log_gb.price,
            traffic: assumed.response_bytes.value / GB * usd.data_out_gb.price,
            mail: f64::from(measured.mails()) * usd.mail.price,
        }
    }

    pub(super) fn total(&self) -> f64 {
        let Self { gateway, lambda, dynamodb, logs, traffic, mail } = self;
        gateway + lambda + dynamodb + logs + traffic + mail
    }

    /// A line of the table, for a million.
    pub(super) fn row(&self, name: &str) -> String {
        let Self { gateway, lambda, dynamodb, logs, traffic, mail } = self;
        let parts = [gateway, lambda, dynamodb, logs, traffic, mail].map(|part| format!("{:.2}", part * MILLION));
        format!("| {name} | {} | **{:.2}** |", parts.join(" | "), self.total() * MILLION)
    }
}

/// What Lambda bills: work, slower with less than a vCPU, and waiting, in whole milliseconds.
fn billed_ms(measured: &Measured, memory_mb: u32, assumed: &Assumed) -> f64 {
    let share = (f64::from(memory_mb) / assumed.vcpu_mb.value).min(1.0);
    let messages = f64::from(measured.mails() + measured.texts());
    let waiting =
        (measured.held.depth - messages).max(0.0) * assumed.dynamodb_ms.value + messages * assumed.message_ms.value;
    (measured.shown.invoke / share + waiting).ceil().max(1.0)
}

/// What is paid for without a request.
pub(super) struct Idle {
    secrets: usize,
    alarms: usize,
    secret: f64,
    alarm: f64,
}

impl Idle {
    /// Of what the templates' texts make.
    pub(super) fn of(templates: &[String], Prices { usd: Usd { secret_month, alarm_month, .. }, .. }: &Prices) -> Self {
        let count = |of: &str| {
            let lines = templates.iter().flat_map(|text| text.lines());
            lines.filter(|line| line.trim().strip_prefix("Type: ") == Some(of)).count()
        };
        Self {
            secrets: count("AWS::SecretsManager::Secret"),
            alarms: count("AWS::CloudWatch::Alarm"),
            secret: secret_month.price,
            alarm: alarm_month.price,
        }
    }

    fn dollars(&self) -> [f64; 2] {
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let times = |count: usize, price: f64| count as f64 * price;
        [times(self.secrets, self.secret), times(self.alarms, self.alarm)]
    }

    pub(super) fn sentence(&self) -> String {
        let [secrets, alarms] = self.dollars();
        format!(
            "**${:.2}** at most: ${secrets:.2} for {} secret, ${alarms:.2} for {} alarms (nothing where they are the \
             account's first ten), and cents for what the tables and logs hold. Functions, gateway, tables, a queue that \
             Lambda looks into 650,000 times (a million requests of SQS are free), the first three dashboards and a budget cost \
             nothing.",
            secrets + alarms,
            self.secrets,
            self.alarms,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Bill, Idle, billed_ms};
    use crate::cost::baseline::login;
    use crate::cost::prices::Prices;

    fn prices() -> Prices {
        let text = include_str!("../../../prices.json");
        serde_json::from_str(text).unwrap_or_else(|error| unreachable!("infra/prices.json: {error}"))
    }

    #[test]
    fn a_small_function_works_longer_and_a_message_is_waited_for() {
        let assumed = prices().assumed;
        // 20 ms of work and two round trips of 5 ms.
        assert!((billed_ms(&login(&[]), 1769, &assumed) - 30.0).abs() < 1e-9);
        // At half a vCPU the work takes twice as long.
        let half = 1769 / 2;
        assert!((billed_ms(&login(&[]), half, &assumed) - 51.0).abs() < 1e-9);
        // One of the two is a mail: 80 ms.
        let mailing = login(&[("SendEmail", 1)]);
        assert!((billed_ms(&mailing, 1769, &assumed) - 105.0).abs() < 1e-9);
    }

    #[test]
    fn the_parts_of_a_bill_are_the_counts_at_their_prices() {
        let bill = Bill::of(&login(&[]), 1024, &prices());
        let cents = |dollars: f64| (dollars * 1e8).round() / 100.0;
        assert!((cents(bill.gateway) - 1.0).abs() < 1e-9);
        assert!((cents(bill.dynamodb) - 1.38).abs() < 0.01);
        assert!((cents(bill.logs) - 0.12).abs() < 1e-9);
        assert_eq!(bill.row("login").matches(" | ").count(), 7);
    }

    #[test]
    fn idling_costs_less_than_two_dollars() {
        let templates = [
            include_str!("../../../../template.yaml"),
            include_str!("../../../alarms.yaml"),
            include_str!("../../../mail.yaml"),
        ];
        let idle = Idle::of(&templates.map(str::to_owned), &prices());
        assert_eq!((idle.secrets, idle.alarms), (1, 15));
        assert!(idle.dollars().iter().sum::<f64>() < 2.0, "{}", idle.sentence());
    }
}
