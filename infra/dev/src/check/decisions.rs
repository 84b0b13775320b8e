//! That the index of `docs/decisions` has every record once, with its title and with a status that the record itself states.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Fails with everything in which the index and the records differ.
pub(super) fn check(directory: &Path) -> Result<()> {
    let mut records = BTreeMap::new();
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != "README.md" {
            records.insert(name, fs::read_to_string(&path)?);
        }
    }
    let complaints = complaints(&fs::read_to_string(directory.join("README.md"))?, &records);
    ensure!(complaints.is_empty(), "{}:\n{}", directory.join("README.md").display(), complaints.join("\n"));
    Ok(())
}

/// A line of the index: `| [NNNN](file) | title | status |`.
struct Row<'a> {
    number: &'a str,
    file: &'a str,
    title: &'a str,
    status: &'a str,
}

fn rows(index: &str) -> impl Iterator<Item = Row<'_>> {
    index.lines().filter_map(|line| {
        let (number, rest) = line.strip_prefix("| [")?.split_once("](")?;
        let (file, rest) = rest.split_once(") | ")?;
        let (title, status) = rest.strip_suffix(" |")?.rsplit_once(" | ")?;
        Some(Row { number, file, title, status })
    })
}

fn complaints(index: &str, records: &BTreeMap<String, String>) -> Vec<String> {
    let mut complaints = Vec::new();
    for name in records.keys() {
        let listed = rows(index).filter(|row| row.file == name).count();
        if listed != 1 {
            complaints.push(format!("{name} is listed {listed} times"));
        }
    }
    for row in rows(index) {
        match records.get(row.file) {
            None => complaints.push(format!("{} is listed, and there is no such record", row.file)),
            Some(record) => complaints.extend(of_row(&row, record, records)),
        }
    }
    complaints
}

fn of_row(row: &Row<'_>, record: &str, records: &BTreeMap<String, String>) -> Option<String> {
    let Row { number, file, title, status } = row;
    if !record.starts_with(&format!("# {number}: {title}\n")) || !file.starts_with(number) {
        return Some(format!("{file} has another number or title than the index"));
    }
    let later = match status.split_once(": ") {
        _ if *status == "holds" => return None,
        Some(("partly", later)) => later,
        _ => match status.strip_prefix("replaced by ") {
            Some(later) => later,
            None => return Some(format!("{file}: the status is `holds`, `replaced by NNNN` or `partly: NNNN`")),
        },
    };
    // What a record says of itself stands between its title and its first heading.
    let note = record.split("\n## ").next().unwrap_or_default();
    let unsaid = later.split(", ").find(|later| {
        let exists = records.keys().any(|name| name.starts_with(*later));
        later.len() != 4 || !exists || !note.contains("\n> ") || !note.contains(&format!("[{later}]("))
    })?;
    Some(format!("{file} does not say at its top what {unsaid} replaces"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::{check, complaints};

    const INDEX: &str = "| [0001](0001-a.md) | A | partly: 0002 |\n| [0002](0002-b.md) | B | holds |\n";

    fn records(first: &str) -> BTreeMap<String, String> {
        let second = "# 0002: B\n\n## Context\n";
        [("0001-a.md", first), ("0002-b.md", second)].map(|(name, text)| (name.to_owned(), text.to_owned())).into()
    }

    const FIRST: &str = "# 0001: A\n\n> The second part is [0002](0002-b.md).\n\n## Context\n";

    #[test]
    fn the_index_of_this_repository_fits_its_records() {
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/decisions")).expect("it fits");
    }

    #[test]
    fn an_index_that_fits_is_no_complaint() {
        assert_eq!(complaints(INDEX, &records(FIRST)), Vec::<String>::new());
    }

    #[test]
    fn a_record_that_is_missing_or_listed_twice_or_not_there_is_named() {
        let twice = format!("{INDEX}| [0002](0002-b.md) | B | holds |\n");
        assert_eq!(complaints(&twice, &records(FIRST)), ["0002-b.md is listed 2 times"]);
        let (first, _) = INDEX.split_once('\n').expect("two lines");
        assert_eq!(complaints(first, &records(FIRST)), ["0002-b.md is listed 0 times"]);
        let more = format!("{INDEX}| [0003](0003-c.md) | C | holds |\n");
        assert_eq!(complaints(&more, &records(FIRST)), ["0003-c.md is listed, and there is no such record"]);
    }

    #[test]
    fn a_title_that_differs_and_a_status_that_the_record_does_not_state_are_named() {
        let of = |first: &str| complaints(INDEX, &records(first));
        assert_eq!(of("# 0001: Another\n"), ["0001-a.md has another number or title than the index"]);
        let unsaid = "# 0001: A\n\n## Context\n\n> [0002](0002-b.md)\n";
        assert_eq!(of(unsaid), ["0001-a.md does not say at its top what 0002 replaces"]);
        let odd = INDEX.replace("partly: 0002", "old");
        let complaint = "0001-a.md: the status is `holds`, `replaced by NNNN` or `partly: NNNN`";
        assert_eq!(complaints(&odd, &records(FIRST)), [complaint]);
    }
}
