//! What `cargo dev` starts. It is compiled within a second, for it depends on nothing: it prints help, has the developer's command built
//! together with what that command will need, and becomes it.

mod help;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::help::Answer;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Before the first build.
const FIRST: &str = "cargo dev: the first build compiles about 300 crates, which takes three to five minutes on two cores. \
                     A build after a change takes seconds.";

fn main() -> ExitCode {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    match help::answer(&words) {
        Answer::Help(text) => {
            // Nobody may read on, as behind `| head -1`.
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Answer::Wrong(text) => {
            say(&text);
            ExitCode::from(2)
        }
        Answer::Command => become_command(&words),
    }
}

/// What cargo would say after some minutes, of a crate that nobody asked for.
const NO_COMPILER: &str = "cargo dev: no C compiler was found: install one (Debian: apt-get install build-essential; macOS: xcode-select \
                           --install), or name yours in the variable CC";

/// Returns only if something is in the way.
fn become_command(words: &[OsString]) -> ExitCode {
    if !has_compiler(variable("CC").as_deref(), &variable("PATH").unwrap_or_default()) {
        say(NO_COMPILER);
        return ExitCode::FAILURE;
    }
    match build(words) {
        Ok(Some(program)) => {
            let error = Command::new(&program).args(words).exec();
            say(&format!("cargo dev: {} cannot be started: {error}", program.display()));
        }
        Ok(None) => say("cargo dev: it could not be built: correct what cargo says above"),
        Err(error) => say(&format!("cargo dev: cargo cannot be started: {error}")),
    }
    ExitCode::FAILURE
}

/// Builds the developer's command, and says where it is; nothing if it does not compile.
fn build(words: &[OsString]) -> io::Result<Option<PathBuf>> {
    let program = env::current_exe()?.with_file_name("dev");
    if !program.exists() {
        say(FIRST);
    }
    let mut cargo = Command::new(cargo());
    // Of the whole workspace, whose features are then the same in every build.
    cargo.current_dir(ROOT).args(["build", "--workspace", "--bin", "dev"]);
    if starts_functions(words) {
        // In this build, where they are compiled beside the command and not after it.
        for function in functions(Path::new(ROOT))? {
            cargo.arg("--bin").arg(function);
        }
    }
    Ok(cargo.status()?.success().then_some(program))
}

/// Whether the functions will run as this build leaves them.
fn starts_functions(words: &[OsString]) -> bool {
    words.first().is_some_and(|command| command == "up") && !words.iter().any(|word| word == "--release")
}

/// The programs of the functions.
fn functions(root: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for package in fs::read_dir(root.join("functions"))? {
        // Some packages are libraries of the others.
        let Ok(programs) = fs::read_dir(package?.path().join("src/bin")) else { continue };
        for program in programs {
            names.extend(program?.path().file_stem().map(OsStr::to_owned));
        }
    }
    names.sort();
    Ok(names)
}

/// Whether crates in C can be compiled: by the compiler that is named, or by `cc` in one of the folders of `path`.
fn has_compiler(named: Option<&OsStr>, path: &OsStr) -> bool {
    named.is_some() || env::split_paths(path).any(|folder| folder.join("cc").is_file())
}

/// The cargo that runs us.
fn cargo() -> OsString {
    variable("CARGO").unwrap_or_else(|| "cargo".into())
}

#[expect(clippy::disallowed_methods, reason = "which cargo runs us and where programs are is said by the environment")]
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

fn say(line: &str) {
    // There is nowhere left to say that it failed.
    let _ = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_compiler_is_noticed_before_anything_is_compiled() -> io::Result<()> {
        let folder = env::temp_dir().join(format!("latchet-front-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        assert!(!has_compiler(None, folder.as_os_str()));
        assert!(has_compiler(Some(OsStr::new("clang")), folder.as_os_str()));
        fs::write(folder.join("cc"), "")?;
        assert!(has_compiler(None, folder.as_os_str()));
        fs::remove_dir_all(&folder)
    }

    #[test]
    fn a_local_run_builds_the_programs_of_all_functions_at_once() -> io::Result<()> {
        let up = |more: &[&str]| {
            starts_functions(&[&["up"][..], more].concat().iter().map(OsString::from).collect::<Vec<_>>())
        };
        assert!(up(&[]) && up(&["--port", "0"]));
        assert!(!up(&["--release"]));
        assert!(!starts_functions(&["check".into()]));
        let programs = functions(Path::new(ROOT))?;
        assert!(programs.contains(&"app-api".into()) && programs.contains(&"streams".into()), "{programs:?}");
        Ok(())
    }
}
