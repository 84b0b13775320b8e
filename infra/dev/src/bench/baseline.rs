//! What may not get worse unnoticed: `bench/baseline.json`.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

use super::case::Case;
use super::instructions::Instructions;
use super::measure::Held;
use super::report::{Report, counted_with};
use crate::binary::GLIBC;
use ops::out::say;

const FILE: &str = "bench/baseline.json";

/// Bytes on the wire vary with random text and dates, sizes with the compiler: a fiftieth is no change.
const SLACK: f64 = 1.02;

/// Of the instructions of INIT: half of them are a handshake, which takes more or less with the keys that the endpoint of a run draws.
const SLACK_OF_INIT: f64 = 1.2;

/// How a run differs from the baseline.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) better: Vec<String>,
    pub(super) worse: Vec<String>,
}

impl Findings {
    /// Notes a figure that differs by more than `slack` allows.
    fn note(&mut self, case: Case, figure: &str, slack: f64, now: f64, then: f64) {
        let difference = format!("{case}: {figure} {then} → {now}");
        if now > then * slack {
            self.worse.push(difference);
        } else if now * slack < then {
            self.better.push(difference);
        }
    }
}

/// Makes this run the baseline. Instructions are counted by a run of their own and stay as they were.
pub(super) fn write(report: &Report) -> Result<()> {
    let mut report = report.clone();
    // Without a baseline there are none to keep.
    if let Ok(before) = read() {
        let counts = instructions(&before);
        report.counted = before.counted;
        for row in &mut report.rows {
            row.instructions = counts.get(&row.case).copied();
        }
    }
    put(&report)
}

/// Makes these counts the baseline of their rows. Counts of another compiler or processor go, since nothing here is compared with them.
pub(super) fn write_instructions(counted: &BTreeMap<Case, Instructions>) -> Result<()> {
    let mut report = read()?;
    let with = counted_with();
    let comparable = report.counted == with;
    report.counted = with;
    for row in &mut report.rows {
        row.instructions = counted.get(&row.case).copied().or(row.instructions.filter(|_| comparable));
    }
    put(&report)
}

fn instructions(report: &Report) -> BTreeMap<Case, Instructions> {
    report.rows.iter().filter_map(|row| Some((row.case, row.instructions?))).collect()
}

fn put(report: &Report) -> Result<()> {
    fs::write(FILE, report.json()?).with_context(|| format!("{FILE} cannot be written"))?;
    say!("{FILE} is written: commit it with what changed the figures.")?;
    Ok(())
}

/// Below the tables.
const PLOTS: &str = "\
## Plots

How long a cold start takes, by the memory of the function. A function with 1,769 MB gets a whole core, and one with less memory a part of a core. The milliseconds are the
CPU time of the table divided by this part; Lambda can give a starting function more:

![Milliseconds of a cold start by the memory of the function](../docs/diagrams/cold-starts.svg)

Dollars a month by the number of users, [computed from the counts](../docs/reference/cost.md):

![Dollars a month by active users](../docs/diagrams/costs.svg)
";

/// The text of `bench/README.md`.
///
/// # Errors
/// When there is no baseline.
pub(super) fn page() -> Result<String> {
    let report = read()?;
    Ok(format!(
        "# Costs of a request\n\nMade by `cargo dev gen` from [baseline.json](baseline.json), which `cargo dev bench --write-baseline` \
         writes. CI fails when a count gets worse. `cargo dev bench` measures on your machine. See also \
         [the cost in dollars](../docs/reference/cost.md), and [the same work by OpenAuth, better-auth and \
         oidc-provider](peers/README.md).\n\n{}\n{PLOTS}{}",
        report.markdown(),
        report.measured(),
    ))
}

/// Compares every figure that is held.
///
/// # Errors
/// When there is no baseline.
pub(super) fn compare(report: &Report) -> Result<Findings> {
    Ok(findings(report, &read()?))
}

/// Compares the counts with those of the baseline, if they are of the same compiler and processor.
///
/// # Errors
/// When there is no baseline.
pub(super) fn compare_instructions(counted: &BTreeMap<Case, Instructions>) -> Result<Findings> {
    let baseline = read()?;
    let now = counted_with();
    if baseline.counted != now {
        let unknown = "nothing that it names".to_owned();
        say!(
            "Not compared: the baseline is of {}, and this is {}.",
            baseline.counted.unwrap_or_else(|| unknown.clone()),
            now.unwrap_or(unknown)
        )?;
        return Ok(Findings::default());
    }
    Ok(instruction_findings(counted, &instructions(&baseline)))
}

fn instruction_findings(counted: &BTreeMap<Case, Instructions>, then: &BTreeMap<Case, Instructions>) -> Findings {
    let mut findings = Findings::default();
    for (&case, now) in counted {
        let Some(then) = then.get(&case) else { continue };
        findings.note(case, "instructions of INIT", SLACK_OF_INIT, float(now.init), float(then.init));
        findings.note(case, "instructions of a request", SLACK, float(now.request), float(then.request));
    }
    findings
}

