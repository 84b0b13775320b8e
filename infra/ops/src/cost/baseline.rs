//! `bench/baseline.json`, as far as a bill needs it: what one request of each row of the benchmark asks for.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::read;

const FILE: &str = "bench/baseline.json";

/// The file.
#[derive(Deserialize)]
struct Baseline {
    rows: Vec<Measured>,
}

/// A row.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Measured {
    /// Its name, such as `login`.
    pub(super) case: String,
    /// The function that was called.
    pub(super) function: String,
    pub(super) held: Guaranteed,
    pub(super) shown: MachineDependent,
}

/// What is the same on every machine.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Guaranteed {
    calls: BTreeMap<String, u32>,
    pub(super) depth: f64,
    pub(super) write_units: f64,
    pub(super) read_units: f64,
    pub(super) log_bytes: f64,
}

/// What depends on the machine.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct MachineDependent {
    /// Milliseconds of CPU that a warm request takes.
    pub(super) invoke: f64,
}

impl Measured {
    /// The mails that it sends.
    pub(super) fn mails(&self) -> u32 {
        self.called("SendEmail")
    }

    /// The text messages that it sends.
    pub(super) fn texts(&self) -> u32 {
        self.called("Publish")
    }

    fn called(&self, operation: &str) -> u32 {
        self.held.calls.get(operation).copied().unwrap_or_default()
    }
}

/// Every row, in the order of the benchmark.
pub(super) fn rows() -> Result<Vec<Measured>> {
    let Baseline { rows } = serde_json::from_str(&read(FILE)?).with_context(|| {
        format!("{FILE} is not as cargo ops cost reads it: cargo dev bench --write-baseline writes it")
    })?;
    Ok(rows)
}

#[cfg(test)]
pub(super) fn login(calls: &[(&str, u32)]) -> Measured {
    let calls = calls.iter().map(|(operation, count)| ((*operation).to_owned(), *count)).collect();
    Measured {
        case: "login".to_owned(),
        function: "app-login".to_owned(),
        held: Guaranteed { calls, depth: 2.0, write_units: 2.0, read_units: 1.0, log_bytes: 148.0 },
        shown: MachineDependent { invoke: 20.0 },
    }
}
