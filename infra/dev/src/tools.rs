//! The programs that the checks run: found or installed under `.dev/`, at the one version that the project pins.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

const CARGO_DENY: &str = "0.20.2";

/// Makes the repository's root the working directory: every path of the checks is relative to it.
pub(crate) fn enter_root() -> Result<()> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    std::env::set_current_dir(root).with_context(|| format!("cannot enter {root}"))
}

/// `cargo` with arguments; rustup's variables make it the one that runs us.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments);
    command
}

/// Where programs are found.
#[expect(
    clippy::disallowed_methods,
    reason = "what is installed under .dev/ is put before it, for programs that start others"
)]
pub(crate) fn inherited_path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Runs a command to its end without showing it.
///
/// # Errors
/// What it printed, when it fails.
pub(crate) fn quietly(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot start {program}"))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    bail!("{program}: {}\n{}", output.status, String::from_utf8_lossy(&printed).trim_end())
}

/// cargo-deny, built once from crates.io.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let program = PathBuf::from(".dev/tools/bin/cargo-deny");
    let installed = Command::new(&program).arg("--version").output();
    if installed.is_ok_and(|output| output.stdout == format!("cargo-deny {CARGO_DENY}\n").as_bytes()) {
        return Ok(program);
    }
    announce(&format!("building cargo-deny {CARGO_DENY}, once (a minute)"));
    // Unoptimised it still checks in a second, and builds three times as fast.
    let arguments = ["install", "cargo-deny", "--version", CARGO_DENY, "--locked", "--debug", "--root", ".dev/tools"];
    quietly(cargo(&arguments).env("CARGO_PROFILE_DEV_DEBUG", "0"))?;
    Ok(program)
}

/// The programs of a Python environment that holds what a requirements file and its lock pin; made again when they change.
pub(crate) fn python_tools(environment: &str, requirements: &str) -> Result<PathBuf> {
    let environment = Path::new(environment);
    let stamp = environment.join("installed");
    let programs = environment.join("bin");
    let lock = Path::new(requirements).with_extension("lock");
    let pins = [read(Path::new(requirements))?, read(&lock)?].concat();
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == pins) {
        return Ok(programs);
    }
    announce(&format!("installing {requirements}, once (half a minute)"));
    make_python_environment(environment)?;
    let mut pip = Command::new(programs.join("python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    if pins.contains("--hash=") {
        // Such a lock is the whole list, and is taken to the letter.
        pip.args(["--require-hashes", "--no-deps", "--requirement"]).arg(&lock);
    } else {
        pip.args(["--requirement", requirements]);
    }
    quietly(&mut pip)?;
    // Last, so that what was interrupted is made again.
    fs::write(&stamp, pins)?;
    Ok(programs)
}

fn make_python_environment(path: &Path) -> Result<()> {
    const INSTALL: &str = "python3 with its venv module is needed; on Debian: apt-get install -y python3-venv";
    match Command::new("python3").args(["-m", "venv", "--clear"]).arg(path).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => bail!("{INSTALL}\n{}", String::from_utf8_lossy(&[output.stdout, output.stderr].concat())),
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("{INSTALL}"),
        Err(error) => Err(error).context("cannot start python3"),
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Says what takes long this once.
fn announce(what: &str) {
    ops::out::aside(format_args!("{what}"));
}
