//! `cargo dev breached`: makes the list of breached passwords that a binary carries.
//!
//! What it is made of is too large to be kept here; docs/decisions/0041 says where it comes from.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use shared::user::breached::make_list;

use crate::tools;
use ops::out::say;

const LIST: &str = "shared/assets/breached.bin";

/// What the list is made of.
#[derive(Args, Debug)]
pub(crate) struct Command {
    /// Passwords, one a line, the most common first
    passwords: PathBuf,
    /// How many to take of those that can be set
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    most: usize,
}

impl Command {
    pub(crate) fn run(self) -> Result<()> {
        let path = std::path::absolute(&self.passwords)?;
        tools::enter_root()?;
        let bytes = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
        let list = make_list(lines.map(|line| line.trim_end_matches('\r')), self.most)?;
        std::fs::write(LIST, &list).with_context(|| format!("{LIST} cannot be written"))?;
        say!("{LIST} has {} bytes", list.len())?;
        Ok(())
    }
}
