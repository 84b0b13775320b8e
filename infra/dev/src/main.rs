//! `cargo dev`: the developer's and operator's command.
#![warn(clippy::print_stdout, clippy::print_stderr, reason = "they panic once nobody reads on: crate::out")]

mod app;
mod bench;
mod binary;
mod breached;
mod build;
mod check;
mod client;
mod cost;
mod deployment;
mod doctor;
mod event;
mod events;
mod generated;
mod guide;
mod keys;
mod limits;
mod markdown;
mod openapi;
mod out;
mod reference;
mod release;
mod second_engine;
mod smoke;
mod test;
mod texts;
mod tools;
mod up;

use std::process::ExitCode;

use anyhow::Result;
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
    Test(test::Options),
    /// The functions as they are deployed, held to their size and to what Lambda has
    Build(build::Options),
    /// What each function costs, held to bench/baseline.json
    Bench(bench::Options),
    /// Have the next deploy give every function a new version, as it must when a parameter changed
    Release(release::Options),
    /// The journeys that need no more than HTTP, against a deployment
    Smoke(smoke::Options),
    /// What each operation, a month of users and an idle month cost
    Cost,
    /// Write the files that are made from the code
    Gen,
    /// Make the list of breached passwords that functions carry
    Breached(breached::Command),
    /// Make, list, rotate and disable apps
    App(Box<app::Command>),
    /// Register, list, rotate and disable OAuth clients
    Client(client::Command),
    /// The key ring: list, rotate, revoke and wrap anew
    Keys(keys::Command),
    /// Look at a deployment, and say in sentences what is wrong with it
    Doctor(Box<doctor::Command>),
    /// The budgets of text messages and mails: show what is used up today, and reset it
    Limits(limits::Command),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Up(options) => up::run(options),
        Command::Check => check::run(),
        Command::Test(options) => test::run(&options),
        Command::Build(options) => build::run(&options),
        Command::Bench(options) => block_on(bench::run(options)),
        Command::Release(options) => release::run(&options),
        Command::Smoke(options) => smoke::run(&options),
        Command::Cost => cost::run(),
        Command::Gen => tools::enter_root().and_then(|()| generated::write()),
        Command::Breached(command) => command.run(),
        Command::App(command) => block_on(command.run()),
        Command::Client(command) => block_on(command.run()),
        Command::Keys(command) => block_on(command.run()),
        Command::Doctor(command) => block_on(command.run()),
        Command::Limits(command) => block_on(command.run()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out::aside(format_args!("cargo dev: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
