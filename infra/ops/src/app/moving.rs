//! `cargo ops app export`, `verify-export` and `import`: all of an app's users, clients and endpoints of webhooks, encrypted, and back.

mod export;
mod import;
mod lines;
mod report;
mod verify;

use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};
use shared::app::claims::OwnClaims;
use shared::store::{DepartingClient, DepartingUser, DepartingWebhook};

pub(super) use self::export::{Export, export};
pub(super) use self::import::import;
pub(super) use self::verify::verify;

/// What this release writes and reads.
const FORMAT: u32 = 1;

/// The same, of an app that has webhooks: a release of before says that it does not read it.
const FORMAT_WITH_WEBHOOKS: u32 = 2;

/// How many users are read or written at once.
const AT_ONCE: usize = 32;

/// How many users pass between two lines that say how far the work is.
const STEP: u64 = 1000;

/// Which file, and by which key.
#[derive(Args, Debug)]
pub(super) struct Source {
    /// The file with the recipient's key, as age-keygen writes it
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The file that an export wrote
    file: PathBuf,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    App {
        app: String,
        format: u32,
        #[serde(default, skip_serializing_if = "OwnClaims::is_empty")]
        claims: OwnClaims,
    },
    Client(DepartingClient),
    User(DepartingUser),
    Webhook(DepartingWebhook),
    End(Sums),
}

/// How many there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    clients: u64,
    users: u64,
    /// Files of releases that left them behind do not say.
    #[serde(default)]
    webhooks: u64,
}

impl Sums {
    /// Prints them as the last line of a command.
    fn tell(&self, what: &str, json: bool) -> anyhow::Result<()> {
        let Self { clients, users, webhooks } = self;
        if json {
            crate::out::say!("{}", serde_json::json!({"clients": clients, "users": users, "webhooks": webhooks}))?;
        } else {
            crate::out::say!("{users} users, {clients} clients and {webhooks} endpoints of webhooks {what}")?;
        }
        Ok(())
    }
}