/// What was measured when the baseline was written.
pub(super) fn read() -> Result<Report> {
    let text = fs::read(FILE).with_context(|| format!("no {FILE}: cargo dev bench --write-baseline makes it"))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{FILE} is of another form: cargo dev bench --write-baseline writes it again"))
}

fn findings(report: &Report, baseline: &Report) -> Findings {
    let mut findings = Findings::default();
    let comparable = report.architecture == baseline.architecture;
    for row in &report.rows {
        if row.held.binary.glibc > GLIBC {
            findings.worse.push(format!("{}: needs glibc {:?}, Lambda has {GLIBC:?}", row.case, row.held.binary.glibc));
        }
        let Some(before) = baseline.rows.iter().find(|before| before.case == row.case) else {
            findings.worse.push(format!("{}: not in the baseline", row.case));
            continue;
        };
        for (figure, exact, now, then) in figures(&row.held, &before.held, comparable) {
            findings.note(row.case, figure, if exact { 1.0 } else { SLACK }, now, then);
        }
    }
    findings
}

/// Every figure: its name, whether it is exact, now, then.
fn figures(now: &Held, then: &Held, sizes_too: bool) -> Vec<(&'static str, bool, f64, f64)> {
    let calls = |held: &Held| f64::from(held.calls.values().sum::<u32>());
    let mut figures = vec![
        ("calls", true, calls(now), calls(then)),
        ("depth", true, now.depth, then.depth),
        ("write units", true, now.write_units, then.write_units),
        ("read units", true, now.read_units, then.read_units),
        ("bytes sent", false, now.sent_bytes, then.sent_bytes),
        ("bytes received", false, now.received_bytes, then.received_bytes),
        ("bytes logged", false, now.log_bytes, then.log_bytes),
    ];
    if sizes_too {
        figures.push(("binary bytes", false, float(now.binary.bytes), float(then.binary.bytes)));
        figures.push(("zip bytes", false, float(now.binary.zip_bytes), float(then.binary.zip_bytes)));
    }
    figures
}

#[expect(clippy::cast_precision_loss, reason = "sizes and counts far below 2^52")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::super::case::Case;
    use super::super::measure::{Held, MachineDependent, Plan, Row};
    use super::super::report::Report;
    use super::{findings, instruction_findings};
    use crate::bench::instructions::Instructions;
    use crate::binary::Binary;

    fn report(change: impl FnOnce(&mut Row)) -> Report {
        let mut row = Row {
            case: Case::Login,
            function: Case::Login.function().to_owned(),
            held: Held {
                calls: [("GetItem".to_owned(), 1), ("PutItem".to_owned(), 1)].into(),
                depth: 2.0,
                write_units: 2.0,
                read_units: 1.0,
                sent_bytes: 3000.0,
                received_bytes: 2000.0,
                log_bytes: 150.0,
                binary: Binary { bytes: 8_000_000, zip_bytes: 3_500_000, glibc: (2, 34) },
            },
            shown: MachineDependent {
                init: 5.0,
                exec_to_ready_wall: 10.0,
                first_invoke: 22.0,
                invoke: 21.0,
                bare_hash: Some(20.0),
                peak_rss_mib: 29.0,
            },
            instructions: None,
        };
        change(&mut row);
        let mut report = Report::new(Plan { requests: 1000, starts: 15 });
        report.rows.push(row);
        report
    }

    #[test]
    fn a_fiftieth_more_instructions_is_found_and_less_is_not() {
        let counts = |init, request| [(Case::Login, Instructions { init, request })].into();
        let then = counts(40_000_000, 2_000_000);
        for (now, worse) in [
            (counts(40_700_000, 2_030_000), 0),
            (counts(40_000_000, 2_050_000), 1),
            (counts(46_000_000, 2_000_000), 0),
            (counts(49_000_000, 2_050_000), 2),
            (counts(20_000_000, 1_000_000), 0),
        ] {
            assert_eq!(instruction_findings(&now, &then).worse.len(), worse, "{now:?}");
        }
    }

    #[test]
    fn a_worse_count_is_found_and_a_worse_time_is_not() {
        let baseline = report(|_| {});
        for (worse, count) in [
            (report(|row| row.held.depth = 3.0), 1),
            (report(|row| row.held.write_units = 2.5), 1),
            (report(|row| row.held.binary.glibc = (2, 35)), 1),
            (report(|row| row.held.binary.zip_bytes = 3_600_000), 1),
            (report(|row| row.held.calls.extend([("Query".to_owned(), 1)])), 1),
            (report(|row| row.held.sent_bytes = 3010.0), 0),
            (report(|row| row.shown.invoke = 90.0), 0),
        ] {
            assert_eq!(findings(&worse, &baseline).worse.len(), count, "{worse:?}");
        }
        assert_eq!(findings(&report(|row| row.held.depth = 1.0), &baseline).better.len(), 1);
    }
}
