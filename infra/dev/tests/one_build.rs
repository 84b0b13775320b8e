//! `cargo dev`, the functions and the tests are compiled against the same crates: docs/decisions/0320-one-build.md.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// For each crate the sets of features that it is compiled with.
type Features = BTreeMap<String, BTreeSet<String>>;

fn features(arguments: &[&str]) -> Result<Features> {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    tree.args(["tree", "--locked", "--offline", "--prefix", "none", "--format", "{p}|{f}"]);
    let output = tree.args(arguments).output().context("cargo cannot be started")?;
    ensure!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let mut features = Features::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        // What was printed before is marked.
        if let Some((name, set)) = line.trim_end_matches(" (*)").split_once('|') {
            features.entry(name.to_owned()).or_default().insert(set.to_owned());
        }
    }
    Ok(features)
}

#[test]
fn tests_ask_no_crate_for_a_feature_that_it_has_not_without_them() -> Result<()> {
    let without = features(&["--workspace", "--edges", "normal,build"])?;
    let with = features(&["--workspace", "--edges", "normal,build,dev"])?;
    ensure!(without.len() > 250, "only {} crates were compared", without.len());
    let differ: Vec<_> = without
        .iter()
        .filter(|(name, sets)| !with.get(*name).is_some_and(|more| sets.is_subset(more)))
        .map(|(name, sets)| format!("{name}: {sets:?} without tests, {:?} with them", with.get(name)))
        .collect();
    ensure!(
        differ.is_empty(),
        "these are compiled twice; give tests/Cargo.toml the features that only tests ask for:\n{}",
        differ.join("\n")
    );
    Ok(())
}

#[test]
fn help_is_printed_by_a_program_that_depends_on_nothing() -> Result<()> {
    let front = features(&["--package", "front", "--edges", "normal,build"])?;
    ensure!(front.len() == 1, "cargo dev --help compiles {front:?}");
    Ok(())
}
