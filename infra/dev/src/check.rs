//! `cargo dev check`: everything that can be judged without running the product.

mod decisions;
mod transform;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};

use ops::out::say;

use crate::{aws, generated, tools};

enum Outcome {
    Passed,
    /// Why the step could not be taken here.
    Skipped(&'static str),
}

type Step = fn() -> Result<Outcome>;

/// What cargo does, one after the other: cheap before dear. `entropy` looks at what `clippy` built.
const OF_CARGO: [(&str, Step); 6] = [
    ("format", format),
    ("generated", generated),
    ("clippy", clippy),
    ("entropy", entropy),
    ("deny", deny),
    ("advisories", advisories),
];

/// What is done beside that: most of it is Python's, on one core, and waits for PyPI the first time.
const OF_OTHERS: [(&str, Step); 10] = [
    ("diagrams", diagrams),
    ("decisions", decisions),
    ("scripts", scripts),
    ("cfn-lint", cfn_lint),
    ("regions", regions),
    ("rights", rights),
    ("sam", sam_validate),
    ("transform", transformed),
    ("aws cli", aws_commands),
    ("checkov", checkov),
];

/// Runs every step, a line each once it is done, and fails if one did.
///
/// # Errors
/// The names of the steps that failed.
pub(crate) fn run() -> Result<()> {
    tools::enter_root()?;
    let count = OF_CARGO.len() + OF_OTHERS.len();
    say!("{count} checks, two at a time")?;
    let failed = thread::scope(|scope| {
        let others = scope.spawn(|| all_of(&OF_OTHERS));
        let of_cargo = all_of(&OF_CARGO);
        let of_others = others.join().map_err(|_| anyhow!("a check panicked: see above"))?;
        anyhow::Ok([of_cargo?, of_others?].concat())
    })?;
    ensure!(failed.is_empty(), "{} of {count} checks failed: {}", failed.len(), failed.join(", "));
    say!("All checks passed.")?;
    Ok(())
}

/// Takes these steps in turn, and names those that failed.
fn all_of(steps: &[(&'static str, Step)]) -> Result<Vec<&'static str>> {
    let mut failed = Vec::new();
    for (name, step) in steps {
        let started = now();
        let outcome = step();
        let seconds = started.elapsed().as_secs_f64();
        match outcome {
            Ok(Outcome::Passed) => say!("{name:<12}ok, {seconds:.1} s")?,
            Ok(Outcome::Skipped(reason)) => say!("{name:<12}skipped: {reason}")?,
            Err(error) => {
                say!("{name:<12}FAILED, {seconds:.1} s\n{error:#}\n")?;
                failed.push(*name);
            }
        }
    }
    Ok(failed)
}

#[expect(clippy::disallowed_methods, reason = "how long a step took is shown to a person; nothing depends on it")]
fn now() -> Instant {
    Instant::now()
}

fn passes(command: &mut Command) -> Result<Outcome> {
    tools::quietly(command)?;
    Ok(Outcome::Passed)
}

fn format() -> Result<Outcome> {
    passes(&mut tools::cargo(&["fmt", "--all", "--check"]))
}

fn generated() -> Result<Outcome> {
    generated::check()?;
    Ok(Outcome::Passed)
}

/// That the drawings in `docs/diagrams` are what their texts say.
fn diagrams() -> Result<Outcome> {
    passes(Command::new("python3").args(["docs/diagrams/draw.py", "--check"]))
}

/// That the index of the decisions has every record.
fn decisions() -> Result<Outcome> {
    decisions::check(Path::new("docs/decisions"))?;
    Ok(Outcome::Passed)
}

fn clippy() -> Result<Outcome> {
    passes(&mut tools::cargo(&[
        "clippy",
        "--locked",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

/// That `AWS_LC_SYS_NO_JITTER_ENTROPY` took: the cryptographic library that was built last has no jitter entropy in it.
fn entropy() -> Result<Outcome> {
    let library = newest_crypto_library()?;
    let bytes = fs::read(&library).with_context(|| format!("cannot read {}", library.display()))?;
    let has_jitter = bytes.windows(5).any(|symbol| symbol == b"jent_");
    ensure!(!has_jitter, "{} collects jitter entropy: is AWS_LC_SYS_NO_JITTER_ENTROPY=1 set?", library.display());
    Ok(Outcome::Passed)
}

fn newest_crypto_library() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let build = program.with_file_name("build");
    let mut newest = None;
    for package in fs::read_dir(&build)? {
        let package = package?;
        if !package.file_name().to_string_lossy().starts_with("aws-lc-sys-") {
            continue;
        }
        let Ok(files) = fs::read_dir(package.path().join("out")) else { continue };
        for file in files {
            let path = file?.path();
            if path.to_string_lossy().ends_with("_crypto.a") {
                newest = newest.max(Some((path.metadata()?.modified()?, path)));
            }
        }
    }
    let (_, library) = newest.with_context(|| format!("no aws-lc library under {}", build.display()))?;
    Ok(library)
}

fn deny() -> Result<Outcome> {
    let cargo_deny = tools::cargo_deny()?;
    // Every platform's crates, so that the check itself needs no network.
    tools::quietly(&mut tools::cargo(&["fetch", "--locked"]))?;
    passes(Command::new(cargo_deny).args([
        "--offline",
        "check",
        "--hide-inclusion-graph",
        "--allow",
        "duplicate",
        "bans",
        "licenses",
        "sources",
    ]))
}

fn advisories() -> Result<Outcome> {
    let cargo_deny = tools::cargo_deny()?;
    if tools::quietly(Command::new(&cargo_deny).args(["fetch", "db"])).is_err() {
        return Ok(Outcome::Skipped("RustSec's database, on GitHub, cannot be fetched from here"));
    }
    passes(Command::new(cargo_deny).args(["check", "--hide-inclusion-graph", "advisories"]))
}

fn cfn_lint() -> Result<Outcome> {
    let mut lint = Command::new(sam_tools()?.join("cfn-lint"));
    passes(
        lint.args(["--append-rules", "cfn_lint_serverless.rules", "--template", "template.yaml"])
            .args(nested_templates()?),
    )
}

/// The parts of the template, and the deploy role's.
fn nested_templates() -> Result<Vec<PathBuf>> {
    let files = fs::read_dir("infra")?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    Ok(files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect())
}

/// That every resource type exists in the regions that docs/operations.md names.
fn regions() -> Result<Outcome> {
    aws::check_regions(&aws::Schemas::of(&sam_tools()?)?)?;
    Ok(Outcome::Passed)
}

/// That the deploying roles have every action that the template's resource types need.
fn rights() -> Result<Outcome> {
    aws::check_rights(&aws::Schemas::of(&sam_tools()?)?)?;
    Ok(Outcome::Passed)
}

fn sam_validate() -> Result<Outcome> {
    let arguments = ["validate", "--lint", "--template", "template.yaml", "--region", "us-east-1"];
    passes(Command::new(sam_tools()?.join("sam")).args(arguments).env("SAM_CLI_TELEMETRY", "0"))
}

/// That `CloudFormation` and API Gateway take what SAM makes of the template.
fn transformed() -> Result<Outcome> {
    let mut translate = Command::new(sam_tools()?.join("python"));
    let output = translate.args(["infra/transform.py", "template.yaml"]).output().context("cannot start python")?;
    ensure!(output.status.success(), "infra/transform.py: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    transform::judge(&serde_json::from_slice(&output.stdout)?)?;
    Ok(Outcome::Passed)
}

fn sam_tools() -> Result<PathBuf> {
    tools::python_tools(".dev/venv", "infra/requirements.txt")
}

/// That the AWS CLI knows each of its commands in the documents, with its options and their values.
fn aws_commands() -> Result<Outcome> {
    let programs = tools::python_tools(".dev/venv-aws", "infra/requirements-aws.txt")?;
    passes(Command::new(programs.join("python")).arg("infra/aws_commands.py"))
}

/// What it scans and what is waived is in `.checkov.yaml`.
fn checkov() -> Result<Outcome> {
    let programs = tools::python_tools(".dev/venv-checkov", "infra/requirements-checkov.txt")?;
    passes(&mut Command::new(programs.join("checkov")))
}

/// That the shell can read the project's scripts.
fn scripts() -> Result<Outcome> {
    for script in fs::read_dir(".ci")? {
        tools::quietly(Command::new("bash").arg("-n").arg(script?.path()))?;
    }
    Ok(Outcome::Passed)
}
