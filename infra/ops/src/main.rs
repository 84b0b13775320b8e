//! `cargo ops`: the operator's command.

use std::process::ExitCode;

use clap::Parser;
use ops::{Command, out};

#[derive(Parser)]
#[command(name = "cargo ops", bin_name = "cargo ops", about = "The operator's command of Latchet")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match Cli::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out::aside(format_args!("cargo ops: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
