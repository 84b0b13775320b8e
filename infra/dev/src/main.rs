//! `cargo dev`: the developer's and operator's command.

mod check;
mod test;
mod tools;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev", about = "The developer's and operator's command of Latchet")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole service on this machine, until Ctrl-C
    Up(up::Options),
    /// Lint and policy: format, clippy, what may be linked, the template
    Check,
    /// Everything that tests, as CI runs it
    Test,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Up(options) => up::run(options),
        Command::Check => check::run(),
        Command::Test => test::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo dev: {error:#}");
            ExitCode::FAILURE
        }
    }
}
