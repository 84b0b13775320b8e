//! `cargo ops cost`: what an operation costs, from the counts of the benchmark's baseline and the prices of one dated file.

mod baseline;
mod bill;
mod prices;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use template::{Parameters, Template};

use self::baseline::Measured;
use self::bill::{Bill, Idle};
use self::prices::Prices;
use crate::out::say;

/// Prints the whole model.
///
/// # Errors
/// When there is no baseline, or a price is missing.
pub(crate) fn run() -> Result<()> {
    say!("{}", Model::read()?.markdown())?;
    Ok(())
}

/// The text of `docs/reference/cost.md`.
///
/// # Errors
/// When there is no baseline, or a price is missing.
pub fn page() -> Result<String> {
    Ok(format!(
        "# Costs\n\nMade by `cargo dev gen`. `cargo ops cost` prints the same.\n\n{}",
        Model::read()?.markdown()
    ))
}

/// Everything that the figures are made of.
struct Model {
    prices: Prices,
    /// In the order of the benchmark.
    bills: Vec<(String, Bill)>,
    idle: Idle,
}

impl Model {
    fn read() -> Result<Self> {
        let prices = Prices::read()?;
        let memory = memory()?;
        let bill = |measured: Measured| {
            let memory = memory.get(&measured.function).copied();
            let memory = memory.with_context(|| format!("template.yaml has no {}", measured.function))?;
            Ok((measured.case.clone(), Bill::of(&measured, memory, &prices)))
        };
        let bills = baseline::rows()?.into_iter().map(bill).collect::<Result<_>>()?;
        Ok(Self { idle: Idle::of(&templates()?, &prices), prices, bills })
    }

    fn markdown(&self) -> String {
        let Self { prices, bills, idle } = self;
        let rows: Vec<_> = bills.iter().map(|(row, bill)| bill.row(row)).collect();
        let month = &prices.a_month_of_1000_users;
        let of = |row: &String| bills.iter().find(|(name, _)| name == row).map_or(0.0, |(_, bill)| bill.total());
        let users: f64 = month.iter().map(|(row, times)| of(row) * times).sum();
        let profile: Vec<_> = month.iter().map(|(row, times)| format!("{times} × {row}")).collect();
        format!(
            "US dollars for a million of each, in {} at the prices of {} (`infra/prices.json`), from the calls and units \
             that `cargo dev bench` counted. Text messages come on top: by country, `SmsMaxPrice` at most.\n\n\
             | operation | gateway | Lambda | DynamoDB | logs | traffic | mail | **all** |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|\n{}\n\n\
             A month of 1,000 users: **${users:.2}** ({}).\n\nA month without a request: {}\n",
            prices.region(),
            prices.as_of,
            rows.join("\n"),
            profile.join(", "),
            idle.sentence(),
        )
    }
}

/// The memory of each function.
fn memory() -> Result<BTreeMap<String, u32>> {
    // Nothing of these values is looked at.
    let parameters = Parameters::from(["PublicUrl", "MailFrom"].map(|name| (name.to_owned(), String::new())));
    let template = Template::parse(&read("template.yaml")?, &parameters)?;
    Ok(template.functions.into_iter().map(|function| (function.name, function.memory_mb)).collect())
}

/// The texts of the template and of its parts that every deployment has.
fn templates() -> Result<Vec<String>> {
    ["template.yaml", "infra/alarms.yaml", "infra/mail.yaml"].into_iter().map(read).collect()
}

/// A file of the repository.
fn read(path: &str) -> Result<String> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    std::fs::read_to_string(root.join(path)).with_context(|| format!("{path} cannot be read"))
}
