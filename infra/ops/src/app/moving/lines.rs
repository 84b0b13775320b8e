//! The lines of a file that an export wrote, and whether its last one was among them.

use std::io::{self, BufRead, Read as _};

use anyhow::{Context as _, Result, bail, ensure};

use super::{FORMAT, FORMAT_WITH_WEBHOOKS, Line, Source, Sums};
use crate::age::Decrypting;

/// The longest line that is read into memory. A user of ten thousand mementos with four kilobytes each is 40 MB.
const MOST_MEGABYTES: u64 = 256;

/// The lines of a file.
pub(super) struct Lines {
    file: Decrypting,
    number: u64,
    end: Option<Sums>,
}

/// A line, by its number.
pub(super) struct Numbered {
    pub(super) number: u64,
    /// How long it is.
    pub(super) bytes: usize,
    pub(super) line: Result<Line, NotALine>,
}

/// Why a line is not read. Nothing of it is in the message, for it has secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotALine {
    #[error("no export writes a line of more than {MOST_MEGABYTES} MB")]
    TooLong,
    #[error("no export writes such a line")]
    Unreadable,
}

impl Lines {
    pub(super) fn open(Source { identity, file }: &Source) -> Result<Self> {
        Ok(Self { file: Decrypting::by(identity, file)?, number: 0, end: None })
    }

    /// The next line; `None` behind the last.
    ///
    /// # Errors
    /// When the file cannot be read any further, or is one of a later release.
    pub(super) fn next_line(&mut self) -> Result<Option<Numbered>> {
        let Some(text) = bounded_line(&mut self.file.text, MOST_MEGABYTES << 20)? else { return Ok(None) };
        self.number += 1;
        let bytes = text.as_ref().map_or(0, Vec::len);
        let line = text.and_then(|text| serde_json::from_slice(&text).map_err(|_| NotALine::Unreadable));
        match &line {
            Ok(Line::App { format, .. }) if ![FORMAT, FORMAT_WITH_WEBHOOKS].contains(format) => {
                bail!("the file is of format {format}, which this release does not read");
            }
            Ok(Line::End(sums)) => self.end = Some(*sums),
            _ => {}
        }
        Ok(Some(Numbered { number: self.number, bytes, line }))
    }

    /// Whether the file is whole, where it had so many readable lines, and so many others.
    pub(super) fn end(self, sums: &Sums, unreadable: u64) -> Result<()> {
        self.file.end()?;
        let end = self.end.context("the file ends early: its last line is missing")?;
        // Nobody knows what an unreadable line was.
        ensure!(
            unreadable > 0 || end == *sums,
            "the file lacks some of its {} users, {} clients and {} endpoints",
            end.users,
            end.clients,
            end.webhooks
        );
        Ok(())
    }
}

/// A line of at most so many bytes. The rest of a longer one is passed over.
fn bounded_line(file: &mut impl BufRead, most: u64) -> io::Result<Option<Result<Vec<u8>, NotALine>>> {
    let mut text = Vec::new();
    if file.by_ref().take(most).read_until(b'\n', &mut text)? == 0 {
        return Ok(None);
    }
    if text.ends_with(b"\n") || (text.len() as u64) < most {
        return Ok(Some(Ok(text)));
    }
    file.skip_until(b'\n')?;
    Ok(Some(Err(NotALine::TooLong)))
}

#[cfg(test)]
mod tests {
    use super::{NotALine, bounded_line};

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_one_is_read() {
        let mut file = &b"1234\n12345678\n\n567\nlast"[..];
        let mut lines = Vec::new();
        while let Some(line) = bounded_line(&mut file, 5).expect("reads") {
            lines.push(line.map(|line| String::from_utf8(line).expect("text")));
        }
        let read = |text: &str| Ok(text.to_owned());
        assert_eq!(lines, [read("1234\n"), Err(NotALine::TooLong), read("\n"), read("567\n"), read("last")]);
    }
}
