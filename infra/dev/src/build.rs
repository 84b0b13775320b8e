//! `cargo dev build`: what `sam build` does not look at. The functions as they are deployed, held to their size, to Lambda's glibc
//! and to their processor.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use local::template::{Parameters, Template};

use crate::binary::{Binary, GLIBC};
use crate::tools;
use ops::out::say;

/// What is built.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// The processor. The template's parameter Architecture must have the same value
    #[arg(long, value_enum, default_value = "arm64")]
    arch: Arch,
    /// Check what is in target/lambda, and build nothing
    #[arg(long)]
    no_build: bool,
    /// Check what `sam build` left in .aws-sam/build, and build nothing
    #[arg(long, conflicts_with_all = ["no_build", "jobs"])]
    sam: bool,
    /// How many compilers run at once. By default one for each processor
    #[arg(long, value_name = "N")]
    jobs: Option<u8>,
}

/// As Lambda calls them.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Arch {
    #[value(name = "arm64")]
    Arm64,
    #[value(name = "x86_64")]
    X86,
}

impl Arch {
    const fn option(self) -> &'static str {
        match self {
            Self::Arm64 => "--arm64",
            Self::X86 => "--x86-64",
        }
    }

    /// `e_machine` of the ELF header.
    const fn machine(self) -> u16 {
        match self {
            Self::Arm64 => 183,
            Self::X86 => 62,
        }
    }
}

/// Zipped: what is fetched at a cold start. A function with a store, and one without.
const BUDGET: u64 = 3_400_000;
const BUDGET_BARE: u64 = 800_000;

/// Where cargo-lambda leaves a binary, and where SAM does.
const BUILT: &str = "target/lambda";
const BUILT_BY_SAM: &str = ".aws-sam/build";

/// Builds every function and looks at each.
///
/// # Errors
/// What does not build, or cannot be deployed.
pub(crate) fn run(options: &Options) -> Result<()> {
    tools::enter_root()?;
    if !options.no_build && !options.sam {
        build(options)?;
    }
    // Nothing of these values is looked at.
    let parameters = Parameters::from(["PublicUrl", "MailFrom"].map(|name| (name.to_owned(), String::new())));
    let template = Template::read("template.yaml".as_ref(), &parameters)?;
    let mut wrong = Vec::new();
    for function in &template.functions {
        let folder = if options.sam {
            Path::new(BUILT_BY_SAM).join(&function.logical_id)
        } else {
            Path::new(BUILT).join(&function.program)
        };
        let path = folder.join("bootstrap");
        let binary = Binary::read(&path)?;
        let budget =
            if function.environment.contains_key("LIVE_TABLE") || function.environment.contains_key("CORE_TABLE") {
                BUDGET
            } else {
                BUDGET_BARE
            };
        let (major, minor) = binary.glibc;
        let (bytes, zip_bytes) = (binary.bytes, binary.zip_bytes);
        say!("{:<24} {bytes:>9} bytes, {zip_bytes:>8} zipped, glibc {major}.{minor}", function.name)?;
        if zip_bytes > budget {
            wrong.push(format!("{} has {zip_bytes} bytes zipped, and its budget is {budget}", function.name));
        }
        if binary.glibc > GLIBC {
            wrong
                .push(format!("{} needs glibc {major}.{minor}, and Lambda has {}.{}", function.name, GLIBC.0, GLIBC.1));
        }
        if machine(&path)? != options.arch.machine() {
            wrong.push(format!("{} is for another processor than {}", function.name, options.arch.option()));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    say!("{} functions can be deployed.", template.functions.len())?;
    Ok(())
}

fn build(options: &Options) -> Result<()> {
    let programs = tools::python_tools(".dev/venv-lambda", "infra/requirements-lambda.txt")?;
    let mut path = std::ffi::OsString::from(std::path::absolute(&programs)?);
    path.push(":");
    path.push(tools::inherited_path());
    let mut cargo = tools::cargo(&["lambda", "build", "--release", "--locked", "--skip-target-check"]);
    cargo.arg(options.arch.option()).env("PATH", path).env("CARGO_INCREMENTAL", "0");
    if let Some(jobs) = options.jobs {
        cargo.args(["--jobs", &jobs.to_string()]);
    }
    let built = cargo.status().context("cargo cannot be started")?;
    ensure!(
        built.success(),
        "the functions do not build; for another processor: rustup target add aarch64-unknown-linux-gnu"
    );
    Ok(())
}

/// The processor that an ELF binary is for.
fn machine(path: &Path) -> Result<u16> {
    let bytes = fs::read(path)?;
    match bytes.get(18..20) {
        Some(&[low, high]) if bytes.starts_with(b"\x7fELF") => Ok(u16::from_le_bytes([low, high])),
        _ => anyhow::bail!("{} is not a program for Linux", path.display()),
    }
}
