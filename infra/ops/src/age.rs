//! Files encrypted to a recipient, by the program `age` (<https://age-encryption.org>). It is asked for as the AWS CLI is: its
//! crates would be compiled for every command of the operator's.

use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

const MISSING: &str = "the program `age` is not there: install it (Debian and Homebrew call it age)";

/// A file that is being written.
pub(crate) struct Encrypting {
    child: Child,
    lines: BufWriter<ChildStdin>,
}

impl Encrypting {
    /// Writes `file`, which is not there yet. The key of `recipient` opens it.
    pub(crate) fn to(recipient: &str, file: &Path) -> Result<Self> {
        ensure!(!file.exists(), "{} is there already", file.display());
        let mut age = Command::new("age");
        age.args(["--encrypt", "--recipient", recipient, "--output"]).arg(file).stdin(Stdio::piped());
        let mut child = age.spawn().context(MISSING)?;
        let lines = BufWriter::new(child.stdin.take().context("age takes no input")?);
        Ok(Self { child, lines })
    }

    /// Adds a line. The work waits where the program does, so that no more than a few lines are in memory.
    pub(crate) fn line(&mut self, line: &str) -> Result<()> {
        writeln!(self.lines, "{line}").context("age ended early")
    }

    /// Ends the file.
    pub(crate) fn end(mut self) -> Result<()> {
        self.lines.flush().context("age ended early")?;
        drop(self.lines);
        ensure!(self.child.wait()?.success(), "age could not write the file");
        Ok(())
    }
}

/// A file that is being read.
pub(crate) struct Decrypting {
    child: Child,
    /// What is in it.
    pub(crate) text: BufReader<ChildStdout>,
}

impl Decrypting {
    /// Reads `file` by the key in `identity`.
    pub(crate) fn by(identity: &Path, file: &Path) -> Result<Self> {
        let mut age = Command::new("age");
        age.args(["--decrypt", "--identity"]).arg(identity).arg(file).stdout(Stdio::piped());
        let mut child = age.spawn().context(MISSING)?;
        let text = BufReader::new(child.stdout.take().context("age gives no output")?);
        Ok(Self { child, text })
    }

    /// Whether all of the file was read as it was written: age says so at its end.
    pub(crate) fn end(mut self) -> Result<()> {
        drop(self.text);
        ensure!(self.child.wait()?.success(), "age could not read the file to its end");
        Ok(())
    }
}
