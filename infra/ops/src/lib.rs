//! `cargo ops`: the operator's command. It works on a deployment, over `shared` alone: what makes a service on a laptop is not
//! compiled for it.
#![warn(clippy::print_stdout, clippy::print_stderr, reason = "they panic once nobody reads on: crate::out")]

mod age;
pub mod app;
mod audit;
pub mod client;
pub mod cost;
pub mod deployment;
mod doctor;
mod given_secret;
mod keyed;
mod keys;
mod limits;
pub mod out;
mod patience;
mod release;
pub mod resource;
mod rollback;
mod streams;
mod user;
mod webhook;

use anyhow::Result;
use clap::Subcommand;

/// What an operator does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make, list, rotate and disable apps
    App(Box<app::Command>),
    /// Register, list, rotate and disable OAuth clients
    Client(client::Command),
    /// Register, list, change and delete resource servers, for which clients get tokens
    Resource(resource::Command),
    /// The signing keys and the key ring: list, rotate, revoke, encrypt again
    Keys(keys::Command),
    /// The budgets of text messages and mails: show what is used up today, and reset it
    Limits(limits::Command),
    /// Users of an app: find, list, show, sign out, disable, enable, unlock, verify, delete, import, export
    User(Box<user::Command>),
    /// Webhooks of an app: add, list, rotate and remove endpoints, list deliveries and send them again
    Webhook(Box<webhook::Command>),
    /// Show the audit trail: what was done, to whom, by whom, from where and when
    Audit(audit::Command),
    /// Check a deployment, and say in sentences what is wrong
    Doctor(Box<doctor::Command>),
    /// Show what each operation, a month with users and a month without users cost
    Cost,
    /// Make the next deploy give every function a new version. Run it when a parameter changed
    Release(release::Options),
    /// Make every function of a stack serve the previous release, within a minute
    Rollback(rollback::Options),
    /// Have functions read the streams of tables that were restored
    Streams(streams::Options),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// What was not done, and what to do about it.
    pub fn run(self) -> Result<()> {
        match self {
            Self::App(command) => block_on(command.run()),
            Self::Client(command) => block_on(command.run()),
            Self::Resource(command) => block_on(command.run()),
            Self::Keys(command) => block_on(command.run()),
            Self::Limits(command) => block_on(command.run()),
            Self::User(command) => block_on(command.run()),
            Self::Webhook(command) => block_on(command.run()),
            Self::Audit(command) => block_on(command.run()),
            Self::Doctor(command) => block_on(command.run()),
            Self::Cost => cost::run(),
            Self::Release(options) => release::run(&options),
            Self::Rollback(options) => rollback::run(&options),
            Self::Streams(options) => streams::run(&options),
        }
    }
}

fn block_on(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
