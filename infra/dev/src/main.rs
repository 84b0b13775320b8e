//! `cargo dev`: the developer's command.
#![warn(clippy::print_stdout, clippy::print_stderr, reason = "they panic once nobody reads on: ops::out")]

mod api;
mod aws;
mod bench;
mod binary;
mod breached;
mod build;
mod check;
mod configuration;
mod event;
mod events;
mod example;
mod generated;
mod guide;
mod help;
mod local_run;
mod manual;
mod markdown;
mod openapi;
mod reference;
mod second_engine;
mod smoke;
mod test;
mod texts;
mod tools;
mod up;

use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use ops::out;

#[derive(Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", about = "The developer's command of Latchet")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole service on this machine, until Ctrl-C
    Up(up::Options),
    /// Check format, lints, dependencies, generated files and the template. Runs no tests
    Check,
    /// Run every test, as CI does
    Test(test::Options),
    /// Build the functions as they are deployed, and check their size, processor and glibc
    Build(build::Options),
    /// Measure what each function costs, and compare it with bench/baseline.json
    Bench(bench::Options),
    /// Test a deployment over HTTP
    Smoke(smoke::Options),
    /// Write the generated files
    Gen,
    /// Make the list of breached passwords that is built into the functions
    Breached(breached::Command),
    // docs/decisions/0080-the-operators-command.md: as they were called before they were `cargo ops`.
    #[command(flatten)]
    Ops(ops::Command),
}

fn main() -> ExitCode {
    match command().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out::aside(format_args!("cargo dev: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// What the command line says. The operator's commands are taken and not listed: `cargo ops` lists them.
fn command() -> Result<Command> {
    Ok(Cli::from_arg_matches(&commands().get_matches())?.command)
}

/// All that can be said on the command line.
fn commands() -> clap::Command {
    let operators = ops::Command::augment_subcommands(clap::Command::new("ops"));
    let hidden = operators.get_subcommands().map(|command| command.get_name().to_owned());
    let all = hidden.fold(Cli::command(), |all, name| all.mut_subcommand(name, |command| command.hide(true)));
    all.after_help("An operator's commands are listed by cargo ops --help.")
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Up(options) => up::run(options),
        Command::Check => check::run(),
        Command::Test(options) => test::run(&options),
        Command::Build(options) => build::run(&options),
        Command::Bench(options) => {
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(bench::run(options))
        }
        Command::Smoke(options) => smoke::run(&options),
        Command::Gen => tools::enter_root().and_then(|()| generated::write()),
        Command::Breached(command) => command.run(),
        Command::Ops(command) => command.run(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    /// clap finds what contradicts itself when a command is first used, and only in a debug build.
    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        super::Cli::command().debug_assert();
    }
}
