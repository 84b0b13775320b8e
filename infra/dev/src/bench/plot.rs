//! What `docs/diagrams/draw.py` draws of the baseline: how long a cold start takes, by the memory of the function.

use anyhow::{Context as _, Result};

use super::case::Case;
use super::report::Report;

/// MB of memory at which a function has one core; with less it has as much less of a core:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>.
const ONE_CORE: f64 = 1769.0;
const MEMORY: [f64; 6] = [128.0, 256.0, 384.0, 512.0, 1024.0, ONE_CORE];

/// The text of the plot.
///
/// # Errors
/// When the report has no row that is drawn.
pub(super) fn cold_starts(report: &Report) -> Result<String> {
    let row = |case: Case| {
        report.rows.iter().find(|row| row.case == case).with_context(|| format!("the report has no row {case}"))
    };
    let (login, health) = (row(Case::Login)?, row(Case::Health)?);
    let lines = [
        ("Start_and_first_sign-in", login.shown.init + login.shown.first_invoke),
        ("Start_with_tables", login.shown.init),
        ("Start_without_tables", health.shown.init),
    ];
    let drawn: String = lines.into_iter().map(|(name, cpu)| line(name, cpu)).collect();
    Ok(format!(
        "title Milliseconds of a cold start by the memory of the function, from 128 MB to 1,769 MB. Start and first sign-in: {:.0} to {:.0}. \
         Start with tables: {:.0} to {:.0}. Start without tables: {:.0} to {:.0}.\n\
         # Made by `cargo dev gen` from bench/baseline.json: CPU time over the share of a core that Lambda gives for the memory.\n\
         size 4 4\nacross 100 2000 MB of memory\nup 1 1000 milliseconds\n{drawn}",
        at(lines[0].1, MEMORY[0]),
        lines[0].1,
        at(lines[1].1, MEMORY[0]),
        lines[1].1,
        at(lines[2].1, MEMORY[0]),
        lines[2].1,
    ))
}

/// Milliseconds of the clock for milliseconds of a whole core.
fn at(cpu: f64, memory: f64) -> f64 {
    cpu * ONE_CORE / memory
}

fn line(name: &str, cpu: f64) -> String {
    let points = MEMORY.map(|memory| format!("{memory} {:.1}", at(cpu, memory)));
    format!("line {name} {}\n", points.join(" "))
}
