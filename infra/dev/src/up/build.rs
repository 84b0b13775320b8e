//! The functions' binaries: which packages have them, and building them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use local::template::Template;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// What of `cargo metadata` is used.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// The binaries of a template's functions.
pub(super) struct Binaries {
    packages: BTreeSet<String>,
    bins: BTreeSet<String>,
    directory: PathBuf,
    release: bool,
}

impl Binaries {
    /// Finds the packages under `functions/` that have the template's binaries.
    pub(super) async fn find(template: &Template, release: bool) -> Result<Self> {
        let metadata = metadata().await?;
        let functions = metadata.workspace_root.join("functions");
        let owners: BTreeMap<&str, &str> = metadata
            .packages
            .iter()
            .filter(|package| package.manifest_path.starts_with(&functions))
            .flat_map(|package| package.binaries().map(|binary| (binary, package.name.as_str())))
            .collect();
        let packages = template.functions.iter().map(|function| {
            owners.get(function.program.as_str()).map(|owner| (*owner).to_owned()).with_context(|| {
                format!(
                    "template.yaml's {} runs {}, but no package under functions/ has that binary: add it or correct Binary",
                    function.logical_id, function.program
                )
            })
        });
        let packages = packages.collect::<Result<_>>()?;
        let directory = metadata.target_directory.join(if release { "release" } else { "debug" });
        let bins = template.functions.iter().map(|function| function.program.clone()).collect();
        Ok(Self { packages, bins, directory, release })
    }

    /// Where a binary is once it is built.
    pub(super) fn path(&self, bin: &str) -> PathBuf {
        self.directory.join(bin)
    }

    /// Builds all of them; cargo is heard only when it has something to compile.
    pub(super) async fn build(&self) -> Result<()> {
        let mut command = cargo();
        command.args(["build", "--color", color()]);
        for bin in &self.bins {
            command.args(["--bin", bin]);
        }
        if self.release {
            // As they are deployed: each package with the features that it asks for, and no others.
            command.arg("--release");
            for package in &self.packages {
                command.args(["--package", package]);
            }
        } else {
            // With the features of the whole workspace, so that nothing is compiled a second time for the tests:
            // docs/decisions/0320-one-build.md.
            command.arg("--workspace");
        }
        let mut child = command.stderr(Stdio::piped()).spawn().map_err(no_cargo)?;
        let mut no_compiler = false;
        if let Some(stderr) = child.stderr.take() {
            let mut lines = BufReader::new(stderr).lines();
            while let Some(line) = lines.next_line().await? {
                no_compiler |= names_missing_compiler(&line);
                if !line.contains("Finished") {
                    ops::out::aside(format_args!("{line}"));
                }
            }
        }
        if child.wait().await?.success() {
            return Ok(());
        }
        if no_compiler {
            bail!(
                "no C compiler was found: install one (Debian: apt-get install build-essential; macOS: xcode-select --install)"
            )
        }
        bail!("the functions could not be built: correct what cargo says above")
    }
}

impl Package {
    fn binaries(&self) -> impl Iterator<Item = &str> {
        let binaries = self.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"));
        binaries.map(|target| target.name.as_str())
    }
}

async fn metadata() -> Result<Metadata> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let output = cargo().args(arguments).output().await.map_err(no_cargo)?;
    if !output.status.success() {
        bail!("cargo cannot read the workspace: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata printed something else than expected")
}

/// The cargo that runs us, or the one in the PATH.
#[expect(clippy::disallowed_methods, reason = "cargo says by this variable which one it is")]
fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn no_cargo(error: std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => anyhow::anyhow!("cargo was not found: install Rust from https://rustup.rs"),
        _ => anyhow::Error::from(error).context("cargo cannot be run"),
    }
}

fn color() -> &'static str {
    use std::io::IsTerminal;
    if std::io::stderr().is_terminal() { "always" } else { "never" }
}

/// What rustc and the `cc` crate say when there is none.
const NO_COMPILER: [&str; 3] = ["linker `cc` not found", "failed to find tool", "is `cc` not installed"];

fn names_missing_compiler(line: &str) -> bool {
    NO_COMPILER.iter().any(|words| line.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_compiler_is_recognised() {
        assert!(names_missing_compiler("error: linker `cc` not found"));
        assert!(!names_missing_compiler("   Compiling cc v1.2.0"));
    }

    /// `cargo dev` itself cannot be linked then: these are the words that a person reads, and looks for.
    #[test]
    fn what_rustc_says_without_a_linker_is_found_in_the_troubleshooting() {
        let guide = include_str!("../../../../docs/local-run.md");
        assert!(guide.contains(&format!("``error: {}``", NO_COMPILER[0])), "{}", NO_COMPILER[0]);
    }
}
