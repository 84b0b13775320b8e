//! The lines of a file, read one after the other: however long it is, a few of them are in memory.

use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind, Lines as Rows};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::person::Refusal;
use super::record::Record;

/// The byte order mark. Some programs on Windows begin a file with it. The reader of CSV passes over it by itself.
const BOM: char = '\u{feff}';

/// What a file of gzip begins with, as the export jobs of Auth0 are.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Numbered lines, each with what it says of a user.
pub(super) enum Lines {
    Json {
        rows: Rows<BufReader<File>>,
        number: u64,
    },
    Csv {
        rows: csv::StringRecordsIntoIter<BufReader<File>>,
        names: Vec<String>,
        /// Whether lines end as on Windows. The library then takes a row to begin before the line feed, in the line of the row before.
        crlf: bool,
    },
    /// The file cannot be read any further.
    Ended,
}

impl Lines {
    /// Opens a file. `columns` names those of a CSV file that has no header.
    pub(super) fn open(path: &Path, columns: Option<&[&str]>) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut file = BufReader::new(file);
        // What cannot be read at all is told as the first line.
        let is_compressed = file.fill_buf().is_ok_and(|begin| begin.starts_with(&GZIP));
        ensure!(
            !is_compressed,
            "{} is compressed: unpack it with gunzip, and give the file without .gz",
            path.display()
        );
        if path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("csv")) {
            return Ok(Self::Json { rows: file.lines(), number: 0 });
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(columns.is_none()).flexible(true).from_reader(file);
        let names = match columns {
            Some(columns) => columns.iter().map(|&name| name.to_owned()).collect(),
            None => reader.headers().context("the file has no header")?.iter().map(str::to_owned).collect(),
        };
        Ok(Self::Csv { rows: reader.into_records(), names, crlf: ends_in_crlf(path) })
    }
}

impl Iterator for Lines {
    type Item = (u64, Result<Record, Refusal>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Json { rows, number } => loop {
                *number += 1;
                match rows.next()? {
                    Ok(row) if row.trim_start_matches(BOM).trim().is_empty() => {}
                    Ok(row) => return Some((*number, read_json(row.trim_start_matches(BOM)))),
                    // The next line may be text again. What cannot be read at all is asked for once.
                    Err(error) if error.kind() == ErrorKind::InvalidData => {
                        return Some((*number, Err(Refusal::Unreadable("it is not UTF-8".to_owned()))));
                    }
                    Err(error) => {
                        let last = (*number, Err(Refusal::Unreadable(error.to_string())));
                        *self = Self::Ended;
                        return Some(last);
                    }
                }
            },
            Self::Ended => None,
            Self::Csv { rows, names, crlf } => {
                let line = |at: &csv::Position| at.line() + u64::from(*crlf && at.record() > 0);
                let number = line(rows.reader().position());
                match rows.next()? {
                    Ok(row) => Some((row.position().map_or(number, line), Ok(named(names, &row)))),
                    Err(error) => {
                        if error.is_io_error() {
                            *self = Self::Ended;
                        }
                        Some((number, Err(Refusal::Unreadable(error.to_string()))))
                    }
                }
            }
        }
    }
}

/// Whether the first line ends so. What cannot be read is told when its rows are.
fn ends_in_crlf(path: &Path) -> bool {
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| BufReader::new(file).read_until(b'\n', &mut first));
    read.is_ok() && first.ends_with(b"\r\n")
}

fn read_json(row: &str) -> Result<Record, Refusal> {
    match serde_json::from_str(row) {
        Ok(Value::Object(fields)) => Ok(Record(fields)),
        Ok(_) => Err(Refusal::Unreadable("it is not a JSON object".to_owned())),
        // The error of the library gives a place and a kind, and nothing of the line.
        Err(error) => Err(Refusal::Unreadable(error.to_string())),
    }
}

fn named(names: &[String], row: &csv::StringRecord) -> Record {
    Record(names.iter().cloned().zip(row.iter().map(Value::from)).collect())
}
